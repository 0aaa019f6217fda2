"""Comparisons pair replications, so that what two scenarios share cancels."""

import numpy as np
import pandas as pd
import pytest

from sim.evidence.statistics.replications import interval
from sim.records.refusal import Refusal
from sim.study.compare import compare


def kpis(values, better="lower"):
    return pd.DataFrame(
        {"replication": range(len(values)), "kpi": "mean_wait_s", "value": values, "unit": "s", "better": better}
    )


def test_difference_is_the_paired_t_interval():
    rng = np.random.default_rng(3)
    shared = rng.normal(100, 30, 12)
    a, b = shared + rng.normal(0, 1, 12), shared + 5 + rng.normal(0, 1, 12)
    (found,) = compare(kpis(a), kpis(b))
    assert found.difference == interval(b - a)
    assert found.difference.half_width < found.a.half_width / 5


@pytest.mark.parametrize(("better", "finding"), [("lower", "worse"), ("higher", "better"), ("neither", "differs")])
def test_a_clear_rise_is_named_by_what_is_better(better, finding):
    a = np.array([1.0, 2.0, 3.0])
    (found,) = compare(kpis(a, better), kpis(a + np.array([1.0, 1.1, 0.9]), better))
    assert found.finding == finding


def test_noise_is_not_told_apart():
    (found,) = compare(kpis([1.0, 2.0, 3.0]), kpis([2.0, 1.0, 3.5]))
    assert found.finding == "not told apart"


def test_pairs_follow_the_replication_not_the_row():
    a, b = kpis([1.0, 2.0, 3.0]), kpis([1.5, 2.5, 3.5]).iloc[::-1]
    (found,) = compare(a, b)
    assert (found.difference.mean, found.difference.half_width) == (0.5, pytest.approx(0.0, abs=1e-12))


def test_tables_of_other_seeds_or_replications_are_refused():
    a, b = kpis([1.0, 2.0, 3.0]), kpis([1.0, 2.0, 3.0])
    a.attrs["plays"], b.attrs["plays"] = {"seed": 1}, {"seed": 2}
    with pytest.raises(Refusal, match="seed: expected 1, as in the first: differences are paired, found 2"):
        compare(a, b)
    with pytest.raises(Refusal, match="replications: expected the 3 of the first"):
        compare(kpis([1.0, 2.0, 3.0]), kpis([1.0, 2.0]))


def test_a_total_is_not_better_where_other_customers_came():
    def table(customers, sales):
        rows = [
            ("customers_per_day", "customers/day", "neither", customers),
            ("sales_per_day", "CNY/day", "higher", sales),
        ]
        return pd.DataFrame(
            [
                {"replication": n, "kpi": kpi, "value": value, "unit": unit, "better": better}
                for kpi, unit, better, values in rows
                for n, value in enumerate(values)
            ]
        )

    a = table([4906.0, 4907.0], [1e5, 1.1e5])
    assert [row.finding for row in compare(a, table([13271.0, 13272.0], [3e5, 3.1e5]))] == ["differs", "differs"]
    assert [row.finding for row in compare(a, table([4906.0, 4907.0], [3e5, 3.1e5]))] == ["equal", "better"]
