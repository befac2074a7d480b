"""Rules that are not findings on a dossier but guards and duties of the process; tests marked `holds` hold them."""

from __future__ import annotations

from applications.vehicles.rules.plan import process_rule

process_rule(
    "V-C-07",
    clause="一",
    title="先报先得",
    parameters=("queue_basis", "waitlist_enabled", "partial_payment"),
)
process_rule("V-C-15", clause="五", title="如实申报")
process_rule("V-C-17", clause="四", title="第三方审核机构审核")
process_rule("V-C-21", clause="六", title="政策版本")
