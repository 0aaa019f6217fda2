"""Which column of a log holds which field: as named, as a preset has it, or by headings that tills write in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from sim.records.refusal import Refusal
from sim.scenario.sections.traffic import LogField
from sim.tables.headings import plain
from sim.traffic.log.reading import Reading

FIELDS: tuple[str, ...] = get_args(LogField)
_NEEDED = ("timestamp", "ticket", "sku")

_KNOWN: dict[str, tuple[tuple[str, ...], ...]] = {
    "timestamp": (
        ("timestamp",),
        ("datetime", "date time", "date & time", "date and time", "日期时间", "时间戳", "invoice date time", "created at"),
    ),
    "date": (
        ("date",),
        ("日期", "销售日期", "交易日期", "营业日期", "业务日期", "单据日期", "开单日期", "下单日期", "小票日期", "记账日期"),
        ("invoice date", "sale date", "sales date", "transaction date", "order date", "receipt date", "business date", "trading date",
         "posting date"),
    ),
    "time": (
        ("time",),
        ("时间", "时刻", "销售时间", "交易时间", "下单时间", "结账时间", "收银时间", "开单时间", "付款时间", "支付时间", "成交时间", "小票时间"),
        ("sale time", "sales time", "transaction time", "order time", "receipt time", "invoice time", "time of day"),
    ),
    "ticket": (
        ("ticket",),
        ("小票号", "小票", "小票编号", "小票号码", "小票流水号", "ticket no", "ticket number", "ticket id", "receipt", "receipt no",
         "receipt number", "receipt id", "invoice", "invoice no", "invoice number", "bill no", "bill number", "check no", "check number"),
        ("单号", "单据号", "单据编号", "销售单号", "订单号", "订单编号", "交易号", "账单号", "order", "order no", "order number", "order id",
         "transaction", "transaction no", "transaction number", "transaction id", "basket", "basket id"),
        ("流水号", "交易流水号", "销售流水号"),
    ),
    "sku": (
        ("sku",),
        ("商品编码", "商品编号", "商品代码", "商品货号", "货号", "品号", "sku编码", "sku code", "sku id", "stock code", "product code",
         "product id", "product no", "product number", "item code", "item id", "item no", "item number", "article", "article no",
         "article number", "article code", "material", "plu", "plu code", "plu码"),
        ("条码", "商品条码", "条形码", "国际条码", "69码", "barcode", "ean", "ean13", "upc", "gtin"),
        ("商品", "货品", "product", "item"),
        ("商品名称", "品名", "商品名", "product name", "item name", "description"),
    ),
    "items": (("items",), ("商品明细", "明细", "商品列表", "购物清单", "商品清单", "products", "basket items", "line items", "item list")),
    "quantity": (
        ("quantity",),
        ("数量", "销售数量", "销量", "件数", "个数", "购买数量", "qty", "quantity sold", "qty sold", "units sold", "pieces", "pcs"),
    ),
    "price": (
        ("price",),
        ("单价", "销售单价", "成交单价", "实际单价", "unit price", "net price", "selling price", "sale price", "price per unit"),
        ("售价", "零售价", "价格", "实售价", "retail price", "list price"),
    ),
    "store": (
        ("store",),
        ("门店编码", "门店编号", "门店代码", "门店号", "店号", "店铺编码", "店铺编号", "store code", "store id", "store no", "store number",
         "shop id", "shop code", "branch code", "outlet code", "location code"),
        ("门店", "店铺", "门店名称", "店名", "店铺名称", "分店", "shop", "store name", "shop name", "branch", "outlet"),
    ),
    "name": (
        ("name",),
        ("商品名称", "品名", "商品名", "货品名称", "product name", "item name", "article name", "sku name", "description",
         "product description", "item description"),
        ("商品", "货品", "product", "item"),
    ),
    "customer": (
        ("customer",),
        ("会员号", "会员卡号", "会员编号", "会员id", "会员卡", "customer id", "customer no", "customer number", "member id", "member no",
         "member number", "member card", "loyalty card", "loyalty id"),
        ("会员", "卡号", "member"),
    ),
    "till": (
        ("till",),
        ("收银机", "收银机号", "收银台", "收银台号", "款台", "款台号", "机号", "pos机号", "pos号", "pos机", "till no", "till number", "till id",
         "pos", "pos id", "pos no", "register", "register no", "register id", "terminal", "terminal id"),
    ),
    "status": (("status",), ("状态", "单据状态", "订单状态", "交易状态", "小票状态", "order status", "ticket status")),
    "type": (
        ("type",),
        ("类型", "交易类型", "单据类型", "销售类型", "业务类型", "订单类型", "小票类型", "transaction type", "sale type", "sales type",
         "document type", "receipt type", "order type"),
    ),
    "original": (
        ("original",),
        ("原单号", "原小票号", "原订单号", "原单据号", "原交易号", "原流水号", "原销售单号", "退货原单号", "original ticket", "original receipt",
         "original invoice", "original order", "original ticket no", "original receipt no", "original transaction", "refund of",
         "refunded ticket", "return of"),
    ),
    "group": (
        ("group",),
        ("品类", "类别", "分类", "商品类别", "商品分类", "商品品类", "大类", "部门", "category", "product category", "item category",
         "department", "product group", "sku group", "item group"),
    ),
}  # fmt: skip
"""By field, headings in tiers: of those that a log has, a tier hides the later ones; two of one tier are asked about.

