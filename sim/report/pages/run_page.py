"""One self-contained HTML page about runs, made from their records only: it can be mailed, attached to a pipeline, and read on a phone."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from sim.evidence import wording
from sim.records.atomic_files import whole
from sim.records.kpis import KPIS
from sim.report import figures, findings, summaries
from sim.report.runs import Runs, read
from sim.report.units import reading


def write_page(runs: Path | str | Sequence[Path | str], path: Path | str) -> None:
    """Write the page of one run folder or of several.

    Args:
        runs: folders of a chain run, of a load test, or of both; a second chain run is compared with the first.
        path: the HTML file to write.

    Raises `Refusal` for folders that hold no run, or files in them that cannot be read.
    """
    read_runs = read([runs] if isinstance(runs, str | Path) else runs)
    kpis = summaries.kpis(read_runs.chain, read_runs.again) if read_runs.chain else pd.DataFrame()
    html = _template().render(
        title=_title(read_runs),
        runs=read_runs,
        statements=findings.state(read_runs),
        figures=figures.draw(read_runs),
        kpis=[_read(row, read_runs.chain.scenario["currency"]) for row in kpis.to_dict("records")]
        if read_runs.chain
        else [],
        meanings={kpi.name: kpi.meaning for kpi in KPIS},
        pairing=findings.pairing(read_runs.chain, read_runs.again) if read_runs.chain and read_runs.again else "",
        findings=read_runs.load.verdict.findings if read_runs.load else [],
        downloads=_downloads(read_runs, kpis),
        sources=_sources(read_runs),
    )
    with whole(path) as aside:
        aside.write_text(html, encoding="utf-8")


def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("sim.report.pages", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "csv": _csv,
        "value": _value,
        "plain": _plain,
        "percent": wording.percent,
        "seconds": wording.seconds,
        "rate": wording.rate,
        "response": _response,
        "change": _change,
        "half_width": _half_width,
        "zip": zip,
        "tight": _tight,
        "amount": lambda finding, name: _amount(finding.quantity, getattr(finding, name)),
    }
    return environment.get_template("page.html")


def _title(runs: Runs) -> str:
    if runs.chain:
        return runs.chain.name
    assert runs.load is not None, "pages are of a chain or a load test"
    return f"Load test {'of' if runs.load.run.intended_starts else 'in'} {runs.load.run.host}"


def _downloads(runs: Runs, kpis: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """Name, description and table of each CSV on the page. Figures have their own."""
    downloads = []
    if runs.chain:
        downloads.append(("kpis.csv", "key figures", kpis))
    if runs.load:
        downloads.append(("verdict.csv", "findings of the verdict", summaries.findings(runs.load)))
    return downloads


def _sources(runs: Runs) -> dict[str, list[tuple[str, str]]]:
    """Parameters with data behind them, by kind of source: path and source."""
    by_kind: dict[str, list[tuple[str, str]]] = {}
    for path, source in (runs.chain.scenario["sources"] if runs.chain else {}).items():
        by_kind.setdefault(source["kind"], []).append((path, source["source"]))
    return by_kind


def _csv(table: pd.DataFrame) -> str:
    """A table as a data URI; the byte-order mark lets a spreadsheet read Chinese names."""
    text = "\ufeff" + table.to_csv(index=False, float_format="%.6g")
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.encode()).decode()


def _read(row: dict, currency: str) -> dict:
    """A row of `summaries.kpis` in the unit in which people read it."""
    factor, unit = reading(row["unit"], max(row["value"], row.get("again", -math.inf)), currency)
    values = {"value", "half_width", "again", "change", "change_half_width"} & row.keys()
    return row | {name: factor * row[name] for name in values} | {"unit": unit}


def _value(value: float) -> str:
    """A number as people read it: four significant figures, millions as such."""
    if value is None or not math.isfinite(value):
        return "–"
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.4g} M"
    decimals = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _change(row: dict) -> str:
    """A change with its sign, in as many digits as its interval justifies."""
    change = _rounded(row["change"], row["change_half_width"])
    text = _value(change).replace("-", "−")
    return f"+{text}" if change > 0 else text


def _half_width(row: dict) -> str:
    """The half-width of a change, in two significant figures."""
    return _value(_rounded(row["change_half_width"], row["change_half_width"]))


def _rounded(value: float, half_width: float) -> float:
    known = half_width > 0 and math.isfinite(half_width)
    return round(value, 1 - math.floor(math.log10(half_width))) if known else value


def _tight(text: str) -> str:
    """Numbers stay on the line of their units."""
    return re.sub(r"(?<=\d) (?=(?:%|ms|s|min|h|days)(?:\W|$))", "\u00a0", text)


def _plain(name: str) -> str:
    """`mean_wait_s` → `mean wait`: the unit has its own column."""
    return name.removesuffix("_s").removesuffix("_per_day").replace("_", " ")


def _response(time_s: float | None) -> str:
    return "–" if time_s is None else wording.seconds(time_s)


def _amount(quantity: str, value: float | None) -> str:
    return "–" if value is None else wording.amount(quantity, value)
