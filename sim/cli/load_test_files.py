"""The samples and the record of a load test, from its folder or from another tool's file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.records.load_run import LoadRun


def held(folder: Path) -> tuple[pa.Table, LoadRun]:
    """The samples and the record of a run's folder; a run whose generator never ended is ended first."""
    from loadtests.replay.collect import rescue
    from sim.records.load_run import LoadRun
    from sim.records.samples import read_samples

    if (folder / "samples").is_dir() and not (folder / "samples.parquet").exists():
        rescue(folder)
    return read_samples(folder / "samples.parquet"), LoadRun.read(folder / "loadrun.json")


def filed(file: Path, folder: Path, timeout_s: float, warmup_s: float) -> Path:
    """Another tool's file as the folder of a run."""
    from sim.evidence.importers.foreign import read
    from sim.records.samples import write_samples

    samples, run = read(file, timeout_s, warmup_s)
    write_samples(folder / "samples.parquet", samples)
    run.write(folder / "loadrun.json")
    return folder


@contextmanager
def evidence(path: Path, timeout_s: float, warmup_s: float) -> Iterator[tuple[pa.Table, LoadRun]]:
    """The samples and the record of a run's folder, or of another tool's file."""
    with TemporaryDirectory() as aside:
        yield held(path if path.is_dir() else filed(path, Path(aside) / "run", timeout_s, warmup_s))
