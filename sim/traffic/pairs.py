"""SKUs that are bought together: companions that come into a filled basket, so that a pair has its lift and every SKU keeps its popularity.

Of a pair the rarer SKU is the *anchor*, the other the *companion*. A basket with the anchor and without the companion gets the companion with a
chance, in place of one of its lines whose SKU stands in no pair. Baskets are filled with a weight of companions that is lower by what comes in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pydantic import TypeAdapter

from ext.draws import companions, uniforms
from sim.scenario.sections.distributions import Varying
from sim.streams import counter_key, use
from sim.traffic.baskets import Popularity, Whole, fill, inclusion
from sim.traffic.hourly import HOURS, Hourly
from sim.traffic.quantiles import Steps

_LINES = 4_000_000
"""Of the baskets from which chances are worked out."""
_MOST_BASKETS = 500_000
_CELLS = 100_000_000
_ROUNDS = 5
_MOST_GAIN = 0.97
"""Share of a SKU's lines that may come in as a companion."""
_STANDARD_ERRORS = 3
"""By which a lift may lie below that of basket sizes alone: within the error of the baskets drawn here it is the same."""


class OutOfReach(ValueError):
    """Pairs whose lifts cannot be drawn: what could be, by the index of the pair."""

    def __init__(self, expected: dict[int, str]):
        super().__init__(next(iter(expected.values())))
        self.expected = expected


@dataclass(frozen=True)
class Companions:
    """Chances of companions, and the popularity of the baskets that they come into."""

    weight: np.ndarray
    """float64[n], popularity before companions come in."""
    rank: np.ndarray
    """int32[n], place among the SKUs of pairs, the rarest first; −1: in no pair."""
    first_pair: np.ndarray
    """int64[ranks + 1]"""
    companion: np.ndarray
    """int32[pairs], by rank of their anchors."""
    chance: np.ndarray
    """float64[pairs]"""

    def join(self, line_start: np.ndarray, line_sku: np.ndarray, chosen: np.ndarray, key: int) -> None:
        """Put companions into the `chosen` baskets, int64, of `line_sku`; `key` is that of the sheet."""
        companions(
            key,
            use("companions"),
            line_start,
            chosen,
            self.rank,
            self.first_pair,
            self.companion,
            self.chance,
            line_sku,
        )


