"""When a run was made, and what it predicted then, as a hash: what a prediction is scored by later must not have been made after the fact."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime

from sim.records.load_run import Count, Record, Seconds
from sim.records.outcome import TABLES, outcome_folder
from sim.records.refusal import Refusal


class Timing(Record):
    """`timing.json` of a run, the only file that differs from one run of a scenario to the next."""

    wall_s: Seconds
    replications_played: Count
    jobs: Count
    made_at: AwareDatetime | None = None
    """When the run first had this outcome; None for a run of an earlier version of the lab, whose date is not kept."""
    outcome_sha256: str = ""
    """Of the outcome's tables."""


def outcome_sha256(run: Path | str) -> str:
    """SHA-256 over the outcome tables of a run folder."""
    digest = hashlib.sha256()
    for name in sorted(TABLES):
        path = outcome_folder(run) / f"{name}.parquet"
        if name != "faults" or path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def timed(run: Path, wall_s: float, played: int, jobs: int) -> Timing:
    """The timing of a run that has just been played. The date of an earlier run stays where its outcome was the same: the prediction is as old."""
    digest, made_at = outcome_sha256(run), datetime.now(UTC).replace(microsecond=0)
    earlier = _earlier(run / "timing.json")
    if earlier and earlier.made_at and earlier.outcome_sha256 == digest:
        made_at = earlier.made_at
    return Timing(wall_s=wall_s, replications_played=played, jobs=jobs, made_at=made_at, outcome_sha256=digest)


def read_timing(run: Path | str) -> Timing:
    """The timing of a run folder. Raises `Refusal` where it cannot be read, or the outcome is not the one that was dated."""
    path = Path(run) / "timing.json"
    timing = Timing.read(path)
    if timing.outcome_sha256 and timing.outcome_sha256 != outcome_sha256(run):
        raise Refusal(path, "outcome_sha256", "the hash of outcome/ as it is now", "another: it was changed since")
    return timing


def _earlier(path: Path) -> Timing | None:
    try:
        return Timing.read(path) if path.is_file() else None
    except Refusal:
        return None
