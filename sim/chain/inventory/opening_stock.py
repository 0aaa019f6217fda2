"""The state in which a scenario starts: stock on hand and on record, its age, what is promised and what is under way."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.chain.network import Network
from sim.scenario.loader import refuse_played
from sim.scenario.model import Scenario
from sim.scenario.opening import listed_path, listed_stock
from sim.scenario.sections.places import OpeningCover, OpeningStock
from sim.stock.policies import in_packs
from sim.streams import stream
from sim.traffic.assortment import Assortment, shelf_life_days
from sim.traffic.calendar import since_start
from sim.traffic.regions import region_shares


@dataclass(frozen=True)
class Lot:
    """Units on hand of a SKU at a location that have less than their whole shelf life before them."""

    location: int
    sku: int
    units: int
    last_day: int
    """On which they may be sold, days since the start."""


@dataclass(frozen=True)
class UnderWay:
    """What comes to a location from one place at one instant."""

    origin: str
    """Code of a supplier or a location."""
    location: int
    units: np.ndarray
    """int64[n_skus]"""
    arrives_s: float | None
    """At its doors; None: after a lead time from the start."""


@dataclass(frozen=True)
class Opening:
    """The state at the first midnight: all queues are empty, and no order is being picked."""

    on_hand: np.ndarray
    """int64[n_locations, n_skus]"""
    carried: np.ndarray
    """bool[n_locations, n_skus]: whether a location stocks and orders the SKU."""
    book: np.ndarray
    """int64[n_locations, n_skus], units on record; `on_hand` itself where no row says otherwise."""
    promised: tuple[tuple[int, int, int], ...]
    """(location, SKU, units)"""
    aged: tuple[Lot, ...]
    under_way: tuple[UnderWay, ...]


def mean_demand(
    scenario: Scenario, network: Network, source: np.ndarray, in_stores: np.ndarray, online: np.ndarray
) -> np.ndarray:
    """Units a day that each location must send out, float64[n_locations, n_skus].

    source: `Setting.source`; in_stores: float64[n_stores, n_skus]; online: float64[n_skus]. A warehouse covers all stores and warehouses below it,
    and an equal part of the online orders of its region; a region without a warehouse leaves its orders to all warehouses alike.
    What suppliers deliver to all stores themselves, no warehouse stocks.
    """
    demand = np.zeros((len(network), in_stores.shape[1]))
    demand[: network.n_stores] = in_stores
    network.pass_up(demand, demand, source, network.stores)
    stocked = (source[: network.n_stores] >= 0).any(axis=0) | (not network.is_bypassed)
    shares = region_shares(scenario)
    for region, share in enumerate(shares):
        near = [w for w in network.warehouses if network.region[w] == region] or list(network.warehouses)
        demand[near] += share * np.where(stocked, online, 0.0) / max(len(near), 1)
    network.pass_up(demand, demand, source, network.inwards)
    return demand


def opening(
    scenario: Scenario,
    replication: int,
    network: Network,
    assortment: Assortment,
    source: np.ndarray,
    demand: np.ndarray,
    sku_class: np.ndarray,
) -> Opening:
    """The opening state. Listed stock: a location carries what it has a row for, be it of 0 units. Stock by rule, where there are no rows: all SKUs
    with demand there. `source`: `Setting.source`; `demand`: float64[n_locations, n_skus], units a day; `sku_class`: str[n_skus]. Raises `Refusal`
    for an expiry that shelf life cannot give.
    """
    given = scenario.opening_stock
    units = np.zeros(demand.shape, dtype=np.int64)
    carried = demand > 0
    rows = listed_stock(scenario)
    if isinstance(given, list):
        carried[:] = False
    else:
        _by_rule(scenario, given, replication, network, demand, sku_class, units)
        units = np.where(carried, in_packs(units, assortment.pack), 0)
    number = {code: sku for sku, code in enumerate(assortment.code)}
    for location in {row.location for row in rows}:
        units[network.number[location]], carried[network.number[location]] = 0, False
    listed = [((network.number[row.location], number[row.sku]), row) for row in rows]
    for cell, row in listed:
        units[cell] += row.units or 0
        carried[cell] = True
    return Opening(
        units,
        carried,
        _book(listed, units),
        tuple((*cell, row.promised) for cell, row in listed if row.promised),
        _aged(scenario, assortment, listed),
        _under_way(scenario, network, assortment, source, listed),
    )


_Listed = list[tuple[tuple[int, int], OpeningStock]]
"""Rows, each with its location's and its SKU's number."""


def _book(listed: _Listed, on_hand: np.ndarray) -> np.ndarray:
    gaps = [(cell, row.book - (row.units or 0)) for cell, row in listed if row.book is not None]
    if not gaps:
        return on_hand
    book = on_hand.copy()
    for cell, gap in gaps:
        book[cell] += gap
    return book


def _aged(scenario: Scenario, assortment: Assortment, listed: _Listed) -> tuple[Lot, ...]:
    """Lots that expire on a day of their own. It must lie within the SKU's shelf life, unless the run ends before either."""
    dated = [(at, cell, row) for at, (cell, row) in enumerate(listed) if row.expires is not None]
    if not dated:
        return ()
    life_days, lots = shelf_life_days(scenario, assortment.supplier), []
    for at, (location, sku), row in dated:
        last_day = ((row.expires or scenario.start) - scenario.start).days
        whole = int(life_days[sku]) or math.inf
        if last_day <= whole < math.inf:
            lots.append(Lot(location, sku, row.units or 0, last_day))
        elif min(last_day, whole) < scenario.days:
            most = f"at most {whole} days after the start, its shelf life"
            keeps = "no day, as the SKU has no shelf life" if whole == math.inf else most
            refuse_played(scenario, (*listed_path(scenario), at, "expires"), keeps, row.expires)
    return tuple(lots)


def _under_way(
    scenario: Scenario, network: Network, assortment: Assortment, source: np.ndarray, listed: _Listed
) -> tuple[UnderWay, ...]:
    """Units on order, those that come from one place at one instant together."""
    found: dict[tuple[str, int, float | None], np.ndarray] = {}
    for (location, sku), row in listed:
        if row.on_order:
            arrives_s = None if row.arrives is None else since_start(scenario.start, row.arrives)
            feeder = int(source[location, sku])
            usual = network.codes[feeder] if feeder >= 0 else scenario.suppliers[assortment.supplier[sku]].code
            key = row.origin or usual, location, arrives_s
            if key not in found:
                found[key] = np.zeros(len(assortment), dtype=np.int64)
            found[key][sku] += row.on_order
    return tuple(UnderWay(origin, at, units, arrives_s) for (origin, at, arrives_s), units in found.items())


def _by_rule(
    scenario: Scenario,
    rule: OpeningCover,
    replication: int,
    network: Network,
    demand: np.ndarray,
    sku_class: np.ndarray,
    units: np.ndarray,
) -> None:
    """Fill `units`, int64[n_locations, n_skus], with days of cover, before packs."""
    for location, code in enumerate(network.codes):
        u = stream(scenario.seed, replication, f"opening/{code}").random(demand.shape[1])
        is_store = network.is_store(location)
        days = (rule.store_days if is_store else rule.warehouse_days).quantile(u)
        for name, cover in rule.classes.items():
            if (own := cover.store_days if is_store else cover.warehouse_days) is not None:
                days = np.where(sku_class == name, own.quantile(u), days)
        units[location] = np.ceil(np.maximum(days, 0.0) * demand[location])
    stores = slice(0, network.n_stores)
    units[stores] = np.maximum(units[stores], rule.store_least_units)
