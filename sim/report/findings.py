"""The findings of a page as sentences: its summary."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import cast

from sim.evidence.run_comparison import same_customers, same_traffic, unpaired
from sim.records.predictions.backtest import standing
from sim.report import summaries
from sim.report.languages import (
    Language,
    counted,
    currency_name,
    duration,
    items,
    money,
    named,
    percent,
    recorded,
    sentences,
    text,
)
from sim.report.runs import ChainRun, LoadTest, Runs


@dataclass(frozen=True)
class Statement:
    """One finding: its part of the loop, its sentence, and the basis of its numbers."""

    about: str
    text: str
    rests_on: str
    tone: str = "plain"
    """`pass`, `fail`, `inconclusive`, `invalid`, or `plain`."""


def state(runs: Runs, lang: Language = "en") -> list[Statement]:
    """All findings of the runs, in the order of the loop: the chain, the software, the chain on that software."""
    statements = []
    if runs.chain:
        statements += [_customers(runs.chain, lang), _goods(runs.chain, lang)]
        if runs.chain.scenario["faults"]:
            statements.append(_faults(runs.chain, lang))
        if runs.again and runs.again.scenario["faults"] != runs.chain.scenario["faults"]:
            statements.append(_faults(runs.again, lang))
        statements += [_random_faults(run, lang) for run in _distinct(runs) if run.random_faults is not None]
        statements += [_backtest(run, lang) for run in _distinct(runs)]
        about, basis = text("Warning", lang), text("read from the scenario", lang)
        statements += [Statement(about, recorded(sentence, lang), basis) for sentence in _warnings(runs)]
    if runs.load:
        statements += _software(runs.load, lang)
    if runs.chain and runs.again:
        statements.append(_change(runs.chain, runs.again, lang))
    return statements


def _distinct(runs: Runs) -> list[ChainRun]:
    """The chain runs, the second only where its backtest is another matter than the first's."""
    played = [run for run in (runs.chain, runs.again) if run]
    said = [standing(run.backtest, run.scenario) for run in played]
    return played[: 1 + (len(set(said)) > 1)]


def _backtest(run: ChainRun, lang: Language) -> Statement:
    """Whether the scenario was held against recorded days, and is still the one that was."""
    record, stands = run.backtest, recorded(standing(run.backtest, run.scenario), lang)
    sound = record is not None and record.intervals and not record.changed(run.scenario)
    basis = text("{log} against predictions from the days before", lang, log=record.log) if record else ""
    rests_on = basis or text("no recorded days", lang)
    sentence = text("{name}: {sentence}.", lang, name=recorded(run.name, lang), sentence=stands)
    return Statement(text("Backtest", lang), sentence, rests_on, record.decision if record and sound else "plain")


def _warnings(runs: Runs) -> list[str]:
    """Warnings about the scenarios: settings that are probably mistakes, each sentence once."""
    return list(dict.fromkeys(warning for run in (runs.chain, runs.again) if run for warning in run.manifest.warnings))


def _customers(run: ChainRun, lang: Language) -> Statement:
    value = _means(run)
    replications = counted(run.manifest.replications, "replication", lang)
    over = text(" (mean of {replications})", lang, replications=replications) if run.manifest.replications > 1 else ""
    stores = counted(len(run.scenario["stores"]), "store", lang)
    about = text("Customers", lang)
    if not value["customers_per_day"] > 0:
        none = text("No customer comes to the {stores}{over}.", lang, stores=stores, over=over)
        return Statement(about, none, _basis(run, lang))
    served = text("No customer is served", lang)
    if isfinite(value["mean_wait_s"]):
        served = text(
            "Those served wait {wait} on average, {share} of them longer than {target}",
            lang,
            wait=duration(value["mean_wait_s"], lang),
            share=percent(value["waits_over_target"], lang),
            target=duration(run.scenario["trading"]["wait_target_s"], lang),
        )
    waited_s = value.get("mean_wait_abandoned_s", math.nan)
    after = "" if math.isnan(waited_s) else text(", after {wait} on average", lang, wait=duration(waited_s, lang))
    come = {"customers": _a_day(value["customers_per_day"], "customer", lang), "stores": stores, "over": over}
    lost = {"served": served, "share": percent(value["abandonment"], lang), "after": after}
    said = [
        text("{customers} a day comes to {stores}{over}.", lang, **come)
        if value["customers_per_day"] == 1
        else text("{customers} a day come to {stores}{over}.", lang, **come),
        text("{served}; {share} of all customers give up in the line{after}.", lang, **lost),
    ]
    said += [
        text("{share} {fate}.", lang, share=percent(value[kpi], lang), fate=_fate(kpi, lang))
        for kpi in _TURNED_AWAY
        if value[kpi] > 0
    ]
    return Statement(about, sentences(said, lang), _basis(run, lang))


