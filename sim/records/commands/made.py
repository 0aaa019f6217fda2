"""Records of commands that make files: which files, and what is in them."""

from __future__ import annotations

from typing import Final

from sim.records.load_run import Count, Record, Seconds
from sim.records.verdict import Decision

FORMAT: Final = 1


class DemoMade(Record):
    """A demo: the chain before and after the load test, its verdict, and the page."""

    format: int = FORMAT
    before: str
    """Folder of the run under assumed service."""
    load_test: str
    """Folder of the load test."""
    after: str = ""
    """Folder of the run under measured service; empty after an invalid load test."""
    page: str
    decision: Decision
    sentence: str
    """Of the verdict."""
    kpis_before: dict[str, float]
    """Means over replications by KPI, each in the unit of `sim.records.kpis.KPIS`."""
    kpis_after: dict[str, float] = {}


class ChainImported(Record):
    """A scenario made of tables."""

    format: int = FORMAT
    file: str
    contents: str
    left_out: list[str]
    """Columns and rows that no part of a scenario takes."""
    warnings: list[str]
    filled: list[str]
    """Gaps of tables that were filled, a sentence each."""
    assumed: list[str]
    """`path = value` of everything with no data behind it."""
    marked: str
    """File with remarks beside rows; empty without one."""


class LogRead(Record):
    """How an access log was read."""

    lines: Count
    skipped: Count
    """Lines that could not be read."""
    bad: list[str]
    """The first of them, each with its number and the error."""
    left_out: dict[str, Count]
    """Requests that match a route and are not replayed, by reason."""
    unmatched: dict[str, Count]
    """Requests that no route matches."""
    assumed: dict[str, Count]
    """Values that the log lacks, by what is assumed in their place."""


class TraceMade(Record):
    """A trace made without a chain."""

    format: int = FORMAT
    file: str
    journeys: dict[str, Count]
    sessions: Count
    span_s: Seconds
    """From the first journey to the last, s."""
    log: LogRead | None
    """None of a trace that was made up from a peak and a mix."""


class AdapterDrafted(Record):
    """The start of an adapter."""

    format: int = FORMAT
    file: str
    journeys: list[str]
    """Those that were found."""
    dropped: list[str]
    """What of the source was left out, and why."""
    variables: list[str]
    """Of the environment, which the adapter reads."""
    why_none: str
    """Why no journey was found; empty where one was."""


class SiteWritten(Record):
    """Pages that were published."""

    format: int = FORMAT
    index: str
    pages: list[str]
    """Every file that was written, the index first."""


class FilmWritten(Record):
    """A film of a run."""

    format: int = FORMAT
    file: str
    title: str
    """What it finds."""
