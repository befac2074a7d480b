"""Writes of the review: each locks the case row, checks, and leaves decision, trail and money in one transaction."""

from review.services.assessment import assess, clear, recuse
from review.services.content import freeze, open_case
from review.services.decisions import apply_event, decide
from review.services.locks import release, take

__all__ = ["apply_event", "assess", "clear", "decide", "freeze", "open_case", "recuse", "release", "take"]
