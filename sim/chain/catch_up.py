"""Customers of stores and pickers of parcels are simulated lazily: when stock is read or changed, and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sim.chain.agenda import Agenda
from sim.chain.online.parcels import Parcels
from sim.chain.sequence import Reading
from sim.chain.store.store import Store


class CatchUp:
    """The ledger calls `bring` while a day is open. Events of the midnight that ends a closed day belong to the next day."""

    def __init__(self, agenda: Agenda, parcels: Parcels, stores: Sequence[Store]):
        self.is_open = False
        self._agenda, self._parcels, self._stores = agenda, parcels, stores
        play: dict[Reading, Callable[[Iterable[int], float], None]] = {
            Reading.PARCELS: lambda _, now: parcels.until(now),
            Reading.STORE: self._advance,
        }
        self._steps = [play[phase] for phase in Reading]

    def bring(self, locations: Iterable[int]) -> None:
        """Play what is due up to now: the parcels everywhere, the customers of those locations that are stores."""
        if self.is_open:
            now = self._agenda.now
            for play in self._steps:
                play(locations, now)

    def _advance(self, locations: Iterable[int], now: float) -> None:
        stores = self._stores
        for location in locations:
            if location < len(stores):
                stores[location].advance(now)
