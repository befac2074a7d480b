"""What the desk itself writes into the trail."""

from audit.verbs import register

register("case.exported", "导出案件")
