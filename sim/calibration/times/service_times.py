"""Fits the till times of a scenario to timed tickets: a fixed time and a time per item, each with its scatter, and the time of payment.

A ticket of n items takes F + n·I seconds (docs/trading.md, 7). F and I differ from customer to customer, with variances v_F and v_I, so its
mean is f + i·n and its variance v_F + v_I·n². The means are found by weighted least squares, the variances by weighted least squares of the
squared residuals on 1 and n² (not below 0), in turn until neither changes: a linear model with random coefficients (Hildreth and Houck 1968,
Journal of the American Statistical Association 63, 584–595). Neither step asks for a distribution of the errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from scipy.optimize import nnls

from sim.calibration.times.jackknife import Estimate, groups_of, intervals
from sim.calibration.times.payment_names import channel_code
from sim.calibration.times.service_sheet import Journal
from sim.records.refusal import Refusal
from sim.scenario.sections.distributions import Constant, Gamma, Lognormal, Varying

LEAST_TICKETS = 30
"""Of tills, of self-checkouts and of a payment channel that is fitted."""
FURTHEST = 4.0
"""Robust standard deviations of the logarithm at which a ticket is left out: one in 16,000 where the model holds."""
SIZES = (1, 2, 4, 7, 11, 21, 1_001)
"""Bounds of the classes of items in which fitted and timed means are compared."""
_ROUNDS = 60
_GRID = (np.arange(64) + 0.5) / 64
_LEAST_CV = 1e-3


@dataclass(frozen=True)
class SizeClass:
    """Tickets of a class of sizes."""

    first: int
    last: int
    """Items."""
    tickets: int
    timed_s: float
    fitted_s: float
    standard_error_s: float


@dataclass(frozen=True)
class Payment:
    """A payment channel of the journal."""

    name: str
    """As the journal has it; several where they are one channel in a scenario."""
    code: str
    tickets: int
    share: float
    pays_s: Estimate
    cv: float
    """0 where payment was not timed."""


@dataclass(frozen=True)
class ServiceFit:
    """Till times as fitted."""

    tickets: int
    """That were used, at tills."""
    fixed_s: Estimate
    """Without payment where it was timed or channels are known, with it otherwise."""
    fixed_cv: Estimate
    item_s: Estimate
    item_cv: Estimate
    fixed: Varying
    item: Varying
    payments: tuple[Payment, ...]
    """Empty where the journal has no channel; one without a name where payment was timed all the same."""
    payment_timed: bool
    self_tickets: int
    self_factor: Estimate | None
    """Of the time per item, with the fixed time of tills; None without enough tickets."""
    self_own: tuple[float, float]
    """Fixed time and time per item that self-checkouts alone would have."""
    left_out: int
    """Tickets too far from all others."""
    mean_with_left_out_s: float
    mean_s: float
    gap: float
    """Largest distance between the distribution of the timed and of the fitted tickets (Kolmogorov)."""
    gap_by_chance: float
    """At which 95 % of samples from the fit would lie."""
    explained: float
    """Share of the variance of service times that items explain."""
    sizes: tuple[SizeClass, ...]
    clusters: int
    """Over which the interval runs; 0: tickets are taken as independent."""


@dataclass(frozen=True)
class _Cells:
    """Tickets with the same group, intercept and items, put together: all that the fit needs."""

    group: np.ndarray
    intercept: np.ndarray
    items: np.ndarray
    count: np.ndarray
    mean: np.ndarray
    square: np.ndarray

    def kept(self, groups: np.ndarray | None) -> _Cells:
        """The cells of the groups that are True."""
        if groups is None:
            return self
        at = groups[self.group]
        return _Cells(*(column[at] for column in vars(self).values()))


@dataclass(frozen=True)
class _Means:
    intercepts: np.ndarray
    """float64[channels]; NaN where a channel has no ticket."""
    item_s: float
    fixed_variance: float
    item_variance: float

    @property
    def least(self) -> float:
        """Of the fastest channel."""
        return float(np.nanmin(self.intercepts))

    def mean(self, intercept: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Seconds, of tickets of `items`."""
        return self.intercepts[intercept] + self.item_s * items

    def variance(self, items: np.ndarray) -> np.ndarray:
        """Square seconds."""
        return self.fixed_variance + self.item_variance * items.astype(np.float64) ** 2


