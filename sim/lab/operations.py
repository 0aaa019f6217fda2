"""What those who run stores and systems ask, from Python: quarterly health, drills, and processes as they are and are to be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

import pandas as pd

from sim.cli.commands.planning.process import asked
from sim.lab.findings import Finding, Judged, shown
from sim.lab.loads import LoadTest
from sim.lab.plots import Picture
from sim.lab.runs import Overrides, Run, run, texts
from sim.planning.drills import playing
from sim.planning.health import judging
from sim.planning.processes import comparing
from sim.planning.processes.process_file import pair
from sim.records.decisions import drills as drill_records
from sim.records.decisions import health as health_records
from sim.records.decisions.process import ProcessComparison
from sim.records.refusal import Refusal
from sim.report.languages import Language
from sim.report.pages.operations.drills import course_picture, finding, ranked, worths_picture, write_drills
from sim.report.pages.operations.health import measure_picture, write_health
from sim.report.pages.process import pictures, write_process
from sim.study.cost import Cost, refuse_excess
from sim.study.workers import workers

Source = Run | LoadTest | Path | str


class Health(Judged[health_records.Health]):
    """Quarterly health as it was judged. `str` of it is the sentence, `record` what `retail-lab health --json` writes."""

    @property
    def table(self) -> pd.DataFrame:
        """A row a measure and quarter: `estimate` with its interval (`low`, `high`), against the year before `change` with its own, `limit`,
        `state`, `rule`, `samples`, `grade`, `how` the interval was made, `source`."""
        rows = [
            {"measure": line.name, "unit": line.unit} | each.model_dump()
            for line in self.record.measures
            for each in line.quarters
        ]
        columns = ["measure", "unit", *health_records.QuarterLine.model_fields]
        return pd.DataFrame(rows, columns=columns).set_index(["measure", "quarter"])

    @property
    def latest(self) -> pd.DataFrame:
        """A row a measure, by its name: its `state` in the latest quarter and the `rule` behind it, and of its trend the `slope` in its unit a
        quarter with its interval (`low`, `high`) and its `direction`."""
        rows = [
            {"measure": line.name, "unit": line.unit, "state": line.state, "rule": line.rule}
            | line.trend.model_dump(include={"slope", "low", "high", "direction"})
            for line in self.record.measures
        ]
        return pd.DataFrame(rows).set_index("measure")

    @cached_property
    def plot(self) -> HealthPlots:
        """Figures: `judged.plot.mean_response()`, `errors_per_10000()`, `satisfaction()`, `stock_discrepancy()`."""
        return HealthPlots(self)

    def page(self, out: Path | str, lang: Language = "en") -> Path:
        """Write the page in a language, and return its path."""
        write_health(self.record, out, lang)
        return Path(out)


class HealthPlots:
    """A figure a measure: its quarters with their intervals, limits and trend; `data` of each holds what was drawn."""

    def __init__(self, judged: Health):
        self._judged = judged

    def mean_response(self) -> Picture:
        """Mean response, s. Raises `Refusal` where no source has it."""
        return self._picture("mean_response")

    def errors_per_10000(self) -> Picture:
        """Errors per 10,000 requests. Raises `Refusal` where no source has them."""
        return self._picture("errors_per_10000")

    def satisfaction(self) -> Picture:
        """Satisfaction, points of 5. Raises `Refusal` where no source has it."""
        return self._picture("satisfaction")

    def stock_discrepancy(self) -> Picture:
        """Stock discrepancy, a share. Raises `Refusal` where no source has it."""
        return self._picture("stock_discrepancy")

    def _picture(self, name: str) -> Picture:
        record = self._judged.record
        line = next((each for each in record.measures if each.name == name and each.quarters), None)
        if line is None:
            raise Refusal(record.sources[0], "", f"figures of {name}", "none")
        grades = ", ".join(dict.fromkeys(each.grade for each in line.quarters))
        return shown(
            measure_picture(line, record), f"figures that are {grades}", pd.DataFrame(self._judged.table.loc[[name]])
        )


class Drills(Finding):
    """Drills as they were played. `str` of it is the finding, `record` what `retail-lab drill --json` writes."""

    def __init__(self, record: drill_records.Drills):
        """record: what the command writes with `--json`."""
        self.record = record

    @property
    def sentence(self) -> str:
        """The costliest drill, and the mitigation worth most, each with its interval."""
        return finding(self.record)

    @property
    def left_out(self) -> list[str]:
        """Drills that the scenario cannot be put through, and why."""
        return list(self.record.left_out)

    @property
    def table(self) -> pd.DataFrame:
        """A row a drill, the costliest first: `at` which instant, for how many `minutes`, at which `place`, and what it costs: `lost_sales` and
        `sales` in the scenario's currency, `customers_lost`, `wait_s`, each with the half-width of its interval (`lost_sales_half_width`, …)."""
        rows = [
            {"drill": line.name, "at": line.at, "minutes": line.minutes, "place": line.place} | _spreads(line.cost)
            for line in self.record.drills
        ]
        return pd.DataFrame(rows, columns=["drill", "at", "minutes", "place", *_COLUMNS]).set_index("drill")

    @property
    def worths(self) -> pd.DataFrame:
        """A row a mitigation, that which keeps most sales first: its `drill`, whether the scenario has it (`have`), and what it changes for the
        better, with half-widths that hold for all mitigations together; columns as of `table`."""
        rows = [
            {"drill": line.name, "mitigation": each.name, "have": each.have} | _spreads(each.worth)
            for line, each in ranked(self.record)
        ]
        return pd.DataFrame(rows, columns=["drill", "mitigation", "have", *_COLUMNS])

    @property
    def steps(self) -> pd.DataFrame:
        """A row a step of a drill: the `minute` from its trigger, the `role` and what it does (`step`; `step_zh` in Chinese)."""
        rows = [{"drill": line.name} | each.model_dump() for line in self.record.drills for each in line.steps]
        return pd.DataFrame(rows, columns=["drill", *drill_records.Step.model_fields])

    @cached_property
    def plot(self) -> DrillPlots:
        """Figures: `played.plot.worths()` and `course("power_cut")`."""
        return DrillPlots(self)

    def page(self, out: Path | str, lang: Language = "en") -> Path:
        """Write the page with a card a drill in a language, and return its path."""
        write_drills(self.record, out, lang)
        return Path(out)


