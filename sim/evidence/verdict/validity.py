"""Validity of a load test. It is invalid where accounts do not close, the generator was late, the adapter raised an exception, or the test data
ran out.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.evidence.requests import floats, outcomes, without_faults
from sim.evidence.wording import count, listed, percent, seconds
from sim.records.load_run import GeneratorWindow, LoadRun
from sim.records.samples import NO_PROOF, OUTCOMES

LAG_LIMIT_S = 0.020
CPU_LIMIT = 0.85
NO_PROOF_SHARE = 0.05
"""The largest share of answers that are neither failure nor proof."""

FAULTS_NAMED = 3
"""Most kinds of adapter exceptions that are named, the most frequent first; the others are counted."""

_TIMER_S = 0.01
"""Tolerance of a timer, s."""
_LEAST_JOURNEYS = 100
"""Least journeys of a window for its p99: with fewer it is the maximum, and one late timer would make a run invalid."""


def lag_p99_s(samples: pa.Table, warmup_s: float) -> float:
    """The 99th percentile of real start − intended start, over requests that started after the warm-up; 0 where none did."""
    intended_s = floats(samples, "t_intended")
    lag = (floats(samples, "t_start") - intended_s)[intended_s >= warmup_s]
    lag = lag[~np.isnan(lag)]
    return float(np.quantile(lag, 0.99)) if len(lag) else 0.0


def faults(samples: pa.Table, run: LoadRun, judged: int, no_proof_share: float, before_s: float = np.inf) -> list[str]:
    """Reasons why a run is invalid, a sentence each; empty where it is valid.

    Args:
        samples: all requests of the run.
        judged: number of requests that count.
        no_proof_share: the declared share of answers that are neither failure nor proof.
        before_s: the instant of the run up to which it is judged.
    """
    return [*_accounts(samples, run), *doubts(samples, run, judged, no_proof_share, before_s)]


def doubts(samples: pa.Table, run: LoadRun, judged: int, no_proof_share: float, before_s: float) -> list[str]:
    """Reasons why the run up to an instant is invalid, so that a look does not decide: all of `faults` but the accounts, which close at the end."""
    early = samples.filter(pc.less(samples["t_intended"], before_s))
    windows = [window for window in run.generator if window.to_s <= before_s]
    return _window(early, run.model_copy(update={"generator": windows}), judged, no_proof_share)


def _window(samples: pa.Table, run: LoadRun, judged: int, no_proof_share: float) -> list[str]:
    nothing = [] if judged else ["no request was answered or failed after the warm-up: there is nothing to judge"]
    return [
        *nothing,
        *_generator(samples, run),
        *_pool(samples, run),
        *_adapter(samples, run),
        *_no_proof(samples, run, no_proof_share),
    ]


def _accounts(samples: pa.Table, run: LoadRun) -> list[str]:
    accounts, reasons = run.accounts, []
    if not accounts.close:
        reasons.append(
            f"the accounts do not close: {accounts.sent:,} sent + {accounts.dropped:,} dropped + {accounts.lost:,} lost + "
            f"{accounts.not_reached:,} not reached are not the {accounts.scheduled:,} scheduled"
        )
    dropped = int(np.count_nonzero(outcomes(samples) == OUTCOMES.index("dropped")))
    if dropped != accounts.dropped:
        reasons.append(f"the samples hold {count(dropped, 'dropped journey')}, the accounts {accounts.dropped:,}")
    return reasons


def _generator(samples: pa.Table, run: LoadRun) -> list[str]:
    reasons = []
    late = late_windows(run)
    busy = [w for w in run.generator if w.cpu_share > CPU_LIMIT and w.to_s > run.warmup_s]
    if late:
        worst = max(late, key=lambda w: w.lag_p99_s)
        reasons.append(
            f"the load generator ran late in {count(len(late), 'window')} of {len(run.generator)}: lag p99 up to {seconds(worst.lag_p99_s)} "
            f"(worker {worst.worker}, from {seconds(worst.from_s)}; limit {seconds(LAG_LIMIT_S)})"
        )
    elif (lag_s := lag_p99_s(samples, run.warmup_s)) > LAG_LIMIT_S:
        reasons.append(
            f"the load generator ran late: lag p99 {seconds(lag_s)} over the run (limit {seconds(LAG_LIMIT_S)})"
        )
    if busy:
        worst = max(busy, key=lambda w: w.cpu_share)
        reasons.append(
            f"the load generator was short of CPU in {count(len(busy), 'window')} of {len(run.generator)}: up to {percent(worst.cpu_share)} "
            f"(worker {worst.worker}, from {seconds(worst.from_s)}; limit {percent(CPU_LIMIT)})"
        )
    if reasons and run.accounts.dropped:
        reasons.append(f"the {count(run.accounts.dropped, 'dropped journey')} may be the generator's own fault")
    return reasons


def late_windows(run: LoadRun) -> list[GeneratorWindow]:
    """Windows with at least `_LEAST_JOURNEYS` journeys and a p99 of lag above `LAG_LIMIT_S`."""
    return [
        w
        for w in run.generator
        if w.lag_p99_s > LAG_LIMIT_S and w.journeys >= _LEAST_JOURNEYS and w.to_s > run.warmup_s
    ]


def _adapter(samples: pa.Table, run: LoadRun) -> list[str]:
    """Exceptions in the adapter's own code, by journey, line and kind. They are not the platform's failures, and change the load that it
    was offered."""
    raised = samples.filter(pa.array(outcomes(samples) == OUTCOMES.index("adapter_fault")))
    if not len(raised):
        return []
    kinds = pa.table(
        {"journey": raised["journey"].cast(pa.string()), "error": pc.fill_null(raised["error"], "unnamed")}
    )
    kinds = kinds.group_by(["journey", "error"]).aggregate([([], "count_all")])
    kinds = kinds.sort_by([("count_all", "descending"), ("journey", "ascending"), ("error", "ascending")]).to_pylist()
    named = [f"{k['count_all']:,} in {k['journey']} ({k['error']})" for k in kinds[:FAULTS_NAMED]]
    if others := len(kinds) - len(named):
        named.append(f"{sum(k['count_all'] for k in kinds[FAULTS_NAMED:]):,} of {count(others, 'other kind')}")
    raised_by = f"the adapter {run.adapter} raised {count(len(raised), 'exception')}"
    return [f"{raised_by}, which says nothing about the platform: {listed(named)}"]


def _pool(samples: pa.Table, run: LoadRun) -> list[str]:
    """Journeys dropped while no request under way exceeded its time-out: the pool was too small, and the API is not the cause."""
    if not run.intended_starts:
        return []
    intended_s, start_s, end_s = (floats(samples, name) for name in ("t_intended", "t_start", "t_end"))
    dropped_s = intended_s[outcomes(samples) == OUTCOMES.index("dropped")]
    overran = end_s - start_s >= run.timeout_s - _TIMER_S
    begun = np.searchsorted(np.sort(start_s[overran]), dropped_s, "right")
    ended = np.searchsorted(np.sort(end_s[overran]), dropped_s, "left")
    own = int(np.count_nonzero(begun <= ended))
    if not own:
        return []
    return [
        f"{count(own, 'journey')} were dropped because the load generator's pool of {count(run.pool, 'journey')} was full while no request under way "
        f"exceeded its time-out of {seconds(run.timeout_s)}: more --workers hold more"
    ]


def _no_proof(samples: pa.Table, run: LoadRun, most: float) -> list[str]:
    samples = without_faults(samples)
    counted = outcomes(samples)[floats(samples, "t_intended") >= run.warmup_s]
    tally = {name: int(np.count_nonzero(counted == OUTCOMES.index(name))) for name in NO_PROOF}
    if not len(counted) or sum(tally.values()) <= most * len(counted):
        return []
    named = ", ".join(f"{number:,} {name}" for name, number in tally.items() if number)
    return [
        f"{percent(sum(tally.values()) / len(counted))} of the answers are neither failure nor proof ({named}; declared limit "
        f"{percent(most)}): the test data ran out, or the test met a limit of its own"
    ]