class _Drawn:
    """Baskets from which chances are worked out: always the same uniforms, so that one round is held against the next."""

    def __init__(self, lines: Varying, carried: int, ranks: int, hours: np.ndarray):
        self.key = counter_key(0, 0, "pairs")
        mean = float(inclusion(lines, Popularity(np.ones(carried))).sum())
        self.n = int(min(_MOST_BASKETS, _LINES / mean, _CELLS / ranks))
        self.lines = np.minimum(Whole(lines).draw(self.key, "basket_lines", self.n), carried)
        self.hour = Steps(np.cumsum(hours)).draw(self.key, "hour", self.n).astype(np.int64)

    def held(self, weight: np.ndarray, hourly: Hourly | None, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which SKUs of pairs are in which basket, bool[ranks, n], and how many other lines each has, int64[n]."""
        lines = self.lines if hourly is None else np.minimum(self.lines, hourly.carried[self.hour])
        start = np.concatenate([[0], np.cumsum(lines, dtype=np.int64)])
        sku = hourly.fill(start, self.hour, self.key) if hourly else fill(start, Popularity(weight), self.key)
        of_line = rank[sku]
        paired = np.flatnonzero(of_line >= 0)
        basket = np.repeat(np.arange(self.n), lines)[paired]
        held = np.zeros((rank.max() + 1, self.n), dtype=bool)
        held[of_line[paired], basket] = True
        return held, lines - np.bincount(basket, minlength=self.n)


def solve(
    weight: np.ndarray,
    lines: Varying,
    pairs: Sequence[tuple[int, int, float]],
    hours: np.ndarray,
    group: np.ndarray | None = None,
    profiles: np.ndarray | None = None,
) -> Companions:
    """Companions of `pairs`, (SKU, SKU, lift) each, in baskets of `lines` filled by `weight`, float64[n].

    `hours`, and where popularity depends on the hour `group` and `profiles`, are those of `Hourly`. The chances are worked out pair by pair on drawn
    baskets, the rarest anchor first, so that pairs that share a SKU, and the sizes of baskets, are counted; weights and chances in turn, until both
    agree. Raises `OutOfReach`.
    """
    key = (weight.tobytes(), TypeAdapter(Varying).dump_json(lines), tuple(pairs), hours.tobytes())
    by_hour = None if group is None or profiles is None else (group.astype(np.int64).tobytes(), profiles.tobytes())
    return _solved(*key, by_hour)


@lru_cache(maxsize=4)
def _solved(
    weight_bytes: bytes,
    lines_json: bytes,
    pairs: tuple[tuple[int, int, float], ...],
    hours_bytes: bytes,
    by_hour: tuple[bytes, bytes] | None,
) -> Companions:
    """`solve`: replications of one run ask for the same."""
    weight, hours = np.frombuffer(weight_bytes), np.frombuffer(hours_bytes)
    lines: Varying = TypeAdapter(Varying).validate_json(lines_json)
    group = np.frombuffer(by_hour[0], dtype=np.int64) if by_hour else None
    profiles = np.frombuffer(by_hour[1]).reshape(-1, HOURS) if by_hour else None
    popular = Popularity(weight)
    usual = inclusion(lines, popular)
    weight = popular.weight.copy()
    named = np.unique([sku for *skus, _ in pairs for sku in skus])
    rank = np.full(len(weight), -1, dtype=np.int32)
    rank[named[np.lexsort((named, usual[named]))]] = np.arange(len(named))
    ends = np.array([sorted(rank[[a, b]]) for a, b, _ in pairs])
    order = np.argsort(ends[:, 0], kind="stable")
    lift = np.array([pairs[at][2] for at in order])
    drawn = _Drawn(lines, popular.carried, len(named), hours)
    sku_of = np.argsort(np.where(rank < 0, len(rank), rank), kind="stable")[: len(named)]
    share, later = np.ones(len(named)), np.zeros(len(order))
    for turn in range(_ROUNDS):
        hourly = None if group is None or profiles is None else Hourly(weight, group, profiles, hours)
        held, free = drawn.held(weight, hourly, rank)
        share = share if turn else held.mean(axis=1)
        pairs_of = ends[order]
        independent = share[pairs_of].prod(axis=1) * drawn.n
        chance, gain = np.zeros(len(order)), np.zeros(len(named))
        after, able, wanted = np.zeros(len(order)), np.zeros(len(order)), np.zeros(len(order))
        for at, (anchor, companion) in enumerate(pairs_of):
            both = int((held[anchor] & held[companion]).sum())
            may = held[anchor] & ~held[companion] & (free > 0)
            able[at], wanted[at] = int(may.sum()), lift[at] * independent[at] - both - later[at]
            chance[at] = np.clip(wanted[at] / max(able[at], 1), 0, 1)
            came = may & (uniforms(drawn.key, use(f"pair {at}"), drawn.n) < chance[at])
            free -= came
            held[companion] |= came
            gain[companion] += came.sum()
            after[at] = both + came.sum()
        later = (held[pairs_of[:, 0]] & held[pairs_of[:, 1]]).sum(axis=1) - after
        if turn < _ROUNDS - 1:
            weight = _lowered(weight, usual, lines, sku_of, gain / drawn.n)
    crowded = gain > _MOST_GAIN * share * drawn.n
    _check(order, pairs_of[:, 1], lift * independent, wanted, able, independent, crowded)
    return Companions(
        weight=weight,
        rank=rank,
        first_pair=np.searchsorted(ends[order, 0], np.arange(len(named) + 1)).astype(np.int64),
        companion=sku_of[ends[order, 1]].astype(np.int32),
        chance=chance,
    )


def _check(
    order: np.ndarray,
    companion: np.ndarray,
    both: np.ndarray,
    wanted: np.ndarray,
    able: np.ndarray,
    independent: np.ndarray,
    crowded: np.ndarray,
) -> None:
    """Raise `OutOfReach` of pairs that are wanted in more baskets, or fewer, than they can come into, and of the last pair of each crowded SKU."""
    found = {}
    for at, pair in enumerate(order.tolist()):
        least, most = both[at] - wanted[at], both[at] - wanted[at] + able[at]
        if wanted[at] > able[at]:
            found[pair] = f"a lift of at most {most / max(independent[at], 1e-300):.3g}, which baskets can have"
        elif wanted[at] < -_STANDARD_ERRORS * np.sqrt(max(both[at], 1)):
            found[pair] = (
                f"a lift of at least {least / independent[at]:.3g}, which sizes of baskets and other pairs give"
            )
    for sku in np.flatnonzero(crowded).tolist():
        last = int(order[companion == sku].max())
        found.setdefault(last, "lower lifts, or fewer pairs of one SKU: with these it is bought more often than it is")
    if found:
        raise OutOfReach(dict(sorted(found.items())))


def _lowered(weight: np.ndarray, usual: np.ndarray, lines: Varying, sku: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Weights whose baskets hold the SKUs of pairs less often by their `gain`, and others more often by what they lose to them."""
    wanted = usual.copy()
    others = np.ones(len(usual), dtype=bool)
    others[sku] = False
    wanted[others] *= 1 + gain.sum() / max(usual[others].sum(), 1e-300)
    wanted[sku] = np.maximum(usual[sku] - gain, 1e-3 * usual[sku])
    for _ in range(3):
        shown = inclusion(lines, Popularity(weight))
        weight = weight * np.divide(wanted, shown, out=np.ones_like(shown), where=shown > 0)
    return weight / weight.sum()
