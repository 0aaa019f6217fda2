"""Records appear whole or not at all, and a file that is something else is refused in one line."""

import pyarrow as pa
import pytest

from sim.records import catalogue, samples, trace
from sim.records.loadrun import Accounts, LoadRun
from sim.records.refusal import Refusal
from sim.records.whole import whole, write_json, write_table

HEADER = trace.TraceHeader("corner-shop", "ab" * 32, 7, "2026-10-01", "Asia/Shanghai")


def trace_batch(rows):
    return pa.RecordBatch.from_pylist(
        [
            {"row": i, "t": float(i), "session": i, "journey": "checkout", "location": 0, "customer": -1, "skus": [1, 2],
             "quantities": [1, 3], "follows": -1}
            for i in rows
        ],
        schema=trace.SCHEMA,
    )  # fmt: skip


def write_half(path):
    with whole(path) as aside:
        aside.write_text("half")
        raise KeyboardInterrupt


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "kpis.json"
    write_json(path, {"a": 1})
    with pytest.raises(KeyboardInterrupt):
        write_half(path)
    assert path.read_text() == '{\n "a": 1\n}\n'
    assert list(tmp_path.iterdir()) == [path]


def test_a_trace_comes_back_as_it_was_written(tmp_path):
    path = tmp_path / "trace.parquet"
    assert trace.write_trace(path, HEADER, [trace_batch(range(3)), trace_batch(range(3, 5))]) == 5
    header, table = trace.read_trace(path)
    assert header == HEADER
    assert table.column("row").to_pylist() == [0, 1, 2, 3, 4]
    assert table.column("quantities").to_pylist() == [[1, 3]] * 5


def test_equal_tables_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        trace.write_trace(tmp_path / name, HEADER, [trace_batch(range(100))])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_another_format_version_is_refused(tmp_path):
    path = tmp_path / "trace.parquet"
    write_table(path, pa.Table.from_batches([trace_batch([0])]).replace_schema_metadata({"format": "99"}))
    with pytest.raises(Refusal, match="metadata format: expected format 1 of a trace, found '99'"):
        trace.read_trace(path)


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "catalogue.parquet"
    write_table(path, pa.table({"location": pa.array([1], pa.int32())}).replace_schema_metadata({"format": "1"}))
    with pytest.raises(Refusal, match=r"column location_code: expected .* in a catalogue, found no such column"):
        catalogue.read_catalogue(path)


@pytest.mark.parametrize("read", [trace.read_trace, catalogue.read_catalogue, samples.read_samples])
def test_what_is_no_parquet_is_refused(tmp_path, read):
    path = tmp_path / "notes.txt"
    path.write_text("not a table")
    with pytest.raises(Refusal, match="as Parquet"):
        read(path)
    with pytest.raises(Refusal, match="no such file"):
        read(tmp_path / "nowhere.parquet")


def test_chunks_of_samples_are_gathered_in_order_of_intention(tmp_path):
    def chunk(worker, number, times):
        table = pa.Table.from_pylist(
            [{"row": int(t), "journey": "browse", "step": f"list-{worker}", "attempt": 1, "worker": worker, "t_intended": t,
              "t_start": t, "t_end": t, "t_completed": t, "waited_s": 0.0, "outcome": "ok", "status": 200, "bytes": 0}
             for t in times],
            schema=samples.SCHEMA,
        )  # fmt: skip
        samples.write_chunk(tmp_path / "samples", worker, number, table)

    chunk(0, 0, [1.0, 4.0])
    chunk(1, 0, [2.0, 3.0])
    chunk(0, 1, [0.5])
    gathered = samples.gather(tmp_path / "samples", tmp_path / "samples.parquet")
    assert gathered.column("t_intended").to_pylist() == [0.5, 1.0, 2.0, 3.0, 4.0]
    assert samples.read_samples(tmp_path / "samples.parquet").equals(gathered.replace_schema_metadata({"format": "1"}))


def test_a_record_with_a_wrong_field_is_refused_by_its_path(tmp_path):
    path = tmp_path / "loadrun.json"
    write_json(path, {"accounts": {"scheduled": "many"}})
    with pytest.raises(Refusal, match=r"loadrun.json: "):
        LoadRun.read(path)


def test_accounts_close_only_when_every_journey_has_a_fate():
    assert Accounts(scheduled=10, sent=7, dropped=1, lost=0, not_reached=2).close
    assert not Accounts(scheduled=10, sent=7, dropped=1, lost=0, not_reached=1).close