def fit_service(journal: Journal) -> ServiceFit:
    """Fit till times. Raises `Refusal` for fewer than `LEAST_TICKETS` tickets, one size only, or times that do not rise with items."""
    tills = ~journal.self_checkout
    _check(journal, tills)
    timed = not np.isnan(journal.payment_s).any()
    service_s = journal.service_s - (journal.payment_s if timed else 0.0)
    channel, names = _channels(journal, tills)
    named = 1 if timed or not names else len(names)
    intercept = channel if named > 1 else np.zeros(len(journal), dtype=np.int64)
    groups, count = groups_of(journal.cluster, journal.clusters)
    known = intercept >= 0
    kept = tills & known & _near(service_s, intercept, journal.items, tills & known)
    cells = _cells(groups, intercept, journal.items, service_s, kept)
    means = _fit(cells)
    paid_s = service_s - np.where(known, means.intercepts[intercept] - means.least, 0.0)
    of_self = _cells(groups, np.zeros_like(intercept), journal.items, paid_s, _self_kept(journal, paid_s, known))
    statistic = partial(_figures, cells, of_self, means, _Paid(journal, groups, channel, names, timed, kept), named)
    fixed, item, fixed_cv, item_cv, factor, *pays = intervals(statistic, count, positive=True)
    if not item.value > 0:
        raise Refusal(
            journal.rows.file,
            "items",
            "tickets that take longer the more items they have",
            f"{item.value:.3g} s an item",
        )
    shape, gap, by_chance = _shape(means, service_s[kept], intercept[kept], journal.items[kept])
    enough_self = of_self.count.sum() >= LEAST_TICKETS
    return ServiceFit(
        tickets=int(kept.sum()),
        fixed_s=fixed,
        fixed_cv=fixed_cv,
        item_s=item,
        item_cv=item_cv,
        fixed=_varying(shape, fixed.value, fixed_cv.value),
        item=_varying(shape, item.value, item_cv.value),
        payments=_payments(journal, channel, names, pays, timed, kept),
        payment_timed=timed,
        self_tickets=int(of_self.count.sum()),
        self_factor=factor if enough_self else None,
        self_own=_own(of_self) if enough_self else (float("nan"), float("nan")),
        left_out=int((tills & known).sum() - kept.sum()),
        mean_with_left_out_s=float(journal.service_s[tills].mean()),
        mean_s=float(journal.service_s[kept].mean()),
        gap=gap,
        gap_by_chance=by_chance,
        explained=_explained(means, service_s[kept], intercept[kept], journal.items[kept]),
        sizes=_sizes(means, service_s[kept], intercept[kept], journal.items[kept]),
        clusters=journal.clusters if count == journal.clusters and journal.cluster_kind else 0,
    )


def _check(journal: Journal, tills: np.ndarray) -> None:
    file = journal.rows.file
    if tills.sum() < LEAST_TICKETS:
        raise Refusal(file, "", f"at least {LEAST_TICKETS} tickets at tills", int(tills.sum()))
    if len(np.unique(journal.items[tills])) < 2:
        raise Refusal(file, "items", "tickets of two sizes at least", f"{journal.items[tills][0]} items in every row")


def _channels(journal: Journal, tills: np.ndarray) -> tuple[np.ndarray, dict[str, list[str]]]:
    """int64[n] of the channels of a scenario that have enough tickets, −1 for others, and their names in the journal by code."""
    codes = [channel_code(name) for name in journal.channels]
    number = np.array([*(codes.index(code) for code in codes), -1], dtype=np.int64)[journal.channel]
    count = np.bincount(number[tills & (number >= 0)], minlength=max(len(codes), 1))
    enough = [n for n in dict.fromkeys(codes.index(code) for code in codes) if count[n] >= LEAST_TICKETS]
    place = np.full(max(len(codes), 1) + 1, -1, dtype=np.int64)
    place[enough] = np.arange(len(enough))
    names: dict[str, list[str]] = {codes[n]: [] for n in enough}
    for name, code in zip(journal.channels, codes, strict=True):
        if code in names:
            names[code].append(name)
    return place[number], names


def _near(service_s: np.ndarray, intercept: np.ndarray, items: np.ndarray, use: np.ndarray) -> np.ndarray:
    """bool[n]: tickets within `FURTHEST` robust standard deviations, by the logarithm, of what the others say of their size."""
    use = use & (service_s > 0)
    if len(np.unique(items[use])) < 2:
        return use
    near = use.copy()
    for _ in range(10):
        means = _fit(_cells(np.zeros_like(intercept), intercept, items, service_s, near))
        mean = np.maximum(means.mean(intercept, items), 1e-9)
        spread = np.sqrt(np.log1p(np.maximum(means.variance(items), 1e-12 * mean**2) / mean**2))
        z = (np.log(np.where(use, service_s, 1.0)) - np.log(mean) + spread**2 / 2) / spread
        centre = np.median(z[use])
        scale = max(1.4826 * float(np.median(np.abs(z[use] - centre))), 1e-6)
        again = use & (np.abs(z - centre) <= FURTHEST * scale)
        if (again == near).all() or len(np.unique(items[again])) < 2:
            break
        near = again
    return near


