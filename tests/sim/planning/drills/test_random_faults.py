"""What random faults cost: each left out in turn, under the same customers and the same other faults."""

import json

import numpy as np
import pytest

from sim.chain.random_faults import occurrences
from sim.evidence.statistics.replications import interval, over_days
from sim.planning.drills.playing import plan, play
from sim.planning.drills.random_faults import Counted, Scenarios, lines, mitigations, scenarios
from sim.planning.drills.stage import Stage
from sim.records.decisions.drills import SUMS
from sim.records.refusal import Refusal
from sim.scenario.loader import load

ROWS = [
    {"name": "fuse", "per_year": 900, "minutes": 40, "fault": {"kind": "power_cut"}},
    {"name": "line", "per_year": 300, "minutes": 40, "fault": {"kind": "network_cut"}},
    {
        "name": "mobile",
        "after": {"fuse": 0.6},
        "within_hours": 1,
        "minutes": 45,
        "fault": {"kind": "payment_outage", "channel": "mobile"},
    },
]
QUICK = ["stores.SH01.customers_per_day=400", "skus.count=40", "system.offline_tills=false"]


@pytest.fixture(scope="module")
def planned():
    return plan("corner-shop", ["random_faults"], [*QUICK, f"random_faults={json.dumps(ROWS)}"])


@pytest.fixture(scope="module")
def played(planned, tmp_path_factory):
    return play(planned, 6, {}, kept=tmp_path_factory.mktemp("drills") / "kept.jsonl").random_faults


def counted(scenario):
    return [Counted()(scenario, replication) for replication in range(6)]


def test_a_cost_is_the_scenario_less_the_scenario_without_the_fault_times_the_days_of_a_year(planned, played):
    stands = counted(planned.base)
    without = planned.base.model_copy(update={"random_faults": planned.base.random_faults[::2]})
    lost = np.array([[a["lost_sales"] - b["lost_sales"]] for a, b in zip(stands, counted(without), strict=True)])
    found = over_days(lost)
    (line,) = (line for line in played.faults if line.name == "line")
    assert (played.a_year, played.days) == (True, 1)
    assert line.cost["lost_sales"].mean == pytest.approx(365 * lost.mean())
    assert line.cost["lost_sales"].half_width == pytest.approx(
        365 * max(found.high - found.mean, found.mean - found.low)
    )


def test_numbers_are_those_that_happened_and_one_costs_the_quotient(planned, played):
    happened = [[one.name for one in occurrences(planned.base, replication)] for replication in range(6)]
    for line in played.faults:
        number = np.mean([of.count(line.name) for of in happened])
        assert line.number.mean == pytest.approx(365 * number)
        assert line.each["lost_sales"].mean == pytest.approx(line.cost["lost_sales"].mean / (365 * number))


def test_what_only_follows_a_fault_goes_with_it(planned):
    left = planned.random.by_change["without fuse"].random_faults
    assert [row.name for row in left] == ["line"]


def test_the_costliest_fault_and_the_mitigation_worth_most_come_first(played):
    assert played.faults[0].name == "fuse"
    lost = [line.cost["lost_sales"].mean for line in played.faults]
    assert lost == sorted(lost, reverse=True)
    assert {each.name for each in played.mitigations} == {
        "generator",
        "longer_battery",
        "offline_tills",
        "backup_channel",
    }
    worth = [each.worth["sales"].mean for each in played.mitigations]
    assert worth == sorted(worth, reverse=True)
    assert played.mitigations[0].worth["sales"].mean > 0


def test_a_ratio_has_the_width_of_its_residuals(planned):
    """With a cost that is a multiple of the number of faults in each replication, one costs that multiple, and nothing is uncertain."""
    of = scenarios(planned.base, Stage.of(planned.base), lambda _: planned.base)
    names = ("lost_sales", "sales", "customers_lost")
    stands = [dict.fromkeys(names, 7.0 * n) | {f"faults {row['name']}": float(n) for row in ROWS} for n in (1, 4, 2)]
    nothing = [dict.fromkeys(names, 0.0)] * 3
    found = lines(planned.base, of, {change: nothing for change in of.by_change} | {"": stands}, 0.95)
    assert found.faults[0].each["sales"].mean == pytest.approx(7)
    assert found.faults[0].each["sales"].half_width == pytest.approx(0, abs=1e-9)
    assert found.faults[0].cost["sales"].half_width > 0


def of_fuses(planned, numbers, each):
    """The record of so many faults a replication, with what they cost."""
    row = planned.base.random_faults[0]
    base = planned.base.model_copy(update={"random_faults": [row]})
    of = Scenarios({"": base, "without fuse": base}, ())
    nothing = [dict.fromkeys(SUMS, 0.0)] * len(numbers)
    stands = [dict.fromkeys(SUMS, cost) | {"faults fuse": float(n)} for n, cost in zip(numbers, each, strict=True)]
    (line,) = lines(base, of, {"": stands, "without fuse": nothing}, 0.95).faults
    return line.number, line.cost["lost_sales"]


@pytest.mark.parametrize("a_replication", [1, 2, 5])
def test_intervals_hold_the_number_and_the_cost_of_rare_faults_where_students_t_does_not(planned, a_replication):
    rng, trials, held = np.random.default_rng(2), 300, np.zeros(3)
    for _ in range(trials):
        numbers = rng.poisson(a_replication, 10)
        costs = np.array([rng.gamma(1.0, 1.0, n).sum() for n in numbers])
        found = [*of_fuses(planned, numbers, costs), interval(costs)]
        true = np.array([365 * a_replication, 365 * a_replication, a_replication])
        held += [abs(each.mean - value) <= each.half_width for each, value in zip(found, true, strict=True)]
    promised = 0.95 - 2 * np.sqrt(0.95 * 0.05 / trials)
    assert (held[:2] / trials >= promised).all()
    assert a_replication > 1 or held[2] / trials < promised


def test_a_fault_that_no_replication_showed_may_come(planned):
    number, cost = of_fuses(planned, [0, 0, 0], [0.0, 0.0, 0.0])
    assert number.mean == cost.mean == 0
    assert number.half_width > 365


def test_part_of_a_year_is_not_made_a_year_where_a_fault_has_a_season(planned):
    row = planned.base.random_faults[0].model_copy(update={"months": [5]})
    base = planned.base.model_copy(update={"random_faults": [row]})
    of = scenarios(base, Stage.of(base), lambda _: base)
    none = [dict.fromkeys(("lost_sales", "sales", "customers_lost", "faults fuse"), 0.0)] * 2
    found = lines(base, of, dict.fromkeys(of.by_change, none), 0.95)
    assert not found.a_year
    assert found.faults[0].each is None


def test_only_what_the_scenario_lacks_and_what_helps_its_faults_is_played():
    stop = "{name: flood, per_year: 9, minutes: 90, fault: {kind: warehouse_stop}}"
    base = load("pilot", [f"random_faults=[{stop}]", "system.multi_warehouse_transfers=true"])
    assert [each.name for each in mitigations(base, Stage.of(base))] == ["safety_stock"]


def test_random_faults_are_refused_where_there_are_none():
    with pytest.raises(Refusal, match="--drills: random_faults: expected random_faults in corner-shop, found none"):
        plan("corner-shop", ["random_faults"])
