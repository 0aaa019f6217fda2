"""The conditions of a go-live, each judged from the records of its kind: what was measured first, then what was simulated."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path

from sim.evidence.capacity.headroom import answer
from sim.evidence.stock_truth.reconciliation import StockTruth, stock_truth
from sim.evidence.verdict.targets import ALL, DEFAULT
from sim.evidence.wording import listed, percent, seconds
from sim.planning.evidence.records import Dated, Kind, Played, Tested
from sim.planning.gates.setting import Found, Setting, unknown
from sim.planning.gates.training import read_trained
from sim.planning.goals.goal_file import read_goals, sha256
from sim.records.capacity import Capacity
from sim.records.decisions.gate import Condition, Grade
from sim.records.decisions.goals import GoalLine, Goals
from sim.records.oversell import Race
from sim.records.refusal import Refusal
from sim.records.verdict import SHARES, Verdict

REACHES = 0.95
"""Share of a peak from which a load test counts as of that peak: its judged window lacks the warm-up, and holds a little more or less."""


def verdict(at: Setting) -> Condition:
    """A load test at the wave's peak that passed the default targets or stricter ones."""
    peak = at.peak_orders_per_hour
    needed = "a load test that passes at the wave's peak"
    if peak is None:
        missing = "The wave's peak is not known: `retail-lab replay --plan` builds it, or peak_orders_per_hour in the plan states it."
        return Condition(name="verdict", needed=needed, state="NOT KNOWN", because=missing)

    def weigh(test: Dated[Tested]) -> Found:
        return _counts(at, test.made, test.record) or _at_peak(test.record.verdict, peak)

    needed = f"{needed} of {peak:,.0f} orders an hour"
    return at.condition("verdict", needed, _graded(at, Tested), weigh, "There is no verdict under the folder.")


def headroom(at: Setting) -> Condition:
    """A search for capacity in which the stores live after the wave, times the plan's headroom, were carried."""
    stores = at.live.number * at.plan.conditions.headroom

    def weigh(search: Dated[Capacity]) -> Found:
        record = search.record
        if aside := at.aside(search.made, record.host, record.scenario_hash):
            return aside
        if not record.stores:
            return unknown("It names no stores.")
        decision = answer(record.stages, stores / record.stores)
        because = f"{record.sentence} Its targets: {', '.join(record.targets)}."
        if decision == "pass":
            return Found("GO", because)
        return Found("NO-GO", because) if decision == "fail" else unknown(because)

    needed = f"capacity for {stores:,.6g} stores at their peak" if stores != 1 else "capacity for 1 store at its peak"
    return at.condition(
        "headroom", needed, _graded(at, Capacity), weigh, "There is no search for capacity under the folder."
    )


def oversell(at: Setting) -> Condition:
    """A race for the last units without one oversold, or a load test in which a SKU ran out and none was: neither refutes the other."""

    def raced(evidence: Dated[Race]) -> Found:
        race = evidence.record
        if aside := at.aside(evidence.made, race.host):
            return aside
        if race.decision in ("pass", "fail"):
            return Found("GO" if race.decision == "pass" else "NO-GO", race.sentence)
        return unknown(race.sentence)

    def tested(test: Dated[Tested]) -> Found:
        truth = _truth(at, test)
        if isinstance(truth, Found):
            return truth
        if truth.oversold_units:
            return Found("NO-GO", truth.sentence)
        if truth.sold_out:
            return Found("GO", f"A SKU was sold out. {truth.sentence}")
        return unknown("No SKU ran out, so nothing could be oversold: `retail-lab oversell` races for the last units.")

    missing = "There is neither a race for the last units nor a load test under the folder."
    both = [
        at.condition("oversell", "no unit sold twice", _graded(at, Race), raced, missing),
        at.condition("oversell", "no unit sold twice", _graded(at, Tested), tested, missing),
    ]
    order = ("NO-GO", "GO", "NOT KNOWN")
    first = min(both, key=lambda each: (order.index(each.state), not each.evidence))
    if first.state != "NOT KNOWN" or not all(each.evidence for each in both):
        return first
    return first.model_copy(update={"because": " ".join(each.because for each in both)})


