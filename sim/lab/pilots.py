"""Pilots from Python: which one would see a lift, and what a go-live changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sim.lab.findings import Judged, shown
from sim.lab.plots import Picture
from sim.lab.runs import Run
from sim.planning.pilots.analysing import analyse
from sim.planning.pilots.designing import design
from sim.records.decisions import pilots as records
from sim.report.languages import Language
from sim.report.pages.pilots import analysis as analysis_page
from sim.report.pages.pilots import design as design_page


class PilotDesign(Judged[records.PilotDesign]):
    """Pilots that were tried on a history. `str` of it is the sentence, `record` what `retail-lab pilot design --json` writes."""

    @property
    def table(self) -> pd.DataFrame:
        """A row a pilot: `kind`, `stores`, `weeks`, `base_weeks` before the go-live, `windows` of the history, `power` with its least and most
        favourable window (`power_low`, `power_high`), and `least_lift`, the smallest lift that is seen with 80 % probability (a share)."""
        return pd.DataFrame([each.model_dump() for each in self.record.designs])

    @property
    def chosen(self) -> pd.DataFrame:
        """A row a store that goes live, by its code: `region`, `level` and `trend` in standard deviations over all stores, and its `controls`."""
        rows = pd.DataFrame([each.model_dump() for each in self.record.chosen])
        return rows.set_index("store")

    @property
    def pictures(self) -> list[Picture]:
        """Power by stores and weeks, and the smallest lift that is seen."""
        return [shown(each, self.record.data, self.table) for each in design_page.pictures(self.record)]

    def page(self, out: Path | str, lang: Language = "en") -> Path:
        """Write the page in a language, and return its path."""
        design_page.write_design(self.record, out, lang)
        return Path(out)


class PilotAnalysis(Judged[records.PilotAnalysis]):
    """What a go-live changed. `str` of it is the sentence, `record` what `retail-lab pilot analyse --json` writes."""

    @property
    def table(self) -> pd.DataFrame:
        """A row an outcome and wave (empty for all waves): `lift` with its interval (`low`, `high`; shares), `amount` in the outcome's own unit
        (`amount_low`, `amount_high`), `p`, `least_lift`, `stores`, `controls`, `weeks`, `go_live`."""
        rows = [{"outcome": each.outcome} | line.model_dump() for each in self.record.outcomes for line in each.lines]
        first = ["outcome", "wave", "lift", "low", "high", "p", "least_lift"]
        frame = pd.DataFrame(rows)
        return frame[[*first, *(name for name in frame.columns if name not in first)]]

    @property
    def weeks(self) -> pd.DataFrame:
        """A row an outcome and week from the go-live: `lift` with the range that assignments without one show around it (`low`, `high`), `stores`."""
        rows = [{"outcome": each.outcome} | line.model_dump() for each in self.record.outcomes for line in each.events]
        return pd.DataFrame(rows)

    @property
    def pictures(self) -> list[Picture]:
        """Differences week by week for each outcome, the waves where there are several, and the lifts that other assignments show."""
        return [shown(each, self.record.data, self.weeks) for each in analysis_page.pictures(self.record)]

    def page(self, out: Path | str, lang: Language = "en") -> Path:
        """Write the page in a language, and return its path."""
        analysis_page.write_analysis(self.record, out, lang)
        return Path(out)


def pilot_design(
    source: Run | Path | str,
    lift: float = 0.03,
    *,
    outcome: str = "",
    stores: int | None = None,
    weeks: int | None = None,
    seed: int = 1,
) -> PilotDesign:
    """Try pilots on a history in which nothing went live.

    Args:
        source: a table with a row a store and day or week, or a run of a chain.
        lift: the lift to see, a share; negative for a fall.
        outcome: its name or heading; the first that is found without it.
        stores, weeks: of the pilot that is judged; without them the smallest that suffices is.
        seed: of the assignments that are drawn.

    Raises `Refusal` for what cannot be used.
    """
    return PilotDesign(design(_place(source), lift, outcome, stores, weeks, seed))


def pilot_analyse(
    data: Run | Path | str,
    go_live: Path | str | None = None,
    outcomes: Sequence[str] = (),
    *,
    lift: float = 0.03,
    seed: int = 1,
) -> PilotAnalysis:
    """Analyse the go-lives of a pilot or of a rollout. Needs the extra `planning`.

    Args:
        data: a table with a row a store and day or week.
        go_live: a table of stores and dates, or a plan with waves; the column go_live of the data without it.
        outcomes: names or headings, the first of which is judged; all that are found without them.
        lift: the lift that matters, a share; negative for a fall.
        seed: of the assignments that are drawn.

    Raises `Refusal` for what cannot be used.
    """
    return PilotAnalysis(analyse(_place(data), Path(go_live) if go_live else None, outcomes, lift, seed))


def _place(given: Run | Path | str) -> Path:
    return given.folder if isinstance(given, Run) else Path(given)
