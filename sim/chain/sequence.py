"""The order of everything that the chain does: at midnight, at one instant between two midnights, and before stock is read.

The chain is played from these lists. `python -m sim.chain.sequence` prints them, and docs/network.md shows them.
"""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """A member's value is (classes of the chain that do it, what happens); members come in the order in which they happen."""

    def __init__(self, part: str, what: str):
        self.part, self.what = part, what
        self.rank = len(type(self).__members__) + 1

    @property
    def label(self) -> str:
        """The phase as docs/network.md prints it."""
        return self.name.lower().replace("_", " ")


class DayEnds(Phase):
    """At midnight, before any event of that instant."""

    ONLINE_CLOSES = "Online", "what was picked and which orders were over by the day's last instant are counted"
    STORES_CLOSE = (
        "Store",
        "customers still inside leave; the store's day is counted, and what will be brought back is expected",
    )
    REPORTS = "Chain", "each store's closing report is noted in the trace"
    RETURNS_SORTED = "WriteOffs", "what customers brought back and cannot be sold again is written off"
    BOOK_DRIFTS = (
        "Accuracy",
        "shrinkage, mis-scans and damage of what was sold; then the checks of gaps and the counts that are due",
    )
    HISTORY = "Replenishment", "the day's sales, as the book knows them, join the history of forecasts"
    EXPIRY = "ShelfLife", "goods past their shelf life are written off"
    STOCK_COUNTED = "Chain", "what lies where is counted"
    TRACE_WRITTEN = "TraceLog", "journeys of the day are given their rows"
    HOURS_WRITTEN = "Tally", "at the end of a month its hours are written"


class DayBegins(Phase):
    """At the same midnight, after the day before has ended, and before any event of the instant."""

    LOAD_KNOWN = (
        "Service",
        "where load slows the software, the new day's customers are drawn and the load counted from them",
    )
    STORES_OPEN = "Store", "each store begins its day"
    ONLINE_OPENS = "Online", "the day's orders are placed in their batches; those of an outage of the system are lost"


class Instant(Phase):
    """What falls on one instant. An event caused at an instant, for that same instant, takes its place among those still to come."""

    CATALOGUE = "Chain", "at the start of the trace's window the catalogue copies the book"
    SUPPLIER_SENDS = "Suppliers", "orders leave that waited for the supplier's day or the end of its disruption"
    ARRIVAL = "Freight", "goods of the chain come to a door and wait for it, at a warehouse for a dock"
    SUPPLIER_ARRIVAL = "Suppliers", "a supplier's goods come to a dock"
    SEND_BACK = "SendBack", "stores send back what they have above the cover"
    REVIEW = "Replenishment", "locations order"
    TRANSFER_REVIEW = "Transfers", "stock is moved sideways"
    OPENING = "Warehouse", "orders that waited for the warehouse's doors are served"
    PRICES = "Pricing", "prices of stock for online sourcing are solved again"
    DEPARTURE = "Warehouse", "goods that have been picked leave"
    RECEIPT = (
        "Suppliers, Freight, Transfers, OpeningState",
        "goods that have been unloaded are on hand; a store that opens hands over what it transfers, on the first day also what was promised",
    )
    ONLINE = "Online", "a batch of online orders is sourced"
    ORDERS = "Warehouse", "orders made at this instant, with the warehouse's doors open, are served"
    AUDIT = "ShelfAudit", "every store's shelves are looked at"


class Reading(Phase):
    """What is played before a location's stock is read or changed at an instant."""

    PARCELS = (
        "Parcels",
        "parcels of online orders leave, picked at or before the instant: by location and instant of picking",
    )
    STORE = "Store", "the store is played: changes of regime and refills up to and at the instant, customers before it"


def lines(phases: type[Phase]) -> list[str]:
    """The list as Markdown rows: place, name, part, what happens."""
    return [f"| {phase.rank} | {phase.label} | {phase.part} | {phase.what} |" for phase in phases]


if __name__ == "__main__":
    for phases in (DayEnds, DayBegins, Instant, Reading):
        print(phases.__name__, *lines(phases), sep="\n")
