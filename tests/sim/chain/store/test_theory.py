"""The SimPy engine against queueing theory: each figure within three standard errors of batch means."""

import math

import numpy as np
import pytest

from sim.clock import on_tick
from sim.traffic.day_sheet import DaySheet

WARM_UP, BATCHES = 0.05, 40


def queue(arrival_rate, service_s, n, patience_s=None, seed=1):
    """A sheet of n customers that arrive at Poisson instants, each with one unit; `service_s`, `patience_s`: f(generator, n)."""
    draw = np.random.default_rng(seed)
    return DaySheet(
        store=0,
        day=0,
        arrival_s=on_tick(np.cumsum(draw.exponential(1 / arrival_rate, n))),
        shopping_s=np.zeros(n),
        patience_s=np.full(n, np.inf) if patience_s is None else on_tick(patience_s(draw, n)),
        line_start=np.arange(n + 1),
        line_sku=np.zeros(n, dtype=np.int32),
        line_units=np.ones(n, dtype=np.int32),
        fixed_s=on_tick(service_s(draw, n)),
        item_s=np.zeros(n),
        attribute_s=np.zeros(n),
        channel=np.zeros(n, dtype=np.int8),
        pay_s=np.zeros((n, 3)),
        has_cash=np.zeros(n, dtype=bool),
        self_checkout_u=np.zeros(n),
        return_s=np.full(n, np.inf),
        customer=np.full(n, -1),
        key=1,
    )


def exponential(mean):
    return lambda draw, n: draw.exponential(mean, n)


def agrees(values, expected, weights=None):
    """Whether a mean of customers' values, after a warm-up, lies within three standard errors of what theory expects."""
    values = values[int(WARM_UP * len(values)) :]
    means = np.array([batch.mean() for batch in np.array_split(values, BATCHES)])
    error = means.std(ddof=1) / math.sqrt(BATCHES)
    return abs(means.mean() - expected) < 3 * error and error < 0.1 * expected


def test_waits_match_erlang_c(day):
    result = day(tills=8, checked=False).play(queue(7.2, exponential(1.0), 60_000))
    wait = result.started_s - result.joined_s
    assert agrees(wait, 0.876916)
    assert agrees(wait > 0, 0.701533)


def test_waits_match_pollaczek_khinchine_for_constant_service(day):
    result = day(tills=1, checked=False).play(queue(0.9, lambda draw, n: np.ones(n), 70_000, seed=2))
    assert agrees(result.started_s - result.joined_s, 4.5)


def test_turned_away_matches_a_line_of_finite_length(day):
    """M/M/1/10: nine may wait beside the one who is served."""
    result = day(tills=1, line_limit=9, checked=False).play(queue(1.2, exponential(1.0), 60_000, seed=3))
    assert agrees(result.fate == 2, 0.192586)


def test_abandonment_matches_erlang_a(day):
    result = day(tills=8, checked=False).play(queue(9.0, exponential(1.0), 60_000, exponential(2.0), seed=4))
    assert agrees(result.fate == 1, 0.169596)
    served = result.fate == 0
    busy = np.where(served, result.ended_s - result.started_s, 0.0)
    assert agrees(busy * 9.0 / 8, 0.934204)


def test_a_line_per_till_is_as_good_as_one_line_only_when_nobody_waits_elsewhere(day):
    """Joining the shortest of eight lines without changing them waits longer than one line, and no longer than random choice would."""
    sheet = queue(7.2, exponential(1.0), 30_000, seed=5)
    one, many = (day(tills=8, line_per_till=each, checked=False).play(sheet) for each in (False, True))
    wait_one, wait_many = (np.mean(r.started_s - r.joined_s) for r in (one, many))
    assert wait_one < wait_many < 9.0


@pytest.mark.parametrize("cuts", [(), (0.5, 3.0, 9.0, 10.25)])
def test_two_tills_serve_in_order_of_arrival(day, visit, cuts):
    visits = [visit(a, s) for a, s in [(0, 5), (1, 4), (2, 3), (3, 1), (9, 2), (9, 2), (9, 2)]]
    result = day(tills=2).play(visits, cuts=cuts)
    assert (result.started_s - result.joined_s).tolist() == [0, 0, 3, 2, 0, 0, 2]
    assert result.ended_s.max() == 13
