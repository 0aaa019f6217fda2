"""Policies that were compared as a result to export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.records.outcome import read_manifest
from sim.report.exports.result import Cell, Result, Table
from sim.report.frontier import drawn
from sim.report.languages import Language, recorded, text
from sim.report.pages.sheet import Picture, picture

if TYPE_CHECKING:
    from sim.study.replenish import Played


def of_policies(played: Sequence[Played], lang: Language) -> Result:
    """Key figures under each policy, and what each changes against the first."""
    from sim.evidence.statistics.replications import interval
    from sim.study.replenish import READ, advice, advised, against_first, levels

    first = played[0].scenario
    manifest = read_manifest(played[0].folder)
    changes = {
        one.name: {row.kpi: row for row in rows} for one, rows in zip(played[1:], against_first(played), strict=True)
    }
    rows = []
    for one in played:
        for kpi, of in one.kpis[one.kpis["kpi"].isin(READ)].groupby("kpi", sort=False):
            level, change = interval(of["value"]), changes.get(one.name, {}).get(str(kpi))
            row = {"policy": one.name, "kpi": kpi, "mean": level.mean, "low_95": level.low, "high_95": level.high}
            row |= {"change": change.difference.mean if change else np.nan}
            row |= {"change_low_95": change.difference.low if change else np.nan}
            row |= {"change_high_95": change.difference.high if change else np.nan}
            rows.append(row | {"unit": of["unit"].iloc[0], "finding": change.finding if change else None})
    amounts = ("mean", "low_95", "high_95", "change", "change_low_95", "change_high_95")
    words = {"kpi": "kpi", "unit": "unit", "finding": "code"}
    title = text(
        "Key figures by policy; a change is against {first}, paired by replication", lang, first=played[0].name
    )
    runs = [
        {
            "policy": one.name,
            "scenario": one.scenario.name,
            "scenario_hash": one.scenario.hash,
            "folder": str(one.folder),
        }
        for one in played
    ]
    facts: list[tuple[str, Cell]] = [
        ("scenario", first.name),
        ("first day", first.start + timedelta(days=first.warmup_days)),
        ("days", first.days - first.warmup_days),
        ("warm-up days before", first.warmup_days),
        ("currency", first.currency),
        ("seed", manifest.seed),
        ("replications", manifest.replications),
        ("scenario hash", manifest.scenario_hash),
    ]
    sentence, best = advice(played), advised(played)

    def frontier() -> list[Picture]:
        shows = "Stock on hand at cost against the share of demand that was there, by policy, with 95 % intervals."
        draw = lambda: drawn(levels(played), first.currency, best[0] if best else None)  # noqa: E731
        return [picture("frontier", sentence, shows, draw, lang)]

    source = "retail-lab, {name}, seed {seed}, {n} paired replications, hash {hash}: simulated"
    return Result(
        title=text("Replenishment policies for {name}", lang, name=recorded(first.name, lang)),
        about=tuple((text(name, lang), value) for name, value in facts),
        findings=(sentence,),
        tables=(
            Table("policies", title, pd.DataFrame(rows), {}, amounts, words),
            Table("runs", text("Runs of the policies", lang), pd.DataFrame(runs)),
        ),
        source=text(
            source,
            lang,
            name=recorded(first.name, lang),
            seed=manifest.seed,
            n=manifest.replications,
            hash=manifest.scenario_hash[:8],
        ),
        draw=frontier,
        assumed=tuple(manifest.assumed),
        known=tuple(
            (of["kind"], path, recorded(of["source"], lang)) for path, of in manifest.scenario["sources"].items()
        ),
        made=datetime.combine(first.start, datetime.min.time()),
        lang=lang,
        currency=first.currency,
    )
