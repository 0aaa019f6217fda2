"""Which pilot would see a lift, as a page, as figures and as a JUnit suite."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from sim.records.decisions.pilots import ChosenStore, DesignLine, PilotDesign
from sim.report import canvas
from sim.report.canvas import BLUE, GREEN, MUTED, ORANGE, RED
from sim.report.junit import Case, write_suite
from sim.report.languages import Language, counted, named, percent, text
from sim.report.pages.pilots.wording import least_of, lift_of, outcome_of
from sim.report.pages.sheet import Picture, picture, write_sheet

_COLOURS = (ORANGE, BLUE, GREEN, RED)


def write_design(found: PilotDesign, path: Path | str, lang: Language = "en") -> None:
    """Write the page of a design in a language."""
    filters: dict[str, Callable[..., str]] = {
        "outcome": partial(outcome_of, lang=lang),
        "lift": partial(lift_of, lang=lang),
        "least": partial(least_of, lang=lang),
        "whole_percent": partial(_per_cent, lang=lang),
        "signed": _deviations,
    }
    write_sheet(path, "pilot_design.html", lang, filters, found=found, drawn=pictures(found, lang))


def write_design_junit(found: PilotDesign, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a suite with one case: whether a pilot sees the lift."""
    case = Case(
        f"{found.recommended.stores} stores, {found.recommended.weeks} weeks", found.decision, found.sentence, 0.0
    )
    write_suite(path, "pilot", found.data, [case], [found.sentence], inconclusive_ok)


def tried_of(line: DesignLine, lang: Language = "en") -> str:
    """`pilot, 5 stores, 8 weeks: power 67 % (52 % to 86 % by window), smallest lift seen +3.5 %`."""
    message = "{kind}, {stores}, {weeks}: power {power} ({low} to {high} by window), smallest lift seen {least}"
    return text(
        message, lang, kind=named(line.kind, lang), stores=counted(line.stores, "store", lang), weeks=counted(line.weeks, "week", lang),
        power=_per_cent(line.power, lang),
        low=_per_cent(line.power_low, lang), high=_per_cent(line.power_high, lang), least=least_of(line.least_lift, lang),
    )  # fmt: skip


def chosen_of(store: ChosenStore, lang: Language = "en") -> str:
    """`SH01 (EAST): level +0.2, trend −0.1; controls SH02, SH03`."""
    message = "{store} ({region}): level {level}, trend {trend}; controls {controls}"
    return text(
        message, lang, store=store.store, region=store.region or "–", level=_deviations(store.level), trend=_deviations(store.trend),
        controls=", ".join(store.controls),
    )  # fmt: skip


def pictures(found: PilotDesign, lang: Language = "en") -> list[Picture]:
    """Power, and the smallest lift that is seen, by stores and weeks."""
    best, values = found.recommended, {"outcome": outcome_of(found.outcome, lang), "lift": lift_of(found.asked, lang)}
    title = text(
        "{stores} over {weeks} see {lift} in {outcome} with probability {power}", lang,
        stores=counted(best.stores, "store", lang), weeks=counted(best.weeks, "week", lang), power=_per_cent(best.power, lang), **values,
    )  # fmt: skip
    shows = text(
        "Share of trials on the history in which a planted lift of {lift} is seen, by stores of the pilot and its weeks. "
        "A diamond is a stepped wedge of all stores. Dotted: {asked}.",
        lang, asked=_per_cent(found.power_asked, lang), lift=values["lift"],
    )  # fmt: skip
    drawn = [picture("power", title, shows, partial(_draw, found, False, lang), lang)]
    seen = [each for each in found.designs if each.kind == "pilot" and each.least_lift is not None]
    if seen:
        first = min(seen, key=lambda each: (abs(each.stores - 5), -each.weeks))
        title = text(
            "{stores} over {weeks} see no lift nearer to 0 than {least}", lang,
            stores=counted(first.stores, "store", lang), weeks=counted(first.weeks, "week", lang), least=lift_of(first.least_lift, lang),
        )  # fmt: skip
        shows = text(
            "The smallest lift that is seen with {asked} probability, by stores of the pilot and its weeks. Dotted: the lift asked for.",
            lang,
            asked=_per_cent(found.power_asked, lang),
        )
        drawn.append(picture("least", title, shows, partial(_draw, found, True, lang), lang))
    return drawn


def _draw(found: PilotDesign, least: bool, lang: Language) -> Any:
    figure, (axis,) = canvas.drawing(1, 3.3)

    def height(line: DesignLine) -> float:
        return 100 * abs(line.least_lift or 0.0) if least else 100 * line.power

    held = [each for each in found.designs if not least or each.least_lift is not None]
    for weeks, colour in zip(sorted({each.weeks for each in held}), cycle(_COLOURS), strict=False):
        pilots = [each for each in held if each.weeks == weeks and each.kind == "pilot"]
        label = counted(weeks, "week", lang)
        axis.plot([each.stores for each in pilots], [height(each) for each in pilots], "o-", color=colour, markersize=4, label=label)  # fmt: skip
        wedge = [each for each in held if each.weeks == weeks and each.kind != "pilot"]
        axis.plot([each.stores for each in wedge], [height(each) for each in wedge], "D", color=colour, markersize=6)
    axis.axhline(100 * (abs(found.asked) if least else found.power_asked), color=MUTED, linestyle=":", linewidth=1.2)
    axis.set_ylim(0, None if least else 102)
    axis.set_xlim(left=0)
    axis.set_xlabel(text("stores that go live", lang))
    axis.set_ylabel(
        text("smallest lift seen, %", lang) if least else text("probability that the lift is seen, %", lang)
    )
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1.01), borderaxespad=0, ncols=3)
    return figure


def _per_cent(share: float, lang: Language) -> str:
    return percent(round(share, 2), lang)


def _deviations(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
