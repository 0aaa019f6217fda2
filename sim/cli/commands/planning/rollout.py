"""The command `rollout`: plans sampled and compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.commands.chain import Jobs, OnCluster, Out, Yes, afford
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read, file_to_write
from sim.cli.help.completion import example_or_file
from sim.cli.help.examples import examples
from sim.cli.interruption import going_on
from sim.cli.options import Html, Quiet
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from rich.table import Table

    from sim.planning.rollout.kpi_gates.played import KpiTable
    from sim.planning.rollout.network import Three
    from sim.records.rollout.comparison import Rollouts
    from sim.report.languages import Language


@examples("rollout example --samples 1000 --html rollout.html", "rollout plan.xml --spread 80%,100%,150%")
@exporting
def rollout(
    plans: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PLAN]...|example|gated-example",
            callback=file_to_read,
            autocompletion=example_or_file("example", "gated-example"),
            help="Plans in YAML, or tasks as Microsoft Project's XML, CSV or a workbook; "
            "`example` for the four that ship, `gated-example` for one whose gates read KPIs.",
        ),
    ] = None,
    samples: Annotated[int, typer.Option(min=100, max=1_000_000, help="Samples of each plan.")] = 10_000,
    spread: Annotated[
        str,
        typer.Option(help="Least, most likely and most of a length that a file of tasks states alone: 80%,100%,150%."),
    ] = "",
    template: Annotated[
        Path | None,
        typer.Option(callback=file_to_write, help="Write tasks to fill in (.csv or .xlsx), and stop."),
    ] = None,
    html: Html = None,
    quiet: Quiet = False,
    jobs: Jobs = 1,
    cluster: OnCluster = None,
    out: Out = Path("runs"),
    yes: Yes = False,
    exports: Exports = NONE_ASKED,
) -> int:
    """Sample a rollout: dates, costs and chances of one plan, or of several under the same draws with the best one; ends with 0.

    Of plans with gates the chain is played over rollout states first, each state once: what was played is kept in --out.
    """
    from sim.cli import report_files
    from sim.cli.console import console, progress_bar
    from sim.planning.rollout import comparing
    from sim.planning.rollout.plan_files.template import write_template
    from sim.report.languages import recorded, text
    from sim.report.rollouts.page import write_rollouts
    from sim.report.rollouts.tables import of_rollouts

    if template:
        exports.admit(template, {"--html": html})
        write_template(template)
        typer.echo(text("written to {path}", exports.lang, path=template))
        return 0
    if not plans:
        raise Refusal("--template", "", "a plan, or a table of tasks to write", "nothing")
    paths, example = comparing.named(plans)
    for path in paths:
        exports.admit(path, {"--html": html})
    multiples = spread_of(spread, paths)
    tables = _played(paths, multiples, jobs, cluster, out, yes, exports.lang)
    with progress_bar(text("sampling", exports.lang), lang=exports.lang) as progress:
        found = comparing.rollouts(paths, samples, example, progress, tables, multiples)
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


def _played(
    paths: list[Path], spread: Three | None, jobs: int, cluster: str | None, out: Path, yes: bool, lang: Language
) -> dict[Path, KpiTable]:
    """The KPIs of the rollout states of those plans that have gates; what is not kept yet is played."""
    from sim.cli.console import progress_bar
    from sim.planning.rollout.kpi_gates.played import cost_of, gated, kept_in, play_all
    from sim.report.languages import text
    from sim.study.workers import workers

    found = gated(paths, spread)
    if not found:
        return {}
    kept = {
        text("what was played is kept in {path}: the same command goes on from there", lang, path=path): None
        for path in (kept_in(out, states) for states in found.values())
    }
    with workers(jobs, cluster) as those:
        afford([cost_of(found, those)], out, yes, paths[0], lang)
        with going_on(*kept), progress_bar(text("playing rollout states", lang), those.count, lang) as progress:
            return play_all(found, out, jobs=those, progress=progress)


def spread_of(spread: str, paths: Sequence[Path]) -> Three | None:
    """The multiples that `--spread` asks for; None without it. Raises `Refusal`, also where no plan is a file of tasks."""
    from pydantic import TypeAdapter, ValidationError

    from sim.planning.rollout.plan_files.reading import KINDS, has_tasks
    from sim.planning.rollout.sections.amounts import Spread

    if not spread:
        return None
    if not any(map(has_tasks, paths)):
        raise Refusal("--spread", "", f"a file of tasks ({KINDS}); a YAML plan has tasks_from.spread", str(paths[0]))
    try:
        return TypeAdapter(Spread).validate_python(spread.split(","))
    except ValidationError:
        expected = "three multiples from 0 to 100, each no less than the one before, such as 80%,100%,150%"
        raise Refusal("--spread", "", expected, spread) from None


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
        facts = [
            days(plan.all_live, lang),
            *(money(cost, plan.currency, lang) for cost in (plan.cost.p50, plan.cost.p80)),
        ]
        for n, goal in enumerate(plan.goals):
            chance = percent(goal.chance, lang)
            table.add_row("" if n else plan.plan, goal.name, chance, *(["", "", ""] if n else facts))
        if not plan.goals:
            table.add_row(plan.plan, "–", "–", *facts)
    return table