class DrillPlots:
    """Figures of drills; `data` of each holds what was drawn."""

    def __init__(self, played: Drills):
        self._played = played

    def worths(self) -> Picture:
        """Sales that each mitigation keeps. Raises `Refusal` where there is none."""
        drawn = worths_picture(self._played.record)
        if drawn is None:
            raise Refusal("--drills", self._played.record.scenario, "a drill with a mitigation", "none")
        return shown(drawn, self._rests(), self._played.worths)

    def course(self, drill: str) -> Picture:
        """The line minute by minute, or units lost day by day, of a drill by its name. Raises `Refusal` for one that was not played."""
        held = {line.name: line for line in self._played.record.drills}
        if drill not in held:
            raise Refusal("--drills", "", f"one of {', '.join(held)}", drill)
        course = held[drill].course
        columns = {"at": course.at, "without": course.without, "drill": course.drill}
        softened = {"softened": course.softened} if course.softened else {}
        return shown(course_picture(held[drill]), self._rests(), pd.DataFrame(columns | softened))

    def _rests(self) -> str:
        record = self._played.record
        return f"{record.replications} replications of {record.scenario} with the same customers"


class Processes(Judged[ProcessComparison]):
    """Two processes as they were played. `str` of it is the sentence, `record` what `retail-lab process --json` writes."""

    @property
    def table(self) -> pd.DataFrame:
        """A row a key figure, by its name: under both (`as_is`, `to_be`), the difference `changed_by` with its interval, its share `change` with its
        (`least_change`, `most_change`), and `state` where it is judged."""
        return pd.DataFrame([each.model_dump() for each in self.record.lines]).set_index("kpi")

    @property
    def parts(self) -> pd.DataFrame:
        """A row a part of a process: mean and standard deviation of its time under both, s."""
        return pd.DataFrame([each.model_dump() for each in self.record.parts])

    @property
    def picture(self) -> Picture:
        """How long passes of the first process take under both, s."""
        times = self.record.passes[0]
        rests = f"{self.record.replications} replications of {self.record.scenario} with the same customers"
        data = pd.DataFrame({"as_is_s": times.as_is_s, "to_be_s": times.to_be_s})
        return shown(pictures(self.record)[0], rests, data)

    def page(self, out: Path | str, lang: Language = "en") -> Path:
        """Write the page in a language, and return its path."""
        write_process(self.record, out, lang)
        return Path(out)


