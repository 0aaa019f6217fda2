"""A calibration finds the parameters of a log that the lab itself drew, and hands them on in files that a scenario reads."""

from datetime import date

import numpy as np
import pytest

from sim.calibration.fit import fit, traffic_of
from sim.calibration.fitted_files import write_skus, write_traffic
from sim.calibration.self_check import distances, refit
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.sources import assumed
from sim.traffic.day_sheet import Traffic
from sim.traffic.log.reader import read_log

HOURS = [0.0] * 9 + [1, 2, 3, 4, 3, 2, 2, 3, 5, 4, 2, 1] + [0.0] * 3
WEEKDAYS = [0.9, 0.8, 0.9, 1.0, 1.5, 1.9, 0.0]
CLOSED = (10, 11, 40)


@pytest.fixture(scope="module")
def drawn(scenario_of, log_text, tmp_path_factory):
    """Two stores over nearly a year, closed on Sundays and on three days more."""
    shop = scenario_of(
        stores=[{"code": "SH01", "customers_per_day": 140}, {"code": "SH02", "customers_per_day": 60}],
        start="2026-01-01",
        days=300,
        seed=3,
        traffic={
            "month_factors": [0.8, 1.2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            "weekday_factors": WEEKDAYS,
            "hour_shares": HOURS,
            "day_gamma_size": 20,
            "cell_gamma_size": 30,
            "basket_lines": {"distribution": "lognormal", "mean": 3, "cv": 0.7},
            "line_units": {"distribution": "empirical", "values": [1, 2, 6], "weights": [7, 2, 1]},
            "zipf_exponent": 0.9,
        },
    )
    path = tmp_path_factory.mktemp("log") / "tills.csv"
    path.write_text(log_text(shop, CLOSED))
    return path


@pytest.fixture(scope="module")
def log(drawn):
    return read_log(drawn)


@pytest.fixture(scope="module")
def found(log):
    return fit(log.tickets)


def test_rates_are_recovered(found):
    assert found.customers_per_day["SH01"] == pytest.approx(140, rel=0.06)
    assert found.customers_per_day["SH01"] / found.customers_per_day["SH02"] == pytest.approx(140 / 60, rel=0.06)
    assert found.month_factors[1] / found.month_factors[0] == pytest.approx(1.5, rel=0.15)
    assert found.weekday_factors == pytest.approx(WEEKDAYS, rel=0.08)
    assert found.hour_shares == pytest.approx(np.array(HOURS) / sum(HOURS), abs=0.006)
    assert found.months_seen == (True,) * 10 + (False,) * 2


def test_missing_days_are_closed_and_no_zeros(found):
    sundays = {day for day in range(300) if (day + 3) % 7 == 6}
    assert found.closed == {(store, day) for store in (0, 1) for day in sundays | set(CLOSED)}
    assert found.open_days["SH01"] == 300 - len(sundays | set(CLOSED))


def test_both_gamma_sizes_are_recovered(found):
    assert 1 / found.day_gamma_size == pytest.approx(1 / 20, rel=0.35)
    assert 1 / found.cell_gamma_size == pytest.approx(1 / 30, rel=0.35)


def test_baskets_and_popularity_are_recovered(found):
    assert found.basket_lines.distribution == "lognormal"
    assert found.basket_lines.mean == pytest.approx(3, rel=0.03)
    assert found.basket_lines.cv == pytest.approx(0.7, rel=0.1)
    assert found.line_units.values == [1, 2, 6]
    assert np.array(found.line_units.weights) / sum(found.line_units.weights) == pytest.approx(
        [0.7, 0.2, 0.1], abs=0.01
    )
    assert traffic_of(found)["zipf_exponent"] == pytest.approx(0.9, abs=0.03)


def test_customers_drawn_from_the_fit_are_like_the_log(found):
    again = [refit(found, traffic_of(found), seed) for seed in (1, 2)]
    rows = {row.figure: row for row in distances(found, again)}
    assert rows["hour profile, gap"].drawn < 0.01
    assert rows["Zipf exponent"].drawn == pytest.approx(rows["Zipf exponent"].log, abs=0.03)
    assert rows["dispersion of days"].drawn == pytest.approx(rows["dispersion of days"].log, rel=0.3)
    assert rows["basket, 50%"].drawn == rows["basket, 50%"].log
    assert again[0].closed == found.closed


def test_quiet_stores_have_empty_days_not_closed_ones(scenario_of, log_text, tmp_path):
    quiet = scenario_of(stores=[{"code": "SH01", "customers_per_day": 2}], days=200)
    (tmp_path / "log.csv").write_text(log_text(quiet))
    found = fit(read_log(tmp_path / "log.csv").tickets)
    assert found.open_days["SH01"] == found.days
    assert found.customers_per_day["SH01"] == pytest.approx(2, rel=0.25)


SHOP = """
start: 2026-06-01
days: 7
regions: [{code: EAST, name: East}]
stores: [{code: SH01, region: EAST, warehouse: W, customers_per_day: 100, tills: 2}]
warehouses: [{code: W, region: EAST}]
suppliers: [{code: P1, lead_time_days: 3}]
lanes: [{origin: W, destination: SH01, lead_time_days: 1}]
traffic: {file: traffic.yaml}
skus: {table: skus.csv}
"""


def test_a_scenario_reads_what_was_written(drawn, log, found, tmp_path):
    write_traffic(tmp_path / "traffic.yaml", found, traffic_of(found), drawn)
    write_skus(tmp_path / "skus.csv", log, found)
    (tmp_path / "shop.yaml").write_text(SHOP)
    shop = load(tmp_path / "shop.yaml")
    assert shop.traffic.weekday_factors == pytest.approx(found.weekday_factors, abs=1e-4)
    assert shop.sources["traffic.zipf_exponent"].kind == "calibrated"
    assert "months [11, 12] not in it" in shop.sources["traffic.month_factors"].source
    assert [sku.code for sku in shop.skus] == list(log.code)
    traffic = Traffic(shop)
    seen = np.bincount(log.tickets.line_sku)
    assert traffic.mean_demand[0] / traffic.mean_demand[0].sum() == pytest.approx(seen / seen.sum(), abs=0.003)


@pytest.fixture(scope="module")
def festive(scenario_of, log_text, tmp_path_factory):
    """Half a year in which 1 to 8 October are busier by far."""
    shop = scenario_of(
        stores=[{"code": "SH01", "customers_per_day": 100}],
        start="2026-07-01",
        days=180,
        traffic={"holidays": [{"name": "week", "first": "2026-10-01", "last": "2026-10-08", "factor": 1.8}]},
    )
    path = tmp_path_factory.mktemp("festive") / "tills.csv"
    path.write_text(log_text(shop))
    return path


def test_a_holiday_is_found_and_leaves_its_month_alone_once_it_is_accepted(festive, tmp_path):
    tickets = read_log(festive).tickets
    dissolved = fit(tickets)
    (week,) = dissolved.standing_out
    assert abs((week.first - date(2026, 10, 1)).days) <= 1
    assert abs((week.last - date(2026, 10, 8)).days) <= 1
    assert week.factor == pytest.approx(1.8, rel=0.2)
    apart = fit(tickets, dissolved.standing_out)
    assert apart.month_factors[9] < dissolved.month_factors[9] - 0.1
    gap = [
        {
            row.figure: row.drawn
            for row in distances(found, [refit(found, traffic_of(found), seed) for seed in (1, 2, 3)])
        }
        for found in (dissolved, apart)
    ]
    assert gap[1]["seven days, greatest gap"] < gap[0]["seven days, greatest gap"]
    write_traffic(tmp_path / "proposed.yaml", dissolved, traffic_of(dissolved), festive)
    assert "# holidays:" in (tmp_path / "proposed.yaml").read_text()
    write_traffic(tmp_path / "traffic.yaml", apart, traffic_of(apart), festive)
    write_skus(tmp_path / "skus.csv", read_log(festive), apart)
    (tmp_path / "shop.yaml").write_text(SHOP)
    assert load(tmp_path / "shop.yaml").traffic.holidays[0].first == week.first


def test_an_ordinary_log_has_no_day_that_stands_out(found):
    assert found.standing_out == ()


@pytest.mark.filterwarnings("error")
def test_a_store_of_one_ticket_is_drawn_and_fitted_again_without_a_warning(log_text, scenario_of, tmp_path):
    text = log_text(scenario_of(days=28)) + "2026-05-05 09:30:00,1,A,1,1.0,SH09\n"
    (tmp_path / "log.csv").write_text(text)
    found = fit(read_log(tmp_path / "log.csv").tickets)
    for seed in range(1, 6):
        assert np.isfinite(refit(found, traffic_of(found), seed).month_factors).all()


def with_gap(scenario_of, log_text, tmp_path, stores=("SH01", "SH02")):
    """Two stores over two months; on 1 to 3 June no store has a row, on 10 June the second has none."""
    shop = scenario_of(
        stores=[{"code": code, "customers_per_day": 60} for code in stores], start="2026-05-04", days=56, seed=2
    )
    text = log_text(shop, closed=(28, 29, 30)).splitlines()
    path = tmp_path / "log.csv"
    path.write_text("\n".join(row for row in text if not (row.startswith("2026-06-10") and row.endswith("SH02"))))
    return read_log(path).tickets


GAP = (date(2026, 6, 1), date(2026, 6, 3))


def test_days_without_a_row_in_any_store_are_missing_and_left_out(scenario_of, log_text, tmp_path):
    found = fit(with_gap(scenario_of, log_text, tmp_path))
    assert found.missing == (GAP,)
    assert {(store, day) for store in (0, 1) for day in (28, 29, 30)} | {(1, 37)} == found.closed
    assert found.customers_per_day["SH01"] == pytest.approx(60, rel=0.1)
    assert "holidays" not in traffic_of(found)


def test_named_closed_days_are_holidays_of_factor_0_and_leave_the_factors_alone(scenario_of, log_text, tmp_path):
    tickets = with_gap(scenario_of, log_text, tmp_path)
    found, plain = fit(tickets, closed=[GAP]), fit(tickets)
    assert found.missing == ()
    (closed,) = traffic_of(found)["holidays"]
    assert (closed["first"], closed["last"], closed["factor"]) == (*GAP, 0)
    assert found.month_factors.tolist() == plain.month_factors.tolist()
    again = refit(found, traffic_of(found))
    assert again.closed == found.closed


def test_days_that_are_said_to_be_missing_are_left_out_though_they_have_tickets(scenario_of, log_text, tmp_path):
    tickets = with_gap(scenario_of, log_text, tmp_path)
    found = fit(tickets, missing=[date(2026, 6, 15)])
    assert found.missing == (GAP, (date(2026, 6, 15), date(2026, 6, 15)))
    assert {(0, 42), (1, 42)} <= found.closed


def test_a_quiet_store_of_a_busy_chain_is_left_out_where_the_chain_is_silent(scenario_of, log_text, tmp_path):
    shop = scenario_of(
        stores=[{"code": "SH01", "customers_per_day": 90}, {"code": "SH02", "customers_per_day": 2}], days=56
    )
    (tmp_path / "log.csv").write_text(log_text(shop, closed=range(20, 34)))
    found = fit(read_log(tmp_path / "log.csv").tickets)
    assert found.open_days == {"SH01": 42, "SH02": 42}


def test_weekdays_without_customers_do_not_interrupt_a_run_of_missing_days(drawn):
    text = [row for row in drawn.read_text().splitlines() if not "2026-03-06" <= row[:10] <= "2026-03-10"]
    (drawn.parent / "gap.csv").write_text("\n".join(text))
    found = fit(read_log(drawn.parent / "gap.csv").tickets, look=False)
    assert (date(2026, 3, 6), date(2026, 3, 10)) in found.missing  # the 8th is a Sunday


def test_hours_of_a_weekday_of_its_own_are_fitted_and_drawn(scenario_of, log_text, tmp_path):
    sunday = [0.0] * 9 + [6, 5, 3, 1] + [0.5] * 8 + [0.0] * 3
    shop = scenario_of(
        stores=[{"code": "SH01", "customers_per_day": 150}],
        days=84,
        traffic={"hour_shares": HOURS, "weekday_hour_shares": [HOURS] * 6 + [sunday]},
    )
    (tmp_path / "log.csv").write_text(log_text(shop))
    found = fit(read_log(tmp_path / "log.csv").tickets)
    assert found.hours_differ
    assert found.weekday_hour_shares[6] == pytest.approx(np.array(sunday) / sum(sunday), abs=0.03)
    traffic = traffic_of(found)
    rows = {row.figure: row for row in distances(found, [refit(found, traffic, seed) for seed in (1, 2, 3)])}
    assert rows["hour profile, Sunday, gap"].drawn < 0.04
    one = {name: said for name, said in traffic.items() if name != "weekday_hour_shares"}
    rows = {row.figure: row for row in distances(found, [refit(found, one, seed) for seed in (1, 2, 3)])}
    assert rows["hour profile, Sunday, gap"].drawn > 0.13


def test_a_log_without_prices_writes_skus_whose_price_a_scenario_assumes(drawn, tmp_path):
    lines = [row.split(",") for row in drawn.read_text().splitlines()]
    path = tmp_path / "unpriced.csv"
    path.write_text("\n".join(",".join([*row[:4], row[5]]) for row in lines))
    log = read_log(path)
    found = fit(log.tickets, look=False)
    write_skus(tmp_path / "skus.csv", log, found)
    write_traffic(tmp_path / "traffic.yaml", found, traffic_of(found), path)
    (tmp_path / "shop.yaml").write_text(SHOP)
    shop = load(tmp_path / "shop.yaml")
    assert {(sku.price, sku.unit_cost) for sku in shop.skus} == {(23.79, 15.46)}
    assert any(line.startswith("skus.price = ") for line in assumed(shop))


def test_customers_a_day_lie_over_stores_of_the_same_code(drawn, log, found, tmp_path):
    write_traffic(tmp_path / "traffic.yaml", found, traffic_of(found), drawn, {"SH02": "Pudong"})
    write_skus(tmp_path / "skus.csv", log, found)
    (tmp_path / "shop.yaml").write_text(SHOP)
    shop = load(tmp_path / "shop.yaml")
    assert shop.stores[0].customers_per_day == pytest.approx(found.customers_per_day["SH01"], abs=0.01)
    assert shop.sources["stores.SH01.customers_per_day"].kind == "calibrated"
    assert not any(line.startswith("stores.customers_per_day") for line in assumed(shop))
    (warning,) = shop._origin.warnings
    assert "customers_per_day of 'Pudong' left out: no stores of the scenario" in warning


@pytest.mark.parametrize("dispersion", [None, 0.3, 0.6])
def test_counts_less_variable_than_poisson_are_found_and_others_are_not(scenario_of, log_text, tmp_path, dispersion):
    traffic = {"basket_lines": 1, "hour_shares": HOURS, "cell_gamma_size": None, "day_gamma_size": None}
    shop = scenario_of(days=112, traffic=traffic | {"dispersion": dispersion})
    path = tmp_path / "tills.csv"
    path.write_text(log_text(shop))
    found = fit(read_log(path).tickets, look=False)
    written = traffic_of(found)
    if dispersion is None:
        assert "dispersion" not in written
    else:
        assert found.dispersion == pytest.approx(dispersion, abs=0.06)
        assert found.cell_gamma_size is None
        Scenario.model_validate(shop.model_dump(mode="json") | {"traffic": written})
