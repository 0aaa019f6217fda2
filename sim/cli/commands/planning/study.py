"""The command `study`: scenarios × factors × replications, and what they show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli.commands.chain import AllowCode, Jobs, OnCluster, Out, Overrides, Yes, afford
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read
from sim.cli.help.completion import scenarios
from sim.cli.help.examples import examples
from sim.cli.interruption import going_on
from sim.cli.options import Html, Quiet

if TYPE_CHECKING:
    from rich.table import Table

    from sim.planning.studies.study_file import StudyFile
    from sim.records.decisions.study import Study
    from sim.report.languages import Language


@examples("study corner-shop --factor stores.SH01.tills=1,2,3 --jobs 2", "study study.yaml --html study.html")
@exporting
def study(
    what: Annotated[
        list[Path],
        typer.Argument(
            metavar="STUDY.yaml | SCENARIO...",
            callback=file_to_read,
            autocompletion=scenarios,
            help="The file of a study, or scenarios; the first is compared with.",
        ),
    ],
    factors: Annotated[
        list[str],
        typer.Option(
            "--factor", metavar="PATH=LEVELS", help="Levels, a.b=4,6,8, or a range, a.b=4..8; may be repeated."
        ),
    ] = [],  # noqa: B006 (typer copies it)
    design: Annotated[
        Literal["full", "one_at_a_time", "latin_hypercube", "sobol"] | None,
        typer.Option(help="Points at which factors are played; full without it."),
    ] = None,
    points: Annotated[
        int | None, typer.Option(min=2, max=20_000, help="Points of latin_hypercube; rows of the matrices of sobol.")
    ] = None,
    replications: Annotated[
        int | None,
        typer.Option(min=2, max=100_000, help="Of each point, with --half-width or --select of the first round; 10."),
    ] = None,
    half_widths: Annotated[
        list[str],
        typer.Option(
            "--half-width",
            metavar="KPI=WIDTH",
            help="Go on until it is reached at every point: fill_rate=0.002, or of the mean, mean_wait_s=5%.",
        ),
    ] = [],  # noqa: B006
    selects: Annotated[
        list[str],
        typer.Option(
            "--select",
            metavar="KPI=DIFFERENCE",
            help="Select the best point by a KPI, with the smallest difference worth finding: mean_wait_s=5.",
        ),
    ] = [],  # noqa: B006
    procedure: Annotated[
        Literal["kn", "knpp", "rinott", "subset"] | None,
        typer.Option(help="Of --select: elimination, two stages, or the subset that has the best; kn without it."),
    ] = None,
    independent: Annotated[
        bool, typer.Option("--independent", help="Of --select: each point with random numbers of its own.")
    ] = False,
    at_most: Annotated[
        int | None,
        typer.Option(min=2, max=100_000, help="Replications at which it ends in any case; 16 times the first round."),
    ] = None,
    warmup: Annotated[
        bool, typer.Option("--warmup", help="Show the first point day by day, and how many days it takes to settle.")
    ] = False,
    kpis: Annotated[list[str], typer.Option("--kpi", help="A KPI to show, in place of eight; may be repeated.")] = [],  # noqa: B006
    name: Annotated[
        str | None, typer.Option(help="Of its folder; the file's or the first scenario's without it.")
    ] = None,
    overrides: Overrides = [],  # noqa: B006
    html: Html = None,
    quiet: Quiet = False,
    jobs: Jobs = 1,
    cluster: OnCluster = None,
    out: Out = Path("runs"),
    yes: Yes = False,
    allow_code: AllowCode = False,
    exports: Exports = NONE_ASKED,
) -> None:
    """Play scenarios at levels of factors under common random numbers: means, differences, effects, with intervals."""
    from sim.cli import report_files
    from sim.cli.console import console, progress_bar
    from sim.planning.studies.plans import folder_of, plan
    from sim.planning.studies.playing import play
    from sim.planning.studies.study_file import factor, half_width, select
    from sim.report.exports.of_study import of_study
    from sim.report.languages import recorded, text
    from sim.report.pages.studies.findings import findings
    from sim.report.pages.studies.page import write_study
    from sim.study.cost import estimate, together
    from sim.study.workers import workers

    lang = exports.lang
    exports.admit(what[0], {"--html": html})
    given: dict[str, Any] = {
        "name": name,
        "factors": dict(factor(each) for each in factors),
        "design": design,
        "points": points,
        "replications": replications,
        "half_width": dict(half_width(each) for each in half_widths),
        "select": dict(select(each) for each in selects),
        "procedure": procedure,
        "independent": independent,
        "at_most": at_most,
        "warmup": warmup,
        "kpis": kpis,
    }
    file = _file(what, {field: value for field, value in given.items() if value})
    planned = plan(file, overrides, allow_code=allow_code)
    folder = folder_of(file, out)
    with workers(jobs, cluster) as those:
        costs = [estimate(scenario, replications=file.most, jobs=those) for scenario, _ in planned.points]
        afford([together(costs)], out, yes, what[0], lang)
        kept = text("what was played is kept in {path}: the same command goes on from there", lang, path=folder)
        playing = text("playing {name}", lang, name=recorded(file.name, lang))
        with going_on(kept), progress_bar(playing, those.count, lang) as progress:
            played = play(planned, out, jobs=those, progress=progress)
    if not quiet:
        console.print(table_of(played, lang))
        console.print(text("written to {path}", lang, path=folder), highlight=False)
    written = {
        **exports.writers(lambda lang: of_study(played, lang), played),
        "--html": (html, lambda to: write_study(played, to, lang)),
    }
    try:
        report_files.write(written, quiet, lang)
    finally:
        for sentence in findings(played, lang):
            typer.echo(sentence)


def _file(what: list[Path], given: dict[str, Any]) -> StudyFile:
    from sim.planning.studies.study_file import is_study, of_flags, read_study
    from sim.records.refusal import Refusal

    studies = [path for path in what if is_study(path)]
    if studies and len(what) > 1:
        raise Refusal(studies[0], "", "the file of a study alone, or scenarios alone", f"{len(what)} files")
    if studies:
        return read_study(studies[0], given)
    return of_flags({"name": what[0].stem, "scenarios": [str(path) for path in what]} | given)


def table_of(played: Study, lang: Language) -> Table:
    """Means at every point, and what each changes against the first point."""
    from rich.table import Table

    from sim.report.languages import text
    from sim.report.pages.studies.wording import MOST_SHOWN, heading, point_name, shown_change, shown_mean

    title = text(
        "{name}: {points} points, {n} replications of the last ones left"
        if played.selection and played.selection.procedure in ("kn", "knpp")
        else "{name}: {points} points, up to {n} replications each"
        if played.selection and played.selection.procedure == "rinott"
        else "{name}: {points} points, {n} replications each",
        lang,
        name=played.name,
        points=len(played.points),
        n=played.replications,
    )
    table = Table(title=title, title_justify="left")
    table.add_column(text("point", lang))
    for kpi in played.kpis:
        table.add_column(heading(kpi, played, lang), justify="right")
    colours = {"better": "green", "worse": "red"}
    for at, point in enumerate(played.points[:MOST_SHOWN]):
        cells = []
        for kpi in played.kpis:
            shown = shown_change(played, at, kpi, lang) if at else shown_mean(played, at, kpi, lang)
            colour = colours.get(point.changes[kpi.name].finding) if at else None
            cells.append(f"[{colour}]{shown}[/]" if colour else shown)
        table.add_row(point_name(played, at, lang), *cells)
    return table
