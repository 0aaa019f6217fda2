"""Figures of a chain and of a load test: each has its finding as its title, its data, and the basis of its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import MaxNLocator

from sim.evidence.verdict.validity import LAG_LIMIT_S, late_windows
from sim.records.verdict import SHARES
from sim.report import canvas, summaries
from sim.report.canvas import BLUE, GREEN, GRID, INK, MUTED, ORANGE, RED, SKY
from sim.report.languages import Language, counted, day, duration, items, named, percent, recorded, text
from sim.report.runs import ChainRun, LoadTest, Runs, tool_name

HEIGHTS = {"chain": 3.7, "verdict": 3.3, "run": 4.4}
"""Inches; figures that stand side by side are of one height."""


@dataclass(frozen=True)
class Figure:
    """A figure of the page: a drawing with the finding it shows."""

    key: str
    title: str
    """The finding, computed."""
    shows: str
    """What the axes are, and over what was summed."""
    rests_on: str
    svg: str
    png: str
    """A data URI."""
    data: pd.DataFrame
    drawing: Drawing


def draw(runs: Runs, lang: Language = "en") -> dict[str, list[Figure]]:
    """All figures that the runs allow, by the section of the page they belong to: `load`, `chain`."""
    with canvas.style(lang):
        load = [each(runs.load, lang) for each in (verdict, distribution, timeline)] if runs.load else []
        if runs.load and runs.load.profile:
            load.append(felt(runs.load, lang))
        chain = [hours(runs.chain, runs.again, lang), stockouts(runs.chain, lang)] if runs.chain else []
    return {"load": [figure for figure in load if figure], "chain": [figure for figure in chain if figure]}


def hours(run: ChainRun, again: ChainRun | None, lang: Language = "en") -> Figure | None:
    """Customers and mean wait by hour of the day; with a second run, its waits beside them."""
    table = summaries.by_hour(run)
    if table.empty:
        return None
    figure, (above, below) = canvas.drawing(2, HEIGHTS["chain"], (3, 2))
    labels = _labels(run, again, lang)
    above.bar(table["hour"] + 0.5, table["customers"], width=0.86, color=SKY)
    above.set_ylabel(text("customers an hour", lang))
    canvas.thousands(above)
    below.plot(table["hour"] + 0.5, table["mean_wait_s"], color=BLUE, marker="o", markersize=3.5, label=labels[0])
    if again:
        table = table.merge(
            summaries.by_hour(again)[["hour", "mean_wait_s"]], on="hour", how="left", suffixes=("", "_again")
        )
        below.plot(
            table["hour"] + 0.5,
            table["mean_wait_s_again"],
            color=ORANGE,
            marker="o",
            markersize=3.5,
            label=labels[1],
        )
        below.legend(loc="upper left", ncols=2, handlelength=1.4, borderpad=0)
        below.margins(y=0.35)
    below.set_ylabel(text("mean wait, s", lang))
    canvas.thousands(below)
    first, last = int(table["hour"].min()), int(table["hour"].max()) + 1
    below.set_xlim(first - 0.2, last + 0.2)
    below.set_xticks(range(first, last + 1, 1 if last - first <= 8 else 2))
    below.set_xlabel(text("hour of the day", lang))
    worst = table.iloc[int(table["mean_wait_s"].fillna(-1).to_numpy().argmax())]
    busiest = table.iloc[int(table["customers"].to_numpy().argmax())]
    if worst["mean_wait_s"] > 0:
        title = text(
            "Customers wait longest from {a} to {b} h: {wait} on average",
            lang,
            **_hour(worst),
            wait=duration(worst["mean_wait_s"], lang),
        )
    else:
        unserved = table["mean_wait_s"].isna().all()
        title = text(
            "{waits}; the busiest hour, {a} to {b} h, brings {n} customers",
            lang,
            waits=text("No customer is served" if unserved else "No customer who is served waits", lang),
            **_hour(busiest),
            n=f"{busiest['customers']:,.3g}",
        )
    if again and pd.notna(worst["mean_wait_s_again"]):
        title += text("; {run}: {wait}", lang, run=labels[1], wait=duration(worst["mean_wait_s_again"], lang))
    shows = text("All stores together, {days}; waits of those served.", lang, days=_days(run, lang))
    return _figure("hours", title, shows, _simulated(run, again, lang), figure, table)


def _hour(row: pd.Series) -> dict[str, str]:
    """The first and the last instant of an hour, h."""
    return {"a": f"{row['hour']:.0f}", "b": f"{row['hour'] + 1:.0f}"}


def stockouts(run: ChainRun, lang: Language = "en") -> Figure | None:
    """The share of SKU-days of stores that ended without a unit: by day and region, or by store where there is one day."""
    table = summaries.stockouts(run)
    if not table["sku_days"].sum():
        return None
    rates = summaries.rates(table, "region")
    figure, (axis,) = canvas.drawing(1, HEIGHTS["chain"])
    if run.days > 1:
        _by_day(axis, run, table, rates, lang)
        shows = text("Share of the SKUs a store carries that ended the day without a unit, by region.", lang)
    else:
        most = summaries.rates(table, "location_code").tail(12)
        names = {store["code"]: store["name"] or store["code"] for store in run.scenario["stores"]}
        _bars(axis, [canvas.drawable(names[code], code) for code in most.index], 100 * most.to_numpy())
        axis.set_xlabel(text("SKUs out of stock at the day's end, %", lang))
        shows = text("Share of the SKUs a store carries that ended the day without a unit: the stores with most.", lang)
    share = percent(table["stockout_sku_days"].sum() / table["sku_days"].sum(), lang)
    title = text("{share} of SKUs in stores end a day out of stock", lang, share=share)
    if len(rates) > 1 and rates.iloc[-1] > rates.iloc[-2]:
        worst = rates.index[-1]
        place, most_of = recorded(run.region_names.get(worst, worst), lang), percent(rates.iloc[-1], lang)
        title += text("; {place} has the most, {share}", lang, place=place, share=most_of)
    return _figure("stockouts", title, shows, _simulated(run, None, lang), figure, table)


def verdict(test: LoadTest, lang: Language = "en") -> Figure | None:
    """Availability and response times with their intervals, against their targets."""
    shown = [f for f in test.verdict.findings if f.scope == "all requests" and f.estimate is not None]
    shares, times = (
        [f for f in shown if f.quantity in SHARES],
        [f for f in shown if f.quantity not in SHARES],
    )
    if not shares or not times:
        return None
    figure, (above, below) = canvas.drawing(2, HEIGHTS["verdict"], (len(shares) + 0.15, len(times) + 0.6), sharex=False)
    valid = test.verdict.decision != "invalid"
    _intervals(above, shares, 100.0, valid, lang)
    _intervals(below, times, 1.0, valid, lang)
    low = min(0.999, *(edge for f in shares for edge in (f.low, f.target, f.estimate) if edge is not None))
    above.set_xlim(max(0, 100 * (1 - 1.6 * (1 - low))), 100)
    above.set_xlabel(text("available, % of requests; success, % of journeys", lang))
    below.set_xlim(left=0)
    below.set_xlabel(text("response {clock}, s", lang, clock=_clock(test, lang)))
    title = {
        "pass": text("Every binding target is met, its whole interval on the right side", lang),
        "fail": text("A binding target is missed, its whole interval on the wrong side", lang),
        "inconclusive": _undecided(test, lang),
        "invalid": text("The figures stand, but the run proves nothing", lang),
    }[test.verdict.decision]
    confidence = percent((1 + shares[0].confidence) / 2, lang)
    shows = text(
        "Dot: measured. Bar: from bound to bound, each with {confidence} confidence. Line: target.",
        lang,
        confidence=confidence,
    )
    return _figure("verdict", title, shows, _measured(test, lang), figure, summaries.findings(test))


def distribution(test: LoadTest, lang: Language = "en") -> Figure | None:
    """How long answered requests took, against 2 s or the tightest target."""
    table = summaries.responses(test)
    if table.empty:
        return None
    findings = test.verdict.findings
    targets = [f.target for f in findings if f.quantity not in SHARES and f.target and f.scope == "all requests"]
    limit_s = min(targets, default=2.0)
    figure, (axis,) = canvas.drawing(1, HEIGHTS["verdict"])
    slow = table["from_s"] >= limit_s
    axis.bar(
        table["from_s"],
        100 * table["share"],
        width=table["to_s"] - table["from_s"],
        align="edge",
        color=np.where(slow, RED, SKY),
    )
    axis.set_xscale("log")
    axis.axvline(limit_s, color=INK, linewidth=1.2)
    top = 100 * table["share"].max()
    top = min(1.22 * top, 100) / 1.22
    axis.set_ylim(0, 1.22 * top)
    axis.annotate(
        text("target {limit}", lang, limit=duration(limit_s, lang)) if targets else duration(limit_s, lang),
        (limit_s, 1.2 * top),
        xytext=(-4, 0),
        textcoords="offset points",
        ha="right",
        va="top",
        color=INK,
    )
    for quantity in ("p95", "p99"):
        estimate = next(
            (f.estimate for f in test.verdict.findings if f.quantity == quantity and f.scope == "all requests"), None
        )
        if estimate:
            axis.axvline(estimate, color=BLUE, linewidth=1, linestyle=(0, (3, 2)))
            height = 1.08 * top if quantity == "p95" else 0.96 * top
            axis.annotate(quantity, (estimate, height), xytext=(3, 0), textcoords="offset points", va="top", color=BLUE)
    canvas.times(axis, lang)
    axis.set_xlabel(text("response {clock} (log scale)", lang, clock=_clock(test, lang)))
    axis.set_ylabel(text("requests, %", lang))
    title = text(
        "{share} of the requests were answered within {limit}",
        lang,
        share=percent(summaries.within(test, limit_s), lang),
        limit=duration(limit_s, lang),
    )
    shows = text(
        "Answered requests after the warm-up; failed ones have no response time and are counted in the title.", lang
    )
    return _figure("responses", title, shows, _measured(test, lang), figure, table)


def timeline(test: LoadTest, lang: Language = "en") -> Figure | None:
    """Over the run: outcomes of requests, their response times, and the lag of the generator."""
    table = summaries.over_time(test)
    if table.empty:
        return None
    timed = test.run.intended_starts
    figure, axes = canvas.drawing(3 if timed else 2, HEIGHTS["run"], (3, 2.4, 1.7) if timed else (3, 2.4))
    above, middle = axes[:2]
    middle_s = (table["from_s"] + table["to_s"]) / 2
    steps = {"step": "mid", "linewidth": 0}
    base = np.zeros(len(table))
    for column, colour, label in (
        ("answered_per_s", SKY, text("answered", lang)),
        ("neither_per_s", MUTED, text("rejected, throttled", lang)),
        ("failed_per_s", RED, text("failed, dropped", lang)),
    ):
        if table[column].any() or column == "answered_per_s":
            above.fill_between(middle_s, base, base + table[column], color=colour, label=label, **steps)
            base = base + table[column].to_numpy()
    above.set_ylabel(text("requests/s", lang))
    canvas.thousands(above)
    above.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, handlelength=1, borderpad=0, borderaxespad=0.2)
    middle.plot(middle_s, table["response_p99_s"], color=ORANGE, marker=".", markersize=3, label="p99")
    middle.plot(middle_s, table["response_median_s"], color=BLUE, marker=".", markersize=3, label=text("median", lang))
    middle.set_ylabel(text("response, s", lang))
    middle.legend(loc="upper right", ncols=2, handlelength=1.2, borderpad=0)
    middle.margins(y=0.3)
    canvas.thousands(middle)
    if timed:
        _lags(axes[2], middle_s, table["lag_p99_s"], lang)
    axes[-1].set_xlabel(text("seconds of the run", lang) if timed else text("seconds from the first request", lang))
    if test.run.warmup_s:
        for axis in axes:
            axis.axvspan(0, test.run.warmup_s, color=GRID, linewidth=0, zorder=0)
    shows = (
        text("Lag: real start − intended start. A generator later than 20 ms would measure itself.", lang)
        if timed
        else text(
            "By the instant at which each request was sent; when it was meant to be sent stands in no sample.", lang
        )
    )
    if test.run.warmup_s:
        shows += text(" Shaded: warm-up, shown and not judged.", lang)
    return _figure("timeline", _lag(test, lang), shows, _measured(test, lang), figure, table)


def felt(test: LoadTest, lang: Language = "en") -> Figure | None:
    """The service profile: time in the software by journey, at the highest load level of each."""
    table = summaries.service(test)
    if table.empty:
        return None
    top = table.sort_values("requests_per_s").groupby("journey").tail(1).sort_values("p50_s", ignore_index=True)
    figure, (axis,) = canvas.drawing(1, HEIGHTS["run"])
    rows = np.arange(len(top))
    axis.hlines(rows, top["p50_s"], top["p95_s"], color=SKY, linewidth=6)
    axis.plot(top["p50_s"], rows, "o", color=BLUE, markersize=6, label=text("median", lang))
    axis.plot(top["p95_s"], rows, "|", color=BLUE, markersize=11, markeredgewidth=2, label="p95")
    axis.set_yticks(rows, [canvas.drawable(named(name, lang), name) for name in top["journey"]])
    axis.set_ylim(-0.6, len(top) - 0.4)
    axis.grid(axis="x")
    axis.grid(axis="y", visible=False)
    axis.set_xlim(0, 1.08 * top["p95_s"].max())
    axis.set_xlabel(text("time in the software per journey, s", lang))
    axis.xaxis.set_major_locator(MaxNLocator(5))
    axis.legend(loc="lower right", handlelength=1)
    slowest = top.iloc[-1]
    name = named(slowest["journey"], lang).capitalize()
    title = text(
        "{journey} is the slowest journey: {median} in the median, {p95} at p95",
        lang,
        journey=name,
        median=duration(slowest["p50_s"], lang),
        p95=duration(slowest["p95_s"], lang),
    )
    shows = text(
        "What the chain feels: service profile at the highest load level of each journey, up to {rate} requests/s.",
        lang,
        rate=f"{top['requests_per_s'].max():,.0f}",
    )
    return _figure("felt", title, shows, _measured(test, lang), figure, table)


def _undecided(test: LoadTest, lang: Language) -> str:
    """Why a verdict is inconclusive, from its findings."""
    if not test.run.intended_starts:
        return text("Without intended starts these figures can be a fail and never a pass", lang)
    open_ones = [f for f in test.verdict.findings if f.binding and f.decision == "inconclusive"]
    if not open_ones:
        return text("Measured targets are met, but journeys were lost on which the decision hangs", lang)
    if not all(f.requests for f in open_ones):
        return text("A binding target was not decided: nothing of it was judged", lang)
    if all(f.requests_more is not None for f in open_ones):
        return text("An interval still straddles its target: more requests are needed", lang)
    return text("An interval still straddles its target, and no number of requests can be promised to decide", lang)


def _lag(test: LoadTest, lang: Language) -> str:
    """Whether the generator's lag is within its limit, by its worst window."""
    if test.verdict.lag_p99_s is None:
        requests = counted(len(test.samples), "request", lang)
        return text("What became of {requests} and how long they took", lang, requests=requests)
    late = late_windows(test.run)
    if late:
        return text(
            "The generator fell behind in {n} of {windows}: lag p99 up to {lag}",
            lang,
            n=len(late),
            windows=counted(len(test.run.generator), "window", lang),
            lag=duration(max(window.lag_p99_s for window in late), lang),
        )
    kept = test.verdict.lag_p99_s <= LAG_LIMIT_S
    lag = duration(test.verdict.lag_p99_s, lang)
    if kept:
        return text("The generator kept its schedule: lag p99 {lag} over the run", lang, lag=lag)
    return text("The generator fell behind: lag p99 {lag} over the run", lang, lag=lag)


