"""Every number of a scenario has a physical range with its unit, and no value of it ends in a traceback or without an end."""

import copy
import json
import math
import os

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.schema import json_schema
from sim.scenario.sections import distributions, section
from sim.scenario.sections.section import Within
from sim.stock import forecast_table

from ...doors import door, mutations
from .everywhere import VARIANTS, document, numbers, ranged


def described(schema, path=""):
    """Path and schema of every number of a JSON schema."""
    if isinstance(schema, dict):
        if schema.get("type") in ("number", "integer") and "const" not in schema:
            yield path, schema
        for key, inner in schema.items():
            yield from described(inner, f"{path}/{key}")
    elif isinstance(schema, list):
        for at, inner in enumerate(schema):
            yield from described(inner, f"{path}/{at}")


def test_every_number_of_the_json_schema_has_a_least_and_a_most_value_and_a_unit():
    found = dict(described(json_schema()))
    assert len(found) > 180
    assert [path for path, said in found.items() if not {"minimum", "maximum", "unit"} <= said.keys()] == []
    assert all(said["minimum"] <= said["maximum"] for said in found.values())
    assert all(math.isfinite(said["minimum"]) and math.isfinite(said["maximum"]) for said in found.values())


def test_a_name_that_says_a_unit_and_the_schema_agree():
    ends = {"_s": "s", "_minutes": "min", "_km": "km", "_hours": "h", "_units": "units"}
    for path, said in described(json_schema()):
        name = next((part for part in reversed(path.split("/")) if not part.isdigit() and part != "anyOf"), "")
        if name.endswith("_days") and "_per_" not in name:
            assert said["unit"] == "d", path
        for end, unit in ends.items() if "_per_" not in name else ():
            if name.endswith(end):
                assert said["unit"] == unit, path


PLACES = {}
for _variant in VARIANTS:
    _sound = Scenario.model_validate(document(_variant) | {"name": "everywhere"})
    for _path, _field, _low, _high, _whole in numbers(_sound):
        _tree = document(_variant)
        try:
            for _step in _path:
                _tree = _tree[_step]
        except (KeyError, TypeError):
            continue
        PLACES.setdefault(_field, (_variant, _path, _low, _high, _whole))


def test_every_field_with_a_range_stands_in_one_of_the_small_scenarios():
    assert ranged() - PLACES.keys() - {"Constant.value", "Scenario.format"} == set()


def values(low, high, whole):
    """The ends of a range, what lies just beyond, and what is no number of it."""
    beyond = (low - 1, high + 1) if whole else (math.nextafter(low, -math.inf), math.nextafter(high, math.inf))
    return (low, high), (*beyond, -1, 1e308, -1e308, math.nan, math.inf, True, "true", 1e-300, 10**30, 2**63)


def put(variant, path, value):
    """A small scenario with one value changed."""
    tree = copy.deepcopy(document(variant))
    *above, last = path
    place = tree
    for step in above:
        place = place[step]
    place[last] = value
    return tree


def changed(folder, variant, path, value):
    """A scenario file with one value changed; a measured profile stands in a file of its own."""
    tree = put(variant, path, value)
    if "measured" in tree["system"]["service"]:
        (folder / "profile.json").write_text(json.dumps(tree["system"]["service"]))
        tree["system"] = tree["system"] | {"service": {"profile": "profile.json"}}
    file = folder / "scenario.yaml"
    file.write_text(yaml.safe_dump(tree), encoding="utf-8")
    return file


@pytest.mark.parametrize("field", sorted(PLACES))
def test_a_value_beyond_its_range_is_refused(field):
    variant, path, low, high, whole = PLACES[field]
    for value in values(low, high, whole)[1]:
        if isinstance(value, (bool, str)) or not low <= value <= high:
            with pytest.raises(ValidationError):
                Scenario.model_validate(put(variant, path, value) | {"name": "beyond"})


LONG = {
    "Online.orders_per_day",
    "Scenario.days",
    "SkuRange.count",
    "Scenario.replications",
    "Store.customers_per_day",
}
"""Fields whose largest value is a study of more than seconds; it is announced before it is played."""


@pytest.fixture(scope="module")
def counted():
    with door("values at their ends") as found:
        yield found


