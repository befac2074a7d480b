"""Identity document and bank card."""

from __future__ import annotations

from console.demonstration.dossiers import Filing
from console.demonstration.pictures.sheet import FAINT, Sheet

_CLASS = {"I": "一类", "II": "二类", "III": "三类"}


def identity(filing: Filing) -> Sheet:
    """The side of the identity document that shows its holder."""
    who = filing.filed["applicant"]
    sheet = Sheet(520, 330, "#eef4f8")
    if who["id_type"] != "resident_id":
        sheet.text(30, 50, "护照 PASSPORT", size=16)
        rows = [("姓名", "Name", who["name"]), ("护照号码", "No.", who["id_number"])]
    else:
        number = who["id_number"]
        born = f"{number[6:10]} 年 {int(number[10:12])} 月 {int(number[12:14])} 日"
        rows = [
            ("姓名", "Name", who["name"]),
            ("性别", "Sex", "女" if int(number[16]) % 2 == 0 else "男"),
            ("出生", "Born", born),
            ("住址", "Addr.", "北京市（演示地址）"),
        ]
        sheet.text(40, 290, "公民身份号码", size=12, colour=FAINT, latin="ID No.")
        sheet.text(150, 292, number, size=18)
    for line, (words, latin, value) in enumerate(rows):
        y = 60 + 48 * line + (40 if who["id_type"] != "resident_id" else 0)
        sheet.text(40, y, words, size=12, colour=FAINT, latin=latin)
        sheet.text(100, y, value, size=15)
    sheet.portrait(390, 60)
    return sheet


def bank_card(filing: Filing) -> Sheet:
    """The number side of a bank card."""
    account = filing.filed["bank_account"]
    number = account["number"]
    sheet = Sheet(520, 330, "#dfe7f5")
    sheet.text(40, 60, "示例银行", size=20, latin="SAMPLE BANK")
    sheet.box(40, 110, 56, 42, fill="#e3cf8f")
    sheet.text(40, 220, " ".join(number[start : start + 4] for start in range(0, len(number), 4)), size=22)
    sheet.text(40, 275, account["holder_name"], size=14)
    sheet.text(400, 275, f"{_CLASS.get(account['class'], '')}借记卡", size=13, latin="Debit")
    return sheet
