"""What is put aside comes back as it was, and what is put aside does not stay in memory."""

import pyarrow as pa

from sim.chain.output.spill import Spill

SCHEMA = pa.schema([("n", pa.int64()), ("name", pa.string())])


def rows(first, n):
    numbers = list(range(first, first + n))
    return pa.table({"n": numbers, "name": [f"row {k}" for k in numbers]}, schema=SCHEMA)


def test_rows_come_back_in_order_and_again():
    spill = Spill(SCHEMA)
    for first in range(0, 300, 100):
        spill.add(rows(first, 100))
    assert spill.table().equals(rows(0, 300))
    assert [batch.num_rows for batch in spill.batches()] == [100, 100, 100]


def test_nothing_is_a_table_without_rows():
    assert Spill(SCHEMA).table().equals(rows(0, 0))


def test_memory_does_not_grow_with_what_is_put_aside():
    spill, batch = Spill(SCHEMA), rows(0, 20_000)
    before = pa.total_allocated_bytes()
    for _ in range(40):
        spill.add(batch)
    assert pa.total_allocated_bytes() - before < 2 * batch.nbytes
    peak = before
    for taken in spill.batches():
        peak = max(peak, pa.total_allocated_bytes())
        del taken
    assert peak - before < 4 * batch.nbytes
