"""The fields of a vehicle application that several sources speak of, set side by side for the case page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policy.masking import mask_id
from policy.money import grouped_yuan, parse_yuan
from review.schemes import Comparison


def comparisons(filed: Mapping[str, Any], answers: Mapping[str, Any]) -> tuple[Comparison, ...]:
    """Identification numbers, price, dates and owners: declared, on the documents, at the authorities (masked)."""
    part = _Parts(filed)
    tax = answers.get("tax") or {}
    found = (
        Comparison("新车识别代号", part("new_vehicle", "vin"), _said(("发票", part("invoice", "vin")))),
        Comparison(
            "旧车识别代号",
            part("old_vehicle", "vin"),
            _said(
                ("回收证明", part("recycling_certificate", "vin")),
                ("注销证明", part("deregistration", "vin")),
                ("二手车发票", part("used_car_invoice", "vin")),
                ("转让登记", part("transfer", "vin")),
            ),
        ),
        Comparison(
            "价税合计",
            "",
            _said(("发票", _sum(part("invoice", "total_incl_tax")))),
            _said(("税务", _sum(str(tax.get("total_incl_tax") or "")))),
        ),
        Comparison(
            "开票日期",
            "",
            _said(("发票", part("invoice", "issue_date"))),
            _said(("税务", str(tax.get("issue_date") or ""))),
        ),
        Comparison(
            "新车所有人",
            mask_id(part("applicant", "id_number")),
            _said(
                ("登记证书", mask_id(part("new_vehicle", "owner_id"))),
                ("发票", mask_id(part("invoice", "buyer_id"))),
            ),
            _said(("公安交管", mask_id(str(answers.get("new_owner_id_now") or "")))),
        ),
    )
    return tuple(item for item in found if item.documents or item.authorities)


class _Parts:
    """Texts of the filed dossier by section and name; "" for what was not filed."""

    def __init__(self, filed: Mapping[str, Any]) -> None:
        self._filed = filed

    def __call__(self, section: str, name: str) -> str:
        return str((self._filed.get(section) or {}).get(name) or "")


def _said(*sources: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((title, value) for title, value in sources if value)


def _sum(text: str) -> str:
    """An amount with separators, for reading: 139,800.50."""
    return grouped_yuan(parse_yuan(text)) if text else ""
