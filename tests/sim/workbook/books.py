"""Workbooks as planners keep them: titles above headings, names for codes, totals below, numbers and hours as people write them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import xlsxwriter

CHAIN: dict[str, list[list[Any]]] = {
    "封面": [["运营部 2026-10"], ["制表人：张三"]],
    "门店一览": [
        ["XX连锁 门店一览表（2026年10月）"],
        [],
        ["店号", "店名", "大区", "是否加盟", "配送中心", "日均客流量(人次)", "收银台", "自助收银", "营业时间", "店长", "排班"],
        [1001, "徐汇店", "华东", "否", "嘉兴仓", "1,300", 3, 2, "8:00-22:00", "李", "标准班"],
        [1002, "浦东店", "华东", "是", "嘉兴仓", 900, "４台", None, "07:30～22:30", "王", None],
        [1003, "天河店", "华南", "否", "佛山仓", None, 2, 1, "8:00-24:00", "赵", "标准班"],
        ["合计", None, None, None, None, 2200, 9],
        ["备注：客流为2025年平均"],
    ],
    "仓库": [
        ["仓库编码", "仓库名称", "区域", "拣货员", "作业时间"],
        ["DC-01", "嘉兴仓", "华东", 8, "6:00-22:00"],
        ["DC-02", "佛山仓", "华南", "6人", None],
    ],
    "班表": [["班表", "星期", "时段", "收银员数"], ["标准班", "周一至周五", "7:30-23:00", 2], ["标准班", "周末", "7:30-23:00", 3]],
    "厂商": [
        ["供应商名称", "交货周期", "到货率%", "订货日", "起订金额"],
        ["一号食品有限公司", "2-4天", 95, "周一,周三", "￥1,000"],
        ["二号食品有限公司", "3天", 100, None, None],
    ],
    "商品档案": [
        ["货号", "条码", "品名", "供应商名称", "进价", "零售价", "箱规", "小类", "保质期(天)", "月销量"],
        ["000001", 6900000000001, "水", "一号食品有限公司", 1.5, "￥2.50", 12, "饮料", 365, 900],
        ["000002", 6900000000002, "茶", "二号食品有限公司", None, 4, 12, "饮料", "180天", 500],
        ["000003", 6900000000003, "糖", "一号食品有限公司", 3, 5, 6, "糖果", None, 100],
    ],
    "库存": [
        ["门店/仓库", "货号", "库存数量", "在途", "占用库存"],
        *([place, sku, 40, None, None] for place in (1001, 1002, "天河店") for sku in ("000001", "000002", "000003")),
        *([place, sku, "1,500", None, None] for place in ("DC-01", "佛山仓") for sku in ("000001", "000002", "000003")),
    ],
}  # fmt: skip
"""Rows by sheet."""


def chain(**changes: list[list[Any]] | None) -> dict[str, list[list[Any]]]:
    """`CHAIN` with other sheets in place; None leaves a sheet out."""
    return {name: rows for name, rows in (copy.deepcopy(CHAIN) | changes).items() if rows is not None}


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """Write rows by sheet as an .xlsx."""
    with xlsxwriter.Workbook(
        path, {"default_date_format": "yyyy/m/d", "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for n, row in enumerate(rows):
                for at, cell in enumerate(row):
                    sheet.write(n, at, cell)
    return path
