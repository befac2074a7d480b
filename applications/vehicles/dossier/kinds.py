"""The kinds of values only vehicle dossiers have: identity numbers, VINs, and the words of the contract."""

from __future__ import annotations

from policy.reading import choice, matching, whole

SCRAPPAGE = "vehicle-scrappage"
REPLACEMENT = "vehicle-replacement"
SCHEMES = (SCRAPPAGE, REPLACEMENT)

DISTRICTS = (
    "dongcheng",
    "xicheng",
    "chaoyang",
    "haidian",
    "fengtai",
    "shijingshan",
    "mentougou",
    "fangshan",
    "tongzhou",
    "shunyi",
    "changping",
    "daxing",
    "huairou",
    "pinggu",
    "miyun",
    "yanqing",
    "bda",
)

RESIDENT_ID = "resident_id"
ORGANISATION_CODE = "uscc"
ID_TYPES = (
    RESIDENT_ID,
    "passport",
    "hk_macao_permit",
    "taiwan_permit",
    "foreign_permanent_resident",
    ORGANISATION_CODE,
)

# States of catalogue §8.1 and of the contract's table. Money has left in PAID_STATES; ENDED_STATES leave the person
# free to file again; in all others an application is still under way.
PAID_STATES = frozenset({"PAID", "RECOVERY", "RECOVERED", "REFERRED"})
ENDED_STATES = frozenset({"REJECTED", "WITHDRAWN", "NOT_ACCEPTED_FINAL", "CLOSED_NO_FUNDS", "DRAFT"})
LIVE_STATES = frozenset(
    {
        "SUBMITTED",
        "UNDER_REVIEW",
        "MANUAL_CHECK",
        "PENDING_CONFIRM",
        "WAITLIST",
        "DISTRICT_REVIEW",
        "MUNICIPAL_REVIEW",
        "RETURNED",
        "NOT_ACCEPTED",
        "PROPOSED_REJECT",
        "APPROVED",
        "PAY_PENDING",
        "PAY_FAILED",
    }
)

DOCUMENT_TYPES = {
    "ID": "个人身份信息",
    "BANK": "银行卡账号面照片",
    "RECYC": "报废机动车回收证明",
    "DEREG": "机动车注销证明",
    "INV": "机动车销售统一发票",
    "REGN": "新车登记证书",
    "REGO": "旧车登记证书",
    "UCINV": "二手车销售统一发票",
    "evidence": "其他材料",
}

DISTRICT = choice(*DISTRICTS)
SCHEME = choice(*SCHEMES)
STATE = choice(*sorted(PAID_STATES | ENDED_STATES | LIVE_STATES))
DOCUMENT_TYPE = choice(*DOCUMENT_TYPES)
DOSSIER_ID = matching("dossier_id", r"[^\s].{0,63}", "应为1至64个字符的文字")
ID_NUMBER = matching("id_number", r"[0-9A-Z()-]{5,30}", "证件号码应为5至30位数字或字母", upper=True)
OWNER_ID = matching("owner_id", r".{1,64}", "应为1至64个字符的证件号码", upper=True)
VIN = matching("vin", r"[0-9A-Z-]{1,25}", "车辆识别代号只能有数字和字母", upper=True)
VIN_READ = matching("vin_read", r".{1,40}", "应为1至40个字符的车辆识别代号", upper=True)
PHONE = matching("phone", r"\+?[0-9][0-9-]{4,19}", "应为5至20位的电话号码")
ACCOUNT_NUMBER = matching("account_number", r"[0-9]{8,32}", "应为8至32位数字的银行账号")
DOCUMENT_NUMBER = matching("document_number", r"[0-9A-Za-z〔〕（）()\-_/第号]{1,40}", "应为1至40位的编号")
PAGE_NUMBER = whole(1, 99)
DISPLACEMENT = whole(1, 20000)
