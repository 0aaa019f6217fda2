"""The page of a store, for a phone and for paper: its busiest day, its tills, its goods, and what to do when something fails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, partial

from jinja2 import Template

from sim.records.predictions.backtest import standing
from sim.report.languages import Language, counted, day, duration, named, percent, recorded, text
from sim.report.pages.templates import template
from sim.report.publish.drills import cards
from sim.report.publish.short_forms import short_day, wait
from sim.report.publish.store_facts import Hour, Played, StoreFacts
from sim.report.runs import ChainRun


@cache
def page_template(name: str, lang: Language) -> Template:
    """A template of this room, with filters for quantities."""
    return template(
        name,
        lang,
        "sim.report.publish",
        day=partial(day, lang=lang),
        short_day=partial(short_day, lang=lang),
        wait=partial(wait, lang=lang),
        rounded=lambda value: f"{value:,.0f}" if math.isfinite(value) else "–",
    )


def store_page(store: StoreFacts, runs: Sequence[Played], lang: Language, links: Sequence[tuple[str, str]]) -> str:
    """The page as HTML. `runs`: all runs that were given, whose faults its cards show; `links`: text and address of other pages."""
    scenario = store.run.scenario
    return page_template("store.html", lang).render(
        store=store,
        basis=basis(store.run, lang),
        summary=_summary(store, lang),
        chart=_chart(store.hours),
        target=duration(scenario["trading"]["wait_target_s"], lang),
        short=[hour for hour in store.hours if hour.needed is not None and hour.needed > round(hour.staffed)],
        cards=cards(store, runs, lang),
        links=links,
        most=max((each.out_of_stock for each in store.days), default=0.0),
    )


def _summary(store: StoreFacts, lang: Language) -> list[str]:
    """What happens in the store, in sentences."""
    when = f"{day(store.busiest, lang)}{_bracketed(store.holiday, lang)}"
    said = []
    if store.ordinary_customers > 0:
        factor = f"{store.customers / store.ordinary_customers:.2g}"
        message = "The busiest day is {when}: {customers} come, {factor} times as many as on an ordinary day ({usual})."
        values = {
            "customers": counted(round(store.customers), "customer", lang),
            "usual": f"{store.ordinary_customers:,.0f}",
        }
        said.append(text(message, lang, when=when, factor=factor, **values))
    else:
        message = "The busiest day is {when}: {customers} come."
        said.append(text(message, lang, when=when, customers=counted(round(store.customers), "customer", lang)))
    if store.worst and store.worst.wait_s > 0:
        worst = store.worst
        message = "The longest waits are from {first} to {last} h: {wait} on average, with {queue} in line{range}."
        low, high = store.worst_waits_s or (worst.wait_s, worst.wait_s)
        span = (
            text("; {low} to {high} over replications", lang, low=wait(low, lang), high=wait(high, lang))
            if high > low
            else ""
        )
        values = {
            "wait": wait(worst.wait_s, lang),
            "queue": counted(round(worst.queue), "customer", lang),
            "range": span,
        }
        said.append(text(message, lang, first=worst.hour, last=worst.hour + 1, **values))
    if store.customers > 0 and store.left >= 0.5:
        message = "{left} of them leave without buying ({share})."
        said.append(text(message, lang, left=f"{store.left:,.0f}", share=percent(store.left / store.customers, lang)))
    return said


def _bracketed(name: str, lang: Language) -> str:
    return "" if not name else f" ({name})" if lang == "en" else f"（{recorded(name, lang)}）"


def basis(run: ChainRun, lang: Language) -> str:
    """What a page of a run rests on: the run, its software and assumptions, and whether it was backtested."""
    manifest = run.manifest
    return text(
        "Simulated by retail-lab in the run {run}: {days} from {first}, {replications}, seed {seed}, hash {hash}; software {basis}, "
        "{n} parameters assumed; {backtest}.",
        lang,
        run=recorded(run.name, lang),
        days=counted(run.days, "day", lang),
        first=day(run.first_day.date(), lang),
        replications=counted(manifest.replications, "replication", lang),
        seed=manifest.seed,
        hash=manifest.scenario_hash[:8],
        basis=named("measured" if run.measured else "assumed", lang),
        n=len(manifest.assumed),
        backtest=recorded(standing(run.backtest, run.scenario), lang),
    )


def _chart(hours: Sequence[Hour]) -> dict:
    """Bars of customers by hour, busiest day behind an ordinary one: positions in a drawing of 360 × 130."""
    top = max(
        (value for hour in hours for value in (hour.customers, hour.ordinary_customers) if value > 0), default=1.0
    )
    width = 340 / max(len(hours), 1)

    def height(value: float) -> float:
        return round(100 * value / top, 1) if value > 0 else 0.0

    bars = [
        {
            "x": round(18 + n * width + 0.08 * width, 1),
            "width": round(0.84 * width, 1),
            "high": height(hour.customers),
            "usual": height(hour.ordinary_customers),
            "hour": hour.hour,
        }
        for n, hour in enumerate(hours)
    ]
    return {"bars": bars, "top": f"{top:,.0f}", "step": 1 if len(hours) <= 14 else 2}
