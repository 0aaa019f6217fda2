"""Writes the files of a made-up chain as a planner would have them, to follow docs/your-own-chain.md with.

python docs/example_chain.py FOLDER [DAYS]

chain.xlsx: stores, SKUs, suppliers and stock, with Chinese headings under a title and cells left empty. sales.csv: tickets of the tills in GB18030,
refunds among them. november.csv: those of the four weeks after. tills.xlsx: tickets that were timed. purchases.csv: orders and receipts. What they
hold is drawn from the scenario below.
"""

from __future__ import annotations

import csv
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import xlsxwriter

from sim.scenario.model import Scenario
from sim.traffic.day_sheet import DaySheet, Traffic

TODAY = date(2026, 11, 2)
STORES = {"NJL": ("南京路店", "直营", 170, 3), "XJH": ("徐家汇店", "直营", 140, 2), "HK": ("虹口店", "加盟", 110, 2)}
GOODS = [
    "大米",
    "面粉",
    "食用油",
    "酱油",
    "食盐",
    "白糖",
    "绿茶",
    "牛奶",
    "酸奶",
    "面包",
    "方便面",
    "饼干",
    "矿泉水",
    "可乐",
    "啤酒",
    "纸巾",
]
SIZES = ["小包", "标准", "家庭装"]


AHEAD = 28
"""Days from `TODAY` on whose tickets are known in the end."""


def scenario(days: int) -> Scenario:
    """The chain as it is in truth, over the days before `TODAY` and the `AHEAD` ones from then on."""
    first = TODAY - timedelta(days=days)
    place = {"region": "SH", "warehouse": "WH", "opens": "08:00", "closes": "22:00"}
    return Scenario.model_validate(
        {
            "name": "example", "start": first, "days": days + AHEAD, "seed": 20, "currency": "CNY",
            "regions": [{"code": "SH", "name": "上海"}],
            "warehouses": [{"code": "WH", "region": "SH"}],
            "suppliers": [{"code": "FOOD", "lead_time_days": 3}],
            "stores": [{"code": c, "customers_per_day": n, "tills": t, **place} for c, (_, _, n, t) in STORES.items()],
            "skus": [
                {"code": f"{1001 + n}", "name": f"{goods}（{size}）", "price": price, "unit_cost": round(0.7 * price, 2), "popularity": 1 / (n + 3)}
                for n, (goods, size, price) in enumerate(
                    (goods, size, round(3 + 1.7 * k + 4 * SIZES.index(size), 1)) for k, goods in enumerate(GOODS) for size in SIZES
                )
            ],
            "traffic": {
                "weekday_factors": [0.92, 0.9, 0.92, 0.95, 1.08, 1.2, 1.03],
                "hour_shares": [0] * 8 + [4, 6, 8, 9, 7, 4, 4, 5, 6, 9, 11, 9, 6, 3, 0, 0],
                "holidays": [{"name": "国庆节", "first": date(y, 10, 1), "last": date(y, 10, 7), "factor": 1.6} for y in (2025, 2026)],
                "basket_lines": {"distribution": "lognormal", "mean": 3.5, "cv": 0.7},
                "line_units": {"distribution": "empirical", "values": [1, 2, 3], "weights": [8, 2, 1]},
            },
        }
    )  # fmt: skip


def write_sales(path: Path, chain: Scenario, days: range) -> None:
    """A row for each SKU of a ticket; about one ticket in two hundred comes back on the next day."""
    traffic, stores = Traffic(chain), list(STORES.values())
    with open(path, "w", newline="", encoding="gb18030") as file:
        out = csv.writer(file)
        out.writerow(["日期", "时间", "门店", "小票号", "商品编码", "商品名称", "数量", "单价"])
        for day in days:
            for store, (name, *_) in enumerate(stores):
                sheet = traffic.day(0, store, day)
                for customer in range(len(sheet)):
                    _write_ticket(out, chain, sheet, customer, name, customer + 1, 1)
                    if (customer + day) % 200 == 0:
                        _write_ticket(out, chain, sheet, customer, name, customer + 9001, -1)


