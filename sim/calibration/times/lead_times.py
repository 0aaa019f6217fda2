"""Fits lead times to purchase orders: a distribution for each supplier or lane, with open orders as right-censored, and the fill rate.

An order counts once, its lead time is that of its units: what comes in parts has a part of its weight on each day. Days are whole, so a lead
time of k days lies between k − ½ and k + ½. Where a supplier has enough orders, the distribution is the product-limit estimate (Kaplan and Meier
1958, Journal of the American Statistical Association 53, 457–481); where it has few, a lognormal or gamma one by maximum likelihood with
censoring, of the family with the lower AIC over all suppliers, whose logarithms of mean and coefficient of variation are drawn towards those of
all suppliers as far as the suppliers are alike (empirical Bayes: variance between suppliers of DerSimonian and Laird 1986, Controlled Clinical
Trials 7, 177–188; intervals that allow for its error, Morris 1983, Journal of the American Statistical Association 78, 47–55).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammainc, gammaincc, ndtr
from scipy.stats import t

from sim.calibration.times.jackknife import LEVEL, Estimate, groups_of, intervals
from sim.calibration.times.lead_sheet import PurchaseOrder, Purchases
from sim.records.refusal import Refusal
from sim.scenario.sections.distributions import Constant, Empirical, Gamma, Lognormal, Varying

LEAST_ORDERS = 10
"""With a receipt, in a table."""
MANY_ORDERS = 50
"""From here on a supplier's own days are its distribution."""
_JUDGED = 8
"""Orders of a supplier from which on it counts in the choice of a family, and in how alike suppliers are."""
_ALIKE = 4
"""Suppliers from which on there is something to draw towards."""
_NOT_BY_CHANCE = 0.001
_CV = (0.02, 3.0)


@dataclass(frozen=True)
class LeadTime:
    """Of one supplier, or of one lane from `origin` to `destination`."""

    origin: str
    destination: str
    """Empty: of all destinations."""
    orders: int
    open: int
    """Without a receipt on the last day."""
    overdue: int
    """Open for so long that they are taken as never delivered."""
    in_parts: int
    """That came on several days."""
    days: Estimate
    """Mean."""
    cv: float
    form: str
    """`empirical`, `lognormal` or `gamma`."""
    drawn: bool
    """Towards what all suppliers have."""
    lead: Varying
    fill_rate: Estimate | None
    """Units received over units ordered, of orders that are not open; None where the table has no units."""
    weekdays: tuple[int, ...]
    """ISO weekdays on which it was ordered from."""
    weekdays_regular: bool
    """The others were left out by more than chance."""


@dataclass(frozen=True)
class LeadFit:
    """Lead times as fitted."""

    lead_times: tuple[LeadTime, ...]
    unfitted: tuple[str, ...]
    """Suppliers or lanes without a receipt, where nothing says how long they take."""
    family: str
    aic_apart: float
    """By which the other family's AIC is higher."""
    receipts_by_weekday: tuple[int, ...]
    """Of lines, Monday first."""


@dataclass(frozen=True)
class _Sample:
    """Days by weight: delivered, and open for at least so long. `order` numbers the orders of the key."""

    days: np.ndarray
    weight: np.ndarray
    seen: np.ndarray
    """bool: delivered."""
    order: np.ndarray
    orders: int

    @property
    def delivered(self) -> float:
        """Orders, with fractions of those in parts."""
        return float(self.weight[self.seen].sum())

    def kept(self, groups: np.ndarray | None, group: np.ndarray) -> _Sample:
        """Without the groups that are False; `group` is that of each order."""
        if groups is None:
            return self
        at = groups[group[self.order]]
        return replace(self, days=self.days[at], weight=self.weight[at], seen=self.seen[at], order=self.order[at])


@dataclass(frozen=True)
class _Parametric:
    """Logarithms of mean and coefficient of variation, with their standard errors."""

    log: np.ndarray
    error: np.ndarray
    aic: float


