"""Customers of stores and pickers of parcels: they are played when stock is read or changed, and not before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sim.chain.agenda import Agenda
from sim.chain.online.parcels import Parcels
from sim.chain.sequence import Reading
from sim.chain.store.store import Store


class CatchUp:
    """The ledger follows it while a day is open. A day that is closed is over: what falls on its last midnight belongs to the next."""

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
