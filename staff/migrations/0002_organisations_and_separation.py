"""The organisations of the portal, and the trigger that keeps the administrators apart."""

from typing import Any

from django.db import migrations, models

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


# Frozen as of this migration; tests/staff compares it with staff.roles.conflict for every pair of roles.
# The unit is the natural person: two accounts of one person do not get around it.
CREATE = """
CREATE FUNCTION staff_separate_roles() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    person bigint;
BEGIN
    IF TG_TABLE_NAME = 'staff_user' THEN
        person := NEW.natural_person_id;
    ELSE
        SELECT natural_person_id INTO person FROM staff_user WHERE id = NEW.user_id;
    END IF;
    -- Two grants at once for one person take turns, or neither would see the other.
    PERFORM pg_advisory_xact_lock(hashtext('staff_separate_roles'), person::int);
    IF EXISTS (
        SELECT 1 FROM staff_roleassignment a JOIN staff_user ua ON ua.id = a.user_id AND ua.natural_person_id = person
        JOIN staff_roleassignment b ON b.id > a.id
        JOIN staff_user ub ON ub.id = b.user_id AND ub.natural_person_id = person
        WHERE daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)
            AND (a.role <> b.role AND ((a.role IN ('audit_admin', 'security_admin', 'system_admin')
                AND b.role IN ('audit_admin', 'security_admin', 'system_admin',
                    'district_reviewer', 'fund_officer', 'municipal_approver', 'third_party_auditor'))
                OR (b.role IN ('audit_admin', 'security_admin', 'system_admin')
                    AND a.role IN ('district_reviewer', 'fund_officer', 'municipal_approver', 'third_party_auditor'))))
    ) THEN
        RAISE EXCEPTION 'these roles cannot be held by one person at the same time' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$body$;
CREATE TRIGGER staff_separate_roles AFTER INSERT OR UPDATE ON staff_roleassignment
    FOR EACH ROW EXECUTE FUNCTION staff_separate_roles();
ALTER TABLE staff_roleassignment ENABLE ALWAYS TRIGGER staff_separate_roles;
CREATE TRIGGER staff_separate_roles AFTER UPDATE OF natural_person_id ON staff_user
    FOR EACH ROW EXECUTE FUNCTION staff_separate_roles();
ALTER TABLE staff_user ENABLE ALWAYS TRIGGER staff_separate_roles;
"""

DROP = """
DROP TRIGGER IF EXISTS staff_separate_roles ON staff_roleassignment;
DROP TRIGGER IF EXISTS staff_separate_roles ON staff_user;
DROP FUNCTION IF EXISTS staff_separate_roles();
"""


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
        migrations.RunSQL(CREATE, DROP),
    ]
