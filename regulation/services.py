"""Writes of what is in force: reference tables from spreadsheets, policy versions signed by two people."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db import transaction
from python_calamine import CalamineError, CalamineWorkbook

from audit import services as trail
from policy import clock
from policy.errors import InputError, Refused
from policy.scheme import schemes as policy_schemes
from regulation.models import PolicyVersion
from regulation.resources import TABLES, Table
from staff import permissions
from staff.models import User

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 200_000
# What a small packed workbook may unpack to: a few kilobytes can hold a million empty rows.
MAX_UNPACKED = 200 * 1024 * 1024
SHOWN_ERRORS = 50


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did to a table; `sha256` of the file stands in the trail."""

    table: str
    created: int
    updated: int
    unchanged: int
    sha256: str


def import_table(table: str, content: bytes, *, by: User | str, at: datetime) -> Imported:
    """Take the rows of an .xlsx or .csv file into a reference table: new ones are added, known ones updated.

    `table` is `nev-models`, `scrap-enterprises` or `workdays`. All or nothing: InputError names each bad cell as
    `ROW.COLUMN` (the row as the spreadsheet numbers it). Nothing is ever deleted: what ends gets an end date.
    `by` needs `reference.import`; a plain actor code (`system:console`) is trusted as whoever runs the command.
    """
    actor = _acting(by, "reference.import")
    resource = _resource(table)
    dataset = _dataset(content)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        try:
            result = resource.import_data(dataset, use_transactions=True, rollback_on_validation_errors=True)
        except ValidationError as error:
            raise InputError({"": list(error.messages)}) from None
        errors = _errors(result, {name: field.column_name for name, field in resource.fields.items()})
        if errors:
            raise InputError(errors)
        counted = Imported(table, result.totals["new"], result.totals["update"], result.totals["skip"], digest)
        trail.record(
            "reference.imported",
            actor=actor,
            at=at,
            object_type="reference",
            object_id=table,
            data={
                "sha256": digest,
                "created": counted.created,
                "updated": counted.updated,
                "unchanged": counted.unchanged,
            },
        )
    return counted


def template(table: str) -> str:
    """An empty sheet of a table as CSV (UTF-8 with a byte order mark, as spreadsheet programs expect it)."""
    columns = [field.column_name for field in _resource(table).fields.values()]
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(columns)
    return "\ufeff" + text.getvalue()


@transaction.atomic
def draft(
    code: str, changes: Mapping[str, Any], *, effective_from: datetime, by: User, at: datetime, document_no: str = ""
) -> PolicyVersion:
    """Write down a change of parameters; nothing applies until a second person signs it (V-C-21).

    `changes` maps a parameter's code to its value as the baseline file writes it. Raises InputError for a code no
    scheme knows or a value its unit does not allow, Refused for a code that is taken or without `parameter.draft`.
    """
    permissions.require(by, "parameter.draft")
    if not code.strip() or len(code) > 32:
        raise InputError.of("code", "版本编号应为1至32个字符。")
    if not changes:
        raise InputError.of("changes", "没有任何参数变更。")
    for name, value in changes.items():
        _check_change(name, value)
    if PolicyVersion.objects.filter(code=code).exists():
        raise Refused("duplicate", "该版本编号已存在。")
    version = PolicyVersion.objects.create(
        code=code.strip(),
        document_no=document_no.strip(),
        effective_from=effective_from,
        changes=dict(changes),
        drafted_by=by,
        drafted_at=at,
    )
    _record("policy.drafted", version, by, at)
    return version


