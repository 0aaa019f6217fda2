"""Stock truth: units ordered in a load test, reconciled with the fall in the platform's own stock.

A fast platform without errors can still sell five units twenty times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.evidence.wording import count, listed, percent
from sim.records.load_run import StockReading

DISCREPANCY_LIMIT = 0.005


@dataclass(frozen=True)
class StockTruth:
    """Units over all SKUs read before and after a run."""

    skus: int
    units_ordered: int
    oversold_units: int
    """Ordered beyond what was available before the run."""
    oversold: tuple[str, ...]
    """Codes of the SKUs concerned."""
    lost_update_units: int
    """Ordered from stock that was available, and not deducted from it."""
    vanished_units: int
    """Deducted without an order of this run: reservations that were not released, or other clients' orders."""
    discrepancy_rate: float
    """Σ|after − (before − ordered)| / Σ before."""
    of_ordered: float
    """The same discrepancy over Σ|ordered|: with much stock the other rate is small whatever was wrong."""
    shown: bool = True
    """Whether anything was ordered, so that there is something to reconcile."""
    sold_out: bool = False
    """Whether a SKU was sold to its last unit or beyond: where none was, nothing could be oversold."""

    @property
    def holds(self) -> bool:
        """Whether nothing was oversold and discrepancies stay within `DISCREPANCY_LIMIT`."""
        return not self.oversold_units and max(self.discrepancy_rate, self.of_ordered) <= DISCREPANCY_LIMIT

    @property
    def sentence(self) -> str:
        """The finding in a sentence."""
        if not self.shown:
            gone = (
                f"; {count(self.vanished_units, 'unit')} gone meanwhile without an order of this run"
                if self.vanished_units
                else ""
            )
            return f"Stock truth is not shown: nothing was ordered, so nothing could be held against the stock of {count(self.skus, 'SKU')}{gone}."
        read = f"{count(self.units_ordered, 'unit')} ordered of {count(self.skus, 'SKU')}"
        rate = (
            f"discrepancy {percent(self.of_ordered)} of the units ordered and {percent(self.discrepancy_rate)} of those on hand "
            f"(target at most {percent(DISCREPANCY_LIMIT)} of either)"
        )
        wrong = []
        if self.oversold_units:
            wrong.append(
                f"{count(self.oversold_units, 'unit')} sold that were not there ({listed(list(self.oversold))})"
            )
        if self.lost_update_units:
            wrong.append(f"{count(self.lost_update_units, 'unit')} sold and never taken off the stock")
        if self.vanished_units:
            wrong.append(f"{count(self.vanished_units, 'unit')} gone without an order")
        return f"Stock truth {'holds' if self.holds else 'is broken'}: {read}, {'; '.join(wrong) or 'every one taken off the stock'}; {rate}."


def stock_truth(readings: Sequence[StockReading]) -> StockTruth | None:
    """Reconcile the units ordered with the fall in available units, SKU by SKU. None where no stock was read."""
    if not readings:
        return None
    oversold = [reading for reading in readings if reading.units_ordered > reading.available_before]
    gaps = [r.units_ordered - (r.available_before - r.available_after) for r in readings]
    beyond = [max(0, r.units_ordered - max(0, r.available_before)) for r in readings]
    before = sum(max(0, reading.available_before) for reading in readings)
    wrong = sum(abs(gap) for gap in gaps)
    ordered = sum(abs(reading.units_ordered) for reading in readings)
    return StockTruth(
        skus=len(readings),
        units_ordered=sum(reading.units_ordered for reading in readings),
        oversold_units=sum(beyond),
        oversold=tuple(reading.sku_code for reading in oversold),
        lost_update_units=sum(max(0, gap - extra) for gap, extra in zip(gaps, beyond, strict=True)),
        vanished_units=sum(max(0, -gap) for gap in gaps),
        discrepancy_rate=wrong / before if before else float(wrong > 0),
        of_ordered=wrong / ordered if ordered else 0.0,
        shown=ordered > 0,
        sold_out=any(reading.units_ordered >= max(1, reading.available_before) for reading in readings),
    )
