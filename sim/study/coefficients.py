"""The coefficients of the cost model: seconds of one core, and bytes, per unit of each quantity, fitted to the shipped scenarios and their extremes.

`python -m benchmarks cost` holds estimates made of them against what runs took. A cell is a SKU at a location.
"""

from __future__ import annotations

START_S = 0.1
BASE_BYTES = 190e6
"""The interpreter and its libraries, of each process."""

CELL_S = 6e-7
SKU_S = 3e-6
LOGGED_LINE_S = 2e-6
"""Once in a replication: a cell, a SKU, and a line of a replayed log."""
LOCATION_DAY_S = 7e-4
CELL_DAY_S = 2e-7
"""A location and a cell on each day."""
CUSTOMER_S = 1e-7
CUSTOMER_SIMPY_S = 2.2e-5
BASKET_LINE_S = 1.2e-7
"""A customer under either engine, and each line of a basket."""
ORDER_S = 2e-6
ORDER_LINE_S = 1e-7
ORDER_PAIR_LOCATION_S = 1.7e-11
"""An online order, a line of one, and, at each location, a pair of one day's orders."""
BROWSED_S = 2e-8
"""A look at a product page."""
FORECAST_CELL_DAY_S = 1e-7
"""A day of history of a cell with a forecast, on each day."""

REVIEW_S = 1e-4
REVIEW_CELL_S = 1e-7
"""A review of a policy, and each cell in it."""
COUNT_LOCATION_S = 1e-5
COUNT_CELL_S = 1e-7
"""A stock count at a location, and each cell in it."""
TRANSFER_REVIEW_S = 2e-5
TRANSFER_CELL_S = 2e-7
"""A review of transfers, and each cell in it."""
REFILL_S = 4e-6
MISPLACED_CELL_S = 2e-8
"""A refill of one store's shelves; a SKU of a store whose goods may be misplaced, on each day."""
BATCH_S = 1e-6
"""A batch of online orders."""
SOLVE_S = 1e-3
SOLVE_LOCATION_SKU_S = 5e-6
SOLVED_SKUS = 500
"""A solve of priced sourcing, and each location and SKU in it, of at most so many SKUs."""
TILL_FAILURE_S = 8e-6
TILL_FAILURE_TILL_S = 2e-7
"""A till that fails, and each till beside it."""
OUTAGE_STORE_S = 2e-5
"""An outage in one store."""
DISRUPTION_S = 2e-5
"""A supplier's disruption."""
SPELL_S = 3e-5
SPELL_SKU_S = 1e-7
"""A spell in which a supplier has a SKU or is out of it, and each SKU."""
TRACE_ROW_S = 1e-6
MADE_ROW_S = 4e-6
MADE_SKU_S = 5e-6
"""A row of a trace that a chain writes; a row and a SKU of one that is made without a chain."""

CELL_BYTES = 300
CELL_DAY_BYTES = 10
CELL_DAYS_KEPT = 60
"""A cell; more for each day, of at most so many."""
LOGGED_LINE_BYTES = 300
CUSTOMER_BYTES = 60
CUSTOMER_SIMPY_BYTES = 1_400
BASKET_LINE_BYTES = 60
"""A customer of the busiest day under either engine, and each line of a basket."""
ORDER_BYTES = 3_000
ORDER_LINE_BYTES = 40
BROWSED_BYTES = 16
"""An online order of the busiest day, a line of one, a look at a product page."""
LOCATION_DAY_BYTES = 2_000
FORECAST_CELL_DAY_BYTES = 35
TRACE_ROW_BYTES = 20
MADE_ROW_BYTES = 550
MADE_SKU_BYTES = 1_500

LOCATION_DAY_DISK_BYTES = 500
CELL_DISK_BYTES = 10
TRACE_ROW_DISK_BYTES = 40
MADE_ROW_DISK_BYTES = 60
MADE_SKU_DISK_BYTES = 20
"""In the run folder; a location on a day in each replication."""
LOG_LINE_BYTES = 60
LOG_LINE_PACKED_BYTES = 10
"""A line of a transaction log, as text and packed (gzip, Parquet)."""

REDRAWN_STORE_DAY_S = 2.8e-4
REDRAWN_LINE_S = 3e-7
"""A day of a store and a line that `calibrate` draws and fits again; fitted to logs of 18,000 to 1.6 million lines."""