def _cells(
    group: np.ndarray, intercept: np.ndarray, items: np.ndarray, service_s: np.ndarray, use: np.ndarray
) -> _Cells:
    keys = np.stack([group[use], intercept[use], items[use]])
    cells, at = np.unique(keys, axis=1, return_inverse=True)
    at = at.reshape(-1)
    count = np.bincount(at, minlength=cells.shape[1]).astype(np.float64)
    total = np.bincount(at, service_s[use], cells.shape[1])
    square = np.bincount(at, service_s[use] ** 2, cells.shape[1])
    return _Cells(cells[0], cells[1], cells[2], count, total / count, square / count)


def _fit(cells: _Cells, start: _Means | None = None) -> _Means:
    """Means and variances by turns, from those of `start` where it is given."""
    intercepts = int(cells.intercept.max(initial=0)) + 1
    items = cells.items.astype(np.float64)
    design = np.column_stack([cells.intercept[:, None] == np.arange(intercepts), items])
    variance = 1.0 + items**2 / np.average(items**2, weights=cells.count)
    if start and start.fixed_variance + start.item_variance > 0:
        variance = start.variance(cells.items)
    powers = np.column_stack([np.ones_like(items), items**2])
    beta, parts = np.zeros(intercepts + 1), np.zeros(2)
    scarce = cells.count.sum() / max(cells.count.sum() - intercepts - 1, 1)
    for _ in range(_ROUNDS):
        root = np.sqrt(cells.count / variance)
        again = np.linalg.lstsq(design * root[:, None], cells.mean * root, rcond=None)[0]
        mean = design @ again
        residual = np.maximum(cells.square - 2 * cells.mean * mean + mean**2, 0.0) * scarce
        root = np.sqrt(cells.count) / variance
        parts = nnls(powers * root[:, None], residual * root)[0]
        done = np.allclose(again, beta, rtol=1e-6, atol=1e-9)
        beta = again
        floor = 1e-6 * max(float(np.average(cells.square, weights=cells.count)), 1e-12)
        variance = np.maximum(powers @ parts, floor)
        if done:
            break
    held = np.bincount(cells.intercept, minlength=intercepts) > 0
    return _Means(np.where(held, beta[:-1], np.nan), float(beta[-1]), float(parts[0]), float(parts[1]))


@dataclass(frozen=True)
class _Paid:
    """What the time of payment is fitted from, where it was timed."""

    journal: Journal
    groups: np.ndarray
    channel: np.ndarray
    names: dict[str, list[str]]
    timed: bool
    use: np.ndarray

    def means(self, kept: np.ndarray | None) -> np.ndarray:
        """float64[channels], of payments that were timed."""
        use = self.use if kept is None else self.use & kept[self.groups]
        at, paid = self.channel[use], self.journal.payment_s[use]
        if not self.names:
            return np.array([paid.mean()])
        counted = np.bincount(at[at >= 0], minlength=len(self.names))
        total = np.bincount(at[at >= 0], paid[at >= 0], len(self.names))
        return np.divide(total, counted, out=np.full(len(self.names), np.nan), where=counted > 0)


def _figures(
    cells: _Cells, of_self: _Cells, start: _Means, paid: _Paid, named: int, kept: np.ndarray | None
) -> np.ndarray:
    """Fixed time, time per item, their coefficients of variation, the factor of self-checkouts, and time of payment by channel."""
    means = _fit(cells.kept(kept), start)
    fixed = means.least
    pays = paid.means(kept) if paid.timed else means.intercepts[:named] - fixed
    if fixed <= 0:  # no fixed time is left: a line through the origin
        means, fixed = _through_origin(cells.kept(kept)), 0.0
    return np.array(
        [
            fixed,
            means.item_s,
            np.sqrt(means.fixed_variance) / fixed if fixed else 0.0,
            np.sqrt(means.item_variance) / means.item_s if means.item_s > 0 else np.nan,
            _factor(of_self.kept(kept), means, fixed),
            *pays,
        ]
    )


def _through_origin(cells: _Cells) -> _Means:
    weight = cells.count
    item_s = float((weight * cells.mean).sum() / (weight * cells.items).sum())
    residual = cells.square - 2 * cells.mean * item_s * cells.items + (item_s * cells.items) ** 2
    variance = float((weight * residual).sum() / (weight * cells.items.astype(np.float64) ** 2).sum())
    return _Means(np.zeros(int(cells.intercept.max(initial=0)) + 1), item_s, 0.0, max(variance, 0.0))


