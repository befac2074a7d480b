import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ChannelFiling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("case_ref", models.BigIntegerField(unique=True, verbose_name="申报件")),
                ("filed_at", models.DateTimeField(verbose_name="申报时间")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.channel"
                    ),
                ),
            ],
            options={"verbose_name": "渠道申报", "verbose_name_plural": "渠道申报"},
        )
    ]
