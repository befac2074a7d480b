"""`manage.py evaluate`: dossiers in, findings out, nothing stored, one line at a time."""

from console.evaluation.lines import Line, json_lines, spreadsheet_lines
from console.evaluation.run import evaluate_lines

__all__ = ["Line", "evaluate_lines", "json_lines", "spreadsheet_lines"]
