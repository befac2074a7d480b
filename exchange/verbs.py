"""Audit verbs of the outside edge. Imported once at start-up."""

from audit.verbs import register

CHANNEL_CREATED = "channel.created"
CHANNEL_REVOKED = "channel.revoked"
REQUEST_REFUSED = "channel.request_refused"
AUTHORITY_ASKED = "authority.asked"
AUTHORITY_ANSWERED = "authority.answered"
AUTHORITY_ESCALATED = "authority.escalated"
DATA_SENT = "exchange.data_sent"

for _verb, _title in (
    (CHANNEL_CREATED, "建立渠道"),
    (CHANNEL_REVOKED, "停用渠道"),
    (REQUEST_REFUSED, "拒绝渠道请求"),
    (AUTHORITY_ASKED, "向部门发起核查"),
    (AUTHORITY_ANSWERED, "收到部门答复"),
    (AUTHORITY_ESCALATED, "部门逾期未答复，转人工"),
    (DATA_SENT, "向部门提供数据"),
):
    register(_verb, _title)
