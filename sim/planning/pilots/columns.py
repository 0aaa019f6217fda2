"""The columns of tables of pilots, and the headings under which people write them."""

from sim.tables.headings import Column, plain

STORE = Column("store", ("store code", "store id", "shop", "门店", "店号", "门店编码", "门店代码", "店铺"), needed=True)
WHEN = Column("date", ("day", "week", "日期", "周", "week start", "周起始日", "营业日期", "销售日期"), needed=True)
LIVE = Column("go_live", ("go live", "go-live date", "live from", "上线日期", "上线日", "上线"))
REGION = Column("region", ("area", "区域", "大区", "地区"))
OUTCOMES = (
    Column("sales", ("revenue", "turnover", "net sales", "sales value", "销售额", "营业额", "实收金额")),
    Column("tickets", ("transactions", "receipts", "小票数", "交易笔数", "客单数", "单数")),
    Column("wait_s", ("wait", "mean wait", "waiting time", "等待时间", "平均等待时间", "排队时间")),
    Column("units", ("units sold", "quantity", "销量", "销售件数", "件数")),
    Column("customers", ("visitors", "footfall", "客流", "客流量", "顾客数", "进店人数")),
)
"""Outcomes that are found by their headings; any other is named with `--outcome`."""


def outcome_of(asked: str) -> Column:
    """The column of an outcome by its name or heading, one of `OUTCOMES` or another."""
    known = next((each for each in OUTCOMES if plain(asked) in map(plain, (each.field, *each.names))), None)
    return Column(known.field, known.names, needed=True) if known else Column(asked, needed=True)
