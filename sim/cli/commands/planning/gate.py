"""The command `gate`: whether a wave of stores may go live, by the records under a folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.commands.planning.goals import On, day_of
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read
from sim.cli.finding_output import Ways
from sim.cli.help.examples import examples
from sim.cli.options import Html, Junit, Lang, Quiet

if TYPE_CHECKING:
    from sim.records.decisions.gate import Gate
    from sim.report.languages import Language


@examples("gate plan.yaml --wave east-china --evidence runs")
@exporting
def gate(
    plan: Annotated[Path, typer.Argument(callback=file_to_read, help="A plan with its waves, a YAML file.")],
    wave: Annotated[str, typer.Option(help="Name of the wave.")],
    evidence: Annotated[Path, typer.Option(help="Folder whose records are read, with all folders in it.")],
    host: Annotated[
        str, typer.Option(help="Base URL of the system that goes live, in place of the plan's; nothing is sent to it.")
    ] = "",
    on: On = None,
    exports: Exports = NONE_ASKED,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    lang: Lang = "en",
) -> int:
    """Judge the conditions of a wave's go-live from records; ends with status 0 GO, 1 NO-GO, 2 NOT KNOWN."""
    from sim.report.exports.of_gates import of_gate
    from sim.report.pages.gate import write_gate, write_gate_junit

    ways = Ways(exports, junit, html, quiet, False, lang)
    ways.admit(plan)
    judged = judge(plan, wave, evidence, day_of(on), host)
    return ways.leave(judged, lines(judged, lang), judged.sentence, write_gate_junit, write_gate, of_gate)


def judge(plan: Path, wave: str, evidence: Path, on: date, host: str) -> Gate:
    """A wave's gate on a day. Raises `Refusal` also where the system, `host` or without it the plan's, has no base URL."""
    from loadtests.safety import read_url
    from sim.planning.gates import gate as gates
    from sim.planning.gates.plan import read_plan

    system, given = (host, "--host") if host else (read_plan(plan).host or "", f"{plan}: host")
    if system:
        read_url(system, given)
    return gates.gate(plan, wave, evidence, on, host)


def lines(judged: Gate, lang: Language) -> list[str]:
    """Each condition in two lines: its state and what it asks for, and what the evidence shows."""
    from sim.report.languages import named, recorded
    from sim.report.pages.gate import rests_on

    found = []
    for each in judged.conditions:
        name, needed = recorded(each.name, lang), recorded(each.needed, lang)
        found.append(f"{named(each.state, lang):<9}  {name}: {needed} [{rests_on(each, lang)}]")
        found.append(f"           {recorded(each.because, lang)}")
    return [*found, *judged.notes]
