"""Certificates of the register and of the scrapping enterprise."""

from __future__ import annotations

from typing import Any

from console.demonstration import names
from console.demonstration.dossiers import Filing
from console.demonstration.pictures.sheet import Sheet

Row = tuple[str, str, str]


def registration(filing: Filing, page: int) -> Sheet:
    """新车机动车登记证书: page 1 says whose it is, page 2 what it is."""
    car = filing.filed["new_vehicle"]
    if page == 1:
        rows = _owner_rows(filing.filed["applicant"], car["registration_date"], f"1100{car['vin'][-8:]}")
        return _certificate("机动车登记证书", "注册登记摘要信息栏", page, rows)
    engine = f"TZ220XS{car['vin'][-7:]}" if car["nev"] else f"{car['vin'][3:7]}{car['vin'][-6:]}"
    displacement = f"{car['displacement_ml']} ml" if car["displacement_ml"] else "—"
    rows = [
        ("车辆类型", "Class", car["vehicle_class"]),
        ("车辆品牌", "Make", filing.model.brand),
        ("车辆型号", "Model", car["model_code"] or ""),
        ("车身颜色", "Colour", "白"),
        ("车辆识别代号", "VIN", car["vin"]),
        ("国产/进口", "Origin", "国产"),
        ("发动机号", "Engine", engine),
        ("制造厂名称", "Maker", f"{filing.model.brand[:-1]}汽车股份有限公司"),
        ("燃料种类", "Fuel", car["fuel_type"]),
        ("排量/功率", "Displ.", f"{displacement} / 150 kW"),
        ("轮胎规格", "Tyres", "225/55 R18"),
        ("轴距", "Base", "2750 mm"),
        ("外廓尺寸", "Size", "4620×1860×1650 mm"),
        ("核定载客", "Seats", "5 人"),
        ("使用性质", "Use", "非营运"),
        ("出厂日期", "Made", car["registration_date"]),
    ]
    return _certificate("机动车登记证书", "注册登记机动车信息栏", page, rows)


def old_registration(filing: Filing, page: int) -> Sheet:
    """旧车机动车登记证书: owner, car, and on the last page the transfer out of the applicant's name."""
    car, transfer = filing.filed["old_vehicle"], filing.filed["transfer"]
    if page == 1:
        first = filing.filed["ownership"][0]
        rows = _owner_rows(filing.filed["applicant"], first["from"], f"1100{car['vin'][-8:]}")
        return _certificate("机动车登记证书", "注册登记摘要信息栏", page, rows)
    if page == 2:
        rows = [
            ("车辆类型", "Class", car["vehicle_class"]),
            ("车辆品牌", "Make", "示例牌"),
            ("车辆识别代号", "VIN", transfer["vin"]),
            ("燃料种类", "Fuel", car["fuel_type"]),
            ("国产/进口", "Origin", "国产"),
            ("使用性质", "Use", "非营运"),
            ("注册登记日期", "Registered", car["first_registration_date"]),
            ("核定载客", "Seats", "5 人"),
        ]
        return _certificate("机动车登记证书", "注册登记机动车信息栏", page, rows)
    rows = [("登记栏", "Entry", "（空白）")]
    if page == 4:
        rows = [
            ("登记事项", "Entry", "转让登记"),
            ("转让日期", "On", transfer["registration_date"]),
            ("现机动车所有人", "Owner", names.SECOND_HAND_DEALER[0]),
            ("证件号码", "Code", filing.filed["used_car_invoice"]["buyer_id"]),
            ("转让方式", "By", "购买"),
            ("登记机关", "Office", "北京市公安局公安交通管理局车辆管理所"),
        ]
    return _certificate("机动车登记证书", "转让登记摘要信息栏", page, rows)