def reconciliation(at: Setting) -> Condition:
    """Stock that agrees with what was sold: in a load test, else in the stores of a chain's run."""
    limit = at.plan.conditions.discrepancy_at_most

    def tested(test: Dated[Tested]) -> Found:
        truth = _truth(at, test)
        if isinstance(truth, Found):
            return truth
        return Found("GO" if _worst(truth) <= limit else "NO-GO", truth.sentence)

    def played(run: Dated[Played]) -> Found:
        if at.scenario is None:
            return unknown("The plan names no scenario of which it could be a run.", "scenario")
        if not at.same_traffic(run.record):
            return unknown("It is of another scenario than the plan's.", "scenario")
        if aside := at.aside(run.made):
            return aside
        found = run.record.kpis["stock_discrepancy_stores"].interval()
        if found.observations < 2:
            return unknown("It has fewer than two replications, so no interval.")
        bounds = f"between {percent(max(found.low, 0.0))} and {percent(found.high)}"
        because = f"Stock discrepancy in stores is {percent(found.mean)}, {bounds} at 95 %."
        if found.high <= limit:
            return Found("GO", because)
        return Found("NO-GO", because) if found.low > limit else unknown(because)

    needed = f"a stock discrepancy of at most {percent(limit)}"
    missing = "There is neither a load test nor a chain's run under the folder."
    measured = at.condition("reconciliation", needed, _graded(at, Tested), tested, missing)
    if measured.state != "NOT KNOWN":
        return measured
    runs: list[tuple[Dated[Played], Grade]] = [(each, "simulated") for each in at.evidence.of(Played)]
    simulated = at.condition("reconciliation", needed, runs, played, missing)
    return measured if measured.evidence and simulated.state == "NOT KNOWN" else simulated


def training(at: Setting, plan_file: Path) -> Condition:
    """Enough of the wave's staff trained."""
    asked = at.plan.conditions.training
    if asked is None:
        because = "The plan names no table of staff trained."
        return Condition(name="training", needed="staff trained", state="NOT KNOWN", because=because)
    made = datetime.combine(asked.as_of, time(), UTC)
    found = at.aside(made) or _trained(at, plan_file.parent / asked.table)
    return Condition(
        name="training",
        needed=f"{percent(asked.at_least)} of the staff of the wave's stores trained",
        state=found.state,
        because=found.because,
        evidence=asked.table,
        age_days=at.age_days(made),
        grade="supplied",
    )


def goals(at: Setting, plan_file: Path) -> list[Condition]:
    """Each goal that the plan asks for."""
    asked = at.plan.conditions.goals
    if asked is None:
        return [Condition(name="goals", needed="goals met", state="NOT KNOWN", because="The plan names no goals.")]
    file = plan_file.parent / asked.file
    try:
        named, digest = [goal.name for goal in read_goals(file).goals], sha256(file)
    except Refusal as refusal:
        return [Condition(name="goals", needed="goals met", state="NOT KNOWN", because=_unreadable(refusal))]
    if strange := [name for name in asked.names if name not in named]:
        raise Refusal(
            plan_file, "conditions.goals.names", f"goals of {asked.file}: {listed(named, most=8)}", strange[0]
        )
    return [_goal(at, name, digest) for name in asked.names or named]


def _goal(at: Setting, name: str, digest: str) -> Condition:
    lines: list[tuple[Dated[tuple[Goals, int]], Grade]] = []
    for each in at.evidence.of(Goals):
        for n, line in enumerate(each.record.goals):
            if line.name == name:
                made = datetime.combine(date.fromisoformat(line.as_of), time(), UTC) if line.as_of else None
                lines.append((Dated(each.file, (each.record, n), made, each.grade), line.grade))

    def weigh(judged: Dated[tuple[Goals, int]]) -> Found:
        record, n = judged.record
        if record.file_sha256 != digest:
            return unknown("It was judged by another file of goals.", "host")
        if aside := at.aside(judged.made, scenario_hash=record.scenario_hash or None):
            return aside
        line = record.goals[n]
        because = f"{_span(line)}{line.rule}"
        if line.state == "not decidable yet":
            return unknown(because)
        return Found("GO" if line.state == "met" else "NO-GO", because)

    missing = "It was not judged: `retail-lab goals` writes goals.json with --json."
    return at.condition(f"goal: {name}", "the goal met", lines, weigh, missing)


def _span(line: GoalLine) -> str:
    """`It is 20 s, from 19 s to 21 s, for at most 30 s. `; empty where there is no interval."""
    if line.estimate is None or line.low is None or line.high is None:
        return ""
    of_whole = line.change or line.unit.startswith("share")
    estimate, low, high, limit = (
        f"{'−' if value < 0 else ''}{percent(abs(value))}" if of_whole else f"{value:,.4g} {line.unit}".strip()
        for value in (line.estimate, line.low, line.high, line.limit)
    )
    return f"It is {estimate}, from {low} to {high}, for {line.side} {limit}. "


