"""docs/trading.md 8: how the software answers at a load, what was never measured, when nobody reaches it."""

import numpy as np
import pytest

from sim.chain.store.service import Service, merged
from sim.records.profile import LEVELS
from sim.records.refusal import Refusal
from sim.streams import counter_uniform, use

DAY = 86_400.0


def level(requests_per_s, latency_s, availability=1.0, spread=0.0):
    return {
        "requests_per_s": requests_per_s,
        "journeys": 1000,
        "latency_s": [latency_s * (1 + spread * u) for u in LEVELS],
        "availability": availability,
        "availability_low": availability,
        "availability_high": availability,
    }


def profile(checkout, lengths_s=(), window_s=3600.0, **journeys):
    return {
        "source": "test",
        "measured": True,
        "journeys": {"checkout": checkout, **journeys},
        "outages": {"window_s": window_s, "gap_s": 1.0, "lengths_s": list(lengths_s), "unavailability_high": 0.01},
    }


def loaded(scenario, sheet, per_s, **sections):
    """A service at a load, all day, made by hand."""
    service = Service(scenario(**sections), 0).of(0, 0)
    service.set_load_profile(np.full(288, per_s))
    return service, service.answers(sheet)


@pytest.mark.parametrize(
    "service",
    [{"latency_s": {"distribution": "uniform", "low": 1.0, "high": 2.0}}, profile([level(10.0, 1.0, spread=1.0)])],
    ids=["assumed", "measured"],
)
def test_latency_is_inverted_from_each_customers_uniform(scenario, sheet, visit, service):
    day = sheet([visit(float(t)) for t in range(50)])
    _, answers = loaded(scenario, day, 5.0, system={"service": service})
    u = np.clip(counter_uniform(day.key, use("checkout"), np.arange(50)), LEVELS[0], LEVELS[-1])
    assert [answers.system_s(i, 40_000.0) for i in range(50)] == pytest.approx(1 + u, abs=1e-6)


def test_members_are_looked_up_before_they_pay(scenario, sheet, visit):
    service = {"latency_s": 1.0, "journeys": {"member_lookup": 0.25}}
    day = sheet([visit(0.0), visit(1.0, member=5)])
    _, answers = loaded(scenario, day, 5.0, system={"service": service})
    assert [answers.system_s(i, 0.0) for i in (0, 1)] == [1.0, 1.25]


@pytest.mark.parametrize(("load", "expected"), [(5.0, 1.0), (10.0, 1.0), (15.0, 1.5), (20.0, 2.0), (90.0, 2.0)])
def test_measured_latency_is_interpolated_between_loads_and_clamped_outside(scenario, sheet, visit, load, expected):
    service = profile([level(10.0, 1.0), level(20.0, 2.0)])
    _, answers = loaded(scenario, sheet([visit(0.0)]), load, system={"service": service})
    assert answers.system_s(0, 0.0) == expected


def test_the_cell_in_which_a_ticket_begins_gives_its_load(scenario, sheet, visit):
    made = Service(scenario(system={"service": profile([level(10.0, 1.0), level(20.0, 2.0)])}), 0).of(0, 0)
    made.set_load_profile(np.where(np.arange(288) < 2, 10.0, 20.0))
    answers = made.answers(sheet([visit(0.0)]))
    assert [answers.system_s(0, t) for t in (599.0, 600.0)] == [1.0, 2.0]


def test_loads_that_were_never_measured_are_marked(scenario, sheet, visit):
    service, _ = loaded(
        scenario, sheet([visit(0.0)]), 0.0, system={"service": profile([level(10.0, 1.0), level(20.0, 2.0)])}
    )
    service.load_per_s[:4] = [5.0, 10.0, 20.0, 25.0]
    assert service.extrapolated[:5].tolist() == [True, False, False, True, False]


