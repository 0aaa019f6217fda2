"""How a visit ended, by the names of the enum in visits.pxd: Cython and Python read the one table."""

from enum import IntEnum

class Fate(IntEnum):
    """How a visit ended; as numbers they stand in `sim.chain.store.engine.VISIT`."""

    INSIDE = -1
    """Not ended yet."""
    PAID = 0
    ABANDONED = 1
    """Reneged, or was still inside at midnight."""
    TURNED_AWAY = 2
    """Balked at closed doors or full queues."""
    PAYMENT_LOST = 3
    """Could not pay."""
    EMPTY_HANDED = 4
    """All SKUs demanded were out of stock, so there was nothing to pay."""
