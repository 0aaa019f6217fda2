"""The page of a rollout: one plan, or several beside each other with the best one first in the sentence."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sim.records.rollout.comparison import Rollouts
from sim.records.rollout.outcome import NEVER, DayRange, Overlap
from sim.report.languages import Language, money, named, percent, text
from sim.report.pages.sheet import write_sheet
from sim.report.rollouts.figures import pictures, plans_picture
from sim.report.rollouts.gates import held, limit_of

LIKELY = 0.8
SURE = 0.95
CRITICAL = 12
"""Tasks that the page lists."""


def write_rollouts(found: Rollouts, path: Path | str, lang: Language = "en") -> None:
    """Write the page in a language."""
    several = len(found.plans) > 1
    write_sheet(
        path,
        "rollout.html",
        lang,
        {
            "share": partial(percent, lang=lang),
            "span": partial(days, lang=lang),
            "held": partial(held, lang=lang),
            "limit_of": lambda limit, plan: limit_of(limit, plan.currency, lang),
            "light": light,
            "overlap": partial(overlap, lang=lang),
            "amount_of": lambda value, plan: "–" if value is None else money(value, plan.currency, lang),
            "own": lambda name: named(name, lang) if name == "consent" else name,
        },
        found=found,
        several=several,
        state=_state(found),
        drawn=plans_picture(found, lang) if several else None,
        plans=[(plan, pictures(plan, lang)) for plan in found.plans],
        critical=CRITICAL,
    )


def _state(found: Rollouts) -> str:
    """Class of the finding: of one plan by the chance of its first goal, of several by whether one is best at 95 % confidence."""
    if found.best:
        return "pass" if found.best.confidence >= SURE else "inconclusive"
    alone = found.plans[0].goals if len(found.plans) == 1 else []
    return light(alone[0].chance) if alone else "informs"


def days(of: DayRange, lang: Language = "en") -> str:
    """`2027-09-13 – 2027-10-11`: P50 and P80, once where they are the same."""
    return " – ".join(text("never", lang) if day == NEVER else day for day in dict.fromkeys((of.p50, of.p80)))


def light(chance: float) -> str:
    """Class of a chance: likely, unlikely, or between."""
    return "pass" if chance >= LIKELY else "fail" if chance <= 1 - LIKELY else "inconclusive"


def overlap(each: Overlap, lang: Language = "en") -> str:
    """Which phase begins earlier."""
    return text("every phase", lang) if len(each.phases) > 1 else each.phases[0]
