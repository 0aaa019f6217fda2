"""Demand that stock hid: what a log's customers wanted, where it is known on which days a SKU ran out.

Sales stop when stock does, so they are censored demand (Nahmias 1994, Naval Research Logistics 41, 739–757). A SKU's rate, lines a ticket, is
therefore its lines over the tickets of the time in which it was there: the maximum-likelihood estimate where the times of stock-outs are known
(Anupindi, Dada and Gupta 1998, Marketing Science 17, 406–423). A stock-out within a day begins with the SKU's last sale of that day. Days on which
goods came to an empty shelf count neither way, because the hour is unknown. Baskets: a ticket shows each wanted line with the probability that
its SKU was there; the distribution of wanted lines is found by expectation and maximisation (Dempster, Laird and Rubin 1977), with those who
found nothing as missing tickets. Customers are taken to do without what is missing: where they take substitutes, sales of the substitutes
are counted as wanted (Vulcano, van Ryzin and Ratliff 2012, Operations Research 60, 313–334, separate the two with a choice model).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binom

from sim.calibration.estimators import distribution_of, weight_exponent, zipf_exponent
from sim.calibration.fit import QUANTILES, Fit
from sim.calibration.posterior import Posterior
from sim.calibration.stock_table import StockDays
from sim.traffic.log.tickets import Tickets

_LEAST_SHARE = 0.05
"""Of a ticket's usual assortment: tickets with less of it there are taken as if they had this much."""
_BINS = 100
_MOST_LINES = 200
"""Larger baskets are kept as they are."""
_ROUNDS = 100


@dataclass(frozen=True)
class WantedDemand:
    """What customers wanted, beside what was sold."""

    lines: np.ndarray
    """float64[skus], wanted over the log's tickets."""
    sold: np.ndarray
    """int64[skus]."""
    basket: np.ndarray
    """float64[lines + 1], expected number of customers by lines wanted."""
    stockout_days: int
    """Store, SKU and day: ended without stock."""
    known_days: int
    availability: float
    """Mean over tickets of the share of wanted lines whose SKU was there."""
    customers_without_ticket: float
    """Who found nothing of what they wanted."""

    @property
    def hidden_share(self) -> float:
        """Of the wanted lines, those that stock hid."""
        return 1 - float(self.sold.sum()) / float(self.lines.sum())


def wanted_demand(tickets: Tickets, skus: int, days: int, stock: StockDays) -> WantedDemand:
    """Correct lines and baskets for stock-outs."""
    day = tickets.stamp.astype("datetime64[D]")
    cell = tickets.store.astype(np.int64) * days + (day - day.min()).astype(np.int64)
    order = np.argsort(cell, kind="stable")
    begin = np.searchsorted(cell[order], np.arange(len(tickets.stores) * days + 1))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    of_ticket = np.repeat(np.arange(len(tickets)), np.diff(tickets.line_start))
    sold = np.bincount(tickets.line_sku, minlength=skus)
    key = cell[of_ticket] * skus + tickets.line_sku
    keys, at = np.unique(key, return_inverse=True)
    counted, last = np.bincount(at), np.full(len(keys), -1)
    np.maximum.at(last, at, place[of_ticket])

    row_cell = stock.store * days + stock.day
    row_key = row_cell * skus + stock.sku
    found = np.minimum(np.searchsorted(keys, row_key), len(keys) - 1)
    there = keys[found] == row_key
    row_lines, row_last = np.where(there, counted[found], 0), np.where(there, last[found], -1)
    begins = np.where(stock.begins < 0, 1, stock.begins)
    ends = np.where(stock.ends < 0, 1, stock.ends)
    in_stock = (begins == 1) & (ends == 1)
    ran_out = (begins == 1) & (ends == 0) & there
    counts = np.diff(begin)
    exposure = np.where(in_stock, counts[row_cell], np.where(ran_out, row_last - begin[row_cell] + 1, 0))
    lines = np.where(in_stock | ran_out, row_lines, 0)
    wanted = _wanted(tickets, skus, days, stock, sold, lines, exposure, counts, row_lines, row_cell)

    empty_from = np.where(ran_out, row_last + 1, begin[row_cell])
    empty = ran_out | ((ends == 0) & ~ran_out)
    missing = _missing(order, begin, row_cell[empty], empty_from[empty], (wanted / wanted.sum())[stock.sku[empty]])
    basket, unseen = _baskets(np.diff(tickets.line_start)[order], np.clip(1 - missing, _LEAST_SHARE, 1))
    return WantedDemand(
        lines=wanted,
        sold=sold,
        basket=basket,
        stockout_days=int((ends == 0).sum()),
        known_days=len(ends),
        availability=float(1 - missing.mean()),
        customers_without_ticket=unseen,
    )


