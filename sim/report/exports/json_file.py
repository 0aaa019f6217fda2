"""A result as one JSON document."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from sim.records.atomic_files import write_json
from sim.report.exports.headings import localised
from sim.report.exports.result import Cell, Result
from sim.report.languages import unit_name

FORMAT: Final = 1


def write_document(result: Result, path: Path | str) -> None:
    """Write what a result is, its findings, and its tables: each with the unit of its columns and a mapping a row, null where nothing is known."""
    write_json(path, document(result))


def document(result: Result) -> dict[str, Any]:
    """The same as a tree of JSON. Names of columns are those of the records, whatever the language of other exports."""
    return {
        "format": FORMAT,
        "title": result.title,
        "about": {name: _value(value) for name, value in result.about},
        "findings": list(result.findings),
        "tables": {
            table.name: {
                "title": table.title,
                "units": {
                    column: unit_name(unit, "en", result.currency)
                    for column, unit in table.units.items()
                    if column in table.frame
                },
                "rows": [
                    dict(zip(map(str, table.frame.columns), (_value(cell) for cell, _ in row), strict=True))
                    for row in localised(table, replace(result, lang="en"))
                ],
            }
            for table in result.tables
        },
        "assumed": list(result.assumed),
        "sources": [{"kind": kind, "path": path, "source": source} for kind, path, source in result.known],
    }


def _value(cell: Cell) -> Any:
    return cell.isoformat() if isinstance(cell, date) else cell
