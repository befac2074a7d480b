"""The fields of a vehicle dossier, each declared once with its kind and the word staff know it by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, NamedTuple

from applications.vehicles.dossier.kinds import (
    ACCOUNT_NUMBER,
    DISPLACEMENT,
    DISTRICT,
    DOCUMENT_NUMBER,
    DOCUMENT_TYPE,
    DOSSIER_ID,
    ID_NUMBER,
    ID_TYPES,
    OWNER_ID,
    PAGE_NUMBER,
    PHONE,
    REPLACEMENT,
    RESIDENT_ID,
    SCHEME,
    SCRAPPAGE,
    STATE,
    VIN,
    VIN_READ,
)
from policy.identifiers import VIN_LENGTH, is_resident_id, is_vin_alphabet, vin_check_digit_ok
from policy.reading import DAY, FLAG, MOMENT, MONEY, TEXT, Field, choice

_ONLY_SCRAPPAGE = (SCRAPPAGE,)
_ONLY_REPLACEMENT = (REPLACEMENT,)
_CHECK_DIGITS = frozenset("0123456789X")
_MADE_IN_CHINA = "L"


def _vin_problem(vin: str) -> str | None:
    """A typed VIN whose check digit is wrong. Foreign makers may put a letter there: that is no check digit."""
    if not is_vin_alphabet(vin) or vin_check_digit_ok(vin):
        return None
    if vin[8] not in _CHECK_DIGITS and not vin.startswith(_MADE_IN_CHINA):
        return None
    return "车辆识别代号第9位校验不符，请核对"


class Applicant(NamedTuple):
    """Who asks for the subsidy (ID)."""

    type: Annotated[str, Field("申请主体", choice("natural_person", "organisation"), correctable=False)]
    id_type: Annotated[str, Field("证件类型", choice(*ID_TYPES), correctable=False)]
    id_number: Annotated[str, Field("证件号码", ID_NUMBER, correctable=False)]
    name: Annotated[str, Field("姓名", TEXT)]
    phone: Annotated[str, Field("手机号", PHONE)]

    @staticmethod
    def problems(applicant: Applicant) -> Mapping[str, str]:
        if applicant.id_type == RESIDENT_ID and not is_resident_id(applicant.id_number):
            return {"id_number": "居民身份证号码应为18位，出生日期与校验码须正确"}
        return {}


class BankAccount(NamedTuple):
    """The account the subsidy is paid to (BANK)."""

    number: Annotated[str | None, Field("银行账号", ACCOUNT_NUMBER)]
    account_class: Annotated[str | None, Field("账户类别", choice("I", "II", "III"), name="class")]
    holder_name: Annotated[str | None, Field("开户人姓名", TEXT)]


class OldVehicle(NamedTuple):
    """The car given up."""

    vin: Annotated[str, Field("旧车车辆识别代号", VIN)]
    vehicle_class: Annotated[str, Field("旧车车辆类型", TEXT)]
    fuel_type: Annotated[str, Field("旧车燃料种类", TEXT)]
    nev: Annotated[bool, Field("旧车登记为新能源", FLAG)]
    first_registration_date: Annotated[date, Field("旧车注册登记日期", DAY)]

    @staticmethod
    def problems(vehicle: OldVehicle) -> Mapping[str, str]:
        problem = _vin_problem(vehicle.vin)
        return {"vin": problem} if problem else {}


class NewVehicle(NamedTuple):
    """The car bought (REGN)."""

    vin: Annotated[str, Field("新车车辆识别代号", VIN)]
    vehicle_class: Annotated[str, Field("新车车辆类型", TEXT)]
    fuel_type: Annotated[str, Field("新车燃料种类", TEXT)]
    nev: Annotated[bool, Field("新车登记为新能源", FLAG)]
    model_code: Annotated[str | None, Field("新车型号", TEXT)]
    displacement_ml: Annotated[int | None, Field("新车排量（毫升）", DISPLACEMENT)]
    registration_date: Annotated[date, Field("新车注册登记日期", DAY)]
    registration_region: Annotated[str | None, Field("新车登记地", TEXT)]
    owner_id: Annotated[str, Field("新车登记所有人证件号码", OWNER_ID)]

    @staticmethod
    def problems(vehicle: NewVehicle) -> Mapping[str, str]:
        if len(vehicle.vin) != VIN_LENGTH:
            return {"vin": f"新车车辆识别代号应为{VIN_LENGTH}位"}
        problem = _vin_problem(vehicle.vin)
        return {"vin": problem} if problem else {}


class Ownership(NamedTuple):
    """A period in which the old car was registered to one owner; `until` None = to this day, its day included."""

    owner_id: Annotated[str, Field("所有人证件号码", OWNER_ID)]
    begin: Annotated[date, Field("登记日期", DAY, name="from")]
    until: Annotated[date | None, Field("终止日期", DAY, name="to")]
    event: Annotated[str | None, Field("登记事项", choice("注册登记", "转让登记", "注销登记"))]

    @staticmethod
    def problems(period: Ownership) -> Mapping[str, str]:
        if period.until is not None and period.until < period.begin:
            return {"to": "终止日期早于登记日期"}
        return {}


class RecyclingCertificate(NamedTuple):
    """《报废机动车回收证明》 (RECYC)."""

    number: Annotated[str, Field("回收证明编号", DOCUMENT_NUMBER)]
    issuer: Annotated[str, Field("回收拆解企业", TEXT)]
    issue_date: Annotated[date, Field("回收证明开具日期", DAY)]
    vin: Annotated[str, Field("回收证明上的车辆识别代号", VIN_READ)]
    owner_id: Annotated[str, Field("回收证明上的车主证件号码", OWNER_ID)]


class Deregistration(NamedTuple):
    """《机动车注销证明》 (DEREG)."""

    day: Annotated[date, Field("注销登记日期", DAY, name="date")]
    reason: Annotated[str, Field("注销原因", TEXT)]
    vin: Annotated[str, Field("注销证明上的车辆识别代号", VIN_READ)]
    owner_id: Annotated[str, Field("注销证明上的车主证件号码", OWNER_ID)]


class UsedCarInvoice(NamedTuple):
    """《二手车销售统一发票》 (UCINV). `price` in fen."""

    number: Annotated[str, Field("二手车发票号码", DOCUMENT_NUMBER)]
    issue_date: Annotated[date, Field("二手车发票开具日期", DAY)]
    price: Annotated[int, Field("二手车成交价", MONEY)]
    seller_id: Annotated[str, Field("卖方证件号码", OWNER_ID)]
    buyer_id: Annotated[str, Field("买方证件号码", OWNER_ID)]
    vin: Annotated[str, Field("二手车发票上的车辆识别代号", VIN_READ)]


class Transfer(NamedTuple):
    """The latest transfer registration of the old car (REGO)."""

    kind: Annotated[str, Field("转让方式", choice("sale", "gift", "inheritance", "divorce", "court", "other"))]
    registration_date: Annotated[date, Field("转让登记日期", DAY)]
    vin: Annotated[str, Field("旧车登记证书上的车辆识别代号", VIN_READ)]


class Invoice(NamedTuple):
    """《机动车销售统一发票》 of the new car (INV). `total_incl_tax` in fen."""

    number: Annotated[str, Field("新车发票号码", DOCUMENT_NUMBER)]
    issue_date: Annotated[date, Field("新车发票开具日期", DAY)]
    total_incl_tax: Annotated[int, Field("新车发票价税合计", MONEY)]
    buyer_name: Annotated[str | None, Field("购买方姓名", TEXT)]
    buyer_id: Annotated[str, Field("购买方证件号码", OWNER_ID)]
    region: Annotated[str | None, Field("新车发票开具地", TEXT)]
    vin: Annotated[str, Field("新车发票上的车辆识别代号", VIN_READ)]
    # Beyond the contract's example: the dealer named on the invoice, for lists and related cases; no rule reads it.
    seller_name: Annotated[str | None, Field("销售企业", TEXT)]


class Page(NamedTuple):
    """One page of a document. `legible` and `original` None: nobody has looked yet."""

    type: Annotated[str, Field("材料类型", DOCUMENT_TYPE)]
    page: Annotated[int, Field("页码", PAGE_NUMBER)]
    legible: Annotated[bool | None, Field("清晰", FLAG)]
    original: Annotated[bool | None, Field("原件", FLAG)]


class Tax(NamedTuple):
    """What the tax authority holds on the new-car invoice (TAX). `total_incl_tax` in fen."""

    status: Annotated[str | None, Field("税务发票状态", choice("valid", "void", "red", "unknown", "not_found"))]
    issue_date: Annotated[date | None, Field("税务开具日期", DAY)]
    total_incl_tax: Annotated[int | None, Field("税务价税合计", MONEY)]


class Catalogue(NamedTuple):
    """The entry of the new car's model in the NEV catalogue (MIIT)."""

    included_on: Annotated[date | None, Field("列入目录日期", DAY)]
    withdrawn_on: Annotated[date | None, Field("撤销日期", DAY)]


