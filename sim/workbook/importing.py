"""Import: from a planner's tables to a scenario with tables beside it, and what in it is supplied and what assumed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.records.refusal import Refusal
from sim.scenario.fields import at_path
from sim.scenario.layers import Layer, dotted
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.references import misses
from sim.scenario.refusals import refuse, refuse_misses
from sim.scenario.sources import assumed, parameters
from sim.tables.faults import Fault, Faults, TableRefusal
from sim.tables.headings import MOST_ABOVE
from sim.workbook import marking, writing
from sim.workbook.completion import Completed, completed
from sim.workbook.forms import FORMS
from sim.workbook.reading import Given, gather

_LISTED = 5
"""Records of a gap that are named."""


@dataclass(frozen=True)
class Imported:
    """What an import made, in sentences."""

    file: Path
    """The scenario."""
    contents: str
    filled: list[str]
    """Gaps of tables that were filled, a sentence each."""
    assumed: list[str]
    """`path = value` of everything that no table and no other source stands behind."""
    left_out: list[str]
    warnings: list[str]


def bring(
    paths: Sequence[Path],
    out: Path,
    maps: Sequence[str] = (),
    encoding: str = "",
    mark: Path | None = None,
    settings: Mapping[str, object] | None = None,
) -> Imported:
    """Import tables into the folder `out`: `NAME.yaml`, and its tables in the folder `NAME`.

    `settings`: `name`, `start` and `days`, before what the sheet of the chain says.

    Raises `TableRefusal` for cells to correct, all of them together; with `mark` they are also written beside the rows of a copy of the tables.
    """
    faults = Faults()
    given = gather(paths, maps, encoding, faults)
    given.settings |= settings or {}
    name = _name(given, paths[0])
    writing.refuse_to_replace(out / f"{name}.yaml", given.sheets[0].file.name)
    done = completed(given, date.today(), faults)
    tree = {"name": name, **done.tree}
    try:
        scenario, more = _checked(tree, given, faults.found)
        if faults.found:
            faults.found.sort(key=_order(given))
            raise TableRefusal(tuple(faults.found), more)
    except TableRefusal as refusal:
        if mark is not None:
            marking.write(mark, given.sheets, (*refusal.faults, *done.warnings))
        raise
    assert scenario is not None
    sources = _sources(scenario, given, done)
    written = writing.write(
        out / f"{name}.yaml", tree, sources, ", ".join(dict.fromkeys(sheet.file.name for sheet in given.sheets))
    )
    _write_codes(written[0].with_suffix(""), done)
    loaded = load(written[0])
    if mark is not None and done.warnings:
        marking.write(mark, given.sheets, done.warnings)
    return Imported(
        written[0],
        _contents(loaded),
        _filled(given, done, loaded),
        assumed(loaded),
        given.left_out + _names_made(done),
        [str(fault.refusal()) for fault in done.warnings],
    )


def _checked(tree: dict, given: Given, found: list[Fault]) -> tuple[Scenario | None, int]:
    """The scenario, None where its model refuses it; cells to correct are added to `found`, and further ones counted."""
    layers = [Layer(str(given.sheets[0].file), tree)]
    more = 0
    try:
        try:
            scenario = Scenario.model_validate(tree)
        except ValidationError as error:
            refuse(error, tree, layers)
        if not found:
            refuse_misses(list(misses(scenario)), tree, layers)
        return scenario, more
    except TableRefusal as refusal:
        known = {(fault.file, fault.sheet, fault.row, fault.column) for fault in found}
        found += [each for each in refusal.faults if (each.file, each.sheet, each.row, each.column) not in known]
        more = refusal.more + 1 - len(refusal.faults)
    except Refusal:
        if not found:
            raise
    return None, more


def _order(given: Given) -> Callable[[Fault], tuple]:
    """The order of faults: as sheets, rows and columns stand."""
    sheets = {(sheet.file, sheet.name): n for n, sheet in enumerate(given.sheets)}
    columns = {
        (n, str(cell)): at
        for n, sheet in enumerate(given.sheets)
        for row in reversed(sheet.rows[:MOST_ABOVE])
        for at, cell in enumerate(row)
    }

    def place(fault: Fault) -> tuple:
        sheet = sheets.get((fault.file, fault.sheet), -1)
        return sheet, fault.row or 0, columns.get((sheet, fault.column), -1)

    return place


def _name(given: Given, path: Path) -> str:
    """Of the scenario: as the sheet of the chain says, else as the file or folder is called, else `chain`."""
    said = str(given.settings.get("name") or "")
    for text in (said, path.resolve().name.partition(".")[0]):
        name = re.sub(r"[^A-Za-z0-9_\-]+", "-", text).strip("-")[:40]
        if re.search("[A-Za-z]", name):
            return name
    return "chain"


def _sources(scenario: Scenario, given: Given, done: Completed) -> dict[str, dict]:
    """What stands behind each section that was brought, and behind each of its columns that was not, or not whole."""
    sources: dict[str, dict] = {}
    dumped = scenario.model_dump(mode="json", by_alias=True)
    for section in given.rows:
        path, records = section, dumped[section]
        if isinstance(records, Mapping):
            path, records = f"{section}.listed", records["listed"]
        name = given.name(section)
        sources[path] = {"kind": "supplied", "source": name}
        there = Counter(dotted(step) for step, _ in parameters(records))
        for field, count in there.items():
            brought = done.filled[section, field.partition(".")[0]]
            if brought == 0:
                sources[f"{path}.{field}"] = {"kind": "assumed", "source": f"not in {name}"}
            elif brought < count:
                sources[f"{path}.{field}"] = {"kind": "supplied", "source": name, "assumed_for": count - brought}
    if "orders_per_day" in given.settings:
        sources["online.orders_per_day"] = {"kind": "supplied", "source": "the sheet of the chain"}
    return sources


def _filled(given: Given, done: Completed, scenario: Scenario) -> list[str]:
    """What was filled in, by section and field; also what the scenario's model takes where a table that was brought is silent."""
    said = []
    for form in FORMS:
        records = getattr(scenario, form.section, None)
        total = (
            len(given.rows.get(form.section, ()))
            if form.section in given.rows
            else len(records or ())
            if isinstance(records, list)
            else 0
        )
        for column in form.columns:
            filled = done.assumed.get((form.section, column.field), [])
            silent = total - done.filled[form.section, column.field]
            if filled:
                said.append(f"{form.section}.{column.field}: {_values(filled)}")
            elif (
                form.section in given.rows
                and silent > 0
                and column.assumed["en"]
                and _counts(form.section, column.field, done)
            ):
                said.append(f"{form.section}.{column.field}: {column.assumed['en']}, for {silent:,} of {total:,}")
    return said


