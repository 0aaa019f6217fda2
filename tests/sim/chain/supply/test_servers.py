"""When pickers will be done is reckoned when they are asked; it is what a SimPy resource finds by playing, and what theory says."""

from __future__ import annotations

import math

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from sim.chain.chain import Chain
from sim.chain.supply.servers import Pickers
from sim.clock import DAY_S, HOUR_S, tick

from ..store.test_theory import agrees


def played(number: int, line_s: float, opens_s: float, closes_s: float, asked: list[tuple[float, int]]) -> list[float]:
    """When each of the orders asked for, (instant, lines) in order of time, is picked: one SimPy process an order."""
    env = simpy.Environment()
    pickers, done_s = simpy.Resource(env, number), [math.nan] * len(asked)

    def order(n: int, lines: int):
        with pickers.request() as picker:
            yield picker
            clock = env.now % DAY_S
            if not opens_s <= clock < closes_s:
                yield env.timeout((opens_s - clock) % DAY_S)
            yield env.timeout(tick(lines * line_s))
            done_s[n] = env.now

    def ask():
        for n, (instant, lines) in enumerate(asked):
            yield env.timeout(instant - env.now)
            env.process(order(n, lines))

    env.process(ask())
    env.run()
    return done_s


instants = st.lists(st.integers(0, 3 * 24 * 60).map(lambda minute: 60.0 * minute), min_size=1, max_size=30).map(sorted)


@given(
    number=st.integers(1, 4),
    line_s=st.sampled_from([0.0, 0.7, 60.0, 1000.0]),
    hours=st.lists(st.integers(0, 24), min_size=2, max_size=2, unique=True).map(sorted),
    instants=instants,
    data=st.data(),
)
def test_pickers_are_done_when_a_simpy_resource_says(number, line_s, hours, instants, data):
    opens_s, closes_s = (HOUR_S * hour for hour in hours)
    lines = data.draw(st.lists(st.integers(1, 40), min_size=len(instants), max_size=len(instants)))
    asked = list(zip(instants, lines, strict=True))
    pickers = Pickers(number, line_s, opens_s, closes_s)
    assert [pickers.done_s(*order) for order in asked] == played(number, line_s, opens_s, closes_s, asked)


def test_stores_orders_and_parcels_wait_in_one_line(small, monkeypatch):
    """Every call of a chain that does both, against a resource that serves them all."""
    asked: dict[Pickers, list] = {}
    reckon = Pickers.done_s

    def noted(pickers, now, lines):
        done_s = reckon(pickers, now, lines)
        asked.setdefault(pickers, []).append((now, lines, done_s))
        return done_s

    monkeypatch.setattr(Pickers, "done_s", noted)
    chain = Chain(small(days=4, online={"orders_per_day": 300}, replenishment={"pick_s_per_line": 60}))
    chain.play()
    for warehouse in chain.warehouses:
        calls = asked[warehouse.pickers]
        hours = chain.network.opens_s[warehouse.location], chain.network.closes_s[warehouse.location]
        assert [done_s for *_, done_s in calls] == played(2, 60, *hours, [order for *order, _ in calls])
    counted = chain.tally.by_day()
    assert counted["units_out"][4:].sum() > 0
    assert counted["parcels"][4:].sum() > 0


@pytest.mark.parametrize(
    ("number", "law", "expected_s"), [(1, "constant", 0.5 * 0.9 / 0.1), (8, "exponential", 0.876916)]
)
def test_waits_match_pollaczek_khinchine_and_erlang_c(number, law, expected_s):
    """Load 0.9 of work of one second on average; Erlang C gives the eight pickers 0.876916 s."""
    draw, n, line_s = np.random.default_rng(3), 150_000, 2.0**-14
    asked_s = np.cumsum(draw.exponential(1 / (0.9 * number), n))
    work_s = np.ones(n) if law == "constant" else draw.exponential(1.0, n)
    lines = np.rint(work_s / line_s).astype(np.int64)
    pickers = Pickers(number, line_s, 0.0, DAY_S)
    done_s = np.array([pickers.done_s(*order) for order in zip(asked_s.tolist(), lines.tolist(), strict=True)])
    assert agrees(done_s - lines * line_s - asked_s, expected_s)


def test_pickers_with_equal_work_take_turns():
    """With constant work the order n finds free whoever took order n − c: M/D/c falls into c queues of every c-th customer."""
    draw, pickers = np.random.default_rng(4), Pickers(3, 1.0, 0.0, DAY_S)
    asked_s = np.cumsum(draw.exponential(1 / 2.8, 500)).tolist()
    done_s = [pickers.done_s(instant, 1) for instant in asked_s]
    turns = [-math.inf] * 3
    for n, instant in enumerate(asked_s):
        turns[n % 3] = max(turns[n % 3], instant) + 1
        assert done_s[n] == turns[n % 3]
