"""What to do when the power or a payment channel fails: steps with the figures that the model gives for a store, each with its basis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from sim.report.languages import Language, counted, day, duration, money, named, percent, recorded, text
from sim.report.publish.scenario_parts import number, part, parts
from sim.report.publish.short_forms import hours_of, wait
from sim.report.publish.store_facts import Hour, Played, StoreFacts


@dataclass(frozen=True)
class Step:
    """What to do or to expect, and what its figures rest on."""

    text: str
    rests_on: str


@dataclass(frozen=True)
class Card:
    """An action card."""

    title: str
    steps: tuple[Step, ...]
    seen: tuple[Step, ...]
    """What became of the store in runs that play such a fault."""


def cards(store: StoreFacts, runs: Sequence[Played], lang: Language) -> list[Card]:
    """The cards of a store: a power cut, and an outage of each payment channel that a third of its customers or a run's fault names."""
    return [_power_cut(store, runs, lang), *_payments(store, runs, lang)]


def _power_cut(store: StoreFacts, runs: Sequence[Played], lang: Language) -> Card:
    scenario, peak, say = store.run.scenario, store.peak, _Steps(recorded(store.run.name, lang), lang)
    steps = [
        say.rule("Close the doors and put up a notice: from now on customers who come are turned away."),
        say.rule("Goods stay where they are. The model has no spoilage: decide about chilled goods yourself."),
    ]
    battery = _battery(store, runs)
    staffed = peak.staffed if peak else math.nan
    if battery is None:
        steps.append(
            say.unknown(
                "How long the tills run on battery is in none of the runs. Measure it and write it here: ______ min."
            )
        )
    elif battery <= 0:
        steps.append(
            say.scenario("The tills have no battery: they stand at once. Tickets under way wait for the power.")
        )
    elif store.ticket_s > 0 and staffed > 0:
        served = math.floor(60 * battery / store.ticket_s) * round(staffed)
        message = "The battery lasts {battery}: at {tills} staffed tills about {served} customers can still pay. Small baskets first."
        known = "battery: set in the scenario; tills and {ticket} a ticket: simulated in {run}"
        basis = text(known, lang, ticket=wait(store.ticket_s, lang), run=recorded(store.run.name, lang))
        steps.append(
            say.step(message, basis, battery=duration(60 * battery, lang), tills=f"{staffed:.0f}", served=f"{served:,}")
        )
    shopping_s = number(scenario, "trading", "shopping_s")
    if peak and shopping_s is not None:
        inside = peak.customers * shopping_s / 3600 + peak.queue
        message = "In the busiest hour, {hour} h, about {inside} are in the store: lead those in the lines out first."
        basis = text(
            "simulated customers an hour × {shopping} of shopping (assumed), and the line",
            lang,
            shopping=wait(shopping_s, lang),
        )
        steps.append(
            say.step(message, basis, hour=hours_of(peak.hour), inside=counted(round(inside), "customer", lang))
        )
    patience_s = number(scenario, "trading", "patience_s")
    if patience_s is not None:
        message = "Who has to wait gives up after {patience} on average and leaves the goods behind: have a trolley ready for them."
        steps.append(say.scenario(message, patience=wait(patience_s, lang)))
    if peak and store.sales_per_ticket > 0:
        message = "An hour without power at the busiest time costs sales of up to {loss}."
        loss = money(peak.customers * store.sales_per_ticket, scenario["currency"], lang)
        steps.append(say.simulated(message, loss=loss))
    steps.append(
        say.rule("When the power is back: open all tills first, then the doors. Tickets go on where they stood.")
    )
    return Card(text("When the power fails", lang), tuple(steps), tuple(_seen("power_cut", store, runs, lang)))


def _battery(store: StoreFacts, runs: Sequence[Played]) -> float | None:
    """Minutes on battery, of the first power cut that a run plays at the store."""
    for each in runs:
        for fault in _faults(each, "power_cut", store.code):
            return number(fault, "battery_minutes") or 0.0
    return None


def _payments(store: StoreFacts, runs: Sequence[Played], lang: Language) -> list[Card]:
    channels = parts(store.run.scenario, "trading", "payments")
    named = [str(fault.get("channel")) for each in runs for fault in _faults(each, "payment_outage", store.code)]
    share = {str(each.get("name")): number(each, "share") or 0.0 for each in channels}
    down = [name for name in share if share[name] >= 1 / 3 or name in named]
    return [_payment(name, share, store, runs, lang) for name in sorted(down, key=lambda name: -share[name])]


