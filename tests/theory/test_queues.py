"""The lab against theory, by ordinary scenario files: within three standard errors, the standard error 1 % at most.

The scenarios stand in queues/, with the sources of the figures. Waits are in units of 5 s unless a test says otherwise.
"""

from math import factorial
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.chain.chain import Chain, Outcome
from sim.chain.store.compiled_engine import CompiledEngine
from sim.chain.store.engine import DayResult
from sim.chain.store.repairs import Repairs
from sim.clock import DAY_S
from sim.records.outcome import COUNTERS
from sim.scenario.loader import load
from sim.scenario.model import Scenario

HERE = Path(__file__).parent / "queues"
SCENARIOS = sorted(path.stem for path in HERE.glob("*.yaml") if path.stem != "base")
WARM = slice(2, 23)
"""Hours that are looked at: queues begin empty, and arrivals end a minute before midnight."""


def scenario(name: str, *changes: str) -> Scenario:
    return load(HERE / f"{name}.yaml", changes)


def play(name: str, *changes: str) -> Outcome:
    return Chain(scenario(name, *changes)).play()


def hours(outcome: Outcome, counter: str, store: str = "S") -> np.ndarray:
    """f8[days, 24], of a store."""
    table = outcome.hourly.to_pandas()
    return table.loc[table.location_code == store, counter].to_numpy().reshape(-1, 24)


def ratio(outcome: Outcome, part: str, whole: str) -> tuple[float, float]:
    """Σ part / Σ whole with its standard error: days are independent, for the store empties at midnight."""
    above, below = (hours(outcome, counter)[:, WARM].sum(axis=1) for counter in (part, whole))
    found = above.sum() / below.sum()
    rest = above - found * below
    return found, rest.std(ddof=1) * np.sqrt(len(rest)) / below.sum()


def assert_agrees(found: tuple[float, float], expected: float) -> None:
    value, error = found
    assert error <= 0.01 * expected
    assert abs(value - expected) < 3 * error, f"{value} ± {error}, by theory {expected}"


def waits(outcome: Outcome, unit_s: float = 5.0) -> tuple[float, float]:
    value, error = ratio(outcome, "wait_s", "tickets")
    return value / unit_s, error / unit_s


@pytest.mark.parametrize(("name", "wait"), [("mm1", 4.0), ("mm8", 0.8769162376828215), ("md1", 4.5)])
def test_waits_match_theory(name, wait):
    assert_agrees(waits(play(name)), wait)


def test_a_line_of_finite_length_turns_away_as_many_as_birth_and_death():
    outcome = play("mm1k")
    assert_agrees(ratio(outcome, "turned_away", "customers"), 0.192586495126806)
    assert_agrees(waits(outcome), 5.926137844142955)


def test_abandonment_matches_erlang_a():
    outcome = play("erlang-a")
    assert_agrees(ratio(outcome, "abandoned", "customers"), 0.1695968394994061)
    assert_agrees(ratio(outcome, "till_busy_s", "till_open_s"), 0.9342035555631686)


def test_a_server_that_fails_while_it_works_makes_customers_wait_as_gaver_says():
    outcome = play("repair")
    assert_agrees(waits(outcome), 3.942857142857142)
    assert_agrees(ratio(outcome, "till_busy_s", "till_open_s"), 0.72)


class Noted(CompiledEngine):
    """The compiled engine; keeps waits by day, float64[days, classes] s, and how many customers they are of."""

    wait_s: list[np.ndarray]
    served: list[np.ndarray]

    def open_day(self, sheet, *given):
        self.priority, self.hour = sheet.priority, (sheet.arrival_s - sheet.day * DAY_S) / 3600
        super().open_day(sheet, *given)

    def close_day(self) -> DayResult:
        result = super().close_day()
        warm = (self.hour >= WARM.start) & (self.hour < WARM.stop) & (result.till >= 0)
        wait_s, kinds = result.started_s - result.joined_s, (self.priority & warm, ~self.priority & warm)
        self.wait_s.append(np.array([wait_s[kind].sum() for kind in kinds]))
        self.served.append(np.array([kind.sum() for kind in kinds]))
        return result


def cobham(servers: int, utilisation: float, first: float) -> tuple[float, float]:
    """Mean waits of the priority class, a share `first` of the customers, and of the others in M/M/c without interruption, in service times."""
    offered = servers * utilisation
    all_busy = offered**servers / factorial(servers) / (1 - utilisation)
    all_busy /= all_busy + sum(offered**k / factorial(k) for k in range(servers))
    high = all_busy / servers / (1 - first * utilisation)
    return high, high / (1 - utilisation)


