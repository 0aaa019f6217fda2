"""Drills as a page: what each costs, what softens it, and a card a drill that prints on a sheet of its own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.records.decisions.drills import COSTS, SUMS, DrillLine, Drills, MitigationLine, Spread, Step
from sim.report import canvas
from sim.report.canvas import BLUE, GREEN, MUTED, ORANGE
from sim.report.languages import Language, counted, day, named, number, percent, recorded, sentences, text, unit_name
from sim.report.pages.sheet import Picture, picture, write_sheet

_DAY_MINUTES = 1_440
_SHOWN = ("lost_sales", "customers_lost")
"""Costs in the table of random faults; exports hold all."""


def write_drills(played: Drills, path: Path | str, lang: Language = "en") -> None:
    """Write the page of drills in a language."""
    write_sheet(
        path,
        "drills.html",
        lang,
        {
            "spread": spread,
            "left_out": lambda line: left_out(line, lang),
            "softener": partial(softener, lang=lang),
            "trigger": partial(trigger, lang=lang),
            "switch": lambda line: "" if line.switch is None else _after(line, line.switch, lang),
            "when": lambda step: _minutes(step.minute, lang),
            "role": lambda step: _in(step, "role", lang),
            "task": lambda step: _in(step, "step", lang),
        },
        played=played,
        unit=unit_name("currency", lang, played.currency),
        finding=finding(played, lang),
        costs=[(cost, heading(cost, played.currency, lang), better_heading(cost, played.currency, lang)) for cost in COSTS],
        ranking=ranked(played),
        drawn=worths_picture(played, lang),
        random=random_rows(played, lang),
        softeners=random_softeners(played, lang),
        random_titles=random_titles(played, lang),
        random_headings=random_headings(played, lang),
        cards=[(line, course_picture(line, lang)) for line in played.drills],
    )  # fmt: skip


def left_out(line: str, lang: Language = "en") -> str:
    """A line of `Drills.left_out` with the name of its drill: `power cut: no warehouse feeds its stores.`"""
    code, colon, _ = line.partition(":")
    return recorded(line, lang).replace(code + colon, named(code, lang) + colon, 1)


def finding(played: Drills, lang: Language = "en") -> str:
    """The costliest drill, the mitigation worth most and the costliest random fault, each with its interval."""
    random = _random_finding(played, lang) if played.random_faults else ""
    if not played.drills:
        return random or text("The scenario can be put through none of the drills.", lang)
    return sentences([_drills_finding(played, lang), *([random] if random else [])], lang)


def _random_finding(played: Drills, lang: Language) -> str:
    of = played.random_faults
    assert of is not None  # asked for before
    first, unit = of.faults[0], unit_name("currency", lang, played.currency)
    message = (
        "Of the random faults {fault} costs most: sales lost {lost} {unit} a year, of {n} a year ({level} interval)."
    )
    if not of.a_year:
        message = "Of the random faults {fault} costs most: sales lost {lost} {unit} in the {days} days that count, of {n} ({level} interval)."
    level, lost = percent(played.confidence, lang), spread(first.cost["lost_sales"])
    return text(
        message, lang, fault=first.name, lost=lost, unit=unit, n=spread(first.number), level=level, days=of.days
    )


def random_titles(played: Drills, lang: Language = "en") -> tuple[str, str]:
    """The titles of the tables of random faults and of what softens them."""
    of = played.random_faults
    if of is None or of.a_year:
        return text("What random faults cost a year", lang), text(
            "What softens them, by the sales it keeps a year", lang
        )
    return (
        text("What random faults cost in the {days} days that count", lang, days=of.days),
        text("What softens them, by the sales it keeps in the {days} days that count", lang, days=of.days),
    )


def random_headings(played: Drills, lang: Language = "en") -> list[str]:
    """Over the columns of the table of random faults."""
    sums = [heading(cost, played.currency, lang) for cost in _SHOWN]
    each = text("sales lost each ({unit})", lang, unit=unit_name("currency", lang, played.currency))
    return [text("random fault", lang), text("what it is", lang), text("number", lang), *sums, each]


def random_rows(played: Drills, lang: Language = "en") -> list[list[str]]:
    """The table of random faults, the costliest first; empty where none were played."""
    return [
        [
            line.name,
            named(line.kind, lang),
            spread(line.number),
            *(spread(line.cost[cost]) for cost in _SHOWN),
            spread(line.each["lost_sales"]) if line.each else text("none happened", lang),
        ]
        for line in (played.random_faults.faults if played.random_faults else ())
    ]


def random_softeners(played: Drills, lang: Language = "en") -> list[list[str]]:
    """The table of what softens random faults, the one worth most first."""
    return [
        [named(each.name, lang), *(spread(each.worth[cost]) for cost in SUMS)]
        for each in (played.random_faults.mitigations if played.random_faults else ())
    ]


def _drills_finding(played: Drills, lang: Language) -> str:
    unit, first = unit_name("currency", lang, played.currency), played.drills[0]
    message = "{drill} costs most: sales lost {lost} {unit} ({level} interval)."
    level = percent(played.confidence, lang)
    said = [text(message, lang, drill=_opening(first.name, lang), lost=spread(first.cost["lost_sales"]), unit=unit, level=level)]  # fmt: skip
    sure = [(line, each) for line, each in ranked(played) if each.worth["sales"].mean > each.worth["sales"].half_width]
    together = percent(1 - (1 - played.confidence_together) * max(len(ranked(played)), 1), lang)
    if not ranked(played):
        return said[0]
    if not sure:
        message = "No mitigation is sure to keep sales ({level} confidence for all {n} together): more replications would say more."
        return sentences([*said, text(message, lang, level=together, n=len(ranked(played)))], lang)
    line, each = sure[0]
    message = "Of the mitigations sure to keep sales, {what} in {drill} keeps most: {worth} {unit} ({level} confidence for all {n} together)."
    said.append(
        text(message, lang, what=softener(each, lang), drill=named(line.name, lang), worth=spread(each.worth["sales"]), unit=unit,
             level=together, n=len(ranked(played)))
    )  # fmt: skip
    return sentences(said, lang)


def ranked(played: Drills) -> list[tuple[DrillLine, MitigationLine]]:
    """Mitigations of all drills by the sales that they keep, most first."""
    pairs = [(line, each) for line in played.drills for each in line.mitigations]
    return sorted(pairs, key=lambda pair: -pair[1].worth["sales"].mean)


def heading(cost: str, currency: str, lang: Language = "en") -> str:
    """What a column of costs holds, with its unit."""
    unit = unit_name("currency", lang, currency)
    match cost:
        case "lost_sales":
            return text("sales lost ({unit})", lang, unit=unit)
        case "sales":
            return text("change of sales ({unit})", lang, unit=unit)
        case "customers_lost":
            return text("customers lost", lang)
        case _:
            return text("change of mean wait (s)", lang)


def better_heading(cost: str, currency: str, lang: Language = "en") -> str:
    """What a column of worths holds, with its unit."""
    unit = unit_name("currency", lang, currency)
    match cost:
        case "lost_sales":
            return text("sales not lost ({unit})", lang, unit=unit)
        case "sales":
            return text("sales kept ({unit})", lang, unit=unit)
        case "customers_lost":
            return text("customers kept", lang)
        case _:
            return text("shorter mean wait (s)", lang)


def spread(of: Spread) -> str:
    """`−12,345 ± 678`: as many decimals as the size of the interval needs."""
    decimals = 0 if max(abs(of.mean), of.half_width) >= 100 else 1
    mean = round(of.mean, decimals) + 0.0
    return f"{'−' if mean < 0 else ''}{abs(mean):,.{decimals}f} ± {of.half_width:,.{decimals}f}"


def softener(each: MitigationLine, lang: Language = "en") -> str:
    """A mitigation's name; of one that the scenario has, it says so."""
    said = named(each.name, lang)
    return text("{what} (in place)", lang, what=said) if each.have else said


