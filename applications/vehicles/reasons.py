"""Reason codes of vehicle decisions with their clauses (catalogue §9.5) and the rules that bring them."""

from __future__ import annotations

from review.schemes import ReasonCode

_DOCUMENT = "京商流通字〔2026〕2号"
SCRAPPAGE = "vehicle-scrappage"
REPLACEMENT = "vehicle-replacement"
_BOTH = (SCRAPPAGE, REPLACEMENT)

# The rules that say something is missing, unreadable or late: to be returned, or in replacement not accepted.
_INCOMPLETE_SCRAPPAGE = (
    *("V-C-09", "V-C-10", "V-C-13", "V-S-05", "V-S-06", "V-S-08", "V-S-09", "V-S-10", "V-S-11", "V-S-13", "V-S-14"),
    "V-S-16",
)
_INCOMPLETE_REPLACEMENT = (
    *("V-C-04", "V-C-05", "V-C-08", "V-C-09", "V-C-10", "V-C-11", "V-C-13", "V-C-14", "V-C-19", "V-C-22"),
    *("V-R-01", "V-R-02", "V-R-03", "V-R-04", "V-R-06", "V-R-08", "V-R-09"),
)
# Rules of the other scheme that a code shared by both also names.
_FOREIGN = {SCRAPPAGE: "V-R-", REPLACEMENT: "V-S-"}

# code, kinds (R 不予补贴, N 不予受理, B 退回, M 人工, K 拦截), title, clause, rules, schemes
_TABLE: tuple[tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("V01", "R", "申请主体不是个人消费者", "一", ("V-C-01",), _BOTH),
    ("V02", "R", "车辆不属于小型、微型载客汽车", "一", ("V-C-02",), _BOTH),
    ("V03", "RK", "已享受或正在申请一次补贴", "一", ("V-C-03",), _BOTH),
    ("V04", "KR", "不在申报期内", "二(三)1、三(三)1", ("V-C-04",), _BOTH),
    ("V05", "R", "逾期未补正", "二(三)1、三(三)1", ("V-C-05",), _BOTH),
    ("V06", "K", "年度补贴资金已使用完毕", "一、二(三)1、三(三)1", ("V-C-06",), _BOTH),
    ("V07", "R", "车辆所有人与申请人不一致", "二(二)2、三(二)2", ("V-C-11",), _BOTH),
    ("V08", "R", "审核期间新车已不在申请人名下", "二(二)4、三(二)4", ("V-C-12",), _BOTH),
    ("V09", "R", "发票或登记证书不是在本市开具或办理", "二(二)5、二(三)2、三(三)2", ("V-C-13",), _BOTH),
    ("V10", "R", "新车车型未纳入目录", "二(一)、三(一)", ("V-C-10", "V-R-02", "V-S-05"), _BOTH),
    ("V11", "R", "新购燃油乘用车排量超过2.0升", "二(一)", ("V-S-05", "V-S-06"), (SCRAPPAGE,)),
    ("V12", "R", "旧车注册登记日期晚于规定日期", "二(一)", ("V-S-01", "V-S-02", "V-S-03"), (SCRAPPAGE,)),
    ("V13", "R", "报废新能源乘用车后购买燃油乘用车", "二(一)", ("V-S-07",), (SCRAPPAGE,)),
    ("V14", "R", "材料取得日期早于2026年1月1日", "二(二)1", ("V-S-10",), (SCRAPPAGE,)),
    ("V15", "R", "日期不在2026年1月1日之后", "三(二)1", ("V-R-04",), (REPLACEMENT,)),
    ("V16", "R", "回收拆解企业不具备资质", "二(二)1", ("V-S-11",), (SCRAPPAGE,)),
    ("V17", "R", "旧车未于2025年1月8日前登记在本人名下", "二(二)3、三(二)3", ("V-S-12", "V-R-05"), _BOTH),
    ("V18", "R", "旧车未持续登记在本人名下", "二(二)3、三(二)3", ("V-S-13", "V-R-06"), _BOTH),
    ("V19", "R", "旧车不是通过售卖方式转让", "三(一)", ("V-R-01",), (REPLACEMENT,)),
    ("V20", "R", "新车不是新能源乘用车", "三(一)", ("V-R-02",), (REPLACEMENT,)),
    ("V21", "R", "已转让旧车又转回本人名下", "三(二)4", ("V-R-07",), (REPLACEMENT,)),
    ("V22", "B", "申报材料缺少或不清晰", "二(三)4", _INCOMPLETE_SCRAPPAGE, (SCRAPPAGE,)),
    ("V23", "N", "申报材料不齐全、不清晰或逾期", "三(三)4", _INCOMPLETE_REPLACEMENT, (REPLACEMENT,)),
    ("V24", "B", "银行卡不是本人一类卡", "二(三)4、三(三)4", ("V-C-14",), _BOTH),
    (
        "V25",
        "B",
        "发票作废、红冲或信息填写有误",
        "二(三)4、三(三)4、四",
        ("V-C-08", "V-C-19", "V-C-22", "V-C-11", "V-R-01"),
        _BOTH,
    ),
    ("V26", "M", "与公安交管或税务核实结果不一致", "四", ("V-C-08", "V-C-18", "V-C-19"), _BOTH),
    ("V27", "R", "经查实提供虚假信息或虚假交易", "五", ("V-C-15",), _BOTH),
    ("V28", "R", "旧车未因报废办理注销登记", "一、二(二)1", ("V-S-14",), (SCRAPPAGE,)),
    ("V29", "K", "申报渠道不符", "二(三)3、三(三)3", ("V-S-15", "V-R-10"), _BOTH),
)


def reason_codes(scheme: str) -> dict[str, ReasonCode]:
    """The codes that a decision of this vehicle scheme may cite, in the catalogue's order."""
    return {
        code: ReasonCode(
            code,
            kinds,
            title,
            f"{_DOCUMENT} {clause}",
            tuple(rule for rule in rules if not rule.startswith(_FOREIGN[scheme])),
        )
        for code, kinds, title, clause, rules, schemes in _TABLE
        if scheme in schemes
    }
