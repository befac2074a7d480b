"""Time of `evaluate` against json.loads + json.dumps of the same dossiers, in one run. Prints one JSON line.

    .venv/bin/python bench/evaluate.py [--dossiers N] [--rounds N]

Both sides read the same lines and write one line for each. Processor time, alternating rounds, the least of each side:
what else the machine does falls on both alike.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from applications.vehicles.cases import worked_cases
from console.evaluation import evaluate_lines, json_lines
from console.schemes import built_scheme
from policy.clock import now

TARGET = 15.0


def dossiers(scheme: str, count: int) -> bytes:
    """As many lines as asked for, made of the worked cases in turn: passes and failures as they come."""
    raws = [case.raw for case in worked_cases() if case.scheme == scheme]
    return b"".join(
        json.dumps({**raws[n % len(raws)], "id": f"{scheme}-{n}"}, ensure_ascii=False).encode() + b"\n"
        for n in range(count)
    )


def through_json(content: bytes) -> int:
    """What any reader pays: decode each line and encode it again."""
    return sum(len(json.dumps(json.loads(line), ensure_ascii=False)) for line in io.BytesIO(content))


def through_evaluate(content: bytes, scheme: str) -> int:
    """The command's own loop, from bytes to printed lines."""
    found = built_scheme(scheme)
    answers = evaluate_lines(json_lines(io.BytesIO(content)), found, found.baseline, at=now())
    return sum(len(json.dumps(answer.body, ensure_ascii=False)) for answer in answers)


def fastest(rounds: int, *sides: Callable[[], int]) -> list[float]:
    """The least processor time of each side over alternating rounds, in seconds."""
    best = [float("inf")] * len(sides)
    for _ in range(rounds):
        for n, side in enumerate(sides):
            start = time.process_time()
            side()
            best[n] = min(best[n], time.process_time() - start)
    return best


def measure(scheme: str, count: int, rounds: int) -> dict[str, float]:
    """The figures of one scheme."""
    content = dossiers(scheme, count)
    plain, judged = fastest(rounds, lambda: through_json(content), lambda: through_evaluate(content, scheme))
    return {
        "dossiers": count,
        "json_us": round(plain / count * 1e6, 1),
        "evaluate_us": round(judged / count * 1e6, 1),
        "ratio": round(judged / plain, 2),
        "target": TARGET,
    }


def main() -> int:
    """Print the figures; 1 if a scheme misses its target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dossiers", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    figures = {
        scheme: measure(scheme, options.dossiers, options.rounds)
        for scheme in ("vehicle-scrappage", "vehicle-replacement")
    }
    print(json.dumps({"bench": "evaluate", **figures}))
    return int(any(found["ratio"] > TARGET for found in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