@transaction.atomic
def sign(version_id: int, *, document_no: str, by: User, at: datetime) -> PolicyVersion:
    """The second signature: from `effective_from` on the version judges what is received.

    Raises Refused: `four_eyes` for whoever drafted it (the person, whatever the account), `state` for one that is
    signed or whose effect would begin in the past, `rule` (V-C-21) without a document number.
    """
    permissions.require(by, "parameter.sign")
    version = (
        PolicyVersion.objects.select_for_update(of=("self",)).select_related("drafted_by").filter(pk=version_id).first()
    )
    if version is None:
        raise Refused("not_found", "没有这个政策版本。")
    if version.signed_by_id is not None:
        raise Refused("state", "该政策版本已经签发。")
    if version.drafted_by.natural_person_id == by.natural_person_id:
        raise Refused("four_eyes", "拟定人不能签发同一政策版本，请由他人签发。")
    number = document_no.strip() or version.document_no
    if not number:
        raise Refused("rule", "没有文号的政策版本不能启用（《方案》六）。", "V-C-21", "京商流通字〔2026〕2号 六")
    if version.effective_from < at:
        raise Refused("state", "生效时间已过，请重新拟定：已受理的申请按受理时的版本办理。")
    version.document_no = number[:80]
    version.signed_by = by
    version.signed_at = at
    version.save(update_fields=["document_no", "signed_by", "signed_at"])
    _record("policy.signed", version, by, at)
    return version


def _check_change(name: str, value: Any) -> None:
    """A parameter some scheme has, with a value of its unit."""
    owners = [scheme for scheme in policy_schemes() if name in scheme.baseline]
    if not owners:
        raise InputError.of(f"changes.{name}", "没有这个参数。")
    for scheme in owners:
        try:
            scheme.baseline.overlay({name: value}, version="draft")
        except InputError as error:
            raise error.under("changes") from None


def _record(verb: str, version: PolicyVersion, by: User, at: datetime) -> None:
    trail.record(
        verb,
        actor=by.actor,
        at=at,
        object_type="policy_version",
        object_id=str(version.pk),
        after=version.changes,
        data={
            "code": version.code,
            "document_no": version.document_no,
            "effective_from": clock.local(version.effective_from).isoformat(),
            "parameters": sorted(version.changes),
        },
    )


def _acting(by: User | str, action: str) -> str:
    if isinstance(by, str):
        return by
    permissions.require(by, action)
    return by.actor


def _resource(table: str) -> Table:
    if table not in TABLES:
        raise InputError.of("table", "应为：" + "、".join(TABLES))
    return TABLES[table]()


def _dataset(content: bytes) -> tablib.Dataset:
    """The first sheet as rows under headers. The kind of file is told by its content, never by its name."""
    if not content:
        raise InputError.of("file", "文件为空")
    if len(content) > MAX_BYTES:
        raise InputError.of("file", "文件不得超过20 MB")
    rows = _xlsx_rows(content) if content.startswith(b"PK") else _csv_rows(content)
    rows = [row for row in rows if any(cell not in (None, "") for cell in row)]
    if not rows:
        raise InputError.of("file", "文件没有内容")
    if len(rows) > MAX_ROWS:
        raise InputError.of("file", f"不得超过{MAX_ROWS}行")
    headers = [str(cell or "").strip() for cell in rows[0]]
    while headers and not headers[-1]:
        headers.pop()
    width = len(headers)
    return tablib.Dataset(*[(list(row) + [None] * width)[:width] for row in rows[1:]], headers=headers)


def _xlsx_rows(content: bytes) -> list[list[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MAX_UNPACKED:
                raise InputError.of("file", "表格展开后过大")
        return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    except (zipfile.BadZipFile, CalamineError, IndexError):
        raise InputError.of("file", "不是可读取的 xlsx 文件") from None


def _csv_rows(content: bytes) -> list[list[Any]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return [list(row) for row in csv.reader(io.StringIO(text))]
    raise InputError.of("file", "只接受 xlsx 或 UTF-8、GB18030 编码的 csv 文件")


def _errors(result: Any, columns: Mapping[str, str]) -> dict[str, list[str]]:
    """The first bad cells as `ROW.COLUMN`; the header is row 1 of the sheet."""
    if result.base_errors:
        raise InputError({"": [str(error.error) for error in result.base_errors]})
    found: dict[str, list[str]] = {}
    for row in result.invalid_rows:
        for column, messages in row.error.message_dict.items():
            name = "" if column == "__all__" else columns.get(column, column)
            found[f"{row.number + 1}.{name}".rstrip(".")] = [str(message) for message in messages]
    for number, errors in result.row_errors():
        found[str(number + 1)] = [str(error.error) for error in errors]
    return dict(list(found.items())[:SHOWN_ERRORS])
