"""The stages of a proof of concept, done one after the other into its folder; those that were done before are not done again."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sim.cli.commands.adapter import open_trial
from sim.cli.commands.replay import progress
from sim.planning.poc import budget, findings
from sim.planning.poc.findings import Found
from sim.records.decisions.poc import STAGES, ProofOfConcept, StageLine, StageName
from sim.records.refusal import Refusal, one_line

if TYPE_CHECKING:
    from loadtests.checks.session import Trial
    from loadtests.planning.plan import Plan
    from sim.cli.commands.planning.wave_peak import Peak
    from sim.report.languages import Language

RECORD = "poc.json"
MOST = 64.0
"""Highest factor on the peak, of the replay and of the search for capacity."""
STAGE_S = 15.0
"""Shortest stage of the search for capacity."""
RACE_TIMEOUT_S = 30.0
"""Of a request in the race at least: clients wait for one another's locks."""


@dataclass(frozen=True)
class Asked:
    """What a proof of concept is of, and what it may take."""

    scenario: Path
    overrides: list[str]
    allow_code: bool
    yes: bool
    load: Plan
    """Host, adapter, network and limits of every load; `out` is the folder of the proof of concept."""
    targets: list[str]
    clients: int
    workers: int
    quiet: bool
    lang: Language

    @property
    def folder(self) -> Path:
        """The folder of the proof of concept."""
        return Path(self.load.out)


