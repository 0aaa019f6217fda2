"""What the same orders would have cost under another policy: key figures side by side, nothing committed."""

from collections import namedtuple
from collections.abc import Mapping
from typing import Any

import numpy as np

from ext.checks import checked, finite

KG_CO2E_PER_TONNE_KM = 0.1  # road freight in a well-filled lorry; a van on its round is several times dearer: say yours

Kpis = namedtuple("Kpis", ["orders", "units", "lost_units", "parcels", "parcels_per_order", "cost", "carbon_kg"])
Kpis.__doc__ = """Of a batch: orders that got anything, units shipped and not, parcels, cost of shipping, kg CO2e (None without distances)."""


def kpis(
    sourced: Any,
    order_start: np.ndarray,
    zone: np.ndarray,
    line_sku: np.ndarray,
    ship_cost: np.ndarray,
    *,
    parcel_cost: np.ndarray | None = None,
    distance_km: np.ndarray | None = None,
    weight_kg: np.ndarray | None = None,
    kg_co2e_per_tonne_km: float = KG_CO2E_PER_TONNE_KM,
) -> Kpis:
    """Key figures of a sourced batch. Cost is what is paid: shipping and parcels, no balance, markdown or price.

    distance_km: float64[location, zone]; weight_kg: float64[sku], of a unit.
    """
    line, location, quantity, unfilled = sourced
    order = np.searchsorted(order_start, line, side="right") - 1
    parcels = np.unique(order * len(ship_cost) + location)
    lane = location, zone[order]
    cost = float(np.sum(quantity * ship_cost[lane]))
    if parcel_cost is not None:
        cost += float(np.sum(parcel_cost[parcels % len(ship_cost)]))
    carbon_kg = None
    if distance_km is not None and weight_kg is not None:
        finite("distance_km", checked("distance_km", distance_km, np.float64, ship_cost.shape, lowest=0.0))
        finite("weight_kg", checked("weight_kg", weight_kg, np.float64, (None,), lowest=0.0))
        tonne_km = np.sum(quantity * weight_kg[line_sku[line]] * distance_km[lane]) / 1000
        carbon_kg = float(tonne_km * kg_co2e_per_tonne_km)
    served = len(np.unique(order))
    return Kpis(
        orders=served,
        units=int(quantity.sum(dtype=np.int64)),
        lost_units=int(unfilled.sum(dtype=np.int64)),
        parcels=len(parcels),
        parcels_per_order=len(parcels) / served if served else 0.0,
        cost=cost,
        carbon_kg=carbon_kg,
    )


def shadow(
    allocators: Mapping[str, Any],
    order_start: np.ndarray,
    line_sku: np.ndarray,
    line_quantity: np.ndarray,
    zone: np.ndarray,
    ship_cost: np.ndarray,
    *,
    priority: np.ndarray | None = None,
    ship_complete: np.ndarray | None = None,
    **figures: Any,
) -> dict[str, Kpis]:
    """{name: Kpis} of the same orders under each of `allocators` (name -> Allocator); none of them commits anything.

    figures: parcel_cost, distance_km, weight_kg and kg_co2e_per_tonne_km, as for kpis.
    """
    answers = {}
    for name, allocator in allocators.items():
        sourced = allocator.source_orders(
            order_start, line_sku, line_quantity, zone, priority=priority, ship_complete=ship_complete, commit=False
        )
        answers[name] = kpis(sourced, order_start, zone, line_sku, ship_cost, **figures)
    return answers
