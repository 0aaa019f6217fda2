"""Names of what is measured: key figures, units, currencies, and codes such as `checkout` or `pass`."""

from __future__ import annotations

from sim.records.kpis import CAUSES, KPIS, MISSING
from sim.report.languages.catalogue import Language, translation

_MEANINGS = {kpi.name: kpi.meaning for kpi in KPIS}


def kpi_name(kpi: str, lang: Language) -> str:
    """`mean_wait_s` → `mean wait`, `平均等待时间`: the unit has its own place."""
    return _plain(kpi) if lang == "en" else translation("kpi", kpi, lang)


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
