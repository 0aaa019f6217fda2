"""The commands that play a chain: run, compare, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Overrides = Annotated[list[str], typer.Option("--set", metavar="PATH=VALUE", help="Override a field; may be repeated.")]
Replications = Annotated[int | None, typer.Option(min=1, help="Replications; the scenario's own number without it.")]
Jobs = Annotated[int, typer.Option(min=1, help="Processes that play replications.")]
Out = Annotated[Path, typer.Option(help="Folder in which run folders are made.")]


def run(
    scenario: Annotated[Path, typer.Argument(help="A scenario file.")],
    overrides: Overrides = [],  # noqa: B006 (typer copies it)
    replications: Replications = None,
    jobs: Jobs = 1,
    out: Out = Path("runs"),
) -> None:
    """Play a scenario and print its KPIs."""
    from sim.cli.show import assumed_lines, console, kpi_table, say_warnings
    from sim.records.outcome import read_kpis, read_manifest

    folder = play(scenario, overrides, replications, jobs, out)
    manifest = read_manifest(folder)
    console.print(kpi_table(read_kpis(folder), manifest))
    console.print(f"assumed, with no data behind them ({len(manifest.assumed)}):", style="dim")
    for line in assumed_lines(manifest.assumed):
        console.print(f"  {line}", style="dim", highlight=False, markup=False)
    if manifest.extrapolated:
        console.print("[yellow]extrapolated[/]: some load lay outside the range that the service profile measured")
    say_warnings(manifest)
    console.print(f"written to {folder}", highlight=False)


def compare(
    a: Annotated[Path, typer.Argument(help="A scenario file.")],
    b: Annotated[Path, typer.Argument(help="Another; differences are B − A.")],
    overrides: Overrides = [],  # noqa: B006
    replications: Annotated[int, typer.Option(min=2, help="Replications of each.")] = 10,
    jobs: Jobs = 1,
    out: Out = Path("runs"),
) -> None:
    """Play two scenarios under common random numbers and print their paired differences with 95 % intervals."""
    from sim.cli.show import console, difference_table, say_warnings
    from sim.records.outcome import read_manifest
    from sim.records.refusal import Refusal
    from sim.scenario.load import load
    from sim.study.compare import compare_runs

    loaded = [load(path, overrides) for path in (a, b)]
    for name in ("seed", "start", "days", "warmup_days"):
        first, second = (getattr(scenario, name) for scenario in loaded)
        if first != second:
            raise Refusal(b, name, f"{first}, as in {a}: differences are paired", f"{second}")
    folders = [play(path, overrides, replications, jobs, out) for path in (a, b)]
    differences = compare_runs(folders)
    played = [read_manifest(folder) for folder in folders]
    console.print(difference_table(differences, *played))
    say_warnings(*played)
    for folder in folders:
        console.print(f"written to {folder}", highlight=False)


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Run folders: of the chain, of a load test, or both; a second chain run is held against the first."
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="The page; report.html in the first folder without it.")] = None,
) -> None:
    """Write one self-contained HTML page about runs."""
    from sim.cli.show import console
    from sim.report.page import write_page

    page = out or runs[0] / "report.html"
    write_page(runs, page)
    console.print(f"report: {page}", highlight=False)


def play(scenario: Path, overrides: list[str], replications: int | None, jobs: int, out: Path) -> Path:
    """Load a scenario, play it with a progress bar, and return its run folder."""
    from sim.cli.show import progress_bar
    from sim.scenario.load import load
    from sim.study.run import run as play_all

    said = [*overrides, *([f"replications={replications}"] if replications else [])]
    loaded = load(scenario, said)
    try:
        with progress_bar(f"playing {loaded.name}") as progress:
            return play_all(loaded, out, jobs=jobs, progress=progress)
    except KeyboardInterrupt:
        typer.echo("replications that were done are kept: the same command goes on from there", err=True)
        raise
