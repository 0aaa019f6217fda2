"""Popularity with factors on some SKUs, coupled with the usual one: no more lines ask for another SKU than have to."""

from __future__ import annotations

import numpy as np

from sim.traffic.baskets import Popularity
from sim.traffic.quantiles import Steps

LEAST_REST = 0.05
"""Share of their usual lines that SKUs without a factor keep at least."""


def rest(weight: np.ndarray, factor: np.ndarray) -> float:
    """Share of their usual lines that SKUs without a factor keep: below 0 where the others ask for more than all lines; 1 without any such SKU."""
    others = weight[factor == 1].sum()
    return float((weight.sum() - (weight * factor)[factor != 1].sum()) / others) if others > 0 else 1.0


def lifted_weight(weight: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Weights, float64[n], with the same sum: `factor` > 0 times `weight`, and the same share more or less of those whose factor is 1.

    Where these would keep less than `LEAST_REST`, they keep so much, and factors are lower in proportion. Where all have factors, all are scaled.
    """
    on = factor != 1
    goal, total, others = weight * factor, weight.sum(), weight[~on].sum()
    with_factor = goal[on].sum()
    if not with_factor > 0:
        return weight
    kept = max((total - with_factor) / others, LEAST_REST) if others > 0 else 0.0
    return np.where(
        on,
        goal * min(1.0, (total - kept * others) / with_factor) if others > 0 else goal * (total / with_factor),
        goal * kept,
    )


def lifted(usual: Popularity, factor: np.ndarray) -> Popularity:
    """Popularity by `lifted_weight` of `factor` float64[n_skus].

    A uniform that draws from `usual` a SKU which gains draws it here too. Of the uniforms of each SKU that loses, the last part is divided among
    those that gain: so no more lines change than have to.
    """
    weight = usual.weight
    goal = lifted_weight(weight, factor)
    gains = np.flatnonzero(goal > weight)
    if not len(gains) or not np.any(goal < weight):
        return usual
    end = np.cumsum(weight)
    begin = np.concatenate([[0.0], end[:-1]])
    kept = begin + np.minimum(goal, weight)
    given = np.concatenate([[0.0], np.cumsum(end - kept)])
    extra = np.cumsum((goal - weight)[gains])
    extra *= given[-1] / extra[-1]
    giver = np.clip(np.searchsorted(given, extra[:-1], side="right") - 1, 0, len(weight) - 1)
    cuts = kept[giver] + (extra[:-1] - given[giver])
    ends = np.unique(np.clip(np.concatenate([kept, end, cuts]), 0.0, end[-1]))
    ends = ends[ends > 0]
    middle = (ends + np.concatenate([[0.0], ends[:-1]])) / 2
    sku = np.clip(np.searchsorted(end, middle, side="right"), 0, len(weight) - 1)
    gainer = np.clip(np.searchsorted(extra, given[sku] + (middle - kept[sku]), side="right"), 0, len(gains) - 1)
    drawn = np.where(middle < kept[sku], sku, gains[gainer])
    return Popularity(goal, Steps(ends), drawn.astype(np.int32))
