"""Ends a run: joins samples, closes accounts, compares stock, writes `loadrun.json`. Needs files only, so it also ends a run whose master died."""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.records.atomic_files import read_table, whole, write_table
from sim.records.load_run import Accounts, LoadRun, StockReading
from sim.records.refusal import Refusal
from sim.records.samples import VALUES as SAMPLE
from sim.records.samples import gather

RUNNING = "the load generator ended before it could say why"
"""The value of `stopped` in `loadrun.json` while a run is under way."""
LISTED = "listed"
"""The fate of orders for which no cancelling was asked."""

CREATED = "created.csv"
SCHEDULE = "schedule.parquet"
"""In a run's folder while it is under way: the intended start and the worker of each row."""
_SCHEDULE_VALUES = {"row": SAMPLE["row"], "at_s": SAMPLE["t_intended"], "worker": SAMPLE["worker"]}
_SCHEDULE_SCHEMA = pa.schema(
    [("row", pa.int64()), ("at_s", pa.float64()), ("worker", pa.int32())], metadata={"format": "1"}
)


def fresh(folder: Path) -> Path:
    """Make a run's folder. Raises `Refusal` for one that holds an earlier run, so that no evidence is overwritten."""
    if any((folder / name).exists() for name in ("loadrun.json", "samples", CREATED)):
        raise Refusal("--out", folder, "a folder without an earlier run")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal("--out", folder, "a folder that can be made", os.strerror(error.errno or 0)) from None
    return folder


def clear(folder: Path) -> None:
    """Remove a run that is to be repeated, but keep the list of its orders beside the folder."""
    if (folder / CREATED).exists():
        taken = len(list(folder.parent.glob(f"{folder.name}-*-{CREATED}")))
        (folder / CREATED).rename(folder.with_name(f"{folder.name}-{taken + 1}-{CREATED}"))
    shutil.rmtree(folder, ignore_errors=True)


def account(
    planned: pa.Table,
    worker: np.ndarray,
    samples: pa.Table,
    ended: Mapping[int, Mapping[str, Any]],
    last_report_s: Mapping[int, float],
) -> Accounts:
    """Close the accounts of a schedule (`row`, `at_s`) sharded by `worker`.

    `ended` is the final progress of each worker that ended. Of the other workers, rows with samples were sent or dropped; rows without,
    due at the time of the worker's last report (`last_report_s`, s by worker), are lost; the rest were not reached.
    """
    row, at_s = planned["row"].to_numpy(), planned["at_s"].to_numpy()
    gone = pc.equal(samples["outcome"].cast(pa.string()), "dropped")
    dropped_rows = samples["row"].filter(gone).to_numpy()
    sent_rows = samples["row"].filter(pc.invert(gone)).to_numpy()
    sent = dropped = lost = not_reached = 0
    for each in np.unique(worker).tolist():
        mine = worker == each
        if each in ended:
            done = [ended[each][fate] for fate in ("sent", "dropped", "lost")]
            sent, dropped, lost = sent + done[0], dropped + done[1], lost + done[2]
            not_reached += int(mine.sum()) - sum(done)
        else:
            was_dropped = mine & np.isin(row, dropped_rows)
            was_sent = mine & np.isin(row, sent_rows) & ~was_dropped
            unseen = mine & ~was_sent & ~was_dropped
            due = unseen & (at_s <= last_report_s.get(each, 0.0))
            sent, dropped, lost = sent + int(was_sent.sum()), dropped + int(was_dropped.sum()), lost + int(due.sum())
            not_reached += int((unseen & ~due).sum())
    return Accounts(scheduled=len(row), sent=sent, dropped=dropped, lost=lost, not_reached=not_reached)


def keep_schedule(folder: Path, planned: pa.Table, worker: np.ndarray) -> None:
    """Write a schedule (`row`, `at_s`) and its shards into a run's folder, so that the run can be ended from its folder alone."""
    columns = {"row": planned["row"], "at_s": planned["at_s"], "worker": worker}
    write_table(folder / SCHEDULE, pa.table(columns, schema=_SCHEDULE_SCHEMA))


def rescue(folder: Path) -> LoadRun:
    """End a run whose master did not: close its accounts from the samples that are on the disk. Raises `Refusal`.

    Reads the run's folder alone: neither the trace nor the adapter that `loadrun.json` names is opened.
    """
    run = LoadRun.read(folder / "loadrun.json")
    if run.stopped != RUNNING:
        return run
    planned = read_table(
        folder / SCHEDULE, "the schedule of a run that did not end", _SCHEDULE_SCHEMA, 1, _SCHEDULE_VALUES
    )
    samples = gather(folder / "samples", folder / "samples.parquet")
    worker = planned["worker"].to_numpy()
    last_s = samples["t_intended"].to_numpy().max(initial=0.0)
    accounts = account(planned, worker, samples, {}, dict.fromkeys(np.unique(worker).tolist(), last_s))
    run = run.model_copy(update={"accounts": accounts, "duration_s": last_s})
    run.write(folder / "loadrun.json")
    return run


def compare_stock(
    before: Mapping[str, int] | None, after: Mapping[str, int] | None, created: Iterable[Mapping[str, Any]]
) -> list[StockReading]:
    """Per SKU: availability before and after, and the net units that the run's confirmed orders took. Empty where stock cannot be read."""
    if before is None or after is None:
        return []
    ordered: dict[str, int] = {}
    for each in created:
        for sku, units in each["units"].items():
            ordered[sku] = ordered.get(sku, 0) + units
    return [
        StockReading(
            sku_code=sku, available_before=before[sku], available_after=after[sku], units_ordered=ordered.get(sku, 0)
        )
        for sku in sorted(before.keys() & after.keys())
    ]


class Made:
    """The orders that a run made on the platform, appended to `created.csv` as they are reported, so that the list survives a crash."""

    def __init__(self, folder: Path):
        self._path = folder / CREATED
        self.all: list[Mapping[str, Any]] = []

    def add(self, made: Sequence[Mapping[str, Any]]) -> None:
        """Append orders. Those that a full disk refuses are written by `close`."""
        self.all += made
        if made:
            with contextlib.suppress(OSError), open(self._path, "a", newline="", encoding="utf-8") as file:
                _write(file, made, LISTED, header=not file.tell())

    def close(self, fate: str) -> None:
        """Write the whole list with the fate of the orders."""
        list_created(self._path, self.all, fate)


def list_created(path: Path, created: Iterable[Mapping[str, Any]], fate: str) -> None:
    """Write the run's orders, a SKU a row, with their fate: the list from which the platform can be cleaned up."""
    with whole(path) as unfinished, open(unfinished, "w", newline="", encoding="utf-8") as file:
        _write(file, created, fate, header=True)


def _write(file: IO[str], created: Iterable[Mapping[str, Any]], fate: str, header: bool) -> None:
    out = csv.writer(file)
    if header:
        out.writerow(["kind", "id", "row", "t_s", "sku", "units", "fate"])
    for each in created:
        for sku, units in (each["units"] or {"": 0}).items():
            out.writerow([each["kind"], each["id"], each["row"], f"{each['t_s']:.3f}", sku, units, fate])
