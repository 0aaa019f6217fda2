"""Studies from Python: played, or read from their folders; their table, key figures, differences and figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sim.evidence.kpi_days import DAY_COUNTERS, KpiDays, with_days
from sim.evidence.run_comparison import differences, same_customers
from sim.lab.plots import Picture
from sim.lab.runs import Overrides, texts
from sim.planning.studies.plans import folder_of, plan
from sim.planning.studies.playing import DAYS, RECORD, TABLE, play
from sim.planning.studies.study_file import is_study, of_flags, read_study
from sim.records.atomic_files import read_parquet
from sim.records.decisions.study import KpiLine
from sim.records.decisions.study import Study as StudyRecord
from sim.records.refusal import Refusal
from sim.report import canvas
from sim.report.figures import Figure
from sim.report.languages import Language
from sim.report.pages import sheet
from sim.report.pages.studies.figures import effects_picture, points_picture, warmup_picture
from sim.report.pages.studies.findings import findings
from sim.report.pages.studies.page import write_study
from sim.report.pages.studies.wording import point_name
from sim.study.cost import estimate, refuse_excess, together
from sim.study.workers import workers

_KEYS = ("replication", "kpi", "value", "unit", "better")


class Study:
    """Scenarios at levels of factors, as they were played, read from the study's folder. `repr` in a notebook is its key figures.

    Attributes: `folder`; `record`, what `study.json` holds: the design, points, effects, indices, targets.
    """

    def __init__(self, folder: Path | str):
        """folder: as `Study.play` or `retail-lab study` left it. Raises `Refusal` where no finished study is in it."""
        self.folder = Path(folder)
        if not (self.folder / RECORD).is_file():
            raise Refusal(folder, "", f"the folder of a study that was finished, with {RECORD} in it", "none")
        self.record = StudyRecord.read(self.folder / RECORD)

    @classmethod
    def load(cls, folder: Path | str) -> Study:
        """A finished study, from its folder."""
        return cls(folder)

    @classmethod
    def play(
        cls,
        what: Path | str | Sequence[Path | str],
        overrides: Overrides = (),
        *,
        factors: Mapping[str, Any] | None = None,
        design: str | None = None,
        points: int | None = None,
        replications: int | None = None,
        half_width: Mapping[str, float | str] | None = None,
        select: Mapping[str, float] | None = None,
        procedure: str | None = None,
        independent: bool = False,
        at_most: int | None = None,
        warmup: bool = False,
        kpis: Sequence[str] = (),
        name: str | None = None,
        jobs: int = 1,
        cluster: str | None = None,
        out: Path | str = "runs",
        yes: bool = False,
        allow_code: bool = False,
    ) -> Study:
        """Play a study and return it. What an interrupted call played is kept, and the same call goes on from it.

        Args:
            what: the file of a study, or a scenario or several, files or names; the first is compared with.
            overrides: of all scenarios, as of `load`.
            factors: by path, a list of levels or `{"low": 3, "high": 8}`: `{"stores.SH01.tills": [4, 6, 8]}`.
            design: `full`, `one_at_a_time`, `latin_hypercube` or `sobol`.
            points: of a Latin hypercube; rows of the matrices of `sobol`, a power of two.
            replications: of each point, 10 without it; with `half_width` or `select` of the first round.
            half_width: by KPI, in its unit or as `"5%"` of its mean, to be reached at every point.
            select: a KPI with the smallest difference worth finding: the best point is selected by it.
            procedure: of `select`: `kn`, `knpp`, `rinott` or `subset` (docs/studies.md).
            independent: of `select`: whether each point has random numbers of its own, as `rinott` needs.
            at_most: replications at which it ends in any case.
            warmup: show the first point day by day, and how many days it takes to settle.
            kpis: shown, in place of eight; the table has all.
            name: of its folder.
            jobs, cluster, out, yes, allow_code: as of `run`.

        Raises `Refusal` for what cannot be used, before anything is played.
        """
        several = [Path(each) for each in ([what] if isinstance(what, Path | str) else what)]
        fields = {
            "name": name,
            "factors": factors and dict(factors),
            "design": design,
            "points": points,
            "replications": replications,
            "half_width": half_width and dict(half_width),
            "select": select and dict(select),
            "procedure": procedure,
            "independent": independent,
            "at_most": at_most,
            "warmup": warmup,
            "kpis": list(kpis),
        }
        given = {field: value for field, value in fields.items() if value}
        if len(several) == 1 and is_study(several[0]):
            file = read_study(several[0], given)
        else:
            file = of_flags(
                {"name": several[0].stem if several else "study", "scenarios": [str(path) for path in several]} | given
            )
        planned = plan(file, texts(overrides), allow_code=allow_code)
        with workers(jobs, cluster) as those:
            costs = [estimate(scenario, replications=file.most, jobs=those) for scenario, _ in planned.points]
            refuse_excess(together(costs), Path(out), file.name, yes=yes)
            play(planned, out, jobs=those)
        return cls(folder_of(file, out))

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a point, replication and KPI: `point`, `scenario`, a column a factor, `replication`, `kpi`, `value`, `unit`, `better`."""
        found = read_parquet(self.folder / TABLE, "the table of a study")
        wanted = ("point", "scenario", *(line.path for line in self.record.factors), *_KEYS)
        if missing := [name for name in wanted if name not in found.column_names]:
            raise Refusal(self.folder / TABLE, missing[0], "a column of a study's table", "none")
        return found.to_pandas()

    @property
    def points(self) -> pd.DataFrame:
        """A row a point: `scenario` and a column a factor."""
        names = ["scenario", *(line.path for line in self.record.factors)]
        return self.table.drop_duplicates("point").set_index("point")[names]

    @cached_property
    def _daily(self) -> pd.DataFrame:
        found = read_parquet(self.folder / DAYS, "the days of a study")
        if missing := [
            name for name in ("point", "replication", "day", *DAY_COUNTERS) if name not in found.column_names
        ]:
            raise Refusal(self.folder / DAYS, missing[0], "a column of a study's days", "none")
        return found.to_pandas()

    @cached_property
    def _days(self) -> list[dict[str, KpiDays]]:
        """Of each point its KPIs by name."""
        daily = dict(iter(self._daily.groupby("point")))
        return [
            with_days(self._rows(at), daily[at], point.wait_target_s) for at, point in enumerate(self.record.points)
        ]

    def _rows(self, at: int) -> pd.DataFrame:
        return self.table.loc[self.table["point"] == at, list(_KEYS)]

    @property
    def kpis(self) -> pd.DataFrame:
        """A row a point and KPI: the point's columns, `mean` over replications, `low` and `high`, the ends of its 95 % interval, `unit`,
        `better`."""
        rows = [
            {"point": at, "kpi": kpi, "mean": found.mean, "low": found.low, "high": found.high}
            | {"unit": of.unit, "better": of.better}
            for at, point in enumerate(self._days)
            for kpi, of in point.items()
            for found in [of.interval()]
        ]
        return self.points.merge(pd.DataFrame(rows), left_index=True, right_on="point").reset_index(drop=True)

    @property
    def effects(self) -> pd.DataFrame:
        """A row a scenario, KPI, factor and level: `change` against the factor's first level, the ends `low` and `high` of its
        interval, and `finding`."""
        return pd.DataFrame(
            [
                {"scenario": line.scenario, "kpi": line.kpi, "factor": line.factor, "level": line.level}
                | {
                    "change": line.change.mean,
                    "low": line.change.low,
                    "high": line.change.high,
                    "finding": line.change.finding,
                }
                for line in self.record.effects
            ]
        )

    @property
    def indices(self) -> pd.DataFrame:
        """A row a scenario, KPI and factor: Sobol' indices `first` and `total` with their 95 % intervals; empty for another design."""
        return pd.DataFrame([line.model_dump() for line in self.record.indices])

    def compare(self, baseline: int | Mapping[str, Any] | str = 0, level: float = 0.95) -> pd.DataFrame:
        """Every point less a baseline, replication by replication: a row a point and KPI.

        Args:
            baseline: a point by its number, by its levels (`{"stores.SH01.tills": 4}`), or, of scenarios, by its name.
            level: confidence of each interval on its own.

        Columns: the point's; `kpi`, `unit`; `difference`, its ends `low` and `high`; `finding`, as of `lab.compare`. Raises
        `Refusal` where not exactly one point is meant.
        """
        of, points = self._point(baseline), self.points
        first = self._rows(of)
        rows = [
            {"point": at, "kpi": line.kpi, "unit": line.unit, "difference": line.difference.mean}
            | {"low": line.difference.low, "high": line.difference.high, "finding": line.finding}
            for at, each in enumerate(self._days)
            if at != of
            for line in differences(self._days[of], each, level, same_customers(first, self._rows(at)))
        ]
        return points.merge(pd.DataFrame(rows), left_index=True, right_on="point").reset_index(drop=True)

    @property
    def findings(self) -> list[str]:
        """What it shows, a sentence each."""
        return findings(self.record)

    @cached_property
    def plot(self) -> StudyPlots:
        """Figures: `study.plot.points("mean_wait_s")`, `study.plot.effects("mean_wait_s")`."""
        return StudyPlots(self)

    def page(self, out: Path | str, lang: Language = "en") -> Path:
        """Write its page and return its path."""
        write_study(self.record, out, lang)
        return Path(out)

    def _point(self, baseline: int | Mapping[str, Any] | str) -> int:
        if isinstance(baseline, int):
            found = [baseline] if 0 <= baseline < len(self.record.points) else []
        elif isinstance(baseline, str):
            found = [at for at, point in enumerate(self.record.points) if point.scenario == baseline]
        else:
            asked = baseline.items()
            found = [at for at, point in enumerate(self.record.points) if asked <= point.levels.items()]
        if len(found) != 1:
            raise Refusal(self.folder, "baseline", "one point of the study", f"{len(found)} with {baseline!r}")
        return found[0]

    def __repr__(self) -> str:
        return f"<Study {self.record.name}: {len(self.record.points)} points, {self.folder}>"

    def _repr_html_(self) -> str:
        wide = self.kpis[self.kpis["kpi"].isin([kpi.name for kpi in self.record.kpis])]
        names = [point_name(self.record, at) for at in range(len(self.record.points))]
        table = wide.pivot_table(index="point", columns="kpi", values="mean", sort=False)
        return table.set_axis([names[at] for at in table.index]).to_html(float_format="{:,.4g}".format)