def test_load_counts_the_requests_of_the_whole_chain_by_cell(scenario, sheet, visit):
    requests = {"checkout": 3.0, "member_lookup": 2.0}
    service = Service(scenario(system={"requests_per_journey": requests}), 0)
    day = sheet([visit(10.0, shops=280.0), visit(10.0, shops=300.0, member=4), visit(400.0)])
    service.load_day([day, day])
    assert (service.of(0, 0).load_per_s[:3] * 300).tolist() == [6, 16, 0]


def test_the_share_that_fails_follows_the_load(scenario, sheet, visit):
    service = profile([level(10.0, 1.0), level(20.0, 1.0, availability=0.5)])
    day = sheet([visit(float(n)) for n in range(4_000)])
    for load, failing in [(10.0, 0.0), (15.0, 0.25), (20.0, 0.5)]:
        _, answers = loaded(scenario, day, load, system={"service": service}, trading={"retry_s": 10.0})
        repeats = np.array([(answers.system_s(i, 0.0) - 1) / 11 for i in range(4_000)])
        expected = failing / (1 - failing)
        assert abs(repeats.mean() - expected) <= 4 * np.sqrt(expected / (1 - failing) / 4_000)


def test_measured_outages_come_back_at_their_rate_and_with_their_lengths(scenario):
    """Two outages in 30 minutes. Availability was measured outside them, so nothing is taken off it."""
    service = profile([level(10.0, 1.0, availability=0.90)], lengths_s=[30.0, 60.0], window_s=1800.0)
    made = Service(scenario(system={"service": service}, days=60), 0).of(0, 0)
    assert made.profile["checkout"][2].tolist() == pytest.approx([0.10])
    assert abs(len(made.outages_s) - 5760) < 4 * np.sqrt(5760)
    assert {round(end - start, 6) for start, end in made.outages_s} == {30.0, 60.0}


def test_a_measured_sync_lag_takes_the_place_of_the_scenarios(scenario):
    service = profile([level(10.0, 1.0)])
    assert Service(scenario(system={"service": service, "stock_sync_minutes": 5}), 0).sync_s(0, 0) == 300
    assert Service(scenario(system={"service": {**service, "stock_sync_lag_s": 2.5}}), 0).sync_s(0, 0) == 2.5


def test_assumed_outages_are_drawn_once_a_replication(scenario):
    changed = scenario(system={"service": {"outages_per_30_days": 100, "outage_minutes": 10}}, days=30)
    spans = Service(changed, 0).unreachable_s(0)
    outages = [Service(changed, replication).of(0, 0).outages_s for replication in (0, 1)]
    assert abs(len(outages[0]) - 100) < 40
    assert (spans[1:, 0] > spans[:-1, 1]).all()
    np.testing.assert_array_equal(spans, Service(changed, 0).unreachable_s(1))
    assert outages[0] != outages[1]


def test_a_ticket_is_sent_when_its_store_reaches_the_system_again(scenario):
    faults = [
        {"kind": "system_outage", "at": "2025-01-06T00:10", "minutes": 10},
        {"kind": "network_cut", "at": "2025-01-06T00:20", "minutes": 5, "stores": ["S1"]},
    ]
    service = Service(scenario(faults=faults), 0)
    instants = np.array([599.0, 600.0, 1_200.0, 1_500.0])
    assert service.reachable_from(0, instants).tolist() == [599, 1500, 1500, 1500]
    assert service.reachable_from(None, instants).tolist() == [599, 1200, 1200, 1500]


def test_a_profile_without_checkout_is_refused(scenario):
    service = profile([level(1.0, 1.0)])
    service["journeys"] = {"browse": service["journeys"]["checkout"]}
    with pytest.raises(Refusal, match="checkout"):
        Service(scenario(system={"service": service}), 0)


def test_spans_that_touch_are_one_and_empty_ones_none():
    assert merged([(3, 4), (0, 1), (1, 2), (1.5, 1.75), (5, 5)]).tolist() == [[0, 2], [3, 4]]
