"""Lifts and outcomes as pages of pilots write them."""

from __future__ import annotations

from sim.records.decisions.pilots import TITLES
from sim.report.languages import Language, percent, recorded, text


def outcome_of(name: str, lang: Language) -> str:
    """An outcome's name in a sentence."""
    return recorded(TITLES[name], lang) if name in TITLES else name


def lift_of(share: float | None, lang: Language) -> str:
    """`+3.2 %`; `unbounded` without one."""
    if share is None:
        return text("unbounded", lang)
    rounded = round(float(f"{share:.3g}"), 4)
    return f"{'−' if rounded < 0 else '+' if rounded else ''}{percent(abs(rounded), lang)}"


def least_of(share: float | None, lang: Language) -> str:
    """The smallest lift that is seen, or that none is."""
    return text("none, however large", lang) if share is None else lift_of(share, lang)