class PriorApplication(NamedTuple):
    """Another vehicle application of the same person."""

    scheme: Annotated[str, Field("补贴类别", SCHEME)]
    state: Annotated[str, Field("状态", STATE)]


class ScrapEnterprise(NamedTuple):
    """The issuer of the recycling certificate in the list of qualified enterprises (SCRAPQ)."""

    qualified_from: Annotated[date | None, Field("资质起始日期", DAY)]
    qualified_to: Annotated[date | None, Field("资质截止日期", DAY)]


class Police(NamedTuple):
    """What the traffic police hold (POLICE): the old car, and of the new one displacement, date and authority."""

    owner_history: Annotated[tuple[Ownership, ...] | None, Field("公安旧车登记历史")]
    first_registration_date: Annotated[date | None, Field("公安旧车注册登记日期", DAY)]
    fuel_type: Annotated[str | None, Field("公安旧车燃料种类", TEXT)]
    vehicle_class: Annotated[str | None, Field("公安旧车车辆类型", TEXT)]
    deregistration_date: Annotated[date | None, Field("公安注销登记日期", DAY)]
    deregistration_reason: Annotated[str | None, Field("公安注销原因", TEXT)]
    transfer_dates: Annotated[tuple[date, ...] | None, Field("公安转让登记日期", DAY)]
    displacement_ml: Annotated[int | None, Field("公安新车排量（毫升）", DISPLACEMENT)]
    registration_date: Annotated[date | None, Field("公安新车注册登记日期", DAY)]
    registration_authority: Annotated[str | None, Field("公安新车登记地", TEXT)]