def trigger(line: DrillLine, lang: Language = "en") -> str:
    """When the drill begins, how long it lasts, and what it hits."""
    at = datetime.fromisoformat(line.at)
    place = recorded(named(line.place, lang), lang) if line.place else text("all stores", lang)
    message = "{day}, {time}: {what} at {place}, for {length}"
    values = {"day": day(at.date(), lang), "time": f"{at:%H:%M}", "what": named(line.name, lang), "place": place}
    return text(message, lang, length=_length(line.minutes, lang), **values)


def worths_picture(played: Drills, lang: Language = "en") -> Picture | None:
    """The figure of mitigations by the sales that they keep; None without one."""
    if not ranked(played):
        return None
    shows = text(
        "Sales that each mitigation keeps in its drill, in the scenario's currency, with intervals that hold together. Grey: may be worth nothing.",
        lang,
    )
    return picture("drills", _most_kept(played, lang), shows, lambda: _draw_worths(played, lang), lang)


def _most_kept(played: Drills, lang: Language) -> str:
    """The mitigation that keeps most sales of those sure to keep some."""
    for line, each in ranked(played):
        if (worth := each.worth["sales"]).mean > worth.half_width:
            what, drill = softener(each, lang), named(line.name, lang)
            kept = f"{spread(worth)} {unit_name('currency', lang, played.currency)}"
            return text(
                "Of mitigations sure to keep sales, {what} in {drill} keeps most: {kept}",
                lang,
                what=what,
                drill=drill,
                kept=kept,
            )
    return text("No mitigation is sure to keep sales", lang)