def reserve(servers: int, offered: float, longest: int, states: int = 150) -> tuple[float, float]:
    """(mean wait in service times, share of time that the extra server is open) of M/M/c with one that opens above `longest` in line and closes
    after a service that leaves no line: the stationary distribution of (customers, open), by linear algebra."""
    rate = np.zeros((states, 2, states, 2))
    for n in range(states):
        if n + 1 < states:
            opens = n + 1 - servers > longest
            rate[n, 0, n + 1, int(opens)] += offered
            rate[n, 1, n + 1, 1] += offered
        if n:
            rate[n, 0, n - 1, 0] += min(n, servers)
            rate[n, 1, n - 1, 1] += min(n - 1, servers)
            rate[n, 1, n - 1, int(n - 1 > servers)] += 1
    generator = rate.reshape(2 * states, 2 * states)
    generator -= np.diag(generator.sum(axis=1))
    # Balance, of which one equation follows from the others, and that all chances add up to 1.
    balance = np.vstack([generator.T, np.ones(2 * states)])
    chance = np.linalg.lstsq(balance, np.append(np.zeros(2 * states), 1.0), rcond=None)[0].reshape(states, 2)
    n = np.arange(states)
    waiting = chance[:, 0] @ np.maximum(n - servers, 0) + chance[:, 1] @ np.maximum(n - servers - 1, 0)
    return waiting / offered, chance[:, 1].sum()


def test_a_reserve_that_never_opens_waits_as_erlang_c():
    wait, used = reserve(8, 7.2, 10**6)
    assert (wait, used) == pytest.approx((0.8769162376828215, 0.0), abs=1e-4)


def test_a_till_that_opens_above_a_line_waits_as_its_markov_chain_says():
    wait, used = reserve(2, 1.7, 4)
    outcome = play("reserve")
    assert_agrees(waits(outcome), wait)
    open_h = hours(outcome, "till_open_s")[:, WARM].mean(axis=1) / 3600
    assert_agrees((open_h.mean(), open_h.std(ddof=1) / np.sqrt(len(open_h))), 2 + used)


def test_classes_of_one_kind_wait_as_erlang_c():
    high, low = cobham(8, 0.9, 0.3)
    assert 0.3 * high + 0.7 * low == pytest.approx(0.8769162376828215)
    assert cobham(1, 0.8, 1.0)[0] == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("name", "servers", "utilisation", "first"), [("priority", 1, 0.7, 0.4), ("priority-4", 4, 0.8, 0.5)]
)
def test_customers_of_two_classes_wait_as_cobham_says(name, servers, utilisation, first):
    engine = type("Days", (Noted,), {"wait_s": [], "served": []})
    Chain(scenario(name), engine=engine).play()
    waited, served = np.array(engine.wait_s), np.array(engine.served)
    for kind, expected in enumerate(cobham(servers, utilisation, first)):
        mean_s = waited[:, kind].sum() / served[:, kind].sum()
        rest = waited[:, kind] - mean_s * served[:, kind]
        error_s = rest.std(ddof=1) * np.sqrt(len(rest)) / served[:, kind].sum()
        assert_agrees((mean_s / 5, error_s / 5), expected)


def palm(machines: int, technicians: int, failure_rate: float, repair_rate: float) -> tuple[float, float]:
    """(mean number of machines down, share of technicians' time in use) of M/M/c//N: birth and death."""
    down = np.arange(machines + 1)
    births, deaths = failure_rate * (machines - down[:-1]), repair_rate * np.minimum(down[1:], technicians)
    chance = np.cumprod([1.0, *(births / deaths)])
    chance /= chance.sum()
    return chance @ down, chance @ np.minimum(down, technicians) / technicians


def test_technicians_for_every_machine_leave_failures_and_repairs_of_their_own():
    down, used = palm(12, 12, 0.25, 0.5)
    assert (down, used) == pytest.approx((4.0, 1 / 3))


def test_devices_wait_for_technicians_as_machine_repair_says():
    played = scenario("technicians")
    down, used = palm(machines=12, technicians=2, failure_rate=1 / 20, repair_rate=1 / 5)
    outcome = Chain(played).play()
    open_s = sum(hours(outcome, "till_open_s", store)[:, WARM] for store in ("S", "T"))
    by_day = 12 - open_s.mean(axis=1) / 3600
    assert_agrees((by_day.mean(), by_day.std(ddof=1) / np.sqrt(len(by_day))), down)

    repairs, warm_h = Repairs(played, 0), WARM.stop - WARM.start
    begun = [
        sum(
            WARM.start <= (e.from_s - day * DAY_S) / 3600 < WARM.stop
            for store in (0, 1)
            for e in repairs.of(store, day)
        )
        for day in range(played.days)
    ]
    share = np.array(begun) * 5 / 60 / (2 * warm_h)
    assert_agrees((share.mean(), share.std(ddof=1) / np.sqrt(len(share))), used)


