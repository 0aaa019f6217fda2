"""Learning in closed form, and sales lost and gained by it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.planning.gates.plan import read_plan
from sim.planning.rollout.adoption import Curve, curve
from sim.planning.rollout.effects import payback
from sim.planning.rollout.samples import MONTH_DAYS
from sim.planning.rollout.sections.stores import Adoption
from sim.records.outcome import KPI_SCHEMA
from sim.records.refusal import Refusal

from .plans import plan, sampled

STAFF = {"share": 1, "untrained": 0.5, "trained_days": 0, "time_constant_days": 10, "criterion": 0.9}
ADOPTION = {"staff": {"cashiers": STAFF}}
EFFECTS = {
    "sales_per_store_day": 1000,
    "margin": 0.5,
    "lost_at_zero": 0.2,
    "gains": {"tills": 0.1},
    "horizon_months": 12,
}


def with_tills(held):
    held["waves"][0]["modules"] = ["tills"]


@given(st.floats(0.05, 0.95), st.floats(0, 30), st.floats(0.5, 60), st.floats(0.1, 400))
def test_missing_proficiency_is_the_integral_of_the_learning_curve(untrained, trained_days, time_constant, until):
    learning = Curve.of(untrained, trained_days, np.array(time_constant))
    t = (np.arange(20_000) + 0.5) * until / 20_000
    by_midpoints = (1 - learning.proficiency(t)).sum() * until / 20_000
    assert float(learning.missing(np.array(until))) == pytest.approx(by_midpoints, rel=1e-4, abs=1e-12)


@given(st.floats(0.05, 0.95), st.floats(0, 30), st.floats(0.5, 60), st.floats(0.1, 0.99))
def test_after_the_days_to_the_criterion_proficiency_is_the_criterion(
    untrained, trained_days, time_constant, criterion
):
    learning = Curve.of(untrained, trained_days, np.array(time_constant))
    at = float(learning.proficiency(learning.days_to(criterion)))
    assert at == pytest.approx(max(criterion, float(learning.begins_at)), abs=1e-9)


def test_an_ambassador_shortens_the_time_constant():
    adoption = Adoption.model_validate(ADOPTION | {"ambassadors": 2, "ambassador_effect": 0.25})
    assert float(curve(adoption, "cashiers", 12.0).time_constant) == 8


def test_sales_lost_and_gained_are_those_of_the_formula(tmp_path):
    """One store live on day 0, 365 days: missing 0.5 × 10 days of work; margin 0.5 × 1,000 × (0.1 × 360 − 0.2 × 5) = 17,500."""
    path = plan(tmp_path, with_tills, adoption=ADOPTION, effects=EFFECTS)
    of = sampled(path, 5)
    found = payback(of.samples(), read_plan(path), path, of.sampler.store_losses())
    days = 366  # to 2028-03-01
    missing = 5 * (1 - np.exp(-days / 10))
    assert found.lost == pytest.approx(200 * missing)
    assert found.gained == pytest.approx(100 * (days - missing))
    assert found.net == pytest.approx(0.5 * (found.gained - found.lost))
    assert (found.month == 0).all()


def test_payback_is_the_first_month_after_which_margin_covers_costs(tmp_path):
    """Margin is 0.5 × (100 × 56 − 1,000) = 2,300 at the end of April and 0.5 × (100 × 87 − 1,000) = 3,850 at that of May."""
    once = [{"name": "bought", "phase": "work", "days": 0, "cost": 3800}]
    path = plan(tmp_path, with_tills, tasks=once, adoption=ADOPTION, effects=EFFECTS)
    of = sampled(path, 5)
    found = payback(of.samples(), read_plan(path), path, [])
    assert (found.month == 3).all()
    path = plan(tmp_path, with_tills, tasks=[once[0] | {"cost": 40_000}], adoption=ADOPTION, effects=EFFECTS)
    of = sampled(path, 5)
    assert np.isinf(payback(of.samples(), read_plan(path), path, []).month).all()


def test_money_by_month_adds_up_to_the_cost(tmp_path):
    example = Path(__file__).parents[4] / "sim" / "planning" / "rollout" / "example" / "two-store-pilot.yaml"
    samples = sampled(example, 100).samples()
    assert samples.by_month().sum(axis=1) == pytest.approx(samples.cost)
    assert pytest.approx(30.4375) == MONTH_DAYS


def test_two_runs_of_the_chain_give_the_gain_of_every_store_live(tmp_path):
    """Sales of 1,000, 1,100 and 900 a day, then 3 % more of the mean in each replication: a gain of 3 % without scatter."""
    for name, more in (("before", 0), ("after", 30)):
        rows = [
            {"replication": n, "kpi": "sales_per_day", "value": float(v + more), "unit": "currency/day"}
            for n, v in enumerate((1000, 1100, 900))
        ]
        folder = tmp_path / name / "outcome"
        folder.mkdir(parents=True)
        pq.write_table(
            pa.Table.from_pylist([{**row, "better": "higher"} for row in rows], schema=KPI_SCHEMA),
            folder / "kpis.parquet",
        )
    effects = EFFECTS | {"gains": {}, "runs": {"before": "before", "after": "after"}}
    path = plan(tmp_path, adoption=ADOPTION, effects=effects)
    of = sampled(path, 5)
    found = payback(of.samples(), read_plan(path), path, [])
    assert found.gained == pytest.approx(1000 * 0.03 * (366 - 5 * (1 - np.exp(-36.6))))
    (tmp_path / "after" / "outcome" / "kpis.parquet").unlink()
    with pytest.raises(Refusal, match=r"after/outcome/kpis.parquet: expected the kpis of a chain's run"):
        payback(of.samples(), read_plan(path), path, [])
