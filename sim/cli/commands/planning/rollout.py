"""The command `rollout`: plans sampled and compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read
from sim.cli.options import Html, Quiet

if TYPE_CHECKING:
    from rich.table import Table

    from sim.records.rollout.comparison import Rollouts
    from sim.report.languages import Language

_EXAMPLE = "example"


@exporting
def rollout(
    plans: Annotated[
        list[Path],
        typer.Argument(
            metavar="PLAN.yaml...|example", callback=file_to_read, help="Plans; `example` for the four that ship."
        ),
    ],
    samples: Annotated[int, typer.Option(min=100, max=1_000_000, help="Samples of each plan.")] = 10_000,
    html: Html = None,
    quiet: Quiet = False,
    exports: Exports = NONE_ASKED,
) -> int:
    """Sample a rollout: dates, costs and chances of one plan, or of several under the same draws with the best one; ends with 0."""
    from sim.cli import report_files
    from sim.cli.console import console, progress_bar
    from sim.planning.rollout import comparing
    from sim.report.languages import recorded, text
    from sim.report.rollouts.page import write_rollouts
    from sim.report.rollouts.tables import of_rollouts

    example = [str(each) for each in plans] == [_EXAMPLE] and not plans[0].exists()
    paths = comparing.examples() if example else plans
    for path in paths:
        exports.admit(path, {"--html": html})
    with progress_bar("rollout") as progress:
        found = comparing.rollouts(paths, samples, example, progress)
    if not quiet:
        console.print(plans_table(found, exports.lang))
        for line in (*found.conditions, *found.plans[0].notes):
            console.print(recorded(line, exports.lang), highlight=False, markup=False)
    written = {
        **exports.writers(lambda lang: of_rollouts(found, lang), found),
        "--html": (html, lambda to: write_rollouts(found, to, exports.lang)),
    }
    try:
        report_files.write(written, quiet, exports.lang)
    finally:
        if example:
            typer.echo(text("An example: its plans and figures are made up.", exports.lang))
        typer.echo(recorded(found.sentence, exports.lang))
    return 0


def plans_table(found: Rollouts, lang: Language) -> Table:
    """A row a goal of each plan, with its chance, and when all stores are live at what cost."""
    from rich.table import Table

    from sim.report.languages import money, percent, text
    from sim.report.rollouts.page import days

    table = Table(title_justify="left")
    for heading in ("plan", "goal"):
        table.add_column(text(heading, lang))
    for heading in ("chance", "all live, P50 – P80", "cost, P50", "cost, P80"):
        table.add_column(text(heading, lang), justify="right")
    for plan in found.plans:
        facts = [days(plan.all_live), *(money(cost, plan.currency, lang) for cost in (plan.cost.p50, plan.cost.p80))]
        for n, goal in enumerate(plan.goals):
            chance = percent(goal.chance, lang)
            table.add_row("" if n else plan.plan, goal.name, chance, *(["", "", ""] if n else facts))
        if not plan.goals:
            table.add_row(plan.plan, "–", "–", *facts)
    return table