def _write_ticket(out, chain: Scenario, sheet: DaySheet, customer: int, store: str, number: int, sign: int) -> None:
    at = datetime.combine(chain.start, datetime.min.time()) + timedelta(seconds=float(sheet.arrival_s[customer]))
    for line in range(sheet.line_start[customer], sheet.line_start[customer + 1]):
        sku = chain.skus[sheet.line_sku[line]]
        row = [
            f"{at:%Y/%m/%d}",
            f"{at:%H:%M:%S}",
            store,
            number,
            sku.code,
            sku.name,
            sign * int(sheet.line_units[line]),
            sku.price,
        ]
        out.writerow(row)


def write_chain(path: Path, chain: Scenario, random: np.random.Generator) -> None:
    """The workbook: two stores without a number of customers, a SKU without a cost."""
    with xlsxwriter.Workbook(path) as book:
        sheets = {
            "门店": ["门店编码", "门店名称", "经营方式", "营业时间", "收银台"],
            "商品": ["商品编码", "商品名称", "零售价（元）", "进价（元）", "装箱数", "供应商"],
            "供应商": ["供应商编码", "到货天数"],
            "库存": ["地点", "商品编码", "库存数量"],
        }
        rows = {
            "门店": [[code, name, owner, "8:00-22:00", tills] for code, (name, owner, _, tills) in STORES.items()],
            "商品": [
                [int(sku.code), sku.name, f"￥{sku.price:.2f}", None if n == 4 else sku.unit_cost, 6, "FOOD"]
                for n, sku in enumerate(chain.skus)
            ],
            "供应商": [["FOOD", "2-4天"]],
            "库存": [[code, int(sku.code), int(random.integers(6, 40))] for code in STORES for sku in chain.skus],
        }
        for name, headings in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write(0, 0, f"{name}一览（{TODAY:%Y年%m月%d日}）")
            for at, cells in enumerate([headings, *rows[name]]):
                sheet.write_row(at + 2, 0, cells)


def write_tills(path: Path, random: np.random.Generator) -> None:
    """Tickets timed on three tills: 22 s and 3.1 s an item on average."""
    with xlsxwriter.Workbook(path) as book:
        sheet, clock = book.add_worksheet("计时"), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, ["收银台", "开始", "结束", "件数"])
        row = 1
        for till in range(1, 4):
            at = datetime(2026, 10, 19, 9, 0)
            for _ in range(120):
                items = int(random.integers(1, 16))
                took_s = random.gamma(6, 22 / 6) + random.gamma(3 * items, 3.1 / 3)
                end = at + timedelta(seconds=round(took_s))
                sheet.write(row, 0, till)
                sheet.write_datetime(row, 1, at, clock)
                sheet.write_datetime(row, 2, end, clock)
                sheet.write(row, 3, items)
                at, row = end + timedelta(seconds=int(random.integers(5, 300))), row + 1


def write_purchases(path: Path, random: np.random.Generator) -> None:
    """Two orders a week over half a year; the last are still open."""
    with open(path, "w", newline="", encoding="utf-8-sig") as file:
        out = csv.writer(file)
        out.writerow(["供应商", "订货日期", "到货日期", "订货数量", "到货数量"])
        for n in range(60):
            ordered = TODAY - timedelta(days=3 * n + 1)
            received = ordered + timedelta(days=int(random.choice([2, 3, 3, 4, 5])))
            units = int(random.integers(10, 60)) * 6
            came = ["", ""] if received >= TODAY else [received.isoformat(), int(units * random.choice([1, 1, 1, 0.9]))]
            out.writerow(["FOOD", ordered.isoformat(), came[0], units, came[1]])


def main() -> None:
    """Write all files."""
    folder, days = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 455
    folder.mkdir(parents=True, exist_ok=True)
    chain, random = scenario(days), np.random.default_rng(20)
    write_sales(folder / "sales.csv", chain, range(days))
    write_sales(folder / "november.csv", chain, range(days, chain.days))
    write_chain(folder / "chain.xlsx", chain, random)
    write_tills(folder / "tills.xlsx", random)
    write_purchases(folder / "purchases.csv", random)
    print(f"written to {folder}: chain.xlsx, sales.csv, november.csv, tills.xlsx, purchases.csv")


if __name__ == "__main__":
    main()