A line's total (金额, amount) is never taken for a price: `amount` is named, and divided by the quantity.
"""

_TOTALS = frozenset(map(plain, (
    "金额", "销售金额", "实收金额", "应收金额", "实付金额", "成交金额", "小计", "销售额", "amount", "total", "line total", "net amount",
    "sales amount",
)))  # fmt: skip


@dataclass(frozen=True)
class Preset:
    """The format of one family of logs."""

    columns: dict[str, str]
    """Column names by field; empty: recognised by their headings."""
    cancelled_prefix: str = ""
    """What the number of a cancelled ticket begins with; empty: as `Reading.cancelled_prefix` says."""
    dates: str = ""
    """Order of day and month; empty: as `Reading.dates` says."""


PRESETS = {
    "plain": Preset({}),
    "uci": Preset(
        {
            "timestamp": "InvoiceDate",
            "ticket": "InvoiceNo",
            "sku": "StockCode",
            "quantity": "Quantity",
            "price": "UnitPrice",
            "name": "Description",
            "customer": "CustomerID",
        },
        cancelled_prefix="C",
        dates="mdy",
    ),
}


def check(reading: Reading) -> Preset:
    """The preset of a reading. Raises `Refusal` where there is none of that name, or a column is named for no field."""
    if reading.preset not in PRESETS:
        raise Refusal("--preset", "", " or ".join(PRESETS), reading.preset)
    if unknown := sorted(reading.columns.keys() - set(FIELDS)):
        raise Refusal("--column", unknown[0], f"one of {', '.join(FIELDS)}", unknown[0])
    return PRESETS[reading.preset]


def known(reading: Reading) -> frozenset[str]:
    """Headings by which the row of headings is found under titles, as they are compared."""
    named = [*(PRESETS[reading.preset].columns or {}).values(), *reading.columns.values(), reading.items]
    named += [part for name in named for part in name.split("+")]
    recognised = [heading for tiers in _KNOWN.values() for tier in tiers for heading in tier]
    return frozenset(plain(name) for name in (*named, *recognised) if name.strip())


def columns_of(where: object, names: Sequence[str], reading: Reading) -> dict[str, tuple[str, ...]]:
    """The column of each field that a log has; of the timestamp one, or two of date and time.

    Raises `Refusal` where a column that is named or needed is not there, stands twice, serves two fields, or two could be meant.
    """
    preset = check(reading)
    there = {name.strip(): name for name in reversed(names) if name.strip()}
    by_plain: dict[str, list[str]] = {}
    for name in names:
        again = name.endswith(")") and name.rpartition(" (")[0] in there
        if plain(name) and not again and name not in by_plain.setdefault(plain(name), []):
            by_plain[plain(name)].append(name)
    named = {**preset.columns, **reading.columns, **({"items": reading.items} if reading.items else {})}
    found: dict[str, tuple[str, ...]] = {}
    for field, name in named.items():
        if field == "sku" and reading.items and field not in reading.columns:
            continue
        parts = (
            tuple(part.strip() for part in name.split("+")) if field == "timestamp" and name not in there else (name,)
        )
        at = tuple(there.get(part) or _only(by_plain.get(plain(part), [])) for part in parts)
        if all(at) and len(at) <= 2:
            found[field] = tuple(filter(None, at))
        elif field in _NEEDED or field in reading.columns or field == "items":
            _missing(where, field, name, names)
    if not preset.columns:
        _recognise(where, found, by_plain)
    if "items" in found:
        found = {
            field: at
            for field, at in found.items()
            if field not in ("sku", "quantity", "price", "amount", "name", "group")
        }
    for field in _NEEDED:
        if field not in found and not ("items" in found and field != "timestamp"):
            _missing(where, field, field, names)
    _distinct(where, found, names)
    return found


def line_total(names: Sequence[str]) -> str:
    """The heading that seems to be a line's total; empty where there is none."""
    return next((name for name in names if plain(name) in _TOTALS), "")


def _recognise(where: object, found: dict[str, tuple[str, ...]], by_plain: dict[str, list[str]]) -> None:
    """Add the fields that are not named, by their headings."""
    used = {name for at in found.values() for name in at}

    def one_of(field: str) -> str | None:
        for tier in _KNOWN[field]:
            there = [name for heading in tier for name in by_plain.get(plain(heading), [])]
            there = [name for name in dict.fromkeys(there) if name not in used or tier == (field,)]
            if len(there) > 1:
                asked = "timestamp" if field in ("date", "time") else field
                expected = f"one column for the {field} (--column {asked}=NAME)"
                raise Refusal(where, "", expected, " and ".join(there))
            if there:
                return there[0]
        return None

    if "timestamp" not in found:
        whole = one_of("timestamp")
        parts = (whole,) if whole else (one_of("date"), one_of("time"))
        found.update({"timestamp": at} if (at := tuple(filter(None, parts))) else {})
        used.update(found.get("timestamp", ()))
    for field in FIELDS:
        if field in _KNOWN and field not in found and (name := one_of(field)):
            found[field] = (name,)
            used.add(name)
    if "items" not in found and "sku" not in found and (name := one_of("items")):
        found["items"] = (name,)


def _only(names: list[str]) -> str | None:
    return names[0] if len(names) == 1 else None


def _missing(where: object, field: str, name: str, names: Sequence[str]) -> None:
    other = ", or of lists of items: --items NAME" if field == "sku" else ""
    expected = (
        f"a column for the {field} (--column {field}=NAME{other})" if field != "items" else "a column of lists of items"
    )
    raise Refusal(where, f"column {name}", expected, [each for each in names if each.strip()][:20])


def _distinct(where: object, found: dict[str, tuple[str, ...]], names: Sequence[str]) -> None:
    of_column: dict[str, str] = {}
    for field, at in found.items():
        for name in at:
            if f"{name} (2)" in names:
                raise Refusal(where, f"column {name}", f"one column of that name for the {field}", "several")
            if (other := of_column.setdefault(name, field)) != field:
                raise Refusal(where, f"column {name}", f"another column for the {field} than for the {other}", name)
