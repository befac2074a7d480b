"""The two invoices: 机动车销售统一发票 of the new car, 二手车销售统一发票 of the old one."""

from __future__ import annotations

from datetime import date

from console.demonstration import names
from console.demonstration.dossiers import Filing
from console.demonstration.pictures.sheet import Sheet
from policy.money import parse_yuan

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_TAX_RATE = 13


def new_car(filing: Filing) -> Sheet:
    """机动车销售统一发票 with the application's values."""
    invoice, car = filing.filed["invoice"], filing.filed["new_vehicle"]
    sheet = Sheet(640, 470)
    sheet.text(
        320, 34, "机动车销售统一发票", size=19, colour="#8d3c2c", latin="MOTOR VEHICLE SALES INVOICE", anchor="ms"
    )
    sheet.label(290, 52, "（电子）发票联")
    sheet.label(24, 72, "开票日期", "Date")
    sheet.text(84, 73, _cn_day(invoice["issue_date"]), latin=invoice["issue_date"])
    sheet.label(378, 72, "发票号码", "No.")
    sheet.text(434, 73, invoice["number"])
    _grid(sheet)
    total = parse_yuan(invoice["total_incl_tax"])
    net = round(total * 100 / (100 + _TAX_RATE))
    engine = f"TZ220XS{car['vin'][-7:]}" if car["nev"] else f"{car['vin'][3:7]}{car['vin'][-6:]}"
    rows: tuple[tuple[int, int, str, str, str], ...] = (
        (28, 103, "购买方名称", "Buyer", invoice["buyer_name"]),
        (388, 103, "身份证号码", "ID No.", invoice["buyer_id"]),
        (28, 137, "车辆类型", "Class", car["vehicle_class"]),
        (268, 137, "厂牌型号", "Model", f"{filing.model.brand} {filing.model.code}"),
        (506, 137, "产地", "Origin", "国产"),
        (28, 171, "合格证号", "Cert.", f"WAB2026{car['vin'][-8:]}"),
        (28, 205, "发动机号码", "Engine", engine),
        (336, 205, "车辆识别代号", "VIN", invoice["vin"]),
        (28, 239, "价税合计", "Total", in_words(total)),
        (408, 239, "小写", "", f"￥{total / 100:,.2f}"),
        (28, 273, "销货单位", "Seller", filing.dealer.name),
        (428, 273, "电话", "Tel.", "010-5550****"),
        (28, 307, "纳税人识别号", "Tax ID", filing.dealer.uscc),
        (428, 307, "账号", "Acct.", "0200********8816"),
        (28, 341, "地址", "Addr.", filing.dealer.address),
        (428, 341, "开户银行", "Bank", "示例银行"),
        (28, 379, f"税率 {_TAX_RATE}%", f"{_TAX_RATE}%", f"税额 ￥{(total - net) / 100:,.2f}"),
        (338, 379, "主管税务机关", "Office", filing.dealer.office),
        (28, 419, "不含税价", "Net", f"￥{net / 100:,.2f}"),
        (468, 419, "限乘人数", "Seats", "5"),
    )
    for x, y, words, latin, value in rows:
        sheet.label(x, y, words, latin)
        sheet.text(112 if x == 28 else x + max(56, len(words) * 11 + 10), y + 1, value)
    sheet.seal(300, 296, filing.dealer.name[2:8], "发票专用章", radius=48)
    return sheet


def old_car(filing: Filing) -> Sheet:
    """二手车销售统一发票 with the application's values."""
    used, car, who = filing.filed["used_car_invoice"], filing.filed["old_vehicle"], filing.filed["applicant"]
    sheet = Sheet(640, 400)
    sheet.text(320, 34, "二手车销售统一发票", size=19, colour="#8d3c2c", latin="USED CAR SALES INVOICE", anchor="ms")
    sheet.label(24, 66, "开票日期", "Date")
    sheet.text(84, 67, _cn_day(used["issue_date"]), latin=used["issue_date"])
    sheet.label(378, 66, "发票号码", "No.")
    sheet.text(434, 67, used["number"])
    price = parse_yuan(used["price"])
    rows = (
        ("卖方单位/个人", "Seller", who["name"], "证件号码", "ID No.", used["seller_id"]),
        ("买方单位/个人", "Buyer", names.SECOND_HAND_DEALER[0], "代码", "Code", used["buyer_id"]),
        ("车辆类型", "Class", car["vehicle_class"], "厂牌型号", "Model", "示例牌"),
        ("车辆识别代号", "VIN", used["vin"], "登记证号", "Reg.", f"1100{used['number'][-8:]}"),
        ("车价合计（大写）", "Total", in_words(price), "小写", "", f"￥{price / 100:,.2f}"),
        ("二手车市场", "Market", "北京市花乡二手车交易市场（示例）", "电话", "Tel.", "010-8370****"),
    )
    sheet.box(20, 80, 600, 288)
    for number, (left, left_latin, value, right, right_latin, other) in enumerate(rows):
        y = 80 + 48 * number
        if number:
            sheet.line(20, y, 620, y)
        sheet.label(28, y + 29, left, left_latin)
        sheet.text(130, y + 30, value)
        sheet.label(396, y + 29, right, right_latin)
        sheet.text(450, y + 30, other, size=11)
    sheet.line(122, 80, 122, 368)
    sheet.line(388, 80, 388, 368)
    sheet.seal(320, 300, "二手车交易市场", "发票专用章")
    return sheet


def in_words(fen: int) -> str:
    """An amount in financial capitals: 15800000 → 壹拾伍万捌仟元整. Up to 99,999,999.99 yuan."""
    yuan, rest = divmod(fen, 100)
    text = "".join(part for part in (_group(yuan // 10_000) + "万" if yuan >= 10_000 else "", _tail(yuan)) if part)
    text = (text or "零") + "元"
    if rest == 0:
        return text + "整"
    jiao, last = divmod(rest, 10)
    text += f"{_DIGITS[jiao]}角" if jiao else "零"
    return text + (f"{_DIGITS[last]}分" if last else "整")


def _tail(yuan: int) -> str:
    """The part below ten thousand, with the 零 that a gap asks for."""
    low = yuan % 10_000
    if not low:
        return ""
    gap = "零" if yuan >= 10_000 and low < 1_000 else ""
    return gap + _group(low)


def _group(number: int) -> str:
    """Up to four digits in words."""
    text, pending = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if pending and text else "") + _DIGITS[digit] + _UNITS[place]
            pending = False
        else:
            pending = True
    return text


def _cn_day(day: str) -> str:
    found = date.fromisoformat(day)
    return f"{found.year}年{found.month}月{found.day}日"


def _grid(sheet: Sheet) -> None:
    sheet.box(20, 82, 600, 352)
    for y in (116, 150, 184, 218, 252, 286, 320, 354, 394):
        sheet.line(20, y, 620, y)
    for x, top, bottom in (
        (104, 82, 434),
        (380, 82, 116),
        (260, 116, 150),
        (500, 116, 150),
        (330, 184, 218),
        (400, 218, 252),
        (420, 252, 354),
        (330, 354, 394),
        (460, 394, 434),
    ):
        sheet.line(x, top, x, bottom)
