"""Several capped counts in one statement, so that a page with many figures costs one query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from review.selectors import COUNT_CAP


def capped_counts(named: Mapping[str, QuerySet[Any]], *, cap: int = COUNT_CAP) -> dict[str, int]:
    """The number of rows of each queryset, at most `cap` + 1 (which means "more than `cap`")."""
    parts: list[str] = []
    params: list[Any] = []
    counts = dict.fromkeys(named, 0)
    asked: list[str] = []
    for name, rows in named.items():
        try:
            sql, values = rows.order_by().values("pk")[: cap + 1].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")
        params += values
        asked.append(name)
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", params)
            counts.update(zip(asked, cursor.fetchone(), strict=True))
    return counts


def said(count: int, *, cap: int = COUNT_CAP) -> str:
    """A count in words: the number, or "1000+"."""
    return str(count) if count <= cap else f"{cap}+"
