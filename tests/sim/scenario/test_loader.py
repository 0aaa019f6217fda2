"""Files become scenarios: extends, overrides, tables and named files, in one order of precedence."""

import json
from datetime import date, time

import pytest

from sim.records.refusal import Refusal
from sim.scenario.loader import load

from .conftest import PROFILE


def test_a_file_says_only_what_differs_from_the_one_it_extends(folder):
    base = load(folder.write("base.yaml", "extends: shop.yaml\ntrading: {retry_s: 7, wait_target_s: 100}"))
    scenario = load(folder.write("deep/child.yaml", "extends: ../base.yaml\ntrading: {wait_target_s: 200}"))

    assert (scenario.trading.retry_s, scenario.trading.wait_target_s) == (7, 200)
    assert scenario.stores == base.stores


def test_precedence_rises_from_defaults_over_the_base_and_calibrated_traffic_to_the_file_and_the_flag(folder):
    folder.write("log.yaml", "traffic: {zipf_exponent: 2, day_gamma_size: 2, cell_gamma_size: 2, cell_minutes: 30}")
    base = "extends: shop.yaml\ntraffic: {member_share: 0.1, zipf_exponent: 1, day_gamma_size: 1, cell_gamma_size: 1}"
    folder.write("base.yaml", base)
    file = folder.write(
        "a.yaml", "extends: base.yaml\ntraffic: {file: log.yaml, day_gamma_size: 3, cell_gamma_size: 3}"
    )

    traffic = load(file, ["traffic.cell_gamma_size=4"]).traffic

    assert (traffic.member_share, traffic.cell_minutes) == (0.1, 30)
    assert (traffic.zipf_exponent, traffic.day_gamma_size, traffic.cell_gamma_size) == (2, 3, 4)


def test_name_and_question_belong_to_their_own_file(folder):
    folder.write("base.yaml", "extends: shop.yaml\nname: b\nquestion: What?")
    child = load(folder.write("child.yaml", "extends: base.yaml"))
    assert (child.name, child.question) == ("child", "")


def test_a_circle_of_files_is_refused(folder):
    first = folder.write("a.yaml", "extends: b.yaml")
    folder.write("b.yaml", "extends: a.yaml")
    with pytest.raises(Refusal, match=r"does not extend itself, found 'a\.yaml extends b\.yaml extends a\.yaml'"):
        load(first)


def test_elements_of_a_list_are_changed_by_code_name_or_position(folder):
    flags = ["stores.SH01.tills=8", "stores.Pudong.tills=9", "stores.0.customers_per_day=5", "lanes.1.distance_km=4"]
    scenario = load(folder.path / "shop.yaml", flags)
    assert [(s.tills, s.customers_per_day) for s in scenario.stores] == [(8, 5), (9, 700)]
    assert scenario.lanes[1].distance_km == 4


def test_a_file_changes_elements_of_an_inherited_list(folder):
    scenario = load(folder.write("a.yaml", "extends: shop.yaml\nstores: {SH02: {tills: 1, opens: 7:30}}"))
    assert [s.tills for s in scenario.stores] == [2, 1]
    assert scenario.stores[1].opens == time(7, 30)


def test_values_of_overrides_are_yaml(folder):
    flags = ["trading.patience_s=null", "start=2026-06-01", "trading.shopping_s={distribution: gamma, mean: 60, cv: 1}"]
    scenario = load(folder.path / "shop.yaml", flags)
    assert scenario.trading.patience_s is None
    assert scenario.start == date(2026, 6, 1)
    assert scenario.trading.shopping_s.mean == 60


def test_an_override_reaches_inside_a_default(folder):
    shopping = load(folder.path / "shop.yaml", ["trading.shopping_s.mean=60"]).trading.shopping_s
    assert (shopping.distribution, shopping.mean, shopping.cv) == ("lognormal", 60, 0.5)


def test_another_kind_replaces_the_old_one_whole(folder):
    file = folder.write("a.yaml", "extends: shop.yaml\nreplenishment: {stores: {policy: base_stock, days: 3}}")
    assert load(file).replenishment.stores.days == 3


def test_a_rule_replaces_a_list_of_skus_and_a_list_a_rule(folder):
    skus = "[{code: 007, supplier: FOODS, price: 2, unit_cost: 1}]"
    listed = load(folder.write("listed.yaml", f"extends: shop.yaml\nskus: {skus}"))
    ruled = load(folder.write("ruled.yaml", "extends: listed.yaml\nskus: {count: 3}"))
    assert listed.skus[0].code == "007"
    assert ruled.skus.count == 3


def test_tables_stand_for_lists_and_start_at_the_file_that_names_them(folder):
    folder.write("tables/lanes.csv", "origin,destination,lead_time_days.distribution,lead_time_days.mean\n")
    folder.write(
        "tables/stores.csv",
        "code,region,warehouse,customers_per_day,tills,opens\nSH01,EAST,WSH,10,1,0.375\nSH02,EAST,WSH,20,2,\n",
    )
    folder.write("tables/t.yaml", "extends: ../shop.yaml\nstores: {table: stores.csv}")
    scenario = load(folder.write("a.yaml", "extends: tables/t.yaml\nstores: {SH02: {tills: 7}}"))
    assert [(s.tills, s.opens) for s in scenario.stores] == [(1, time(9)), (7, time(9))]


def test_a_measured_profile_replaces_the_assumed_service(folder):
    folder.write("p.json", json.dumps(PROFILE))
    scenario = load(folder.write("a.yaml", "extends: shop.yaml\nsystem: {service: {profile: p.json}}"))
    assert scenario.system.service.measured
    assert load(folder.path / "shop.yaml", [f"system.service.profile={folder.path}/p.json"]) is not None


def test_the_same_file_gives_the_same_hash_and_another_number_another(folder):
    file = folder.path / "shop.yaml"
    assert load(file).hash == load(file).hash
    assert load(file).hash != load(file, ["stores.SH01.tills=3"]).hash
