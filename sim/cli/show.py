"""What the commands print: tables with units, and a progress bar where somebody watches."""

from __future__ import annotations

import contextlib
import itertools
import math
import sys
from collections.abc import Callable, Iterator

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from sim.evidence.words import count
from sim.records.outcome import Manifest
from sim.study.compare import Difference
from sim.study.precision import Interval, interval

console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 160)
"""Into a file or a pipe, tables are as wide as they need."""
stderr = Console(stderr=True)


def figure(value: float, unit: str = "") -> str:
    """A number as people read it: four significant figures, thousands apart, shares in percent."""
    if math.isnan(value):
        return "–"
    if unit.startswith("share of"):
        value *= 100
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def shown(unit: str, currency: str) -> str:
    """The unit in which `figure` writes."""
    return unit.replace("share of", "% of", 1).replace("currency", currency)


def _half_width(found: Interval, unit: str) -> str:
    return "" if math.isnan(found.half_width) else f"± {figure(found.half_width, unit)}"


def kpi_table(kpis: pd.DataFrame, manifest: Manifest) -> Table:
    """Mean of each KPI over replications, with the half-width of its 95 % interval where there are several."""
    scenario = manifest.scenario
    days, replications = count(scenario["days"], "day"), count(manifest.replications, "replication")
    warmup = f", the first {scenario['warmup_days']} not counted" if scenario["warmup_days"] else ""
    title = f"{scenario['name']}: {days} from {scenario['start']}{warmup}, {replications}"
    table = Table(title=title, title_justify="left")
    table.add_column("KPI")
    table.add_column("mean", justify="right")
    if manifest.replications > 1:
        table.add_column("95 %", justify="right")
    table.add_column("unit")
    for kpi, rows in kpis.groupby("kpi", sort=False):
        unit, found = rows["unit"].iloc[0], interval(rows["value"])
        width = [_half_width(found, unit)] if manifest.replications > 1 else []
        table.add_row(str(kpi), figure(found.mean, unit), *width, shown(unit, scenario["currency"]))
    return table


def assumed_lines(assumed: list[str]) -> list[str]:
    """`path = value` of what is assumed, a line for each section of the scenario."""
    return [" · ".join(said) for _, said in itertools.groupby(assumed, key=lambda said: said.partition(".")[0])]


def difference_table(differences: list[Difference], a: Manifest, b: Manifest) -> Table:
    """Each KPI under A and B and the paired difference with its 95 % interval."""
    colours = {"better": "green", "worse": "red"}
    names = a.scenario["name"], b.scenario["name"]
    table = Table(title=f"{names[1]} − {names[0]}, {a.replications} paired replications", title_justify="left")
    table.add_column("KPI")
    for column in (*names, "difference", "95 %"):
        table.add_column(column, justify="right")
    table.add_column("unit")
    table.add_column("finding")
    for row in differences:
        table.add_row(
            row.kpi,
            figure(row.a.mean, row.unit),
            figure(row.b.mean, row.unit),
            figure(row.difference.mean, row.unit),
            _half_width(row.difference, row.unit),
            shown(row.unit, a.scenario["currency"]),
            row.finding,
            style=colours.get(row.finding),
        )
    return table


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Callable[[float, float], None]]:
    """Yield a function of (done, in all) that draws a bar on stderr, or nothing where stderr is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def policy_table(names: list[str], differences: list[list[Difference]], currency: str, replications: int) -> Table:
    """KPIs under the first policy, and of each other its paired difference from it with the 95 % half-width."""
    title = f"{', '.join(names[1:])} − {names[0]}: the same demand, {replications} paired replications"
    table = Table(title=title, title_justify="left")
    table.add_column("KPI")
    for name in names:
        table.add_column(name, justify="right")
    table.add_column("unit")
    for rows in zip(*differences, strict=True):
        unit, colours = rows[0].unit, {"better": "green", "worse": "red"}
        cells = []
        for row in rows:
            said = f"{figure(row.difference.mean, unit)} {_half_width(row.difference, unit)}"
            colour = colours.get(row.finding)
            cells.append(f"[{colour}]{said}[/]" if colour else said)
        table.add_row(rows[0].kpi, figure(rows[0].a.mean, unit), *cells, shown(unit, currency))
    return table
