"""The words of a film: the finding that is its title, a sentence for each hour and for each day, a row of figures for each day."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.report.film.measures import Measures
from sim.report.languages import Language, counted, duration, percent, text
from sim.report.publish.short_forms import hours_of, short_day


def name_of(shown: Measures, location: int) -> str:
    """A location's code with its name, where it has one."""
    place = shown.places[location]
    return f"{place['code']} {place.get('name') or ''}".strip()


def moment(shown: Measures, hour: int, lang: Language) -> str:
    """Day and hour: `Sat 19 Sep, 18–19 h`."""
    return text("{day}, {hours} h", lang, day=short_day(shown.days[hour // 24], lang), hours=hours_of(hour % 24))


def title(shown: Measures, lang: Language) -> str:
    """The busiest hour, how long its customers wait, and the store with the largest share of SKUs out of stock, over the days shown."""
    if shown.chain("customers").any():
        hour = shown.busiest
        found = text(
            "The busiest hour is {moment}: {facts}",
            lang,
            moment=moment(shown, hour, lang),
            facts=text(", ", lang).join(_customers(shown, hour, lang)),
        )
    else:
        found = text("No customer comes in the {days} shown", lang, days=counted(len(shown.days), "day", lang))
    shares = shown.out_of_stock[:, : shown.n_stores].mean(axis=0)
    if not shares.any():
        return found
    worst = np.flatnonzero(shares == shares.max())
    values = {"found": found, "share": percent(shares.max(), lang)}
    if len(worst) == shown.n_stores:
        return text("{found}; {share} of SKUs are out of stock", lang, **values)
    if len(worst) > 1:
        stores = counted(len(worst), "store", lang)
        return text(
            "{found}; {stores} have the largest share of SKUs out of stock, {share}", lang, stores=stores, **values
        )
    store = name_of(shown, int(worst[0]))
    return text("{found}; {store} has the largest share of SKUs out of stock, {share}", lang, store=store, **values)


def _customers(shown: Measures, hour: int, lang: Language) -> list[str]:
    """How many come in an hour, and how long those who are served have waited."""
    customers, wait_s = shown.chain("customers")[hour], shown.chain_wait_s[hour]
    served = (
        text("none served", lang) if np.isnan(wait_s) else text("mean wait {wait}", lang, wait=duration(wait_s, lang))
    )
    return [counted(customers, "customer", lang), served]


def hour_sentence(shown: Measures, hour: int, lang: Language) -> str:
    """What happens in the chain in an hour."""
    left, orders, lost, sold = (shown.chain(name)[hour] for name in ("left", "orders", "lost_units", "sold_units"))
    found = []
    if shown.chain("customers")[hour] or shown.chain("tickets")[hour]:
        found += _customers(shown, hour, lang)
        found.append(text("{n} in queues on average", lang, n=f"{shown.queue[hour].sum():,.1f}"))
    if left:
        found.append(text("{n} left without buying", lang, n=f"{left:,.0f}"))
    if orders:
        found.append(counted(orders, "online order", lang))
    if lost:
        share = percent(lost / (lost + sold), lang)
        found.append(
            text("{units} wanted and not sold ({share})", lang, units=counted(lost, "unit", lang), share=share)
        )
    outage_s = shown.by_hour["outage_s"][hour, : shown.n_stores]
    if outage_s.any():
        found.append(
            text(
                "{stores} without the system, for up to {time}",
                lang,
                stores=counted(int(np.count_nonzero(outage_s)), "store", lang),
                time=duration(float(outage_s.max()), lang),
            )
        )
    return text("; ", lang).join(found) or text("no customer and no online order", lang)


def day_sentence(shown: Measures, day: int, lang: Language) -> str:
    """What the run keeps of a day as a whole: stock-outs at its end, and deliveries."""
    stores = slice(0, shown.n_stores)
    carried = shown.by_day["sku_days"][day, stores].sum()
    share = shown.by_day["stockout_sku_days"][day, stores].sum() / carried if carried else 0.0
    return text("; ", lang).join(
        (
            text("{share} of SKUs in stores out of stock at the day's end", lang, share=percent(share, lang)),
            text("{units} came in to stores", lang, units=counted(shown.came_in[day, stores].sum(), "unit", lang)),
            text(
                "{units} came in to warehouses",
                lang,
                units=counted(shown.came_in[day, shown.n_stores :].sum(), "unit", lang),
            ),
        )
    )


def day_rows(shown: Measures, lang: Language) -> list[list[str]]:
    """The table of days: the cells of each day, under the headings of the page."""
    rows = []
    for day, of in enumerate(shown.days):
        hours = slice(24 * day, 24 * day + 24)

        def total(counter: str, hours: slice = hours) -> float:
            return float(shown.chain(counter)[hours].sum())

        carried = shown.by_day["sku_days"][day, : shown.n_stores].sum()
        share = shown.by_day["stockout_sku_days"][day, : shown.n_stores].sum() / carried if carried else None
        customers, tickets = total("customers"), total("tickets")
        busiest = hours_of(int(shown.chain("customers")[hours].argmax())) if customers else "–"
        rows.append(
            [
                short_day(of, lang),
                f"{customers:,.0f}",
                busiest,
                duration(total("wait_s") / tickets, lang) if tickets else "–",
                f"{total('left'):,.0f}",
                f"{total('lost_units'):,.0f}",
                "–" if share is None else percent(share, lang),
                f"{shown.came_in[day, : shown.n_stores].sum():,.0f}",
            ]
        )
    return rows


def each_hour(shown: Measures, sentence: Callable[[Measures, int, Language], str], lang: Language) -> list[str]:
    """A sentence for each hour of a film."""
    return [sentence(shown, hour, lang) for hour in range(shown.hours)]
