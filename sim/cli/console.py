"""What the commands print: tables with units, and a progress bar on a terminal."""

from __future__ import annotations

import contextlib
import itertools
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from sim.cli.remaining import Remaining
from sim.evidence.kpi_days import KpiDays
from sim.evidence.run_comparison import Difference
from sim.evidence.statistics.replications import Interval
from sim.records.outcome import Manifest, read_manifest
from sim.records.predictions.backtest import read_backtest, standing
from sim.report.languages import Language, counted, kpi_name, named, recorded, text, unit_name
from sim.report.units import reading

if TYPE_CHECKING:
    from sim.report.several_runs import SeveralRuns

console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 160)
"""Into a file or a pipe, tables are as wide as they need."""
stderr = Console(stderr=True)


def figure(value: float) -> str:
    """A number with four significant figures and thousands separators."""
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _between(found: Interval, factor: float, lang: Language = "en") -> str:
    if not found.low < found.high:
        return "–"
    return text("{low} to {high}", lang, low=figure(factor * found.low), high=figure(factor * found.high))


def _name(kpi: str, unit: str, lang: Language = "en") -> str:
    """`order_handling_time_s` in hours is no longer one of seconds."""
    if lang == "zh":
        return kpi_name(kpi, lang)
    return kpi.removesuffix("_s") if unit in ("min", "h") else kpi


def kpi_table(kpis: Mapping[str, KpiDays], manifest: Manifest, lang: Language = "en") -> Table:
    """Mean of each KPI over replications, with its 95 % interval where there are several."""
    scenario = manifest.scenario
    warmup = text(", the first {n} not counted", lang, n=scenario["warmup_days"]) if scenario["warmup_days"] else ""
    title = text(
        "{name}: {days} from {start}{warmup}, {replications}",
        lang,
        name=recorded(scenario["name"], lang),
        days=counted(scenario["days"], "day", lang),
        start=scenario["start"],
        warmup=warmup,
        replications=counted(manifest.replications, "replication", lang),
    )
    table = Table(title=title, title_justify="left")
    table.add_column(text("KPI", lang))
    table.add_column(text("mean", lang), justify="right")
    if manifest.replications > 1:
        table.add_column("95 %", justify="right")
    table.add_column(text("unit", lang))
    for kpi, days in kpis.items():
        found = days.interval()
        factor, unit = reading(days.unit, found.mean)
        ends = [_between(found, factor, lang)] if manifest.replications > 1 else []
        read = unit_name(unit, lang, scenario["currency"])
        table.add_row(_name(kpi, unit, lang), figure(factor * found.mean), *ends, read)
    return table


def assumed_lines(assumed: list[str]) -> list[str]:
    """`path = value` of what is assumed, a line for each section of the scenario."""
    return [" · ".join(said) for _, said in itertools.groupby(assumed, key=lambda said: said.partition(".")[0])]


def difference_table(differences: list[Difference], a: Manifest, b: Manifest, *, lang: Language = "en") -> Table:
    """Each KPI under A and B and the paired difference with its 95 % interval."""
    colours = {"better": "green", "worse": "red"}
    names = [recorded(each.scenario["name"], lang) for each in (a, b)]
    same = all(row.same_traffic for row in differences)
    title = text(
        "{b} − {a}, {n} paired replications, {traffic}",
        lang,
        a=names[0],
        b=names[1],
        n=a.replications,
        traffic=text("the same traffic" if same else "not the same traffic", lang),
    )
    table = Table(title=title, title_justify="left")
    table.add_column(text("KPI", lang))
    for column in (*names, text("difference", lang), "95 %"):
        table.add_column(column, justify="right")
    table.add_column(text("unit", lang))
    table.add_column(text("finding", lang))
    for row in differences:
        factor, unit = reading(row.unit, max(row.a.mean, row.b.mean))
        table.add_row(
            _name(row.kpi, unit, lang),
            *(figure(factor * found.mean) for found in (row.a, row.b, row.difference)),
            _between(row.difference, factor, lang),
            unit_name(unit, lang, a.scenario["currency"]),
            named(row.finding, lang),
            style=colours.get(row.finding),
        )
    return table


def say_backtest(*folders: Path, lang: Language = "en") -> None:
    """Print of each run whether its scenario was held against recorded days."""
    for folder in folders:
        scenario = read_manifest(folder).scenario
        stands = recorded(standing(read_backtest(folder), scenario), lang)
        name = recorded(scenario["name"], lang)
        console.print(f"{name}{text(': ', lang)}{stands}", highlight=False, markup=False)


def say_cautions(cautions: list[str]) -> None:
    """Print what the intervals of a table cannot show (`sim.report.cautions`)."""
    for sentence in cautions:
        console.print(sentence, style="yellow", highlight=False, markup=False)


