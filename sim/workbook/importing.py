"""Import: from a planner's tables to a scenario with tables beside it, and what in it is supplied and what assumed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from sim.records.refusal import Refusal
from sim.scenario.layers import Layer, dotted
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.references import misses
from sim.scenario.refusals import refuse, refuse_misses
from sim.scenario.sources import assumed, parameters
from sim.tables.faults import Fault, Faults, TableRefusal
from sim.workbook import marking, writing
from sim.workbook.completion import Completed, completed
from sim.workbook.reading import Given, gather

_LISTED = 5
"""Records of a gap that are named."""


@dataclass(frozen=True)
class Imported:
    """What an import made, in the words of the command."""

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
    today: date | None = None,
) -> Imported:
    """Import tables into the folder `out`: `NAME.yaml`, and its tables in the folder `NAME`.

    Raises `TableRefusal` for cells to correct, all of them together; with `mark` they are also written beside the rows of a copy of the tables.
    """
    faults = Faults()
    given = gather(paths, maps, encoding, faults)
    name = _name(given, paths[0])
    writing.refuse_to_replace(out / f"{name}.yaml")
    done = completed(given, today or date.today(), faults)
    tree = {"name": name, **done.tree}
    try:
        scenario, more = _checked(tree, given, faults.found)
        if faults.found:
            raise TableRefusal(tuple(faults.found), more)
    except TableRefusal as refusal:
        if mark is not None:
            marking.write(mark, given.sheets, refusal.faults)
        raise
    assert scenario is not None
    sources = _sources(scenario, given, done)
    written = writing.write(
        out / f"{name}.yaml", tree, sources, ", ".join(dict.fromkeys(sheet.file.name for sheet in given.sheets))
    )
    _write_codes(written[0].with_suffix(""), done)
    loaded = load(written[0])
    if mark is not None:
        marking.write(mark, given.sheets, ())
    return Imported(
        written[0],
        _contents(loaded),
        _filled(done, loaded),
        assumed(loaded),
        given.left_out,
        done.warnings + _names_made(done),
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
    found.sort(key=lambda fault: _order(fault, given))
    return None, more


def _order(fault: Fault, given: Given) -> tuple:
    sheets = [(sheet.file, sheet.name) for sheet in given.sheets]
    at = (fault.file, fault.sheet)
    return sheets.index(at) if at in sheets else -1, fault.row or 0


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


def _filled(done: Completed, scenario: Scenario) -> list[str]:
    said = []
    for (section, field), who in done.assumed.items():
        total = len(getattr(scenario, section))
        some = ", ".join(who[:_LISTED]) + (f" and {len(who) - _LISTED:,} more" if len(who) > _LISTED else "")
        said.append(f"{section}.{field}: assumed for {len(who):,} of {total:,}: {some}")
    return said


def _contents(scenario: Scenario) -> str:
    parts = [
        f"{len(scenario.stores):,} stores",
        f"{len(scenario.warehouses):,} warehouses",
        f"{len(scenario.suppliers):,} suppliers",
    ]
    parts.append(
        f"{len(scenario.skus):,} SKUs"
        if isinstance(scenario.skus, list)
        else f"{scenario.skus.count:,} SKUs made by rule"
    )
    stock = scenario.opening_stock if isinstance(scenario.opening_stock, list) else scenario.opening_stock.listed
    parts += [f"{len(stock):,} rows of stock"] if stock else []
    parts += [f"{len(scenario.prices):,} rows of prices"] if scenario.prices else []
    return f"{scenario.days:,} days from {scenario.start}: {', '.join(parts)}"


def _names_made(done: Completed) -> list[str]:
    made = sum(len(codes.made) for codes in done.codes.values())
    return [f"{made:,} codes were made for names that are no codes: codes.csv lists them"] if made else []


def _write_codes(folder: Path, done: Completed) -> None:
    rows = [(section, text, code) for section, codes in done.codes.items() for text, code in codes.made.items()]
    if rows:
        writing.write_rows(folder / "codes.csv", ("section", "in the table", "code"), rows)
