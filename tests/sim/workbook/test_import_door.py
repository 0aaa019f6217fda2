"""Whatever stands in the cells of a workbook, or in its bytes, `import` makes a scenario that loads, or says what to correct."""

import copy
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...doors import HOSTILE, door, mutated_bytes, mutations
from .books import CHAIN, workbook

CELLS = [
    *(value for value in HOSTILE if isinstance(value, str | int | None)),
    *(
        0.5,
        -0.0,
        1e-300,
        1e30,
        "合计",
        "例 x",
        "#N/A",
        "=1+",
        "9:00-8:00",
        "周八",
        "-",
        "3±9天",
        "1e5",
        "１２",
        "是",
        "ＳＨ",
    ),
    *(date(2026, 10, 1), datetime(1900, 1, 1), time(9)),
]
"""What a cell may hold: values of every kind that a spreadsheet can write, and words that mean something elsewhere."""


@pytest.fixture(scope="module")
def import_door():
    with door("import", lines=21) as found:
        yield found


def asked(import_door, file, folder):
    said = import_door.ask(["import", str(file), "--out", str(folder), "--name", "chain", "--days", "2"], (0,))
    for made in (folder / "chain.yaml", folder / "chain"):
        assert said == "" or not made.exists()
    if not said:
        (folder / "chain.yaml").unlink()
        for table in (folder / "chain").iterdir():
            table.unlink()
        (folder / "chain").rmdir()
    return said


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    sheets = {name: CHAIN[name] for name in ("门店一览", "仓库", "班表")}
    return workbook(tmp_path_factory.mktemp("sound") / "c.xlsx", sheets).read_bytes()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _: None)
    return tmp_path


def writable(cell):
    """As .xlsx can hold it."""
    if isinstance(cell, str):
        return cell.encode("utf-8", "replace").decode().replace("\x00", "?")[:30_000]
    return float(cell) if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) > 2**53 else cell


def test_the_workbook_that_is_mutated_is_imported(folder, import_door):
    assert asked(import_door, workbook(folder / "c.xlsx", CHAIN), folder) == ""


@mutations
@given(data=st.data())
def test_a_mutation_of_a_workbooks_cells_is_imported_or_refused(folder, import_door, data):
    sheets = copy.deepcopy(CHAIN)
    for _ in range(data.draw(st.integers(1, 4))):
        name = data.draw(st.sampled_from(sorted(sheets)))
        rows = sheets[name]
        row = data.draw(st.integers(0, len(rows)))
        match data.draw(
            st.sampled_from(("cell", "cell", "cell", "cell", "drop row", "double row", "drop sheet", "rename"))
        ):
            case "drop row" if row < len(rows):
                del rows[row]
            case "double row" if row < len(rows):
                rows.insert(row, list(rows[row]))
            case "drop sheet" if len(sheets) > 1:
                del sheets[name]
            case "rename":
                sheets[data.draw(st.sampled_from(("x", "Stores", "skus", "库存表", "说明")))] = sheets.pop(name)
            case _:
                rows.extend([] for _ in range(row + 1 - len(rows)))
                at = data.draw(st.integers(0, max(len(rows[row]), 1)))
                rows[row] += [None] * (at + 1 - len(rows[row]))
                rows[row][at] = writable(data.draw(st.sampled_from(CELLS)))
    said = asked(import_door, workbook(folder / "c.xlsx", sheets), folder)
    assert not said or "c.xlsx" in said


@mutations
@given(data=st.data())
def test_a_mutation_of_a_workbooks_bytes_is_imported_or_refused(folder, import_door, sound, data):
    (folder / "c.xlsx").write_bytes(data.draw(mutated_bytes(sound)))
    said = asked(import_door, folder / "c.xlsx", folder)
    assert not said or "c.xlsx" in said
