"""A workbook to fill in for `health`: a row a month or a day, a column a figure, and how each is filled in."""

from __future__ import annotations

from pathlib import Path

from sim.records.atomic_files import whole

HEADINGS = (
    "date（月份或日期）",
    "mean response (s)（平均响应时间，秒）",
    "requests（请求数）",
    "errors（错误数）",
    "satisfaction（满意度，1–5 分）",
    "respondents（有效问卷数）",
    "satisfaction standard deviation（满意度标准差）",
    "store（门店）",
    "book units（账面数量）",
    "counted units（实盘数量）",
)
_GUIDE = (
    "Quarterly health / 季度健康度",
    "One row a month (2026-07) or a day (2026-07-31), or a row a stock count with its store. "
    "Leave empty what you do not have: an empty cell is no figure.",
    "mean response: of all requests of the row, in seconds. requests and errors: how many. They give errors per 10,000 requests, year on year.",
    "satisfaction: mean of the survey on a scale from 1 to 5, with the number of respondents and the standard deviation of their answers. "
    "Without the standard deviation the interval is for the largest spread there can be; a row a respondent works too.",
    "book units and counted units: of a stock count; "
    "the discrepancy is the sum of |book − counted| over what was counted, SKU by SKU or store by store.",
    "A year-on-year change needs the same quarter of the year before.",
    "每行一个月（2026-07）或一天（2026-07-31），或一次盘点（填门店）。没有的数字留空：空格不算数。",
    "平均响应时间：该行全部请求，单位秒。请求数与错误数：个数，由此得每万次请求的错误数，并与上年同期相比。",
    "满意度：1–5 分的调查均值，附有效问卷数与标准差。没有标准差时，区间按可能的最大离散计算；一行一份问卷也可以。",
    "账面数量与实盘数量：来自盘点；差异为 |账面 − 实盘| 之和除以实盘，可逐 SKU 或逐门店填写。",
    "与上年同比需要上年同一季度的数字。",
)


def write_template(path: Path) -> None:
    """Write the workbook. An existing file is replaced."""
    import xlsxwriter

    with whole(path) as aside, xlsxwriter.Workbook(aside) as book:
        head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("figures")
        for column, heading in enumerate(HEADINGS):
            sheet.write_string(0, column, heading, head)
        sheet.set_column(0, 0, 16, book.add_format({"num_format": "@"}))
        sheet.set_column(1, len(HEADINGS) - 1, 18)
        sheet.freeze_panes(1, 1)
        guide = book.add_worksheet("Read me")
        for row, line in enumerate(_GUIDE):
            guide.write_string(row, 0, line, wrap)
        guide.set_column(0, 0, 110)
