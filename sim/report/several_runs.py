"""More than two runs of a chain, read from their folders, with the differences between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sim.evidence.kpi_days import KpiDays
from sim.evidence.run_comparison import Difference, refuse_unpaired
from sim.evidence.several_runs import PairOfRuns, level_of_each, pairs_of
from sim.evidence.statistics.replications import Interval
from sim.records.outcome import outcome_folder, read_kpis
from sim.records.refusal import Refusal
from sim.report import summaries
from sim.report.languages import Language, items, recorded, text
from sim.report.runs import ChainRun, read
from sim.report.units import reading

_ALIKE = {"equal", "no difference seen", "nothing seen"}


@dataclass(frozen=True)
class SeveralRuns:
    """Runs whose replications pair, the first of them the baseline, and their differences."""

    runs: tuple[ChainRun, ...]
    names: tuple[str, ...]
    """Of their scenarios, or of their folders where two scenarios have one name, or else their paths."""
    pairs: tuple[PairOfRuns, ...]
    level: float
    """Confidence with which all intervals of one key figure hold."""
    key_figures: tuple[Mapping[str, KpiDays], ...]
    """Of each run by name, with their days."""

    @property
    def level_of_each(self) -> float:
        """Confidence of each interval."""
        return level_of_each(self.level, len(self.pairs))

    @property
    def replications(self) -> int:
        """Of each run."""
        return self.runs[0].manifest.replications

    @property
    def currency(self) -> str:
        """Of the first run."""
        return str(self.runs[0].scenario["currency"])

    @property
    def same_traffic(self) -> bool:
        """Whether both runs of every pair drew the same traffic."""
        return all(each.same_traffic for pair in self.pairs for each in pair.differences.values())

    @cached_property
    def means(self) -> tuple[Mapping[str, Interval], ...]:
        """Of each run the means of its key figures, each with its 95 % interval."""
        return tuple({kpi: days.interval() for kpi, days in of.items()} for of in self.key_figures)

    @cached_property
    def shown(self) -> dict[str, Difference]:
        """The key figures of which any pair has a difference, each with the first of them."""
        found: dict[str, Difference] = {}
        for pair in self.pairs:
            for kpi, difference in pair.differences.items():
                found.setdefault(kpi, difference)
        return found

    @property
    def changed(self) -> list[str]:
        """The key figures in which a pair differs in any replication."""
        return [
            kpi
            for kpi in self.shown
            if any(not math.isnan(row.difference.mean) and row.finding not in _ALIKE for _, row in self.rows(kpi))
        ]

    @property
    def unchanged(self) -> list[str]:
        """The key figures in which no pair differs in any replication."""
        return [kpi for kpi in self.shown if all(row.finding in _ALIKE for _, row in self.rows(kpi))]

    def rows(self, kpi: str) -> list[tuple[PairOfRuns, Difference]]:
        """The pairs that have a key figure, with its difference in each."""
        return [(pair, pair.differences[kpi]) for pair in self.pairs if kpi in pair.differences]

    def reading(self, kpi: str) -> tuple[float, str]:
        """Factor and unit in which a key figure is read of all runs alike."""
        means = [abs(of[kpi].mean) for of in self.means if kpi in of]
        largest = max((mean for mean in means if not math.isnan(mean)), default=math.nan)
        return reading(self.shown[kpi].unit, largest)

    def title(self, lang: Language) -> str:
        """`B and C against A`."""
        names = [recorded(name, lang) for name in self.names]
        if len(self.pairs) < len(names):
            return text("{a} against {b}", lang, a=items(names[1:], lang), b=names[0])
        return text("{runs}: all pairs", lang, runs=items(names, lang))

    def pair_name(self, pair: PairOfRuns, lang: Language) -> str:
        """`B − A`."""
        return f"{recorded(self.names[pair.b], lang)} − {recorded(self.names[pair.a], lang)}"


def are_several(folders: Sequence[Path | str]) -> bool:
    """Whether these are more than two runs of a chain, without a load test, so that `read_several` takes them."""
    return len(folders) > 2 and all(outcome_folder(folder).is_dir() for folder in folders)


def read_several(folders: Sequence[Path | str], level: float = 0.95, *, all_pairs: bool = False) -> SeveralRuns:
    """Read run folders of a chain and their differences: each less the first, or with `all_pairs` each less each before it.

    All intervals of one key figure hold together with the confidence `level` (`sim.evidence.several_runs`).

    Raises `Refusal` for a folder that stands twice or holds no run of a chain, and for one whose replications do not pair with the first's.
    """
    paths = [Path(folder) for folder in folders]
    seen = set()
    for path in paths:
        if path.resolve() in seen:
            raise Refusal(path, "", "each run once, where more than two are compared", "it twice")
        seen.add(path.resolve())
    tables = [read_kpis(path) for path in paths]
    for table in tables[1:]:
        refuse_unpaired(tables[0], table)
    runs = [_chain(path) for path in paths]
    kpis = [summaries.by_kpi(run) for run in runs]
    pairs = pairs_of(kpis, [run.daily for run in runs], level, all_pairs=all_pairs)
    return SeveralRuns(tuple(runs), _names(paths, runs), pairs, level, tuple(kpis))


def _chain(folder: Path) -> ChainRun:
    found = read([folder]).chain
    assert found is not None, "its key figures were read"
    return found


def _names(paths: Sequence[Path], runs: Sequence[ChainRun]) -> tuple[str, ...]:
    by = ([run.name for run in runs], [path.name for path in paths], [str(path) for path in paths])
    return tuple(next(names for names in by if len(set(names)) == len(names)))
