"""The compiled engine against the SimPy engine: equal on every customer and every line, and on what they leave in the ledger."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.store.compiled_engine import CompiledEngine
from sim.chain.store.engine import Filling, Refills, Regime, ReserveRule, Rules
from sim.chain.store.simpy_engine import SimpyEngine
from sim.chain.store.software import Answers
from sim.clock import DAY_S, on_tick
from sim.stock.ledger import StockLedger
from sim.traffic.day_sheet import DaySheet

# Quarters of a second over half a minute: most instants are shared by several events.
QUARTERS = [quarters / 4 for quarters in range(121)]
VISIT = {
    "arrives": QUARTERS,
    "service": QUARTERS[:40],
    "shops": [0.0, 0.25, 3.0],
    "patience": [math.inf, *QUARTERS[:40:2]],
    "wants": [(), ((0, 1),), ((1, 2),), ((2, 3),), ((0, 1), (1, 1)), ((2, 2), (1, 3)), ((3, 1), (0, 2), (1, 1))],
    "per_unit": [0.0, 0.5, 0.3],
    "per_sku": [0.0, 0.75],
    "redo": [0.0, 0.0, 1.5],
    "channel": [0, 1, 2],
    "pays": [(0.0, 0.0, 0.0), (1.0, 0.5, 2.0)],
    "has_cash": [False, True],
    "self_checkout_u": [0.25, 0.75],
    "priority": [False, False, True],
}
instants = st.sampled_from(QUARTERS)


@st.composite
def crowds(draw):
    """Keywords of up to 24 visits, of one class or of two.

    A byte picks each value: drawing them one by one would take most of the time of these tests.
    """
    n = draw(st.integers(0, 24))
    columns = list(VISIT.items())[: len(VISIT) - draw(st.booleans())]
    size = n * len(columns)
    bytes_of = np.frombuffer(draw(st.binary(min_size=size, max_size=size)), dtype=np.uint8).reshape(n, len(columns))
    return [
        {name: values[byte % len(values)] for (name, values), byte in zip(columns, row, strict=True)}
        for row in bytes_of.tolist()
    ]


stores = st.fixed_dictionaries(
    {
        "tills": st.integers(0, 3),
        "self_checkouts": st.integers(0, 2),
        "stock": st.tuples(*[st.sampled_from([0, 2, 9, 30])] * 4),
        "shelved": st.none() | st.tuples(*[st.sampled_from([0, 1, 3])] * 4),
        "line_per_till": st.booleans(),
        "line_limit": st.sampled_from([-1, 0, 1, 3]),
        "self_checkout_lines": st.integers(0, 3),
        "unmet": st.sampled_from(["lost", "backordered", "substituted"]),
        "substitution_share": st.sampled_from([0.5, 1.0]),
        "attribute_entry": st.booleans(),
        "backups": st.sampled_from([(), (1,), (2, 0)]),
        "cash": st.sampled_from([-1, 2]),
        "reserve": st.none()
        | st.builds(
            lambda above, close, opens_s: ReserveRule(above, min(above, close), opens_s),
            st.sampled_from([0.0, 0.5, 1.0, 3.0]),
            st.sampled_from([0.0, 0.0, 1.0, 0.5]),
            st.sampled_from([0.0, 0.0, 0.25, 4.0]),
        ),
    }
)
services = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {
            "seed": st.integers(0, 99),
            "levels": st.lists(st.integers(1, 3), min_size=1, max_size=2),
            "failing": st.sampled_from([0.0, 0.3, 1.0]),
            "retry_s": st.sampled_from([0.0, 0.25, 1.1]),
        }
    ),
)


def regimes(tills, positions, before=math.inf):
    """Changes, with some of: doors, shifts, their reserve, device failures, power, reach of the system, payment channels."""
    differences = st.fixed_dictionaries(
        {},
        optional={
            "doors": st.booleans(),
            "working": st.booleans(),
            "online": st.booleans(),
            "channels": st.tuples(*[st.booleans()] * 3),
            "factors": st.tuples(*[st.sampled_from([1.0, 1.0, 0.0, 1.3])] * positions),
            "broken": st.tuples(*[st.sampled_from([False, False, True])] * positions),
            "clerk_factor": st.sampled_from([1.0, 1.25, 1 / 0.7]),
            "falls_back": st.booleans(),
            "reserve": st.just(()) | st.tuples(*[st.sampled_from([0.0, 1.0, 1.3])] * tills),
        },
    )
    changes = st.lists(st.tuples(instants, differences), max_size=8)
    return changes.map(lambda drawn: sorted((c for c in drawn if c[0] < before), key=lambda change: change[0]))


fillings = st.none() | st.builds(
    lambda lines, fill_at, found: Filling(lines, np.array(fill_at), np.array(found)),
    st.integers(1, 4),
    st.tuples(*[st.sampled_from([0, 1, 9])] * 4),
    st.tuples(*[st.sampled_from([True, True, False])] * 4),
)
back_rooms = st.fixed_dictionaries(
    {
        "refills": st.builds(
            lambda at_s, units, by: Refills(np.array(sorted(at_s), dtype=np.float64), np.array(units), by),
            st.sets(instants, max_size=4),
            st.tuples(*[st.sampled_from([0, 2, 9])] * 4),
            fillings,
        ),
        "coming": st.lists(st.tuples(instants, st.integers(0, 3), st.integers(1, 5)), max_size=4),
    }
)


def answers(n, seed, levels, failing, retry_s):
    """Journeys with some load levels each, whose loads and failures change from cell to cell of the day."""
    draw, cells = np.random.default_rng(seed), (len(levels), 288)
    most = np.array(levels)[:, None] - 1
    place = draw.integers(0, 4 * most + 1, cells) / 4
    return Answers(
        midnight_s=0.0,
        retry_s=retry_s,
        latency_s=draw.integers(0, 9, (sum(levels), n)) / 4,
        retry_u=draw.random((len(levels), n)),
        level=(place + np.cumsum([0, *levels[:-1]])[:, None]).astype(np.int32),
        weight=place % 1,
        failing=np.where(draw.random(cells) < 0.5, failing, 0.0),
    )


def made(day_of, engine, given, visits, service):
    """A `Day` of an engine, with the same system for all."""
    system = None if service is None else answers(len(visits), **service)
    group = np.array([1, 2, 0, 3], dtype=np.int32)
    return day_of(engine, next_in_group=group, answers=system, checked=False, **given)


def assert_same(one, other):
    others = other.columns()
    for name, column in one.columns().items():
        assert column.dtype == others[name].dtype, name
        np.testing.assert_array_equal(column, others[name], err_msg=name)


def assert_same_rows(one: StockLedger, other: StockLedger):
    other.check()
    for name, row in vars(one).items():
        if isinstance(row, np.ndarray):
            np.testing.assert_array_equal(row, getattr(other, name), err_msg=name)


@settings(max_examples=2_000, deadline=None)
@given(
    data=st.data(),
    given=stores,
    back_room=back_rooms,
    customers=crowds(),
    service=services,
    end=st.sampled_from([86_400.0, 20.0, 7.5]),
)
def test_engines_agree_on_every_customer_line_and_unit(
    day_of, visit, sheet, data, given, back_room, customers, service, end
):
    visits = sheet([visit(**customer) for customer in customers])
    changes = data.draw(regimes(given["tills"], given["tills"] + given["self_checkouts"], before=end))
    simpy, compiled = (made(day_of, engine, given, visits, service) for engine in (SimpyEngine, CompiledEngine))
    one, other = (a_day.play(visits, changes, until=end, **back_room) for a_day in (simpy, compiled))
    assert_same(one, other)
    assert_same_rows(simpy.ledger, compiled.ledger)


@settings(max_examples=200, deadline=None)
@given(
    data=st.data(),
    given=stores,
    back_room=back_rooms,
    customers=crowds(),
    service=services,
    seed=st.integers(0, 999),
)
def test_cutting_a_day_into_one_two_or_five_hundred_blocks_changes_nothing(
    day_of, visit, sheet, data, given, back_room, customers, service, seed
):
    visits = sheet([visit(**customer) for customer in customers])
    changes = data.draw(regimes(given["tills"], given["tills"] + given["self_checkouts"]))
    whole, *cut = (made(day_of, CompiledEngine, given, visits, service) for _ in range(3))
    result = whole.play(visits, changes, **back_room)
    for a_day, blocks in zip(cut, (2, 500), strict=True):
        cuts = on_tick(np.random.default_rng(seed).uniform(0, 45, blocks - 1)).tolist()
        assert_same(result, a_day.play(visits, changes, cuts=cuts, **back_room))
        assert_same_rows(whole.ledger, a_day.ledger)


def test_stores_in_parallel_threads_come_to_the_same_as_one_by_one():
    """Eight stores on one ledger, advanced in blocks; the kernel holds no GIL, so they do run at once."""
    stores, skus, customers = 8, 50, 3_000
    draw = np.random.default_rng(5)
    sheets = [busy_sheet(draw, store, customers, skus) for store in range(stores)]

    def play(threads):
        ledger = StockLedger(stores, skus, np.full((stores, skus), 900))
        for store in range(stores):
            ledger.refill(store, ledger.physical[store])
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(lambda sheet: played(ledger, sheet), sheets)), ledger

    (alone, one), (together, other) = play(1), play(4)
    assert {fate for result in alone for fate in result.fate.tolist()} == {0, 1, 4}
    for result, same in zip(alone, together, strict=True):
        assert_same(result, same)
    assert_same_rows(one, other)


def busy_sheet(draw, store, customers, skus):
    arrival_s = on_tick(np.sort(draw.uniform(0, 40_000.0, customers)))
    n, m = customers, 4 * customers
    return DaySheet(
        store=store,
        day=0,
        arrival_s=arrival_s,
        shopping_s=on_tick(draw.exponential(600.0, n)),
        patience_s=on_tick(draw.exponential(200.0, n)),
        line_start=np.arange(0, m + 1, 4),
        line_sku=np.sort(draw.integers(0, skus // 4, (n, 4)) + np.arange(0, skus - skus % 4, skus // 4))
        .reshape(-1)
        .astype("i4"),
        line_units=draw.integers(1, 9, m, dtype=np.int32),
        fixed_s=on_tick(draw.exponential(40.0, n)),
        item_s=np.zeros(n),
        attribute_s=np.zeros(n),
        channel=np.zeros(n, dtype=np.int8),
        pay_s=np.zeros((n, 1)),
        has_cash=np.zeros(n, dtype=np.bool_),
        self_checkout_u=draw.random(n),
        return_s=np.full(n, np.inf),
        customer=np.full(n, -1),
        key=store,
    )


def played(ledger, sheet):
    engine = CompiledEngine(
        Rules(sheet.store, 3, 0, False, -1, 0, "lost", 0.0, np.arange(ledger.n_skus, dtype="i4"), False, (), -1), ledger
    )
    engine.open_day(sheet, Answers.silent(len(sheet)), Regime(True, True, True, (True,), (1.0,) * 3, (False,) * 3))
    for instant in np.linspace(0, DAY_S, 101)[1:].tolist():
        engine.advance(instant)
    return engine.close_day()
