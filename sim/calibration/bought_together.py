"""Pairs of SKUs that a log's tickets hold together more often than the size of tickets and their hours explain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from scipy import stats

from sim.traffic.log.tickets import Tickets
from sim.traffic.pairs import OutOfReach, solve

if TYPE_CHECKING:
    from sim.calibration.fit import Fit

LEVEL = 0.01
"""Share of logs without any such pair of which one is found (Bonferroni, over all pairs of SKUs that are frequent enough)."""
LEAST_SUPPORT = 0.002
"""Share of tickets that hold both."""
LEAST_TICKETS = 30
"""Tickets that hold both: fewer leave a standard error of more than a fifth of the lift."""
LEAST_EXCESS = 1.25
"""Least ratio to the tickets that sizes and hours explain."""
MOST_PAIRS = 40
_MOST_SKUS = 1_000
_OWN_CLASS = 8
"""Tickets of up to so many lines are compared with those of the same number; of more, with those of up to a quarter more."""


@dataclass(frozen=True)
class PairFit:
    """Two SKUs that are bought together."""

    skus: tuple[int, int]
    """SKU numbers."""
    tickets: int
    """With both."""
    expected: float
    """Tickets with both, were SKUs independent given the store, the month, the hour and the size of the ticket."""
    lift: float
    """Share of tickets with both, over the product of the shares with each."""
    standard_error: float
    """Of the lift."""


def bought_together(tickets: Tickets) -> tuple[PairFit, ...]:
    """At most `MOST_PAIRS` pairs, those with most tickets above expectation first.

    The number of tickets with both is held against its mean over all orders of SKUs among tickets of one stratum (Mantel and Haenszel 1959,
    *Journal of the National Cancer Institute* 22), less what distinct SKUs leave, (k − 1)/k of tickets of k lines, by a Poisson tail, which is longer
    than that of the permutation distribution.
    """
    n = len(tickets)
    least = max(LEAST_TICKETS, int(np.ceil(LEAST_SUPPORT * n)))
    with_sku = np.bincount(tickets.line_sku)
    named = np.argsort(-with_sku, kind="stable")[: min(int((with_sku >= least).sum()), _MOST_SKUS)]
    skus = len(named)
    if skus < 2:
        return ()
    size, holds = np.diff(tickets.line_start), _holds(tickets, named)
    both = np.triu((holds.T @ holds).toarray(), 1)
    stratum, of_stratum = _strata(tickets, size)
    in_stratum = sp.csr_array((np.ones(n), (stratum, np.arange(n))), shape=(len(of_stratum), n)) @ holds
    expected = np.triu((in_stratum.T @ (in_stratum * of_stratum[:, None])).toarray(), 1)
    p = stats.poisson.sf(both - 1, np.maximum(expected, 1e-12))
    tried = skus * (skus - 1) / 2
    a, b = np.nonzero((both >= least) & (p <= LEVEL / tried) & (both >= LEAST_EXCESS * expected))
    most = np.argsort(expected[a, b] - both[a, b], kind="stable")[:MOST_PAIRS]
    found = []
    for x, y in zip(a[most].tolist(), b[most].tolist(), strict=True):
        of_x, of_y = (with_sku[named[[x, y]]] / n).tolist()
        lift, error = _lift(both[x, y] / n, of_x, of_y, n)
        found.append(PairFit((int(named[x]), int(named[y])), int(both[x, y]), float(expected[x, y]), lift, error))
    return tuple(found)


def lifts(tickets: Tickets, pairs: tuple[PairFit, ...]) -> np.ndarray:
    """Lifts of these pairs, float64[pairs]; NaN where one of the SKUs is on no ticket."""
    n, named = len(tickets), np.unique([sku for pair in pairs for sku in pair.skus])
    holds = _holds(tickets, named)
    both, place = (holds.T @ holds).toarray() / n, {sku: at for at, sku in enumerate(named.tolist())}
    share = both.diagonal()
    at = np.array([[place[sku] for sku in pair.skus] for pair in pairs])
    independent = share[at[:, 0]] * share[at[:, 1]]
    return np.divide(both[at[:, 0], at[:, 1]], independent, out=np.full(len(pairs), np.nan), where=independent > 0)


def _holds(tickets: Tickets, named: np.ndarray) -> sp.csr_array:
    """1.0 where a ticket holds one of the SKUs `named`, [tickets, named]."""
    place = np.full(int(max(tickets.line_sku.max(), named.max())) + 1, -1)
    place[named] = np.arange(len(named))
    ticket, sku = np.repeat(np.arange(len(tickets)), np.diff(tickets.line_start)), place[tickets.line_sku]
    lines = np.flatnonzero(sku >= 0)
    return sp.csr_array((np.ones(len(lines)), (ticket[lines], sku[lines])), shape=(len(tickets), len(named)))


def _lift(both: float, a: float, b: float, n: int) -> tuple[float, float]:
    """A lift and its standard error, by the delta method on its logarithm, from the shares of n tickets with both, with one and with the other."""
    lift = both / (a * b)
    variance = (1 / both - 1 / a - 1 / b + 2 * lift - 1) / n
    return float(lift), float(lift * np.sqrt(max(variance, 0.0)))


def _strata(tickets: Tickets, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stratum of each ticket, and of each stratum what a pair's product of tickets is divided by to be expected: (k − 1)/k over its tickets."""
    of_size = np.where(
        size <= _OWN_CLASS, size, _OWN_CLASS + np.ceil(np.log(np.maximum(size, 1) / _OWN_CLASS) / np.log(1.25))
    ).astype(np.int64)
    month = tickets.stamp.astype("datetime64[M]").astype(int)
    hour = (tickets.stamp - tickets.stamp.astype("datetime64[D]")).astype("timedelta64[h]").astype(int)
    place = ((tickets.store.astype(np.int64) * (month.max() + 1) + month) * 24 + hour) * (of_size.max() + 1) + of_size
    _, stratum = np.unique(place, return_inverse=True)
    n = np.bincount(stratum)
    lines = np.bincount(stratum, size) / n
    return stratum, (1 - 1 / lines) / n


def drawable(found: Fit, weight: np.ndarray, group_of_sku: tuple[str, ...]) -> tuple[PairFit, ...]:
    """The pairs of a fit whose lifts, with a tenth to spare, can be drawn together with this popularity, float64[skus], and the groups' hours."""
    own = [group for group in found.groups if group.hour_shares is not None]
    number = {group.name: n for n, group in enumerate(own)}
    group = np.array([number.get(name, -1) for name in group_of_sku], dtype=np.int64) if own else None
    profiles = np.array([group.hour_shares for group in own]) if own else None
    kept = list(found.pairs)
    while kept:
        try:
            for spare in (1.1, 1.0):
                pairs = [(*pair.skus, spare * pair.lift) for pair in kept]
                solve(weight, found.basket_lines, pairs, found.hour_shares, group, profiles)
        except OutOfReach as error:
            kept = [pair for at, pair in enumerate(kept) if at not in error.expected]
        else:
            break
    return tuple(kept)
