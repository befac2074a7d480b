"""A posting has entries, and they move its amount; a closing order has two signatures or (in a rehearsal) none."""

from django.db import migrations, models
from django.db.models import F, Q

WHOLE = """
CREATE FUNCTION ledger_posting_is_whole() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF (SELECT coalesce(sum(amount_fen) FILTER (WHERE amount_fen > 0), 0) FROM ledger_entry WHERE posting_id = NEW.id)
        <> abs(NEW.amount_fen) THEN
        RAISE EXCEPTION 'posting % does not move its amount', NEW.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$body$;
CREATE CONSTRAINT TRIGGER ledger_posting_whole AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_posting_is_whole();
ALTER TABLE ledger_posting ENABLE ALWAYS TRIGGER ledger_posting_whole;
"""
PARTIAL = """
DROP TRIGGER ledger_posting_whole ON ledger_posting;
DROP FUNCTION ledger_posting_is_whole();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_pool")]

    operations = [
        migrations.RunSQL(WHOLE, PARTIAL),
        migrations.RemoveConstraint("closingorder", "closing_order_two_people"),
        migrations.AddConstraint(
            "closingorder",
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True, second_by__isnull=True)
                | (Q(signed_by__isnull=False, second_by__isnull=False) & ~Q(signed_by=F("second_by"))),
                name="closing_order_two_people",
            ),
        ),
    ]
