"""The commands that play a chain: run, compare, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Overrides = Annotated[list[str], typer.Option("--set", metavar="PATH=VALUE", help="Override a field; may be repeated.")]
Replications = Annotated[int | None, typer.Option(min=1, help="Replications; the scenario's own number without it.")]
Jobs = Annotated[int, typer.Option(min=1, help="Processes that play replications.")]
AllowCode = Annotated[
    bool, typer.Option("--allow-code", help="Let the scenario execute the Python files that it names.")
]
Out = Annotated[Path, typer.Option(help="Folder in which run folders are made.")]


def run(
    scenario: Annotated[Path, typer.Argument(help="A scenario file.")],
    overrides: Overrides = [],  # noqa: B006 (typer copies it)
    replications: Replications = None,
    jobs: Jobs = 1,
    out: Out = Path("runs"),
    allow_code: AllowCode = False,
) -> None:
    """Play a scenario and print its KPIs."""
    from sim.cli.show import assumed_lines, console, kpi_table
    from sim.records.outcome import Manifest, outcome_folder, read_kpis

    folder = play(scenario, overrides, replications, jobs, out, allow_code)
    manifest = Manifest.read(outcome_folder(folder) / "manifest.json")
    console.print(kpi_table(read_kpis(folder), manifest))
    console.print(f"assumed, with no data behind them ({len(manifest.assumed)}):", style="dim")
    for line in assumed_lines(manifest.assumed):
        console.print(f"  {line}", style="dim", highlight=False, markup=False)
    for file, sha256 in manifest.code.items():
        console.print(f"executed: {file}, SHA-256 {sha256}", highlight=False, markup=False)
    if manifest.extrapolated:
        console.print("[yellow]extrapolated[/]: some load lay outside the range that the service profile measured")
    console.print(f"written to {folder}", highlight=False)


def compare(
    a: Annotated[Path, typer.Argument(help="A scenario file.")],
    b: Annotated[Path, typer.Argument(help="Another; differences are B − A.")],
    overrides: Overrides = [],  # noqa: B006
    replications: Annotated[int, typer.Option(min=2, help="Replications of each.")] = 10,
    jobs: Jobs = 1,
    out: Out = Path("runs"),
    allow_code: AllowCode = False,
) -> None:
    """Play two scenarios under common random numbers and print their paired differences with 95 % intervals."""
    from sim.cli.show import console, difference_table
    from sim.records.outcome import Manifest, outcome_folder, read_kpis
    from sim.study.compare import compare as pair

    folders = [play(path, overrides, replications, jobs, out, allow_code) for path in (a, b)]
    differences = pair(*(read_kpis(folder) for folder in folders))
    played = [Manifest.read(outcome_folder(folder) / "manifest.json") for folder in folders]
    console.print(difference_table(differences, *played))
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


def play(
    scenario: Path, overrides: list[str], replications: int | None, jobs: int, out: Path, allow_code: bool = False
) -> Path:
    """Load a scenario, play it with a progress bar, and return its run folder."""
    from sim.cli.show import progress_bar
    from sim.scenario.load import load
    from sim.study.run import run as play_all

    said = [*overrides, *([f"replications={replications}"] if replications else [])]
    loaded = load(scenario, said, allow_code=allow_code)
    try:
        with progress_bar(f"playing {loaded.name}") as progress:
            return play_all(loaded, out, jobs=jobs, progress=progress)
    except KeyboardInterrupt:
        typer.echo("replications that were done are kept: the same command goes on from there", err=True)
        raise