@mutations
@given(data=st.data())
def test_mutation_of_a_value_to_the_ends_of_its_range_is_played_or_refused(data, counted, tmp_path_factory):
    field = data.draw(st.sampled_from(sorted(PLACES)))
    variant, path, low, high, whole = PLACES[field]
    ends, others = values(low, high, whole)
    value = data.draw(st.sampled_from(ends[:1] if field in LONG else (*ends, *others)))
    folder = tmp_path_factory.mktemp("ends")
    counted.ask(["run", str(changed(folder, variant, path, value)), "--out", str(folder)])


@pytest.mark.skipif("DOOR_EXAMPLES" not in os.environ, reason="the whole sweep takes minutes")
@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("field", sorted(PLACES))
def test_both_ends_of_every_range_are_played_or_refused(field, counted, tmp_path):
    variant, path, low, high, _ = PLACES[field]
    for value in (low,) if field in LONG else (low, high):
        counted.ask(["run", str(changed(tmp_path, variant, path, value)), "--out", str(tmp_path)])


NEGATIVE = (
    -1,
    "-0.5",
    {"distribution": "constant", "value": -3},
    {"distribution": "uniform", "low": -3, "high": 2},
    {"distribution": "triangular", "low": -1, "mode": 2, "high": 3},
    {"distribution": "pert", "low": -1, "mode": 2, "high": 3},
    {"distribution": "empirical", "values": [1, 2, -1]},
    {"distribution": "empirical", "values": [1, 1e9]},
    {"distribution": "exponential", "mean": 1e9},
    {"distribution": "lognormal", "mean": 1e4, "cv": 900},
    {"distribution": "gamma", "mean": 1e5, "cv": 1},
)


@pytest.mark.parametrize("law", NEGATIVE, ids=str)
@pytest.mark.parametrize(
    "path", ["suppliers.FOODS.lead_time_days", "trading.return_after_days", "online.delivery_days"]
)
def test_a_distribution_that_draws_beyond_the_fields_range_is_refused(law, path, folder):
    with pytest.raises(Refusal) as refused:
        load(folder.write("law.yaml", "extends: shop.yaml\n"), [f"{path}={json.dumps(law)}"])
    assert path.split(".")[-1] in str(refused.value)
    assert "0 to" in str(refused.value)


def test_booleans_and_their_texts_are_no_numbers():
    aliases = {name: kind for module in (section, distributions) for name, kind in vars(module).items()}
    kinds = [
        kind for kind in aliases.values() if any(isinstance(said, Within) for said in getattr(kind, "__metadata__", ()))
    ]
    assert len(kinds) > 10
    for kind in kinds:
        for value in (True, False, "true", "yes", "on", None, "", "nan", "inf"):
            with pytest.raises(ValidationError):
                TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    "said",
    [
        "start=0001-01-01", "start=9999-12-31", "days=0", "warmup_days=2", "stores=[]", "regions=[]", "suppliers=[]",
        "skus=[]", "traffic.hour_shares=[]", "traffic.hour_shares=[0,0]", "traffic.month_factors=[1]",
        "stores.SH01.opens=22:00", "stores.SH01.closes=00:00", "stores.SH01.opens=25:00",
        "replenishment.stores={policy: base_stock, days: 3, weekdays: []}", "suppliers.FOODS.order_weekdays=[]",
        "suppliers.FOODS.order_weekdays=[0]", "suppliers.FOODS.order_weekdays=[8]", "trading.payments=[]",
        "rosters.0.ends=07:00", "rosters.0.last_weekday=0",
        "traffic.holidays=[{name: h, first: 2026-05-17, last: 2026-05-16, factor: 1}]",
        "replenishment.abc=[0.9, 0.1]",
    ],
)  # fmt: skip
def test_what_has_the_right_type_and_no_meaning_is_refused(said, folder):
    with pytest.raises(Refusal):
        load(folder.write("odd.yaml", "extends: shop.yaml\n"), [said])


@pytest.mark.parametrize(
    "row", ["SH,A,9999999999,1", "SH,A,1e18,1", "SH,A,0,1e300", "SH,A,true,1", "SH,A,0,-1", "SH,A,0,inf"]
)
def test_a_forecast_of_another_age_or_of_absurd_units_is_refused(row, tmp_path):
    file = tmp_path / "forecast.csv"
    file.write_text(f"location,sku,day,units\n{row}\n")
    with pytest.raises(Refusal, match="row 2"):
        forecast_table.read(file, {"SH": 0, "W": 1}, ["A"], np.array([[1], [-1]]), [1])
