"""Writes docs/kpis.zh-CN.md, the key figures in Chinese, from `sim/records/kpis.py` and `sim/report/languages/zh/kpis.toml`.

python docs/kpis.py
"""

from __future__ import annotations

from pathlib import Path

from sim.records.kpis import KPIS, Kpi
from sim.report.languages import kpi_meaning, kpi_name, named, unit_name

HEAD = """# 关键指标

[English](trading.md#14-key-figures)

一次仿真给出的全部关键指标：名称、单位、含义。名称与中文页面、工作簿和幻灯片中的一致。

- “代码”是表格、JSON 和命令选项中的写法，如 `--half-width mean_wait_s=5%`。
- 除注明门店或仓库的以外，均按全部地点、计入统计的天数（不含预热期）合计。
- 库存件数和库存金额取各日日终值的平均。
- 每次重复各得一组数值，页面给出各次重复的平均值及其 95% 区间。
- 单位以“占”开头的指标是比值，1 即 100%，页面上以 % 显示。
- “货币单位”是情景所用的货币，如元。

本页由 `python docs/kpis.py` 生成，请勿手工修改。名称和含义出自 `sim/report/languages/zh/kpis.toml`，计算方法出自 `sim/records/kpis.py`。

以下各页为英文：[术语表](glossary.md)附中文术语；[门店](trading.md)与[供应网络](network.md)的模型规则。
"""

SECTIONS = {
    "customers_per_day": "顾客与收银台",
    "system_time_s": "门店感受到的系统",
    "sales_per_day": "销售、失销与退货",
    "shelf_availability": "货架巡查",
    "orders_per_day": "线上订单",
    "stock_units": "库存、补货与运输",
}
"""Headings, each by the first key figure below it."""


def page() -> str:
    """The page as Markdown, with every key figure in the order of `KPIS`."""
    return HEAD + "".join(f"{_heading(kpi.name)}{_row(kpi)}\n" for kpi in KPIS)


def _heading(kpi: str) -> str:
    if kpi not in SECTIONS:
        return ""
    return f"\n## {SECTIONS[kpi]}\n\n| 指标 | 代码 | 单位 | 含义 | 好的方向 |\n| --- | --- | --- | --- | --- |\n"


def _row(kpi: Kpi) -> str:
    meaning = kpi_meaning(kpi.name, "zh").replace("|", r"\|")
    cells = (kpi_name(kpi.name, "zh"), f"`{kpi.name}`", unit_name(kpi.unit, "zh"), meaning, named(kpi.better, "zh"))
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    Path(__file__).with_name("kpis.zh-CN.md").write_text(page(), encoding="utf-8")
