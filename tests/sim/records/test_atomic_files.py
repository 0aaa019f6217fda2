"""Records appear whole or not at all, and a file that is something else is refused in one line."""

import errno
import json
import os
import resource

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer

from sim.cli import app
from sim.records import catalogue, outcome, samples, trace
from sim.records.atomic_files import read_json, whole, write_json, write_table
from sim.records.load_run import Accounts, LoadRun
from sim.records.refusal import Refusal

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


def some_samples(**changes):
    row = {
        "row": 0, "journey": "browse", "step": "page", "attempt": 1, "worker": 0, "t_intended": 1.0, "t_start": 1.0, "t_end": 1.5,
        "t_completed": float("nan"), "waited_s": 0.0, "outcome": "ok", "status": 200, "bytes": 10, "error": None,
    }  # fmt: skip
    return pa.Table.from_pylist([{**row, "row": 7, "t_intended": 0.5}, {**row, **changes}], schema=samples.SCHEMA)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("t_intended", float("nan")), ("t_intended", -1.0), ("t_start", float("inf")), ("t_start", float("nan")), ("t_end", 0.9),
        ("t_end", -3.0), ("t_completed", 0.5), ("waited_s", -0.1), ("outcome", "fine"), ("status", -1), ("bytes", -1), ("row", -1),
        ("row", None), ("journey", None),
    ],
)  # fmt: skip
def test_a_sample_that_cannot_be_is_refused_by_file_row_and_column(tmp_path, column, value):
    path = tmp_path / "samples.parquet"
    samples.write_samples(path, some_samples(**{column: value}))
    with pytest.raises(Refusal, match=r"samples.parquet: row 2, column (t_start|t_end|" + column + "): expected "):
        samples.read_samples(path)


def test_a_sample_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "samples.parquet"
    once = some_samples()
    samples.write_samples(path, pa.concat_tables([once, once]))
    with pytest.raises(
        Refusal, match=r"row 3, column row: expected one row for each \(row, step, attempt, t_start\), found 7"
    ):
        samples.read_samples(path)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"t": -1.0}, "row 2, column t: expected a number from 0"),
        ({"t": 0.0}, "row 2, column t: expected times in order"),
        ({"row": 0}, "row 2, column row: expected numbers that rise"),
        ({"follows": 5}, "row 2, column follows: expected an earlier row"),
        ({"quantities": [0, 1]}, "row 2, column quantities: expected each a number from 1"),
        ({"quantities": [1]}, "row 2, column quantities: expected a quantity for each SKU"),
        ({"skus": [-1, 2]}, "row 2, column skus: expected each a number from 0"),
        ({"journey": "theft"}, "row 2, column journey: expected one of browse"),
    ],
)
def test_a_journey_that_cannot_be_is_refused_by_row_and_column(tmp_path, changes, expected):
    path = tmp_path / "trace.parquet"
    rows = trace_batch([1, 2]).to_pylist()
    trace.write_trace(
        path, HEADER, [pa.RecordBatch.from_pylist([rows[0], {**rows[1], **changes}], schema=trace.SCHEMA)]
    )
    with pytest.raises(Refusal) as refused:
        trace.read_trace(path)
    assert f"trace.parquet: {expected}" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1, "a": 2}', "each key once, found 'a'"),
        ('{"a": NaN}', "finite numbers"),
        ('{"a": 1e999}', "finite numbers"),
        ('{"a": ' + "9" * 5_000 + "}", "64 bits"),
        ("[" * 100_000, "fewer brackets"),
        ("", "found nothing"),
        ('{"a": ', "line 1"),
    ],
)
def test_json_that_readers_disagree_about_is_refused(tmp_path, text, said):
    path = tmp_path / "kpis.json"
    path.write_text(text)
    with pytest.raises(Refusal) as refused:
        read_json(path, "a record")
    assert said in str(refused.value)


@pytest.mark.parametrize("read", [trace.read_trace, catalogue.read_catalogue, samples.read_samples, LoadRun.read])
def test_a_folder_and_a_pipe_are_no_record(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    for path, what in ((tmp_path, "a folder"), (tmp_path / "pipe", "a pipe")):
        with pytest.raises(Refusal, match=what):
            read(path)


def test_a_record_that_is_text_where_a_number_belongs_is_refused_in_words(tmp_path):
    path = tmp_path / "accounts.json"
    write_json(path, {"scheduled": "10", "sent": 1, "dropped": 0, "lost": 0, "not_reached": 0})
    with pytest.raises(Refusal, match=r"accounts.json: scheduled: expected a whole number, found '10'"):
        Accounts.read(path)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_what_the_disk_refuses_names_the_file(tmp_path, monkeypatch, error):
    def refuse(*_):
        raise OSError(error, "of no file")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match=r"kpis\.json") as refused:
        write_json(tmp_path / "kpis.json", {})
    assert (refused.value.errno, refused.value.filename) == (error, str(tmp_path / "kpis.json"))
    assert list(tmp_path.iterdir()) == []


def test_a_table_larger_than_the_disk_allows_names_its_file_in_one_line(tmp_path, monkeypatch, capfd):
    """The limit on the size of files stands for a full disk: writing fails with an error that names no file."""
    written = pa.Table.from_batches([trace_batch(range(20_000))])

    command = typer.Typer()

    @command.command()
    def write() -> None:
        write_table(tmp_path / "big.parquet", written)

    monkeypatch.setattr(app, "app", command)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
    try:
        status = app.status([])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert status == app.USAGE
    assert capfd.readouterr().err == f"retail-lab: {tmp_path / 'big.parquet'}: File too large\n"
    assert list(tmp_path.iterdir()) == []


def test_a_run_speaks_of_a_scenario_that_pages_can_read(tmp_path):
    path = tmp_path / "manifest.json"
    said = {
        "scenario": {"name": "x", "days": "1"},
        "scenario_hash": "0",
        "seed": 1,
        "replications": 1,
        "versions": {},
        "assumed": [],
    }
    path.write_text(json.dumps(said))
    with pytest.raises(Refusal, match=r"manifest.json: scenario.question: expected a value, found nothing"):
        outcome.Manifest.read(path)


def test_a_counter_below_zero_is_refused_by_its_row(tmp_path):
    columns = {
        f.name: pa.array(["SH01" if f.name == "location_code" else 0]).cast(f.type) for f in outcome.DAILY_SCHEMA
    }
    columns["sold_units"] = pa.array([-1.0])
    (tmp_path / "outcome").mkdir()
    pq.write_table(pa.table(columns), tmp_path / "outcome" / "daily.parquet")
    with pytest.raises(Refusal, match=r"daily.parquet: row 1, column sold_units: expected a number from 0"):
        outcome.read_outcome(tmp_path, "daily")