def outages(arrivals: float, service: float, begins: float, ends: float, most: int = 12) -> tuple[float, float]:
    """(mean wait, till time in use) of M/M/1 that works only while no outage lasts: a quasi-birth-death process (Neuts 1981), phases are the
    outages that last at a time."""
    lasting = np.arange(most + 1.0)
    phases = np.diag(begins * np.ones(most), 1) + np.diag(ends * lasting[1:], -1)
    phases -= np.diag(phases.sum(axis=1))
    one, up = np.eye(most + 1), np.diag(service * (lasting == 0))
    rate = np.zeros_like(one)
    for _ in range(5000):
        rate = arrivals * np.linalg.inv(arrivals * one + up - phases - rate @ up)
    balance = (phases - arrivals * one + rate @ up).T
    balance[-1] = np.linalg.inv(one - rate).sum(axis=1)
    nobody = np.linalg.solve(balance, np.append(np.zeros(most), 1.0))
    inside = nobody @ rate @ np.linalg.matrix_power(np.linalg.inv(one - rate), 2)
    at_till = (1 + np.expm1(begins / ends)) / service
    return inside.sum() / arrivals - at_till, arrivals * at_till


def test_outages_without_end_or_beginning_leave_erlang_c():
    assert outages(0.8, 1.0, 1e-12, 1.0) == pytest.approx((4.0, 0.8))


def test_tills_that_stand_still_make_customers_wait_as_a_quasi_birth_death_process():
    wait, busy = outages(0.6, 1.0, 0.05, 0.5)
    outcome = play("outage")
    assert_agrees(waits(outcome, unit_s=20.0), wait)
    assert_agrees(ratio(outcome, "till_busy_s", "till_open_s"), busy)


def test_customers_of_a_daily_sinus_come_as_a_poisson_process():
    days = hours(play("sinus"), "customers").reshape(-1, 4, 6).sum(axis=2)
    expected = np.array([158.19718634205486, 158.19718634205492, 81.80281365794514, 81.80281365794508])
    expected[3] -= 480 - load(HERE / "sinus.yaml").stores[0].customers_per_day
    assert np.all(np.abs(days.mean(axis=0) - expected) < 3 * np.sqrt(expected / len(days)))
    assert days.var(axis=0, ddof=1) / days.mean(axis=0) == pytest.approx(1, abs=3 * np.sqrt(2 / len(days)))
    assert stats.chisquare(days.sum(axis=0), expected * days.sum() / expected.sum()).pvalue > 0.01


@pytest.mark.parametrize(
    ("shifted", "inside"),
    [(0, {6: 29.358573485679315, 12: 22.4500688092242, 18: 10.641426514320685}), (12, {12: 17.549931190775805})],
)
def test_customers_inside_follow_the_sinus_late_and_flat(shifted, inside):
    """At some hours after midnight; shifted by half a day, noon is the sinus's beginning."""
    by_hour = np.roll(load(HERE / "sinus.yaml").traffic.hour_shares, shifted)
    outcome = play("sinus", f"traffic.hour_shares={by_hour.tolist()}")
    shopping = np.cumsum(hours(outcome, "customers") - hours(outcome, "tickets"), axis=1)
    for hour, expected in inside.items():
        seen = shopping[:, hour - 1]
        error = np.sqrt(expected / len(seen))  # the number inside is Poisson
        assert error <= 0.01 * expected
        # Hourly means stand for the sinus, and the day begins without anyone inside: less than half a per cent.
        assert abs(seen.mean() - expected) < 3 * error + 0.005 * expected


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_seven_customers_at_two_tills_wait_as_by_hand(engine):
    outcome = play("two-tills", f"engine={engine}")
    assert hours(outcome, "wait_s").sum() == 7
    rows = [row for batch in outcome.trace for row in batch.to_pylist()]
    ended_s = [row["t"] - 9 * 3600 for row in rows if row["journey"] == "checkout"]
    came, service, wait = [0, 1, 2, 3, 9, 9, 9], [5, 4, 3, 1, 2, 2, 2], [0, 0, 3, 2, 0, 0, 2]
    assert ended_s == sorted(np.add(np.add(came, service), wait).tolist())
    assert max(ended_s) == 13


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_engines_agree_on_every_counter(name):
    """What the compiled engine shows of theory, the SimPy engine shows too: an hour and a half, half an hour of many tills, counter by counter."""
    closes = "00:30" if name in ("mm8", "erlang-a", "priority-4") else "01:30"
    short = ["days=1"] if name in ("sinus", "two-tills") else ["days=1", f"stores.S.closes={closes}"]
    compiled, simpy = (play(name, *short, f"engine={engine}") for engine in ("compiled", "simpy"))
    assert compiled.customers == simpy.customers > 0
    for counter in COUNTERS:
        assert compiled.daily[counter].equals(simpy.daily[counter]), counter
    assert compiled.hourly.equals(simpy.hourly)
