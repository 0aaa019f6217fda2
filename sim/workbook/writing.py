"""A scenario file with its tables beside it: `NAME.yaml`, and a CSV for each list in the folder `NAME`."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import yaml

from sim.records.atomic_files import whole
from sim.records.refusal import Refusal
from sim.scenario.sections.headings import COLUMNS

_MADE = re.compile(r"# Made by `retail-lab import`, checksum ([0-9a-f]{12})\.")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LISTS = ("regions", "warehouses", "stores", "rosters", "suppliers", "lanes", "skus", "opening_stock", "prices")


def refuse_to_replace(file: Path, origin: str) -> None:
    """Raise `Refusal` where a file stands that is no import of `origin`, the name of the first table, or was changed by hand since."""
    if not file.exists():
        return
    first, _, rest = file.read_text(encoding="utf-8", errors="replace").partition("\n")
    made = _MADE.match(first)
    if made is None:
        raise Refusal(file, "", "a place where no file of another origin stands (--out another folder)", "a file")
    if not rest.startswith(f"# From {origin}"):
        wanted = "another name (--name) or folder (--out): it is the import of another table"
        raise Refusal(file, "", wanted, rest.partition("\n")[0].removeprefix("# ")[:100])
    if made[1] != _checksum(rest):
        raise Refusal(
            file,
            "",
            "the file as it was imported (keep changes in a file of their own that says `extends`; --out another folder)",
            "a changed file",
        )


def write(file: Path, tree: Mapping[str, Any], sources: Mapping[str, Mapping], origin: str) -> list[Path]:
    """Write a scenario and its tables; the paths written, the scenario's first. `origin`: what it was made from."""
    folder = file.with_suffix("")
    tables = {section: rows for section, rows in _listed(tree).items() if rows}
    text = _scenario(tree, tables, sources, origin, folder.name)
    written = []
    for section, rows in tables.items():
        write_rows(folder / f"{section}.csv", *_table(section, rows))
        written.append(folder / f"{section}.csv")
    with whole(file) as aside:
        aside.write_text(
            f"# Made by `retail-lab import`, checksum {_checksum(text)}. {_FOR_CHANGES}\n{text}", encoding="utf-8"
        )
    return [file, *written]


_FOR_CHANGES = "Importing again replaces it: keep changes in a file of their own that says `extends`."


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _listed(tree: Mapping[str, Any]) -> dict[str, list[dict]]:
    stock = tree.get("opening_stock", [])
    lists = {**tree, "opening_stock": stock["listed"] if isinstance(stock, Mapping) else stock}
    return {section: lists[section] for section in _LISTS if isinstance(lists.get(section), list)}


def _scenario(tree: Mapping[str, Any], tables: Mapping, sources: Mapping, origin: str, folder: str) -> str:
    lines = [
        f"# {line}"
        for line in (
            f"From {origin}. Run: retail-lab run {folder}.yaml",
            "What has no source below is assumed, and every result lists it.",
        )
    ]
    for key in ("start", "days", "currency", "time_zone"):
        if key in tree:
            lines.append(f"{key}: {tree[key]}")
    lines.append("")
    for section in _LISTS:
        if section not in tables:
            continue
        named = f"{{table: {_quoted(f'{folder}/{section}.csv')}}}"
        lines.append(f"{section}: {{listed: {named}}}" if isinstance(tree[section], Mapping) else f"{section}: {named}")
    if "skus" not in tables:
        lines.append(f"skus: {{count: {tree['skus']['count']}}}  # no list of SKUs was given")
    lines += [
        "",
        "traffic:  # assumed; `retail-lab calibrate` fits it to your own tickets",
        f"  weekday_factors: {tree['traffic']['weekday_factors']}  # Monday first",
        f"  hour_shares: {tree['traffic']['hour_shares']}",
    ]
    if "trading" in tree:
        above = tree["trading"]["reserve"]["open_above"]
        lines += [
            "trading:",
            f"  reserve: {{open_above: {above}}}  # assumed: customers in line by open till above which one more opens",
        ]
    if "online" in tree:
        lines.append(f"online: {{orders_per_day: {tree['online']['orders_per_day']:g}}}")
    if sources:
        lines += [
            "",
            yaml.safe_dump({"sources": dict(sources)}, allow_unicode=True, sort_keys=False, width=120).rstrip(),
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w./-]+", text, re.ASCII) else f'"{text}"'


def write_rows(file: Path, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV that spreadsheets open as it stands: UTF-8 with a byte-order mark."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(names)
    out.writerows(rows)
    with whole(file) as aside:
        aside.write_text(text.getvalue(), encoding="utf-8-sig", newline="")


def _table(section: str, rows: Sequence[Mapping]) -> tuple[list[str], list[list[str]]]:
    """The names and the cells of a CSV, columns in the order of the headings; a field inside a field has a column of its own."""
    flat = [dict(_flat(record)) for record in rows]
    order = [column.field for column in COLUMNS[section]]
    names = sorted(
        {name for record in flat for name in record},
        key=lambda name: (order.index(name.partition(".")[0]), "." in name, name),
    )
    return names, [[record.get(name, "") for name in names] for record in flat]


def _flat(record: Mapping, above: str = "") -> list[tuple[str, str]]:
    found = []
    for name, value in record.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{above}{name}.")
        elif value is not None:
            found.append((f"{above}{name}", _text(value)))
    return found


def _text(value: object) -> str:
    if isinstance(value, list):
        return "/".join(_WEEKDAYS[day - 1] for day in value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, time):
        return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.12g}" if isinstance(value, float) else str(value)
