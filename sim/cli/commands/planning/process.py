"""The command `process`: a process as it is and as it is to be, both played in a scenario."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli.commands.chain import Jobs, OnCluster, Out, Overrides, Yes
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read
from sim.cli.finding_output import Ways
from sim.cli.help.completion import example_or_file, scenarios
from sim.cli.help.examples import examples
from sim.cli.options import Html, InconclusiveOk, Junit, Lang, Quiet
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.records.decisions.process import ProcessComparison
    from sim.report.languages import Language


@examples("process example --scenario pilot --replications 2", "process as-is.yaml to-be.bpmn --scenario pilot")
@exporting
def process(
    as_is: Annotated[
        Path,
        typer.Argument(
            metavar="AS_IS|example",
            callback=file_to_read,
            autocompletion=example_or_file("example"),
            help="The process as it is: YAML, BPMN 2.0 XML, or an event log; `example` for the two that ship.",
        ),
    ],
    to_be: Annotated[
        Path | None,
        typer.Argument(callback=file_to_read, help="The process as it is to be; differences are To-Be − As-Is."),
    ] = None,
    scenario: Annotated[
        Path,
        typer.Option(
            callback=file_to_read,
            autocompletion=scenarios,
            help="A scenario file, or the name of a shipped one, such as pilot.",
        ),
    ] = Path("pilot"),
    of: Annotated[
        Literal["till", "back_office"], typer.Option(help="Which process a BPMN file or an event log is.")
    ] = "till",
    dates: Annotated[
        str, typer.Option(help="Order of day and month in a log: dmy, mdy or ymd; by its rows without it.")
    ] = "",
    change: Annotated[str, typer.Option(help="Change that is asked for, such as -30%.")] = "-30%",
    overrides: Overrides = [],  # noqa: B006 (typer copies it)
    replications: Annotated[int, typer.Option(min=2, max=100_000, help="Replications of each.")] = 10,
    jobs: Jobs = 1,
    cluster: OnCluster = None,
    out: Out = Path("runs"),
    yes: Yes = False,
    exports: Exports = NONE_ASKED,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    inconclusive_ok: InconclusiveOk = False,
    lang: Lang = "en",
) -> int:
    """Play two processes of the till or the back office in a scenario; ends with 0 the change is reached, 1 missed, 2 not decidable yet."""
    from sim.cli.commands.chain import play
    from sim.planning.processes import comparing
    from sim.planning.processes.process_file import pair
    from sim.report.exports.of_process import of_process
    from sim.report.pages.process import write_process, write_process_junit
    from sim.study.workers import workers

    ways = Ways(exports, junit, html, quiet, inconclusive_ok, lang)
    ways.admit(as_is)
    limit = asked(change)
    before, after = pair(as_is, to_be, of, dates)
    with workers(jobs, cluster) as those:
        played = partial(play, scenario, replications=replications, jobs=those, out=out, yes=yes, lang=lang)
        found = comparing.compare(before, after, scenario, overrides, limit, played)
    return ways.leave(found, lines(found, lang), found.sentence, write_process_junit, write_process, of_process)


def asked(change: str) -> float:
    """The change that `--change` asks for, a share. Raises `Refusal`."""
    from sim.planning.goals.goal_file import amount

    try:
        share = float(amount(change))
    except ValueError:
        share = 0.0
    if not -1 <= share <= 1e6 or share == 0:
        raise Refusal("--change", "", "a change from -100%, and not 0, such as -30%", change)
    return share


def lines(found: ProcessComparison, lang: Language) -> list[str]:
    """Times of the parts, key figures under both, and how logs were read."""
    from sim.report.pages.process import figures_of, part_of, state_of

    printed = [part_of(part, lang) for part in found.parts]
    printed += [f"{figures_of(line, lang, found.currency)}{state_of(line, lang)}" for line in found.lines]
    return [*printed, *found.notes]
