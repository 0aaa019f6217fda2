"""Files that `calibrate` wrote are named in a list: they change fields and single records, and bring the sources of both."""

import pytest

from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.shortened import shortened
from sim.scenario.sources import assumed

LEAD_TIMES = """
suppliers: {FOODS: {lead_time_days: {distribution: lognormal, mean: 4.5, cv: 0.3}}}
lanes: {WSH to SH01: {lead_time_days: 2}}
sources:
  suppliers.FOODS.lead_time_days: {kind: calibrated, source: orders}
  lanes.WSH to SH01.lead_time_days: {kind: calibrated, source: orders}
"""
SERVICE = "trading: {fixed_s: 15, item_s: 3}\nsources: {trading.fixed_s: {kind: calibrated, source: tills}}"
MORE = "suppliers: [{code: FOODS, lead_time_days: 3}, {code: DRINKS, lead_time_days: 9}]"


@pytest.fixture
def named(folder):
    folder.write("lead-times.yaml", LEAD_TIMES)
    folder.write("service.yaml", SERVICE)

    def _named(more="", name="a.yaml", base="shop.yaml"):
        text = f"extends: {base}\ncalibrated: [service.yaml, lead-times.yaml]\n{more}\n"
        return folder.write(name, text)

    return _named


def paths(scenario):
    return {line.partition(" = ")[0] for line in assumed(scenario)}


def test_calibrated_files_change_fields_suppliers_and_lanes(named):
    scenario = load(named())
    assert (scenario.trading.fixed_s.mean, scenario.suppliers[0].lead_time_days.mean) == (15, 4.5)
    assert [lane.lead_time_days.mean for lane in scenario.lanes] == [2, 1]


def test_what_the_file_itself_says_goes_before_a_calibrated_field(named):
    assert load(named("trading: {fixed_s: 9}")).trading.fixed_s.mean == 9


def test_a_supplier_named_in_the_file_goes_before_a_calibrated_one(named):
    assert load(named("suppliers: {FOODS: {lead_time_days: 8}}")).suppliers[0].lead_time_days.mean == 8


def test_a_list_that_the_file_gives_is_changed_by_calibrated_records(named):
    scenario = load(named(MORE))
    assert [supplier.lead_time_days.mean for supplier in scenario.suppliers] == [4.5, 9]


def test_a_table_that_the_file_names_is_changed_by_calibrated_records(named, folder):
    folder.write("s.csv", "code,lead_time_days\nFOODS,3\nDRINKS,9\n")
    scenario = load(named("suppliers: {table: s.csv}"))
    assert [supplier.lead_time_days.mean for supplier in scenario.suppliers] == [4.5, 9]


def test_payment_channels_that_the_file_gives_are_changed_too(named, folder):
    folder.write(
        "service.yaml",
        "trading: {payments: {mobile: {pays_s: 0}}, fixed_s: 15}\nsources: {trading.payments.mobile.pays_s: {kind: calibrated, source: x}}",
    )
    own = "[{name: mobile, share: 0.9, pays_s: 7}, {name: cash, share: 0.1, pays_s: 20}]"
    scenario = load(named(f"trading: {{fixed_s: 9, payments: {own}}}"))
    assert [channel.pays_s.mean for channel in scenario.trading.payments] == [0, 20]
    assert scenario.trading.fixed_s.mean == 9
    assert "trading.payments.pays_s = 20" in assumed(scenario)


def test_a_star_changes_every_record_of_a_list(named, folder):
    folder.write(
        "service.yaml",
        'trading: {payments: {"*": {pays_s: 0}}}\nsources: {trading.payments.pays_s: {kind: calibrated, source: x}}',
    )
    own = "trading: {payments: [{name: wechat, share: 0.9, pays_s: 7}, {name: cash, share: 0.1, pays_s: 20}]}"
    folder.write("own.yaml", f"extends: shop.yaml\n{own}")
    for file in (named(own), named(base="own.yaml", name="b.yaml")):
        assert [channel.pays_s.mean for channel in load(file).trading.payments] == [0, 0]
        assert "trading.payments.pays_s" not in paths(load(file))
    assert "trading.payments.pays_s" in paths(load(file, ["trading.payments.*.pays_s=3"]))
    with pytest.raises(Refusal, match=r"trading\.payments\.wechat\.pays_s: expected a number"):
        load(file, ["trading.payments.*.pays_s=-3"])


