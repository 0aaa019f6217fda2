"""A replication's counters and catalogue as tables of the lab's records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
import pyarrow as pa

from sim.chain.network import Network
from sim.chain.random_faults import Occurrence
from sim.records import catalogue
from sim.records.outcome import COUNTERS, DAILY_SCHEMA, FAULTS_SCHEMA, HOURLY, HOURLY_SCHEMA
from sim.scenario.model import Scenario
from sim.traffic.assortment import Assortment

_AT_ONCE = 100
"""Locations whose hours become a table at a time."""


def daily_table(daily: dict[str, np.ndarray], codes: list[str], replication: int) -> pa.Table:
    """One row a location and day, from counters float64[locations, days]."""
    return _table(daily, COUNTERS, codes, replication, DAILY_SCHEMA, lambda day: {"day": day})


def hourly_tables(
    first_day: int, hourly: dict[str, np.ndarray], codes: list[str], replication: int
) -> Iterator[pa.Table]:
    """One row a location and hour, from counters float64[locations, hours since the first day's midnight]; some locations at a time."""

    def when(hour: np.ndarray) -> dict[str, np.ndarray]:
        return {"day": first_day + hour // 24, "hour": hour % 24}

    for first in range(0, len(codes), _AT_ONCE):
        some = {name: rows[first : first + _AT_ONCE] for name, rows in hourly.items()}
        yield _table(some, HOURLY, codes, replication, HOURLY_SCHEMA, when, first)


def faults_table(happened: Iterable[Occurrence], replication: int) -> pa.Table:
    """One row a random fault, in order of their beginnings."""
    rows = [
        {
            "replication": replication,
            "number": number,
            "fault": one.name,
            "kind": one.fault.kind,
            "after": one.after,
            "from_s": one.from_s,
            "until_s": one.until_s,
            "places": list(one.places),
        }
        for number, one in enumerate(happened)
    ]
    return pa.Table.from_pylist(rows, schema=FAULTS_SCHEMA)


def _table(
    counted: Mapping[str, np.ndarray],
    names: Iterable[str],
    codes: list[str],
    replication: int,
    schema: pa.Schema,
    when: Callable[[np.ndarray], dict[str, np.ndarray]],
    first: int = 0,
) -> pa.Table:
    """A row a location, of which the counters' first is number `first`, and column."""
    locations, columns = next(iter(counted.values())).shape
    location = np.repeat(np.arange(first, first + locations), columns)
    keys = {
        "replication": np.full(len(location), replication),
        "location": location,
        "location_code": pa.array(codes).take(pa.array(location)),
        **when(np.tile(np.arange(columns), locations)),
    }
    values = {name: counted[name].reshape(-1) for name in names}
    return pa.table({name: pa.array({**keys, **values}[name]) for name in schema.names}).cast(schema)


def catalogue_table(scenario: Scenario, network: Network, assortment: Assortment, book: np.ndarray) -> pa.Table:
    """Every SKU at every location with `book` units, int64[n_locations, n_skus], none below 0."""
    locations, skus = book.shape
    location = np.repeat(np.arange(locations, dtype=np.int32), skus)
    sku = np.tile(np.arange(skus, dtype=np.int32), locations)
    kinds = np.array([not network.is_store(number) for number in range(locations)], dtype=np.int8)

    def named(numbers: np.ndarray, names: Iterable[str], index: pa.DataType) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(numbers).cast(index), pa.array(list(names)))

    return pa.Table.from_arrays(
        [
            pa.array(location),
            named(location, network.codes, pa.int32()),
            named(kinds[location], ["store", "warehouse"], pa.int8()),
            named(network.region.astype(np.int32)[location], [region.code for region in scenario.regions], pa.int32()),
            pa.array(sku),
            named(sku, assortment.code, pa.int32()),
            named(sku, assortment.name, pa.int32()),
            pa.array(assortment.price[sku]),
            pa.array(book.reshape(-1)),
        ],
        schema=catalogue.SCHEMA,
    )
