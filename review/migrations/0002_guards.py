"""The receipt number's sequence, and what only grows: evaluations, clearances, decisions, recusals."""

from django.db import migrations

from audit import append_only


class Migration(migrations.Migration):
    dependencies = [("review", "0001_initial"), ("audit", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE review_receipt_no", "DROP SEQUENCE review_receipt_no"),
        *append_only.protect("review_evaluation"),
        *append_only.protect("review_clearance"),
        *append_only.protect("review_decision"),
        *append_only.protect("review_recusal"),
    ]
