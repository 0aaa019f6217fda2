"""The service profile from samples: latency and failures of each journey by load, and outages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy import stats

from sim.evidence.journeys import Journeys, journeys
from sim.evidence.requests import among, floats, outcomes, without_faults
from sim.evidence.service.load_levels import Load, load
from sim.evidence.statistics.incidents import Incidents, chance_gap_s, design_effect, incidents
from sim.evidence.statistics.intervals import CONFIDENCE, share_high, share_low
from sim.evidence.verdict.targets import DEFAULT
from sim.records.load_run import LoadRun
from sim.records.profile import LEVELS, LoadLevel, Outages, ServiceProfile
from sim.records.refusal import Refusal
from sim.records.samples import FAILED

OUTAGE_S = 30.0
"""Default mean length of outages in the bound on unavailability, for a window without one."""

_TWO_SIDED = (1 + CONFIDENCE) / 2
_LEAST_JOURNEYS = 50
"""Least number of answered journeys in a level; levels with fewer are joined."""
_OUTAGE_SHARE = 0.9
"""An outage fails at least this share of the requests inside it, and at least `_LEAST_FAILURES` of them."""
_LEAST_FAILURES = 3


def measure(
    samples: pa.Table, run: LoadRun, outage_s: float = OUTAGE_S, *, file: Path | str = "samples"
) -> ServiceProfile:
    """The service profile of a load test.

    Args:
        samples: requests of `sim.records.samples.SCHEMA`.
        run: the record of the load test.
        outage_s: least mean length of outages, s, in the bound on unavailability.
        file: the samples' file, for a refusal to name.

    Raises `Refusal` where no journey was answered after the warm-up.
    """
    samples = samples.filter(pa.array(floats(samples, "t_intended") >= run.warmup_s)).sort_by("t_intended")
    ran = journeys(samples)
    if not ran.answered.any():
        raise Refusal(file, "", "a journey that was answered after the warm-up", f"{len(ran.t_s)} journeys")
    samples = without_faults(samples)
    request_s = floats(samples, "t_intended")
    failed = among(outcomes(samples), FAILED)
    gap_s = chance_gap_s(request_s, DEFAULT[0].bad_share)
    seen = incidents(request_s[failed], gap_s)
    dark = _dark(seen, request_s)
    carried = load(request_s, ran.t_s)
    levels = {
        name: _levels(ran, (ran.name == index) & ~_inside(ran.t_s, seen, dark), carried, gap_s)
        for index, name in enumerate(ran.names)
    }
    return ServiceProfile(
        source=run.run_id,
        measured=True,
        journeys={name: measured for name, measured in levels.items() if measured},
        requests_per_journey={
            name: float(ran.requests[ran.name == index].mean()) for index, name in enumerate(ran.names) if levels[name]
        },
        outages=_outages(seen, dark, request_s, gap_s, run.duration_s - run.warmup_s, outage_s),
        measured_load_per_s=(float(carried.requests_per_s.min()), float(carried.requests_per_s.max())),
        stock_sync_lag_s=float(np.median(run.stock_sync_lags_s)) if run.stock_sync_lags_s else None,
    )


def _levels(ran: Journeys, mine: np.ndarray, carried: Load, gap_s: float) -> list[LoadLevel]:
    """Load levels of one journey, lowest load first; a level with fewer than `_LEAST_JOURNEYS` answered is joined with the next."""
    windows = carried.window(ran.t_s)
    level = carried.level[windows]
    filled: list[np.ndarray] = []
    for number in np.unique(level[mine]):
        here = mine & (level == number)
        if filled and np.count_nonzero(filled[-1] & ran.answered) < _LEAST_JOURNEYS:
            filled[-1] |= here
        else:
            filled.append(here)
    if len(filled) > 1 and np.count_nonzero(filled[-1] & ran.answered) < _LEAST_JOURNEYS:
        thin = filled.pop()
        filled[-1] |= thin
    return [
        _level(ran, here, float(carried.requests_per_s[windows[here]].mean()), gap_s)
        for here in filled
        if (here & ran.answered).any()
    ]


def _level(ran: Journeys, here: np.ndarray, requests_per_s: float, gap_s: float) -> LoadLevel:
    order = np.argsort(ran.t_s[here], kind="stable")
    t_s, failed = ran.t_s[here][order], ran.failed[here][order]
    effect = design_effect(t_s, failed, gap_s)
    number, bad = len(failed), np.count_nonzero(failed)
    return LoadLevel(
        requests_per_s=requests_per_s,
        journeys=number,
        latency_s=np.quantile(ran.software_s[here & ran.answered], LEVELS).tolist(),
        availability=1 - bad / number,
        availability_low=1 - share_high(bad / effect, number / effect, _TWO_SIDED),
        availability_high=1 - share_low(bad / effect, number / effect, _TWO_SIDED),
    )


def _dark(seen: Incidents, request_s: np.ndarray) -> np.ndarray:
    """Which incidents are outages, bool[m]: those in which (almost) no request was answered."""
    inside = np.searchsorted(request_s, seen.last_s, "right") - np.searchsorted(request_s, seen.first_s, "left")
    return (seen.sizes >= _LEAST_FAILURES) & (seen.sizes >= _OUTAGE_SHARE * inside)


def _inside(t_s: np.ndarray, seen: Incidents, dark: np.ndarray) -> np.ndarray:
    """Which instants lie in an outage, bool[n]."""
    first_s, last_s = seen.first_s[dark], seen.last_s[dark]
    before = np.searchsorted(first_s, t_s, "right") - 1
    return (before >= 0) & (t_s <= np.append(last_s, -np.inf)[before])


def _outages(
    seen: Incidents, dark: np.ndarray, request_s: np.ndarray, gap_s: float, window_s: float, declared_s: float
) -> Outages:
    """Lengths of incidents, and an upper bound on the share of time down: Poisson bound on the number of outages × their mean length / window."""
    between_s = float(request_s[-1] - request_s[0]) / max(len(request_s) - 1, 1)
    length_s = seen.last_s - seen.first_s + between_s
    mean_s = max(declared_s, float(length_s[dark].mean()) if dark.any() else 0.0)
    most = float(stats.chi2.ppf(CONFIDENCE, 2 * (np.count_nonzero(dark) + 1))) / 2
    return Outages(
        window_s=window_s,
        gap_s=gap_s,
        lengths_s=length_s[dark].tolist(),
        bursts_s=length_s[~dark].tolist(),
        unavailability_high=min(1.0, most * mean_s / window_s),
        declared_length_s=declared_s,
    )
