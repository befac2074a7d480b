"""Time and queries of the queue and the case page as the number of cases grows. Prints JSON lines.

    .venv/bin/python bench/queue_page.py [--small 1000] [--large 100000] [--million] [--rounds 8]

Two databases side by side; requests through the whole middleware by Django's test client, signed in, settings as
served. Small and large take turns, so that what else the machine does falls on both; medians are compared.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from typing import Any

import _scratch
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config import database
from config.embedded import templates_db
from review.models import Case
from staff.models import User

RATIO = 1.5
QUERIES = 15
_BACKEND = "django.contrib.auth.backends.ModelBackend"
# Who looks at what: a reviewer of the busiest district, an approver of the whole city.
_PAGES: dict[str, tuple[str, str]] = {
    "queue of a district": ("CY-0127", "/"),
    "queue of the bureau": ("SJ-M021", "/"),
    "queue by amount": ("CY-0127", "/?sort=-amount"),
    "all cases of a district": ("CY-0127", "/all/"),
    "all cases of the city": ("SJ-M021", "/all/"),
    "a case": ("CY-0127", ""),
}


class Side:
    """One of the two databases, with a signed-in client for each account."""

    def __init__(self, name: str, cases: int) -> None:
        self.name = name
        self.cases = cases
        self._clients: dict[str, Client] = {}
        self._case = ""

    def client(self, login: str) -> Client:
        """The account's client; its session is a row of this side."""
        if login not in self._clients:
            client = Client(headers={"host": "localhost"})
            client.force_login(User.objects.get(login=login), backend=_BACKEND)
            self._clients[login] = client
        return self._clients[login]

    def get(self, login: str, path: str) -> None:
        """One request; anything but a page is an error."""
        answer = self.client(login).get(path or self.case_path())
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: status {answer.status_code}")

    def case_path(self) -> str:
        """The address of the first case of the queue, looked up once."""
        if not self._case:
            found = Case.objects.filter(district="chaoyang", state="DISTRICT_REVIEW").order_by("due_at", "id")[0]
            self._case = f"/cases/{found.receipt_no}/"
        return self._case


def measure(sides: tuple[Side, Side], rounds: int, requests: int) -> list[dict[str, Any]]:
    """Median seconds and queries of each page on both sides."""
    times: dict[tuple[str, int], list[float]] = {}
    queries: dict[tuple[str, int], int] = {}
    for turn in range(rounds):
        for side in sides if turn % 2 else sides[::-1]:
            with templates_db.pointed_at(side.name, database.runtime()):
                for page, (login, path) in _PAGES.items():
                    queries[page, side.cases] = _warm(lambda: side.get(login, path))  # noqa: B023 - called at once
                    times.setdefault((page, side.cases), []).extend(
                        _scratch.elapsed(lambda: side.get(login, path))  # noqa: B023 - called at once
                        for _ in range(requests)
                    )
    return [_figures(page, sides, times, queries) for page in _PAGES]


def _warm(work: Callable[[], None]) -> int:
    """Open the connection and fill what is cached; the number of queries of the request after that."""
    work()
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def _figures(
    page: str, sides: tuple[Side, Side], times: dict[tuple[str, int], list[float]], queries: dict[tuple[str, int], int]
) -> dict[str, Any]:
    small, large = (statistics.median(times[page, side.cases]) for side in sides)
    most = max(queries[page, side.cases] for side in sides)
    return {
        "bench": "queue",
        "page": page,
        "cases": [side.cases for side in sides],
        "ms": [round(small * 1000, 2), round(large * 1000, 2)],
        "ratio": round(large / small, 2),
        "ratio_target": RATIO,
        "queries": most,
        "queries_target": QUERIES,
        "ok": large / small <= RATIO and most <= QUERIES,
    }


def main() -> int:
    """Print the figures; 1 if a page misses a target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--million", action="store_true", help="10,000 against 1,000,000 cases")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--requests", type=int, default=5, help="of each page in each round")
    options = parser.parse_args()
    small, large = (10_000, 1_000_000) if options.million else (options.small, options.large)
    _scratch.ready()
    with _scratch.scratch() as first, _scratch.scratch() as second:
        _scratch.fill(first, small)
        took = _scratch.fill(second, large)
        filled = {"bench": "bulk load", "cases": large, "seconds": round(took, 1), "per_second": round(large / took)}
        print(json.dumps(filled), flush=True)
        figures = measure((Side(first, small), Side(second, large)), options.rounds, options.requests)
    for line in figures:
        print(json.dumps(line, ensure_ascii=False))
    return 0 if all(line["ok"] for line in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
