"""How a visit ended, by the names of the enum in visits.pxd: Cython and Python read the one table."""

from enum import IntEnum

class Fate(IntEnum):
    """How a visit ended; as numbers they stand in `sim.chain.store.engine.VISIT`."""

    INSIDE = -1
    """Not ended yet."""
    PAID = 0
    ABANDONED = 1
    """Gave up in line, or was still inside at midnight."""
    TURNED_AWAY = 2
    """Met closed doors or full lines."""
    PAYMENT_LOST = 3
    """Could not pay."""
    EMPTY_HANDED = 4
    """Found nothing of what they came for, so had nothing to pay."""
