"""Names of what is measured: key figures, units, currencies, and codes such as `checkout` or `pass`."""

from __future__ import annotations

from sim.records.kpis import CAUSES, KPIS, MISSING
from sim.report.languages.catalogue import Language, translation

_MEANINGS = {kpi.name: kpi.meaning for kpi in KPIS}

_ENGLISH = {
    "waits_over_target_all": "waits over target, lines left included",
    "mean_wait_priority_s": "mean wait of the priority class",
    "mean_wait_abandoned_s": "mean wait of those who left a line",
    "turned_away": "customers turned away",
    "payment_lost": "customers who could not pay",
    "self_checkout_share": "share of self-checkouts",
    "availability_felt": "availability felt in stores",
    "lost_demand_shelf": "demand lost at empty shelves",
    "lost_demand_queue": "demand lost to queues",
    "lost_demand_payment": "demand lost to failed payment",
    "lost_demand_closed": "demand lost to closed doors",
    "lost_demand_outage": "demand lost to outages",
    "lost_sales_shelf_per_day": "sales lost at empty shelves",
    "lost_sales_queue_per_day": "sales lost to queues",
    "lost_sales_payment_per_day": "sales lost to failed payment",
    "lost_sales_closed_per_day": "sales lost to closed doors",
    "lost_sales_outage_per_day": "sales lost to outages",
    "returned_unsaleable": "returned units not fit for sale",
    "missing_filling": "empty shelves with stock in the back room",
    "missing_record": "empty shelves with phantom stock",
    "missing_ordering": "empty shelves for want of ordering",
    "missing_upstream": "empty shelves with none upstream",
    "orders_per_day": "online orders",
    "orders_lost": "online orders lost",
    "days_of_cover_stores": "days of cover in stores",
    "days_of_cover_warehouses": "days of cover in warehouses",
    "stock_discrepancy_stores": "stock discrepancy rate in stores",
    "stock_discrepancy_warehouses": "stock discrepancy rate in warehouses",
    "wrong_records_stores": "wrong records in stores",
    "wrong_records_warehouses": "wrong records in warehouses",
    "record_error_stores": "record error in stores",
    "written_off_per_day": "stock written off",
    "written_off_share": "share written off",
    "written_off_share_perishables": "share written off, perishables",
}
"""Names of the key figures whose code, read as words, is none."""


def kpi_name(kpi: str, lang: Language) -> str:
    """`mean_wait_s` → `mean wait`, `平均等待时间`: the unit has its own place."""
    return _ENGLISH.get(kpi) or _plain(kpi) if lang == "en" else translation("kpi", kpi, lang)


def kpi_meaning(kpi: str, lang: Language) -> str:
    """What a key figure is, in a phrase; empty for one that this version does not make."""
    meaning = _MEANINGS.get(kpi, "")
    for cause in (*CAUSES.values(), *MISSING.values()):
        if f"({cause})" in meaning:
            message = meaning.replace(f"({cause})", "({cause})")
            return translation("meaning", message, lang).format(cause=translation("meaning", cause, lang))
    return translation("meaning", meaning, lang)


def unit_name(unit: str, lang: Language, currency: str = "currency") -> str:
    """A unit of `Kpi.unit` or of `sim.report.units.reading`; `currency` is the scenario's: `currency/day` → `CNY/day`, `元/天`."""
    if lang == "en":
        return unit.replace("currency", currency)
    if unit.startswith("% of "):
        return f"%（{translation('unit', unit.replace('% of', 'share of', 1), lang)}）"
    return translation("unit", unit, lang).format(currency=currency_name(currency, lang))


def currency_name(currency: str, lang: Language) -> str:
    """`CNY` → `CNY`, `元`; a code that the catalogue does not hold stays as it is."""
    return translation("currency", currency, lang)


def named(code: str, lang: Language) -> str:
    """A code of a record as people read it: `stock_check` → `stock check`, `查库存`; `pass` → `pass`, `通过`."""
    return code.replace("_", " ") if lang == "en" else translation("code", code, lang)


def _plain(kpi: str) -> str:
    return kpi.removesuffix("_s").removesuffix("_per_day").replace("_", " ")
