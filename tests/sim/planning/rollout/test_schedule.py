"""Schedules: those of many samples at once are those of SimPy, number for number, and small ones are those made by hand."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.planning.rollout.calendars import HORIZON, Calendars, after_months, working
from sim.planning.rollout.comparing import shipped
from sim.planning.rollout.draws import moments, quantile
from sim.planning.rollout.reference import reference
from sim.planning.rollout.sections.amounts import Period

from .plans import EVERY_DAY, plan, sampled, spans, table_of, task

GATES = {
    "limits": [{"kpi": "mean_wait_s", "at_most": 60}],
    "observed_days": 3,
    "study": {"system": {}, "proficiencies": [0.5, 0.8, 1]},
}
WAITS = [[100, 90, 110], [70, 66, 74], [60, 50, 60]]
"""By proficiency and replication: some samples keep the limit at full proficiency, some never do."""
LENGTHS = st.lists(st.sampled_from((0, 0.5, 1, 2, 3.25, 7)), min_size=3, max_size=3).map(sorted)


@st.composite
def rollouts(draw):
    """Tasks with people, defects, money, overlapping phases, waves with franchise-like waits and risks."""
    names = [f"t{n}" for n in range(draw(st.integers(1, 6)))]
    tasks = []
    for n, name in enumerate(names):
        before = draw(st.lists(st.sampled_from(names[:n]), unique=True, max_size=2)) if n else []
        if before and draw(st.booleans()):
            before[0] = {"start_of": before[0], "days": draw(st.sampled_from((0, 1.5, 10)))}
        needs = draw(st.dictionaries(st.sampled_from(("crew", "team")), st.integers(1, 2), max_size=2))
        tasks.append(
            {
                "name": name,
                "phase": draw(st.sampled_from(("one", "two"))) if not before else "two",
                "days": draw(LENGTHS),
                "after": before,
                "needs": needs,
                "cost": draw(st.sampled_from((0, 10, [5, 10, 400]))),
                "not_before": draw(st.sampled_from((None, None, "2027-03-11"))),
                "defects": draw(st.sampled_from((0, 0.5, 1))),
                "drivers": draw(st.sampled_from(({}, {"weather": 0.8}))),
            }
        )
    of_store = {"name": "install", "days": draw(LENGTHS), "needs": {"team": 1}}
    support = {"name": "support", "days": draw(LENGTHS), "needs": {"crew": 1}, "after": ["go-live"]}
    ready = {
        "name": "prepared",
        "days": draw(LENGTHS),
        "after": draw(st.sampled_from(([], ["go-live before"], [{"start_of": "go-live before", "days": 3}]))),
    }
    money = {"by_month": [draw(st.sampled_from((0, 50, 400))), 100], "approval_days": draw(LENGTHS)}
    return {
        "phases": [{"name": "one"}, {"name": "two", "begins_after_days": draw(st.sampled_from((None, 0, 5)))}],
        "roles": {
            "crew": {"number": 2, "works": draw(st.sampled_from((["mon", "tue"], EVERY_DAY))), "cost_per_day": 7},
            "team": {"number": draw(st.integers(2, 3)), "away": [{"first": "2027-03-04", "last": "2027-03-09"}]},
        },
        "freezes": [{"first": "2027-03-10", "last": "2027-03-20"}],
        "works": draw(st.sampled_from((["mon", "fri"], EVERY_DAY))),
        "go_live_on": draw(st.sampled_from((["wed"], EVERY_DAY))),
        "drivers": ["weather"],
        "reviews": {"every_days": draw(st.sampled_from((1, 14, 9.3)))},
        "tasks": tasks,
        "each_wave": [ready],
        "each_store": [of_store, support],
        "budget": draw(st.sampled_from((None, money))),
        "risks": [{"name": "storm", "chance": 0.5, "delays": {"install": [1, 2, 5], names[0]: 1}}],
        "adoption": {"staff": {"clerks": {"share": 1, "untrained": 0.5, "time_constant_days": [2, 5, 20]}}},
        "gates": draw(st.sampled_from((None, GATES))),
    }


def two_waves(held):
    held["waves"] = [
        {"name": "a", "stores": 2, "go_live": "2027-03-08", "phase": "one", "not_before": "2027-03-05"},
        {
            "name": "b",
            "stores": 1,
            "go_live": "2027-03-10",
            "phase": "two",
            "after": ["t0", {"start_of": "t0", "days": 2}],
        },
    ]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(rollout=rollouts())
def test_samples_at_once_are_those_of_simpy_number_for_number(tmp_path, rollout):
    path = plan(tmp_path, two_waves, **rollout)
    table = table_of(path, mean_wait_s=WAITS) if rollout["gates"] else None
    samples = sampled(path, 6, table).samples()
    for row in range(6):
        found = np.array([getattr(samples.schedule, name)[row] for name in ("start", "finish", "done")])
        assert (reference(samples.network, samples.draws, row) == found).all()


def test_a_sample_of_each_plan_that_ships_is_that_of_simpy():
    gated = shipped("gated-example")[0]
    waits = np.array([[4.5, 4.4, 4.6], [2.5, 2.4, 2.7], [1.6, 1.5, 1.6], [1.05, 1.02, 1.0]])
    tables = {gated: table_of(gated, mean_wait_s=waits, abandonment=waits / 100)}
    for path in (*shipped("example"), gated):
        samples = sampled(path, 100, tables.get(path)).samples()
        for row in (0, 1):
            found = np.array([getattr(samples.schedule, name)[row] for name in ("start", "finish", "done")])
            assert (reference(samples.network, samples.draws, row) == found).all()


def test_a_chain_of_tasks_has_the_mean_and_the_variance_of_its_sum(tmp_path):
    lengths = [[2, 4, 12], [1, 1, 6], [5, 9, 10], [3, 3, 3]]
    tasks = [task(f"t{n}", days, after=[f"t{n - 1}"] if n else []) for n, days in enumerate(lengths)]
    samples = sampled(plan(tmp_path, tasks=tasks), 20_000).samples()
    ends = samples.schedule.done[:, [each.name == "t3" for each in samples.network.activities]].ravel()
    mean, variance = (sum(each) for each in zip(*(moments(tuple(map(float, days))) for days in lengths), strict=True))
    error = np.sqrt(variance / len(ends))
    assert abs(ends.mean() - mean) < 3 * error
    squares = (ends - ends.mean()) ** 2
    assert abs(ends.var(ddof=1) - variance) < 3 * squares.std(ddof=1) / np.sqrt(len(ends))


def test_a_shared_driver_correlates_lengths_as_the_copula_has_it(tmp_path):
    tasks = [task(f"t{n}", [0, 5, 10], drivers={"vendor": 0.8}) for n in range(2)]
    drawn = sampled(plan(tmp_path, tasks=tasks, drivers=["vendor"]), 20_000).samples().draws.days
    a, b = (drawn[:, n] for n in (1, 2))
    normal = np.corrcoef(*(np.argsort(np.argsort(each)) for each in (a, b)))[0, 1]
    assert abs(normal - 6 / np.pi * np.arcsin(0.64 / 2)) < 0.02  # Spearman's of a Gaussian copula with ρ = 0.8²


@pytest.mark.parametrize("three", [(0.0, 1.0, 5.0), (2.0, 2.0, 3.0), (1.0, 9.0, 9.0)])
def test_the_tabulated_quantile_is_that_of_the_beta_distribution(three):
    from scipy.special import betaincinv, ndtr

    z = np.random.default_rng(1).standard_normal(2_000)
    low, likely, high = three
    mode = (likely - low) / (high - low)
    exact = low + (high - low) * betaincinv(1 + 4 * mode, 5 - 4 * mode, ndtr(z))
    assert np.abs(quantile(three, z) - exact).max() < 1e-5 * (high - low)


def test_people_take_tasks_in_the_order_of_the_plan_as_made_by_hand(tmp_path):
    """Two people. `pair` needs both: it waits until day 3, and `third`, after it in the plan, begins on day 2 as one is free."""
    tasks = [
        task("long", 3),
        task("short", 2),
        task("pair", 4, needs={"crew": 2}),
        task("third", 1),
        task("last", 1, after=["short"]),
    ]
    crew = {"crew": {"number": 2, "works": EVERY_DAY}}
    found = spans(sampled(plan(tmp_path, tasks=tasks, roles=crew), 1).samples())
    by_hand = {"long": (0, 3), "short": (0, 2), "third": (2, 3), "pair": (3, 7), "last": (7, 8)}
    assert {name: found[name] for name in by_hand} == by_hand


def test_rework_begins_at_the_next_review_and_grows_with_the_wait(tmp_path):
    """Done on day 4, reviewed on day 14: ten days late, rework is 0.5 × 4 × (1 + 0.07 × 10 / 7) = 2.2 days."""
    tasks = [task("made", 4, defects=1), task("after it", 1, after=["made"])]
    reviews = {"every_days": 14, "rework": 0.5, "growth_per_week": 0.07}
    found = spans(sampled(plan(tmp_path, tasks=tasks, reviews=reviews), 1).samples())
    assert found["made"][1] == pytest.approx(16.2, abs=1e-5)
    assert found["after it"] == pytest.approx((16.2, 17.2), abs=1e-5)


def test_no_store_goes_live_in_a_freeze_or_on_another_weekday(tmp_path):
    freeze = [{"name": "Golden Week", "first": "2027-03-02", "last": "2027-03-16"}]
    path = plan(tmp_path, tasks=[], freezes=freeze, go_live_on=["tue"])
    assert spans(sampled(path, 1).samples())["first wave: go-live"][0] == 22  # Tuesday, 2027-03-23


def test_a_task_waits_for_approval_of_what_goes_beyond_the_budget(tmp_path):
    """100 are released in March: the first task commits 100, the second asks on day 1 and begins ten days later; the third costs nothing."""
    tasks = [task("first", 1), task("second", 1), task("third", 1, needs={}, cost=0)]
    budget = {"by_month": [100], "approval_days": 10}
    samples = sampled(plan(tmp_path, tasks=tasks, budget=budget), 1).samples()
    found = spans(samples)
    assert (found["first"], found["second"], found["third"]) == ((0, 1), (11, 12), (0, 1))
    assert samples.schedule.approvals.tolist() == [1]


def test_a_later_phase_begins_after_the_one_before_or_overlaps_it(tmp_path):
    phases = [{"name": "work"}, {"name": "next"}]
    tasks = [task("long", 10), task("then", 1, phase="next", needs={})]
    assert spans(sampled(plan(tmp_path, tasks=tasks, phases=phases), 1).samples())["then"] == (10, 11)
    phases[1]["begins_after_days"] = 4
    assert spans(sampled(plan(tmp_path, tasks=tasks, phases=phases), 1).samples())["then"][0] == 4


def test_a_franchise_store_without_consent_does_not_hold_its_wave(tmp_path):
    def franchise(held):
        held["scenario"] = "chain-50"
        held["waves"] = [{"name": "w", "stores": ["SH01", "SU02"], "go_live": "2027-03-08", "phase": "work"}]

    consent = {"days": 5, "chance": 0.05, "again_days": 30, "most": 3}
    samples = sampled(
        plan(tmp_path, franchise, each_store=[{"name": "install", "days": 1}], consent=consent), 50
    ).samples()
    names = [each.name for each in samples.network.activities]
    direct, late = (samples.schedule.start[:, names.index(f"{code}: go-live")] for code in ("SH01", "SU02"))
    assert (direct == 1).all()
    assert set(late) <= {8, 38, 70}  # an answer after five working days, again 30 days later
    assert late.max() == 70  # asked three times, it agrees at last


def test_stores_of_an_earlier_wave_get_further_modules_and_are_live_once(tmp_path):
    def modules(held):
        held["waves"][0] |= {"modules": ["tills"]}
        more = {
            "name": "more",
            "stores_of": "first wave",
            "go_live": "2027-04-01",
            "phase": "work",
            "modules": ["members"],
        }
        held["waves"].append(more)

    stores = [
        {"name": "install", "days": 2, "modules": ["tills"]},
        {"name": "explain", "days": 1, "modules": ["members"]},
    ]
    samples = sampled(plan(tmp_path, modules, each_store=stores), 1).samples()
    assert samples.live.shape == (1, 1)
    assert {"first wave 1: install", "first wave 1 more: explain"} <= set(spans(samples))


@given(first=st.integers(0, 400), length=st.floats(0, 60), days=st.sets(st.sampled_from(EVERY_DAY), min_size=1))
@settings(max_examples=60, deadline=None)
def test_a_calendar_has_as_many_working_days_between_two_instants_as_the_work_is_long(first, length, days):
    from datetime import date

    length = np.floor(length * 2**20) / 2**20
    calendars = Calendars.of([working(date(2027, 3, 1), days, [Period(first="2027-04-01", last="2027-04-10")])])
    start = calendars.begin(np.array(0), np.array(float(first)))
    end = calendars.end(np.array(0), start, np.array(length))
    worked = calendars.worked[0]

    def until(t):
        return worked[: int(t)].sum() + worked[int(t)] * (t - int(t))

    assert until(float(end)) - until(float(start)) == length
    assert worked[int(end)]


def test_a_month_later_is_the_same_day_or_the_last_of_the_month():
    from datetime import date

    assert after_months(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert after_months(date(2027, 3, 1), 12) == date(2028, 3, 1)
    assert HORIZON > 36_000
