"""One list of true tickets, written as the sales exports that people have: each form with the reading that it needs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import xlsxwriter

SKUS = {"A001": 10.5, "A002": 1200.0, "690123": 3.25, "B-7": 0.99}


@dataclass(frozen=True)
class Ticket:
    at: datetime
    store: str
    number: int
    customer: str
    lines: tuple[tuple[str, int], ...]


TICKETS = [
    Ticket(
        datetime(2025, 10, 1, 9) + timedelta(hours=29 * n, minutes=7 * n % 60),
        f"SH{n % 2 + 1:02d}",
        1000 + n,
        f"M{n % 5}" if n % 3 else "",
        tuple((sku, 1 + (n + at) % 3) for at, sku in enumerate(SKUS) if (n + at) % 4 and (n * at) % 3 != 2),
    )
    for n in range(48)
]
TICKETS = [replace(ticket, at=ticket.at.replace(hour=9 + ticket.at.hour % 12)) for ticket in TICKETS]
TICKETS = sorted((ticket for ticket in TICKETS if ticket.lines), key=lambda ticket: ticket.at)
Row = dict[str, Any]


def rows(tickets: list[Ticket] = TICKETS) -> list[Row]:
    """A row a line, under the plain preset's headings; values as a spreadsheet holds them."""
    return [
        {
            "timestamp": ticket.at,
            "ticket": ticket.number,
            "sku": sku,
            "quantity": units,
            "price": SKUS[sku],
            "store": ticket.store,
            "customer": ticket.customer,
        }
        for ticket in tickets
        for sku, units in ticket.lines
    ]


def with_(table: list[Row], **columns: Callable[[Row], Any]) -> list[Row]:
    """The table with columns made anew from each row."""
    return [{**row, **{name: of(row) for name, of in columns.items()}} for row in table]


def renamed(table: list[Row], **names: str) -> list[Row]:
    return [{names.get(name, name): cell for name, cell in row.items()} for row in table]


def without(table: list[Row], *names: str) -> list[Row]:
    return [{name: cell for name, cell in row.items() if name not in names} for row in table]


CHINESE = {
    "timestamp": "交易时间",
    "ticket": "小票号",
    "sku": "商品编码",
    "quantity": "数量",
    "price": "单价（元）",
    "store": "门店",
    "customer": "会员号",
}


def text_of(table: list[Row], delimiter: str = ",", above: str = "", below: str = "") -> str:
    out = io.StringIO()
    write = csv.DictWriter(out, list(table[0]), delimiter=delimiter, lineterminator="\n")
    write.writeheader()
    write.writerows(table)
    return above + out.getvalue() + below


