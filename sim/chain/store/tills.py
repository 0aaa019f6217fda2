"""Tills and their queues. A bank is one queue with the tills that serve it: c servers, customers of two classes (docs/trading.md, 6.1)."""

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

    __slots__ = ("busy", "first", "open", "ready", "rest", "tills")

    def __init__(self) -> None:
        self.tills: list[Till] = []
        self.first: OrderedDict[int, Event] = OrderedDict()
        """Waiting customers of the priority class in order, each with the event that calls it; at their head those whose ticket broke off."""
        self.rest: OrderedDict[int, Event] = OrderedDict()
        """The others. Both are ordered, because customers leave from the middle and return to the head."""
        self.open = 0
        """How many tills are open."""
        self.busy = 0
        self.ready = 0
        """Bit set of the tills that could begin a ticket now: the lowest number needs no search."""

    @property
    def people(self) -> int:
        """Customers in the queue and at the tills."""
        return self.waiting + self.busy

    @property
    def waiting(self) -> int:
        """Customers in the queue."""
        return len(self.first) + len(self.rest)

    @property
    def line(self) -> list[tuple[int, Event]]:
        """Waiting customers in the order in which they are called, each with the event that calls it."""
        return [*self.first.items(), *self.rest.items()]

    def stand(self, i: int, call: Event, priority: bool) -> None:
        """Customer i joins behind all of its class."""
        (self.first if priority else self.rest)[i] = call

    def return_to_head(self, i: int, call: Event) -> None:
        """Customer i, whose ticket broke off, joins at the head of the queue."""
        self.first[i] = call
        self.first.move_to_end(i, last=False)

    def call(self) -> Event | None:
        """The event that calls the next customer, who leaves the queue; None where it is empty."""
        line = self.first or self.rest
        return line.popitem(last=False)[1] if line else None

    def abandon(self, i: int) -> None:
        """Customer i leaves the queue."""
        del (self.first if i in self.first else self.rest)[i]

    def clear(self) -> None:
        """All customers leave the queue."""
        self.first.clear()
        self.rest.clear()

    def first_ready(self, tills: list[Till]) -> Till | None:
        """The ready till with the lowest number; `tills` by number."""
        ready = self.ready
        return tills[(ready & -ready).bit_length() - 1] if ready else None
