from __future__ import annotations

import csv

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.replay.collect import (
    RUNNING,
    Made,
    account,
    clear,
    compare_stock,
    fresh,
    keep_schedule,
    list_created,
    rescue,
)
from sim.records.load_run import Accounts, LoadRun
from sim.records.refusal import Refusal
from sim.records.samples import SCHEMA, read_samples, write_chunk
from sim.records.trace import read_trace


def samples(outcomes: dict[int, str]) -> pa.Table:
    return pa.Table.from_pylist([{"row": row, "outcome": name} for row, name in outcomes.items()], schema=SCHEMA)


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.integers(0, 2), st.sampled_from(["sent", "dropped", "lost", "silent"])),
        max_size=40,
    ),
    st.sets(st.integers(0, 2)),
    st.integers(0, 100),
)
def test_accounts_close_whichever_workers_died(rows, ended, last_report_s):
    """Rows of a dead worker that were due and left no sample are lost; for a worker that ended its own report counts."""
    rows.sort()
    planned = pa.table({"row": np.arange(len(rows)), "at_s": np.array([at for at, _, _ in rows], dtype=float)})
    worker = np.array([each for _, each, _ in rows], dtype=np.int32)
    fates = {
        i: {"sent": "ok", "dropped": "dropped"}[fate]
        for i, (_, _, fate) in enumerate(rows)
        if fate in ("sent", "dropped")
    }
    progress = {
        each: {fate: sum(1 for _, w, f in rows if w == each and f == fate) for fate in ("sent", "dropped", "lost")}
        for each in ended
    }
    accounts = account(planned, worker, samples(fates), progress, dict.fromkeys(range(3), float(last_report_s)))
    assert accounts.close
    fate_of = [fate for _, _, fate in rows]
    assert (accounts.sent, accounts.dropped) == (fate_of.count("sent"), fate_of.count("dropped"))
    assert accounts.lost == sum(
        1
        for at, each, fate in rows
        if (fate == "lost" if each in ended else fate in ("lost", "silent") and at <= last_report_s)
    )


def test_stock_is_held_against_what_was_ordered_less_what_came_back():
    created = [{"units": {"A": 3, "B": 1}}, {"units": {"A": -1}}]
    a, b, c = compare_stock({"A": 9, "B": 5, "C": 2}, {"A": 7, "B": 5, "C": 2}, created)
    assert (a.sku_code, a.available_before, a.available_after, a.units_ordered) == ("A", 9, 7, 2)
    assert (b.units_ordered, b.available_before - b.available_after) == (1, 0)
    assert c.units_ordered == 0
    assert compare_stock(None, None, created) == []


def test_what_a_run_made_is_listed_for_its_owner(tmp_path):
    made = [{"kind": "order", "id": "17", "row": 4, "t_s": 1.5, "units": {"A": 2, "B": 1}}]
    list_created(tmp_path / "created.csv", made, "listed")
    with open(tmp_path / "created.csv", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["kind"], first["id"], first["sku"], first["units"], first["fate"]) == (
        "order",
        "17",
        "A",
        "2",
        "listed",
    )
    assert (second["sku"], second["units"]) == ("B", "1")


def test_an_earlier_run_is_not_overwritten(tmp_path):
    assert fresh(tmp_path / "new").is_dir()
    (tmp_path / "new" / "loadrun.json").write_text("{}")
    with pytest.raises(Refusal, match="earlier run"):
        fresh(tmp_path / "new")


def test_what_was_due_at_the_very_instant_of_the_last_report_is_lost():
    planned = pa.table({"row": np.arange(3), "at_s": np.array([1.0, 2.0, 3.0])})
    accounts = account(planned, np.zeros(3, dtype=np.int32), samples({0: "ok"}), {}, {0: 2.0})
    assert (accounts.sent, accounts.lost, accounts.not_reached) == (1, 1, 1)


def order(number: int, **units: int) -> dict:
    return {"kind": "order", "id": str(number), "row": number, "t_s": 0.0, "units": units}