def fit_lead_times(purchases: Purchases, by_lane: bool = False) -> LeadFit:
    """Fit each supplier, or each lane. Raises `Refusal` for fewer than `LEAST_ORDERS` orders with a receipt, or lanes without destinations."""
    received = sum(1 for order in purchases.orders if order.deliveries)
    if received < LEAST_ORDERS:
        raise Refusal(purchases.rows.file, "received", f"at least {LEAST_ORDERS} orders with a receipt", received)
    if by_lane and not any(order.destination for order in purchases.orders):
        raise Refusal(
            purchases.rows.file, "destination", "a column with destinations (--column destination=HEADING)", "none"
        )
    keyed: dict[tuple[str, str], list[PurchaseOrder]] = {}
    for order in purchases.orders:
        keyed.setdefault((order.supplier, order.destination if by_lane else ""), []).append(order)
    samples = {key: _sample(purchases, orders) for key, orders in keyed.items()}
    if not any(sample.seen.any() for sample in samples.values()):
        raise Refusal(purchases.rows.file, "received_units", "units received above 0", "0 in every row")
    fitted = {family: {key: _parametric(sample, family) for key, sample in samples.items()} for family in _FAMILIES}
    judged = [key for key, sample in samples.items() if sample.delivered >= _JUDGED] or list(samples)
    aic = {family: sum(each.aic for key in judged if (each := of[key])) for family, of in fitted.items()}
    family = min(aic, key=lambda each: aic[each])
    own = fitted[family]
    towards = _towards([own[key] for key in judged])
    found, unfitted = [], []
    for key, orders in keyed.items():
        lead = _lead_time(key, purchases, orders, samples[key], own[key], family, towards)
        if lead:
            found.append(lead)
        else:
            unfitted.append(" to ".join(each for each in key if each))
    receipts = np.bincount(
        [line.received.weekday() for order in purchases.orders for line in order.lines if line.received], minlength=7
    )
    return LeadFit(
        tuple(sorted(found, key=lambda each: (each.origin, each.destination))),
        tuple(unfitted), family, max(aic.values()) - aic[family], tuple(receipts.tolist()),
    )  # fmt: skip


def _sample(purchases: Purchases, orders: Sequence[PurchaseOrder]) -> _Sample:
    rows = []
    for n, order in enumerate(orders):
        for line, share in order.shares():
            if line.received and share > 0 and line.received_units != 0:
                rows.append(((line.received - line.ordered).days, share, True, n))
            elif line.received is None and not purchases.is_overdue(line):
                rows.append((purchases.open_days(line), share, False, n))
    days, weight, seen, order_ = zip(*rows, strict=True) if rows else ((), (), (), ())
    return _Sample(
        np.array(days, dtype=np.float64), np.array(weight, dtype=np.float64), np.array(seen, dtype=bool),
        np.array(order_, dtype=np.int64), len(orders),
    )  # fmt: skip


def product_limit(days: np.ndarray, weight: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values, and the probability of each, by the product-limit estimate; what is censored after the last value stands on that value.

    `days` float64[n] with `weight`; `seen` False: at least so long.
    """
    values = np.unique(days[seen])
    at_risk = np.array([weight[days >= value].sum() for value in values])
    events = np.array([weight[seen & (days == value)].sum() for value in values])
    survival = np.cumprod(1 - np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0))
    mass = -np.diff(np.concatenate([[1.0], survival]))
    mass[-1] += survival[-1]
    return values, mass


def _moments(sample: _Sample) -> tuple[float, float]:
    if not sample.seen.any():
        return float("nan"), float("nan")
    values, mass = product_limit(sample.days, sample.weight, sample.seen)
    mean = float(values @ mass)
    return mean, float(np.sqrt(max((values**2) @ mass - mean**2, 0.0)))


def _below(family: str, days: np.ndarray, mean: float, cv: float) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of at most and of more than `days`, float64[n] each."""
    if family == "gamma":
        shape = cv**-2
        return gammainc(shape, days * shape / mean), gammaincc(shape, days * shape / mean)
    variance = np.log1p(cv**2)
    with np.errstate(divide="ignore"):
        z = (np.log(days) - np.log(mean) + variance / 2) / np.sqrt(variance)
    return ndtr(z), ndtr(-z)


_FAMILIES = ("lognormal", "gamma")


def _parametric(sample: _Sample, family: str) -> _Parametric | None:
    """Maximum likelihood; None without two days that differ, or without a delivery."""
    mean, sd = _moments(sample)
    if not mean > 0 or not sd > 0 or sample.delivered < 3:
        return None
    days, at = np.unique(sample.days, return_inverse=True)
    came = np.bincount(at, sample.weight * sample.seen)
    open_ = np.bincount(at, sample.weight * ~sample.seen)

    def surprise(log: np.ndarray) -> float:
        mean_, cv = np.exp(np.clip(log, (-9, np.log(_CV[0])), (9, np.log(_CV[1]))))
        within = _below(family, days + 0.5, mean_, cv)[0] - _below(family, np.maximum(days - 0.5, 0.0), mean_, cv)[0]
        beyond = _below(family, days, mean_, cv)[1]
        return float(-came @ np.log(np.maximum(within, 1e-300)) - open_ @ np.log(np.maximum(beyond, 1e-300)))

    start = np.log([mean, np.clip(sd / mean, *_CV)])
    best = minimize(surprise, start, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-5})
    log = np.clip(best.x, (-9, np.log(_CV[0])), (9, np.log(_CV[1])))
    return _Parametric(log, _errors(surprise, log), 4 + 2 * float(best.fun))