def _clock(test: LoadTest, lang: Language) -> str:
    if test.run.intended_starts:
        return text("from the intended start", lang)
    return text("as {tool} gives it", lang, tool=tool_name(test.run.adapter, lang))


def _lags(axis: Axes, at_s: pd.Series, lag_p99_s: pd.Series, lang: Language) -> None:
    """How late the generator was, against its limit."""
    axis.plot(at_s, 1000 * lag_p99_s, color=MUTED)
    axis.axhline(1000 * LAG_LIMIT_S, color=INK, linewidth=1)
    place: dict[str, Any] = {
        "xycoords": ("axes fraction", "data"),
        "xytext": (-2, 2),
        "textcoords": "offset points",
        "ha": "right",
    }
    axis.annotate(text("limit 20 ms", lang), (1, 20), va="bottom", color=INK, **place)
    axis.set_ylabel(text("lag p99, ms", lang))
    axis.set_ylim(0, max(36, 1100 * np.nan_to_num(lag_p99_s).max()))


def _by_day(axis: Axes, run: ChainRun, table: pd.DataFrame, rates: pd.Series, lang: Language) -> None:
    """A line a region, at most five: those with the highest rates."""
    for code, colour in zip(reversed(rates.index[-5:]), (BLUE, ORANGE, GREEN, RED, MUTED), strict=False):
        days = summaries.rates(table[table["region"] == code], "day").sort_index()
        name = canvas.drawable(recorded(run.region_names.get(code, code), lang), code)
        axis.plot(days.index, 100 * days, color=colour, marker="o", markersize=3.5, label=name)
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, handlelength=1.4, borderpad=0, borderaxespad=0.2)
    axis.set_ylabel(text("SKUs out of stock, %", lang))
    canvas.shares(axis)
    canvas.dates(axis, sorted(set(table["day"])), lang)


