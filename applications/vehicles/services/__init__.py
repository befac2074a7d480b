"""Writes of vehicle applications: file, correct, withdraw, answer, import."""

from applications.vehicles.services.answers import answer, documents_changed
from applications.vehicles.services.corrections import correct, withdraw
from applications.vehicles.services.deadlines import expire, recheck
from applications.vehicles.services.filing import Submission, import_row, submit

__all__ = [
    "Submission",
    "answer",
    "correct",
    "documents_changed",
    "expire",
    "import_row",
    "recheck",
    "submit",
    "withdraw",
]
