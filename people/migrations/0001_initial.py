"""Natural persons."""

from django.db import migrations, models

import people.fields


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("id_type", models.CharField(max_length=24, verbose_name="证件类型")),
                ("id_lookup", models.BinaryField(max_length=32, verbose_name="证件号码摘要")),
                ("name_lookup", models.BinaryField(max_length=32, verbose_name="姓名摘要")),
                ("phone_lookup", models.BinaryField(max_length=32, null=True, verbose_name="手机号摘要")),
                ("id_number", people.fields.EncryptedTextField(verbose_name="证件号码")),
                ("name", people.fields.EncryptedTextField(verbose_name="姓名")),
                ("phone", people.fields.EncryptedTextField(null=True, verbose_name="手机号")),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("updated_at", models.DateTimeField(verbose_name="更新时间")),
            ],
            options={
                "verbose_name": "自然人",
                "verbose_name_plural": "自然人",
                "indexes": [
                    models.Index(fields=["name_lookup"], name="people_person_name"),
                    models.Index(fields=["phone_lookup"], name="people_person_phone"),
                ],
                "constraints": [models.UniqueConstraint(fields=("id_type", "id_lookup"), name="people_person_once")],
            },
        ),
    ]
