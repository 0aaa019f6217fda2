"""Values are read in the unit that suits them; nothing is lost on the way."""

import numpy as np
import pytest

from sim.report.units import reading


@pytest.mark.parametrize(
    ("unit", "level", "factor", "read"),
    [
        ("share of units", 0.98, 100, "% of units"),
        ("s", 46.8, 1, "s"),
        ("s", 1500, 1 / 60, "min"),
        ("s", 134_265, 1 / 3600, "h"),
        ("s", np.nan, 1, "s"),
        ("s/ticket", 9000, 1, "s/ticket"),
        ("currency/day", 5e6, 1, "CNY/day"),
    ],
)
def test_a_unit_by_what_it_measures_and_its_size(unit, level, factor, read):
    assert reading(unit, level, "CNY") == (factor, read)
