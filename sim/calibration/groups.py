"""SKU groups of a log that are bought at other hours, or by other numbers of units, than the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from sim.calibration.estimators import distribution_of
from sim.scenario.sections.distributions import Varying
from sim.traffic.log.tickets import Tickets

LEVEL = 0.01
"""Share of logs of which some group is given hours, or units, of its own though all are alike."""
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
    apart = _own_hours(tickets, hour, lines)
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


def _own_hours(tickets: Tickets, hour: np.ndarray, lines: list[np.ndarray]) -> list[bool]:
    """Which groups have hours of their own; `lines` has those of each group by ticket, int64[n].

    Lines of a group that sells at noon are missing to all others then. So the group with the least p-value is taken out, and the others are held
    against what is left, until none is significant; each time the level is divided by the number of groups that are left.
    """
    found, left = [False] * len(lines), np.diff(tickets.line_start)
    while not all(found):
        log_p = {n: _hours_log_p(tickets, hour, of, left) for n, of in enumerate(lines) if not found[n]}
        least = min(log_p, key=lambda n: log_p[n])
        if log_p[least] > np.log(LEVEL / len(log_p)):
            break
        found[least], left = True, left - lines[least]
    return found


def _hours_log_p(tickets: Tickets, hour: np.ndarray, lines: np.ndarray, size: np.ndarray) -> float:
    """Logarithm of the p-value of a group's lines by hour, against all orders of the tickets of each store's day.

    `lines` int64[n] are the group's on each ticket, of `size` int64[n]; held against the hours is what exceeds the group's share of the ticket, so
    that larger baskets at some hours make no difference. Method: the stratified mean-score statistic of Landis, Heyman and Koch (1978,
    *International Statistical Review* 46), the generalised Cochran–Mantel–Haenszel statistic.
    """
    if np.count_nonzero(lines) < _LEAST_TICKETS:
        return 0.0
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
    return float(stats.chi2.logsf(sums @ inverse @ sums, rank)) if rank else 0.0


def _own_units(units: np.ndarray, group: np.ndarray, ticket: np.ndarray, groups: int) -> list[bool]:
    """Which groups have units of their own: taken out one by one, as in `_own_hours`, where `_units_p` says so and the distance is `_LEAST_GAP`."""
    found, left = [False] * groups, np.ones(len(units), dtype=bool)
    while not all(found):
        tried = {n: _units_p(units[left], group[left] == n, ticket[left]) for n in range(groups) if not found[n]}
        far = {n: gap for n, (p, gap) in tried.items() if gap >= _LEAST_GAP and p <= LEVEL / len(tried)}
        if not far:
            break
        farthest = max(far, key=lambda n: far[n])
        found[farthest], left = True, left & (group != farthest)
    return found


def _units_p(units: np.ndarray, inside: np.ndarray, ticket: np.ndarray) -> tuple[float, float]:
    """p-value of the mean rank of units of lines `inside`, bool[lines], against that of others, and the Kolmogorov distance of both.

    Lines of one ticket may be alike, so the standard error is that of sums over tickets (a cluster-robust two-sample test).
    """
    sizes = int(inside.sum()), int((~inside).sum())
    if min(sizes) == 0 or len(np.unique(ticket[inside])) < _LEAST_TICKETS:
        return 1.0, 0.0
    score = stats.rankdata(units)
    means = score[inside].mean(), score[~inside].mean()
    rest = np.where(inside, (score - means[0]) / sizes[0], -(score - means[1]) / sizes[1])
    error = float(np.sqrt((np.bincount(ticket, rest) ** 2).sum()))
    gap = float(stats.ks_2samp(units[inside], units[~inside], method="asymp").statistic)
    return (float(2 * stats.norm.sf(abs(means[0] - means[1]) / error)) if error > 0 else float(gap == 0)), gap
