"""Decisions from Python: goals judged, a gate before a go-live, vendors compared, and two load tests side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from sim.cli import against
from sim.cli.commands.planning.gate import judge as judge_gate
from sim.cli.commands.planning.goals import judge as judge_goals
from sim.evidence.importers.foreign import TIMEOUT_S
from sim.lab.findings import Judged, shown
from sim.lab.loads import LoadTest
from sim.lab.plots import Picture
from sim.lab.runs import Run
from sim.planning.vendors import comparing, vendor_file
from sim.records.decisions import gate as gates
from sim.records.decisions import goals as goal_records
from sim.records.decisions.evidence import GRADES
from sim.records.decisions.vendors import Ranking
from sim.records.refusal import Refusal
from sim.records.verdict import Comparison
from sim.report.languages import Language
from sim.report.pages.comparison import difference_picture
from sim.report.pages.goals import intervals_picture
from sim.report.pages.sheet import Picture as SheetPicture
from sim.report.pages.vendors import totals_picture, wins_picture, write_vendors


class Goals(Judged[goal_records.Goals]):
    """Goals as they were judged. `str` of it is the sentence, `record` what `retail-lab goals --json` writes."""

    @property
    def table(self) -> pd.DataFrame:
        """A row a goal, by its name: `state`, `kpi`, `unit`, `scope`, `side`, `limit`, `change`, `estimate` with its interval (`low`, `high`),
        `samples`, `baseline`, `grade`, `owner`, `by`, and `rule`, why it is so. Where `change` is true, figures are shares of the baseline."""
        rows = pd.DataFrame([line.model_dump() for line in self.record.goals]).set_index("name")
        first = ["state", "kpi", "unit", "scope", "side", "limit", "change", "estimate", "low", "high"]
        return rows[[*first, *(name for name in rows.columns if name not in first)]]

    @property
    def picture(self) -> Picture:
        """The interval of each goal beside its limit. Raises `Refusal` where no goal has an interval."""
        drawn = intervals_picture(self.record)
        if drawn is None:
            raise Refusal(self.record.file, "", "a goal with an interval to draw", "none")
        rests = f"figures of {self.record.source}, judged on {self.record.judged_on}"
        return shown(drawn, rests, self.table.dropna(subset=["low", "high"]))


class Gate(Judged[gates.Gate]):
    """A gate as it was judged. `str` of it is the sentence, `record` what `retail-lab gate --json` writes."""

    @property
    def table(self) -> pd.DataFrame:
        """A row a condition, by its name: `state`, what is `needed`, `because`, the file of `evidence`, its `age_days` and its `grade`."""
        rows = pd.DataFrame([each.model_dump() for each in self.record.conditions])
        return rows.set_index("name")[["state", "needed", "because", "evidence", "age_days", "grade"]]

    @property
    def missing(self) -> pd.DataFrame:
        """The conditions of `table` that do not hold or are not known."""
        return self.table.query("state != 'GO'")


class Vendors(Judged[Ranking]):
    """Vendors compared. `str` of it is the sentence, `record` what `retail-lab vendors --json` writes."""

    @property
    def conditions(self) -> list[str]:
        """What would have to be true for each other vendor to win, a sentence each."""
        return list(self.record.conditions)

    @property
    def table(self) -> pd.DataFrame:
        """A row a vendor, the first one leads: `rank`, `score` of 10 and the ends of its range (`low`, `high`), `wins_near` and `wins_any` (shares of
        draws won with weights near the stated ones, and with any), the share of the weight that rests on each grade (`on_measured`, …) and on
        nothing (`on_none`), `cost_low`, `cost_high`, and `lacks`, the must-haves that disqualify it."""
        rows = [
            {
                "vendor": each.vendor,
                "rank": each.rank,
                "score": each.total,
                "low": each.low,
                "high": each.high,
                "wins_near": each.wins_near,
                "wins_any": each.wins_any,
                **{f"on_{grade}": each.by_grade.get(grade, 0.0) for grade in (*GRADES, "none")},
                "cost_low": each.cost.low if each.cost else None,
                "cost_high": each.cost.high if each.cost else None,
                "lacks": ", ".join(each.missing),
            }
            for each in self.record.standings
        ]
        return pd.DataFrame(rows).set_index("vendor").astype({"rank": "Int64"})

    @property
    def scores(self) -> pd.DataFrame:
        """A row a vendor and criterion: `weight` among all, `score` with its range (`low`, `high`), and the evidence: `grade` (None where there is
        none), `source`, `dated`, `age_days`, `note`."""
        weights = {each.name: each for each in self.record.criteria}
        rows = [
            {
                "vendor": each.vendor,
                "dimension": weights[cell.criterion].dimension,
                "weight": weights[cell.criterion].total,
            }
            | cell.model_dump()
            for each in self.record.standings
            for cell in each.cells
        ]
        return pd.DataFrame(rows)

    @property
    def evidence(self) -> pd.DataFrame:
        """A row a figure of a piece of evidence: `vendor`, `source`, `kind`, `grade`, `dated`, `age_days`, the `figure` and its `low`, `estimate`,
        `high` (None stands for no end). A piece that counts for nothing has one row without a figure."""
        rows = [
            {"vendor": each.vendor, **piece.model_dump(exclude={"figures"}), "figure": name, **figure}
            for each in self.record.standings
            for piece in each.pieces
            for name, figure in (
                {name: value.model_dump() for name, value in piece.figures.items()} or {"": {}}
            ).items()
        ]
        order = (
            "vendor",
            "source",
            "kind",
            "grade",
            "dated",
            "age_days",
            "sentence",
            "figure",
            "low",
            "estimate",
            "high",
        )
        return pd.DataFrame(rows, columns=list(order))

    @property
    def missing(self) -> pd.DataFrame:
        """What nothing shows, a row each: `vendor`, `what` (a criterion or a must-have), its `weight` among all (NaN for a must-have)."""
        weights = {each.name: each.total for each in self.record.criteria}
        rows = [
            *(
                {"vendor": each.vendor, "what": name, "weight": float("nan")}
                for each in self.record.standings
                for name in each.not_shown
            ),
            *(
                {"vendor": each.vendor, "what": cell.criterion, "weight": weights[cell.criterion]}
                for each in self.record.standings
                for cell in each.cells
                if cell.grade is None
            ),
        ]
        return pd.DataFrame(rows, columns=["vendor", "what", "weight"])

    @cached_property
    def plot(self) -> VendorPlots:
        """Figures: `found.plot.ranking()` and `wins()`."""
        return VendorPlots(self)

    def page(self, out: Path | str, lang: Language = "en") -> Path:
        """Write the page for a committee in a language, and return its path."""
        write_vendors(self.record, out, lang)
        return Path(out)


class VendorPlots:
    """Figures of a comparison of vendors; `data` of each holds what was drawn."""

    def __init__(self, found: Vendors):
        self._found = found

    def ranking(self) -> Picture:
        """The score of each vendor of 10, by the grade of what it rests on, with its range."""
        return self._picture(totals_picture, list(self._found.table.columns))

    def wins(self) -> Picture:
        """How often each vendor wins when weights and scores vary: near the stated weights, and with any."""
        return self._picture(wins_picture, ["wins_near", "wins_any"])

    def _picture(self, draw: Callable[[Ranking], SheetPicture], columns: list[str]) -> Picture:
        record = self._found.record
        rests = f"evidence as of {record.as_of}{', an example whose figures are made up' if record.example else ''}"
        return shown(draw(record), rests, self._found.table[columns])


class Compared(Judged[Comparison]):
    """A load test A held against another, B. `str` of it is the sentence, `record` what `retail-lab verdict A --against B --json` writes."""

    @property
    def table(self) -> pd.DataFrame:
        """A row a quantity and scope: `a`, `b`, `difference` A − B with its interval (`low`, `high`), `margin`, `decision` and
        `finding`, in `unit`."""
        rows = pd.DataFrame([each.model_dump() for each in self.record.differences])
        first = ["scope", "quantity", "unit", "a", "b", "difference", "low", "high", "margin", "decision", "finding"]
        return rows[[*first, *(name for name in rows.columns if name not in first)]]

    @property
    def picture(self) -> Picture:
        """The differences with their bounds and margins. Raises `Refusal` where nothing was bounded."""
        drawn = difference_picture(self.record)
        if drawn is None:
            raise Refusal("--against", self.record.b.run_id, "a difference with a bound to draw", "none")
        return shown(drawn, f"{self.record.a.run_id} against {self.record.b.run_id}", self.table)


def goals(
    file: Path | str,
    *,
    run: Run | Path | str | None = None,
    table: Path | str | None = None,
    baseline: Run | Path | str | None = None,
    on: date | None = None,
) -> Goals:
    """Judge goals from a run, a sample a replication, or from a table of real figures, a sample a row.

    Args:
        file: the goals, a YAML file.
        run: a run of a chain, or its folder.
        table: a CSV or spreadsheet, instead.
        baseline: a run or a table, for goals of a change against it.
        on: the day on which they are judged; today without it.

    Raises `Refusal` for what cannot be judged.
    """
    given = judge_goals(Path(file), _place(run), _place(table), _place(baseline), on or date.today())
    return Goals(given)


def gate(plan: Path | str, wave: str, evidence: Path | str, *, on: date | None = None, host: str = "") -> Gate:
    """Judge whether a wave of stores may go live, from the records under a folder.

    Args:
        plan: the plan with its waves, a YAML file.
        wave: name of one of them.
        evidence: folder whose records are read, with all folders in it.
        on: the day on which it is judged; today without it.
        host: base URL of the system that goes live, in place of the plan's; nothing is sent to it.

    Raises `Refusal` for a plan that cannot be used, a wave that it does not have, and a folder that is not there.
    """
    return Gate(judge_gate(Path(plan), wave, Path(evidence), on or date.today(), host))


def vendors(file: Path | str) -> Vendors:
    """Compare vendors by graded evidence.

    Args:
        file: the comparison, a YAML file; `example` for the one that ships.

    Raises `Refusal` for evidence that cannot be read, and for a criterion that no vendor is scored for.
    """
    return Vendors(comparing.compare(vendor_file.load(comparing.found(Path(file))), date.today()))


def verdict_against(
    a: LoadTest | Path | str,
    b: LoadTest | Path | str,
    margins: Sequence[str] = (),
    *,
    timeout_s: float = TIMEOUT_S,
    warmup_s: float = 0.0,
) -> Compared:
    """Hold a load test against another: the candidate against the last release, a vendor against a vendor.

    Args:
        a, b: load tests, their folders, or files of other tools.
        margins: by how much A may be worse, besides the default ones, as `["p95=100ms"]`.
        timeout_s, warmup_s: of files of other tools, which do not hold them.

    Raises `Refusal` for a margin or a file that cannot be read.
    """
    one, other = (each.folder if isinstance(each, LoadTest) else Path(each) for each in (a, b))
    return Compared(against.compare(one, other, list(margins), timeout_s, warmup_s))


def _place(given: Run | Path | str | None) -> Path | None:
    return given.folder if isinstance(given, Run) else Path(given) if given is not None else None
