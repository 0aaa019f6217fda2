"""Tills and their queues. A bank is one queue with the tills that serve it, a c-server queue."""

from __future__ import annotations

from collections import OrderedDict

from simpy.events import Event


class Till:
    """A till or a self-checkout, with the ticket that is on it."""

    __slots__ = ("bank", "bit", "customer", "factor", "left_s", "number", "open", "receipt", "until_s")

    def __init__(self, number: int, bank: Bank):
        self.number, self.bank, self.bit = number, bank, 1 << number
        self.open = False
        """Serves the next customer: staffed, and its device works."""
        self.factor = 0.0
        self.customer: int | None = None
        self.receipt: Event | None = None
        """Ends the ticket."""
        self.until_s = 0.0
        self.left_s = 0.0
        """What is left of an interrupted ticket."""


class Bank:
    """One queue and its c servers: all tills in one bank, or a bank for each."""

    __slots__ = ("busy", "line", "open", "ready", "tills")

    def __init__(self) -> None:
        self.tills: list[Till] = []
        self.line: OrderedDict[int, Event] = OrderedDict()
        """Waiting customers in order, each with the event that calls it. Ordered, because customers leave from the middle and return to the head."""
        self.open = 0
        """How many tills are open."""
        self.busy = 0
        self.ready = 0
        """Bit set of the tills that could begin a ticket now: the lowest number needs no search."""

    @property
    def people(self) -> int:
        """Customers in the queue and at the tills."""
        return len(self.line) + self.busy

    def first_ready(self, tills: list[Till]) -> Till | None:
        """The ready till with the lowest number; `tills` by number."""
        ready = self.ready
        return tills[(ready & -ready).bit_length() - 1] if ready else None
