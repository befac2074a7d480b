"""Audit verbs of money, and the rows whose digests the trail keeps."""

from audit import digests
from audit.verbs import register
from ledger.models import Posting

for _verb, _title in (
    ("pool.allotted", "下达资金"),
    ("pool.closed", "资金池停止受理"),
    ("funds.reserved", "预留资金"),
    ("funds.released", "释放预留"),
    ("funds.committed", "核定资金"),
    ("funds.uncommitted", "核定转回预留"),
):
    register(_verb, _title)

digests.register_model(
    "posting", Posting, ["key", "kind", "pool_id", "case_ref", "amount_fen", "at", "actor", "document_no"]
)
