"""One self-contained HTML page about runs, made from their records only: it can be mailed, attached to a pipeline, and read on a phone."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from sim.records.refusal import Refusal
from sim.report import cautions, figures, findings, summaries
from sim.report.languages import Language, number, recorded, text, unit_name
from sim.report.pages import templates
from sim.report.pages.studies.several_runs import write_several
from sim.report.runs import LoadTest, Runs, read, tool_name
from sim.report.several_runs import are_several, read_several
from sim.report.units import reading


def write_page(
    runs: Path | str | Sequence[Path | str], path: Path | str, lang: Language = "en", *, all_pairs: bool = False
) -> None:
    """Write the page of one run folder or of several.

    Args:
        runs: folders of a chain run, of a load test, or of both; a second chain run is compared with the first. Or more than two chain runs.
        path: the HTML file to write.
        lang: the language of the page; names, codes and what others wrote stay as they are.
        all_pairs: of more than two chain runs, whether each is compared with each, and not with the first alone.

    Raises `Refusal` for folders that hold no run, or files in them that cannot be read, and for more than two chain runs that do not pair.
    """
    folders = [runs] if isinstance(runs, str | Path) else runs
    if are_several(folders):
        write_several(read_several(folders, all_pairs=all_pairs), path, lang)
        return
    if all_pairs:
        raise Refusal("--all-pairs", "", "more than two runs of a chain and no load test", f"{len(folders)} folders")
    read_runs = read(folders)
    kpis = summaries.kpis(read_runs.chain, read_runs.again) if read_runs.chain else pd.DataFrame()
    values = {
        "title": _title(read_runs, lang),
        "runs": read_runs,
        "statements": findings.state(read_runs, lang),
        "figures": figures.draw(read_runs, lang),
        "kpis": [_read(row, read_runs.chain.scenario["currency"], lang) for row in kpis.to_dict("records")]
        if read_runs.chain
        else [],
        "pairing": findings.pairing(read_runs.chain, read_runs.again, lang)
        if read_runs.chain and read_runs.again
        else "",
        "cautions": _cautions(read_runs, lang),
        "findings": read_runs.load.verdict.findings if read_runs.load else [],
        "source": _source(read_runs.load, lang) if read_runs.load else "",
        "downloads": _downloads(read_runs, kpis, lang),
        "sources": _sources(read_runs),
    }
    templates.write_page(
        path,
        "page.html",
        lang,
        values,
        csv=_csv,
        change=partial(_change, lang=lang),
        between=partial(_between, lang=lang),
        zip=zip,
    )


def _title(runs: Runs, lang: Language) -> str:
    if runs.chain:
        return recorded(runs.chain.name, lang)
    assert runs.load is not None, "pages are of a chain or a load test"
    host = runs.load.run.host
    return (
        text("Load test of {host}", lang, host=host)
        if runs.load.run.intended_starts
        else text("Load test in {host}", lang, host=host)
    )


def _source(load: LoadTest, lang: Language) -> str:
    """The source of a load test's samples: the adapter of a replay, or another tool's file that was imported."""
    if load.run.intended_starts:
        return text("adapter {adapter}", lang, adapter=load.run.adapter)
    return text("{tool} that was imported", lang, tool=tool_name(load.run.adapter, lang))


def _cautions(runs: Runs, lang: Language) -> list[str]:
    """What the intervals in the table of key figures cannot show."""
    if runs.chain and runs.again:
        return cautions.of_comparison(summaries.changed(runs.chain, runs.again), lang)
    return cautions.of_run(summaries.by_kpi(runs.chain), lang) if runs.chain else []


def _downloads(runs: Runs, kpis: pd.DataFrame, lang: Language) -> list[tuple[str, str, pd.DataFrame]]:
    """Name, description and table of each CSV on the page. Figures have their own."""
    downloads = []
    if runs.chain:
        downloads.append(("kpis.csv", text("key figures", lang), kpis))
    if runs.load:
        downloads.append(("verdict.csv", text("findings of the verdict", lang), summaries.findings(runs.load)))
    return downloads


def _sources(runs: Runs) -> dict[str, list[tuple[str, str]]]:
    """Parameters with data behind them, by kind of source: path and source."""
    by_kind: dict[str, list[tuple[str, str]]] = {}
    for path, source in (runs.chain.scenario["sources"] if runs.chain else {}).items():
        if source["kind"] != "assumed":  # the manifest lists those
            by_kind.setdefault(source["kind"], []).append((path, source["source"]))
    return by_kind


def _csv(table: pd.DataFrame) -> str:
    """A table as a data URI; the byte-order mark lets a spreadsheet read Chinese names."""
    rows = "\ufeff" + table.to_csv(index=False, float_format="%.6g")
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(rows.encode()).decode()


def _read(row: dict, currency: str, lang: Language) -> dict:
    """A row of `summaries.kpis` in the unit in which people read it."""
    factor, unit = reading(row["unit"], max(row["value"], row.get("again", -math.inf)))
    values = {"value", "low", "high", "again", "change", "change_low", "change_high"} & row.keys()
    return row | {name: factor * row[name] for name in values} | {"unit": unit_name(unit, lang, currency)}


def _change(row: dict, lang: Language) -> str:
    """A change with its sign, in as many digits as its interval justifies."""
    return _signed(_rounded(row["change"], row["change_high"] - row["change_low"]), lang, "+")


def _between(row: dict, ends: str, lang: Language) -> str:
    """The interval whose ends are `low` and `high` after `ends`, in two significant figures of half its length; – where there is none."""
    low, high = row[f"{ends}low"], row[f"{ends}high"]
    if not low < high:
        return "–"
    shown = [_signed(_rounded(each, high - low), lang, "+" if ends else "") for each in (low, high)]
    return text("{low} to {high}", lang, low=shown[0], high=shown[1])


def _signed(value: float, lang: Language, plus: str) -> str:
    written = number(value, lang).replace("-", "−")
    return f"{plus}{written}" if value > 0 else written


def _rounded(value: float, length: float) -> float:
    known = length > 0 and math.isfinite(length)
    return round(value, 1 - math.floor(math.log10(length / 2))) if known else value
