"""A film holds what the run's tables hold, states what is in it, and needs nothing from elsewhere."""

import json
import re
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.cli.app import USAGE, status
from sim.records.outcome import COUNTERS, HOURLY, outcome_folder
from sim.records.refusal import Refusal
from sim.report.film.measures import measure, span_of
from sim.report.film.page import film_of
from sim.report.languages import duration
from sim.report.runs import read

from ..languages import messages
from ..pages.test_run_page import Reader
from ..publish.conftest import scenario
from ..test_odd_pages import HELPLESS, ODD, changed
from .conftest import drawn

CODES = ["SH01", "GZ01", "BJ01", "WSH"]


def data_of(html):
    """What the script of a page reads."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1])


def faults_in(data, hour):
    """Labels of the faults that last at an instant of an hour."""
    return "; ".join(f["label"] for f in data["faults"] if f["from_h"] < hour + 1 and f["until_h"] > hour)


def text_of(html):
    page = Reader(html)
    assert page.open == []
    assert not HELPLESS.search(page.text), page.text
    return page.text


@pytest.fixture(scope="module")
def film(folder):
    return film_of(folder, replication=1)


@pytest.fixture(scope="module")
def shown(folder):
    run = read([folder]).chain
    return measure(run, span_of(run, folder, 1, None, None))


def laid_out(table, rows, values):
    return table.pivot_table(index=rows, columns="location_code", values=values)[CODES].to_numpy()


def test_a_page_holds_the_counters_of_every_hour_and_location(film, tables):
    held = data_of(film.html)["hourly"]
    hours = {name: laid_out(tables.hourly, ["day", "hour"], name) for name in HOURLY}
    for name in ("customers", "lost_units", "orders"):
        np.testing.assert_array_equal(held[name], hours[name])
    np.testing.assert_array_equal(held["left"], hours["abandoned"] + hours["turned_away"] + hours["payment_lost"])
    np.testing.assert_allclose(held["outage_min"], hours["outage_s"] / 60, atol=0.051)
    with np.errstate(invalid="ignore"):
        wait_s, in_use = hours["wait_s"] / hours["tickets"], 100 * hours["till_busy_s"] / hours["till_open_s"]
    np.testing.assert_allclose(np.array(held["wait_s"], dtype=float), wait_s, atol=0.051)
    np.testing.assert_allclose(np.array(held["tills_in_use"], dtype=float), in_use, atol=0.51)


def test_a_page_holds_the_stock_and_the_deliveries_of_every_day_and_location(film, tables):
    held = data_of(film.html)["daily"]
    days = {
        name: laid_out(tables.daily, "day", name)
        for name in ("stockout_sku_days", "sku_days", "units_in", "received_units")
    }
    np.testing.assert_array_equal(held["out_of_stock"], days["stockout_sku_days"])
    np.testing.assert_array_equal(held["carried"], days["sku_days"])
    np.testing.assert_array_equal(held["came_in"], days["units_in"] + days["received_units"])


def test_queues_hold_the_time_that_all_customers_waited(shown, tables):
    """Little's law: mean queue length × time = the waits of those served and of those who gave up."""
    waited_s = tables.hourly["wait_s"].sum() + tables.daily["abandoned_wait_s"].sum()
    assert 3600 * shown.queue.sum() == pytest.approx(waited_s)


def test_areas_of_stores_are_as_their_queues(film):
    looks, queue = data_of(film.html)["looks"], np.array(data_of(film.html)["hourly"]["queue"])[:, :3]
    grown = (np.array(looks["radius"]) - 3) / 11
    np.testing.assert_allclose(grown**2, queue / queue.max(), atol=0.02)


def test_the_colour_of_a_store_is_the_class_of_its_mean_wait(film, shown):
    """The target is 300 s: classes begin at 10, 30, 100 and 300 s."""
    for hour, classes in enumerate(data_of(film.html)["looks"]["level"]):
        for store, found in enumerate(classes):
            wait_s = shown.wait_s[hour, store]
            idle = not shown.by_hour["customers"][hour, store] and np.isnan(wait_s)
            reached = sum(np.nan_to_num(wait_s) >= bound for bound in (10, 30, 100, 300))
            assert found == ("-" if idle else str(reached))


def test_the_title_is_the_busiest_hour_and_the_store_with_the_largest_share_out_of_stock(film, tables):
    hours = tables.hourly.groupby(["day", "hour"])[["customers", "wait_s", "tickets"]].sum()
    day, hour = hours["customers"].idxmax()
    most = hours.loc[(day, hour)]
    stores = tables.daily[tables.daily["location_code"] != "WSH"].groupby("location_code")
    shares = stores["stockout_sku_days"].sum() / stores["sku_days"].sum()
    assert shares.idxmax() == "BJ01"
    assert film.title == (
        f"The busiest hour is {pd.Timestamp('2026-10-01') + pd.Timedelta(days=day):%a %-d %b}, {hour}–{hour + 1} h: "
        f"{most['customers']:,.0f} customers, mean wait {duration(most['wait_s'] / most['tickets'], 'en')}; "
        f"BJ01 has the largest share of SKUs out of stock, {100 * shares.max():.3g} %"
    )
    assert f"<h1>{film.title}</h1>" in film.html


