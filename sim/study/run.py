"""Plays a scenario's replications by workers and writes a run folder; an interrupted run is resumed.

Each replication is written to `parts/` when it is done. After the last one the parts are joined in their order, so the outcome's bytes do not
depend on the number of processes or on interruptions.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.chain.chain import Chain
from sim.records.atomic_files import naming, no_parquet, whole, write_batches, write_json, write_table
from sim.records.catalogue import write_catalogue
from sim.records.outcome import DAILY_SCHEMA, FAULTS_SCHEMA, HOURLY_SCHEMA, KPI_SCHEMA, Manifest, outcome_folder
from sim.records.predictions.backtest import keep
from sim.records.predictions.timing import timed
from sim.records.refusal import Refusal
from sim.records.trace import TraceHeader, write_trace
from sim.scenario.model import Scenario
from sim.scenario.opening import warnings
from sim.scenario.sources import assumed
from sim.scenario.user_code import files
from sim.study.backtest_record import record_of
from sim.study.code_identity import stamp, versions
from sim.study.garbage import collected
from sim.study.workers import Workers, as_workers

TABLES = {"daily": DAILY_SCHEMA, "hourly": HOURLY_SCHEMA, "kpis": KPI_SCHEMA}

Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all); a step is a day of one replication, or a whole replication where they run in parallel."""


def run_folder(scenario: Scenario, root: Path | str = "runs") -> Path:
    """The folder of a scenario's run: its name and the beginning of its hash."""
    return Path(root) / f"{scenario.name}-{scenario.hash[:8]}"


def run(
    scenario: Scenario,
    root: Path | str = "runs",
    *,
    jobs: int | Workers = 1,
    progress: Progress | None = None,
    closing: Path | None = None,
) -> Path:
    """Play every replication of a scenario and return its run folder.

    The folder holds `outcome/` (manifest.json, daily.parquet, hourly.parquet, kpis.parquet; faults.parquet when the scenario has random
    faults), `catalogue.parquet`, `trace.parquet` when the scenario asks for one, `backtest.json` when it was backtested, and `timing.json`,
    which is the only file that differs from one run to the next.

    `jobs`: processes, or other workers. `closing`: a .csv or .parquet file for the state in which replication 0 ends, as a table of opening
    stock. Raises `Refusal` for a file of another kind, and where a worker cannot go on.
    """
    if closing and closing.suffix.lower() not in (".csv", ".parquet"):
        raise Refusal(closing, "", "a table to write: .csv or .parquet", closing.suffix or closing.name)
    began = time.perf_counter()
    folder = run_folder(scenario, root)
    backtest = record_of(scenario, root)
    parts = folder / "parts"
    played_by = versions()
    _keep_only_parts_of(parts, stamp())
    if closing:  # the state is that of a replication played here and now
        shutil.rmtree(_part(parts, 0), ignore_errors=True)
    ahead = [r for r in range(scenario.replications) if not _part(parts, r).exists()]
    workers = as_workers(jobs)
    serial = not workers.elsewhere and (workers.count == 1 or len(ahead) <= 1)
    if progress:
        progress(0, len(ahead) * (scenario.days if serial else 1))
    if serial:
        for done, replication in enumerate(ahead):
            _play(scenario, replication, parts, _days(progress, done, len(ahead), scenario.days), closing)
    else:
        tasks = [
            partial(_Sent.of, scenario, r, closing)
            if workers.elsewhere
            else partial(_play, scenario, r, parts, None, closing)
            for r in ahead
        ]
        for done, sent in enumerate(workers.results(tasks), start=1):
            if sent is not None:
                sent.unpack(parts, closing)
            if progress:
                progress(done, len(ahead))
    _join(scenario, parts, folder, played_by)
    keep(backtest, folder)
    timed(folder, time.perf_counter() - began, len(ahead), workers.count).write(folder / "timing.json")
    return folder


def _days(progress: Progress | None, done: int, ahead: int, days: int) -> Callable[[int], None] | None:
    return (lambda day: progress(done * days + day, ahead * days)) if progress else None


def _part(parts: Path, replication: int) -> Path:
    return parts / f"replication-{replication:05d}"


def _aside(parts: Path, replication: int) -> Path:
    """An empty folder for the files of a replication, which is renamed to its part when they are whole."""
    aside = parts / f".replication-{replication:05d}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    return aside


