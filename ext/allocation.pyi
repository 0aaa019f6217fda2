"""Which location ships which order line: order sourcing over stock by location and SKU, in batches or one order at a time."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from numpy import bool_, float64, int32, int64, uint8
from numpy.typing import NDArray

from ext.rationing import ration as ration
from ext.reservations import Reservations as Reservations
from ext.reservations import available_to_promise as available_to_promise
from ext.reservations import earliest_period as earliest_period
from ext.shadow import Kpis as Kpis
from ext.shadow import kpis as kpis
from ext.shadow import shadow as shadow
from ext.transfers import Moves as Moves
from ext.transfers import imbalance as imbalance
from ext.transfers import transfers as transfers

Policy = Literal["nearest", "cheapest", "complete", "priced"]
POLICIES: tuple[Policy, ...]

class Sourced(NamedTuple):
    """The result of a batch, as pieces in the order of the lines; a line that two locations share has two pieces."""

    line: NDArray[int32]
    location: NDArray[int32]
    quantity: NDArray[int32]
    unfilled: NDArray[int32]

class Allocator:
    """Sources orders from `stock`, in place; the docstring of the class documents every argument."""

    policy: Policy
    locations: int
    skus: int
    zones: int
    classes: int

    def __init__(
        self,
        stock: NDArray[int64],
        ship_cost: NDArray[float64],
        *,
        policy: Policy = "cheapest",
        parcel_cost: NDArray[float64] | None = None,
        candidates: NDArray[int32] | None = None,
        reserved: NDArray[int64] | None = None,
        safety_stock: NDArray[int64] | None = None,
        protected_share: NDArray[float64] | None = None,
        capacity: NDArray[int64] | None = None,
        balance: NDArray[float64] | None = None,
        markdown: NDArray[float64] | None = None,
        price: NDArray[float64] | None = None,
        max_parcels: int = 0,
    ) -> None: ...
    def under(self, policy: Policy, *, price: NDArray[float64] | None = None) -> Allocator:
        """The same network and the same arrays under another policy."""

    def source_line(
        self, sku: int, quantity: int, zone: int, priority: int = 0, ship_complete: bool = False, commit: bool = True
    ) -> list[tuple[int, int]]:
        """[(location, quantity), ...] of an order of one line; [] if no location has any."""

    def source_basket(
        self,
        skus: Sequence[int] | NDArray[int32],
        quantities: Sequence[int] | NDArray[int32],
        zone: int,
        priority: int = 0,
        ship_complete: bool = False,
        commit: bool = True,
    ) -> list[tuple[int, int, int]]:
        """[(line, location, quantity), ...] of an order of several lines, in the order of the lines."""

    def source_orders(
        self,
        order_start: NDArray[int64],
        line_sku: NDArray[int32],
        line_quantity: NDArray[int32],
        zone: NDArray[int32],
        *,
        priority: NDArray[uint8] | None = None,
        ship_complete: NDArray[bool_] | None = None,
        commit: bool = True,
    ) -> Sourced:
        """Source a batch, order after order, without the GIL. With commit=False everything is left as it was."""
