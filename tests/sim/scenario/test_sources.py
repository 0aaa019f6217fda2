"""Every number without a source is listed as assumed, and a number that was overridden loses the source of the one before it."""

import json

from sim.scenario.loader import load
from sim.scenario.sources import assumed

from .conftest import PROFILE


def paths(scenario):
    return {line.partition(" = ")[0] for line in assumed(scenario)}


def test_a_number_is_assumed_until_a_source_stands_behind_it_or_its_section(folder):
    plain = load(folder.path / "shop.yaml")
    sources = "sources: {traffic.zipf_exponent: {kind: published, source: x}, trading: {kind: measured, source: y}}"
    backed = load(folder.write("a.yaml", f"extends: shop.yaml\n{sources}"))

    gone = paths(plain) - paths(backed)
    assert "traffic.zipf_exponent" in gone
    assert {path for path in paths(plain) if path.startswith("trading.")} == gone - {"traffic.zipf_exponent"}


def test_records_of_a_list_stand_together_as_a_range(folder):
    assert "stores.customers_per_day = 600 … 700 (2)" in assumed(load(folder.path / "shop.yaml"))
    assert "trading.shopping_s = lognormal(mean 900, cv 0.5)" in assumed(load(folder.path / "shop.yaml"))


def test_settings_of_a_study_are_not_assumptions(folder):
    assert not paths(load(folder.path / "shop.yaml")) & {"seed", "days", "replications", "format", "start"}


def calibrated(folder, text=""):
    traffic = "traffic: {zipf_exponent: 0.8, basket_lines: {distribution: gamma, mean: 4, cv: 1}}"
    folder.write("log.yaml", f"{traffic}\nsources: {{traffic: {{kind: calibrated, source: log 2025}}}}")
    return folder.write("a.yaml", f"extends: shop.yaml\ntraffic: {{file: log.yaml{text}}}")


def test_calibrated_traffic_brings_its_source(folder):
    assert not {path for path in paths(load(calibrated(folder))) if path.startswith("traffic.")}


def test_what_a_file_or_a_flag_puts_in_place_of_a_calibrated_number_is_assumed(folder):
    scenario = load(calibrated(folder, ", zipf_exponent: 0.9"), ["traffic.basket_lines.mean=5"])
    assert {p for p in paths(scenario) if p.startswith("traffic.")} == {"traffic.zipf_exponent", "traffic.basket_lines"}


def test_saying_the_same_number_again_keeps_its_source(folder):
    assert "traffic.zipf_exponent" not in paths(load(calibrated(folder, ", zipf_exponent: 0.8")))


def test_a_number_that_brings_its_own_source_keeps_it(folder):
    flags = ["traffic.zipf_exponent=0.9"]
    file = calibrated(folder)
    file.write_text(file.read_text() + "\nsources: {traffic.zipf_exponent: {kind: measured, source: tills}}")
    assert "traffic.zipf_exponent" not in paths(load(file))
    assert "traffic.zipf_exponent" in paths(load(file, flags))


def test_a_changed_element_of_a_list_is_assumed(folder):
    file = folder.write("a.yaml", "extends: shop.yaml\nsources: {stores: {kind: measured, source: hr}}")
    assert "stores.tills" not in paths(load(file))
    assert "stores.tills" in paths(load(file, ["stores.SH01.tills=7"]))


def test_a_measured_service_is_not_assumed(folder):
    folder.write("p.json", json.dumps(PROFILE))
    file = folder.write("a.yaml", "extends: shop.yaml\nsystem: {service: {profile: p.json}}")
    assert not {path for path in paths(load(file)) if path.startswith("system.service")}
