"""Names, units and quantities in English and Chinese."""

import datetime

import pytest

from sim.records.kpis import KPIS
from sim.report.languages import (
    catalogue,
    counted,
    currency_name,
    day,
    duration,
    items,
    kpi_meaning,
    kpi_name,
    money,
    number,
    percent,
    recorded,
    unit_name,
)
from sim.report.languages.names import _ENGLISH, _plain

HAN = range(0x4E00, 0xA000)


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.name)
def test_every_key_figure_has_a_name_a_meaning_and_a_unit_in_chinese(kpi):
    tables = catalogue.tables()
    assert kpi.name in tables["kpi"]
    assert kpi.unit in tables["unit"]
    said = kpi_meaning(kpi.name, "zh")
    assert any(ord(sign) in HAN for sign in said)
    assert said != kpi_meaning(kpi.name, "en")
    assert not {"arrivals", "units", "customers"} & set(said.split())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_two_key_figures_share_a_name_and_no_name_is_a_code(lang):
    names = [kpi_name(kpi.name, lang) for kpi in KPIS]
    assert len(set(names)) == len(names)
    assert not any("_" in name for name in names)


def test_every_english_name_of_its_own_belongs_to_a_key_figure_and_is_not_its_code_in_words():
    own = {kpi.name: _ENGLISH[kpi.name] for kpi in KPIS if kpi.name in _ENGLISH}
    assert own == _ENGLISH
    assert not [kpi for kpi, name in own.items() if name == _plain(kpi)]


def test_a_sentence_of_a_record_names_key_figures_and_leaves_what_a_person_types():
    said = "Wave north waits 3 days for its gate at 50 % and 9 at 80 %, most often for mean_wait_s."
    assert recorded(said, "en").endswith("most often for mean wait.")
    assert recorded(said, "zh").endswith("多因平均等待时间。")
    for typed in ("`mean_wait_s`", "--half-width fill_rate=0.002", "kpis/fill_rate.csv", "my_fill_rate"):
        assert recorded(f"Ask for {typed}.", "en") == f"Ask for {typed}."


@pytest.mark.parametrize(
    ("written", "english", "chinese"),
    [
        (lambda lang: counted(1, "request", lang), "1 request", "1 个请求"),
        (lambda lang: counted(5214, "customer", lang), "5,214 customers", "5,214 位顾客"),
        (lambda lang: percent(0.9996, lang), "99.96 %", "99.96%"),
        (lambda lang: percent(float("nan"), lang), "an unknown share", "未知比例"),
        (lambda lang: duration(0.0123, lang), "12.3 ms", "12.3 毫秒"),
        (lambda lang: duration(2592, lang), "43.2 min", "43.2 分钟"),
        (lambda lang: duration(200_000, lang), "2.31 days", "2.31 天"),
        (lambda lang: duration(float("nan"), lang), "an unknown time", "未知时间"),
        (lambda lang: money(877_898, "CNY", lang), "CNY 878 thousand", "87.8 万元"),
        (lambda lang: money(9_990_000, "CNY", lang), "CNY 9.99 million", "999 万元"),
        (lambda lang: money(2_351_000_000, "EUR", lang), "EUR 2.35 billion", "23.5 亿欧元"),
        (lambda lang: money(1234, "CHF", lang), "CHF 1,234", "1,234 CHF"),
        (lambda lang: number(12_345_678, lang), "12.35 M", "1,235 万"),
        (lambda lang: number(0.01234, lang), "0.01234", "0.01234"),
        (lambda lang: number(float("nan"), lang), "–", "–"),
        (lambda lang: day(datetime.date(2026, 10, 1), lang), "1 October 2026", "2026年10月1日"),
        (lambda lang: items(["a", "b"], lang), "a and b", "a、b"),
        (lambda lang: items(list("abcdef"), lang), "a, b, c and 3 more", "a、b、c 等 6 项"),
        (lambda lang: unit_name("currency/day", lang, "CNY"), "CNY/day", "元/天"),
        (lambda lang: unit_name("% of customers", lang), "% of customers", "%（占顾客）"),
        (lambda lang: currency_name("CNY", lang), "CNY", "元"),
    ],
)
def test_a_quantity_reads_right_in_both_languages(written, english, chinese):
    assert (written("en"), written("zh")) == (english, chinese)
