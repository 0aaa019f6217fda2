"""Popularity of SKUs made by rule: of how many each category is, and their order over all categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ext.elementary import power
from sim.scenario.sections.distributions import Distribution
from sim.scenario.sections.places import SkuCategory, SkuRange


@dataclass(frozen=True)
class Ranked:
    """SKUs in the order of their numbers: by popularity, of all categories."""

    category: np.ndarray
    """int64[n], index into `SkuRange.categories`."""
    rank: np.ndarray
    """int64[n], place in its category, from 0."""
    weight: np.ndarray
    """float64[n], popularity in a basket line; adds up to 1."""


def zipf(count: int, exponent: float) -> np.ndarray:
    """Weights rank^−exponent of `count` SKUs, most popular first; they add up to 1."""
    weight = power(np.arange(1, count + 1, dtype=np.float64), -exponent)
    return weight / weight.sum()


def weights(popularity: Distribution | None, count: int, exponent: float) -> np.ndarray:
    """Weights of `count` SKUs, most popular first, float64[count], that add up to 1: quantiles of `popularity`, or by Zipf where it is None."""
    if popularity is None:
        return zipf(count, exponent)
    weight = popularity.quantile(1 - (np.arange(count) + 0.5) / count)
    return weight / weight.sum()


def ranked(rule: SkuRange, exponent: float) -> Ranked:
    """Category, rank and weight of each SKU of a rule with categories; `exponent` is `traffic.zipf_exponent`."""
    counts = _counts(np.array([category.sku_share for category in rule.categories]), rule.count)
    category = np.repeat(np.arange(len(counts)), counts)
    rank = np.concatenate([np.arange(count) for count in counts])
    weight = np.concatenate(
        [
            of.line_share * weights(of.popularity or rule.popularity, count, exponent)
            for of, count in zip(rule.categories, counts.tolist(), strict=True)
        ]
    )
    order = np.argsort(-weight, kind="stable")
    return Ranked(category[order], rank[order], weight[order] / weight.sum())


def own_classes(rule: SkuRange, exponent: float) -> list[str | None]:
    """The class that each SKU's category names, or None."""
    if not any(category.sku_class for category in rule.categories):
        return [None] * rule.count
    of: list[SkuCategory] = rule.categories
    return [of[n].sku_class for n in ranked(rule, exponent).category.tolist()]


def supplier_numbers(rule: SkuRange, suppliers: Sequence[str], exponent: float) -> np.ndarray:
    """Index into `suppliers`, their codes, of each SKU's: its category's; where none is named, they take turns. int64[n]."""
    if not rule.categories:
        return np.arange(rule.count) % len(suppliers)
    of = ranked(rule, exponent)
    own = np.array([-1 if one.supplier is None else suppliers.index(one.supplier) for one in rule.categories])
    return np.where(own[of.category] < 0, of.rank % len(suppliers), own[of.category])


def _counts(share: np.ndarray, count: int) -> np.ndarray:
    """SKUs of each category, int64: one each, then by the largest remainders."""
    wanted = share / share.sum() * count
    found = np.maximum(np.floor(wanted), 1).astype(np.int64)
    while (left := count - int(found.sum())) != 0:
        step = 1 if left > 0 else -1
        open_ = found + step >= 1
        rest = np.where(open_, step * (wanted - found), -np.inf)
        found[np.argmax(rest)] += step
    return found
