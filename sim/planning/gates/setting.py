"""What a wave's conditions are judged by: its stores, its peak, and which evidence is of this system, this scenario and recent enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from sim.planning.evidence.records import Dated, Evidence, Played
from sim.planning.gates.plan import Live, Plan, Wave
from sim.records.decisions.gate import Condition, Grade, State
from sim.records.decisions.peak import WavePeak
from sim.scenario.model import Scenario
from sim.scenario.shortened import shortened

ASIDE = ("name", "question", "replications", "seed", "system", "trace", "sources")
"""Sections in which a chain's run may differ from the plan's scenario: its traffic and its stores are the same."""
_RANKS = ("host", "scenario", "date", "age", "content")
"""How far a piece of evidence came before it was put aside; the last came furthest."""


@dataclass(frozen=True)
class Found:
    """What a piece of evidence says of a condition; `rank` orders those that say nothing, the highest is named."""

    state: State
    because: str
    rank: int = len(_RANKS)


def unknown(because: str, at: str = "content") -> Found:
    """Evidence that decides nothing, put aside for its host, its scenario, its date, its age or its content."""
    return Found("NOT KNOWN", because, _RANKS.index(at))


@dataclass(frozen=True)
class Setting:
    """A wave, its plan, and the evidence."""

    plan: Plan
    wave: Wave
    live: Live
    scenario: Scenario | None
    host: str
    evidence: Evidence
    on: date

    @cached_property
    def hashes(self) -> frozenset[str]:
        """Hashes of the plan's scenario, whole or with the stores live after the wave alone, as they are played; empty without a scenario."""
        if self.scenario is None:
            return frozenset()
        played = [self.scenario]
        if self.live.codes:
            played.append(shortened(self.scenario, stores=self.live.codes))
        played += [each.model_copy(update={"replications": 1}) for each in played]
        same = [each.record.manifest for each in self.evidence.of(Played) if self.same_traffic(each.record)]
        return frozenset([*(each.hash for each in played), *(manifest.scenario_hash for manifest in same)])

    def same_traffic(self, played: Played) -> bool:
        """Whether a chain's run is of the plan's scenario, under whatever system, seed and number of replications."""
        if self.scenario is None:
            return True
        asked, found = self.scenario.model_dump(mode="json"), played.manifest.scenario
        return all(asked.get(name) == found.get(name) for name in (asked.keys() | found.keys()) - set(ASIDE))

    @cached_property
    def peak_orders_per_hour(self) -> float | None:
        """Orders an hour at the peak after the wave: the plan's own figure, or that of the peak that was built; None where there is neither."""
        if self.wave.peak_orders_per_hour is not None:
            return self.wave.peak_orders_per_hour
        for peak in (each.record for each in self.evidence.of(WavePeak)):
            ours = peak.plan == self.plan.name and peak.wave == self.wave.name and peak.scenario_hash in self.hashes
            if ours and peak.stores == self.live.number and set(peak.codes) == set(self.live.codes):
                return peak.orders_per_hour
        return None

    def age_days(self, made: datetime | None) -> int | None:
        """Days since then; 0 for what is of a day ahead, as another time zone has it. None where it is later or unknown."""
        if made is None:
            return None
        days = (self.on - made.date()).days
        return None if days < -1 else max(days, 0)

    def aside(self, made: datetime | None, host: str | None = None, scenario_hash: str | None = None) -> Found | None:
        """Why a piece of evidence does not count; None where it does."""
        if host is not None and not same_host(host, self.host):
            return unknown(f"It is of another host, {host}.", "host")
        if scenario_hash is not None and self.scenario is not None and scenario_hash not in self.hashes:
            return unknown("It is of another scenario than the plan's.", "scenario")
        if made is None:
            return unknown("Its date is not recorded.", "date")
        age = self.age_days(made)
        if age is None:
            return unknown(f"It is dated after the day of the gate, {made:%Y-%m-%d}.", "date")
        if age > (most := self.plan.conditions.max_age_days):
            return unknown(f"It is {age} days old, and at most {most} are accepted.", "age")
        return None

    def condition(
        self,
        name: str,
        needed: str,
        records: Iterable[tuple[Dated[Any], Grade]],
        weigh: Callable[[Dated[Any]], Found],
        missing: str,
    ) -> Condition:
        """The condition as the newest record that decides has it; where none does, with what the one that came furthest lacks."""
        best: tuple[Found, Dated[Any], Grade] | None = None
        for record, grade in newest(records):
            found = weigh(record)
            if best is None or found.rank > best[0].rank:
                best = found, record, grade
            if found.state != "NOT KNOWN":
                break
        if best is None:
            return Condition(name=name, needed=needed, state="NOT KNOWN", because=missing)
        found, record, grade = best
        return Condition(
            name=name,
            needed=needed,
            state=found.state,
            because=found.because,
            evidence=record.file,
            age_days=self.age_days(record.made),
            grade=grade,
        )


def same_host(a: str, b: str) -> bool:
    """Whether two base URLs are of one host: scheme, name and port."""
    return _address(a) == _address(b)


def _address(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url.strip())
        return (
            parts.scheme.lower(),
            (parts.hostname or "").lower(),
            parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower()),
        )
    except ValueError:
        return "", url, None


def newest(records: Iterable[tuple[Dated[Any], Grade]]) -> list[tuple[Dated[Any], Grade]]:
    """Records with their grades by date, the newest first; those without a date last."""
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(records, key=lambda each: (each[0].made or never, each[0].file), reverse=True)
