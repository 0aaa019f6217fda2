"""The compiled engine against the SimPy engine: equal on every customer and every line, and on what they leave in the ledger."""

import math
from dataclasses import astuple, fields

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.compiled import CompiledEngine
from sim.chain.system import Answer, Answers
from sim.chain.visits import SimpyEngine
from sim.stock.ledger import StockLedger

# Quarters of a second over half a minute: most instants are shared by several events.
instants = st.integers(0, 120).map(lambda quarters: quarters / 4)
durations = st.integers(0, 24).map(lambda quarters: quarters / 4)
baskets = st.dictionaries(st.integers(0, 3), st.integers(1, 3), max_size=3).map(
    lambda lines: tuple(sorted(lines.items()))
)
customers = st.lists(
    st.fixed_dictionaries(
        {
            "arrives": instants,
            "service": durations,
            "shops": st.sampled_from([0.0, 0.25, 3.0]),
            "patience": st.one_of(st.just(math.inf), durations),
            "wants": baskets,
            "per_unit": st.sampled_from([0.0, 0.5, 0.3]),
            "per_sku": st.sampled_from([0.0, 0.75]),
            "channel": st.integers(0, 2),
            "pays": st.sampled_from([(0.0, 0.0, 0.0), (1.0, 0.5, 2.0)]),
            "has_cash": st.booleans(),
            "self_checkout_u": st.sampled_from([0.25, 0.75]),
        }
    ),
    max_size=16,
)
stores = st.fixed_dictionaries(
    {
        "tills": st.integers(0, 3),
        "self_checkouts": st.integers(0, 2),
        "stock": st.tuples(*[st.integers(0, 9)] * 4),
        "line_per_till": st.booleans(),
        "line_limit": st.sampled_from([-1, 0, 1, 3]),
        "self_checkout_lines": st.integers(0, 3),
        "unmet": st.sampled_from(["lost", "backordered", "substituted"]),
        "substitution_share": st.sampled_from([0.5, 1.0]),
        "attribute_entry": st.booleans(),
        "backups": st.sampled_from([(), (1,), (2, 0)]),
        "cash": st.sampled_from([-1, 2]),
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


def regimes(positions):
    """Changes with some of: doors, shifts, device failures, power, reach of the system, payment channels."""
    differences = st.fixed_dictionaries(
        {},
        optional={
            "doors": st.booleans(),
            "working": st.booleans(),
            "online": st.booleans(),
            "channels": st.tuples(*[st.booleans()] * 3),
            "factors": st.tuples(*[st.sampled_from([1.0, 1.0, 0.0, 1.3])] * positions),
            "broken": st.tuples(*[st.sampled_from([False, False, True])] * positions),
        },
    )
    changes = st.lists(st.tuples(instants, differences), max_size=8)
    return changes.map(lambda drawn: sorted(drawn, key=lambda change: change[0]))


def answers(n, seed, levels, failing, retry_s):
    """Journeys with some load levels each, whose loads and failures change from cell to cell of the day."""
    draw = np.random.default_rng(seed)
    journeys = []
    for count in levels:
        place = draw.integers(0, 4 * (count - 1) + 1, 288) / 4
        journeys.append(
            Answer(
                latency_s=draw.integers(0, 9, (count, n)) / 4,
                retry_u=draw.random(n),
                level=place.astype(np.int32),
                weight=place - np.floor(place),
                failing=np.where(draw.random(288) < 0.5, failing, 0.0),
            )
        )
    return Answers(0.0, retry_s, tuple(journeys))


def assert_same(one, other):
    for name, a, b in zip([field.name for field in fields(one)], astuple(one), astuple(other), strict=True):
        assert a.dtype == b.dtype, name
        np.testing.assert_array_equal(a, b, err_msg=name)


def assert_same_rows(one: StockLedger, other: StockLedger):
    other.check()
    for name, row in vars(one).items():
        if isinstance(row, np.ndarray):
            np.testing.assert_array_equal(row, getattr(other, name), err_msg=name)


@settings(max_examples=2_000, deadline=None)
@given(data=st.data(), given=stores, customers=customers, service=services)
def test_engines_agree_on_every_customer_line_and_unit(day_of, visit, sheet, data, given, customers, service):
    visits = sheet([visit(**customer) for customer in customers])
    changes = data.draw(regimes(given["tills"] + given["self_checkouts"]))
    end = data.draw(st.sampled_from([86_400.0, 20.0, 7.5]))
    group = np.array([1, 2, 0, 3], dtype=np.int32)
    system = None if service is None else answers(len(visits), **service)
    simpy, compiled = (
        day_of(engine, next_in_group=group, answers=system, checked=False, **given)
        for engine in (SimpyEngine, CompiledEngine)
    )
    changes = [change for change in changes if change[0] < end]
    assert_same(simpy.play(visits, changes, until=end), compiled.play(visits, changes, until=end))
    assert_same_rows(simpy.ledger, compiled.ledger)