def recycling(filing: Filing) -> Sheet:
    """报废机动车回收证明."""
    paper, car = filing.filed["recycling_certificate"], filing.filed["old_vehicle"]
    rows = [
        ("证明编号", "No.", paper["number"]),
        ("车主", "Owner", filing.filed["applicant"]["name"]),
        ("证件号码", "ID No.", paper["owner_id"]),
        ("车辆识别代号", "VIN", paper["vin"]),
        ("车辆类型", "Class", car["vehicle_class"]),
        ("燃料种类", "Fuel", car["fuel_type"]),
        ("注册登记日期", "Registered", car["first_registration_date"]),
        ("交车日期", "Handed in", paper["issue_date"]),
        ("回收拆解企业", "Enterprise", paper["issuer"]),
        ("开具日期", "Issued", paper["issue_date"]),
    ]
    return _letter(
        "报废机动车回收证明", "END-OF-LIFE VEHICLE CERTIFICATE", rows, paper["issuer"][2:8], "回收证明专用章"
    )


def deregistration(filing: Filing) -> Sheet:
    """机动车注销证明."""
    paper, car = filing.filed["deregistration"], filing.filed["old_vehicle"]
    rows = [
        ("机动车所有人", "Owner", filing.filed["applicant"]["name"]),
        ("证件号码", "ID No.", paper["owner_id"]),
        ("车辆识别代号", "VIN", paper["vin"]),
        ("车辆类型", "Class", car["vehicle_class"]),
        ("注册登记日期", "Registered", car["first_registration_date"]),
        ("注销原因", "Reason", paper["reason"]),
        ("注销登记日期", "On", paper["date"]),
        ("登记机关", "Office", "北京市公安局公安交通管理局车辆管理所"),
    ]
    return _letter("机动车注销证明", "DEREGISTRATION CERTIFICATE", rows, "车辆管理所", "业务专用章")


def _owner_rows(applicant: dict[str, Any], day: str, number: str) -> list[Row]:
    return [
        ("机动车所有人", "Owner", applicant["name"]),
        ("身份证明", "ID No.", applicant["id_number"]),
        ("登记机关", "Office", "北京市公安局车辆管理所"),
        ("登记日期", "On", day),
        ("登记证书编号", "No.", number),
        ("机动车登记编号", "Plate", f"京A·{number[-5:]}"),
    ]


def _certificate(title: str, part: str, page: int, rows: list[Row]) -> Sheet:
    """A page of the green certificate: two fields a line where there are many, one where there are few."""
    sheet = Sheet(560, 470, "#fafdf9")
    sheet.text(280, 34, title, size=19, colour="#2f6b4a", latin="REGISTRATION CERTIFICATE", anchor="ms")
    sheet.label(228, 54, part)
    sheet.label(490, 54, f"第 {page} 页", f"p. {page}")
    sheet.box(20, 66, 520, 380)
    columns = 2 if len(rows) > 8 else 1
    lines = (len(rows) + columns - 1) // columns
    step = min(380 // max(lines, 1), 48)
    for number, (words, latin, value) in enumerate(rows):
        line, column = divmod(number, columns)
        y = 66 + step * line
        if line and column == 0:
            sheet.line(20, y, 540, y)
        x = 28 + column * 268
        sheet.label(x, y + step - 16, words, latin)
        sheet.text(x + 84, y + step - 15, value, size=11)
    sheet.line(104, 66, 104, 446)
    sheet.seal(462, 392, "车辆管理所", "登记专用章", radius=40)
    return sheet


def _letter(title: str, latin_title: str, rows: list[Row], seal: str, second: str) -> Sheet:
    sheet = Sheet(560, 620)
    sheet.text(280, 56, title, size=22, colour="#8d3c2c", latin=latin_title, anchor="ms")
    sheet.box(30, 90, 500, 44 * len(rows))
    for number, (words, latin, value) in enumerate(rows):
        y = 90 + 44 * number
        if number:
            sheet.line(30, y, 530, y)
        sheet.label(42, y + 28, words, latin)
        sheet.text(160, y + 29, value)
    sheet.line(146, 90, 146, 90 + 44 * len(rows))
    sheet.seal(430, 540, seal, second, radius=50)
    return sheet