def _graded(at: Setting, kind: type[Kind]) -> list[tuple[Dated[Kind], Grade]]:
    """The records of a kind with their grades."""
    return [(each, each.grade) for each in at.evidence.of(kind) if each.grade]


def _counts(at: Setting, made: datetime | None, test: Tested) -> Found | None:
    """Why a load test does not count; None where it does."""
    if test.run is None:
        return unknown("The record of its load test, loadrun.json, is not beside it.", "host")
    return at.aside(made, test.verdict.host, test.run.scenario_hash)


def _at_peak(found: Verdict, peak: float) -> Found:
    """A verdict held against a peak, orders an hour."""
    if found.decision not in ("pass", "fail"):
        return unknown(found.sentence)
    rate = next((line.offered_per_hour for line in found.journeys if line.journey == "checkout"), None)
    if rate is None:
        return unknown("It holds no orders, so their number an hour is not known.")
    if found.decision == "fail":
        if rate > peak / REACHES and not _errs_in_time(found):
            return unknown(f"It failed at {rate:,.0f} orders an hour, beyond the wave's peak of {peak:,.0f}.")
        return Found("NO-GO", f"It offered {rate:,.0f} orders an hour. {found.sentence}")
    if rate < REACHES * peak:
        return unknown(f"It passed at {rate:,.0f} orders an hour, below the wave's peak of {peak:,.0f}.")
    if laxer := _laxer(found):
        return unknown(f"It passed laxer targets: {laxer}.")
    if slowest := _unbound_tail(found):
        return unknown(
            f"It passed on its mean, but one request in a hundred took {seconds(slowest)} or longer, and no target binds the slowest: "
            "`--target p99=3s`, say, would decide."
        )
    return Found("GO", f"It offered {rate:,.0f} orders an hour. {found.sentence}")


def _errs_in_time(found: Verdict) -> bool:
    """Whether requests failed while the mean response kept its target: load, which makes answers late, does not explain it."""
    binding = {each.quantity: each.decision for each in found.findings if each.binding and each.scope == ALL}
    return binding.get("availability") == "fail" and binding.get("mean") == "pass"


def _laxer(found: Verdict) -> str:
    """The default targets that a verdict was not held against, nor against stricter ones; empty where there is none."""
    bound = {each.quantity: each.target for each in found.findings if each.binding and each.scope == ALL}
    lax = []
    for target in DEFAULT:
        limit = bound.get(target.quantity)
        enough = limit is not None and (limit >= target.limit if target.quantity in SHARES else limit <= target.limit)
        lax += [] if enough else [f"{target.quantity} {'none' if limit is None else f'{limit:g}'}"]
    return ", ".join(lax)


def _unbound_tail(found: Verdict) -> float | None:
    """The p99 of all requests, s, where it is beyond the limit of the mean and no target binds a quantile: a system that stalls. None elsewhere."""
    of_all = [each for each in found.findings if each.scope == ALL]
    if any(each.binding and each.quantity.startswith("p") for each in of_all):
        return None
    limit = next((each.target for each in of_all if each.quantity == "mean" and each.binding), None)
    p99 = next((each.estimate for each in of_all if each.quantity == "p99"), None)
    return p99 if limit is not None and p99 is not None and p99 > limit else None


def _truth(at: Setting, test: Dated[Tested]) -> StockTruth | Found:
    """What a load test showed of the stock, else why it shows nothing here."""
    if aside := _counts(at, test.made, test.record):
        return aside
    truth = stock_truth(test.record.verdict.stock)
    return truth if truth and truth.shown else unknown("It held nothing against the stock.")


def _worst(truth: StockTruth) -> float:
    return max(truth.discrepancy_rate, truth.of_ordered)


def _trained(at: Setting, table: Path) -> Found:
    asked = at.plan.conditions.training
    least, as_of = (asked.at_least, asked.as_of) if asked else (1.0, at.on)
    try:
        found = read_trained(table, as_of, at.live.of_wave)
    except Refusal as refusal:
        return unknown(_unreadable(refusal))
    staff, trained = sum(found.staff.values()), sum(found.trained.values())
    if not staff:
        return unknown("It lists no staff of the wave's stores.")
    because = f"{trained:,} of {staff:,} people are trained."
    if found.share < least:
        return Found("NO-GO", because)
    if absent := [code for code in at.live.of_wave if code not in found.staff]:
        return unknown(f"It lists no staff of {listed(absent)}.")
    return Found("GO", because)


def _unreadable(refusal: Refusal) -> str:
    return f"It cannot be read: {refusal}."
