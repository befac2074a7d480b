"""The words a reviewed case may be in, and the groups other code asks about.

The words are those of the outside contract (vehicles and funding share them); catalogue §8.1 names
the finer steps of the paper process, which here are findings and clearances, not states.
"""

from __future__ import annotations

DISTRICT_REVIEW = "DISTRICT_REVIEW"
MUNICIPAL_REVIEW = "MUNICIPAL_REVIEW"
RETURNED = "RETURNED"
NOT_ACCEPTED = "NOT_ACCEPTED"
PROPOSED_REJECT = "PROPOSED_REJECT"
APPROVED = "APPROVED"
PAY_PENDING = "PAY_PENDING"
PAY_FAILED = "PAY_FAILED"
PAID = "PAID"
RECOVERY = "RECOVERY"
RECOVERED = "RECOVERED"
REFERRED = "REFERRED"
REJECTED = "REJECTED"
NOT_ACCEPTED_FINAL = "NOT_ACCEPTED_FINAL"
WITHDRAWN = "WITHDRAWN"
CLOSED_NO_FUNDS = "CLOSED_NO_FUNDS"

TITLES = {
    DISTRICT_REVIEW: "区级初审",
    MUNICIPAL_REVIEW: "市级复审",
    RETURNED: "退回补正",
    NOT_ACCEPTED: "不予受理（可补正）",
    PROPOSED_REJECT: "拟不予补贴",
    APPROVED: "审核通过",
    PAY_PENDING: "待拨付",
    PAY_FAILED: "拨付失败",
    PAID: "已拨付",
    RECOVERY: "追回中",
    RECOVERED: "已追回",
    REFERRED: "已移送",
    REJECTED: "不予补贴",
    NOT_ACCEPTED_FINAL: "不予受理",
    WITHDRAWN: "已撤回",
    CLOSED_NO_FUNDS: "资金不足未受理",
}

ALL = tuple(TITLES)
# An application that may still lead to money: one per person (V-C-03).
LIVE = (
    DISTRICT_REVIEW,
    MUNICIPAL_REVIEW,
    RETURNED,
    NOT_ACCEPTED,
    PROPOSED_REJECT,
    APPROVED,
    PAY_PENDING,
    PAY_FAILED,
)
# Money has left: one subsidy per person (V-C-03).
SUBSIDISED = (PAID, RECOVERY, RECOVERED, REFERRED)
UNDER_REVIEW = (DISTRICT_REVIEW, MUNICIPAL_REVIEW, PROPOSED_REJECT)
AWAITING_APPLICANT = (RETURNED, NOT_ACCEPTED)
ENDED_WITHOUT_MONEY = (REJECTED, NOT_ACCEPTED_FINAL, WITHDRAWN, CLOSED_NO_FUNDS)

DISTRICT = "district"
MUNICIPAL = "municipal"
THIRD_PARTY = "third_party"
SYSTEM = "system"
APPLICANT = "applicant"

STAGE_OF = {DISTRICT_REVIEW: DISTRICT, MUNICIPAL_REVIEW: MUNICIPAL, PROPOSED_REJECT: MUNICIPAL}
STAGE_TITLES = {
    DISTRICT: "区级初审",
    MUNICIPAL: "市级复审",
    THIRD_PARTY: "第三方审核",
    SYSTEM: "系统",
    APPLICANT: "申请人",
}
