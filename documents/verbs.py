"""Audit verbs of the evidence files. Imported once at start-up."""

from audit.verbs import register

STORED = "document.stored"
CONFIRMED = "document.confirmed"
OPENED = "document.opened"

for _verb, _title in ((STORED, "收存材料"), (CONFIRMED, "核对材料"), (OPENED, "查看材料")):
    register(_verb, _title)
