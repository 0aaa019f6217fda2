"""The command `drill`: what failures and peaks cost a chain, what softens them, and a card for each."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.commands.chain import AllowCode, Jobs, OnCluster, Out, Overrides, ScenarioFile, Yes, afford
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read
from sim.cli.help.examples import examples
from sim.cli.interruption import going_on
from sim.cli.options import Html, Quiet

if TYPE_CHECKING:
    from rich.table import Table

    from sim.records.decisions.drills import Drills
    from sim.report.languages import Language
    from sim.study.cost import Cost


@examples("drill chain-50 --drills power_cut,payment_outage --replications 4 --html drills.html")
@exporting
def drill(
    scenario: ScenarioFile,
    drills: Annotated[
        str,
        typer.Option(
            help="Names with commas, such as power_cut,live_stream; random_faults for those of the scenario; all without."
        ),
    ] = "",
    overrides: Overrides = [],  # noqa: B006 (typer copies it)
    replications: Annotated[int, typer.Option(min=2, max=100_000, help="Replications of each.")] = 10,
    steps: Annotated[
        Path | None,
        typer.Option(callback=file_to_read, help="Your table of who does what: columns drill, minute, role, step."),
    ] = None,
    html: Html = None,
    quiet: Quiet = False,
    jobs: Jobs = 1,
    cluster: OnCluster = None,
    out: Out = Path("runs"),
    yes: Yes = False,
    allow_code: AllowCode = False,
    exports: Exports = NONE_ASKED,
) -> None:
    """Play drills over a scenario: what each costs, what each mitigation is worth, and a card for each to print."""
    from sim.cli import report_files
    from sim.cli.console import console, progress_bar
    from sim.planning.drills.playing import drilled
    from sim.report.exports.of_decisions import of_drills
    from sim.report.languages import text
    from sim.report.pages.operations.drills import finding, left_out, write_drills
    from sim.study.workers import workers

    lang = exports.lang
    exports.admit(scenario, {"--html": html})
    asked = [name.strip() for name in drills.split(",") if name.strip()]

    with contextlib.ExitStack() as under_way:

        def admit(cost: Cost, kept: Path) -> None:
            afford([cost], out, yes, scenario, lang)
            held = text("what was played is kept in {path}: the same command goes on from there", lang, path=kept)
            under_way.enter_context(going_on(held))

        those = under_way.enter_context(workers(jobs, cluster))
        progress = under_way.enter_context(progress_bar(text("playing drills", lang), those.count, lang))
        played = drilled(
            scenario, asked, overrides, replications, steps, out, admit, jobs=those, allow_code=allow_code, progress=progress
        )  # fmt: skip
    if not quiet:
        for table in (cost_table(played, lang), worth_table(played, lang), *random_tables(played, lang)):
            if table.row_count:
                console.print(table)
        for line in played.left_out:
            console.print(left_out(line, lang), highlight=False, markup=False)
    written = {
        **exports.writers(lambda lang: of_drills(played, lang), played),
        "--html": (html, lambda to: write_drills(played, to, lang)),
    }
    try:
        report_files.write(written, quiet, lang)
    finally:
        typer.echo(finding(played, lang))


def cost_table(played: Drills, lang: Language) -> Table:
    """What each drill costs."""
    from rich.table import Table

    from sim.records.decisions.drills import COSTS
    from sim.report.languages import named, text
    from sim.report.pages.operations.drills import heading, spread

    title = text("What drills cost {name}, in {n} replications", lang, name=played.scenario, n=played.replications)
    table = Table(title=title, title_justify="left")
    table.add_column(text("drill", lang))
    for cost in COSTS:
        table.add_column(heading(cost, played.currency, lang), justify="right")
    for line in played.drills:
        table.add_row(named(line.name, lang), *(spread(line.cost[cost]) for cost in COSTS))
    return table


def worth_table(played: Drills, lang: Language) -> Table:
    """What each mitigation is worth, ranked."""
    from rich.table import Table

    from sim.records.decisions.drills import COSTS
    from sim.report.languages import named, text
    from sim.report.pages.operations.drills import better_heading, ranked, softener, spread

    table = Table(title=text("What softens them, by the sales it keeps", lang), title_justify="left")
    table.add_column(text("mitigation", lang))
    table.add_column(text("drill", lang))
    for cost in COSTS:
        table.add_column(better_heading(cost, played.currency, lang), justify="right")
    for line, each in ranked(played):
        table.add_row(softener(each, lang), named(line.name, lang), *(spread(each.worth[cost]) for cost in COSTS))
    return table


def random_tables(played: Drills, lang: Language) -> list[Table]:
    """What the random faults of the scenario cost, and what softens them."""
    from rich.table import Table

    from sim.records.decisions.drills import SUMS
    from sim.report.languages import text
    from sim.report.pages.operations import drills as page

    costs, worths = (Table(title=title, title_justify="left") for title in page.random_titles(played, lang))
    for at, words in enumerate(page.random_headings(played, lang)):
        costs.add_column(words, justify="left" if at < 2 else "right")
    for row in page.random_rows(played, lang):
        costs.add_row(*row)
    worths.add_column(text("mitigation", lang))
    for cost in SUMS:
        worths.add_column(page.better_heading(cost, played.currency, lang), justify="right")
    for row in page.random_softeners(played, lang):
        worths.add_row(*row)
    return [costs, worths]