def _errors(surprise, log: np.ndarray, step: float = 1e-2) -> np.ndarray:  # type: ignore[no-untyped-def]
    """float64[2], standard errors by the observed information."""
    e = np.eye(2) * step
    information = np.array(
        [[(surprise(log + a + b) - surprise(log + a - b) - surprise(log - a + b) + surprise(log - a - b)) / (4 * step**2) for b in e] for a in e]
    )  # fmt: skip
    try:
        variance = np.diag(np.linalg.inv(information))
    except np.linalg.LinAlgError:
        return np.full(2, np.inf)
    return np.sqrt(np.where(variance > 0, variance, np.inf))


@dataclass(frozen=True)
class _Towards:
    """What all suppliers have: mean, its variance, and the variance between suppliers, of both logarithms."""

    mean: np.ndarray
    variance: np.ndarray
    between: np.ndarray
    suppliers: int


def _towards(fitted: Sequence[_Parametric | None]) -> _Towards | None:
    known = [each for each in fitted if each and np.isfinite(each.error).all()]
    if len(known) < _ALIKE:
        return None
    log, precision = np.array([each.log for each in known]), np.array([each.error for each in known]) ** -2.0
    total = precision.sum(axis=0)
    centre = (precision * log).sum(axis=0) / total
    q = (precision * (log - centre) ** 2).sum(axis=0)
    between = np.maximum((q - (len(known) - 1)) / (total - (precision**2).sum(axis=0) / total), 0.0)
    weight = 1 / (1 / precision + between)
    return _Towards((weight * log).sum(axis=0) / weight.sum(axis=0), 1 / weight.sum(axis=0), between, len(known))


def _drawn(own: _Parametric | None, towards: _Towards) -> tuple[np.ndarray, np.ndarray]:
    """Both logarithms drawn towards those of all, and their standard errors."""
    if own is None or not np.isfinite(own.error).all():
        return towards.mean, np.sqrt(towards.between + towards.variance)
    noise = own.error**2
    k = towards.suppliers
    share = (k - 3) / (k - 1) * noise / (noise + towards.between)
    doubt = 2 / max(k - 3, 1) * share**2 * (own.log - towards.mean) ** 2
    return (
        (1 - share) * own.log + share * towards.mean,
        np.sqrt((1 - share) * noise + share**2 * towards.variance + doubt),
    )


