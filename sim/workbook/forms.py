"""The sheets of a workbook that describes a chain, and of each column its meaning, unit, example and what is assumed where it is empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.scenario.fields import at_path
from sim.scenario.sections.headings import COLUMNS
from sim.tables.headings import Column, plain

Language = Literal["zh", "en"]

_TEXT = """
regions / 区域 / Regions / 大区 / 地区
code | * | | | 区域的编码:字母、数字、- 和 _;门店和仓库用它指明所在区域 | Code of the region, by which stores and warehouses name it | EAST
name | * | | | 报表中显示的名称 | Name in reports | 华东
warehouses / 仓库 / Warehouses / 配送中心 / 物流中心 / dcs / distribution centres
code | * | | | 仓库编码 | Code of the warehouse | WH1
name | | | | 名称 | Name | 嘉兴仓
region | 门店最多的区域; the region with most stores | | | 所在区域的编码 | Code of its region | EAST
warehouse | 供应商; the suppliers | | | 为其供货的上级仓库(中心仓 → 区域仓) | Code of the warehouse that feeds it: central, regional |
docks | | 个 | | 同时卸货的车位 | Places to unload at the same time | 4
pickers | | 人 | | 同时拣货的人数 | People who pick at the same time | 10
opens | | 时:分 | h:mm | 开始作业 | Work begins | 8:00
closes | | 时:分 | h:mm | 结束作业 | Work ends | 20:00
stores / 门店 / Stores / 店铺 / 分店 / 门店表 / 门店信息 / 门店资料 / 门店清单 / 门店列表 / 分店表 / shops / store list
code | * | | | 门店编码:字母、数字、- 和 _ | Code of the store: letters, digits, - and _ | SH01
name | | | | 门店名称 | Name | 上海徐汇店
region | 同仓库的区域; the region of most stores | | | 所在区域的编码 | Code of its region | EAST
ownership | | | | 直营或加盟 | direct or franchise | {own}
warehouse | 同区域的仓库; a warehouse of its region | | | 供货仓库的编码 | Code of the warehouse that delivers to it | WH1
customers_per_day | 其他门店的中位数或 800; the others' median or 800 | 人/天 | 1/d | 全年日均结账顾客 | Customers who pay, mean over a year | 1,300
tills | 其他门店的中位数或 3; the others' median or 3 | 台 | | 有人值守的收银台 | Tills with a cashier | 3
self_checkouts | | 台 | | 自助收银机 | Self-checkouts | 2
opens | | 时:分 | h:mm | 开门时间 | When it opens | 8:00
closes | | 时:分 | h:mm | 关门时间,须在同一天;24:00 视为 23:59 | When it closes, on the same day; 24:00 is 23:59 | 22:00
roster | 营业时全部收银台有人; all tills are staffed while it is open | | | “排班”表中的编码 | Code of a roster in the sheet of rosters | DAY
rosters / 排班 / Rosters / 班表 / 排班表 / 班次 / shifts
roster | * | | | 排班编码,同一编码可有多行,重叠时台数相加 | Code; a roster may have several rows, whose tills add up | DAY
first_weekday | | | | 从星期几 | From this weekday | {mon}
last_weekday | | | | 到星期几 | To this weekday | {fri}
starts | * | 时:分 | h:mm | 班次开始 | The shift begins | 8:00
ends | * | 时:分 | h:mm | 班次结束,同一天 | The shift ends, on the same day | 15:00
tills | * | 台 | | 有人值守的收银台 | Tills staffed | 2
proficiency | | | | 每件商品用时的系数:新手大于 1 | Factor on the time per item: a beginner has more than 1 | 1
reserve_tills | 没有; none | 台 | | 排队时可加开的收银台:每台排队超过 3 人(trading.reserve) | Tills that open when lines are long (trading.reserve) |
suppliers / 供应商 / Suppliers / 厂商 / 供货商 / vendors
code | * | | | 供应商编码 | Code of the supplier | FOODS
lead_time_days | 其他的中位数或 3; the others' median or 3 | 天 | d | 下单到到货:3、2-4、3±1 | From order to delivery: 3, 2-4 or 3±1 | 2-4
fill_rate | | 0–1 或 % | 0–1 or % | 实际到货占订货的比例 | Share of an order that is delivered | 97%
minimum_order | | 元 | currency | 起订金额(按进价) | Smallest order, at unit cost | 500
order_weekdays | 每天; every day | | | 可以下单的星期 | Weekdays on which it takes orders | {days}
shelf_life_days | 不过期; they keep | 天 | d | 其商品的保质期,商品表未填时用 | Shelf life of its goods, where the SKU does not say | 180
direct | 经仓库; through warehouses | | | 是:门店向其订货,由其送货到店,不经仓库 | yes: stores order from it, and it delivers to their doors |
unavailable_share | 总是有货; never | 0–1 或 % | 0–1 or % | 供应商缺某一商品的时间占比 | Share of time that it is out of a SKU | 3%
unavailable_days | 有缺货率时必填; needed with a share | 天 | d | 平均每次缺多少天 | Days for which it is out of a SKU, on average | 7
late_share | 从不晚到; never | 0–1 或 % | 0–1 or % | 晚到的送货占比 | Share of its deliveries that come late | 10%
late_days | 有晚到率时必填; needed with a share | 天 | d | 比交货期晚几天:2、1-3 | Days after the lead time: 2 or 1-3 | 1-3
lanes / 线路 / Lanes / 配送线路 / 运输线路 / 配送 / 物流线路 / routes
origin | * | | | 发货仓库的编码 | Code of the warehouse that sends | WH1
destination | * | | | 收货门店或仓库的编码 | Code of the store or warehouse that receives | SH01
lead_time_days | 1; 1 | 天 | d | 发货到收货:1、1-2、次日 | From sending to receiving: 1 or 1-2 | 1
distance_km | | 公里 | km | 距离 | Distance | 25
truck_kg | 不限; no limit | 公斤 | kg | 一次配送最多装载 | What one delivery can carry | 3,000
skus / 商品 / SKUs / 商品表 / 商品清单 / 商品信息 / 商品资料 / 商品档案 / 货品 / items / products / articles / assortment
code | * | | | 商品编码(条码、货号) | Code of the SKU | 6901234567892
name | | | | 商品名称 | Name | 苏打水 500ml
supplier | 供应商轮流; suppliers take turns | | | 供应商编码 | Code of its supplier | FOODS
price | 其他商品的中位数; the median of the others | 元 | currency | 零售价 | Price | 3.50
unit_cost | 零售价 × 0.65; price × 0.65 | 元 | currency | 进价 | Unit cost | 2.10
pack | | 件/箱 | units | 订货和配送的最小单位 | Units in which it is ordered and moved | 12
shelf_units | 由规则计算; by rule | 件 | units | 每家门店货架能放的数量 | Units that the shelf of every store holds | 24
weight_kg | | 公斤 | kg | 单件重量 | Weight of a unit | 0.55
group | 不相互替代; none | | | 同一品类的商品可相互替代 | SKUs of a group substitute each other | 饮料
shelf_life_days | 同供应商; as its supplier's goods | 天 | d | 到店后的保质期 | Days it keeps from its arrival | 270
popularity | 按表中顺序; by the order of the list, best first | | | 销售权重(如月销量) | Weight in sales, such as units a month | 840
opening_stock / 库存 / Stock / 期初库存 / 库存表 / 在库 / 现有库存 / opening stock / inventory / stock on hand
location | * | | | 门店或仓库的编码 | Code of a store or warehouse | SH01
sku | * | | | 商品编码 | Code of the SKU | 6901234567892
units | * | 件 | units | 在库数量,包括已占用 | Units on hand, promised ones too | 48
on_order | | 件 | units | 在途数量 | Units on their way | 24
arrives | 经过交货期; after a lead time | 日期 | date | 在途何时到货 | When those on order arrive |
promised | | 件 | units | 已承诺给顾客的数量 | Units promised to customers | 2
prices / 价格 / Prices / 价格表 / 变价 / 调价 / 促销价 / price list
sku | * | | | 商品编码 | Code of the SKU | 6901234567892
price | * | 元 | currency | 自该日起的售价 | Price from that day on | 2.90
unit_cost | 不变; as before | 元 | currency | 自该日起的进价 | Unit cost from that day on | 1.80
from | 首日; the first day | 日期 | date | 生效日期 | First day on which it holds |
"""
_EXAMPLES = {
    "zh": {"own": "加盟", "mon": "周一", "fri": "周五", "days": "周一,周三,周五"},
    "en": {"own": "franchise", "mon": "Mon", "fri": "Fri", "days": "Mon, Wed, Fri"},
}


@dataclass(frozen=True)
class FormColumn:
    """One column of a sheet, as the template shows and explains it; texts are by language."""

    column: Column
    needed: bool
    unit: dict[str, str]
    meaning: dict[str, str]
    assumed: dict[str, str]
    """What stands in its place where a cell is empty."""
    example: dict[str, str]

    @property
    def field(self) -> str:
        """Of the scenario."""
        return self.column.field

    def heading(self, language: Language | None) -> str:
        """With its unit, and * where it is needed; in both languages, a line each, without one."""
        if language is None:
            return f"{self.heading('zh')}\n{self.heading('en')}"
        name = self.column.names[language == "en"]
        brackets = ("（{}）", " ({})")[language == "en"].format(self.unit[language]) if self.unit[language] else ""
        return f"{name}{brackets}{'*' if self.needed else ''}"


@dataclass(frozen=True)
class Form:
    """One sheet: the section of a scenario that it is for."""

    section: str
    names: tuple[str, ...]
    """Under which people keep it; the first is Chinese, the second English."""
    columns: tuple[FormColumn, ...]

    def name(self, language: Language | None) -> str:
        """Of its sheet; in both languages without one."""
        return " ".join(self.names[:2]) if language is None else self.names[language == "en"]

    @property
    def keys(self) -> tuple[str, ...]:
        """The fields without which a row says nothing."""
        return tuple(column.field for column in self.columns if column.needed)


def _forms() -> tuple[Form, ...]:
    forms: list[Form] = []
    for block in _blocks():
        section, *names = block[0].split(" / ")
        forms.append(Form(section, tuple(names), tuple(_column(section, line) for line in block[1:])))
    return tuple(forms)


def _blocks() -> list[list[str]]:
    blocks: list[list[str]] = []
    for line in _TEXT.strip().splitlines():
        if "|" in line:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return blocks


def _column(section: str, line: str) -> FormColumn:
    field, need, unit_zh, unit_en, zh, en, example = (part.strip() for part in line.split("|"))
    column = next(each for each in COLUMNS[section] if each.field == field)
    if need in ("", "*"):
        default = _default(section, field) if not need else ""
        assumed = {"zh": default, "en": default}
    else:
        assumed = dict(zip(("zh", "en"), need.split("; "), strict=True))
    return FormColumn(
        column,
        need == "*",
        {"zh": unit_zh, "en": unit_en},
        {"zh": zh, "en": en},
        assumed,
        {language: example.format(**_EXAMPLES[language]) for language in _EXAMPLES},
    )


def _default(section: str, field: str) -> str:
    """What the scenario's model takes where nothing is said."""
    default = at_path([section, field])[0].get_default()
    return f"{default:%H:%M}" if hasattr(default, "hour") else "" if default is None else str(default)


