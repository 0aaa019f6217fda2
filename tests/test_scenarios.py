"""The scenarios that ship are sound: they load, differ from what they extend, ask something, and their tills are not absurd."""

import calendar
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from sim.chain.chain import Chain
from sim.scenario.loader import load
from sim.scenario.sources import assumed

FOLDER = Path(__file__).parents[1] / "scenarios"
NAMES = sorted(file.stem for file in FOLDER.glob("*.yaml"))


@pytest.fixture(scope="module")
def scenarios():
    return {name: load(FOLDER / f"{name}.yaml") for name in NAMES}


def till_load(store, scenario, day_factor, hour_shares):
    """Tills' worth of work that arrives in the busiest hour, by means: customers × seconds a ticket."""
    opening = np.arange(24)
    open_share = np.where(
        (opening >= store.opens.hour) & (opening < store.closes.hour + store.closes.minute / 60), hour_shares, 0
    )
    trading, traffic = scenario.trading, scenario.traffic
    units = traffic.basket_lines.mean * traffic.line_units.mean
    pay_s = sum(channel.share * channel.pays_s.mean for channel in trading.payments)
    ticket_s = trading.fixed_s.mean + units * trading.item_s.mean + 2 * scenario.system.service.latency_s.mean + pay_s
    return store.customers_per_day * day_factor * max(open_share) / sum(open_share) * ticket_s / 3600


def staffed(store, scenario, weekday, hour):
    """Tills open in an hour of a weekday (ISO), with the self-checkouts."""
    shifts = [shift for shift in scenario.rosters if shift.roster == store.roster]
    on = [
        s
        for s in shifts
        if s.first_weekday <= weekday <= s.last_weekday and s.starts.hour + s.starts.minute / 60 <= hour + 0.5
    ]
    tills = sum(s.tills for s in on if s.ends.hour + s.ends.minute / 60 > hour + 0.5)
    return min(tills, store.tills) + store.self_checkouts


def test_the_shipped_scenarios_are_those_a_newcomer_is_told_of():
    told = (
        "attribute-entry chain-50 corner-shop forecast-ordering golden-week live-stream live-stream-unannounced no-transfers payment-outage "
        "pilot power-cut"
    )
    assert told.split() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_asks_a_question_and_is_called_as_its_file(scenarios, name):
    assert scenarios[name].question.endswith("?")
    assert scenarios[name].name == name


def test_no_two_scenarios_are_the_same_run(scenarios):
    assert len({scenario.hash for scenario in scenarios.values()}) == len(NAMES)


def test_the_chain_has_fifty_stores_in_three_regions_direct_and_franchise(scenarios):
    chain = scenarios["chain-50"]
    assert len(chain.stores) == 50
    assert len(chain.warehouses) == 3
    assert chain.skus.count == 5000
    assert Counter(store.region for store in chain.stores).keys() == {"EAST", "SOUTH", "NORTH"}
    assert {store.ownership for store in chain.stores} == {"direct", "franchise"}
    assert all(1200 <= store.customers_per_day <= 3500 for store in chain.stores)


def test_factors_keep_the_average_year(scenarios):
    traffic = scenarios["chain-50"].traffic
    assert np.mean(traffic.weekday_factors) == pytest.approx(1)
    days = [calendar.monthrange(2026, month)[1] for month in range(1, 13)]
    assert np.average(traffic.month_factors, weights=days) == pytest.approx(1, abs=0.005)


def test_tills_are_70_to_85_percent_busy_in_a_normal_peak_hour(scenarios):
    chain = scenarios["chain-50"]
    peak = int(np.argmax(chain.traffic.hour_shares))
    busy = [till_load(s, chain, 1.0, chain.traffic.hour_shares) / staffed(s, chain, 3, peak) for s in chain.stores]
    assert 0.70 <= np.mean(busy) <= 0.85
    assert max(busy) < 0.95


def test_the_golden_week_peak_strains_the_tills_without_breaking_them(scenarios):
    week = scenarios["golden-week"]
    holiday = max(week.traffic.holidays, key=lambda holiday: holiday.factor)
    factor = holiday.factor * week.traffic.month_factors[9]
    peak = int(np.argmax(holiday.hour_shares))
    busy = [till_load(s, week, factor, holiday.hour_shares) / staffed(s, week, 5, peak) for s in week.stores]
    assert 0.8 <= np.mean(busy) <= 0.98


def test_the_golden_week_trace_holds_an_hour_as_hard_on_tills_and_customers_as_any_to_within_two_per_cent(
    scenarios,
):
    window = scenarios["golden-week"].trace
    day = [f"start={window.first.date()}", "days=1", "warmup_days=0"]
    hourly = (
        Chain(load(FOLDER / "golden-week.yaml", day)).play().hourly.to_pandas().groupby("hour").sum(numeric_only=True)
    )
    open_to_customers = hourly[hourly.customers > 0]
    for measure in (
        open_to_customers.till_busy_s / open_to_customers.till_open_s,
        open_to_customers.wait_s / open_to_customers.tickets,
        open_to_customers.abandoned,
    ):
        assert measure.loc[window.first.hour : window.last.hour - 1].max() > 0.98 * measure.max()


def test_one_field_parts_the_chain_without_transfers_from_the_chain(scenarios):
    chain, without = (scenarios[name].model_dump(exclude={"name", "question"}) for name in ("chain-50", "no-transfers"))
    assert chain.pop("system") | {"name": "no-transfers", "multi_warehouse_transfers": False} == without.pop("system")
    assert chain == without


def test_one_field_parts_the_planner_who_was_told_of_the_live_stream_from_the_one_who_was_not(scenarios):
    told, not_told = (
        scenarios[name].model_dump(exclude={"name", "question"}) for name in ("live-stream", "live-stream-unannounced")
    )
    assert told["replenishment"]["forecast"].pop("known_events")
    assert not not_told["replenishment"]["forecast"].pop("known_events")
    assert told == not_told


def test_published_figures_have_their_source_and_all_else_is_assumed(scenarios):
    listed = {line.partition(" = ")[0] for line in assumed(scenarios["chain-50"])}
    assert not listed & set(scenarios["chain-50"].sources)
    assert {"stores.customers_per_day", "trading.patience_s", "system.service.latency_s"} <= listed
