"""Texts of pages, figures and tables in English and Chinese: the English text stands where it is used, its translation in `zh/*.toml`.

>>> text("customers an hour", "zh"), counted(50, "store", "zh")
('每小时顾客数', '50 家门店')
>>> kpi_name("stockout_rate", "zh"), unit_name("currency/day", "zh", "CNY")
('缺货率', '元/天')
"""

from sim.report.languages.catalogue import Language, text
from sim.report.languages.names import currency_name, kpi_meaning, kpi_name, named, unit_name
from sim.report.languages.quantities import counted, day, duration, items, money, number, percent, sentences
from sim.report.languages.recorded import recorded

__all__ = [
    "Language",
    "counted",
    "currency_name",
    "day",
    "duration",
    "items",
    "kpi_meaning",
    "kpi_name",
    "money",
    "named",
    "number",
    "percent",
    "recorded",
    "sentences",
    "text",
    "unit_name",
]
