from __future__ import annotations

import csv

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.collect import Made, account, clear, compare_stock, fresh, list_created
from sim.records.refusal import Refusal
from sim.records.samples import SCHEMA


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
def test_accounts_close_whichever_workers_died(rows, ended, heard_s):
    """Of a worker that died, what is due and left no sample is lost; of one that ended, its own word counts."""
    rows.sort()
    planned = pa.table({"row": np.arange(len(rows)), "at_s": np.array([at for at, _, _ in rows], dtype=float)})
    worker = np.array([each for _, each, _ in rows], dtype=np.int32)
    fates = {
        i: {"sent": "ok", "dropped": "dropped"}[fate]
        for i, (_, _, fate) in enumerate(rows)
        if fate in ("sent", "dropped")
    }
    said = {
        each: {fate: sum(1 for _, w, f in rows if w == each and f == fate) for fate in ("sent", "dropped", "lost")}
        for each in ended
    }
    accounts = account(planned, worker, samples(fates), said, dict.fromkeys(range(3), float(heard_s)))
    assert accounts.close
    fate_of = [fate for _, _, fate in rows]
    assert (accounts.sent, accounts.dropped) == (fate_of.count("sent"), fate_of.count("dropped"))
    assert accounts.lost == sum(
        1
        for at, each, fate in rows
        if (fate == "lost" if each in ended else fate in ("lost", "silent") and at <= heard_s)
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