def _bars(axis: Axes, names: list[str], values: np.ndarray) -> None:
    """Horizontal bars from below, each with its value in per cent."""
    axis.barh(range(len(names)), values, color=SKY, height=0.68)
    axis.set_yticks(range(len(names)), names)
    axis.grid(visible=False)
    axis.xaxis.set_major_locator(MaxNLocator(4))
    for row, value in enumerate(values):
        axis.annotate(
            f"{value:.0f}" if value >= 10 else f"{value:.2g}",
            (value, row),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=INK,
        )
    axis.margins(x=0.12, y=0.01)
    axis.set_xlim(0, min(100, axis.get_xlim()[1]))


def _intervals(axis: Axes, findings: list, scale: float, valid: bool, lang: Language) -> None:
    """A row a finding, from the top: dot, interval, target; in the colour of its decision where the run allows one."""
    for row, finding in enumerate(reversed(findings)):
        colour = {"pass": GREEN, "fail": RED, "inconclusive": ORANGE}.get(finding.decision if valid else "", MUTED)
        high = finding.high if finding.high is not None else finding.estimate
        low = finding.low if finding.low is not None else finding.estimate
        axis.plot([scale * low, scale * high], [row, row], color=colour, linewidth=6, alpha=0.35, solid_capstyle="butt")
        axis.plot(scale * finding.estimate, row, "o", color=colour, markersize=6, clip_on=False)
        if finding.target is not None:
            axis.plot([scale * finding.target] * 2, [row - 0.42, row + 0.42], color=INK, linewidth=1.6)
    axis.xaxis.set_major_locator(MaxNLocator(5))
    axis.set_yticks(range(len(findings)), [named(f.quantity, lang) for f in reversed(findings)])
    axis.set_ylim(-0.6, len(findings) - 0.4)
    axis.grid(axis="x")
    axis.grid(axis="y", visible=False)


