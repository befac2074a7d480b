"""Room for the longest word a filing may use for its identity document (foreign_permanent_resident)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.AlterField("person", "id_type", models.CharField("证件类型", max_length=32)),
    ]