def _a_day(number: float, noun: str, lang: Language) -> str:
    """`2,160 customers`; below ten with decimals, so that none is rounded away."""
    return counted(number, noun, lang, ",.0f" if number >= 10 or number == 1 else ".2g")


_TURNED_AWAY = ("turned_away", "payment_lost")
"""KPIs of customers lost before they are served; stated only where they are not zero."""


def _fate(kpi: str, lang: Language) -> str:
    if kpi == "turned_away":
        return text("meet a full line or a closed store", lang)
    return text("leave because they cannot pay", lang)


def _goods(run: ChainRun, lang: Language) -> Statement:
    value, currency = _means(run), run.scenario["currency"]
    empty = summaries.stockouts(run)[["stockout_sku_days", "sku_days"]].sum()
    there, ended = text("No unit is asked for", lang), text("the stores carry no SKU", lang)
    if isfinite(value["fill_rate"]):
        there = text("{share} of the units asked for are there", lang, share=percent(value["fill_rate"], lang))
    if empty["sku_days"] > 0:
        share = percent(empty["stockout_sku_days"] / empty["sku_days"], lang)
        ended = text("in the stores {share} of SKUs end a day out of stock", lang, share=share)
    sales = text("No sales were counted.", lang)
    if isfinite(value["lost_sales_per_day"]) and isfinite(value["sales_per_day"]):
        lost, made = (money(value[kpi], currency, lang) for kpi in ("lost_sales_per_day", "sales_per_day"))
        sales = text(
            "Sales of {lost} a day are lost, whatever the cause, beside {made} made.", lang, lost=lost, made=made
        )
    said = text("{there}; {ended}. {sales}", lang, there=there, ended=ended, sales=sales)
    return Statement(text("Goods", lang), said, _basis(run, lang))


def _faults(run: ChainRun, lang: Language) -> Statement:
    """The faults of the scenario, with their times."""
    faults = []
    for fault in run.scenario["faults"]:
        what = named(fault["kind"], lang)
        if where := _where(run, fault, lang):
            what = text("{what}, {where}", lang, what=what, where=text(", ", lang).join(where))
        length, at = duration(60 * fault["minutes"], lang), fault["at"][:16].replace("T", " ")
        faults.append(text("{what}, for {length} from {at}", lang, what=what, length=length, at=at))
    said = text("{run} plays: {faults}.", lang, run=recorded(run.name, lang), faults=text("; ", lang).join(faults))
    return Statement(text("Faults", lang), said, text("set by the scenario", lang))


def _random_faults(run: ChainRun, lang: Language) -> Statement:
    """How many random faults of each name a mean replication had, how long they were, and where."""
    happened, each = run.random_faults, []
    assert happened is not None  # asked for before
    kinds = {row["name"]: row["fault"]["kind"] for row in run.scenario["random_faults"]}
    for name, kind in kinds.items():
        of = happened[happened["fault"] == name]
        often = f"{len(of) / run.manifest.replications:,.3g}"
        if of.empty:
            each.append(text("no {fault} ({what})", lang, fault=name, what=named(kind, lang)))
            continue
        length = duration(float((of["until_s"] - of["from_s"]).mean()), lang)
        values = {"n": often, "fault": name, "what": named(kind, lang), "length": length}
        places = float(of["places"].map(len).mean())
        if places > 1:
            each.append(
                text(
                    "{n} × {fault} ({what}; {length} each, at {places} places)",
                    lang,
                    places=f"{places:,.3g}",
                    **values,
                )
            )
        else:
            each.append(text("{n} × {fault} ({what}; {length} each)", lang, **values))
    said = text(
        "{run} draws random faults anew in each replication; the mean of {n} has {faults}.",
        lang,
        run=recorded(run.name, lang),
        n=run.manifest.replications,
        faults=text(", ", lang).join(each),
    )
    return Statement(text("Random faults", lang), said, text("drawn by the rates of the scenario", lang))


def _where(run: ChainRun, fault: dict, lang: Language) -> list[str]:
    """The payment channel and the stores of a fault: in English as the scenario writes them, in Chinese by their names."""
    channel, stores = fault.get("channel"), fault.get("stores")
    where = [channel if lang == "en" else named(channel, lang)] if channel else []
    if stores == "all":
        where.append(text("all", lang))
    elif stores:
        names = {store["code"]: store["name"] or store["code"] for store in run.scenario["stores"]}
        where.append(items([store if lang == "en" else names.get(store, store) for store in stores], lang))
    return where


def _software(test: LoadTest, lang: Language) -> list[Statement]:
    measured, verdict = test.run.intended_starts, test.verdict
    basis = text("measured on {host}" if measured else "read from {host}", lang, host=test.run.host)
    statements = [Statement(text("Software", lang), recorded(verdict.sentence, lang), basis, verdict.decision)]
    if verdict.stock_sentence and verdict.stock_sentence not in verdict.sentence:
        statements.append(Statement(text("Stock truth", lang), recorded(verdict.stock_sentence, lang), basis))
    return statements


