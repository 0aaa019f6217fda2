"""Headings name fields that exist, and each one field of its section."""

from collections import Counter

import pytest

from sim.scenario.fields import at_path
from sim.scenario.sections.headings import COLUMNS, HOURS, WEEKDAYS
from sim.tables.headings import plain


@pytest.mark.parametrize("section", COLUMNS)
def test_every_field_of_a_section_exists_and_no_heading_means_two(section):
    named = Counter(
        word for column in COLUMNS[section] for word in {plain(name) for name in (column.field, *column.names)}
    )
    assert [name for name, fields in named.items() if fields > 1] == []
    if section == "replenishment.forecast":  # a file of its own, not records of the scenario
        return
    fields = [column.field for column in COLUMNS[section] if column.field not in (HOURS, WEEKDAYS)]
    assert [field for field in fields if not at_path([*section.split("."), field])] == []