def health(sources: Source | Sequence[Source], *, targets: Path | str | None = None, on: date | None = None) -> Health:
    """Judge mean response, errors, satisfaction and stock discrepancy, quarter by quarter.

    Args:
        sources: runs of a chain, load tests, or their folders; tables of what was measured or surveyed; other tools' load tests.
        targets: a YAML file; without it 2 s, −30 % on the year before, 4.5 of 5, 0.5 %.
        on: the day on which it is judged; real figures after it do not count. Today without it.

    Raises `Refusal` for a source that cannot be read.
    """
    given = [sources] if isinstance(sources, Run | LoadTest | Path | str) else sources
    places = [each.folder if isinstance(each, Run | LoadTest) else Path(each) for each in given]
    return Health(judging.judge(places, Path(targets) if targets else None, on or date.today()))


def drill(
    scenario: Path | str,
    drills: Collection[str] = (),
    overrides: Overrides = (),
    *,
    replications: int = 10,
    steps: Path | str | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    out: Path | str = "runs",
    yes: bool = False,
    allow_code: bool = False,
) -> Drills:
    """Play drills over a scenario: what each costs, and what each mitigation is worth.

    Args:
        scenario, overrides, allow_code: as of `load`, but a file or the name of a shipped scenario.
        drills: their names; all that the scenario can be put through without any.
        replications: of each drill and mitigation, at least 2.
        steps: a table of who does what, with columns drill, minute, role and step.
        jobs, cluster, yes: as of `run`.
        out: folder in which results are kept; an interrupted call goes on from there.

    Raises `Refusal`.
    """

    def afford(cost: Cost, _: Path) -> None:
        refuse_excess(cost, Path(out), scenario, yes=yes)

    table = Path(steps) if steps else None
    names, changes = list(drills), texts(overrides)
    with workers(jobs, cluster) as those:
        return Drills(
            playing.drilled(
                Path(scenario),
                names,
                changes,
                replications,
                table,
                Path(out),
                afford,
                jobs=those,
                allow_code=allow_code,
            )
        )


def process(
    as_is: Path | str,
    to_be: Path | str | None = None,
    scenario: Path | str = "pilot",
    overrides: Overrides = (),
    *,
    of: Literal["till", "back_office"] = "till",
    dates: str = "",
    change: str = "-30%",
    replications: int = 10,
    jobs: int = 1,
    cluster: str | None = None,
    out: Path | str = "runs",
    yes: bool = False,
) -> Processes:
    """Play a process of the till or the back office as it is and as it is to be, with the same customers.

    Args:
        as_is, to_be: YAML, BPMN 2.0 XML, or an event log; `example` alone for the two that ship.
        scenario, overrides: as of `load`, but a file or the name of a shipped scenario.
        of: which process a BPMN file or an event log is.
        dates: order of day and month in a log: dmy, mdy or ymd; by its rows without it.
        change: change that is asked for, as a text.
        replications, jobs, cluster, out, yes: as of `run`.

    Raises `Refusal`.
    """
    limit = asked(change)
    before, after = pair(Path(as_is), Path(to_be) if to_be else None, of, dates)

    def played(flags: list[str]) -> Path:
        return run(scenario, flags, replications=replications, jobs=jobs, cluster=cluster, out=out, yes=yes).folder

    return Processes(comparing.compare(before, after, Path(scenario), texts(overrides), limit, played))


_COLUMNS = [name for cost in drill_records.COSTS for name in (cost, f"{cost}_half_width")]


def _spreads(of: dict[str, drill_records.Spread]) -> dict[str, float]:
    values = [value for cost in drill_records.COSTS for value in (of[cost].mean, of[cost].half_width)]
    return dict(zip(_COLUMNS, values, strict=True))
