"""Refused filings only grow."""

from django.db import migrations

from audit import append_only


class Migration(migrations.Migration):
    dependencies = [("vehicles", "0001_initial"), ("audit", "0001_initial")]

    operations = [*append_only.protect("vehicles_filingattempt")]
