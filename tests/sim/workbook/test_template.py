"""The workbook that is handed out is read back: every heading is known, examples are not records, and what is filled in comes in."""

from datetime import date, time

import pytest

from sim.scenario.loader import load
from sim.tables.faults import TableRefusal
from sim.tables.headings import find, plain
from sim.tables.sheets import read_sheets
from sim.workbook.forms import FORMS, README_SHEET, SETTINGS_SHEET, section_of
from sim.workbook.importing import bring
from sim.workbook.template import write_template

from .books import workbook

LANGUAGES = pytest.mark.parametrize("language", [None, "zh", "en"])


def sheets(path, language):
    write_template(path, language)
    return {sheet.name: sheet for sheet in read_sheets(path)}


@LANGUAGES
def test_every_sheet_and_every_heading_is_known_to_import(tmp_path, language):
    written = sheets(tmp_path / "t.xlsx", language)
    assert len(written) == len(FORMS) + 2
    for form in FORMS:
        sheet = written[form.name(language)]
        assert section_of(sheet.name) == form.section
        table = find(sheet, [column.column for column in form.columns])
        assert table.heading_row == 1
        assert list(table.place) == [column.field for column in form.columns]
        assert table.unread == ()


@LANGUAGES
def test_an_empty_workbook_holds_no_chain_for_its_examples_are_not_read(tmp_path, language):
    write_template(tmp_path / "t.xlsx", language)
    with pytest.raises(TableRefusal, match="a sheet of stores"):
        bring([tmp_path / "t.xlsx"], tmp_path)


@LANGUAGES
def test_the_examples_are_a_chain_once_they_are_no_longer_marked(tmp_path, language):
    """Each example is sound, and the codes in it name one another."""
    written = sheets(tmp_path / "t.xlsx", language)
    rows = {name: [list(row) for row in sheet.rows] for name, sheet in written.items()}
    for form in FORMS:
        first = rows[form.name(language)][1]
        first[0] = str(first[0]).removeprefix("例 ").removeprefix("e.g. ")
    scenario = load(
        bring([workbook(tmp_path / "filled.xlsx", rows)], tmp_path, settings={"start": date(2026, 10, 1)}).file
    )
    (store,) = scenario.stores
    assert (store.code, store.ownership, store.customers_per_day, store.opens) == ("SH01", "franchise", 1300, time(8))
    assert scenario.suppliers[0].order_weekdays == [1, 3, 5]
    assert (scenario.suppliers[0].fill_rate, scenario.suppliers[0].late_share) == (0.97, 0.1)
    assert scenario.skus[0].code == "6901234567892"
    assert (scenario.opening_stock.listed[0].units, scenario.opening_stock.listed[0].on_order) == (48, 24)
    assert scenario.prices[0].price == 2.9
    assert (scenario.rosters[0].first_weekday, scenario.rosters[0].last_weekday) == (1, 5)


@LANGUAGES
def test_a_sheet_explains_each_column_with_meaning_unit_and_example(tmp_path, language):
    written = sheets(tmp_path / "t.xlsx", language)
    readme = next(
        sheet
        for name, sheet in written.items()
        if plain(name) in {plain(n) for n in (*README_SHEET, " ".join(README_SHEET[:2]))}
    )
    explained = [row for row in readme.rows if row[1] is not None]
    assert len(explained) == 1 + sum(len(form.columns) for form in FORMS)
    assert all(row[0] and row[4] for row in explained)


def test_no_two_sheets_share_a_name():
    names = [plain(name) for form in FORMS for name in form.names] + [
        plain(name) for name in (*README_SHEET, *SETTINGS_SHEET)
    ]
    assert len(names) == len(set(names))
