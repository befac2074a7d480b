"""The one vehicle pool of 2026 (AMB-34: one pool for both vehicle schemes); its money comes by allotment."""

from django.db import migrations


def open_pool(apps, schema_editor):
    apps.get_model("ledger", "Pool").objects.get_or_create(
        code="vehicles-2026", defaults={"title": "2026年汽车以旧换新补贴资金", "year": 2026}
    )


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guards")]

    operations = [migrations.RunPython(open_pool, migrations.RunPython.noop)]