def save(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """Rows of each sheet; datetimes are written as Excel dates."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": datetime(2025, 1, 1)})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, cells in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(cells):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(at, column, cell, moment)
                    elif cell is not None and cell != "":
                        sheet.write(at, column, cell)
    return path


def cells(table: list[Row]) -> list[list[Any]]:
    return [list(table[0]), *(list(row.values()) for row in table)]


def one_line(ticket: Ticket, items: Callable[[tuple[tuple[str, int], ...]], str]) -> Row:
    return {
        "timestamp": ticket.at,
        "ticket": ticket.number,
        "store": ticket.store,
        "customer": ticket.customer,
        "items": items(ticket.lines),
    }


def lists(items: Callable[[tuple[tuple[str, int], ...]], str]) -> list[Row]:
    return [one_line(ticket, items) for ticket in TICKETS]


def _at(pattern: str) -> Callable[[Row], str]:
    return lambda row: row["timestamp"].strftime(pattern)


def _half_day(row: Row) -> str:
    at = row["timestamp"]
    return f"{at:%Y-%m-%d} {'上午' if at.hour < 12 else '下午'}{(at.hour - 1) % 12 + 1}:{at:%M}"


def _apart(table: list[Row], date: str, time: str, names: tuple[str, str] = ("日期", "时间")) -> list[Row]:
    return [{names[0]: _at(date)(row), names[1]: _at(time)(row), **without([row], "timestamp")[0]} for row in table]


def _units_apart(table: list[Row]) -> list[Row]:
    return without([row for row in table for _ in range(row["quantity"])], "quantity")


def _comma(number: float) -> str:
    return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))


def _zoned(hours: int) -> Callable[[Row], str]:
    return lambda row: (
        row["timestamp"]
        .replace(tzinfo=timezone(timedelta(hours=8)))
        .astimezone(timezone(timedelta(hours=hours)))
        .isoformat()
    )


def _taken_back(table: list[Row], **more: Any) -> list[Row]:
    """Three tickets more that take back what others sold."""
    back = [{**row, "ticket": 9000 + n, **more} for n, row in enumerate(table[:3])]
    return [*table, *back]


def _wide(number: int) -> str:
    return str(number).translate({n: n + 0xFEE0 for n in range(48, 58)})


def _as_typed(row: Row) -> str:
    return f"{row['sku']}.0" if row["sku"].isdecimal() else f"'{row['sku']}"


LATER = datetime(2025, 11, 20, 12)
BLANK = {name: "" for name in rows()[0]}
UTC8 = {"time_zone": "Asia/Shanghai"}
PLAIN = rows()
BY_MONTH = {
    f"{month}月": cells(renamed(rows([t for t in TICKETS if t.at.month == month]), **CHINESE)) for month in (10, 11)
}

FORMS: dict[str, tuple[Callable[[Path], Path], dict[str, Any]]] = {
    "plain": (lambda to: save(to / "a.csv", text_of(PLAIN)), {}),
    "Chinese headings, GB18030": (lambda to: save(to / "a.csv", text_of(renamed(PLAIN, **CHINESE)), "gb18030"), {}),
    "semicolons, UTF-16": (lambda to: save(to / "a.csv", text_of(PLAIN, ";"), "utf-16"), {}),
    "tabs as .txt": (lambda to: save(to / "a.txt", text_of(PLAIN, "\t")), {}),
    "title and totals": (
        lambda to: save(to / "a.csv", text_of(renamed(PLAIN, **CHINESE), above="2025年10月销售明细\n\n", below="合计,,,99,,,\n合计：99\n")),
        {},
    ),
    "headings on every page": (
        lambda to: save(to / "a.csv", text_of([*PLAIN[:20], {name: name for name in PLAIN[0]}, *PLAIN[20:], *[BLANK] * 3000])),
        {},
    ),
    "workbook": (lambda to: workbook(to / "a.xlsx", {"销售": cells(PLAIN)}), {}),
    "workbook with title, totals and notes": (
        lambda to: workbook(
            to / "a.xlsx",
            {"说明": [["各列含义"]], "销售": [["销售明细表"], [], *cells(renamed(PLAIN, **CHINESE)), ["合计", None, None, 99], *[[]] * 20]},
        ),
        {},
    ),
    "a sheet a month": (lambda to: workbook(to / "a.xlsx", BY_MONTH), {}),
    "one sheet of several": (
        lambda to: workbook(to / "a.xlsx", {"全部": cells(renamed(PLAIN, **CHINESE)), **BY_MONTH}),
        {"sheet": "全部"},
    ),
    "dates and times apart": (lambda to: save(to / "a.csv", text_of(_apart(PLAIN, "%Y/%m/%d", "%H:%M:%S"))), {}),
    "dates and times apart, named": (
        lambda to: save(to / "a.csv", text_of(_apart(PLAIN, "%Y%m%d", "%H%M", ("d", "t")))),
        {"columns": {"timestamp": "d+t"}},
    ),
    "dates and times apart in a workbook": (
        lambda to: workbook(
            to / "a.xlsx",
            {"x": cells([{"Date": row["timestamp"].replace(hour=0, minute=0), "Time": (row["timestamp"].hour + row["timestamp"].minute / 60) / 24,
                          **without([row], "timestamp")[0]} for row in PLAIN])},
        ),
        {},
    ),
    "day first": (lambda to: save(to / "a.csv", text_of(with_(PLAIN, timestamp=_at("%d/%m/%Y %H:%M")))), {}),
    "day first, two digits of the year": (lambda to: save(to / "a.csv", text_of(with_(PLAIN, timestamp=_at("%d.%m.%y %H:%M")))), {}),
    "month first, AM and PM": (lambda to: save(to / "a.csv", text_of(with_(PLAIN, timestamp=_at("%m/%d/%Y %I:%M %p")))), {}),
    "named months": (lambda to: save(to / "a.csv", text_of(with_(PLAIN, timestamp=_at("%a %d-%b-%Y %H:%M")))), {}),
    "morning and afternoon": (lambda to: save(to / "a.csv", text_of(with_(PLAIN, timestamp=_half_day))), {}),
    "Chinese dates": (lambda to: save(to / "a.csv", text_of(with_(PLAIN, timestamp=_at("%Y年%m月%d日 %H时%M分")))), {}),
    "at their own offset": (lambda to: save(to / "a.csv", text_of(with_(PLAIN, timestamp=_zoned(8)))), UTC8),
    "at another offset": (lambda to: save(to / "a.csv", text_of(with_(PLAIN, timestamp=_zoned(-5)))), UTC8),
    "in UTC without a zone": (
        lambda to: save(to / "a.csv", text_of(with_(PLAIN, timestamp=lambda row: _zoned(0)(row)[:16]))),
        {"time_zone": "UTC:Asia/Shanghai"},
    ),
    "a row a unit": (lambda to: save(to / "a.csv", text_of(_units_apart(PLAIN))), {}),
    "lines split": (
        lambda to: save(to / "a.csv", text_of([{**row, "quantity": part} for row in PLAIN for part in (1, row["quantity"] - 1) if part])),
        {},
    ),
    "units in words": (lambda to: save(to / "a.csv", text_of(with_(PLAIN, quantity=lambda row: f"{row['quantity']} 瓶"))), {}),
    "full width": (
        lambda to: save(to / "a.csv", text_of(with_(PLAIN, quantity=lambda row: _wide(row["quantity"]), ticket=lambda row: _wide(row["ticket"])))),
        {},
    ),
    "currency signs": (lambda to: save(to / "a.csv", text_of(with_(PLAIN, price=lambda row: f"¥{row['price']:,.2f}"))), {}),
    "decimal commas": (lambda to: save(to / "a.csv", text_of(with_(PLAIN, price=lambda row: f"{_comma(row['price'])} €"), ";")), {}),
    "totals of lines": (
        lambda to: save(to / "a.csv", text_of([{**without([row], "price")[0], "金额": row["price"] * row["quantity"]} for row in PLAIN])),
        {"columns": {"amount": "金额"}},
    ),
    "apostrophes and .0": (
        lambda to: save(to / "a.csv", text_of(with_(PLAIN, sku=_as_typed, ticket=lambda row: f"'{row['ticket']}"))),
        {},
    ),
    "refunds by sign": (lambda to: save(to / "a.csv", text_of(_taken_back(PLAIN, quantity=-1))), {}),
    "refunds by prefix": (
        lambda to: save(to / "a.csv", text_of([*PLAIN, *({**row, "ticket": f"T{row['ticket']}"} for row in PLAIN[:3])])),
        {"cancelled_prefix": "T"},
    ),
    "refunds by type": (
        lambda to: save(to / "a.csv", text_of(_taken_back(with_(PLAIN, 类型=lambda row: "销售"), 类型="退货"))),
        {},
    ),
    "refunds of earlier days that name their ticket": (
        lambda to: save(to / "a.csv", text_of(_taken_back(with_(PLAIN, 原小票号=lambda row: ""), 原小票号=1001, timestamp=LATER))),
        {},
    ),
    "voids": (
        lambda to: save(to / "a.csv", text_of(_taken_back(with_(PLAIN, status=lambda row: "ok"), status="void"))),
        {"void": ("void",)},
    ),
    "items with *": (lambda to: save(to / "a.csv", text_of(lists(lambda lines: ";".join(f"{sku}*{n}" if n > 1 else sku for sku, n in lines)))), {}),
    "items with x": (
        lambda to: save(to / "a.csv", text_of(renamed(lists(lambda lines: " | ".join(f"{sku} x{n}" for sku, n in lines)), items="what"))),
        {"items": "what"},
    ),
    "items each": (lambda to: save(to / "a.csv", text_of(lists(lambda lines: ",".join(sku for sku, n in lines for _ in range(n))))), {}),
    "items in brackets": (lambda to: save(to / "a.csv", text_of(lists(lambda lines: "、".join(f"{sku}（{n}）" for sku, n in lines)))), {}),
    "items with colons": (lambda to: save(to / "a.csv", text_of(lists(lambda lines: "\n".join(f"{sku}:{n}" for sku, n in lines)))), {}),
    "items in JSON": (
        lambda to: save(to / "a.csv", text_of(lists(lambda lines: json.dumps([{"sku": sku, "qty": n, "price": SKUS[sku]} for sku, n in lines])))),
        {},
    ),
    "items in JSON pairs": (lambda to: save(to / "a.csv", text_of(lists(lambda lines: json.dumps(dict(lines))))), {}),
    "items in a workbook, without ticket numbers": (
        lambda to: workbook(to / "a.xlsx", {"x": cells(without(lists(lambda lines: ";".join(f"{sku}*{n}" for sku, n in lines)), "ticket"))}),
        {},
    ),
}  # fmt: skip
PRICED = {name for name in FORMS if not name.startswith("items") or name == "items in JSON"}
"""Forms that hold prices."""
