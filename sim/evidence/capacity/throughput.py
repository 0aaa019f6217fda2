"""Load offered and throughput: journeys per hour, requests per second, and the steps at which journeys failed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from sim.evidence.journeys import Journeys
from sim.evidence.requests import among, floats, outcomes
from sim.evidence.wording import error
from sim.records.load_run import LoadRun
from sim.records.samples import ANSWERED, FAILED
from sim.records.verdict import JourneyLine, StepLine, Throughput

ORDER = "checkout"
"""The journey that places an order."""
DROPPED = "dropped"
_HOUR_S = 3600.0
_DELAY_SHARE = 0.01
"""A delay below this share of the window counts as noise."""
_TENTHS = 10


def window_s(samples: pa.Table, run: LoadRun, at_s: float) -> float:
    """Length of the stretch of intended starts that count: from the end of the warm-up to the end of the schedule, the stop or the look.

    A stopped run lasts until its requests under way have ended; no journey starts in that time.
    """
    until_s = min(run.duration_s, at_s)
    if run.stopped:
        until_s = min(until_s, float(np.max(floats(samples, "t_intended"), initial=0.0)))
    return max(until_s - run.warmup_s, 0.0)


def throughput(samples: pa.Table, ran: Journeys | None, run: LoadRun, at_s: float) -> Throughput:
    """Orders per hour as asked, and requests per second.

    Args:
        samples: requests of `sim.records.samples.SCHEMA`.
        ran: their journeys; None where the samples contain none.
        run: the record of the load test.
        at_s: the instant up to which it is judged, s of the run; may be infinite.
    """
    length_s = window_s(samples, run, at_s)
    outcome, here = outcomes(samples), _within(floats(samples, "t_intended"), run, at_s)
    sent = here & ~np.isnan(floats(samples, "t_start"))
    asked = None if run.shape or run.peak_orders_per_hour is None else run.peak_orders_per_hour * run.time_scale
    return Throughput(
        window_s=length_s,
        asked_orders_per_hour=asked,
        delay_s=_delay_s(ran, _of(ran, ORDER, run, at_s), length_s) if ran else 0.0,
        requests_offered_per_s=_per(int(np.count_nonzero(sent)), length_s),
        requests_answered_per_s=_per(int(np.count_nonzero(sent & ~among(outcome, (*FAILED, "cut")))), length_s),
    )


def journey_lines(samples: pa.Table, ran: Journeys, run: LoadRun, at_s: float) -> list[JourneyLine]:
    """Journeys with intended start in the window, by name and outcome, in order of names."""
    length_s, places = window_s(samples, run, at_s), _failed_at(samples)
    rows, lines = np.unique(samples.column("row").to_numpy()), []
    for name in ran.names:
        mine = _of(ran, name, run, at_s)
        offered, failed, completed = (int(np.count_nonzero(mine & each)) for each in (mine, ran.failed, ran.answered))
        at = Counter(places[row] for row in rows[mine & ran.failed].tolist())
        if offered:
            lines.append(
                JourneyLine(
                    journey=name,
                    offered=offered,
                    started=offered - at[DROPPED],
                    completed=completed,
                    failed=failed,
                    failed_at=dict(at.most_common()),
                    other=offered - completed - failed,
                    offered_per_hour=_HOUR_S * _per(offered, length_s),
                    completed_per_hour=_HOUR_S * _per(completed, length_s + _delay_s(ran, mine, length_s)),
                )
            )
    return lines


def step_lines(samples: pa.Table, run: LoadRun, at_s: float) -> list[StepLine]:
    """The requests of each step in the window, by journey, steps in the order in which they come."""
    here = _within(floats(samples, "t_intended"), run, at_s) & ~np.isnan(floats(samples, "t_start"))
    samples = samples.filter(pa.array(here)).sort_by("t_intended")
    journey, step = (samples[name].cast(pa.string()).to_pylist() for name in ("journey", "step"))
    pairs = list(zip(journey, step, strict=True))
    names = {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
    of = np.array([names[pair] for pair in pairs], dtype=np.int64)
    outcome, errors = outcomes(samples), samples["error"].to_pylist()
    response_s = floats(samples, "t_end") - floats(samples, "t_intended")
    lines = [
        _step_line(pair, np.flatnonzero(of == number), outcome, errors, response_s) for pair, number in names.items()
    ]
    return sorted(lines, key=lambda line: line.journey)


def _step_line(
    pair: tuple[str, str], mine: np.ndarray, outcome: np.ndarray, errors: list[str | None], response_s: np.ndarray
) -> StepLine:
    failed = mine[among(outcome[mine], FAILED)]
    took_s = response_s[mine[among(outcome[mine], ANSWERED)]]
    p50_s, p95_s, p99_s = np.quantile(took_s, (0.5, 0.95, 0.99)).tolist() if len(took_s) else (None, None, None)
    errors_seen = Counter(error(errors[row] or "no reason given") for row in failed.tolist())
    return StepLine(
        journey=pair[0],
        step=pair[1],
        requests=len(mine),
        failed=len(failed),
        errors=dict(errors_seen.most_common()),
        mean_s=float(took_s.mean()) if len(took_s) else None,
        p50_s=p50_s,
        p95_s=p95_s,
        p99_s=p99_s,
    )


def _failed_at(samples: pa.Table) -> dict[int, str]:
    """By row of the trace, the step of its first failed request."""
    failed = samples.filter(pa.array(among(outcomes(samples), FAILED))).sort_by("t_intended")
    first_failed: dict[int, str] = {}
    for row, step in zip(failed["row"].to_pylist(), failed["step"].cast(pa.string()).to_pylist(), strict=True):
        first_failed.setdefault(row, step or DROPPED)
    return first_failed


def _of(ran: Journeys, name: str, run: LoadRun, at_s: float) -> np.ndarray:
    """Which journeys have this name and an intended start in the window, bool[m]."""
    number = ran.names.index(name) if name in ran.names else -1
    return (ran.name == number) & _within(ran.t_s, run, at_s)


def _within(t_s: np.ndarray, run: LoadRun, at_s: float) -> np.ndarray:
    return (t_s >= run.warmup_s) & (t_s < at_s)


def _delay_s(ran: Journeys, mine: np.ndarray, length_s: float) -> float:
    """Growth of the backlog in s: median time in the software over the last tenth of the journeys, less that over the first tenth.

    Journeys that start within [a, b] and take d(a) at first and d(b) at last end within b − a + d(b) − d(a): an overloaded system may complete
    them all, each later than the one before.
    """
    done = np.flatnonzero(mine & ran.answered)
    took_s = ran.software_s[done[np.argsort(ran.t_s[done], kind="stable")]]
    tenth = len(took_s) // _TENTHS
    if not tenth:
        return 0.0
    delay_s = float(np.median(took_s[-tenth:]) - np.median(took_s[:tenth]))
    return delay_s if delay_s > _DELAY_SHARE * length_s else 0.0


def _per(number: int, length_s: float) -> float:
    return number / length_s if length_s else 0.0
