"""The commands with which a chain of one's own begins: new, import."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli.files import file_to_write, folder_to_write, write_record
from sim.cli.help.examples import examples
from sim.cli.options import Json
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.records.commands.made import ChainImported
    from sim.workbook.importing import Imported

_ASKED = {
    "stores": "Stores",
    "customers": "Customers a day in each",
    "tills": "Tills in each",
    "self_checkouts": "Self-checkouts in each",
    "region": "Region",
    "opens": "Opens",
    "closes": "Closes",
    "skus": "SKUs",
    "currency": "Currency",
    "start": "First day",
    "days": "Days",
}
"""Questions in the order in which they are asked, by the flag that answers them."""
_RANGES = {
    "stores": (1, 1_000),
    "customers": (0, 1_000_000),
    "tills": (0, 1_000),
    "self_checkouts": (0, 1_000),
    "skus": (1, 1_000_000),
    "days": (1, 3_660),
}
"""Of numbers."""


@examples("new my-shop --stores 3 --customers 900 --days 14", "new --workbook chain.xlsx")
def new(
    name: Annotated[str, typer.Argument(help="Of the scenario; NAME.yaml is written.")] = "",
    workbook: Annotated[
        Path | None,
        typer.Option(
            callback=file_to_write, help="Write an empty workbook (.xlsx) to fill in instead, for `retail-lab import`."
        ),
    ] = None,
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option(help="Headings of the workbook in one language; both without it.")
    ] = None,
    stores: Annotated[int | None, typer.Option(min=1, max=1_000, help="Stores; 1 without it.")] = None,
    customers: Annotated[float | None, typer.Option(min=0, max=1e6, help="Customers a day in each store; 800.")] = None,
    tills: Annotated[int | None, typer.Option(min=0, max=1_000, help="Tills of each store; 3.")] = None,
    self_checkouts: Annotated[
        int | None, typer.Option(min=0, max=1_000, help="Self-checkouts of each store; 0.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="Name of the region; EAST.")] = None,
    opens: Annotated[str | None, typer.Option(help="Opening time; 9:00.")] = None,
    closes: Annotated[str | None, typer.Option(help="Closing time; 22:00.")] = None,
    skus: Annotated[int | None, typer.Option(min=1, max=1_000_000, help="SKUs; 200.")] = None,
    currency: Annotated[str | None, typer.Option(help="Three letters; CNY.")] = None,
    start: Annotated[str | None, typer.Option(help="First day; next Monday.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3_660, help="Days; 7.")] = None,
) -> None:
    """Begin a chain of your own: a small scenario by questions or flags, or a workbook to fill in."""
    answers = (stores, customers, tills, self_checkouts, region, opens, closes, skus, currency, start, days)
    said = {key: value for key, value in zip(_ASKED, answers, strict=True) if value is not None}
    if workbook is not None:
        if said or name:
            flag = f"--{next(iter(said)).replace('_', '-')}" if said else name
            raise Refusal("--workbook", "", "a workbook alone, or a scenario with its flags, not both", flag)
        _template(workbook, lang)
    elif lang is not None:
        raise Refusal("--lang", "", "a workbook to write it in (--workbook FILE.xlsx)", lang)
    elif not name:
        raise Refusal("NAME", "", "a name for the scenario, such as my-shop, or --workbook FILE.xlsx", "nothing")
    else:
        _scenario(name, said)


def _template(file: Path, lang: Literal["zh", "en"] | None) -> None:
    from sim.workbook.template import write_template

    if file.suffix.lower() != ".xlsx":
        raise Refusal(file, "", "a workbook, .xlsx", file.suffix or file.name)
    if file.exists():
        raise Refusal(file, "", "a file that does not exist yet", "a file")
    write_template(file, lang)
    typer.echo(f"written to {file}: fill it in, then retail-lab import {file}")


def _scenario(name: str, said: dict[str, Any]) -> None:
    from datetime import date, timedelta

    from sim.records.atomic_files import whole
    from sim.scenario.loader import load
    from sim.workbook.small_chain import SmallChain

    stem = name.removesuffix(".yaml")
    file = Path(f"{stem}.yaml")
    if not re.fullmatch(r"[A-Za-z0-9_\-]{1,40}", Path(stem).name):
        raise Refusal(file, "", "a name of letters, digits, - and _, at most 40", Path(stem).name)
    if file.exists():
        raise Refusal(file, "", "a file that does not exist yet", "a file")
    file_folder = file.parent
    if not file_folder.is_dir():
        raise Refusal(file, "", "a folder that exists", str(file_folder))
    monday = date.today() + timedelta(days=7 - date.today().weekday())
    defaults = {
        "stores": 1, "customers": 800.0, "tills": 3, "self_checkouts": 0, "region": "EAST", "opens": "9:00", "closes": "22:00",
        "skus": 200, "currency": "CNY", "start": monday.isoformat(), "days": 7,
    }  # fmt: skip
    answers = {key: said[key] if key in said else _answer(key, default) for key, default in defaults.items()}
    chain = SmallChain(Path(stem).name, **_understood(answers))
    with whole(file) as aside:
        aside.write_text(chain.text(), encoding="utf-8")
    load(file)
    typer.echo(f"written to {file}: retail-lab run {file}")


def _answer(key: str, default: Any) -> Any:
    """Asked for on a terminal, else the default."""
    return typer.prompt(_ASKED[key], default=default, type=type(default)) if _on_terminal() else default


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _understood(answers: dict[str, Any]) -> dict[str, Any]:
    from sim.tables.spans import closing
    from sim.tables.values import clock, day

    readers: tuple[tuple[str, Callable], ...] = (("opens", clock), ("closes", closing), ("start", day))
    found = dict(answers)
    for key, read in readers:
        try:
            found[key] = read(answers[key])
        except ValueError as error:
            raise Refusal(f"--{key}", "", str(error), answers[key]) from None
    for key, (low, high) in _RANGES.items():
        if not low <= found[key] <= high:
            raise Refusal(f"--{key.replace('_', '-')}", "", f"a number from {low:,} to {high:,}", found[key])
    if found["closes"] <= found["opens"]:
        raise Refusal(
            "--closes", "", f"a time later than --opens {found['opens']:%H:%M}, on the same day", answers["closes"]
        )
    if found["tills"] + found["self_checkouts"] == 0:
        raise Refusal("--tills", "", "a till or a self-checkout", found["tills"])
    found["currency"] = str(found["currency"]).upper()
    if not re.fullmatch("[A-Z]{3}", found["currency"]):
        raise Refusal("--currency", "", "three letters, such as CNY", answers["currency"])
    if not found["region"].strip() or not found["region"].isprintable():
        raise Refusal("--region", "", "a name", found["region"])
    return found


@examples("import chain.xlsx --mark marked.xlsx", "import stores.csv skus.csv --map stores.tills=registers --out mine")
def import_(
    tables: Annotated[
        list[Path],
        typer.Argument(
            help="A workbook (.xlsx, .xls), a folder of tables, or tables: stores.csv skus.csv.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option(callback=folder_to_write, help="Folder for NAME.yaml and its tables.")] = Path(
        "."
    ),
    maps: Annotated[
        list[str],
        typer.Option(
            "--map",
            metavar="NAME=NAME",
            help="stores=分店表 for a sheet, stores.tills=款台 for a heading; may be repeated.",
        ),
    ] = [],  # noqa: B006 (typer copies it)
    encoding: Annotated[str, typer.Option(help="Of a CSV; empty: by its byte-order mark, UTF-8, else GB18030.")] = "",
    name: Annotated[
        str, typer.Option(help="Of the scenario; as the sheet of the chain says, or as the file is called.")
    ] = "",
    start: Annotated[str, typer.Option(help="First day; that of the stock, else next Monday.")] = "",
    days: Annotated[int | None, typer.Option(min=1, max=3_660, help="Days; 14.")] = None,
    mark: Annotated[
        Path | None,
        typer.Option(callback=file_to_write, help="Write a copy (.xlsx) with what to correct beside each row."),
    ] = None,
    json: Json = None,
) -> None:
    """Make a scenario of your own tables, and list what in it is supplied and what assumed."""
    from sim.tables.faults import TableRefusal
    from sim.workbook.importing import bring

    if mark is not None and mark.suffix.lower() != ".xlsx":
        raise Refusal("--mark", "", "a workbook, .xlsx", mark.name)
    if mark is not None and any(mark.resolve() == table.resolve() for table in tables):
        raise Refusal("--mark", "", "another file than the table itself", mark.name)
    try:
        found = bring(tables, out, maps, encoding, mark, _settings(name, start, days))
    except TableRefusal:
        if mark is not None:
            typer.echo(f"marked in {mark}: what to correct stands beside each row", err=True)
        raise
    marked = str(mark) if found.warnings and mark is not None else ""
    _say(found, marked)
    write_record(_record(found, marked), json)


def _record(found: Imported, marked: str) -> ChainImported:
    from sim.records.commands.made import ChainImported

    listed = {name: getattr(found, name) for name in ("left_out", "warnings", "filled", "assumed")}
    return ChainImported(file=str(found.file), contents=found.contents, marked=marked, **listed)


def _settings(name: str, start: str, days: int | None) -> dict[str, object]:
    from sim.tables.values import day

    if name and not re.fullmatch(r"[A-Za-z0-9_\-]{1,40}", name):
        raise Refusal("--name", "", "a name of letters, digits, - and _, at most 40", name)
    try:
        first = day(start) if start else None
    except ValueError as error:
        raise Refusal("--start", "", str(error), start) from None
    return {key: value for key, value in (("name", name), ("start", first), ("days", days)) if value}


def _say(found: Imported, marked: str) -> None:
    from sim.cli.console import assumed_lines, console

    def say(line: str, style: str = "") -> None:
        console.print(line, style=style, highlight=False, markup=False)

    say(found.contents)
    for line in found.left_out:
        say(line, "dim")
    for line in found.warnings:
        say(f"warning: {line}", "yellow")
    if marked:
        say(f"marked in {marked}")
    if found.filled:
        say("filled in where tables were empty:")
        for line in found.filled:
            say(f"  {line}")
    say(f"assumed, with no data behind them ({len(found.assumed)}):")
    for line in assumed_lines(found.assumed):
        say(f"  {line}", "dim")
    say(f"written to {found.file}: retail-lab run {found.file}")