class Stages:
    """The stages of one proof of concept. `record` has those that are done."""

    def __init__(self, asked: Asked, record: ProofOfConcept, chain_s: float):
        """chain_s: estimate of a run of the chain."""
        self.asked, self.chain_s = asked, chain_s
        self.record = record
        kept = [each for each in record.stages if each.stage not in self.left]
        self.record = record.model_copy(update={"stages": kept, "kpis": record.kpis if kept == record.stages else []})
        self._until_s = time.monotonic() + 60 * record.minutes - sum(each.took_s for each in kept)
        self._do: dict[StageName, Callable[[], tuple[Found, str]]] = {
            "adapter check": self._check,
            "chain before": self._before,
            "replay": self._replay,
            "capacity": self._capacity,
            "stock truth": self._stock,
            "race": self._race,
            "chain after": self._after,
        }

    @property
    def left(self) -> list[StageName]:
        """Stages that are not done, that were invalid, or whose evidence is gone; with the replay all that is read from it."""
        done = {
            each.stage
            for each in self.record.stages
            if each.state != "invalid" and (self.asked.folder / each.evidence).exists()
        }
        if "replay" not in done:
            done -= {"stock truth", "chain after"}
        return [name for name in STAGES if name not in done]

    def run(self) -> None:
        """Do the stages that are left, and write the record after each. Raises `Refusal` where the platform does not answer."""
        for name in self.left:
            if not self.asked.quiet:
                typer.echo(f"{STAGES.index(name) + 1} of {len(STAGES)}  {name}, {self._share_s(name) / 60:.1f} min")
            began_s, began = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
            found, evidence = self._do[name]()
            line = StageLine(
                stage=name,
                state=found.state,
                finding=found.finding,
                evidence=evidence,
                began_at=began,
                took_s=time.monotonic() - began_s,
            )
            self._keep(stages=sorted([*self.record.stages, line], key=lambda each: STAGES.index(each.stage)))
            if not self.asked.quiet:
                typer.echo(f"   {line.state}: {line.finding}")
            if name == "chain before":
                self.chain_s = 1.5 * line.took_s + 2.0
        self._write_pages()

    def _keep(self, **changed: object) -> None:
        self.record = self.record.model_copy(update=changed)
        ahead = [name for name in self.left if self.record.of(name) is None]
        self.record = findings.conclude(self.record, ahead)
        self.record.write(self.asked.folder / RECORD)

    def _share_s(self, name: StageName) -> float:
        """Seconds that a stage may take now."""
        return budget.shares(self._until_s - time.monotonic(), self.chain_s, self.left)[name]

    def _check(self) -> tuple[Found, str]:
        from loadtests.checks.conformance import check
        from loadtests.checks.report import report
        from sim.report.pages.conformance import write_check

        with self._trial(self.asked.load.timeout_s) as trial:
            found = report(trial, check(trial))
        file = self.asked.folder / "check" / "check.json"
        found.write(file)
        write_check(found, file.with_suffix(".html"), self.asked.lang)
        return findings.of_check(found), "check/check.json"

    def _before(self) -> tuple[Found, str]:
        from sim.records.outcome import read_kpis

        run = self._play([], self.asked.folder.parent)
        peak = self._peak
        self._keep(peak_orders_per_hour=peak.orders_per_hour)
        found = findings.of_before(read_kpis(run), self.record.currency, peak.orders_per_hour, peak.journeys_per_s)
        return found, os.path.relpath(run, self.asked.folder)

    def _replay(self) -> tuple[Found, str]:
        """The peak, as much faster as a decision needs; where it decides nothing, once more as it is, for the time that is left."""
        from loadtests.capacity_search import most_under, requests_for
        from sim.evidence.verdict.targets import parse

        if not self._covered():
            return self._nothing_covered()
        asked, peak = self.asked, self._peak
        per_journey = _requests_per_journey(self._load_of(peak, "replay", asked.targets))
        journeys = math.ceil(budget.MARGIN * requests_for(parse(asked.targets)) / per_journey)
        stretch = self._cut("replayed", journeys)
        least = max(
            peak.journeys_per_s / stretch.journeys_per_s,
            peak.orders_per_hour / stretch.orders_per_hour if stretch.orders_per_hour else 0.0,
        )
        highest = max(least, min(MOST * least, most_under(asked.load.rate_cap, stretch.journeys_per_s)))
        pace = budget.pace(journeys, stretch.journeys_per_s, least, self._judged_s(), highest)
        found, stopped = self._replayed(stretch, pace, least)
        times_peak = pace.time_scale / least
        if times_peak > findings.BEYOND and (found.state == "inconclusive" or (found.state == "invalid" and stopped)):
            beyond = f" At {times_peak:.3g} × the peak it was {found.state}."
            if not asked.quiet:
                typer.echo(f"   {found.finding}")
            found, _ = self._replayed(stretch, budget.Pace(least, self._judged_s()), least)
            found, times_peak = replace(found, finding=f"{found.finding}{beyond}"), 1.0
        self._keep(times_peak=times_peak)
        return found, "replay/verdict.json"

    def _judged_s(self) -> float:
        return max(self._share_s("replay") - budget.AROUND_S, budget.JUDGED_LEAST_S)

    def _replayed(self, stretch: Peak, pace: budget.Pace, least: float) -> tuple[Found, str]:
        """Replay a stretch at a pace into a fresh folder, and judge it; also why the replay stopped itself, empty where it did not.

        Raises `KeyboardInterrupt` where the user stopped it.
        """
        from loadtests.replay.collect import clear
        from loadtests.replay.launcher import replay
        from sim.cli.commands.verdict import judge
        from sim.records.load_run import BY_HAND

        asked, folder, times_peak = self.asked, self.asked.folder / "replay", pace.time_scale / least
        clear(folder)
        whole_s = budget.WARMUP_S + pace.judged_s
        plan = replace(
            self._load_of(stretch, "replay", asked.targets),
            time_scale=pace.time_scale,
            duration_s=whole_s,
            loop=True,
            warmup_s=budget.WARMUP_S,
        )
        if not asked.quiet:
            typer.echo(f"   {times_peak:.3g} × the peak for {whole_s:.0f} s")
        run = replay(plan, asked.workers, self._tell)
        if BY_HAND in run.stopped:
            raise KeyboardInterrupt
        return findings.of_replay(judge(folder, asked.targets), times_peak), run.stopped

    def _capacity(self) -> tuple[Found, str]:
        from sim.cli.commands.capacity import AVAILABILITY, ERROR_RATIO, Search
        from sim.report.pages.capacity import write_capacity

        if not self._covered():
            return self._nothing_covered()
        asked, peak, folder = self.asked, self._peak, self.asked.folder / "capacity"
        plan = self._load_of(peak, "capacity", [AVAILABILITY, *asked.targets])
        plan = replace(plan, warmup_s=budget.WARMUP_S, error_ratio=ERROR_RATIO)
        search = Search(
            plan, peak.header, self.record.stores, peak.journeys_per_s, asked.workers, STAGE_S, MOST, self.record.at_least, asked.quiet
        )  # fmt: skip
        minutes = round(self._share_s("capacity") / 60, 1)
        found = search.run(
            minutes, time.monotonic(), lambda record: write_capacity(record, folder / "capacity.html", asked.lang)
        )
        return findings.of_capacity(found), "capacity/capacity.json"

    def _stock(self) -> tuple[Found, str]:
        from sim.records.verdict import Verdict

        file = self.asked.folder / "replay" / "verdict.json"
        if not file.exists():
            return self._nothing_covered()
        return findings.of_stock(Verdict.read(file)), "replay/verdict.json"

    def _race(self) -> tuple[Found, str]:
        from loadtests.checks.oversell import race
        from sim.records.load_run import BY_HAND
        from sim.report.pages.oversell import write_race

        patience_s = max(self._share_s("race"), budget.LEAST_S["race"])
        with self._trial(max(self.asked.load.timeout_s, RACE_TIMEOUT_S)) as trial:
            if "checkout" not in trial.adapter.covered():
                return Found("not shown", f"The adapter {trial.adapter.name} covers no checkout."), ""
            try:
                found = race(trial, self.asked.clients, cancel=True, patience_s=patience_s)
            except Refusal as refusal:
                if refusal.field == "discovery":
                    raise
                return Found("not shown", f"No race could be run: {_why(refusal)}."), ""
        file = self.asked.folder / "race" / "race.json"
        found.write(file)
        write_race(found, file.with_suffix(".html"), self.asked.lang)
        if found.stopped == BY_HAND:
            raise KeyboardInterrupt
        return findings.of_race(found), "race/race.json"

    def _after(self) -> tuple[Found, str]:
        from sim.cli.commands.verdict import measure
        from sim.records.outcome import read_manifest
        from sim.records.verdict import Verdict
        from sim.study.compare import compare_runs

        folder = self.asked.folder / "replay"
        if not (folder / "verdict.json").exists():
            return self._nothing_covered()
        if Verdict.read(folder / "verdict.json").decision == "invalid":
            return Found("not shown", "An invalid replay measures no service."), ""
        try:
            measure(folder, profile := folder / "service_profile.json")
        except Refusal as refusal:
            return Found("not shown", f"No service could be measured: {_why(refusal)}."), ""
        run = self._play([f"system.service={{profile: {json.dumps(str(profile.resolve()))}}}"], self.asked.folder)
        differences = compare_runs([self._run_before(), run])
        found, changes = findings.of_after(differences, read_manifest(run).extrapolated)
        self._keep(kpis=changes)
        return found, run.name

    def _covered(self) -> bool:
        """Whether the adapter covers any journey of the scenario's peak."""
        from loadtests.adapters import load
        from sim.records.trace import read_trace

        _, trace = read_trace(self._peak.trace)
        return bool(set(trace["journey"].to_pylist()) & load(self.asked.load.adapter).covered())

    def _nothing_covered(self) -> tuple[Found, str]:
        return Found("not shown", f"The adapter {self.record.adapter} covers no journey of the peak."), ""

    def _trial(self, timeout_s: float) -> Trial:
        to = self.asked.load
        return open_trial(to.adapter, to.host, timeout_s, to.allow_host, to.ca_bundle, to.client_certificate, to.proxy)

    def _play(self, more: list[str], into: Path) -> Path:
        from sim.cli.commands.chain import play

        asked = self.asked
        overrides = [*asked.overrides, *more]
        return play(
            asked.scenario, overrides, self.record.replications, 1, into, asked.yes, asked.allow_code, lang=asked.lang
        )

    def _run_before(self) -> Path:
        """Its folder is beside that of the proof of concept: it is no evidence about the platform."""
        from sim.scenario.loader import load
        from sim.study.run import run_folder

        asked, count = self.asked, f"replications={self.record.replications}"
        return run_folder(
            load(asked.scenario, [*asked.overrides, count], allow_code=asked.allow_code), asked.folder.parent
        )

    @cached_property
    def _peak(self) -> Peak:
        """The busiest stretch of the chain before; a proof of concept that goes on cuts the same one again."""
        return self._cut("peak")

    def _cut(self, name: str, journeys: int = 0) -> Peak:
        from sim.cli.commands.planning.wave_peak import cut

        folder = self.asked.folder / name
        return cut(self._run_before(), self.asked.scenario, folder, self.record.scenario_hash, journeys)

    def _load_of(self, peak: Peak, name: str, targets: list[str]) -> Plan:
        """The load of a stage: the peak, into a folder of its own."""
        return replace(
            self.asked.load,
            trace=str(peak.trace),
            catalogue=str(peak.catalogue),
            out=str(self.asked.folder / name),
            first=str(peak.from_s),
            last=str(peak.to_s),
            targets=",".join(targets),
            cancel_orders=True,
        )

    def _tell(self, line: str) -> None:
        if not self.asked.quiet:
            progress(f"   {line}")

    def _write_pages(self) -> None:
        from sim.report.pages.poc import write_poc
        from sim.report.pages.run_page import write_page

        folder, after = self.asked.folder, self.record.of("chain after")
        write_poc(self.record, folder / "poc.html", self.asked.lang)
        runs = [self._run_before(), folder / "replay", folder / after.evidence if after and after.evidence else None]
        shown = [run for run in runs if run and run.exists()]
        write_page(shown, folder / "report.html", self.asked.lang)


def _requests_per_journey(plan: Plan) -> float:
    """Requests of a journey of the peak, at least: on the shortest way through each that the adapter covers, none through the others."""
    from loadtests.planning.dry_run import sketch
    from loadtests.planning.prepare import prepare

    ready = prepare(plan)
    adapter = ready.adapter(ready.shelf, "")
    adapter.equip(os.environ)
    steps = sketch(adapter, ready.planned)
    sent = sum(steps[name].fewest for name in ready.planned["journey"].cast("string").to_pylist())
    return max(sent, 1.0) / (len(ready.planned) + sum(ready.not_covered.values()))


def _why(refusal: Refusal) -> str:
    """What a stage lacks, without the place in which it was looked for."""
    return one_line(f"it needs {refusal.expected}" + (f", found {refusal.found}" if refusal.found is not None else ""))
