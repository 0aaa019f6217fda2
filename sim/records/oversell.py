"""The result of a race for the last units: outcomes of its clients, units available before and after, and units promised."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from sim.records.load_run import Record, StockReading
from sim.records.verdict import Decision

FORMAT: Final = 1


class Ending(Record):
    """Clients that ended alike."""

    outcome: str
    """`accepted`, `partial` (fewer units than asked for), or the outcome of the request at which the journey ended."""
    step: str = ""
    error: str = ""
    clients: int
    decided: bool
    """They reached the deciding step, at which clients are released together."""
    in_doubt: bool = False
    """Each of them may hold an order, because no answer came."""
    body: str = ""
    """How the body behind the refusal or failure began, of one of them."""

    @property
    def text(self) -> str:
        """`accepted`, `refused at order (out_of_stock)`, `failed at order (500)`."""
        if self.outcome == "accepted":
            return "accepted, but no order of theirs is known" if self.in_doubt else "accepted"
        if self.outcome == "partial":
            return "accepted in part"
        how = {"rejected": "refused", "": "still under way"}.get(self.outcome, self.outcome)
        where = f" at {self.step}" if self.step else ""
        return f"{how}{where}{f' ({self.error})' if self.error else ''}"


class Raced(Record):
    """One SKU of the race, in units."""

    sku_code: str
    available_before: int
    available_after: int | None
    """None where it could not be read."""
    promised: int
    """In the orders that were confirmed to the clients."""
    asked: int
    """Asked for by clients that reached the deciding step and were accepted or refused there."""
    in_doubt: int
    """That clients in doubt may have been promised beside those."""

    @property
    def oversold(self) -> int:
        """Promised beyond what was there, or missing by the platform's own count."""
        return max(self.promised - self.available_before, -(self.available_after or 0), 0)

    @property
    def left(self) -> int:
        """Still unpromised, by what was there before."""
        return self.available_before - self.promised

    @property
    def reading(self) -> StockReading | None:
        """Before and after, for stock truth; None where the second is missing."""
        if self.available_after is None:
            return None
        return StockReading(
            sku_code=self.sku_code,
            available_before=self.available_before,
            available_after=self.available_after,
            units_ordered=self.promised,
        )


class Race(Record):
    """A race for the last units of SKUs, and its result."""

    format: Literal[1] = FORMAT
    run_id: str
    started_at: str
    host: str
    adapter: str
    clients: int
    units: int = Field(ge=1)
    """Of every SKU that a client orders."""
    decides: str
    """The step before which the clients wait for one another."""
    length_s: float
    """From the first request of the clients to the last answer."""
    skus: list[Raced]
    endings: list[Ending]
    orders: list[str]
    """Ids of what was made."""
    orders_fate: str
    """What became of it."""
    stopped: str = ""
    """Why the clients were stopped before all had ended; empty where they were not."""
    decision: Decision
    sentence: str
    """The finding in words, with its numbers."""
    reasons: list[str]
    """Why the race is inconclusive or invalid, and further findings."""

    @property
    def oversold(self) -> int:
        """Units over all SKUs."""
        return sum(sku.oversold for sku in self.skus)