def _change(run: ChainRun, again: ChainRun, lang: Language) -> Statement:
    """The second chain run compared with the first; it closes the loop where only the second plays with measured software."""
    table, currency = summaries.kpis(run, again).set_index("kpi"), run.scenario["currency"]

    def number(kpi: str, column: str) -> float:
        return cast(float, table.at[kpi, column])

    def known(value: float, say: Callable[[float], str]) -> str:
        return say(value) if isfinite(value) else text("none measured", lang)

    def change(kpi: str, say: Callable[[float], str]) -> str:
        before, after = (known(number(kpi, column), say) for column in ("value", "again"))
        return text("from {before} to {after}", lang, before=before, after=after)

    def time(time_s: float) -> str:
        return duration(time_s, lang)

    def share(of: float) -> str:
        return percent(of, lang)

    loop = again.measured and not run.measured
    opening = (
        text("Played again on the software as it was measured", lang)
        if loop
        else text(
            "In {again}, held against {run}", lang, again=recorded(again.name, lang), run=recorded(run.name, lang)
        )
    )
    story = text(
        "{opening}, ticket handling goes {handling}, the mean wait {wait}, the share that gives up {abandonment}, "
        "and the sales lost {lost} {currency} a day.",
        lang,
        opening=opening,
        handling=change("ticket_handling_time_s", time),
        wait=change("mean_wait_s", time),
        abandonment=change("abandonment", share),
        lost=change("lost_sales_per_day", lambda value: money(value, "", lang)),
        currency=currency_name(currency, lang),
    )
    turned = [
        text("The share of those who {fate} goes {change}.", lang, fate=_fate(kpi, lang), change=change(kpi, share))
        for kpi in _TURNED_AWAY
        if isfinite(number(kpi, "change")) and number(kpi, "change")
    ]
    known_by = (
        text("The table gives the intervals of the changes.", lang)
        if summaries.paired(run, again)
        else _no_intervals(run, again, lang)
    )
    said = [story, *turned, _traffic(run, again, lang), known_by]
    if again.manifest.extrapolated:
        said.append(text("Some load lay outside the measured range: there the nearest measured load stands in.", lang))
    about = text("The loop", lang) if loop else text("Compared", lang)
    return Statement(about, sentences(said, lang), _basis(again, lang))


def _traffic(run: ChainRun, again: ChainRun, lang: Language) -> str:
    """Whether counts of customers and orders are equal in both runs, by location and day."""
    if same_traffic(run.daily, again.daily):
        return text("Both runs draw the same traffic.", lang)
    if same_customers(run.kpis, again.kpis):
        return text(
            "The runs do not draw the same traffic: as many come a day, but to other stores or on other days.", lang
        )
    differences = [
        text(
            "{before} a day against {after}",
            lang,
            before=_a_day(before, noun, lang),
            after=_a_day(after, noun, lang),
        )
        for kpi, noun in (("customers_per_day", "customer"), ("orders_per_day", "online order"))
        if (before := _means(run).get(kpi)) is not None
        and (after := _means(again).get(kpi)) is not None
        and before != after
    ]
    joined = text(" and ", lang).join(differences)
    return text("The runs do not draw the same traffic: {differences}.", lang, differences=joined)


def _no_intervals(run: ChainRun, again: ChainRun, lang: Language) -> str:
    differing = unpaired(run.manifest.plays, again.manifest.plays)
    because = (
        text("the runs are not paired, for they differ in {what}", lang, what=named(differing, lang))
        if differing
        else text("one replication gives no interval", lang)
    )
    return text(
        "In the table {because}: no change has an interval, and none is called better or worse.", lang, because=because
    )


def pairing(run: ChainRun, again: ChainRun, lang: Language = "en") -> str:
    """The note on how to read the changes in the table of KPIs."""
    if not summaries.paired(run, again):
        return _no_intervals(run, again, lang)
    note = text(
        "Below a change stands its 95 % interval over paired replications. A change whose interval leaves 0 out is called better (green) or "
        "worse (red), where the figure has a better side.",
        lang,
    )
    if same_traffic(run.daily, again.daily):
        return note
    return sentences([note, text("Totals are not: the runs did not draw the same traffic.", lang)], lang)


def _means(run: ChainRun) -> dict[str, float]:
    return {str(name): float(value) for name, value in run.kpis.groupby("kpi")["value"].mean().items()}


def _basis(run: ChainRun, lang: Language) -> str:
    known = named("measured" if run.measured else "assumed", lang)
    parameters = counted(len(run.manifest.assumed), "parameter", lang)
    return text("simulated; software {known}, {parameters} assumed", lang, known=known, parameters=parameters)
