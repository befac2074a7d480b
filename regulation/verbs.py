"""Audit verbs of policy versions and reference tables."""

from audit.verbs import register

for _verb, _title in (
    ("reference.imported", "导入参照表"),
    ("workday.set", "设定工作日"),
    ("policy.drafted", "拟定政策版本"),
    ("policy.signed", "签发政策版本"),
):
    register(_verb, _title)
