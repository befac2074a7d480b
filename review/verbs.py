"""Audit verbs of the review, and the rows whose digests the trail keeps."""

from audit import digests
from audit.verbs import register
from review.models import Clearance, Decision, Evaluation

for _verb, _title in (
    ("case.submitted", "提交申请"),
    ("case.evaluated", "自动核查"),
    ("case.taken", "领取并锁定"),
    ("case.released", "释放锁定"),
    ("case.pass", "通过"),
    ("case.return", "退回补正"),
    ("case.reject", "不予补贴"),
    ("case.back", "退回区级"),
    ("case.withdraw", "申请人撤回"),
    ("case.correct", "补正完成"),
    ("case.to_return", "补正后仍需补正"),
    ("case.to_not_accepted", "补正后仍不予受理"),
    ("case.no_funds", "资金不足"),
    ("case.expire", "逾期办结"),
    ("case.fall", "核准失效"),
    ("case.assessed", "第三方审核"),
    ("case.cleared", "人工核查结论"),
    ("case.recused", "回避"),
    ("decision.signed", "决定签署"),
    ("evaluation.frozen", "核查结果存档"),
    ("clearance.signed", "核查结论签署"),
):
    register(_verb, _title)

digests.register_model(
    "decision",
    Decision,
    [
        "case_id",
        "round",
        "stage",
        "event",
        "from_state",
        "to_state",
        "actor",
        "by_id",
        "natural_person_id",
        "at",
        "reasons",
        "comment",
        "opinion",
        "amount_fen",
        "content_digest",
        "case_version",
    ],
)
digests.register_model(
    "evaluation",
    Evaluation,
    [
        "case_id",
        "seq",
        "at",
        "cause",
        "policy_version",
        "parameters",
        "findings",
        "outcome",
        "amount_fen",
        "computed_fen",
        "content_digest",
    ],
)
digests.register_model(
    "clearance", Clearance, ["case_id", "rule", "finding_digest", "result", "comment", "by_id", "at"]
)