def test_a_row_of_numbers_is_no_list_of_records(named, folder):
    folder.write("service.yaml", f"traffic: {{hour_shares: {[2] * 24}}}")
    assert load(named(f"traffic: {{hour_shares: {[1] * 24}}}")).traffic.hour_shares == [1] * 24


def test_only_the_record_that_was_calibrated_is_no_longer_assumed(named):
    assert "suppliers.lead_time_days" in paths(load(named().parent / "shop.yaml"))
    assert "suppliers.lead_time_days" not in paths(load(named()))
    assert "suppliers.lead_time_days = 9" in assumed(load(named(MORE)))
    assert "lanes.lead_time_days = 1" in assumed(load(named()))
    assert "trading.item_s = 3" in assumed(load(named())), "a field without a source in the calibrated file"


def test_a_record_changed_above_a_calibrated_file_is_assumed_again(named):
    scenario = load(named(MORE), ["suppliers.FOODS.lead_time_days=6", "suppliers.DRINKS.lead_time_days=7"])
    assert "suppliers.lead_time_days = 6 … 7 (2)" in assumed(scenario)
    assert scenario.sources["suppliers.FOODS.lead_time_days"].source == "set by --set"


def test_a_list_given_anew_loses_the_sources_of_its_records(named, folder):
    named(name="base.yaml")
    above = folder.write("b.yaml", "extends: base.yaml\nsuppliers: [{code: FOODS, lead_time_days: 3}]")
    assert "suppliers.lead_time_days" in paths(load(above))


def test_what_is_extended_keeps_its_calibrated_files_and_their_paths(named, folder):
    named(name="base.yaml")
    assert load(folder.write("deep/b.yaml", "extends: ../base.yaml")).trading.fixed_s.mean == 15


def test_sources_of_stores_and_lanes_left_out_go_with_them(named):
    scenario = load(named('sources: {"stores.SH01.tills": {kind: measured, source: plan}}'))
    assert not [path for path in shortened(scenario, stores=["SH02"]).sources if "SH01" in path]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("calibrated: service.yaml", "a.yaml: calibrated: expected a list of files, found 'service.yaml'"),
        ("calibrated: [none.yaml]", "a.yaml: calibrated.0: expected a file that exists, found 'none.yaml'"),
        ("calibrated: [stray.yaml]", "stray.yaml: regions: expected a section of a calibrated file: traffic, trading"),
        ("calibrated: [list.yaml]", "list.yaml: suppliers: expected a mapping of fields, found [1]"),
        ("calibrated: [other.yaml]", "other.yaml: suppliers.FODS: expected an element of suppliers, perhaps FOODS"),
        ("calibrated: [source.yaml]", "source.yaml:2: sources.suppliers.FODS.lead_time_days: expected the path of a"),
        ("calibrated: [range.yaml]", "range.yaml:1: suppliers.FOODS.lead_time_days: expected a number from 0 to"),
    ],
)
def test_a_calibrated_file_that_does_not_fit_is_refused_by_its_own_name(folder, text, line):
    folder.write("stray.yaml", "regions: {}")
    folder.write("list.yaml", "suppliers: [1]")
    folder.write("other.yaml", "suppliers: {FODS: {lead_time_days: 1}}")
    folder.write("source.yaml", "sources:\n  suppliers.FODS.lead_time_days: {kind: calibrated, source: x}")
    folder.write("range.yaml", "suppliers: {FOODS: {lead_time_days: -1}}")
    with pytest.raises(Refusal) as refused:
        load(folder.write("a.yaml", f"extends: shop.yaml\n{text}"))
    assert str(refused.value).replace(f"{folder.path}/", "").startswith(line)