FORMS = _forms()
BY_SECTION = {form.section: form for form in FORMS}
_SHORT = {"stock": "opening_stock", "inventory": "opening_stock"}


def sections_in(name: str) -> set[str]:
    """The sections whose names stand within the name of a sheet or file: 2026门店 and `Store data` are about stores."""
    word = plain(name)
    return {
        form.section
        for form in FORMS
        for each in form.names
        for part in (plain(each), plain(each).removesuffix("s"))
        if len(part) >= (4 if part.isascii() else 2) and part in word
    }


def section_of(name: str) -> str | None:
    """The section that a sheet or file of this name is for: its own names, those of a template, and `opening_stock` as `stock`."""
    word = plain(name)
    for form in FORMS:
        if word in {plain(each) for each in (*form.names, form.name(None), form.section)}:
            return form.section
    return _SHORT.get(word)


SETTINGS: dict[str, tuple[str, ...]] = {
    "name": ("名称", "Name", "连锁名称", "企业名称", "chain", "company"),
    "currency": ("货币", "Currency", "币种"),
    "start": ("开始日期", "First day", "起始日期", "start", "start date"),
    "days": ("天数", "Days", "模拟天数"),
    "time_zone": ("时区", "Time zone"),
    "orders_per_day": ("线上订单", "Online orders a day", "日均线上订单", "网上订单"),
}
"""What the sheet of the chain says, a row each, by field: its names."""
SETTING_MEANINGS: dict[str, tuple[str, str, str]] = {
    "name": ("报告中的名称;空:文件名", "Name in reports; empty: the file's", "my-chain"),
    "currency": ("三个字母;空:CNY", "Three letters; empty: CNY", "CNY"),
    "start": ("仿真的第一天;空:下一个星期一", "First day that is simulated; empty: next Monday", "2026-10-01"),
    "days": ("仿真多少天;空:14", "Days that are simulated; empty: 14", "14"),
    "time_zone": ("空:Asia/Shanghai", "Empty: Asia/Shanghai", "Asia/Shanghai"),
    "orders_per_day": ("全连锁每天的线上订单;空:0", "Online orders a day of the whole chain; empty: 0", "200"),
}
"""By field: meaning in Chinese and English, and an example."""
SETTINGS_SHEET = ("连锁", "Chain", "设置", "参数", "基本信息", "settings")
README_SHEET = ("说明", "Read me", "about", "使用说明", "填写说明", "notes")
EXAMPLE_MARKS = ("例", "示例", "样例", "e.g.", "eg.", "example")
"""How the first cell of a row begins that is there to show what to fill in."""