def _figure(key: str, title: str, shows: str, rests_on: str, drawing: Drawing, data: pd.DataFrame) -> Figure:
    return Figure(key, title, shows, rests_on, canvas.svg(drawing), canvas.png(drawing), data, drawing)


def _days(run: ChainRun, lang: Language) -> str:
    first = day(run.first_day, lang)
    days = first if run.days == 1 else text("a mean day of {n} from {first}", lang, n=run.days, first=first)
    if run.manifest.replications > 1:
        days += text(
            ", mean of {replications}", lang, replications=counted(run.manifest.replications, "replication", lang)
        )
    return days


def _simulated(run: ChainRun, again: ChainRun | None, lang: Language) -> str:
    bases = dict.fromkeys("measured" if one.measured else "assumed" for one in (run, again) if one)
    return text("simulated; software {bases}", lang, bases=items([named(base, lang) for base in bases], lang))


def _labels(run: ChainRun, again: ChainRun | None, lang: Language) -> tuple[str, str]:
    """The labels of two runs: what differs between them."""
    if again and again.measured and not run.measured:
        return text("software as assumed", lang), text("software as measured", lang)
    first, second = text("first run", lang), text("second run", lang)
    if again and again.name == run.name:
        return first, second
    named_first = canvas.drawable(recorded(run.name, lang), first)
    return named_first, canvas.drawable(recorded(again.name, lang), second) if again else ""


def _measured(test: LoadTest, lang: Language) -> str:
    return text("measured, run {run}", lang, run=test.run.run_id)
