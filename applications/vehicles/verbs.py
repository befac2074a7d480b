"""Audit verbs of vehicle applications."""

from audit.verbs import register

for _verb, _title in (
    ("filing.refused", "申请被拒绝受理"),
    ("authority.calendar_missing", "缺少工作日历，未排定再次核查"),
    ("notice.reminded", "补正提醒"),
):
    register(_verb, _title)