def _keep_only_parts_of(parts: Path, played_by: str) -> None:
    """Parts that other code or other library versions played may hold other bytes: they are played again."""
    stamp = parts / "versions.json"
    if parts.exists() and (not stamp.exists() or stamp.read_bytes() != played_by.encode()):
        shutil.rmtree(parts)
    with naming(stamp):
        parts.mkdir(parents=True, exist_ok=True)
        stamp.write_text(played_by)


@dataclass(frozen=True)
class _Sent:
    """What a replication leaves, sent by a worker that has another disk."""

    replication: int
    files: dict[str, bytes]
    closing: bytes | None

    @classmethod
    def of(cls, scenario: Scenario, replication: int, closing: Path | None) -> _Sent:
        with TemporaryDirectory() as made:
            state = Path(made) / f"closing{closing.suffix}" if closing else None
            _play(scenario, replication, Path(made), closing=state)
            files = {file.name: file.read_bytes() for file in _part(Path(made), replication).iterdir()}
            return cls(replication, files, state.read_bytes() if state and state.exists() else None)

    def unpack(self, parts: Path, closing: Path | None) -> None:
        """Write the files where `_play` would have written them."""
        aside = _aside(parts, self.replication)
        for name, content in self.files.items():
            (aside / name).write_bytes(content)
        if closing and self.closing is not None:
            with whole(closing) as file:
                file.write_bytes(self.closing)
        aside.rename(_part(parts, self.replication))


def _play(
    scenario: Scenario,
    replication: int,
    parts: Path,
    progress: Callable[[int], None] | None = None,
    closing: Path | None = None,
) -> None:
    with collected():  # what the chain held is free before tables are made
        chain = Chain(scenario, replication)
        outcome = chain.play(progress)
        left = chain.closing_stock() if replication == 0 and closing else None
        del chain
    aside = _aside(parts, replication)
    for name in ("daily", "kpis"):
        write_table(aside / f"{name}.parquet", getattr(outcome, name))
    if scenario.random_faults:
        write_table(aside / "faults.parquet", outcome.faults)
    write_batches(aside / "hourly.parquet", HOURLY_SCHEMA, outcome.hours.batches())
    write_json(aside / "extrapolated.json", outcome.extrapolated)
    if closing and left is not None:
        _write_rows(closing, left)
    if replication == 0:
        write_catalogue(aside / "catalogue.parquet", outcome.catalogue, scenario.currency)
        if scenario.trace:
            header = TraceHeader(
                scenario.name, scenario.hash, scenario.seed, scenario.start.isoformat(), scenario.time_zone
            )
            write_trace(aside / "trace.parquet", header, outcome.trace)
    aside.rename(_part(parts, replication))


def _write_rows(path: Path, rows: pd.DataFrame) -> None:
    """Write a table that a scenario may name."""
    if path.suffix.lower() == ".parquet":
        write_table(path, pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata())
        return
    with whole(path) as aside:
        rows.to_csv(aside, index=False, lineterminator="\n")


def _join(scenario: Scenario, parts: Path, folder: Path, versions: dict[str, str]) -> None:
    played = [_part(parts, r) for r in range(scenario.replications)]
    outcome = outcome_folder(folder)
    tables = TABLES | ({"faults": FAULTS_SCHEMA} if scenario.random_faults else {})
    for name, schema in tables.items():
        write_batches(outcome / f"{name}.parquet", schema, _row_groups(p / f"{name}.parquet" for p in played))
    for name in ("catalogue.parquet", "trace.parquet"):
        if (played[0] / name).exists():
            (played[0] / name).replace(folder / name)
    Manifest(
        scenario=scenario.model_dump(mode="json"),
        scenario_hash=scenario.hash,
        seed=scenario.seed,
        replications=scenario.replications,
        versions=versions,
        assumed=assumed(scenario),
        code=files(scenario),
        extrapolated=any((p / "extrapolated.json").read_text().strip() == "true" for p in played),
        warnings=[*scenario._origin.warnings, *warnings(scenario)],
    ).write(outcome / "manifest.json")
    shutil.rmtree(parts)


def _row_groups(paths: Iterable[Path]) -> Iterator[pa.RecordBatch]:
    """The rows of Parquet files, one row group in memory at a time."""
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    yield from file.read_row_group(group).combine_chunks().to_batches()
        except (pa.ArrowException, OSError) as error:
            again = "a part of this run as Parquet (without its folder the replication is played again)"
            raise Refusal(path, "", again, no_parquet(error)) from None
