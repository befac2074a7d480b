"""The decision row: the one place that writes it and explains what the database refuses."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from policy.errors import Refused
from review.models import Case, Decision
from staff.models import User


def sign(
    case: Case,
    *,
    stage: str,
    event: str,
    target: str,
    actor: str,
    by: User | None,
    at: datetime,
    four_eyes: str,
    comment: str = "",
    reasons: list[dict[str, str]] | None = None,
    opinion: str = "",
) -> Decision:
    """Write what was decided on a locked case, bound to its content, amount and version as they stand.

    The database refuses the same natural person at two stages of one round: Refused("four_eyes") with the sentence
    `four_eyes`.
    """
    try:
        with transaction.atomic():
            return Decision.objects.create(
                case=case,
                round=case.round,
                stage=stage,
                event=event,
                from_state=case.state,
                to_state=target,
                actor=actor,
                by=by,
                natural_person_id=by.natural_person_id if by else None,
                at=at,
                reasons=reasons or [],
                comment=comment.strip(),
                opinion=opinion,
                amount_fen=case.amount_fen,
                content_digest=case.content_digest,
                case_version=case.version,
            )
    except IntegrityError as error:
        if "first_pass_is_not_second_pass" in str(error):
            raise Refused("four_eyes", four_eyes) from None
        raise
