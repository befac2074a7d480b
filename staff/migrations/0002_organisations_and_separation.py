"""The organisations of the portal, and the trigger that keeps the administrators apart."""

from typing import Any

from django.db import migrations, models

from staff import separation

ORGANISATIONS = [
    ("dongcheng", "东城区商务局", "district"),
    ("xicheng", "西城区商务局", "district"),
    ("chaoyang", "朝阳区商务局", "district"),
    ("haidian", "海淀区商务局", "district"),
    ("fengtai", "丰台区商务局", "district"),
    ("shijingshan", "石景山区商务局", "district"),
    ("mentougou", "门头沟区商务局", "district"),
    ("fangshan", "房山区商务局", "district"),
    ("tongzhou", "通州区商务局", "district"),
    ("shunyi", "顺义区商务局", "district"),
    ("changping", "昌平区商务局", "district"),
    ("daxing", "大兴区商务局", "district"),
    ("huairou", "怀柔区商务局", "district"),
    ("pinggu", "平谷区商务局", "district"),
    ("miyun", "密云区商务局", "district"),
    ("yanqing", "延庆区商务局", "district"),
    ("bda", "北京经济技术开发区", "district"),
    ("bureau", "北京市商务局", "bureau"),
    ("finance", "北京市财政局", "finance"),
    ("third-party", "第三方审核机构", "third_party"),
]


def load(apps: Any, schema_editor: Any) -> None:
    organisation = apps.get_model("staff", "Organisation")
    for ordering, (code, name, kind) in enumerate(ORGANISATIONS, start=1):
        organisation.objects.update_or_create(code=code, defaults={"name": name, "kind": kind, "ordering": ordering})


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("roleassignment", "staff_assignment_dates"),
        migrations.AddConstraint(
            "roleassignment",
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="staff_assignment_dates",
            ),
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
        migrations.RunSQL(separation.CREATE, separation.DROP),
    ]