def _payment(
    channel: str, share: Mapping[str, float], store: StoreFacts, runs: Sequence[Played], lang: Language
) -> Card:
    scenario, peak, say = store.run.scenario, store.peak, _Steps(recorded(store.run.name, lang), lang)
    others = [
        str(each.get("name"))
        for each in parts(scenario, "trading", "payments")
        if each.get("backup") and each.get("name") != channel
    ]
    steps = [
        say.rule("Put a sign at the door and at every till at once: who reads it before unpacking loses no time."),
        say.scenario("{share} of the customers pay with it.", share=percent(share[channel], lang)),
    ]
    if others and part(scenario, "system", "backup_payment_channel"):
        message = "The tills take {backup} in its place: send customers there, none has to leave."
        steps.append(say.scenario(message, backup=named(others[0], lang)))
    elif peak:
        steps += _without_backup(share[channel], "cash" in share and channel != "cash", store, peak, lang)
        if others:
            message = (
                "{backup} could take them, but the software of this run has no backup channel: ask whether yours has."
            )
            steps.append(say.scenario(message, backup=named(others[0], lang)))
    steps.append(say.rule("A ticket that has begun is not touched. When the channel works again, take the signs down."))
    title = text("When {channel} fails at the tills", lang, channel=named(channel, lang))
    return Card(title, tuple(steps), tuple(_seen("payment_outage", store, runs, lang, channel)))


def _without_backup(share: float, takes_cash: bool, store: StoreFacts, peak: Hour, lang: Language) -> Iterator[Step]:
    """Who pays cash and who leaves, in the busiest hour."""
    scenario, say = store.run.scenario, _Steps(recorded(store.run.name, lang), lang)
    holders = (number(scenario, "trading", "cash_holders") or 0.0) if takes_cash else 0.0
    basis = text("shares: set in the scenario; customers: simulated in {run}", lang, run=recorded(store.run.name, lang))
    if holders:
        cash = peak.customers * share * holders
        amount = money(cash * store.sales_per_ticket, scenario["currency"], lang) if store.sales_per_ticket > 0 else "–"
        message = "{holders} of them hold cash: in the busiest hour, {hour} h, {cash} cash tickets more, of {amount} together. Prepare change."
        values = {"holders": percent(holders, lang), "cash": f"{cash:,.0f}", "amount": amount}
        yield say.step(message, basis, hour=hours_of(peak.hour), **values)
    leave = share * (1 - holders)
    message = "All others leave: {share} of all customers, about {leave} in the busiest hour."
    yield say.step(message, basis, share=percent(leave, lang), leave=f"{peak.customers * leave:,.0f}")


def _seen(kind: str, store: StoreFacts, runs: Sequence[Played], lang: Language, channel: str = "") -> list[Step]:
    """For each run with such a fault at the store: what was counted in its hours."""
    found = []
    for each in runs:
        for fault in _faults(each, kind, store.code):
            if channel and fault.get("channel") != channel:
                continue
            begins = datetime.fromisoformat(str(fault["at"]))
            ends = begins + timedelta(minutes=float(fault["minutes"]))
            rows = _between(each, store.code, begins, ends)
            if rows.empty:
                continue
            sums = rows.sum(numeric_only=True) / each.run.manifest.replications
            wait_s = sums["wait_s"] / sums["tickets"] if sums["tickets"] else math.nan
            message = (
                "{day}, {first} to {last}: in the hours it touched {customers} came, {away} were turned away, {left} gave up in the line, {unpaid} "
                "could not pay; those served waited {wait}."
            )
            values = {
                "day": day(begins.date(), lang),
                "first": f"{begins:%H:%M}",
                "last": f"{ends:%H:%M}",
                "customers": counted(round(sums["customers"]), "customer", lang),
                "away": f"{sums['turned_away']:,.0f}",
                "left": f"{sums['abandoned']:,.0f}",
                "unpaid": f"{sums['payment_lost']:,.0f}",
                "wait": wait(wait_s, lang),
            }
            found.append(
                Step(text(message, lang, **values), text("simulated in {run}", lang, run=recorded(each.run.name, lang)))
            )
    return found


def _faults(of: Played, kind: str, code: str) -> list[dict]:
    """The faults of a kind that a run plays at a store."""
    at = [fault for fault in of.run.scenario["faults"] if fault["kind"] == kind]
    return [fault for fault in at if (stores := fault.get("stores")) is None or stores == "all" or code in stores]


def _between(of: Played, code: str, begins: datetime, ends: datetime) -> pd.DataFrame:
    """The hours of a store that a span touches."""
    rows = of.hourly[of.hourly["location_code"] == code]
    start = datetime.fromisoformat(of.run.scenario["start"])
    hour = rows["day"] * 24 + rows["hour"]
    first, last = ((instant - start).total_seconds() / 3600 for instant in (begins, ends))
    return rows[(hour + 1 > first) & (hour < last)]


@dataclass(frozen=True)
class _Steps:
    """Makes steps in a language, each with its basis."""

    run: str
    lang: Language

    def step(self, message: str, basis: str, **values: str) -> Step:
        return Step(text(message, self.lang, **values), basis)

    def rule(self, message: str) -> Step:
        return self.step(message, text("rule of the model", self.lang))

    def scenario(self, message: str, **values: str) -> Step:
        return self.step(message, text("set in the scenario", self.lang), **values)

    def simulated(self, message: str, **values: str) -> Step:
        return self.step(message, text("simulated in {run}", self.lang, run=self.run), **values)

    def unknown(self, message: str) -> Step:
        return self.step(message, text("not in the records", self.lang))
