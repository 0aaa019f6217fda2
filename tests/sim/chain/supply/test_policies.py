"""Policies in a chain: calendars, classes, a user's own, what forecasts are worth, and what is refused."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest

from sim.chain.chain import Chain
from sim.chain.supply import replenishment
from sim.clock import DAY_S
from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.stock import policies
from sim.stock.policies import Review

QUIET = {
    "online": {"orders_per_day": 0},
    "accuracy": {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None},
}


def seen(**changes) -> Review:
    """One location, two SKUs of 10 and 4 a day for ten days, nothing on hand, a lead time of two days."""
    forecast = np.broadcast_to(np.array([[10.0, 4.0]]), (10, 1, 2))
    common = {"position": np.zeros((1, 2), dtype=np.int64), "mean_demand": forecast[0], "forecast": forecast}
    return Review(**{**common, "error_sd": np.array([[3.0, 2.0]]), "lead_time_days": 2.0, **changes})


def test_days_of_cover_reads_the_days_ahead():
    forecast = np.arange(1.0, 11)[:, None, None]
    review = seen(forecast=forecast, position=np.array([[4]]))
    assert policies.DaysOfCover(3.5).order(review).tolist() == [[1 + 2 + 3 + 2 - 4]]


def test_cycle_service_adds_its_quantile_of_the_error_over_the_exposure():
    """Three days: mean 30 and 12, standard deviations 3√3 and 2√3, z = 1.645."""
    assert policies.ForecastDriven(cycle_service=0.95).order(seen()).tolist() == [[39, 18]]


def test_fill_rate_is_kept_where_errors_are_normal():
    """A plain simulation of the policy's own assumptions: normal demand, order, lead time 2, next review a day later."""
    draw = np.random.default_rng(8)
    level = policies.ForecastDriven(fill_rate=0.95).order(seen())[0, 0]
    demand = draw.normal(10, 3, (200_000, 3))
    stock = level - demand[:, :2].sum(axis=1)
    short = np.clip(demand[:, 2] - np.maximum(stock, 0), 0, None)
    assert 1 - short.sum() / demand[:, 2].sum() == pytest.approx(0.95, abs=0.01)


def test_newsvendor_weighs_margin_against_waste():
    dear = policies.Newsvendor().order(seen(price=np.array([10.0, 10.0]), unit_cost=np.array([9.0, 1.0])))[0]
    assert dear[0] < 30  # a unit left over costs nine times what one short loses
    assert dear[1] > 12
    kept = policies.Newsvendor(salvage_share=0.95).order(
        seen(price=np.array([10.0, 10.0]), unit_cost=np.array([9.0, 1.0]))
    )
    assert kept[0, 0] > dear[0]


def test_push_shares_out_what_the_warehouse_has():
    review = seen(at_source=np.array([[100, 7]]), share=np.array([[0.25, 0.5]]))
    assert policies.Push(0.6).order(review).tolist() == [[15, 2]]


def test_a_pushed_product_goes_out_once(small):
    push = {"policy": "push", "share": 0.5}
    scenario = small(
        days=3,
        **QUIET,
        replenishment={"stores": push, "warehouses": {"policy": "none"}},
        transfers={"warehouses": False},
    )
    outcome = Chain(scenario).play().daily.to_pandas()
    by_day = outcome.groupby("day")["ordered_units"].sum().tolist()
    assert by_day[0] > 0
    assert by_day[1:] == [0, 0]


def test_an_order_calendar_keeps_its_weekdays(small):
    """The run begins on a Monday; reviews are on Wednesdays and Sundays."""
    rule = {"policy": "base_stock", "days": 30, "weekdays": [3, 7]}
    scenario = small(days=8, **QUIET, replenishment={"stores": rule, "warehouses": {"policy": "none"}})
    ordered = Chain(scenario).play().daily.to_pandas().groupby("day")["replenishment_orders"].sum()
    assert ordered[ordered > 0].index.tolist() == [2, 6]


