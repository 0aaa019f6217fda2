"""The findings of a page as sentences: its summary."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import cast

from sim.evidence.run_comparison import same_customers, same_traffic, unpaired
from sim.evidence.wording import count, listed, percent, seconds
from sim.report import summaries
from sim.report.runs import ChainRun, LoadTest, Runs


@dataclass(frozen=True)
class Statement:
    """One finding: its part of the loop, its sentence, and the basis of its numbers."""

    about: str
    text: str
    rests_on: str
    tone: str = "plain"
    """`pass`, `fail`, `inconclusive`, `invalid`, or `plain`."""


def state(runs: Runs) -> list[Statement]:
    """All findings of the runs, in the order of the loop: the chain, the software, the chain on that software."""
    statements = []
    if runs.chain:
        statements += [_customers(runs.chain), _goods(runs.chain)]
        if runs.chain.scenario["faults"]:
            statements.append(_faults(runs.chain))
        if runs.again and runs.again.scenario["faults"] != runs.chain.scenario["faults"]:
            statements.append(_faults(runs.again))
        statements += [Statement("Warning", sentence, "read from the scenario") for sentence in _warnings(runs)]
    if runs.load:
        statements += _software(runs.load)
    if runs.chain and runs.again:
        statements.append(_change(runs.chain, runs.again))
    return statements


def _warnings(runs: Runs) -> list[str]:
    """Warnings about the scenarios: settings that are probably mistakes, each sentence once."""
    return list(dict.fromkeys(warning for run in (runs.chain, runs.again) if run for warning in run.manifest.warnings))


def _customers(run: ChainRun) -> Statement:
    value = _means(run)
    over = f" (mean of {run.manifest.replications} replications)" if run.manifest.replications > 1 else ""
    stores = count(len(run.scenario["stores"]), "store")
    if not value["customers_per_day"] > 0:
        return Statement("Customers", f"No customer comes to the {stores}{over}.", _basis(run))
    served = (
        f"Those served wait {seconds(value['mean_wait_s'])} on average, {percent(value['waits_over_target'])} of them longer than "
        f"{seconds(run.scenario['trading']['wait_target_s'])}"
        if isfinite(value["mean_wait_s"])
        else "No customer is served"
    )
    text = (
        f"{_a_day(value['customers_per_day'], 'customer')} a day come{'s' if value['customers_per_day'] == 1 else ''} to {stores}{over}. {served}; "
        f"{percent(value['abandonment'])} of all customers give up in the line{_after(value)}."
        + "".join(f" {percent(value[kpi])} {fate}." for kpi, fate in _TURNED_AWAY.items() if value[kpi] > 0)
    )
    return Statement("Customers", text, _basis(run))


def _a_day(number: float, noun: str) -> str:
    """`2,160 customers`; below ten with decimals, so that none is rounded away."""
    return count(number, noun) if number >= 10 or number == 1 else f"{number:.2g} {noun}s"


def _after(value: dict[str, float]) -> str:
    """Mean wait of customers who abandoned; the mean wait of those served excludes them."""
    waited_s = value.get("mean_wait_abandoned_s", math.nan)
    return "" if math.isnan(waited_s) else f", after {seconds(waited_s)} on average"


_TURNED_AWAY = {"turned_away": "meet a full line or a closed store", "payment_lost": "leave because they cannot pay"}
"""Shares of customers lost, by KPI; stated only where they are not zero."""


def _goods(run: ChainRun) -> Statement:
    value, currency = _means(run), run.scenario["currency"]
    lost, made = _round(value["lost_sales_per_day"]), _round(value["sales_per_day"])
    empty = summaries.stockouts(run)[["stockout_sku_days", "sku_days"]].sum()
    there = (
        f"{percent(value['fill_rate'])} of the units asked for are there"
        if isfinite(value["fill_rate"])
        else "No unit is asked for"
    )
    ended = (
        f"in the stores {percent(empty['stockout_sku_days'] / empty['sku_days'])} of SKUs end a day out of stock"
        if empty["sku_days"] > 0
        else "the stores carry no SKU"
    )
    sales = f"Sales of {currency} {lost} a day are lost, whatever the cause, beside {currency} {made} made."
    known = isfinite(value["lost_sales_per_day"]) and isfinite(value["sales_per_day"])
    return Statement("Goods", f"{there}; {ended}. {sales if known else 'No sales were counted.'}", _basis(run))


def _faults(run: ChainRun) -> Statement:
    """The faults of the scenario, with their times."""
    faults = []
    for fault in run.scenario["faults"]:
        stores = fault.get("stores")
        where = (fault.get("channel"), stores if isinstance(stores, str) or not stores else listed(stores))
        what = ", ".join((fault["kind"].replace("_", " "), *filter(None, where)))
        faults.append(f"{what}, for {seconds(60 * fault['minutes'])} from {fault['at'][:16].replace('T', ' ')}")
    return Statement("Faults", f"{run.name} plays: {'; '.join(faults)}.", "set by the scenario")


def _software(test: LoadTest) -> list[Statement]:
    basis = f"measured on {test.run.host}" if test.run.intended_starts else f"read from {test.run.host}"
    statements = [Statement("Software", test.verdict.sentence, basis, test.verdict.decision)]
    if test.verdict.stock_sentence and test.verdict.stock_sentence not in test.verdict.sentence:
        statements.append(Statement("Stock truth", test.verdict.stock_sentence, basis))
    return statements


def _change(run: ChainRun, again: ChainRun) -> Statement:
    """The second chain run compared with the first; it closes the loop where only the second plays with measured software."""
    table, currency = summaries.kpis(run, again).set_index("kpi"), run.scenario["currency"]

    def number(kpi: str, column: str) -> float:
        return cast(float, table.at[kpi, column])

    def known(value: float, say: Callable[[float], str]) -> str:
        return say(value) if isfinite(value) else "none measured"

    def change(kpi: str, say: Callable[[float], str]) -> str:
        return f"from {known(number(kpi, 'value'), say)} to {known(number(kpi, 'again'), say)}"

    loop = again.measured and not run.measured
    opening = "Played again on the software as it was measured" if loop else f"In {again.name}, held against {run.name}"
    text = (
        f"{opening}, ticket handling goes {change('ticket_handling_time_s', seconds)}, the mean wait {change('mean_wait_s', seconds)}, "
        f"the share that gives up {change('abandonment', percent)}, and the sales lost {change('lost_sales_per_day', _round)} {currency} a day."
    )
    for kpi, fate in _TURNED_AWAY.items():
        if isfinite(number(kpi, "change")) and number(kpi, "change"):
            text += f" The share of those who {fate} goes {change(kpi, percent)}."
    text += f" {_traffic(run, again)}"
    text += (
        " The table gives the intervals of the changes."
        if summaries.paired(run, again)
        else f" {_no_intervals(run, again)}"
    )
    if again.manifest.extrapolated:
        text += " Some load lay outside the measured range: there the nearest measured load stands in."
    return Statement("The loop" if loop else "Compared", text, _basis(again))


def _traffic(run: ChainRun, again: ChainRun) -> str:
    """Whether counts of customers and orders are equal in both runs, by location and day."""
    if same_traffic(run.daily, again.daily):
        return "Both runs draw the same traffic."
    if same_customers(run.kpis, again.kpis):
        return "The runs do not draw the same traffic: as many come a day, but to other stores or on other days."
    differences = [
        f"{_a_day(before, noun)} a day against {_a_day(after, noun)}"
        for kpi, noun in (("customers_per_day", "customer"), ("orders_per_day", "online order"))
        if (before := _means(run).get(kpi)) is not None
        and (after := _means(again).get(kpi)) is not None
        and before != after
    ]
    return f"The runs do not draw the same traffic: {' and '.join(differences)}."


def _no_intervals(run: ChainRun, again: ChainRun) -> str:
    differing = unpaired(run.manifest.plays, again.manifest.plays)
    because = (
        f"the runs are not paired, for they differ in {differing.replace('_', ' ')}"
        if differing
        else "one replication gives no interval"
    )
    return f"In the table {because}: no change has an interval, and none is called better or worse."


def pairing(run: ChainRun, again: ChainRun) -> str:
    """The note on how to read the changes in the table of KPIs."""
    if not summaries.paired(run, again):
        return _no_intervals(run, again)
    totals = "" if same_traffic(run.daily, again.daily) else " Totals are not: the runs did not draw the same traffic."
    return (
        "± is a 95 % interval over paired replications. A change whose interval leaves 0 out is called better (green) or worse (red), "
        f"where the figure has a better side.{totals}"
    )


def _means(run: ChainRun) -> dict[str, float]:
    return {str(name): float(value) for name, value in run.kpis.groupby("kpi")["value"].mean().items()}


def _basis(run: ChainRun) -> str:
    return f"simulated; software {'measured' if run.measured else 'assumed'}, {len(run.manifest.assumed)} parameters assumed"


def _round(amount: float) -> str:
    """Money in words: 877,898 → 878 thousand."""
    for least, word in ((1e9, "billion"), (1e6, "million"), (1e4, "thousand")):
        if abs(amount) >= least:
            return f"{amount / (1e3 if word == 'thousand' else least):,.3g} {word}"
    return f"{amount:,.0f}"
