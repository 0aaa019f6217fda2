"""Stores for a pilot: drawn at random, region by region, as like all stores as any of many draws."""

from __future__ import annotations

import numpy as np

from sim.planning.pilots.matching import features

DRAWS = 2_000


def chosen(before: np.ndarray, regions: tuple[str, ...], many: int, draws: np.random.Generator) -> np.ndarray:
    """Stores whose mean level and trend are nearest to those of all, with each region's part of them; int64[many], rising.

    Rerandomisation (Morgan and Rubin 2012, Annals of Statistics 40, 1263-1282) that keeps the best of `DRAWS`: a test over all assignments is then
    conservative.

    Args:
        before: outcomes of the latest weeks on their scale, float64[stores, weeks].
        regions: of each store.
        many: how many are chosen, below the number of stores.
        draws: random numbers.
    """
    at, parts = features(before), shared_out(regions, many)
    keys = draws.random((DRAWS, len(before)))
    drawn = np.concatenate([_drawn(keys, np.nonzero(np.array(regions) == region)[0], n) for region, n in parts.items()], axis=1)  # fmt: skip
    gap = at[drawn].mean(axis=1) - at.mean(axis=0)
    return np.sort(drawn[np.argmin((gap**2).sum(axis=1))])


def shared_out(regions: tuple[str, ...], many: int) -> dict[str, int]:
    """How many stores of each region: its share of `many`, by largest remainder, of equal ones the region that stands first."""
    names = sorted(set(regions))
    exact = {name: many * regions.count(name) / len(regions) for name in names}
    parts = {name: int(exact[name]) for name in names}
    rest = sorted(names, key=lambda name: (parts[name] - exact[name], name))
    for name in rest[: many - sum(parts.values())]:
        parts[name] += 1
    return parts


def _drawn(keys: np.ndarray, stores: np.ndarray, many: int) -> np.ndarray:
    return stores[np.argsort(keys[:, stores], axis=1)[:, :many]]