def say_warnings(*played: Manifest, lang: Language = "en") -> None:
    """Print the warnings about scenarios: settings that are probably mistakes, each sentence once."""
    for sentence in dict.fromkeys(each for manifest in played for each in manifest.warnings):
        warning = text("warning: {sentence}", lang, sentence=recorded(sentence, lang))
        console.print(warning, style="yellow", highlight=False, markup=False)


class _Left(ProgressColumn):
    """Elapsed and remaining time."""

    max_refresh = 0.5

    def __init__(self, remaining: Remaining, lang: Language):
        super().__init__()
        self._remaining, self._lang = remaining, lang

    def render(self, task: Task) -> Text:
        left = self._remaining.seconds()
        elapsed = _clock_time(task.elapsed or 0.0)
        return Text(
            text("{elapsed} elapsed", self._lang, elapsed=elapsed)
            if left is None
            else text("{elapsed} elapsed, {left} left", self._lang, elapsed=elapsed, left=_clock_time(left))
        )


def _clock_time(seconds: float) -> str:
    """`0:04:32`."""
    return str(timedelta(seconds=round(seconds)))


@contextlib.contextmanager
def progress_bar(what: str, at_once: int = 1, lang: Language = "en") -> Iterator[Callable[[float, float], None]]:
    """Yield a function of (done, in all) that draws a bar on stderr with count and remaining time, or nothing where stderr is no terminal.

    `at_once`: steps that are under way together. The function takes calls as `Remaining.update` does.
    """
    remaining = Remaining(at_once)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Left(remaining, lang))
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        task = bar.add_task(what, total=None)

        def update(done: float, total: float) -> None:
            remaining.update(done, total)
            bar.update(task, completed=done, total=total)

        yield update


def policy_table(names: list[str], differences: list[list[Difference]], currency: str, replications: int) -> Table:
    """KPIs under the first policy, and of each other its paired difference from it with the 95 % interval."""
    title = f"{', '.join(names[1:])} − {names[0]}: the same demand, {replications} paired replications"
    table = Table(title=title, title_justify="left")
    table.add_column("KPI")
    for name in names:
        table.add_column(name, justify="right")
    table.add_column("unit")
    for rows in zip(*differences, strict=True):
        factor, unit = reading(rows[0].unit, rows[0].a.mean, currency)
        cells = [_coloured(_change(row, factor), row) for row in rows]
        table.add_row(_name(rows[0].kpi, unit), figure(factor * rows[0].a.mean), *cells, unit)
    return table


def several_tables(found: SeveralRuns, lang: Language = "en") -> Iterator[Table]:
    """A table for each run that others are held against: its mean of each KPI, and of each other run the paired difference, with its finding."""
    traffic = text("the same traffic" if found.same_traffic else "not the same traffic", lang)
    for baseline in dict.fromkeys(pair.a for pair in found.pairs):
        pairs = [pair for pair in found.pairs if pair.a == baseline]
        names = [recorded(found.names[at], lang) for at in (baseline, *(pair.b for pair in pairs))]
        title = text(
            "{b} − {a}, {n} paired replications, {traffic}",
            lang,
            a=names[0],
            b=", ".join(names[1:]),
            n=found.replications,
            traffic=traffic,
        )
        table = Table(title=title, title_justify="left")
        table.add_column(text("KPI", lang))
        for name in names:
            table.add_column(name, justify="right")
        table.add_column(text("unit", lang))
        for kpi in found.shown:
            rows = [pair.differences.get(kpi) for pair in pairs]
            first = next((row for row in rows if row), None)
            if first:
                factor, unit = found.reading(kpi)
                cells = [_found(row, factor, lang) if row else "–" for row in rows]
                read = unit_name(unit, lang, found.currency)
                table.add_row(_name(kpi, unit, lang), figure(factor * first.a.mean), *cells, read)
        yield table


def _found(row: Difference, factor: float, lang: Language) -> str:
    """The change, and the finding where the interval leaves out 0; the finding alone where no replication differs."""
    if math.isnan(row.difference.mean):
        return "–"
    if row.difference.low == row.difference.high:
        return named(row.finding, lang)
    sure = f" {named(row.finding, lang)}" if row.difference.excludes_zero else ""
    return _coloured(f"{_change(row, factor, lang)}{sure}", row)


def _change(row: Difference, factor: float, lang: Language = "en") -> str:
    return f"{figure(factor * row.difference.mean)} ({_between(row.difference, factor, lang)})"


def _coloured(said: str, row: Difference) -> str:
    colour = {"better": "green", "worse": "red"}.get(row.finding)
    return f"[{colour}]{said}[/]" if colour else said
