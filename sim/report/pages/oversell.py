"""A race for the last units as a page and as a JUnit suite."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.evidence.wording import count
from sim.records.oversell import Ending, Race
from sim.report import canvas
from sim.report.canvas import BLUE, GREEN, INK, MUTED, ORANGE, SKY
from sim.report.junit import Case, write_suite
from sim.report.languages import Language, counted, recorded, sentences, text
from sim.report.pages.sheet import Picture, picture, write_sheet

_SHOWN = 8
_COLOUR = {"accepted": BLUE, "partial": SKY, "rejected": GREEN}


def write_race(race: Race, path: Path | str, lang: Language = "en") -> None:
    """Write the page of a race in a language."""
    write_sheet(path, "oversell.html", lang, race=race, endings=endings_picture(race, lang))


def endings_picture(race: Race, lang: Language = "en") -> Picture | None:
    """The figure of a race; None where no client ended."""
    if not race.endings:
        return None
    served = sum(ending.clients for ending in race.endings if ending.outcome in ("accepted", "partial"))
    shows = [
        text(
            "Clients by how they ended: blue accepted, green refused by a rule of the business, orange anything else, which protects nothing.",
            lang,
        )
    ]
    if len(race.endings) > _SHOWN:
        shows.append(text("The first {n} of {m} endings.", lang, n=_SHOWN, m=len(race.endings)))
    clients = counted(race.clients, "client", lang)
    return picture(
        "endings",
        text("{n} of {clients} got an order", lang, n=f"{served:,}", clients=clients),
        sentences(shows, lang),
        lambda: draw_endings(race, lang),
        lang,
    )


def write_race_junit(race: Race, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a suite: a case for the race, and one for each SKU."""
    cases = [Case("oversell", race.decision, race.sentence, race.length_s)]
    for sku in race.skus:
        decision: str = (
            race.decision if race.decision in ("inconclusive", "invalid") else "fail" if sku.oversold else "pass"
        )
        if decision == "pass" and sku.left >= race.units:
            decision = "not covered"  # its units did not run out
        message = f"{count(sku.available_before, 'unit')} there, {sku.promised:,} promised, {sku.oversold:,} oversold"
        cases.append(Case(sku.sku_code, decision, message, race.length_s))
    lines = [f"{ending.clients:,} {ending.text}" for ending in race.endings]
    lines += [*race.reasons, f"orders: {race.orders_fate}: {', '.join(race.orders) or 'none'}"]
    write_suite(path, "oversell", race.host, cases, lines, inconclusive_ok)


def draw_endings(race: Race, lang: Language = "en") -> Figure:
    """Clients by ending, a bar each, the most frequent on top."""
    shown = race.endings[:_SHOWN]
    figure, (axis,) = canvas.drawing(1, 0.9 + 0.42 * len(shown))
    numbers = [ending.clients for ending in shown]
    bars = axis.barh(range(len(shown)), numbers, color=[_colour(ending) for ending in shown], height=0.62)
    axis.bar_label(bars, [f"{number:,}" for number in numbers], padding=4, color=INK)
    axis.set_yticks(range(len(shown)), [_named(ending, lang) for ending in shown])
    axis.invert_yaxis()
    axis.grid(False)
    axis.set_xlim(0, 1.12 * max(numbers))
    axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axis.set_xlabel(text("clients", lang))
    axis.tick_params(axis="y", colors=MUTED)
    return figure


def _named(ending: Ending, lang: Language) -> str:
    return canvas.label(recorded(ending.text, lang), text("an ending in another script", lang))


def _colour(ending: Ending) -> str:
    return ORANGE if ending.in_doubt else _COLOUR.get(ending.outcome, ORANGE)
