"""Rollouts from Python: plans sampled and compared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from sim.lab.findings import Judged, shown
from sim.lab.plots import Picture
from sim.planning.rollout import comparing
from sim.planning.rollout.kpi_gates.played import KpiTable, cost_of, gated, play_all
from sim.planning.rollout.plan_files.imported import Three
from sim.records.refusal import Refusal
from sim.records.rollout import comparison
from sim.records.rollout.outcome import PhaseSpan, PlanOutcome, TaskSpan
from sim.report.languages import Language
from sim.report.rollouts.figures import pictures, plans_picture
from sim.report.rollouts.page import write_rollouts
from sim.study.cost import refuse_excess
from sim.study.workers import workers


class Rollouts(Judged[comparison.Rollouts]):
    """Plans as they were sampled. `str` of it is the sentence, `record` what `retail-lab rollout --json` writes."""

    @property
    def conditions(self) -> list[str]:
        """Of each plan under which the common goal is not likely, the overlap of phases that would make it so."""
        return list(self.record.conditions)

    @property
    def table(self) -> pd.DataFrame:
        """A row a plan: `goal`, its first, with its `chance` and the interval's ends (`low`, `high`; of sampling alone), the P50 and P80 days of its
        end (`ends_p50`, …) and of the last store's go-live (`live_p50`, …), costs (`cost_p50`, …), and `joint`, the share of samples that keep the
        P80 day and the P80 cost."""
        rows = [
            {
                "plan": each.plan,
                "goal": each.goals[0].name if each.goals else None,
                **{name: getattr(each.goals[0], name) if each.goals else None for name in ("chance", "low", "high")},
                **{f"{what}_{p}": getattr(of, p) for what, of in (("ends", each.ends), ("live", each.all_live),
                                                                 ("cost", each.cost)) for p in ("p50", "p80")},
                "joint": each.joint,
            }
            for each in self.record.plans
        ]  # fmt: skip
        return _dated(pd.DataFrame(rows).set_index("plan"), "ends_p50", "ends_p80", "live_p50", "live_p80")

    @property
    def goals(self) -> pd.DataFrame:
        """A row a plan and goal: `by` which day, `chance` with its interval (`low`, `high`)."""
        rows = [{"plan": plan.plan} | goal.model_dump() for plan in self.record.plans for goal in plan.goals]
        columns = ["plan", "name", "by", "chance", "low", "high", "phases_done", "stores_live", "cost_at_most"]
        return _dated(pd.DataFrame(rows, columns=columns), "by")

    @property
    def overlaps(self) -> pd.DataFrame:
        """A row a plan and an overlap that was tried: `phases` that begin earlier, `share` of the phase before still to come, `days` of
        overlap, `chance` of the first goal with its interval (`low`, `high`)."""
        rows = [{"plan": plan.plan} | each.model_dump() for plan in self.record.plans for each in plan.overlaps]
        columns = ["plan", "phases", "share", "days", "chance", "low", "high"]
        return pd.DataFrame(rows, columns=columns).assign(phases=lambda frame: frame["phases"].map(", ".join))

    @property
    def risks(self) -> pd.DataFrame:
        """A row a plan and risk: `happens`, the share of samples; mean `days_before` and `money_before` that it adds without its `mitigation`,
        `days_after` and `money_after` with it; whether that is `taken`."""
        return self._rows("risks", ["name", "happens", "mitigation", "taken", "days_before", "days_after", "money_before",
                                    "money_after"])  # fmt: skip

    @property
    def tasks(self) -> pd.DataFrame:
        """A row a plan and task, the most critical first: `phase`, `criticality` (its index, a share of samples), P50 days of begin and end."""
        rows = [
            {"plan": plan.plan, "name": each.name, "phase": each.phase, "criticality": each.criticality,
             "begins_p50": each.begins.p50, "ends_p50": each.ends.p50}
            for plan in self.record.plans
            for each in plan.tasks
        ]  # fmt: skip
        columns = ["plan", "name", "phase", "criticality", "begins_p50", "ends_p50"]
        return _dated(pd.DataFrame(rows, columns=columns), "begins_p50", "ends_p50")

    @property
    def rivals(self) -> pd.DataFrame:
        """A row a plan beside the best: `difference` of chances, best less this, with its interval (`low`, `high`); the share of samples in which the
        best has all stores live `sooner`, by how many `days` on average, and by how much it is `cheaper`. Empty without a best plan."""
        held = self.record.best.rivals if self.record.best else []
        columns = list(comparison.Rival.model_fields)
        return pd.DataFrame([each.model_dump() for each in held], columns=columns).set_index("plan")

    @cached_property
    def plot(self) -> RolloutPlots:
        """Figures: `found.plot.plans()`, and of one plan `gantt()`, `curves()`, `live()`, `joint()`, `tornado()`, `money()`, `learning()`."""
        return RolloutPlots(self)

    def page(self, out: Path | str, lang: Language = "en") -> Path:
        """Write the page in a language, and return its path."""
        write_rollouts(self.record, out, lang)
        return Path(out)

    def of(self, plan: str = "") -> PlanOutcome:
        """The record of a plan by its name; of the first without one. Raises `Refusal`."""
        names = [each.plan for each in self.record.plans]
        if plan and plan not in names:
            raise Refusal(self.record.plans[0].file, "plan", f"one of {', '.join(names)}", plan)
        return self.record.plans[names.index(plan) if plan else 0]

    def _rows(self, field: str, columns: list[str]) -> pd.DataFrame:
        rows = [{"plan": plan.plan} | each.model_dump() for plan in self.record.plans for each in getattr(plan, field)]
        return pd.DataFrame(rows, columns=["plan", *columns])


class RolloutPlots:
    """Figures of rollouts; `data` of each holds what was drawn. `plan` is a plan's name, the first without one."""

    def __init__(self, found: Rollouts):
        self._found = found

    def plans(self) -> Picture:
        """When all stores are live under each plan, and the chance of the common goal."""
        return shown(plans_picture(self._found.record), self._rests(), self._found.table)

    def gantt(self, plan: str = "") -> Picture:
        """Phases, waves and the tasks that set the end most often."""
        found = self._found.of(plan)
        spans: list[PhaseSpan | TaskSpan] = [*found.phases, *found.tasks]
        rows = [{"name": each.name, "begins": each.begins.p50, "ends": each.ends.p50} for each in spans]
        return self._picture("gantt", found, _dated(pd.DataFrame(rows), "begins", "ends"))

    def curves(self, plan: str = "") -> Picture:
        """Cumulative distributions of the end and the cost, with risks and without."""
        found = self._found.of(plan)
        ends, cost = (
            pd.DataFrame([each.model_dump() for each in of]).assign(what=what)
            for what, of in (("days since the start", found.ends_curve), ("cost", found.cost_curve))
        )
        return self._picture("curves", found, pd.concat([ends, cost], ignore_index=True))

    def live(self, plan: str = "") -> Picture:
        """Stores live by day, with the band of 80 % of the samples."""
        found = self._found.of(plan)
        return self._picture("live", found, _dated(pd.DataFrame([each.model_dump() for each in found.live]), "day"))

    def joint(self, plan: str = "") -> Picture:
        """Cost against the day of the end, a point a sample."""
        found = self._found.of(plan)
        return self._picture("joint", found, pd.DataFrame(found.scatter, columns=["days", "cost"]))

    def tornado(self, plan: str = "") -> Picture:
        """How the end depends on each input. Raises `Refusal` where nothing varies."""
        found = self._found.of(plan)
        return self._picture("tornado", found, pd.DataFrame([each.model_dump() for each in found.swings]))

    def money(self, plan: str = "") -> Picture:
        """Money committed by month, with the budget. Raises `Refusal` where nothing costs."""
        found = self._found.of(plan)
        return self._picture("money", found, pd.DataFrame([each.model_dump() for each in found.months]))

    def learning(self, plan: str = "") -> Picture:
        """Proficiency and errors by week since a go-live. Raises `Refusal` for a plan without `adoption`."""
        found = self._found.of(plan)
        return self._picture("learning", found, pd.DataFrame([each.model_dump() for each in found.weeks]))

    def _picture(self, key: str, found: PlanOutcome, data: pd.DataFrame) -> Picture:
        drawn = pictures(found, only=key)
        if not drawn:
            raise Refusal(found.file, "", f"a plan with something to draw as {key}", "none")
        return shown(drawn[0], self._rests(), data)

    def _rests(self) -> str:
        record = self._found.record
        made_up = ", an example whose plans and figures are made up" if record.example else ""
        return f"{record.plans[0].samples:,} samples of what the plans state{made_up}"