@pytest.mark.parametrize(
    ("calendar", "intervals"),
    [
        ({"weekdays": [3, 7]}, {2: 4, 6: 3, 9: 4}),
        ({"weekdays": [3], "review_days": 2}, {2: 14}),
        ({"review_days": 4}, {0: 4, 4: 4, 8: 4}),
        ({"weekdays": [1], "review_days": 0.5}, {0: 6.5, 7: 0.5}),
    ],
)
def test_a_policy_looks_as_far_as_the_next_review_on_the_order_calendar(small, monkeypatch, calendar, intervals):
    """The run begins on a Monday; days are those of a location's first review on them."""
    rule = {"policy": "base_stock", "days": 30, "at": "12:00", **calendar}
    chain = Chain(small(days=10, **QUIET, replenishment={"stores": rule, "warehouses": {"policy": "none"}}))
    seen = {}
    placed = replenishment.orders
    monkeypatch.setattr(
        replenishment,
        "orders",
        lambda policy, review: seen.setdefault(chain.env.now // DAY_S, review.review_days) and placed(policy, review),
    )
    chain.play()
    assert seen == intervals


def test_each_class_follows_its_own_policy(small):
    classes = {"A": {"policy": "base_stock", "days": 30}, "B": {"policy": "none"}, "C": {"policy": "none"}}
    scenario = small(days=2, **QUIET, replenishment={"stores": {"policy": "by_class", "classes": classes}})
    chain = Chain(scenario)
    chain.begin(0)
    chain.env.run(until=DAY_S - 1)
    ordered = chain.ledger.on_order[chain.network.stores].any(axis=0)
    assert (ordered == (chain.sku_class == "A")).all()
    value = chain.traffic.mean_demand.sum(axis=0) * chain.assortment.price
    assert 0.8 <= value[chain.sku_class == "A"].sum() / value.sum() < 0.9


@pytest.fixture
def written(tmp_path, small):
    """Writes the small scenario and a policy of the user's own beside it."""

    def write(code: str, rule: str) -> str:
        (tmp_path / "mine.py").write_text(textwrap.dedent(code))
        scenario = small(days=2, **QUIET).model_dump_json(exclude={"replenishment"})
        (tmp_path / "base.yaml").write_text(scenario)
        path = tmp_path / "mine.yaml"
        path.write_text(f"extends: base.yaml\nreplenishment: {{stores: {rule}}}\n")
        return path

    return write


TO_TEN = """
    import numpy as np
    class ToTen:
        def __init__(self, level=10):
            self.level = level
        def order(self, review):
            return np.maximum(self.level - review.position, 0)
"""


def test_a_users_own_class_orders_as_the_labs_would(written, small):
    path = written(TO_TEN, "{policy: own, file: mine.py, name: ToTen, parameters: {level: 60}}")
    own = load(path, allow_code=True)
    ours = load(path, ["replenishment.stores={policy: base_stock, units: 60}"])
    assert Chain(own).play().daily.equals(Chain(ours).play().daily)
    before = own.hash
    path.with_name("mine.py").write_text(textwrap.dedent(TO_TEN).replace("10", "11"))
    assert load(path, allow_code=True).hash != before


@pytest.mark.parametrize(
    ("code", "rule", "message"),
    [
        (TO_TEN, "{policy: own, file: mine.py, name: Other}", "a class with a method order"),
        (
            TO_TEN,
            "{policy: own, file: mine.py, name: ToTen, parameters: {depth: 1}}",
            "parameters that the class takes",
        ),
        (
            "class Wrong:\n  def order(self, review): return -1 - 0 * review.position",
            "{policy: own, file: mine.py, name: Wrong}",
            "≥ 0",
        ),
        (
            "class Wrong:\n  def order(self, review): return 0.5 + review.position",
            "{policy: own, file: mine.py, name: Wrong}",
            "whole numbers",
        ),
        ("class", "{policy: own, file: mine.py, name: Wrong}", "a Python file that runs"),
        ("1 / 0", "{policy: own, file: mine.py, name: Wrong}", r"ZeroDivisionError.*mine\.py:1"),
        (
            "class Wrong:\n  def order(self, review): return review.nothing",
            "{policy: own, file: mine.py, name: Wrong}",
            r"AttributeError.*mine\.py:2",
        ),
    ],
    ids=["no such class", "wrong parameters", "negative", "fractions", "syntax", "raises when read", "raises"],
)
def test_a_users_own_class_that_cannot_order_is_refused(written, code, rule, message):
    with pytest.raises(Refusal, match=message):
        Chain(load(written(code, rule), allow_code=True)).play()


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ("{policy: s_S, s: 10, S: 10}", "replenishment.stores"),
        ("{policy: r_Q, r: 4, Q: -6}", "replenishment.stores.Q"),
        ("{policy: by_class, classes: {Z: {policy: none}}}", "replenishment.stores.classes.Z"),
        ("{policy: forecast, fill_rate: 1.2}", "replenishment.stores.fill_rate"),
        ("{policy: forecast}", "replenishment.stores"),
        ("{policy: own, file: nobody.py, name: X}", "replenishment.stores.file"),
    ],
)
def test_a_wrong_parameter_is_refused_with_its_path(written, rule, field):
    with pytest.raises(Refusal) as refusal:
        load(written(TO_TEN, rule))
    assert field in str(refusal.value)


