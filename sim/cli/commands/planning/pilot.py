"""The commands about pilots on data: which one would see a lift, and what a go-live changed in the stores that went live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read
from sim.cli.finding_output import Ways
from sim.cli.help.examples import examples
from sim.cli.options import Html, InconclusiveOk, Junit, Lang, Quiet
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.records.decisions.pilots import PilotAnalysis, PilotDesign
    from sim.report.languages import Language

Source = Annotated[
    Path,
    typer.Argument(
        help="A table with a row a store and day or week (.xlsx, .xls, .csv, .csv.gz or .parquet), or a run's folder."
    ),
]
Lift = Annotated[str, typer.Option(help="The lift that matters, such as 3%; negative for a fall, such as -10%.")]
Seed = Annotated[int, typer.Option(min=0, max=2**53, help="Of the assignments that are drawn.")]
Dates = Annotated[str, typer.Option(help="Order of day and month: dmy, mdy or ymd; by the rows without it.")]

pilot = typer.Typer(
    help="Design a pilot, or analyse a pilot or a rollout, from figures of stores.", no_args_is_help=True
)


@pilot.command()
@examples("pilot design sales.xlsx --lift 3% --html pilot.html")
@exporting
def design(
    source: Source,
    lift: Lift = "3%",
    outcome: Annotated[
        str, typer.Option(help="Name or heading of the outcome; the first that is found without it.")
    ] = "",
    stores: Annotated[int | None, typer.Option(min=1, max=20_000, help="Stores of the pilot that is judged.")] = None,
    weeks: Annotated[int | None, typer.Option(min=1, max=520, help="Its weeks after the go-live.")] = None,
    seed: Seed = 1,
    dates: Dates = "",
    exports: Exports = NONE_ASKED,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    lang: Lang = "en",
) -> int:
    """Which pilot sees a lift with 80 % probability, in which stores, against which; ends with 0 one does, 1 none does."""
    from sim.cli.console import progress_bar
    from sim.planning.pilots.designing import design as try_all
    from sim.report.exports.of_pilots import of_design
    from sim.report.languages import text
    from sim.report.pages.pilots.design import write_design, write_design_junit

    ways = Ways(exports, junit, html, quiet, False, lang)
    ways.admit(source)
    asked = share_of(lift)
    with progress_bar(text("trying pilots", lang), lang=lang) as progress:
        found = try_all(source, asked, outcome, stores, weeks, seed, dates, progress)
    return ways.leave(found, design_lines(found, lang), found.sentence, write_design_junit, write_design, of_design)


@pilot.command()
@examples("pilot analyse sales.xlsx --go-live plan.yaml --html pilot.html", needs="planning")
@exporting
def analyse(
    data: Source,
    go_live: Annotated[
        Path | None,
        typer.Option(
            callback=file_to_read,
            help="When stores went live: a table of stores and dates, or a plan (YAML) with waves; the column go_live of the data without it.",
        ),
    ] = None,
    outcomes: Annotated[
        list[str],
        typer.Option(
            "--outcome",
            metavar="HEADING",
            help="An outcome by its name or heading; may be repeated, the first is judged.",
        ),
    ] = [],  # noqa: B006 (typer copies it)
    lift: Lift = "3%",
    seed: Seed = 1,
    dates: Dates = "",
    exports: Exports = NONE_ASKED,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    inconclusive_ok: InconclusiveOk = False,
    lang: Lang = "en",
) -> int:
    """What a go-live changed, wave by wave, against stores not yet live; ends with 0 a lift, 1 none of that size, 2 undecided."""
    from sim.cli.console import progress_bar
    from sim.planning.pilots.analysing import analyse as compare_all
    from sim.report.exports.of_pilots import of_analysis
    from sim.report.languages import text
    from sim.report.pages.pilots.analysis import write_analysis, write_analysis_junit

    ways = Ways(exports, junit, html, quiet, inconclusive_ok, lang)
    ways.admit(data)
    asked = share_of(lift)
    with progress_bar(text("comparing stores", lang), lang=lang) as progress:
        found = compare_all(data, go_live, outcomes, asked, seed, dates, progress)
    lines = analysis_lines(found, lang)
    return ways.leave(found, lines, found.sentence, write_analysis_junit, write_analysis, of_analysis)


def share_of(lift: str) -> float:
    """The lift that `--lift` asks for, a share. Raises `Refusal`."""
    from sim.planning.goals.goal_file import amount

    try:
        share = float(amount(lift))
    except ValueError:
        share = 0.0
    if not (-0.9 <= share <= 10 and abs(share) >= 1e-4):
        raise Refusal("--lift", "", "a lift from -90% to 1000%, and not 0, such as 3%", lift)
    return share


def design_lines(found: PilotDesign, lang: Language) -> list[str]:
    """A line a pilot that was tried, and a line a chosen store."""
    from sim.report.pages.pilots.design import chosen_of, tried_of

    return [*(tried_of(each, lang) for each in found.designs), *(chosen_of(each, lang) for each in found.chosen), *found.notes]  # fmt: skip


def analysis_lines(found: PilotAnalysis, lang: Language) -> list[str]:
    """A line a wave of each outcome, with the differences before it."""
    from sim.report.pages.pilots.analysis import before_of, line_of

    printed = []
    for each in found.outcomes:
        printed += [line_of(each, line, lang) for line in each.lines]
        printed.append(before_of(each, lang))
    return [*printed, *found.notes]