class Facts(NamedTuple):
    """What the portal looked up. Null or absent: not answered, so never a reason to refuse.

    `fund_closed_at` None alone means something: the funds are not closed.
    """

    police_answered: Annotated[bool | None, Field("公安交管已答复", FLAG)]
    police: Annotated[Police | None, Field("公安交管答复")]
    tax: Annotated[Tax | None, Field("税务答复")]
    catalogue: Annotated[Catalogue | None, Field("新能源汽车目录")]
    prior_vehicle_applications: Annotated[tuple[PriorApplication, ...] | None, Field("本人其他汽车补贴申请")]
    vin_used_elsewhere: Annotated[bool | None, Field("车辆识别代号已用于其他申请", FLAG)]
    fund_closed_at: Annotated[datetime | None, Field("资金用完停止受理时间", MOMENT)]
    new_owner_id_now: Annotated[str | None, Field("新车现登记所有人证件号码", OWNER_ID)]
    old_owner_id_now: Annotated[str | None, Field("旧车现登记所有人证件号码", OWNER_ID, schemes=_ONLY_REPLACEMENT)]
    scrap_enterprise: Annotated[ScrapEnterprise | None, Field("回收拆解企业资质", schemes=_ONLY_SCRAPPAGE)]


class Dossier(NamedTuple):
    """One application. Sections of the other scheme are None; money is fen; times are Asia/Shanghai.

    `submitted_at`, `documents` and `facts` may be missing where they are read: see `reading.parse`.
    """

    id: Annotated[str, Field("编号", DOSSIER_ID, correctable=False)]
    scheme: Annotated[str, Field("补贴类别", SCHEME, correctable=False)]
    channel: Annotated[str, Field("申报渠道", TEXT, correctable=False)]
    external_no: Annotated[str | None, Field("渠道申请编号", TEXT, correctable=False)]
    district: Annotated[str, Field("受理区", DISTRICT, correctable=False)]
    submitted_at: Annotated[datetime, Field("提交时间", MOMENT, correctable=False)]
    correction_submitted_at: Annotated[datetime | None, Field("补正提交时间", MOMENT, correctable=False)]
    applicant: Annotated[Applicant, Field("申请人")]
    bank_account: Annotated[BankAccount | None, Field("收款账户")]
    old_vehicle: Annotated[OldVehicle, Field("旧车")]
    ownership: Annotated[tuple[Ownership, ...] | None, Field("旧车登记历史")]
    recycling_certificate: Annotated[RecyclingCertificate | None, Field("报废机动车回收证明", schemes=_ONLY_SCRAPPAGE)]
    deregistration: Annotated[Deregistration | None, Field("机动车注销证明", schemes=_ONLY_SCRAPPAGE)]
    used_car_invoice: Annotated[UsedCarInvoice | None, Field("二手车销售统一发票", schemes=_ONLY_REPLACEMENT)]
    transfer: Annotated[Transfer | None, Field("转让登记", schemes=_ONLY_REPLACEMENT)]
    new_vehicle: Annotated[NewVehicle, Field("新车")]
    invoice: Annotated[Invoice | None, Field("机动车销售统一发票")]
    documents: Annotated[tuple[Page, ...], Field("申报材料")]
    rego_shows_transfer: Annotated[
        bool | None, Field("旧车登记证书载明最近一次转让登记", FLAG, schemes=_ONLY_REPLACEMENT)
    ]
    facts: Annotated[Facts, Field("核查事实", correctable=False)]
