"""A run from a given state: what is on hand, on record, promised, on order and close to its expiry on the first morning."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.chain.chain import Chain
from sim.clock import DAY_S, HOUR_S
from sim.records.refusal import Refusal
from sim.scenario.references import misses
from sim.traffic.day_sheet import OnlineSheet, Traffic

START = date(2026, 3, 2)
QUIET = {
    "days": 6,
    "online": {"orders_per_day": 0},
    "accuracy": {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None},
    "replenishment": {"stores": {"policy": "none"}, "warehouses": {"policy": "none"}},
    "transfers": {"warehouses": False},
    "trading": {"return_share": 0},
}
WE, E1 = 4, 0
"""Numbers of locations in the small chain."""
ENGINES = ("compiled", "simpy")


def row(location="E1", sku="SKU-00001", **fields):
    return {"location": location, "sku": sku, **fields}


def day(number: int) -> str:
    return (START + timedelta(days=number)).isoformat()


def counted(outcome, name: str, location: str = "E1") -> list[float]:
    table = outcome.daily.to_pandas()
    return table[table.location_code == location][name].tolist()


@pytest.fixture(params=ENGINES)
def steady(request, small, visit, sheet, monkeypatch):
    """Plays the small chain from rows of opening stock while customers come to E1, one every ten minutes from ten o'clock on, for
    a unit of the first SKU each, and none elsewhere."""

    def play(rows, wanted=10, **changes):
        def visits(traffic, replication, store, day):
            arrivals = range(wanted if store == E1 else 0)
            made = sheet([visit(day * DAY_S + 10 * HOUR_S + 600 * n, wants=((0, 1),)) for n in arrivals], day)
            return made if store == E1 else made.__class__(**{**made.__dict__, "store": store})

        monkeypatch.setattr(Traffic, "day", visits)
        monkeypatch.setattr(Traffic, "mean_demand", np.full((4, 40), 10.0))
        monkeypatch.setattr(Traffic, "mean_online_demand", np.zeros(40))
        chain = Chain(small(**QUIET | {"engine": request.param} | changes, opening_stock=rows))
        return chain, chain.play()

    return play


def test_the_first_day_without_stock_is_the_one_that_pencil_and_paper_find(steady):
    """35 units less 5 promised last three days; 20 on order come on the second morning and last two more."""
    _, outcome = steady([row(units=35, promised=5, on_order=20, arrives=day(1))])
    assert counted(outcome, "lost_units") == [0, 0, 0, 0, 0, 10]
    _, late = steady([row(units=35, promised=5, on_order=20, arrives=day(4))])
    assert counted(late, "lost_units") == [0, 0, 0, 10, 0, 0]
    assert counted(late, "stockout_sku_days") == [0, 0, 1, 1, 0, 1]


def test_a_promised_unit_is_no_walk_ins_and_is_handed_over_when_the_location_first_opens(steady):
    chain, outcome = steady([row(units=14, promised=8)], days=1)
    assert counted(outcome, "lost_units") == [4]
    assert counted(outcome, "sold_units") == [8 + 6]
    hours = outcome.hourly.to_pandas()
    sold = hours[hours.location_code == "E1"].set_index("hour").sold_units
    assert (sold[9], sold[10]) == (8, 6), "doors open at nine, and the first customer comes at ten"
    assert counted(outcome, "demanded_units") == [10], "promised units were demanded before the run"
    assert chain.ledger.owed.sum() == 0


def test_what_is_promised_beyond_stock_is_the_first_to_get_the_goods_that_come(steady):
    """3 of 8 promised are there; 12 come on the second day at ten, are unloaded in half an hour, and on the shelf at eleven."""
    _, outcome = steady([row(units=3, promised=8, on_order=12, arrives=f"{day(1)} 10:00")], days=2)
    assert counted(outcome, "sold_units") == [3, 5 + 4]
    assert counted(outcome, "on_hand_units") == [0, 3]


def test_a_promise_at_a_warehouse_is_kept_from_its_stores_orders(steady):
    rows = [row(units=0), row("WE", units=40, promised=30)]
    daily = {"stores": {"policy": "base_stock", "units": 25, "at": "08:00"}, "warehouses": {"policy": "none"}}
    _, outcome = steady(rows, days=2, replenishment=daily)
    assert counted(outcome, "sold_units", "WE") == [30, 0]
    assert counted(outcome, "units_out", "WE") == [8, 0], "packs of four of the ten that are not promised"


def test_the_first_review_counts_what_is_on_order_and_what_is_promised(steady):
    rows = [row(units=30, promised=10, on_order=20, arrives=day(5)), row("WE", units=500)]
    daily = {"stores": {"policy": "base_stock", "units": 100, "at": "08:00"}, "warehouses": {"policy": "none"}}
    _, outcome = steady(rows, days=1, replenishment=daily)
    assert counted(outcome, "ordered_units") == [100 - (30 - 10 + 20)]


@pytest.mark.parametrize(("origin", "units_in", "received"), [(None, 20, 0), ("WE", 20, 0), ("FAST", 0, 20)])
def test_what_another_location_has_sent_is_no_longer_on_hand_there(steady, origin, units_in, received):
    rows = [row(units=0, on_order=20, arrives=day(2), origin=origin), row("WE", units=50)]
    chain, outcome = steady(rows, days=3, wanted=0)
    assert counted(outcome, "units_in") == [0, 0, units_in]
    assert counted(outcome, "received_units") == [0, 0, received]
    assert chain.ledger.physical[WE, 0] == 50
    assert chain.ledger.physical[E1, 0] == 20


def test_goods_on_order_without_a_day_come_after_a_lead_time_from_the_start(steady):
    rows = [row(units=0, on_order=4), row("WE", units=0, on_order=8), row("WE", sku="SKU-00002", units=0, on_order=8)]
    _, outcome = steady(rows, wanted=0)
    assert counted(outcome, "units_in") == [0, 4, 0, 0, 0, 0], "a day over the lane"
    assert counted(outcome, "received_units", "WE") == [0, 8, 0, 8, 0, 0], "a day from FAST, three from SLOW, all of it"


def test_the_lead_times_that_planners_see_are_not_those_of_goods_ordered_before_the_run(steady):
    chain, _ = steady([row("WE", units=0, on_order=8, arrives=day(5))], wanted=0)
    assert chain.replenishment.supplies.lead_times[0][WE, 0] == 1.0


def test_goods_that_come_after_the_run_are_on_order_to_its_end(steady):
    chain, _ = steady([row(units=5, on_order=7, arrives=day(30))], wanted=0)
    assert chain.ledger.on_order[E1, 0] == chain.ledger.in_transit[E1, 0] == 7


def test_further_orders_of_a_sku_are_further_rows(steady):
    rows = [
        row(units=1),
        row(on_order=4, arrives=day(1)),
        row(on_order=4, arrives=day(1)),
        row(on_order=6, arrives=day(3)),
    ]
    chain, outcome = steady(rows, wanted=0)
    assert counted(outcome, "units_in") == [0, 8, 0, 6, 0, 0]
    assert chain.setting.carried[E1].sum() == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_lots_are_written_off_at_the_end_of_the_day_on_which_they_expire_oldest_first_out(small, engine):
    skus = [{"code": "MILK", "price": 10, "unit_cost": 6, "shelf_life_days": 4}]
    lots = [("E1", 3, day(0)), ("E1", 5, day(2)), ("E1", 7, day(4)), ("E1", 9, None), ("E2", 2, day(9))]
    rows = [row(at, "MILK", units=units, expires=last) for at, units, last in lots[:-1]]
    nowhere = [{**store.model_dump(), "customers_per_day": 0} for store in small().stores]
    scenario = small(**QUIET | {"engine": engine}, skus=skus, stores=nowhere, opening_stock=rows)
    assert counted(Chain(scenario).play(), "written_off_units") == [3, 0, 5, 0, 16, 0], (
        "what has no day of its own came today"
    )


def test_an_expiry_that_no_shelf_life_gives_is_refused_unless_the_run_ends_before(small):
    def of(life, last, days=6):
        skus = [{"code": "MILK", "price": 10, "unit_cost": 6, "shelf_life_days": life}]
        return Chain(small(**QUIET | {"days": days}, skus=skus, opening_stock=[row(sku="MILK", units=1, expires=last)]))

    for life, last, found in (
        (2, day(3), "at most 2 days after the start, its shelf life"),
        (None, day(3), "no day, as"),
    ):
        with pytest.raises(Refusal, match=f"opening_stock.0.expires: expected {found}"):
            of(life, last)
        of(life, last, days=2)
    of(None, day(300))


def test_a_book_unlike_the_shelf_is_what_planners_order_by_until_it_is_counted(steady):
    rows = [row(units=4, book=24), row("WE", units=100)]
    daily = {"stores": {"policy": "base_stock", "units": 24, "at": "08:00"}, "warehouses": {"policy": "none"}}
    chain, outcome = steady(rows, days=1, wanted=0, replenishment=daily)
    assert counted(outcome, "ordered_units") == [0]
    assert counted(outcome, "book_gap_units") == [20]
    assert chain.ledger.physical[E1, 0] == 4


def test_units_are_conserved_from_the_opening_state_to_the_closing_one(small):
    """On hand and on order at the start, and what comes back = sold + written off + shrunk + on hand and on order at the end."""

    few = [{**store.model_dump(), "customers_per_day": 12} for store in small().stores]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.fixed_dictionaries(
                {
                    "location": st.sampled_from(["E1", "S2", "WE", "WS"]),
                    "sku": st.sampled_from(["A", "B", "C"]),
                    "units": st.integers(0, 60),
                    "promised": st.integers(0, 30),
                    "on_order": st.integers(0, 30),
                },
                optional={
                    "arrives": st.sampled_from([day(0), f"{day(0)} 13:20", day(2), day(9)]),
                    "origin": st.sampled_from(["FAST", "SLOW"]),
                    "expires": st.sampled_from([day(0), day(1), day(3)]),
                    "book": st.integers(-5, 60),
                },
            ),
            unique_by=lambda one: (one["location"], one["sku"], one.get("expires")),
            max_size=12,
        ),
        st.sampled_from(["lost", "backordered", "substituted"]),
    )
    def conserved(rows, unmet):
        skus = [
            {"code": code, "price": 5, "unit_cost": 3, "pack": 2, "shelf_life_days": life, "group": "g"}
            for code, life in (("A", 3), ("B", 5), ("C", 4))
        ]
        changes = {
            "days": 4,
            "stores": few,
            "skus": skus,
            "opening_stock": rows,
            "trading": {"unmet": unmet, "return_share": 0.2, "return_after_days": 1},
            "accuracy": {"shrinkage_share": 0.05, "misscan_share": 0.05, "count_every_days": 2},
            "online": {"orders_per_day": 9, "browse_per_order": 0},
        }
        chains = [Chain(small(**QUIET | changes, engine=engine)) for engine in ENGINES]
        first, second = (chain.play() for chain in chains)
        assert first.daily.equals(second.daily)
        assert first.hourly.equals(second.hourly)
        ledger = chains[0].ledger
        began = sum(one["units"] + one["on_order"] for one in rows)
        ended = ledger.physical.sum() + ledger.on_order.sum()
        assert began + ledger.returned.sum() == (ledger.sold + ledger.shrunk + ledger.written_off).sum() + ended
        assert (ledger.on_order >= ledger.in_transit).all()

    conserved()


# Rows that do not fit


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (
            [row(units=1, as_of="2026-03-03")],
            "opening_stock.0.as_of: expected 2026-03-02, the scenario's first day, or",
        ),
        (
            [row(units=1, as_of="2026-02-28")],
            "opening_stock.0.as_of: expected 2026-03-02, the scenario's first day, or",
        ),
        (
            [row(units=1, on_order=2, arrives="2026-03-01")],
            "opening_stock.0.arrives: expected a day from 2026-03-02 on, or",
        ),
        (
            [row(units=1, on_order=2, origin="NOWHERE")],
            "opening_stock.0.origin: expected the code of a location or supplier",
        ),
        ([row(units=1, on_order=2, origin="E1")], "opening_stock.0.origin: expected another place than E1"),
        ([row(units=1, on_order=2, origin="E2")], "opening_stock.0.arrives: expected a day, as no lane from E2 to E1"),
        ([row()], "opening_stock.0.units: expected units on hand"),
        ([row(promised=3)], "opening_stock.0.units: expected units on hand"),
        ([row(on_order=3, expires="2026-03-04")], "opening_stock.0.units: expected units on hand"),
        ([row(units=1, expires="2026-03-01")], "opening_stock.0.expires: expected a day from 2026-03-02 on"),
        ([row(units=1), row(units=2)], "opening_stock.1.sku: expected each SKU once at E1"),
        (
            [row(units=1, expires="2026-03-04"), row(units=2, expires="2026-03-04")],
            "opening_stock.1.sku: expected each SKU once at E1 and 2026-03-04",
        ),
    ],
)
def test_a_row_that_does_not_fit_is_refused_in_one_line(small, rows, found):
    miss = next(misses(small(opening_stock=rows)))
    assert f"{'.'.join(map(str, miss.path))}: expected {miss.expected}".startswith(found)


# Prices


@pytest.mark.parametrize("engine", ENGINES)
def test_a_price_holds_for_sales_losses_and_stock_from_its_day_on(small, visit, sheet, monkeypatch, engine):
    """Ten units a day of the first SKU are wanted at E1, and two online; eight units a day are there from WE."""
    monkeypatch.setattr(Traffic, "mean_demand", np.full((4, 40), 10.0))
    monkeypatch.setattr(Traffic, "mean_online_demand", np.zeros(40))

    def visits(traffic, replication, store, day):
        made = sheet([visit(day * DAY_S + 10 * HOUR_S, wants=((0, 10),))] if store == E1 else [], day)
        return made.__class__(**{**made.__dict__, "store": store})

    def orders(traffic, replication, day):
        one = {
            "line_sku": np.zeros(1, np.int32),
            "line_units": np.full(1, 2, np.int32),
            "region": np.zeros(1, np.int32),
        }
        return OnlineSheet(
            day=day,
            placed_s=np.array([day * DAY_S + 10 * HOUR_S]),
            line_start=np.array([0, 1]),
            pick_u=np.full(1, 0.5),
            delivery_u=np.full(1, 0.5),
            browse_s=np.empty(0),
            browse_sku=np.empty(0, np.int32),
            key=0,
            **one,
        )

    monkeypatch.setattr(Traffic, "day", visits)
    monkeypatch.setattr(Traffic, "online", orders)
    prices = [
        {"sku": "SKU-00001", "price": 9, "unit_cost": 4},
        {"sku": "SKU-00001", "price": 7, "from": day(-20)},
        {"sku": "SKU-00001", "price": 8, "unit_cost": 3, "from": day(-5)},
        {"sku": "SKU-00001", "price": 6, "from": day(1)},
        {"sku": "SKU-00001", "price": 10, "unit_cost": 5, "from": day(2)},
    ]
    rows = [row(units=8), row(on_order=8, arrives=day(1)), row(on_order=8, arrives=day(2)), row("WE", units=100)]
    noon = {"first": datetime(2026, 3, 3, 12), "last": datetime(2026, 3, 3, 13)}
    online = {"from_stores": False, "batch_minutes": 10}
    scenario = small(
        **QUIET | {"days": 3, "engine": engine, "online": online}, opening_stock=rows, prices=prices, trace=noon
    )
    outcome = Chain(scenario).play()
    assert counted(outcome, "sales_value") == [8 * 8, 8 * 6, 8 * 10]
    assert counted(outcome, "sales_value", "WE") == [2 * 8, 2 * 6, 2 * 10]
    assert counted(outcome, "lost_value") == [2 * 8, 2 * 6, 2 * 10]
    assert counted(outcome, "on_hand_value", "WE") == [98 * 3, 96 * 3, 94 * 5]
    shown = outcome.catalogue.to_pandas().set_index(["location_code", "sku_code"])
    assert shown.at[("E1", "SKU-00001"), "price"] == 6, "the price of the day on which the trace begins"
    assert shown.at[("E1", "SKU-00002"), "price"] == Chain(scenario).assortment.price[1]


def test_promised_units_are_sold_at_the_price_of_the_day_of_their_hand_over(steady):
    prices = [{"sku": "SKU-00001", "price": 8}, {"sku": "SKU-00001", "price": 5, "from": day(1)}]
    _, outcome = steady([row(units=2, promised=5, on_order=9, arrives=day(1))], days=2, wanted=0, prices=prices)
    assert counted(outcome, "sales_value") == [2 * 8, 3 * 5]


def test_a_newsvendor_reckons_with_the_prices_of_the_day(small):
    """At a price of its cost a unit left over loses and a unit sold gains nothing."""
    orders = {"stores": {"policy": "newsvendor"}, "warehouses": {"policy": "none"}}
    prices = [{"sku": f"SKU-{n:05d}", "price": 1, "unit_cost": 1, "from": day(2)} for n in range(1, 41)]
    table = {"store_days": 0, "store_least_units": 0, "warehouse_days": 90}
    outcome = Chain(small(**QUIET | {"replenishment": orders, "days": 4}, opening_stock=table, prices=prices)).play()
    bought = counted(outcome, "ordered_units")
    assert bought[1] > 0
    assert bought[2:] == [0, 0]


def test_two_prices_of_a_sku_from_one_day_on_are_refused(small):
    twice = [{"sku": "SKU-00001", "price": 8, "from": day(1)}] * 2
    assert next(misses(small(prices=twice))).expected == "one price of a SKU from a day on"
    assert next(misses(small(prices=[{"sku": "NONE", "price": 8}]))).path == ("prices", 0, "sku")


# Where a run ends, another goes on


def rows_of(chain):
    """The closing stock as a table is read: a cell without a value is left out."""
    records = chain.closing_stock().to_dict("records")
    return [{name: value for name, value in one.items() if not pd.isna(value)} for one in records]


@pytest.mark.parametrize("at", ["12:00", None], ids=["orders at noon", "orders at closing"])
@pytest.mark.parametrize("split", [1, 3, 5])
def test_a_run_in_two_parts_is_the_run_in_one(steady, at, split):
    """Goods on their way, orders that wait for the warehouse to open, lots, promises and wrong records at the midnight between the parts."""
    store = {"policy": "s_S", "s": 12, "S": 31, "at": at}
    daily = {"stores": store, "warehouses": {"policy": "base_stock", "units": 60, "at": at}, "pick_s_per_line": 0}
    goods = {"price": 5, "unit_cost": 3, "pack": 4, "supplier": "FAST"}
    skus = [{"code": "A", **goods, "shelf_life_days": 3}, *({"code": f"S{n}", **goods} for n in range(39))]
    changes = {"skus": skus, "replenishment": daily, "online": {"orders_per_day": 0}}
    rows = [
        row(sku="A", units=30, book=33),
        row("E2", "A", units=9, expires=day(1)),
        row("WE", "A", units=40, promised=50),
    ]
    columns = (
        "sold_units",
        "lost_units",
        "on_hand_units",
        "units_in",
        "received_units",
        "written_off_units",
        "book_gap_units",
    )

    def played(scenario_rows, days, start):
        chain, outcome = steady(scenario_rows, days=days, start=start, **changes)
        table = outcome.daily.to_pandas()
        return chain, table.set_index(["day", "location_code"])[list(columns)]

    _, whole = played(rows, 9, START)
    first_chain, first = played(rows, split, START)
    _, second = played(rows_of(first_chain), 9 - split, START + timedelta(days=split))
    later = whole.reset_index().query("day >= @split").drop(columns="day").reset_index(drop=True)
    pd.testing.assert_frame_equal(second.reset_index().drop(columns="day"), later)
    assert first.sold_units.sum() + second.sold_units.sum() == whole.sold_units.sum()
    assert whole.written_off_units.sum() > 0
    assert whole.units_in.sum() > 0


def test_closing_stock_leaves_no_unit_out(small):
    """On hand, and under way from another location, at the end are on hand and on order in the table."""
    daily = {"stores": {"policy": "base_stock", "days": 4}, "warehouses": {"policy": "base_stock", "days": 6}}
    life = [{"code": "FAST", "lead_time_days": 1, "shelf_life_days": 5}, {"code": "SLOW", "lead_time_days": 3}]
    changes = {
        "days": 5,
        "suppliers": life,
        "replenishment": daily,
        "transfers": {"stores": True, "surplus_days": 3, "deficit_days": 2},
    }
    for engine in ENGINES:
        chain = Chain(small(engine=engine, **changes))
        chain.play()
        table, ledger = chain.closing_stock(), chain.ledger
        inside = table[table.origin.isin(chain.network.codes)]
        assert table.units.sum() + inside.on_order.sum() == ledger.physical.sum() + ledger.in_transit.sum()
        assert inside.on_order.sum() > 0
        assert table.promised.sum() > 0, "online orders that are being picked"
        assert table.expires.notna().any()
        again = Chain(small(**changes | {"start": START + timedelta(days=5)}, opening_stock=rows_of(chain)))
        assert list(misses(again.scenario)) == []
        assert again.ledger.physical.sum() == table.units.sum()
        again.play()
