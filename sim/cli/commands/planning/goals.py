"""The command `goals`: SMART goals judged from a run or from a table of real figures."""

from __future__ import annotations

from datetime import date, datetime
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
    from sim.records.decisions.goals import Goals
    from sim.report.languages import Language

On = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day on which it is judged; today without it.")
]


def day_of(on: datetime | None) -> date:
    """The day that `--on` names; today without it."""
    return on.date() if on else date.today()


@examples("goals goals.yaml --run runs/corner-shop-* --html goals.html")
@exporting
def goals(
    file: Annotated[Path, typer.Argument(callback=file_to_read, help="Goals, a YAML file.")],
    run: Annotated[Path | None, typer.Option(help="Folder of a run: a sample a replication.")] = None,
    table: Annotated[
        Path | None, typer.Option(callback=file_to_read, help="A table of real figures instead: a sample a row.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="A run's folder or a table, for goals of a change against it.")
    ] = None,
    on: On = None,
    exports: Exports = NONE_ASKED,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    inconclusive_ok: InconclusiveOk = False,
    lang: Lang = "en",
) -> int:
    """Judge goals from a run or a table; ends with status 0 all met, 1 one is not met, 2 none missed and one not decidable yet."""
    from sim.report.exports.of_gates import of_goals
    from sim.report.pages.goals import write_goals, write_goals_junit

    ways = Ways(exports, junit, html, quiet, inconclusive_ok, lang)
    ways.admit(file)
    judged = judge(file, run, table, baseline, day_of(on))
    return ways.leave(judged, lines(judged, lang), judged.sentence, write_goals_junit, write_goals, of_goals)


def judge(file: Path, run: Path | None, table: Path | None, baseline: Path | None, on: date) -> Goals:
    """Goals as a run's folder or a table has them on a day. Raises `Refusal`."""
    from sim.planning.goals.judge import judge as judge_from

    if run is not None and table is not None:
        raise Refusal("--table", table, "a run or a table, not both", f"--run {run}")
    source = run or table
    if source is None:
        raise Refusal("--run", "", "the folder of a run, or --table with a table of real figures", "nothing")
    if run is not None and not run.is_dir():
        raise Refusal("--run", run, "the folder of a run", "a file" if run.is_file() else "no such folder")
    return judge_from(file, source, baseline, on)


def lines(judged: Goals, lang: Language) -> list[str]:
    """Each goal in two lines: its state with its figures, and the rule."""
    from sim.report.languages import recorded
    from sim.report.pages.goals import interval, state_of, wanted

    found = []
    for line in judged.goals:
        found.append(f"{state_of(line, lang)}  {line.name}: {wanted(line, lang)}, {interval(line, lang)}")
        found.append(f"    {recorded(line.rule, lang)} ({line.owner}, {line.by})")
    return found
