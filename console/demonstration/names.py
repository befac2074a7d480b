"""Invented people, dealers, scrapping enterprises and car models that look like those of a real queue."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import NamedTuple

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华建国志红玉梅海燕晓东雪峰宇航子涵思远雨桐浩然欣怡嘉"
    "琪俊凯立新春生文博佳宁振华淑珍永康瑞雪安琪一鸣书恒"
)
_RARE = ("欧阳修远", "上官婉清", "司马文博", "诸葛明", "夏侯雪", "东方晓", "欧阳娜", "皇甫建国")
# Names as they stand in real registers: long ones of minorities and foreigners, a rare character, a dot.
LONG_NAME = "阿卜杜热西提·阿卜杜克热木·买买提尼亚孜"
SPECIAL_NAMES = (LONG_NAME, "古丽娜尔·艾尼瓦尔", "迪丽拜尔·吐尔逊", "昀㛃", "才旦卓玛")
FOREIGN_NAMES = ("MUELLER ANNA KATHARINA", "KIM MIN JUN")


def person(random: Random) -> str:
    """A Chinese name of two or three characters, now and then with a two-character surname."""
    if random.random() < 0.04:
        return random.choice(_RARE)
    given = "".join(random.sample(_GIVEN, random.choice((1, 2, 2))))
    return random.choice(SURNAMES) + given


class Model(NamedTuple):
    """A car model on the market: how invoice and certificate name it, its price range in yuan."""

    code: str
    brand: str
    fuel: str
    nev: bool
    vehicle_class: str
    displacement_ml: int | None
    price_from: int
    price_to: int
    included_on: date | None = None
    withdrawn_on: date | None = None


NEV_MODELS = (
    Model("BJ7000BEVA1", "示例牌", "纯电动", True, "小型轿车", None, 99800, 189800, date(2025, 6, 10)),
    Model("BJ7000BEVC3", "示例牌", "纯电动", True, "小型轿车", None, 129800, 219800, date(2025, 9, 12)),
    Model("JC6460BEV02", "京辰牌", "纯电动", True, "小型普通客车", None, 149800, 259900, date(2025, 3, 14)),
    Model("JC6471PHEV1", "京辰牌", "插电式混合动力", True, "小型普通客车", 1498, 139800, 229800, date(2025, 11, 7)),
    Model("YH7002BEVM5", "燕河牌", "纯电动", True, "微型轿车", None, 43900, 79900, date(2024, 12, 20)),
    Model("YH6450REEV2", "燕河牌", "增程式混合动力", True, "小型普通客车", 1499, 169800, 279800, date(2026, 1, 9)),
    Model("LX7150PHEVD", "凌翔牌", "插电式混合动力", True, "小型轿车", 1497, 89800, 149800, date(2025, 5, 16)),
    Model("LX6500BEVH1", "凌翔牌", "纯电动", True, "小型越野客车", None, 199800, 329800, date(2025, 8, 22)),
)
# In the catalogue once, no more: V-C-10 says manual for what was bought afterwards.
WITHDRAWN_MODEL = Model(
    "QM7001BEV09", "青木牌", "纯电动", True, "小型轿车", None, 79800, 99800, date(2023, 4, 14), date(2026, 2, 20)
)
# Never listed: a model code that nobody finds.
UNLISTED_MODEL = Model("QM7001BEV9X", "青木牌", "纯电动", True, "小型轿车", None, 79800, 99800)
FUEL_MODELS = (
    Model("DZ7153A5", "大正牌", "汽油", False, "小型轿车", 1498, 79900, 119900),
    Model("DZ6440B2", "大正牌", "汽油", False, "小型普通客车", 1495, 98800, 139800),
    Model("HY7205C1", "恒越牌", "汽油", False, "小型轿车", 1998, 139800, 189800),
    Model("HY7183HEV", "恒越牌", "汽油", False, "小型轿车", 1798, 129800, 169800),
)
MODEL_2010 = Model("HY7206G9", "恒越牌", "汽油", False, "小型轿车", 2010, 159800, 189800)
MODEL_2488 = Model("DZ7258L1", "大正牌", "汽油", False, "小型轿车", 2488, 189800, 239800)


class Dealer(NamedTuple):
    """A dealer: name, unified code, address, tax office."""

    name: str
    uscc: str
    address: str
    office: str


DEALERS = (
    Dealer("北京甲辰汽车销售有限公司", "91110105MA0000XA11", "北京市朝阳区来广营西路（示例）", "北京市朝阳区税务局"),
    Dealer("北京望和汽车贸易有限公司", "91110105MA0000XB25", "北京市朝阳区东四环北路（示例）", "北京市朝阳区税务局"),
    Dealer(
        "北京四季青新能源汽车销售服务有限公司", "91110108MA0000XC3L", "北京市海淀区远大路（示例）", "北京市海淀区税务局"
    ),
    Dealer("北京京辰之家汽车销售有限公司", "91110106MA0000XD4U", "北京市丰台区南三环（示例）", "北京市丰台区税务局"),
    Dealer("北京通惠汽车城有限公司", "91110112MA0000XE5M", "北京市通州区通胡大街（示例）", "北京市通州区税务局"),
    Dealer(
        "北京亦庄凌翔汽车体验中心有限公司",
        "91110113MA0000XF68",
        "北京经济技术开发区荣华路（示例）",
        "北京经济技术开发区税务局",
    ),
)
OUTSIDE_DEALER = Dealer(
    "廊坊燕郊华冀汽车销售有限公司", "91131082MA0000XG7R", "河北省廊坊市三河市（示例）", "三河市税务局"
)


class Scrapper(NamedTuple):
    """A qualified scrapping enterprise and the time of its qualification."""

    name: str
    uscc: str
    region: str
    qualified_from: date
    qualified_to: date | None


SCRAPPERS = (
    Scrapper("北京示例报废机动车回收拆解有限公司", "91110114MA0000YA1P", "北京", date(2020, 1, 1), date(2028, 12, 31)),
    Scrapper("北京首循再生资源利用有限公司", "91110115MA0000YB2A", "北京", date(2019, 7, 1), None),
    Scrapper("天津滨海报废汽车回收拆解有限公司", "91120116MA0000YC31", "天津", date(2021, 3, 1), date(2027, 2, 28)),
    Scrapper("河北冀中报废机动车拆解有限公司", "91130104MA0000YD4W", "河北", date(2018, 5, 1), date(2027, 6, 30)),
)
EXPIRED_SCRAPPER = Scrapper(
    "北京旧宫物资回收有限公司", "91110115MA0000YE5N", "北京", date(2017, 1, 1), date(2026, 2, 28)
)
UNKNOWN_SCRAPPER = "保定速拆汽车回收部"
SECOND_HAND_DEALER = ("北京花乡旧机动车经纪有限公司", "91110106MA0000WA1R")