def test_a_page_shows_its_busiest_hour_and_its_days_without_its_script(film):
    data = data_of(film.html)
    text = text_of(film.html)
    for each in (data["moments"], data["hour_sentences"]):
        assert each[data["first"]] in text
    assert data["day_sentences"][data["first"] // 24] in text
    assert "Without its script the page shows the busiest hour" in text
    assert all(day in text for day in ("Fri 2 Oct", "Sat 3 Oct"))
    assert f'id="faults">{faults_in(data, data["first"])}</p>' in film.html
    marks = re.findall(r'<circle class="mark w?(\d?)" r="([\d.]+)"/>', film.html.partition('class="controls"')[0])
    assert [float(radius) for _, radius in marks] == [data["looks"]["radius"][data["first"]][n] for n in (1, 0, 2)]


def test_a_page_needs_nothing_from_elsewhere_and_is_the_same_each_time(film, folder):
    assert not re.search(r"(?:src|href|action)=|https?:|//\w+\.|url\(|@import|fetch|XMLHttp|import\(", film.html)
    assert film_of(folder, replication=1).html == film.html
    assert film_of(folder, replication=0).html != film.html


def test_names_from_a_scenario_end_no_element_of_the_page(make_chain, tmp_path):
    name = '</script><script>document.title="taken"</script><i>{{ 1 }}'
    html = film_of(make_chain(tmp_path / "run", days=1, store_name=name)).html
    assert f"SH01 {name}" in text_of(html)
    assert html.count("<script") == 2
    assert html.count("</script>") == 2


@pytest.mark.parametrize("odd", ODD)
def test_a_page_of_odd_outcomes_shows_what_there_is(make_chain, tmp_path, odd):
    run = make_chain(tmp_path / "run", days=1)
    ODD[odd](run)
    film = film_of(run)
    text_of(film.html)
    assert ("No customer comes in the 1 day shown" in film.title) == (odd == "nothing came")
    assert ("none served" in film.title) == (odd == "none served")
    assert ("out of stock" in film.title) == (odd not in ("nothing came", "none empty"))
    if odd == "all empty":
        assert film.title.endswith("; 100 % of SKUs are out of stock")
        assert data_of(film.html)["looks"]["ring"] == [[100, 100, 100]]


def test_stores_with_the_same_share_out_of_stock_are_counted(make_chain, tmp_path):
    run = make_chain(tmp_path / "run", days=1)
    changed(run, "daily", lambda t: t.assign(stockout_sku_days=t["location_code"].map({"SH01": 5.0}).fillna(7.0)))
    assert film_of(run).title.endswith("; 2 stores have the largest share of SKUs out of stock, 3.5 %")


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_page_of_any_counters_shows_no_number_that_is_none(make_chain, tmp_path_factory, data):
    run, values = (
        make_chain(tmp_path_factory.mktemp("any"), days=1),
        st.sampled_from([0.0, 1e-9, 0.5, 1.0, 1e12]),
    )

    def any_counters(table):
        return table.assign(**{name: data.draw(values) for name in table.columns if name in COUNTERS})

    changed(run, "hourly", any_counters)
    changed(run, "daily", any_counters)
    text_of(film_of(run).html)


def contrast(one, other):
    """Of two colours, by WCAG 2.1."""

    def luminance(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", [0, 1], ids=["light", "dark"])
def test_texts_and_marks_have_contrast_and_waits_differ_in_lightness(film, look):
    """4.5 for texts and 3 for what carries meaning; four classes of waits are one hue from paper away, so that no colour vision is needed."""
    colours = dict(re.findall(r"--(\w+): (#\w{6})", re.findall(r":root \{(.*?)\}", film.html, re.DOTALL)[look]))
    for name in ("ink", "muted", "fault", "accent"):
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
    for name in ("ring", "edge", "way"):
        assert contrast(colours[name], colours["paper"]) >= 3, name
    away = [contrast(colours[f"w{n}"], colours["paper"]) for n in range(4)]
    assert all(1.3 * nearer <= further for nearer, further in pairwise(away)), away
    assert contrast(colours["w4"], colours["w3"]) >= 1.5


def test_a_week_of_fifty_stores_is_below_three_megabytes(make_chain, tmp_path):
    run = make_chain(tmp_path / "run", replications=1, days=7)
    codes = [f"X{n}" for n in range(47)]
    before = read([run]).chain.scenario["stores"]
    scenario(run, stores=[*before, *({"code": code, "name": "上海 徐汇店", "region": "EAST"} for code in codes)])

    def more(table):
        of = table[table["location_code"] == "SH01"]
        added = (of.assign(location=4 + n, location_code=code) for n, code in enumerate(codes))
        return drawn(pd.concat([table, *added]), np.random.default_rng(1), HOURLY)

    changed(run, "hourly", more)
    html = film_of(run).html
    held = np.array(data_of(html)["hourly"]["customers"])
    assert held.shape == (168, 51)
    assert held.sum() == read([run]).chain.hourly["customers"].sum()
    assert len(html.encode()) < 1_500_000


def test_a_page_in_chinese_has_no_english_sentence(folder, monkeypatch):
    monkeypatch.setattr("sim.report.film.page.with_font", lambda html: html)  # takes time, and other tests hold it
    film = film_of(folder, replication=1, lang="zh")
    bare = re.sub(r"<(style|svg|script).*?</\1>", "", film.html, flags=re.DOTALL)
    data = data_of(film.html)
    sentences = (
        *data["moments"],
        *data["hour_sentences"],
        *data["day_sentences"],
        *(f["label"] for f in data["faults"]),
    )
    shown = [*re.findall(r">([^<]+)", bare), *re.findall(r'(?:aria-label|data-\w+)="([^"]*)"', film.html), *sentences]
    assert {phrase for text in shown for phrase in messages.WORDS.findall(text)} <= {"retail-lab validate"}
    assert '<html lang="zh-CN">' in film.html
    assert "最忙的一小时" in film.title


def test_days_are_chosen_and_are_those_of_the_whole(folder):
    whole, second = (data_of(film_of(folder, 1, *span).html) for span in ((), (1, date(2026, 10, 3))))
    assert (whole["hours"], second["hours"]) == (48, 24)
    for name, rows in whole["hourly"].items():
        assert second["hourly"][name] == rows[24:]
    assert second["moments"] == whole["moments"][24:]


@pytest.mark.parametrize(
    ("chosen", "line"),
    [
        ({"replication": 2}, "--replication: expected a replication of {manifest}, 0 to 1, found 2"),
        ({"days": 3}, "--days: expected 1 to 2 days from 2026-10-02, for 4 stores and warehouses, found 3"),
        ({"days": 2, "first_day": date(2026, 10, 3)}, "--days: expected 1 to 1 days from 2026-10-03, for 4 stores and warehouses, found 2"),
        ({"first_day": date(2026, 10, 1)}, "--from: expected a day that counts of {manifest}, 2026-10-02 to 2026-10-03, found '2026-10-01'"),
    ],
)  # fmt: skip
def test_a_replication_or_days_that_the_run_does_not_have_are_refused(folder, chosen, line):
    with pytest.raises(Refusal) as refused:
        film_of(folder, **chosen)
    assert str(refused.value) == line.format(manifest=outcome_folder(folder) / "manifest.json")


def test_a_film_that_no_browser_would_carry_is_refused(folder, monkeypatch):
    monkeypatch.setattr("sim.report.film.measures.MOST_HOURS", 24 * 4)
    assert data_of(film_of(folder, days=1).html)["hours"] == 24
    with pytest.raises(
        Refusal, match="--days: expected 1 to 1 days from 2026-10-02, for 4 stores and warehouses, found 2"
    ):
        film_of(folder)


def test_the_command_writes_the_page_into_the_run_and_prints_its_title(folder, film, tmp_path, capsys):
    page = tmp_path / "film.html"
    assert status(["film", str(folder), "--replication", "1", "--out", str(page)]) == 0
    assert page.read_text(encoding="utf-8") == film.html
    assert " ".join(capsys.readouterr().out.split()).startswith(film.title)
    assert status(["film", str(folder), "--from", "2026-10-03", "--days", "1"]) == 0
    assert data_of((folder / "film.html").read_text(encoding="utf-8"))["hours"] == 24


def test_what_is_no_run_of_a_chain_and_no_day_is_one_line(folder, make_load, tmp_path, capsys):
    load = make_load(tmp_path / "load", n=400)
    for words in ([str(tmp_path)], [str(load)], [str(folder), "--from", "tomorrow"]):
        assert status(["film", *words]) == USAGE
        assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("places", ["warehouses", "suppliers", "lanes"])
def test_a_fault_whose_places_are_no_list_is_refused(make_chain, tmp_path, places):
    run = make_chain(tmp_path / "run", days=1)
    scenario(run, faults=[{"kind": "lane_closed", "at": "2026-10-01T06:00:00", "minutes": 30.0, places: 5}])
    with pytest.raises(Refusal, match=rf"manifest\.json: scenario\.faults\.0\.{places}.*: expected .*, found 5"):
        film_of(run)
