"""Dossiers in spreadsheets: the import template, reading it back without trusting the file, and exports.

A header is a dotted path. In a workbook each list is a sheet of its own whose rows name their dossier in the column
`id`; in CSV a list is spread over columns (`documents.0.type`). What the columns are follows from a scheme's compiled
declaration (`policy.reading.Section`).
"""

from exchange.spreadsheets.layout import Column, Layout, ListSheet, layout_of
from exchange.spreadsheets.reading import Row, read_dossiers
from exchange.spreadsheets.writing import write_dossiers, write_table, write_template

__all__ = [
    "Column",
    "Layout",
    "ListSheet",
    "Row",
    "layout_of",
    "read_dossiers",
    "write_dossiers",
    "write_table",
    "write_template",
]
