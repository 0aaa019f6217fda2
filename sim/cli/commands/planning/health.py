"""The command `health`: quarterly health of the system, from runs, load tests and tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.commands.planning.goals import On, day_of
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read, file_to_write
from sim.cli.finding_output import Ways
from sim.cli.help.examples import examples
from sim.cli.options import Html, InconclusiveOk, Junit, Lang, Quiet
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.records.decisions.health import Health
    from sim.report.languages import Language


@examples("health runs/replay-* figures.xlsx --html health.html", "health --template figures.xlsx")
@exporting
def health(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[SOURCE]...",
            help="Folders of runs and of load tests, and tables of what was measured or surveyed.",
        ),
    ] = None,
    targets: Annotated[
        Path | None,
        typer.Option(callback=file_to_read, help="Targets (YAML); without it 2 s, −30 % a year, 4.5 of 5, 0.5 %."),
    ] = None,
    template: Annotated[
        Path | None, typer.Option(callback=file_to_write, help="Write a workbook to fill in (.xlsx), and stop.")
    ] = None,
    on: On = None,
    exports: Exports = NONE_ASKED,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    inconclusive_ok: InconclusiveOk = False,
    lang: Lang = "en",
) -> int:
    """Judge response, errors, satisfaction and stock by quarter; ends with 0 all met, 1 one is not met, 2 none missed and one not decidable yet."""
    from sim.planning.health.judging import judge
    from sim.planning.health.template import write_template
    from sim.report.exports.of_decisions import of_health
    from sim.report.languages import text
    from sim.report.pages.operations.health import write_health, write_health_junit

    ways = Ways(exports, junit, html, quiet, inconclusive_ok, lang)
    for source in sources or [Path()]:
        ways.admit(source)
    if template:
        if template.suffix.lower() != ".xlsx":
            raise Refusal("--template", template, "a name that ends in .xlsx", template.suffix or "nothing")
        write_template(template)
        typer.echo(text("written to {path}", lang, path=template))
        return 0
    if not sources:
        raise Refusal("--template", "", "a source of figures: a run's folder, a load test's, or a table", "nothing")
    judged = judge(sources, targets, day_of(on))
    return ways.leave(judged, lines(judged, lang), judged.sentence, write_health_junit, write_health, of_health)


def lines(judged: Health, lang: Language) -> list[str]:
    """Each measure in three lines: its state with its figures, the rule, and the trend."""
    from sim.report.languages import recorded
    from sim.report.pages.goals import state_of
    from sim.report.pages.operations.health import found, name, trend_of, wanted

    written = []
    for line in judged.measures:
        written.append(f"{state_of(line, lang)}  {name(line, lang)}: {wanted(line, lang)}; {found(line, judged, lang)}")
        written.append(f"    {recorded(line.rule, lang)}")
        written.append(f"    {trend_of(line, lang)}")
    if judged.formula:
        written.append(judged.formula)
    return [*written, *judged.notes]
