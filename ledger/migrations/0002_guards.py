"""Postings and entries only grow, and the entries of a posting sum to zero when its transaction commits."""

from django.db import migrations

from audit import append_only

BALANCED = """
CREATE FUNCTION ledger_posting_balances() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF (SELECT sum(amount_fen) FROM ledger_entry WHERE posting_id = NEW.posting_id) <> 0 THEN
        RAISE EXCEPTION 'posting % does not balance', NEW.posting_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$body$;
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_posting_balances();
ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_balances;
"""
UNBALANCED = """
DROP TRIGGER ledger_entry_balances ON ledger_entry;
DROP FUNCTION ledger_posting_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(BALANCED, UNBALANCED),
        *append_only.protect("ledger_posting"),
        *append_only.protect("ledger_entry"),
        *append_only.protect("ledger_closingorder"),
    ]
