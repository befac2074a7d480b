"""The separation of roles, held by the database as well: a trigger on assignments and on whose account it is.

The unit is the natural person, not the account: two accounts of one person do not get around it.
"""

from __future__ import annotations

from staff.roles import ADMINISTRATORS, DECIDING


def _list(roles: frozenset[object]) -> str:
    return ", ".join(f"'{role}'" for role in sorted(str(role) for role in roles))


def conflict_condition(first: str, second: str) -> str:
    """The SQL of `staff.roles.conflict` for two column expressions."""
    admins, deciding = _list(frozenset(ADMINISTRATORS)), _list(frozenset(DECIDING))
    return (
        f"({first} <> {second} AND (({first} IN ({admins}) AND {second} IN ({admins}, {deciding}))"
        f" OR ({second} IN ({admins}) AND {first} IN ({deciding}))))"
    )


CREATE = f"""
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
            AND {conflict_condition("a.role", "b.role")}
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