def listed(path) -> list[tuple[str, str, str]]:
    with open(path, newline="") as file:
        return [(each["id"], each["sku"], each["fate"]) for each in csv.DictReader(file)]


def test_what_was_made_is_on_the_disk_before_the_run_has_ended(tmp_path):
    made = Made(tmp_path)
    made.add([order(1, A=1)])
    made.add([])
    made.add([order(2)])
    assert listed(tmp_path / "created.csv") == [("1", "A", "listed"), ("2", "", "listed")], "also what took no units"
    made.close("3 orders cancelled")
    assert {fate for _, _, fate in listed(tmp_path / "created.csv")} == {"3 orders cancelled"}


def test_a_run_done_again_keeps_the_list_of_what_the_first_one_made(tmp_path):
    for number in (1, 2):
        (tmp_path / "stage").mkdir()
        Made(tmp_path / "stage").add([order(number, A=1)])
        with pytest.raises(Refusal, match="earlier run"):
            fresh(tmp_path / "stage")
        clear(tmp_path / "stage")
    assert not (tmp_path / "stage").exists()
    assert [listed(tmp_path / f"stage-{n}-created.csv")[0][0] for n in (1, 2)] == ["1", "2"]


def test_the_list_of_what_was_made_has_these_columns_and_grows(tmp_path):
    made, file = Made(tmp_path), tmp_path / "created.csv"
    made.add([order(1, A=1)])
    made.add([{"kind": "return", "id": "苹果", "row": 7, "t_s": 1.25, "units": {}}])
    text = file.read_bytes().decode("utf-8")
    columns = "kind,id,row,t_s,sku,units,fate"
    assert text == f"{columns}\r\norder,1,1,0.000,A,1,listed\r\nreturn,苹果,7,1.250,,0,listed\r\n"
    made.close("cancelled")
    assert file.read_bytes().decode("utf-8") == text.replace("listed", "cancelled")
    assert [each["id"] for each in made.all] == ["1", "苹果"]


def test_what_a_full_disk_refuses_is_kept_for_the_end(tmp_path):
    made = Made(tmp_path / "missing")
    made.add([order(1, A=1)])
    assert [each["id"] for each in made.all] == ["1"]


@pytest.mark.parametrize("left", ["loadrun.json", "samples", "created.csv"])
def test_whatever_an_earlier_run_left_is_not_overwritten(tmp_path, left):
    folder = fresh(tmp_path / "runs" / "new")
    assert fresh(folder) == folder, "an empty folder will do"
    (folder / left).mkdir()
    with pytest.raises(Refusal) as refused:
        fresh(folder)
    assert (refused.value.where, refused.value.field) == ("--out", str(folder))
    assert refused.value.expected == "a folder without an earlier run"


def test_a_run_that_is_not_there_is_cleared_too(tmp_path):
    clear(tmp_path / "never")


def test_a_sku_in_only_one_stock_reading_is_left_out():
    assert compare_stock({"A": 1}, None, []) == compare_stock(None, {"A": 1}, []) == []
    (only,) = compare_stock({"A": 5, "B": 1}, {"A": 4, "C": 2}, [])
    assert only.sku_code == "A"


def test_a_worker_that_never_reported_lost_what_was_due_at_the_start():
    planned = pa.table({"row": np.arange(3), "at_s": np.array([0.0, 0.5, 1.0])})
    accounts = account(planned, np.array([0, 0, 1], dtype=np.int32), samples({}), {}, {})
    assert (accounts.scheduled, accounts.lost, accounts.not_reached) == (3, 1, 2)


def test_a_schedule_without_journeys_has_empty_accounts():
    nothing = pa.table({"row": np.empty(0, np.int64), "at_s": np.empty(0)})
    progress = {0: {"sent": 5, "dropped": 5, "lost": 5}}
    accounts = account(nothing, np.empty(0, dtype=np.int32), samples({}), progress, {})
    assert (accounts.scheduled, accounts.sent, accounts.close) == (0, 0, True)


