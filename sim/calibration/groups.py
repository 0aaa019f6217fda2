"""SKU groups of a log that are bought at other hours, or by other numbers of units, than the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from sim.calibration.estimators import distribution_of
from sim.scenario.sections.distributions import Varying
from sim.traffic.log.tickets import Tickets

LEVEL = 0.01
"""Share of logs of which some group is given hours, or units, of its own though all are alike (Holm 1979, *Scandinavian Journal of Statistics* 6)."""
_LEAST_TICKETS = 30
"""Of an hour that is counted in the test, and of a group."""
_LEAST_GAP = 0.02
"""Least Kolmogorov distance between the units of a group and of the rest."""


@dataclass(frozen=True)
class GroupFit:
    """One group of SKUs: None where it is as the rest."""

    name: str
    lines: int
    hour_shares: np.ndarray | None
    """float64[24], of its lines, were baskets as large at all hours; they add up to 1."""
    line_units: Varying | None
    units_mean: float


def fit_groups(tickets: Tickets, group_of_sku: tuple[str, ...], hour_shares: np.ndarray) -> tuple[GroupFit, ...]:
    """Groups of SKUs by falling number of lines; `group_of_sku` has the group of each SKU, '' where it is unknown."""
    names = sorted({name for name in group_of_sku if name})
    if not names:
        return ()
    number = {name: n for n, name in enumerate(names)}
    group = np.array([number.get(name, -1) for name in group_of_sku])[tickets.line_sku]
    ticket = np.repeat(np.arange(len(tickets)), np.diff(tickets.line_start))
    hour = (tickets.stamp - tickets.stamp.astype("datetime64[D]")).astype("timedelta64[h]").astype(int)
    lines = [np.bincount(ticket[group == n], minlength=len(tickets)) for n in range(len(names))]
    seen = [np.bincount(hour, of, 24) for of in lines]
    total = np.bincount(hour[ticket], minlength=24)
    apart = _beyond_chance([_hours_p(tickets, hour, of) for of in lines])
    own_units = _own_units(tickets.line_units, group, ticket, len(names))
    found = []
    for n, name in enumerate(names):
        shares = hour_shares * np.divide(seen[n], total, out=np.zeros(24), where=total > 0)
        units = tickets.line_units[group == n]
        found.append(
            GroupFit(
                name=name,
                lines=int(seen[n].sum()),
                hour_shares=shares / shares.sum() if apart[n] else None,
                line_units=distribution_of(units) if own_units[n] else None,
                units_mean=float(units.mean()),
            )
        )
    return tuple(sorted(found, key=lambda of: -of.lines))


def _hours_p(tickets: Tickets, hour: np.ndarray, lines: np.ndarray) -> float:
    """p-value of a group's lines by hour, against all orders of the tickets of each store's day.

    `lines` int64[n] are the group's on each ticket; held against the hours is what exceeds the group's share of the ticket, so that larger baskets
    at some hours make no difference. Method: the stratified mean-score statistic of Landis, Heyman and Koch (1978, *International Statistical
    Review* 46), the generalised Cochran–Mantel–Haenszel statistic.
    """
    if np.count_nonzero(lines) < _LEAST_TICKETS:
        return 1.0
    size = np.diff(tickets.line_start)
    score = lines - size * (lines.sum() / size.sum())
    day = tickets.stamp.astype("datetime64[D]").astype(int)
    _, stratum = np.unique(tickets.store.astype(np.int64) * (day.max() + 1) + day, return_inverse=True)
    n = np.bincount(stratum)
    score = score - (np.bincount(stratum, score) / n)[stratum]
    spread = np.bincount(stratum, score**2) / np.maximum(n - 1, 1)
    hours = np.flatnonzero(np.bincount(hour, minlength=24) >= _LEAST_TICKETS)
    by_hour = np.bincount(stratum * 24 + hour, minlength=24 * len(n)).reshape(-1, 24)[:, hours]
    sums = np.bincount(hour, score, 24)[hours]
    covariance = np.diag(spread @ by_hour) - by_hour.T @ (by_hour * (spread / n)[:, None])
    inverse, rank = (
        np.linalg.pinv(covariance, rcond=1e-8, hermitian=True),
        np.linalg.matrix_rank(covariance, hermitian=True),
    )
    return float(stats.chi2.sf(sums @ inverse @ sums, rank)) if rank else 1.0


def _own_units(units: np.ndarray, group: np.ndarray, ticket: np.ndarray, groups: int) -> list[bool]:
    """Which groups have units of their own: the mean rank of their lines' units differs from that of the rest, and distributions by `_LEAST_GAP`.

    Lines of one ticket may be alike, so the standard error is that of sums over tickets (a cluster-robust two-sample test).
    """
    score = stats.rankdata(units)
    score -= score.mean()
    p, gaps = [], []
    for n in range(groups):
        inside = group == n
        sizes = int(inside.sum()), int((~inside).sum())
        if min(sizes) == 0 or len(np.unique(ticket[inside])) < _LEAST_TICKETS:
            p.append(1.0)
            gaps.append(0.0)
            continue
        means = score[inside].mean(), score[~inside].mean()
        rest = np.where(inside, (score - means[0]) / sizes[0], -(score - means[1]) / sizes[1])
        error = float(np.sqrt((np.bincount(ticket, rest) ** 2).sum()))
        p.append(float(2 * stats.norm.sf(abs(means[0] - means[1]) / error)) if error > 0 else 1.0)
        gaps.append(float(stats.ks_2samp(units[inside], units[~inside], method="asymp").statistic))
    return [own and gap >= _LEAST_GAP for own, gap in zip(_beyond_chance(p), gaps, strict=True)]


def _beyond_chance(p: list[float]) -> list[bool]:
    """Holm's step-down procedure at `LEVEL`."""
    found = [False] * len(p)
    for tried, n in enumerate(np.argsort(p).tolist()):
        if p[n] > LEVEL / (len(p) - tried):
            break
        found[n] = True
    return found