def rollout(
    plans: Path | str | Sequence[Path | str],
    *,
    samples: int = 10_000,
    spread: Three | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    out: Path | str = "runs",
    yes: bool = False,
) -> Rollouts:
    """Sample a rollout: dates, costs and chances of one plan, or of several under the same draws with the best one.

    Args:
        plans: a plan or several, in YAML, or tasks as Microsoft Project's XML, CSV or a workbook; `example` for the four that ship,
            `gated-example` for one whose gates read KPIs.
        samples: of each plan.
        spread: least, most likely and most of a length that a file of tasks states with one number, as multiples of it.
        jobs, cluster, yes: as of `run`, to play the rollout states that gates read.
        out: folder in which what was played of them is kept; an interrupted call goes on from there.

    Raises `Refusal` for a plan that cannot be used, and for plans that do not share their draws.
    """
    given = [plans] if isinstance(plans, Path | str) else plans
    paths, example = comparing.named([Path(each) for each in given])
    states = gated(paths, spread)
    tables: dict[Path, KpiTable] = {}
    if states:
        with workers(jobs, cluster) as those:
            refuse_excess(cost_of(states, those), Path(out), paths[0], yes=yes)
            tables = play_all(states, Path(out), jobs=those)
    return Rollouts(comparing.rollouts(paths, samples, example, tables=tables, spread=spread))


def _dated(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """With days as datetime64."""
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in columns})