def _self_kept(journal: Journal, service_s: np.ndarray, known: np.ndarray) -> np.ndarray:
    use = journal.self_checkout & known
    if use.sum() < LEAST_TICKETS:
        return use & (service_s > 0)
    return _near(service_s, np.zeros(len(use), dtype=np.int64), journal.items, use)


def _factor(cells: _Cells, means: _Means, fixed: float) -> float:
    if not cells.count.sum() or not means.item_s > 0:
        return float("nan")
    items = cells.items.astype(np.float64)
    weight = cells.count / np.maximum(means.variance(cells.items), 1e-9)
    return float((weight * items * (cells.mean - fixed)).sum() / (weight * items**2).sum() / means.item_s)


def _own(cells: _Cells) -> tuple[float, float]:
    means = _fit(cells)
    return float(means.intercepts[0]), means.item_s


def _payments(
    journal: Journal,
    channel: np.ndarray,
    names: dict[str, list[str]],
    pays: list[Estimate],
    timed: bool,
    kept: np.ndarray,
) -> tuple[Payment, ...]:
    if not names:
        paid = journal.payment_s[kept]
        return (Payment("", "", int(kept.sum()), 1.0, pays[0], _cv(paid)),) if timed else ()
    every = np.bincount(channel[kept] + 1, minlength=len(names) + 1)
    known = max(int(every[1:].sum()), 1)
    found = []
    for n, (code, called) in enumerate(names.items()):
        paid = journal.payment_s[kept & (channel == n)]
        tickets = int(every[n + 1])
        found.append(Payment(", ".join(called), code, tickets, tickets / known, pays[n], _cv(paid) if timed else 0.0))
    return tuple(found)


def _cv(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / values.mean()) if len(values) > 1 and values.mean() > 0 else 0.0


def _varying(shape: type[Lognormal] | type[Gamma], mean: float, cv: float) -> Varying:
    if mean <= 0 or not cv >= _LEAST_CV:
        return Constant(value=round(max(mean, 0.0), 3))
    return shape(distribution="lognormal" if shape is Lognormal else "gamma", mean=round(mean, 3), cv=round(cv, 3))


def _shape(
    means: _Means, service_s: np.ndarray, intercept: np.ndarray, items: np.ndarray
) -> tuple[type[Lognormal] | type[Gamma], float, float]:
    """Lognormal or Gamma, whichever comes nearer, its largest distance from what was timed, and that of 95 % of samples by chance."""
    gaps = {}
    for shape in (Lognormal, Gamma):
        reached = np.empty(len(service_s))
        for n in np.unique(items):
            at = np.flatnonzero(items == n)
            drawn = np.sort(np.add.outer(_parts(shape, means, 0, _GRID), n * _parts(shape, means, 1, _GRID)).ravel())
            above = means.intercepts[intercept[at]] - means.least
            reached[at] = np.searchsorted(drawn, service_s[at] - above) / len(drawn)
        reached.sort()
        steps = np.arange(len(reached) + 1) / len(reached)
        gaps[shape] = float(max(np.abs(reached - steps[1:]).max(), np.abs(reached - steps[:-1]).max()))
    best = min(gaps, key=lambda shape: gaps[shape])
    return best, gaps[best], 1.358 / np.sqrt(len(service_s))


def _parts(shape: type[Lognormal] | type[Gamma], means: _Means, part: int, u: np.ndarray) -> np.ndarray:
    mean = float(means.least) if part == 0 else means.item_s
    variance = means.fixed_variance if part == 0 else means.item_variance
    cv = np.sqrt(variance) / mean if mean > 0 else 0.0
    return np.asarray(_varying(shape, mean, float(cv)).quantile(u))


def _explained(means: _Means, service_s: np.ndarray, intercept: np.ndarray, items: np.ndarray) -> float:
    rest = service_s - means.mean(intercept, items)
    return float(1 - rest.var() / service_s.var()) if service_s.var() > 0 else float("nan")


def _sizes(means: _Means, service_s: np.ndarray, intercept: np.ndarray, items: np.ndarray) -> tuple[SizeClass, ...]:
    fitted = means.mean(intercept, items)
    found = []
    for first, after in pairwise(SIZES):
        at = (items >= first) & (items < after)
        if at.any():
            error = np.sqrt(means.variance(items[at]).sum()) / at.sum()
            found.append(
                SizeClass(
                    first,
                    int(items[at].max()),
                    int(at.sum()),
                    float(service_s[at].mean()),
                    float(fitted[at].mean()),
                    float(error),
                )
            )
    return tuple(found)