def test_forecasts_serve_better_from_less_stock(small):
    """Where weekends are strong, a forecast of each weekday keeps its fill rate with fewer goods than a level that suits the mean day."""
    stocked = {
        "days": 28,
        "warmup_days": 14,
        **QUIET,
        "traffic": {"weekday_factors": [0.7, 0.7, 0.7, 0.8, 1.0, 1.6, 1.5]},
        "skus": {"pack": 1},
        "opening_stock": {"warehouse_days": 90},
    }

    def played(rule):
        outcome = Chain(small(**stocked, replenishment={"stores": rule, "warehouses": {"policy": "none"}})).play()
        daily = outcome.daily.to_pandas()
        stores = daily[(daily["location"] < 4) & (daily["day"] >= 14)]
        return 1 - stores["short_units"].sum() / stores["demanded_units"].sum(), stores["on_hand_value"].sum()

    level_fill, level_stock = played({"policy": "base_stock", "days": 3.5})
    fill, stock = played({"policy": "forecast", "fill_rate": 0.97})
    assert fill > max(level_fill, 0.97)
    assert stock < 0.9 * level_stock


def test_a_forecast_from_outside_is_played(tmp_path, written):
    """A table that expects nothing orders nothing; one that expects 50 of a SKU on each day orders it."""
    path = written(TO_TEN, "{policy: days_of_cover, days: 2}")
    path.with_name("f.csv").write_text(
        "location,sku,day,units\nE1,SKU-00003,0,50\nE1,SKU-00003,1,50\nE1,SKU-00003,2,50\n"
    )
    chain = Chain(
        load(
            path,
            [
                f"replenishment.forecast={{table: {path.with_name('f.csv')}}}",
                "opening_stock={store_days: 0.1, store_least_units: 0}",
            ],
        )
    )
    chain.begin(0)
    chain.env.run(until=DAY_S - 1)
    ordered = chain.ledger.on_order[chain.network.stores]
    assert np.flatnonzero(ordered.any(axis=0)).tolist() == [2]
    assert ordered[0, 2] >= 80


def test_a_table_with_an_unknown_location_is_refused_by_its_row(written):
    path = written(TO_TEN, "{policy: days_of_cover, days: 2}")
    path.with_name("f.csv").write_text("location,sku,day,units\nE9,SKU-00003,0,50\n")
    with pytest.raises(Refusal, match="row 2, column location"):
        Chain(load(path, [f"replenishment.forecast={{table: {path.with_name('f.csv')}}}"]))


def test_a_live_stream_in_the_calendar_is_ordered_for(small):
    """A SKU that a stream will sell tomorrow is expected at a multiple of its usual demand, others are not."""
    stream = {
        "name": "live",
        "at": "2026-03-04T12:00",
        "duration_minutes": 480,
        "channel": "store",
        "factor": 3.0,
        "skus": ["SKU-00030"],
        "sku_share": 0.5,
    }
    chain = Chain(
        small(days=5, traffic={"spikes": [stream]}, replenishment={"stores": {"policy": "days_of_cover", "days": 4}})
    )
    lift = chain.replenishment.outlook.lift.over(0, 4, np.array([0]))[:, 0]
    sheets = [chain.traffic.day(0, store, 2) for store in chain.network.stores]
    demand = sum(np.bincount(sheet.line_sku, weights=sheet.line_units, minlength=40) for sheet in sheets)
    assert lift[0] == pytest.approx(1)
    assert lift[2, 29] > 5
    usual = chain.traffic.mean_demand.sum(axis=0)
    assert demand[29] / usual[29] == pytest.approx(lift[2, 29], rel=0.35)