def _wanted(
    tickets: Tickets, skus: int, days: int, stock: StockDays, sold: np.ndarray,
    lines: np.ndarray, exposure: np.ndarray, counts: np.ndarray, row_lines: np.ndarray, row_cell: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """float64[skus]: rate times the tickets of the stores that carry the SKU. SKUs without a day in stock keep what was sold."""
    seen_lines, seen_tickets = (
        np.bincount(stock.sku, lines, skus),
        np.bincount(stock.sku, exposure, skus).astype(np.float64),
    )
    of_store = counts.reshape(len(tickets.stores), days).sum(axis=1)
    if stock.only_stockouts:
        listed_lines, listed_tickets = (
            np.bincount(stock.sku, row_lines, skus),
            np.bincount(stock.sku, counts[row_cell], skus),
        )
        seen_lines += sold - listed_lines
        seen_tickets += len(tickets) - listed_tickets
        reach = np.full(skus, float(len(tickets)))
    else:
        carried = np.unique(stock.sku * len(tickets.stores) + stock.store)
        reach = np.bincount(carried // len(tickets.stores), of_store[carried % len(tickets.stores)], skus)
    rate = np.divide(seen_lines, seen_tickets, out=np.zeros(skus), where=seen_tickets > 0)
    return np.where(rate > 0, np.maximum(rate * reach, 0), sold.astype(np.float64))


def _missing(
    order: np.ndarray, begin: np.ndarray, cell: np.ndarray, start: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """float64[n], by store, day and time: of what a ticket's customer may want, the share that was out of stock."""
    change = np.zeros(len(order) + 1)
    stop = begin[cell + 1]
    held = start < stop
    np.add.at(change, start[held], share[held])
    np.add.at(change, stop[held], -share[held])
    return np.clip(np.cumsum(change)[:-1], 0, 1)


def _baskets(lines: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, float]:
    """Customers by lines wanted, float64[most + 1], and customers who found nothing; `there` float64[n] is the share that each ticket could find."""
    most = min(int(lines.max()), _MOST_LINES)
    wide = min(int(np.ceil(most / there.min())), 2 * most)
    small = lines <= most
    bin_ = np.minimum((there[small] * _BINS).round().astype(np.int64), _BINS)
    table = np.zeros((_BINS + 1, most + 1))
    np.add.at(table, (bin_, lines[small]), 1)
    used = np.flatnonzero(table.sum(axis=1))
    wants = np.arange(1, wide + 1)
    shown = [binom.pmf(np.arange(most + 1)[:, None], wants[None, :], at / _BINS) for at in used]
    customers = np.bincount(lines[small], minlength=wide + 1)[1 : wide + 1].astype(np.float64) + 1e-9
    unseen = 0.0
    for _ in range(_ROUNDS):
        share = customers / customers.sum()
        again, unseen = np.zeros(wide), 0.0
        for at, pmf in zip(used, shown, strict=True):
            joint = pmf * share
            likely = joint.sum(axis=1)
            weight = np.divide(table[at], likely, out=np.zeros(most + 1), where=likely > 0)
            again += weight @ joint
            nothing = table[at].sum() * likely[0] / max(1 - likely[0], 1e-9)
            unseen += nothing
            again += nothing * joint[0] / max(likely[0], 1e-300)
        done = np.abs(again - customers).sum() < 1e-6 * again.sum()
        customers = again
        if done:
            break
    basket = np.concatenate([[0.0], customers])
    large = np.bincount(lines[~small]) if (~small).any() else np.zeros(0)
    size = max(len(basket), len(large))
    return np.pad(basket, (0, size - len(basket))) + np.pad(large, (0, size - len(large))), unseen


def with_wanted(found: Fit, demand: WantedDemand) -> Fit:
    """The fit with lines wanted in place of lines sold: baskets, popularity and its exponent."""
    count = _whole(demand.basket, found.tickets)
    lines = np.repeat(np.arange(len(count)), count)
    return replace(
        found,
        basket_lines=distribution_of(lines),
        basket_mean=float(lines.mean()),
        basket_quantiles=np.quantile(lines, QUANTILES, method="inverted_cdf"),
        zipf_exponent=zipf_exponent(demand.lines),
        wanted_lines=demand.lines,
    )


def about_wanted(known: Posterior, sold: Fit, wanted: Fit) -> Posterior:
    """Draws of lines sold, moved to where the lines wanted are: what the days of a log leave open, not what the correction does."""
    moved = weight_exponent(wanted.zipf_exponent, wanted.skus, wanted.basket_lines)
    moved -= weight_exponent(sold.zipf_exponent, wanted.skus, wanted.basket_lines)
    mean, exponent = known.draws["basket_mean"], known.draws["zipf_exponent"]
    return Posterior(
        {**known.draws, "basket_mean": mean * wanted.basket_mean / sold.basket_mean, "zipf_exponent": exponent + moved}
    )


def _whole(expected: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers that add up to `total` in the proportions of `expected`: largest remainders."""
    scaled = expected / expected.sum() * total
    count = np.floor(scaled).astype(np.int64)
    count[np.argsort(count - scaled, kind="stable")[: total - int(count.sum())]] += 1
    return count
