"""Record of data given to other departments: never without purpose and clause (M-31, V-C-18…20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from audit.services import record
from exchange import verbs
from exchange.models import ExchangeLog
from policy.errors import Refused


def note_sent(
    department: str,
    *,
    purpose: str,
    clause: str,
    fields: Sequence[str],
    by: str,
    at: datetime,
    case_ref: int | None = None,
) -> ExchangeLog:
    """Record what leaves for a department, by field name. Refused (M-31) without purpose or clause."""
    if not purpose.strip() or not clause.strip():
        raise Refused("rule", "数据交换须注明依据和用途（《细则》第五章）。", "M-31", "《细则》第五章")
    with transaction.atomic():
        entry = ExchangeLog.objects.create(
            department=department,
            purpose=purpose,
            clause=clause,
            fields=list(fields),
            case_ref=case_ref,
            sent_by=by,
            sent_at=at,
        )
        record(
            verbs.DATA_SENT,
            actor=by,
            at=at,
            object_type="exchange_log",
            object_id=str(entry.pk),
            data={"department": department, "purpose": purpose, "clause": clause, "fields": list(fields)},
        )
    return entry
