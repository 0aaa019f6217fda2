"""A check of a platform as a page and as a JUnit suite."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from sim.records.conformance import Checkup
from sim.report import canvas
from sim.report.canvas import BLUE, INK, RED, SKY
from sim.report.junit import Case, write_suite
from sim.report.languages import Language, counted, duration, named, text
from sim.report.pages.sheet import Picture, picture, write_sheet

OF_JOURNEYS = {
    "works": "pass",
    "refused": "inconclusive",
    "failed": "fail",
    "unmet": "fail",
    "not covered": "not covered",
}
"""Decision by state of a journey: one refused by a business rule is not shown to work."""
OF_ATTEMPTS = {"refused": "pass", "shown": "fail", "not tried": "inconclusive"}
"""The same of an attempt to read an order."""


def write_check(check: Checkup, path: Path | str, lang: Language = "en") -> None:
    """Write the page of a check in a language."""
    tones = {**OF_JOURNEYS, "not covered": "informs"}
    write_sheet(
        path,
        "conformance.html",
        lang,
        check=check,
        calls=calls_picture(check, lang),
        of_journeys=tones,
        of_attempts=OF_ATTEMPTS,
    )


def calls_picture(check: Checkup, lang: Language = "en") -> Picture | None:
    """The figure of a check; None where nothing was called."""
    played = [each for each in check.journeys if each.calls]
    if not played:
        return None
    number = sum(len(each.calls) for each in played)
    return picture(
        "calls",
        text(
            "{journeys} in {calls}",
            lang,
            journeys=counted(len(played), "journey", lang),
            calls=counted(number, "call", lang),
        ),
        text(
            "Time in the API, each journey played once and alone. A bar is a journey, a piece of it a call; red ended the journey early.",
            lang,
        ),
        lambda: draw_calls(check, lang),
        lang,
    )


def write_check_junit(check: Checkup, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a suite: a case for each journey, each attempt to read an order, the connection, and each further finding."""
    cases = []
    for journey in check.journeys:
        because = "what it follows did not work" if journey.state == "unmet" else journey.because or journey.state
        cases.append(
            Case(journey.journey, OF_JOURNEYS[journey.state], because, journey.service_s, "retail-lab.journeys")
        )
    for attempt in check.access:
        message = f"{attempt.state} ({attempt.because})"
        name = f"order read by {attempt.reader}"
        cases.append(Case(name, OF_ATTEMPTS[attempt.state], message, 0.0, "retail-lab.access"))
    cases.append(Case("check", check.decision, check.sentence, sum(each.service_s for each in check.journeys)))
    lines = [check.reached.text, *check.findings, *(f"not tried: {each}" for each in check.untried)]
    if check.made:
        lines.append(f"made: {', '.join(check.made)}; {check.made_fate}")
    write_suite(path, "adapter check", check.host, cases, lines, inconclusive_ok)


def draw_calls(check: Checkup, lang: Language = "en") -> Figure:
    """Time in the API by journey, ms, call by call."""
    played = [each for each in check.journeys if each.calls]
    figure, (axis,) = canvas.drawing(1, 0.9 + 0.36 * len(played))
    for place, journey in enumerate(played):
        start_ms = 0.0
        for number, call in enumerate(journey.calls):
            ended_early = number == len(journey.calls) - 1 and journey.state != "works"
            colour = RED if ended_early else (BLUE, SKY)[number % 2]
            axis.barh(place, 1000 * call.service_s, left=start_ms, color=colour, height=0.62)
            start_ms += 1000 * call.service_s
        axis.annotate(
            duration(start_ms / 1000, lang),
            (start_ms, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=INK,
        )
    axis.set_yticks(
        range(len(played)),
        [canvas.label(named(each.journey, lang), text("journey {n}", lang, n=n)) for n, each in enumerate(played, 1)],
    )
    axis.invert_yaxis()
    axis.grid(False)
    axis.set_xlim(0, 1.15 * max(1000 * each.service_s for each in played) or 1.0)
    axis.set_xlabel(text("ms in the API", lang))
    return figure
