"""Sentences on intervals over replications: what pairing saved, events that no replication showed, and means that few bursts make."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from sim.evidence.kpi_days import EVENTS, KpiDays
from sim.evidence.run_comparison import Difference
from sim.evidence.statistics.replications import Interval
from sim.report.languages import Language, counted, items, kpi_name, percent, text
from sim.report.several_runs import SeveralRuns

FEW, ENOUGH = 2, 5
"""Bursts below which an interval is named as one that few make, and bursts that would do."""


def of_run(kpis: Mapping[str, KpiDays], lang: Language = "en") -> list[str]:
    """Of the intervals of a run's key figures."""
    return _sentences(
        ((kpi, days.interval(), days.asked if days.still else 0.0) for kpi, days in kpis.items()),
        lang,
    )


def of_comparison(found: Sequence[Difference], lang: Language = "en") -> list[str]:
    """Of the intervals of differences between two runs."""
    return _sentences(((each.kpi, each.difference, each.asked) for each in found), lang)


def of_several(found: SeveralRuns, lang: Language = "en") -> list[str]:
    """Of the intervals of differences between several runs: events that no pair showed, and key figures of which few bursts are known in any."""
    doubtful = (_most_doubtful([row for _, row in found.rows(kpi)]) for kpi in found.shown)
    return _sentences(((each.kpi, each.difference, each.asked) for each in doubtful if each), lang)


def _most_doubtful(found: Sequence[Difference]) -> Difference | None:
    """Of one key figure over several pairs: where none showed an event the difference that can be most, else the one that fewest bursts make."""
    if all(each.asked for each in found):
        return max(found, key=lambda each: each.difference.high)
    return min(
        (each for each in found if not each.asked and each.difference.bursts),
        key=lambda each: each.difference.bursts,
        default=None,
    )


def of_pairing(found: Sequence[Difference], lang: Language = "en") -> str:
    """What common random numbers saved; empty where no key figure shows it."""
    message = "Common random numbers: half of the {kpis} key figures that differ would need {n} replications or more without them, not {played}."
    return _saved(message, found, lang)


def of_pairing_several(found: SeveralRuns, lang: Language = "en") -> str:
    """What common random numbers saved over all pairs; empty where no key figure shows it."""
    message = "Common random numbers: half of the {kpis} differences of key figures would need {n} replications or more without them, not {played}."
    return _saved(message, [each for pair in found.pairs for each in pair.differences.values()], lang)


def _saved(message: str, found: Sequence[Difference], lang: Language) -> str:
    ratios = sorted(each.variance_ratio for each in found if not math.isnan(each.variance_ratio))
    if not ratios:
        return ""
    replications = max(each.difference.observations for each in found)
    needed = f"{round(replications * ratios[len(ratios) // 2]):,}"
    return text(message, lang, kpis=len(ratios), n=needed, played=replications)


def _sentences(found: Iterable[tuple[str, Interval, float]], lang: Language) -> list[str]:
    """Args: `found`, by KPI its interval and, where no event was seen, of how many customers or tickets; else 0."""
    unseen: dict[str, tuple[list[str], float, float]] = {}
    few: list[str] = []
    would_do = 0
    for kpi, interval, asked in found:
        if not interval.low < interval.high:
            continue
        if asked:
            noun = EVENTS[kpi].removesuffix("s")
            unseen.setdefault(noun, ([], asked, interval.high))[0].append(kpi)
        elif 0 < interval.bursts < FEW:
            few.append(kpi)
            would_do = max(would_do, math.ceil(interval.observations * ENOUGH / max(interval.bursts, 1.0)))
    said = [
        text(
            "Nothing seen in {asked} of: {kpis}; at most {most} (95 %).",
            lang,
            asked=counted(round(asked), noun, lang),
            kpis=items([kpi_name(kpi, lang) for kpi in kpis], lang, most=len(kpis)),
            most=percent(most, lang),
        )
        for noun, (kpis, asked, most) in unseen.items()
    ]
    if few:
        said.append(
            text(
                "Few replications: one or two bursts make most of what is known of {kpis}; {replications} would do.",
                lang,
                kpis=items([kpi_name(kpi, lang) for kpi in few], lang, most=len(few)),
                replications=counted(would_do, "replication", lang),
            )
        )
    return said
