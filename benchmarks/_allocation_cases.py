"""The stock, orders and peers that benchmarks/allocation.py measures with: drawn from a seed, nothing timed here."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Batch:
    """A network and the orders it meets."""

    stock: np.ndarray
    ship_cost: np.ndarray
    ranked: np.ndarray
    order_start: np.ndarray
    sku: np.ndarray
    zone: np.ndarray

    @property
    def width(self) -> tuple[int, int]:
        """SKUs, and candidates of a zone."""
        return self.stock.shape[1], self.ranked.shape[1]

    @property
    def ones(self) -> np.ndarray:
        return np.ones(len(self.sku), np.int32)


def batch(seed: int, lengths: np.ndarray, supply: float, *, skus: int, candidates: int, locations: int = 60) -> Batch:
    """Orders of so many lines each over Zipf 1.0 SKUs, the SKUs of an order distinct; stock is `supply` times their demand.

    200 zones, each served by so many of the nearest locations.
    """
    zones = 200
    draw = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, skus + 1)
    order = np.repeat(np.arange(len(lengths)), lengths)
    sku = draw.choice(skus, len(order), p=popularity / popularity.sum())
    order, sku = np.divmod(np.unique(order * skus + sku), skus)
    held = np.ceil(supply * np.bincount(sku, minlength=skus)).astype(int)
    stock = np.stack([draw.multinomial(units, np.full(locations, 1 / locations)) for units in held], axis=1)
    ship_cost = np.linalg.norm(draw.random((locations, 1, 2)) - draw.random((1, zones, 2)), axis=2)
    return Batch(
        np.ascontiguousarray(stock, dtype=np.int64),
        ship_cost,
        np.ascontiguousarray(np.argsort(ship_cost, axis=0, kind="stable")[:candidates].T, dtype=np.int32),
        np.searchsorted(order, np.arange(len(lengths) + 1)).astype(np.int64),
        sku.astype(np.int32),
        draw.integers(0, zones, len(lengths)).astype(np.int32),
    )


class CProgram:
    """benchmarks/allocation.c, compiled for this machine into a folder that is removed at once."""

    def __init__(self):
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder) / "allocation.so"
            source = Path(__file__).with_name("allocation.c")
            command = ["cc", "-O3", "-march=native", "-shared", "-fPIC", str(source), "-o", str(library), "-lm"]
            subprocess.run(command, check=True)
            self.library = ctypes.CDLL(str(library))

    def nearest(self, batch: Batch, stock: np.ndarray) -> np.ndarray:
        location = np.empty(len(batch.sku), np.int32)
        self._call("nearest", stock, *batch.width, batch.ranked, len(batch.sku), batch.sku, batch.zone, location)
        return location

    def complete(self, batch: Batch, stock: np.ndarray) -> np.ndarray:
        location = np.empty(len(batch.sku), np.int32)
        self._call(
            "complete",
            stock,
            *batch.width,
            batch.ranked,
            batch.ship_cost,
            batch.ship_cost.shape[1],
            len(batch.zone),
            batch.order_start,
            batch.sku,
            batch.zone,
            location,
        )
        return location

    def _call(self, name: str, *arguments) -> None:
        getattr(self.library, name)(
            *(ctypes.c_void_p(a.ctypes.data) if isinstance(a, np.ndarray) else ctypes.c_int64(a) for a in arguments)
        )


def nearest_in_python(batch: Batch, stock: np.ndarray) -> list[int]:
    """Plain lists and loops."""
    units = stock.T.tolist()
    ranked = batch.ranked.tolist()
    location = []
    for sku, zone in zip(batch.sku.tolist(), batch.zone.tolist(), strict=True):
        held = units[sku]
        for place in ranked[zone]:
            if held[place] > 0:
                held[place] -= 1
                location.append(place)
                break
        else:
            location.append(-1)
    return location


def nearest_in_numpy(batch: Batch, stock: np.ndarray) -> list[int]:
    """An array operation a line: exact, since every line sees what the one before it left."""
    location = []
    for sku, zone in zip(batch.sku, batch.zone, strict=True):
        places = batch.ranked[zone]
        stocked = stock[places, sku] > 0
        first = int(stocked.argmax())
        if stocked[first]:
            stock[places[first], sku] -= 1
            location.append(int(places[first]))
        else:
            location.append(-1)
    return location


def shortage(seed: int, skus: int = 200, stores: int = 60) -> dict[str, np.ndarray]:
    """A warehouse with half of what its stores ask for."""
    draw = np.random.default_rng(seed)
    daily_demand = draw.gamma(0.8, 2.0, (skus, stores)) + 0.05
    on_hand = draw.poisson(daily_demand * 2)
    requested = np.maximum(np.ceil(daily_demand * 10).astype(np.int64) - on_hand, 0)
    return {
        "available": requested.sum(axis=1) // 2,
        "requested": requested,
        "on_hand": on_hand,
        "daily_demand": daily_demand,
    }


def cover_in_numpy(available, requested, on_hand, daily_demand) -> np.ndarray:
    """Equal days of cover, all SKUs at once: the water level by bisection, whole units by largest remainder."""
    low = np.zeros(len(available))
    high = ((on_hand + requested) / daily_demand).max(axis=1)
    for _ in range(40):
        level = (low + high) / 2
        share = np.clip(level[:, None] * daily_demand - on_hand, 0, requested)
        fits = share.sum(axis=1) <= available
        low, high = np.where(fits, level, low), np.where(fits, high, level)
    share = np.clip(low[:, None] * daily_demand - on_hand, 0, requested)
    given = np.floor(share + 1e-9).astype(np.int64)
    left = np.minimum(available, requested.sum(axis=1)) - given.sum(axis=1)
    remainder = np.where(given < requested, share - given, -1.0)
    place = np.argsort(np.argsort(-remainder, axis=1, kind="stable"), axis=1)
    return given + (place < left[:, None])
