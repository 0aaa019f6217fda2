"""What befalls goods on their way and with age: shelf lives, returns to warehouse, suppliers' terms, trucks, and counts by class."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.chain import Chain
from sim.chain.supply.warehouse import Backlog
from sim.clock import DAY_S

QUIET = {
    "online": {"orders_per_day": 0},
    "accuracy": {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None},
    "transfers": {"warehouses": False},
}
NONE = {"stores": {"policy": "none"}, "warehouses": {"policy": "none"}}


def suppliers(**terms) -> list[dict]:
    return [{"code": "FAST", "lead_time_days": 1, **terms}, {"code": "SLOW", "lead_time_days": 3}]


def days(chain):
    """Play day by day, and yield each when it is over."""
    for day in range(chain.scenario.days):
        chain.begin(day)
        chain.env.run(until=(day + 1) * DAY_S)
        chain.end(day)
        yield day
    chain.ledger.check()


def test_only_what_is_older_than_its_life_is_written_off(small):
    """A plain queue of batches, oldest sold first, location by location, throws away the same units."""
    life = 4
    scenario = small(
        days=12,
        **QUIET,
        suppliers=suppliers(shelf_life_days=life),
        trading={"return_share": 0},
        opening_stock={"store_days": 6},
    )
    chain = Chain(scenario)
    perish = np.flatnonzero(chain.assortment.supplier == 0)
    queues = {
        (at, sku): [(0, int(chain.ledger.physical[at, sku]))] for at in range(len(chain.network)) for sku in perish
    }
    came, note = np.zeros_like(chain.ledger.physical), chain.shelf_life.note

    def noted(location, units, day):
        came[location] += units
        note(location, units, day)

    chain.shelf_life.note = noted
    before = chain.ledger.written_off.copy()
    for day in days(chain):
        gone = chain.ledger.written_off - before
        before = chain.ledger.written_off.copy()
        for (at, sku), queue in queues.items():
            queue.append((day, int(came[at, sku])))
            out = sum(units for _, units in queue) - int(chain.ledger.physical[at, sku] + gone[at, sku])
            left = []
            for arrived, units in queue:
                sold = min(units, out)
                out -= sold
                left.append((arrived, units - sold))
            assert sum(units for arrived, units in left if day - arrived >= life) == gone[at, sku]
            queue[:] = [(arrived, units) for arrived, units in left if day - arrived < life]
        came[:] = 0
    assert before[:, perish].sum() > 0
    assert before.sum() == before[:, perish].sum() == chain.tally.daily["written_off_units"].sum()


def test_slow_stock_goes_back_to_its_warehouse(small):
    stocked = {"store_days": 60, "warehouse_days": 1}
    send_back = {"above_days": 20, "every_days": 2}
    chain = Chain(small(days=5, **QUIET, opening_stock=stocked, replenishment={**NONE, "send_back": send_back}))
    for _ in days(chain):
        pass
    stores = slice(0, 4)
    assert chain.tally.daily["sent_back_units"][stores].sum() > 0
    most = np.ceil(20 * chain.mean_demand[stores]) + chain.assortment.pack
    assert (chain.ledger.physical[stores] <= most).all()
    assert not chain.ledger.on_order[stores].any()


def test_a_supplier_refuses_small_orders_and_the_warehouse_asks_again(small):
    daily = {"stores": {"policy": "none"}, "warehouses": {"policy": "base_stock", "days": 40}}
    chain = Chain(small(days=3, **QUIET, replenishment=daily, suppliers=suppliers(minimum_order=1e9)))
    for _ in days(chain):
        pass
    came = chain.ledger.on_order + chain.ledger.received
    assert came[:, chain.assortment.supplier == 0].sum() == 0
    assert came[:, chain.assortment.supplier == 1].sum() > 0


def test_a_supplier_takes_orders_on_its_days(small):
    """Ordered on a Monday evening, taken on Thursday, there on Friday."""
    daily = {"stores": {"policy": "none"}, "warehouses": {"policy": "base_stock", "days": 40}}
    chain = Chain(small(days=6, **QUIET, replenishment=daily, suppliers=suppliers(order_weekdays=[4])))
    of_fast = chain.assortment.supplier == 0
    came = [int(chain.ledger.received[:, of_fast].sum()) for _ in days(chain)]
    assert came[:4] == [0, 0, 0, 0]
    assert came[4] > 0


def test_nothing_leaves_a_supplier_while_it_is_disrupted(small):
    """Ten disruptions a day, each of 50 days: it sends until the first begins, and never again."""
    daily = {"stores": {"policy": "none"}, "warehouses": {"policy": "base_stock", "days": 40}}
    often = {"disruptions_per_year": 3650, "disruption_days": 50}
    chain = Chain(small(days=6, **QUIET, replenishment=daily, suppliers=suppliers(**often)))
    of_fast = chain.assortment.supplier == 0
    for _ in days(chain):
        pass
    assert chain.ledger.received[:, of_fast].sum() == 0
    assert chain.ledger.on_order[:, of_fast].sum() > 0
    assert chain.ledger.received[:, ~of_fast].sum() > 0


def until_thursday(small, kind, **places):
    """Played from Monday, when all order at closing, with a fault from the first midnight until Thursday's."""
    fault = {"kind": kind, "at": small().start.isoformat(), "minutes": 3 * 1_440, **places}
    daily = {"stores": {"policy": "base_stock", "days": 40}, "warehouses": {"policy": "base_stock", "days": 40}}
    chain = Chain(small(days=6, **QUIET, replenishment=daily, faults=[fault], opening_stock={"warehouse_days": 40}))
    came = {code: [] for code in chain.network.codes}
    for day in days(chain):
        for at, code in enumerate(chain.network.codes):
            came[code].append(int(chain.tally.daily["units_in"][at, day]))
    return came


