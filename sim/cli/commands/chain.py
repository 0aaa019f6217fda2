"""The commands that play a chain: run, compare, report."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read, file_to_write, folder_to_read, folder_to_write
from sim.cli.help.completion import scenarios
from sim.cli.help.examples import examples
from sim.cli.interruption import going_on
from sim.cli.options import Lang
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.report.exports.result import Result
    from sim.report.languages import Language
    from sim.report.several_runs import SeveralRuns
    from sim.study.cost import Cost
    from sim.study.workers import Workers

Overrides = Annotated[list[str], typer.Option("--set", metavar="PATH=VALUE", help="Override a field; may be repeated.")]
Replications = Annotated[
    int | None, typer.Option(min=1, max=100_000, help="Replications; the scenario's own number without it.")
]
Jobs = Annotated[int, typer.Option(min=1, max=1_024, help="Processes that play replications.")]
OnCluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Play on the Dask scheduler at tcp://HOST:PORT, or on local:N workers, in place of --jobs (extra: retail-lab[cluster]).",
    ),
]
Days = Annotated[int | None, typer.Option(min=1, max=3_660, help="Play the first days alone; all without it.")]
Stores = Annotated[int | None, typer.Option(min=1, max=20_000, help="Play the first stores alone; all without it.")]
ScenarioFile = Annotated[
    Path,
    typer.Argument(
        callback=file_to_read,
        autocompletion=scenarios,
        help="A scenario file, or the name of a shipped one, such as pilot.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Play what is estimated to exceed this machine or six hours.")]
AllowCode = Annotated[
    bool, typer.Option("--allow-code", help="Let the scenario execute the Python files that it names.")
]
AllPairs = Annotated[
    bool, typer.Option("--all-pairs", help="Hold each of more than two runs against each, not against the first alone.")
]
Out = Annotated[Path, typer.Option(callback=folder_to_write, help="Folder in which run folders are made.")]


@examples("run corner-shop", "run chain-50 --days 2 --stores 5 --json run.json")
@exporting
def run(
    scenario: ScenarioFile,
    overrides: Overrides = [],  # noqa: B006 (typer copies it)
    days: Days = None,
    stores: Stores = None,
    replications: Replications = None,
    jobs: Jobs = 1,
    cluster: OnCluster = None,
    out: Out = Path("runs"),
    yes: Yes = False,
    allow_code: AllowCode = False,
    closing_stock: Annotated[
        Path | None,
        typer.Option(
            callback=file_to_write,
            help="Write the stock at the end (of replication 0) to a .csv or .parquet, from which another run may go on.",
        ),
    ] = None,
    lang: Lang = "en",
    exports: Exports = NONE_ASKED,
) -> None:
    """Play a scenario and print its KPIs."""
    from sim.cli.console import assumed_lines, console, kpi_table, say_backtest, say_cautions, say_warnings
    from sim.evidence.kpi_days import read_days
    from sim.records.outcome import read_manifest
    from sim.report.cautions import of_run
    from sim.report.languages import recorded, text
    from sim.study.workers import workers

    exports.admit(scenario, {"--closing-stock": closing_stock})
    with workers(jobs, cluster) as those:
        folder = play(scenario, overrides, replications, those, out, yes, allow_code, days, stores, lang, closing_stock)
    manifest = read_manifest(folder)
    kpis = read_days(folder)
    console.print(kpi_table(kpis, manifest, lang))
    say_cautions(of_run(kpis, lang))
    console.print(text("assumed, with no data behind them ({n}):", lang, n=len(manifest.assumed)), style="dim")
    for line in assumed_lines([recorded(each, lang) for each in manifest.assumed]):
        console.print(f"  {line}", style="dim", highlight=False, markup=False)
    if manifest.stock_as_of:
        console.print(text("Opening stock: supplied, as of {day}.", lang, day=manifest.stock_as_of), highlight=False)
    for file, sha256 in manifest.code.items():
        executed = text("executed: {file}, SHA-256 {sha256}", lang, file=file, sha256=sha256)
        console.print(executed, highlight=False, markup=False)
    if manifest.extrapolated:
        beyond = text(
            "[yellow]extrapolated[/]: some load lay outside the range that the service profile measured", lang
        )
        console.print(beyond)
    say_warnings(manifest, lang=lang)
    say_backtest(folder, lang=lang)
    places = " + ".join(str(path) for path in (folder, closing_stock) if path)
    console.print(text("written to {path}", lang, path=places), highlight=False)
    exports.write(lambda lang: _result([folder], lang))


@examples("compare pilot attribute-entry", "compare chain-50 no-transfers live-stream --replications 4 --jobs 2")
@exporting
def compare(
    a: Annotated[
        Path,
        typer.Argument(
            autocompletion=scenarios,
            help="A scenario file, the name of a shipped one, or the folder of a finished run.",
        ),
    ],
    b: Annotated[
        Path, typer.Argument(autocompletion=scenarios, help="Another of the same kind; differences are B − A.")
    ],
    others: Annotated[
        list[Path],
        typer.Argument(
            autocompletion=scenarios, help="More of them; all are held against A, with intervals that hold together."
        ),
    ] = [],  # noqa: B006
    all_pairs: AllPairs = False,
    overrides: Overrides = [],  # noqa: B006
    replications: Annotated[int, typer.Option(min=2, max=100_000, help="Replications of each.")] = 10,
    jobs: Jobs = 1,
    cluster: OnCluster = None,
    out: Out = Path("runs"),
    yes: Yes = False,
    allow_code: AllowCode = False,
    lang: Lang = "en",
    exports: Exports = NONE_ASKED,
) -> None:
    """Print paired differences of scenarios, played under common random numbers, or of finished runs, with 95 % intervals."""
    from sim.cli.console import console, say_backtest, say_warnings
    from sim.records.outcome import read_manifest
    from sim.report.languages import text
    from sim.report.several_runs import read_several

    exports.admit(a)
    paths = [a, b, *others]
    finished = a.is_dir()
    for path in paths:
        if path.is_dir() != finished:
            raise Refusal(
                path, "", f"another {'run folder' if finished else 'scenario'}, as {a} is one", "one of the other kind"
            )
    if finished and overrides:
        raise Refusal("--set", "", "scenarios to play, not finished runs", overrides[0])
    folders = paths if finished else _played(paths, overrides, replications, jobs, cluster, out, yes, allow_code, lang)
    if len(folders) > 2:
        _print_differences(read_several(folders, all_pairs=all_pairs), lang)
    else:
        _print_difference(folders, lang)
    say_warnings(*(read_manifest(folder) for folder in folders), lang=lang)
    say_backtest(*folders, lang=lang)
    for folder in () if finished else folders:
        console.print(text("written to {path}", lang, path=folder), highlight=False)
    exports.write(lambda lang: _result(folders, lang, all_pairs))


@examples("report runs/corner-shop-* --out page.html", "report runs/corner-shop-* --xlsx run.xlsx --lang zh")
@exporting
def report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            callback=folder_to_read,
            help="Run folders: of the chain, of a load test, or both; further chain runs are held against the first.",
        ),
    ],
    all_pairs: AllPairs = False,
    out: Annotated[
        Path | None, typer.Option(callback=file_to_write, help="The page; report.html in the first folder without it.")
    ] = None,
    lang: Lang = "en",
    exports: Exports = NONE_ASKED,
) -> None:
    """Write one self-contained HTML page about runs."""
    from sim.cli.console import console
    from sim.report.languages import text
    from sim.report.pages.run_page import write_page

    page = out or runs[0] / "report.html"
    exports.admit(page)
    write_page(runs, page, lang, all_pairs=all_pairs)
    console.print(text("report: {path}", lang, path=page), highlight=False)
    exports.write(lambda lang: _result(runs, lang, all_pairs))


def _played(
    paths: Sequence[Path],
    overrides: list[str],
    replications: int,
    jobs: int,
    cluster: str | None,
    out: Path,
    yes: bool,
    allow_code: bool,
    lang: Language,
) -> list[Path]:
    """The run folders of scenarios played in the same replications. Raises `Refusal` before anything is played where these would not pair."""
    from sim.report.languages import text
    from sim.scenario.loader import load
    from sim.study.compare import refuse_unpaired_scenarios
    from sim.study.run import run_folder
    from sim.study.workers import workers

    loaded = [load(path, overrides, allow_code=allow_code) for path in paths]
    for path, scenario in zip(paths[1:], loaded[1:], strict=True):
        refuse_unpaired_scenarios(loaded[0], scenario, path, f"in {paths[0]}")
    places = [run_folder(scenario) for scenario in loaded] if len(paths) > 2 else []
    for n, place in enumerate(places):
        if place in places[:n]:
            same = paths[places.index(place)]
            raise Refusal(paths[n], "", "each scenario once, where more than two are compared", f"that of {same}")
    folders: list[Path] = []
    with workers(jobs, cluster) as those, contextlib.ExitStack() as under_way:
        for path in paths:
            folders.append(play(path, overrides, replications, those, out, yes, allow_code, lang=lang))
            held = text(
                "{path} is finished: it need not be played again for retail-lab compare {path} RUN",
                lang,
                path=folders[-1],
            )
            under_way.enter_context(going_on(held))
    return folders


def _print_difference(folders: Sequence[Path], lang: Language) -> None:
    """Of two runs."""
    from sim.cli.console import console, difference_table, say_cautions
    from sim.records.outcome import read_manifest
    from sim.report.cautions import of_comparison, of_pairing
    from sim.study.compare import compare_runs

    differences = compare_runs(folders)
    console.print(difference_table(differences, *(read_manifest(folder) for folder in folders), lang=lang))
    saved = of_pairing(differences, lang)
    if saved:
        console.print(saved, highlight=False, markup=False)
    say_cautions(of_comparison(differences, lang))


def _print_differences(found: SeveralRuns, lang: Language) -> None:
    """Of more than two runs."""
    from sim.cli.console import console, say_cautions, several_tables
    from sim.report.cautions import of_pairing_several, of_several
    from sim.report.pages.studies.several_runs import intervals

    for table in several_tables(found, lang):
        console.print(table)
    for sentence in (intervals(found, lang), of_pairing_several(found, lang)):
        if sentence:
            console.print(sentence, highlight=False, markup=False)
    say_cautions(of_several(found, lang))


def _result(folders: Sequence[Path], lang: Language, all_pairs: bool = False) -> Result:
    from sim.report.exports.of_runs import result_of

    return result_of(folders, lang, all_pairs=all_pairs)


def afford(costs: Iterable[Cost], out: Path, yes: bool, of: object, lang: Language = "en") -> None:
    """Print what studies `of` a file or a flag will take, one line on stderr. Raises `Refusal` where this machine cannot play them, unless `yes`."""
    from sim.report.languages import recorded, text
    from sim.study.cost import refuse_excess, together

    cost = together(costs)
    typer.echo(text("estimated: {cost}", lang, cost=recorded(str(cost), lang)), err=True)
    refuse_excess(cost, out, of, yes=yes)


def play(
    scenario: Path,
    overrides: list[str],
    replications: int | None,
    jobs: int | Workers,
    out: Path,
    yes: bool = False,
    allow_code: bool = False,
    days: int | None = None,
    stores: int | Sequence[str] | None = None,
    lang: Language = "en",
    closing: Path | None = None,
) -> Path:
    """Load a scenario, or its first `days` and `stores`, print what it will take, play it with a progress bar, and return its run folder."""
    from sim.cli.console import progress_bar
    from sim.report.languages import recorded, text
    from sim.scenario.loader import load
    from sim.scenario.shortened import shortened
    from sim.study.cost import estimate
    from sim.study.run import run as play_all
    from sim.study.workers import as_workers

    flags = [*overrides, *([f"replications={replications}"] if replications else [])]
    loaded = shortened(load(scenario, flags, allow_code=allow_code), days, stores)
    afford([estimate(loaded, jobs=jobs)], out, yes, scenario, lang)
    kept = text("replications that were done are kept: the same command goes on from there", lang)
    playing = text("playing {name}", lang, name=recorded(loaded.name, lang))
    with going_on(kept), progress_bar(playing, as_workers(jobs).count, lang) as progress:
        return play_all(loaded, out, jobs=jobs, progress=progress, closing=closing)