class StudyPlots:
    """Figures of a study; `data` of each holds what was drawn."""

    def __init__(self, study: Study):
        self._study = study

    def points(self, kpi: str) -> Picture:
        """The mean of a KPI at every point, with its interval."""
        data = self._study.kpis
        return self._picture(kpi, points_picture, data[data["kpi"] == kpi], "2 to 40 points to draw")

    def effects(self, kpi: str) -> Picture:
        """What each factor changes in a KPI, the largest first (a tornado); for Sobol' indices their shares of its variance."""
        data = self._study.indices if self._study.record.indices else self._study.effects
        data = data[data["kpi"] == kpi] if len(data) else data
        return self._picture(kpi, effects_picture, data, "factors to draw")

    def warmup(self, kpi: str) -> Picture:
        """A KPI day by day at the first point with Welch's moving average, and the days that MSER leaves out."""
        line = next((each for each in self._study.record.warmup if each.kpi == kpi), None)
        data = pd.DataFrame({"mean": line.mean, "smoothed": line.smoothed} if line else {})
        return self._picture(kpi, warmup_picture, data, "a study with warmup to draw")

    def _picture(
        self,
        kpi: str,
        draw: Callable[[StudyRecord, KpiLine], sheet.Picture | None],
        data: pd.DataFrame,
        expected: str,
    ) -> Picture:
        record = self._study.record
        line = next((each for each in record.kpis if each.name == kpi), None)
        if line is None:
            shown = ", ".join(each.name for each in record.kpis)
            raise Refusal(self._study.folder / RECORD, "kpi", f"one that the study shows: {shown}", kpi)
        with canvas.style():
            drawn = draw(record, line)
        if drawn is None:
            raise Refusal(self._study.folder, "", expected, "none")
        of = record.selection
        seeds = "with random numbers of their own" if of and of.independent else "with the same seeds"
        rests_on = f"{'up to ' if of else ''}{record.replications} replications {seeds}, simulated"
        return Picture(Figure(drawn.key, drawn.title, drawn.shows, rests_on, drawn.svg, drawn.png, data, drawn.drawing))