def _counts(section: str, field: str, done: Completed) -> bool:
    """Whether an empty cell is an assumption: not of stock and prices, where it is nothing; nor of what a whole column leaves out at no value."""
    return section not in ("opening_stock", "prices") and (
        bool(done.filled[section, field]) or at_path([section, field])[0].get_default() is not None
    )


def _values(filled: list[tuple[str, Any]]) -> str:
    who = [name for name, _ in filled]
    same = len({value for _, value in filled}) == 1
    named = [name if same else f"{name} {_short(value)}" for name, value in filled[:_LISTED]]
    more = f" and {len(who) - _LISTED:,} more" if len(who) > _LISTED else ""
    return f"{_short(filled[0][1]) + ' ' if same else ''}for {len(who):,}: {', '.join(named)}{more}"


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _contents(scenario: Scenario) -> str:
    stock = scenario.opening_stock if isinstance(scenario.opening_stock, list) else scenario.opening_stock.listed
    made = "" if isinstance(scenario.skus, list) else " made by rule"
    skus = len(scenario.skus) if isinstance(scenario.skus, list) else scenario.skus.count
    parts = [
        _count(len(scenario.stores), "store"),
        _count(len(scenario.warehouses), "warehouse"),
        _count(len(scenario.suppliers), "supplier"),
        _count(skus, "SKU") + made,
        *([_count(len(stock), "row") + " of stock"] if stock else []),
        *([_count(len(scenario.prices), "row") + " of prices"] if scenario.prices else []),
    ]
    return f"{_count(scenario.days, 'day')} from {scenario.start}: {', '.join(parts)}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _names_made(done: Completed) -> list[str]:
    made = sum(len(codes.made) for codes in done.codes.values())
    return [f"{made:,} codes were made for names that are no codes: codes.csv lists them"] if made else []


def _write_codes(folder: Path, done: Completed) -> None:
    rows = [(section, text, code) for section, codes in done.codes.items() for text, code in codes.made.items()]
    if rows:
        writing.write_rows(folder / "codes.csv", ("section", "in the table", "code"), rows)