def first(units):
    """The first day on which something came, Monday 0."""
    return next((day for day, came in enumerate(units) if came), None)


def test_a_supplier_that_is_stopped_sends_when_the_fault_ends(small):
    """Ordered on Monday evening, sent on Thursday at midnight, there on Friday a day later."""
    daily = {"stores": {"policy": "none"}, "warehouses": {"policy": "base_stock", "days": 40}}
    fault = {"kind": "supplier_stop", "at": small().start.isoformat(), "minutes": 3 * 1_440, "suppliers": ["FAST"]}
    chain = Chain(small(days=6, **QUIET, replenishment=daily, suppliers=suppliers(), faults=[fault]))
    of_fast = chain.assortment.supplier == 0
    came = [int(chain.ledger.received[:, of_fast].sum()) for _ in days(chain)]
    assert came[:4] == [0, 0, 0, 0]
    assert came[4] > 0


def test_what_would_leave_on_a_closed_lane_sets_off_when_it_opens(small):
    """Picked on Tuesday; on the open lane there on Wednesday, on the closed one on Friday."""
    came = until_thursday(small, "lane_closed", lanes=[{"origin": "WE", "destination": "E1"}])
    assert (first(came["E1"]), first(came["E2"]), first(came["S1"])) == (4, 2, 2)


def test_a_warehouse_that_is_stopped_picks_when_the_fault_ends(small):
    """Picked on Thursday in place of Tuesday; the other warehouse goes on."""
    came = until_thursday(small, "warehouse_stop", warehouses=["WE"])
    assert (first(came["E1"]), first(came["E2"]), first(came["S1"])) == (4, 4, 2)


def test_a_truck_carries_what_it_can(small):
    def lane(origin, destination, **more):
        return {"origin": origin, "destination": destination, "lead_time_days": 1, **more}

    lanes = [lane("WE", "E1", truck_kg=15), lane("WE", "E2"), lane("WS", "S1"), lane("WS", "S2")]
    chain = Chain(small(days=4, **QUIET, lanes=lanes, opening_stock={"store_days": 1}))
    loads, send = [], chain.freight.send

    def weighed(goods):
        send(goods)
        loads.extend(zip(goods.to.tolist(), chain.freight.weigh(goods.units).tolist(), strict=True))

    chain.freight.send = weighed
    for _ in days(chain):
        pass
    assert 0 < max(kg for to, kg in loads if to == 0) <= 15
    assert max(kg for to, kg in loads if to == 1) > 15


@pytest.mark.parametrize("weekdays", [range(1, 8), [2, 5]])
def test_counts_follow_class_and_calendar(small, weekdays):
    """A every week, C every four: in eight weeks each of six locations counts its A eight times and its C twice.

    On a calendar of two days a week, what falls due at the end of the last week waits for the next one.
    """
    said = {"count_every_days": None, "count_classes": {"A": 7, "C": 28}, "count_weekdays": list(weekdays)}
    chain = Chain(small(days=56, **{**QUIET, "accuracy": said}))
    counted, count, today = [], chain.ledger.count, 0

    def noted(location, skus):
        (name,) = set(chain.sku_class[skus].tolist())
        counted.append((today % 7 + 1, location, name))
        return count(location, skus)

    chain.ledger.count = noted
    for today in range(56):
        chain.accuracy.end(today, today * DAY_S)
    assert {weekday for weekday, _, _ in counted} <= set(weekdays)
    for location in range(6):
        names = [name for _, at, name in counted if at == location]
        late = 0 if len(weekdays) == 7 else 1
        assert 8 - late <= names.count("A") <= 8
        assert 2 - late <= names.count("C") <= 2


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 9)), max_size=12), st.integers(0, 30))
def test_a_backlog_serves_the_oldest_order_first(orders, have):
    backlog, left, expected = Backlog(2), have, []
    for at, (store, first, second) in enumerate(orders):
        backlog.add(store, float(at), np.array([first, second]))
        given_out = min(first, left)
        left -= given_out
        if given_out:
            expected.append((store, float(at), given_out))
    served = backlog.fill(np.array([have, 0]))
    assert [(store, at, int(units[0])) for store, at, units in served] == expected
    assert backlog.units.tolist() == [sum(o[1] for o in orders) - (have - left), sum(o[2] for o in orders)]


def test_a_warehouse_keeps_what_it_cannot_fill(small):
    """Stores ask once for more than there is; what the supplier then brings goes to them without their asking again."""
    once = {
        "stores": {"policy": "base_stock", "days": 20, "weekdays": [1]},
        "warehouses": {"policy": "base_stock", "days": 30},
    }
    common = {"days": 6, **QUIET, "opening_stock": {"store_days": 2, "warehouse_days": 2}}
    came = {}
    for unfilled in ("kept", "forgotten"):
        chain = Chain(small(**common, replenishment={**once, "unfilled": unfilled}))
        for _ in days(chain):
            pass
        came[unfilled] = chain.tally.daily["units_in"][:4].sum(axis=0)
    assert came["kept"][4:].sum() > 0
    assert came["forgotten"][4:].sum() == 0