@pytest.fixture
def broken_off(make_trace, tmp_path):
    """The folder of a run whose master never ended it: the trace's first half is sampled, and one journey of it was dropped."""
    trace = make_trace(20.0, 10.0)
    _, rows = read_trace(trace)
    t = rows["t"].to_numpy()
    folder = tmp_path / "run"
    (folder / "samples").mkdir(parents=True)
    seen = [row for row in range(len(rows)) if t[row] - t[0] < 4.0]
    taken = [
        {
            "row": row,
            "journey": "browse",
            "step": "page",
            "attempt": 1,
            "worker": 0,
            **dict.fromkeys(("t_intended", "t_start", "t_end", "t_completed"), (t[row] - t[0]) / 2.0),
            "waited_s": 0.0,
            "outcome": "ok",
            "status": 200,
            "bytes": 0,
        }
        for row in seen
    ]
    taken[3]["outcome"] = "dropped"
    table = pa.Table.from_pylist(taken, schema=SCHEMA)
    write_chunk(folder / "samples", 0, 0, table)
    planned = pa.table({"row": np.arange(len(rows)), "at_s": (t - t[0]) / 2.0})
    keep_schedule(folder, planned, np.arange(len(rows), dtype=np.int32) % 2)
    ahead = Accounts(scheduled=len(rows), sent=0, dropped=0, lost=0, not_reached=len(rows))
    LoadRun(
        run_id="r", started_at="2026-10-01T00:00:00+00:00", host="http://127.0.0.1:9", adapter="plain",
        trace=str(trace), scenario_hash="0" * 64, time_scale=2.0, trace_from_s=float(t[0]), trace_to_s=float(t[-1]) + 1.0,
        duration_s=0.0, timeout_s=5.0, pool=9, workers=2, accounts=ahead, stopped=RUNNING,
    ).write(folder / "loadrun.json")  # fmt: skip
    return folder, len(rows), len(seen), max(each["t_intended"] for each in taken)


def test_a_run_that_broke_off_is_ended_from_the_samples_on_the_disk(broken_off):
    folder, scheduled, seen, last_s = broken_off
    run = rescue(folder)
    assert run == LoadRun.read(folder / "loadrun.json")
    assert (run.accounts.scheduled, run.accounts.sent, run.accounts.dropped) == (scheduled, seen - 1, 1)
    assert (run.accounts.lost, run.accounts.not_reached) == (0, scheduled - seen)
    assert (run.duration_s, run.stopped) == (last_s, RUNNING)
    assert len(read_samples(folder / "samples.parquet")) == seen


def test_a_run_that_ended_is_left_as_it_is(broken_off):
    folder, *_ = broken_off
    ended = LoadRun.read(folder / "loadrun.json").model_copy(update={"stopped": "stopped by hand"})
    ended.write(folder / "loadrun.json")
    assert rescue(folder) == ended
    assert not (folder / "samples.parquet").exists()


def test_a_run_that_broke_off_is_ended_without_the_trace_and_the_adapter_that_it_names(broken_off, tmp_path):
    folder, scheduled, *_ = broken_off
    marker, named = tmp_path / "executed", tmp_path / "named.py"
    named.write_text(f"open({str(marker)!r}, 'w')")
    run = LoadRun.read(folder / "loadrun.json")
    run.model_copy(update={"adapter": str(named), "trace": str(named)}).write(folder / "loadrun.json")
    assert rescue(folder).accounts.scheduled == scheduled
    assert not marker.exists()


def test_a_run_that_broke_off_without_its_schedule_is_refused_before_its_samples_are_joined(broken_off):
    folder, *_ = broken_off
    (folder / "schedule.parquet").unlink()
    with pytest.raises(Refusal, match=r"schedule\.parquet.*no such file"):
        rescue(folder)
    assert not (folder / "samples.parquet").exists()