def course_picture(line: DrillLine, lang: Language = "en") -> Picture:
    """The figure of a drill's course: the line minute by minute, or units lost day by day."""
    by = line.course.softened_by
    softened = text(", blue with {what} too", lang, what=named(by, lang)) if by else ""
    drill, without = (number(round(max(values)), lang) for values in (line.course.drill, line.course.without))
    if line.store:
        message = "The line at {store} grows to {drill} customers in the drill, and to {without} without it"
        title = text(message, lang, store=line.store, drill=drill, without=without)
        shows = text(
            "Customers in line, mean over replications: grey without the drill, orange with it{softened}.",
            lang,
            softened=softened,
        )
    else:
        title = text(
            "Up to {drill} units a day are lost in the drill, and {without} without it",
            lang,
            drill=drill,
            without=without,
        )
        shows = text(
            "Units wanted and not sold, mean over replications: grey without the drill, orange with it{softened}.",
            lang,
            softened=softened,
        )
    return picture(f"drill-{line.name.replace('_', '-')}", title, shows, lambda: _draw_course(line, lang), lang)


def _draw_worths(played: Drills, lang: Language) -> Figure:
    rows = ranked(played)
    figure, (axis,) = canvas.drawing(1, 1.0 + 0.34 * len(rows))
    for at, (_, each) in enumerate(rows):
        of = each.worth["sales"]
        colour = GREEN if of.mean > of.half_width else MUTED
        axis.plot([of.mean - of.half_width, of.mean + of.half_width], [at, at], color=colour, linewidth=3)
        axis.plot(of.mean, at, "o", color=colour, markersize=6)
    axis.axvline(0, color=MUTED, linestyle=":", linewidth=1.2)
    labels = [f"{named(each.name, lang)}, {named(line.name, lang)}" for line, each in rows]
    axis.set_yticks(range(len(rows)), [canvas.label(label, label[:8], 40) for label in labels])
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.xaxis.set_major_locator(MaxNLocator(4))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang)))
    axis.set_xlabel(text("sales kept ({unit})", lang, unit=unit_name("currency", lang, played.currency)))
    return figure


def _draw_course(line: DrillLine, lang: Language) -> Figure:
    figure, (axis,) = canvas.drawing(1, 2.7)
    course, at = line.course, datetime.fromisoformat(line.at)
    step = "post" if line.store else "mid"
    for values, colour, width in (
        (course.without, MUTED, 3.0),
        (course.drill, ORANGE, 1.6),
        (course.softened, BLUE, 1.6),
    ):
        if values:
            axis.step(course.at, values, where=step, color=colour, linewidth=width)
    if line.store:
        begins = at.hour * 60 + at.minute
        axis.axvspan(begins, min(begins + line.minutes, course.at[-1]), color=MUTED, alpha=0.12, linewidth=0)
        axis.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 3, 6, 10]))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{int(value) // 60:02d}:{int(value) % 60:02d}"))
        axis.set_ylabel(text("customers in line", lang))
    else:
        first = course.at[0]
        axis.set_xticks(course.at[:: -(-len(course.at) // 6)])
        labels: FuncFormatter = FuncFormatter(lambda value, _: _date(at.date(), int(value) - first, lang))
        axis.xaxis.set_major_formatter(labels)
        axis.set_ylabel(text("units lost a day", lang))
    axis.set_ylim(bottom=0)
    return figure


def _date(first: date, days: int, lang: Language) -> str:
    of = first + timedelta(days=days)
    return f"{of.day} {of:%b}" if lang == "en" else f"{of.month}月{of.day}日"


def _after(line: DrillLine, amount: float, lang: Language) -> str:
    return counted(amount, "minute", lang) if line.store else counted(amount, "day", lang)


def _minutes(minute: float, lang: Language) -> str:
    """`+5 minutes`, `−3 days`."""
    sign, size = "−" if minute < 0 else "+", abs(minute)
    return f"{sign}{_length(size, lang)}"


def _length(minutes: float, lang: Language) -> str:
    if minutes >= _DAY_MINUTES:
        return counted(minutes / _DAY_MINUTES, "day", lang, ",.3g")
    return counted(minutes, "minute", lang)


def _in(step: Step, name: str, lang: Language) -> str:
    """A step's words in a language: the other's where it has none."""
    return (getattr(step, f"{name}_zh") if lang == "zh" else "") or getattr(step, name)


def _opening(name: str, lang: Language) -> str:
    said = named(name, lang)
    return said[:1].upper() + said[1:]