def _lead_time(
    key: tuple[str, str], purchases: Purchases, orders: Sequence[PurchaseOrder], sample: _Sample,
    own: _Parametric | None, family: str, towards: _Towards | None,
) -> LeadTime | None:  # fmt: skip
    drawn = False
    if sample.delivered >= MANY_ORDERS:
        form, days, cv, lead = _empirical(sample)
    elif towards is not None:
        drawn, form = True, family
        log, error = _drawn(own, towards)
        days, cv = _interval(log[0], error[0], max(sample.delivered - 1, 2)), float(np.exp(log[1]))
        lead = _varying(family, days.value, cv)
    elif own is not None:
        form, cv = family, float(np.exp(own.log[1]))
        days = _interval(own.log[0], own.error[0], max(sample.delivered - 1, 1))
        lead = _varying(family, days.value, cv)
    elif sample.seen.any():
        form, days, cv, lead = _empirical(sample)
    else:
        return None
    weekdays = np.bincount([order.ordered.weekday() for order in orders], minlength=7)
    used = int((weekdays > 0).sum())
    return LeadTime(
        origin=key[0],
        destination=key[1],
        orders=len(orders),
        open=sum(1 for order in orders if not order.deliveries),
        overdue=sum(1 for order in orders if all(purchases.is_overdue(line) for line in order.lines)),
        in_parts=sum(1 for order in orders if order.deliveries > 1),
        days=days,
        cv=cv,
        form=form,
        drawn=drawn,
        lead=lead,
        fill_rate=_fill_rate(purchases, orders),
        weekdays=tuple(int(n) + 1 for n in np.flatnonzero(weekdays)),
        weekdays_regular=used < 7 and (used / 7) ** len(orders) < _NOT_BY_CHANCE,
    )


def _empirical(sample: _Sample) -> tuple[str, Estimate, float, Varying]:
    group, count = groups_of(np.arange(sample.orders), 0)
    days = intervals(lambda kept: np.array([_moments(sample.kept(kept, group))[0]]), count, positive=True)[0]
    values, mass = product_limit(sample.days, sample.weight, sample.seen)
    mean, sd = _moments(sample)
    held = mass > 1e-6
    if held.sum() == 1:
        return "empirical", replace(days, value=mean), 0.0, Constant(value=float(values[held][0]))
    weights = [float(f"{each:.4g}") for each in mass[held]]
    lead = Empirical(distribution="empirical", values=values[held].tolist(), weights=weights)
    return "empirical", days, sd / mean if mean > 0 else 0.0, lead


def _interval(log_mean: float, error: float, freedom: float) -> Estimate:
    half = float(t.ppf((1 + LEVEL) / 2, freedom)) * error
    low, high = (np.exp(log_mean - half), np.exp(log_mean + half)) if np.isfinite(half) else (np.nan, np.nan)
    return Estimate(float(np.exp(log_mean)), float(low), float(high))


def _varying(family: str, mean: float, cv: float) -> Varying:
    shape = Gamma if family == "gamma" else Lognormal
    return shape(distribution=family, mean=round(mean, 3), cv=round(cv, 3))


def _fill_rate(purchases: Purchases, orders: Sequence[PurchaseOrder]) -> Estimate | None:
    """Over orders, each SKU's units once: where an order has rows for several deliveries of a SKU, all of them say the same ordered units."""
    if not purchases.with_units:
        return None
    totals = []
    for order in orders:
        by_sku: dict[str, list] = {}
        for line in order.lines:
            settled = line.received is not None or purchases.is_overdue(line)
            if settled and line.ordered_units is not None:
                by_sku.setdefault(line.sku, []).append((line.ordered_units, line.received_units or 0.0))
        ordered = sum(
            units[0][0]
            if len({each[0] for each in units}) == 1 and order.deliveries > 1
            else sum(each[0] for each in units)
            for units in by_sku.values()
        )
        if ordered > 0:
            totals.append((ordered, min(sum(each[1] for units in by_sku.values() for each in units), ordered)))
    if not totals:
        return None
    table = np.array(totals)
    group, count = groups_of(np.arange(len(table)), 0)

    def share(kept: np.ndarray | None) -> np.ndarray:
        at = table if kept is None else table[kept[group]]
        return np.array([at[:, 1].sum() / at[:, 0].sum()]) if len(at) else np.array([np.nan])

    found = intervals(share, count)[0] if count > 1 else Estimate(float(share(None)[0]))
    return Estimate(found.value, max(found.low, 0.0), min(found.high, 1.0))
