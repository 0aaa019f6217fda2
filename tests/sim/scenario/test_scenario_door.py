"""Whatever stands in a scenario, in its tables or in the files it names, `run` plays it or refuses it in one line."""

import copy
import csv
import io
import json
import shutil
from functools import reduce

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.records.outcome import Manifest
from sim.scenario.loader import load

from ...doors import HOSTILE, door, mutated_bytes, mutated_table, mutated_tree, mutations, paths
from .conftest import PROFILE

GAMMA = {"distribution": "gamma", "mean": 3.0, "cv": 0.5}
SCENARIO = {
    "start": "2026-05-16",
    "days": 2,
    "warmup_days": 1,
    "regions": [{"code": "EAST", "name": "East"}],
    "stores": [
        {"code": "SH01", "region": "EAST", "warehouse": "WSH", "customers_per_day": 30, "tills": 2, "roster": "day"},
        {
            "code": "SH02",
            "region": "EAST",
            "warehouse": "WSH",
            "customers_per_day": 20,
            "tills": 0,
            "self_checkouts": 1,
        },
    ],
    "warehouses": [
        {"code": "HUB", "region": "EAST"},
        {
            "code": "WSH",
            "region": "EAST",
            "docks": 2,
            "pickers": 3,
            "opens": "08:00",
            "closes": "20:00",
            "warehouse": "HUB",
        },
    ],
    "suppliers": [
        {
            "code": "FOODS",
            "lead_time_days": GAMMA,
            "fill_rate": 0.9,
            "disruptions_per_year": 12,
            "unavailable_share": 0.1,
            "unavailable_days": 3,
            "late_share": 0.2,
            "late_days": {"distribution": "uniform", "low": 0.5, "high": 2},
        },
        {"code": "DAIRY", "lead_time_days": 0.4, "direct": True},
    ],
    "lanes": [
        {"origin": "HUB", "destination": "WSH", "lead_time_days": 1},
        {"origin": "WSH", "destination": "SH01", "lead_time_days": 1, "distance_km": 20, "truck_kg": 900},
        {
            "origin": "WSH",
            "destination": "SH02",
            "lead_time_days": {"distribution": "pert", "low": 0, "mode": 1, "high": 2},
        },
    ],
    "rosters": [
        {"roster": "day", "first_weekday": 1, "last_weekday": 7, "starts": "08:00", "ends": "20:00", "tills": 2}
    ],
    "skus": [
        {"code": "MILK", "price": 12, "unit_cost": 8, "supplier": "FOODS", "shelf_life_days": 9, "popularity": 3},
        {
            "code": "TEA",
            "name": "茶",
            "price": 32.5,
            "unit_cost": 8,
            "pack": 6,
            "weight_kg": 0.2,
            "popularity": 2,
            "supplier": "DAIRY",
        },
    ],
    "opening_stock": [
        {"location": "SH01", "sku": "MILK", "units": 40, "promised": 3, "expires": "2026-05-20", "as_of": "2026-05-15"},
        {"location": "SH01", "sku": "MILK", "on_order": 12, "arrives": "2026-05-17 08:30", "origin": "WSH"},
        {"location": "SH02", "sku": "MILK", "units": 40, "book": 38, "on_order": 6},
        {"location": "WSH", "sku": "MILK", "units": 40, "on_order": 60, "arrives": "2026-05-17", "origin": "FOODS"},
    ],
    "prices": [{"sku": "MILK", "price": 11}, {"sku": "MILK", "price": 10, "unit_cost": 7, "from": "2026-05-17"}],
    "system": {
        "service": {"latency_s": 0.3, "availability": 0.99, "outages_per_30_days": 3, "outage_minutes": 9},
        "till_failures_per_day": 0.1,
        "technicians": 1,
    },
    "traffic": {
        "dispersion": 0.8,
        "sku_day_gamma_size": 6,
        "promotions": [
            {
                "name": "leaflet",
                "first": "2026-05-16",
                "last": "2026-05-17",
                "skus": ["TEA"],
                "factor": 2,
                "planned_factor": 3,
            }
        ],
        "promotion_rule": {"every_days": 7, "lasts_days": 6, "sku_share": 0.5, "factor": 1.5, "forecast_error_cv": 0.4},
        "weekday_factors": [1, 1, 1, 1, 1, 1.2, 1.1],
        "holidays": [{"name": "May", "first": "2026-05-16", "last": "2026-05-17", "factor": 1.5}],
        "spikes": [{"name": "live", "at": "2026-05-17 10:00", "duration_minutes": 60, "factor": 2, "skus": ["TEA"]}],
        "basket_lines": {"distribution": "empirical", "values": [1, 2, 3], "weights": [3, 2, 1]},
    },
    "trading": {
        "priority_share": 0.2,
        "return_unsaleable_share": 0.3,
        "patience_s": {"distribution": "exponential", "mean": 900},
        "payments": [{"name": "mobile", "share": 0.9, "pays_s": 6}, {"name": "cash", "share": 0.1, "pays_s": 20}],
    },
    "replenishment": {
        "stores": {"policy": "by_class", "classes": {"A": {"policy": "base_stock", "days": 3}}},
        "warehouses": {"policy": "forecast", "fill_rate": 0.95},
        "by_warehouse": {"HUB": {"policy": "base_stock", "days": 9, "review_days": 2}},
        "forecast": {"method": "moving_average", "history_days": 28, "window_days": 7},
        "send_back": {"above_days": 60, "every_days": 1},
        "planogram": {
            "facing_units": 6,
            "packs": 1.5,
            "least_facings": {"distribution": "empirical", "values": [1, 2]},
            "listed": [
                {"location": "SH01", "sku": "MILK", "shelf_units": 24},
                {"location": "SH02", "sku": "TEA", "shelf_units": 9},
            ],
        },
        "filling": {
            "rounds": ["07:00", "13:30"],
            "lines_per_round": 1,
            "fill_below_share": 0.5,
            "misplaced_share": 0.1,
        },
    },
    "transfers": {"review_days": 1, "stores": True, "surplus_days": 10},
    "online": {"orders_per_day": 5, "region_shares": {"EAST": 1}, "sourcing": {"policy": "priced"}},
    "accuracy": {
        "count_every_days": 1,
        "count_classes": {"A": 1},
        "audit_at": "15:00",
        "shrinkage_classes": {"A": 0.02},
        "damage_share": 0.01,
        "damage_booked_share": 0.5,
        "receiving_error_share": 0.02,
        "gap_check_days": 1,
        "gap_missed_share": 0.2,
    },
    "faults": [
        {"kind": "power_cut", "at": "2026-05-17 12:00", "minutes": 30, "stores": ["SH01"], "battery_minutes": 5},
        {"kind": "payment_outage", "at": "2026-05-17 13:00", "minutes": 30, "channel": "mobile"},
    ],
    "random_faults": [
        {
            "name": "storm",
            "fault": {"kind": "power_cut", "battery_minutes": 10},
            "minutes": {"distribution": "lognormal", "mean": 60, "cv": 0.5},
            "per_year": 60,
            "months": [5],
            "from_time": "08:00",
            "until_time": "20:00",
            "each": "region",
            "share": 0.5,
        },
        {
            "name": "mobile down",
            "fault": {"kind": "payment_outage", "channel": "mobile"},
            "minutes": 30,
            "after": {"storm": 0.5},
            "within_hours": 2,
        },
    ],
    "trace": {"first": "2026-05-17 10:00", "last": "2026-05-17 11:00"},
    "sources": {"trading.payments": {"kind": "published", "source": "a survey"}},
}
"""Every section, in a chain so small that it is played in a moment."""
NUMBERS = [
    path
    for path in paths(SCENARIO)
    if isinstance(reduce(lambda tree, step: tree[step], path, SCENARIO), int | float) and "days" not in path
]
"""The paths of its numbers."""
FORECAST = "location,sku,day,units\n" + "".join(
    f"{at},{sku},{day},{3 + day}\n" for at in ("SH01", "SH02") for sku in ("MILK", "TEA") for day in range(2)
)


def flat(records):
    """Records as rows of a table: what stands inside a field has a column of its own, `field.inner`."""
    rows = []
    for record in records:
        row = {}
        for name, value in record.items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            row |= {f"{name}.{part}".rstrip("."): inner for part, inner in parts}
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name) for name in names} for row in rows]


def as_csv(records):
    text = io.StringIO()
    out = csv.DictWriter(text, list(dict.fromkeys(key for record in records for key in record)), lineterminator="\n")
    out.writeheader()
    out.writerows(records)
    return text.getvalue().encode()


@pytest.fixture(scope="module")
def scenario_door():
    with door("scenario") as found:
        yield found


@pytest.fixture(scope="module")
def tables_door():
    with door("scenario's tables", lines=21) as found:
        yield found


@pytest.fixture
def played(tmp_path, monkeypatch):
    """Runs a scenario; one that is played loads again, to the same scenario, from what the run wrote."""
    monkeypatch.setattr("os.fsync", lambda _: None)  # thousands of runs need not outlive a power cut

    def play(of, file, *flags):
        out = tmp_path / "runs"
        shutil.rmtree(out, ignore_errors=True)
        said = of.ask(
            ["run", str(file), "--out", str(out), *(part for flag in flags for part in ("--set", flag))], (0,)
        )
        for manifest in out.glob("*/outcome/manifest.json"):
            written = Manifest.read(manifest)
            again = tmp_path / "again.yaml"
            again.write_text(json.dumps(written.scenario))
            assert load(again).hash == written.scenario_hash
        return said

    return play


def write(folder, tree):
    (folder / "shop.yaml").write_text(json.dumps(tree))
    return folder / "shop.yaml"


def test_the_scenario_that_is_mutated_is_played(tmp_path, scenario_door, played):
    assert played(scenario_door, write(tmp_path, SCENARIO)) == ""


@mutations
@given(data=st.data())
def test_a_mutation_of_a_scenario_is_played_or_refused(tmp_path, scenario_door, played, data):
    tree = data.draw(mutated_tree(SCENARIO, most=2))
    file = write(tmp_path, tree)
    if data.draw(st.booleans()):
        try:
            file.write_text(yaml.safe_dump(tree, allow_unicode=True))
        except UnicodeEncodeError:
            file.write_text(json.dumps(tree))
    said = played(scenario_door, file)
    assert not said or "shop.yaml" in said


@mutations
@given(data=st.data())
def test_a_mutation_of_a_scenarios_numbers_is_played_or_refused(tmp_path, scenario_door, played, data):
    tree = copy.deepcopy(SCENARIO)
    for *above, last in data.draw(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=4, unique_by=tuple)):
        parent = tree
        for key in above:
            parent = parent[key]
        parent[last] = data.draw(st.sampled_from((0, 0.01, 0.5, 1, 1.5, 2, 3, 20, parent[last] * 2)))
    played(scenario_door, write(tmp_path, tree))


@mutations
@given(data=st.data())
def test_a_mutation_of_a_scenarios_bytes_is_played_or_refused(tmp_path, scenario_door, played, data):
    file = tmp_path / "shop.yaml"
    file.write_bytes(data.draw(mutated_bytes(yaml.safe_dump(SCENARIO, allow_unicode=True).encode())))
    said = played(scenario_door, file)
    assert not said or "shop.yaml" in said


@mutations
@given(data=st.data())
def test_a_mutation_of_a_flag_is_played_or_refused(tmp_path, scenario_door, played, data):
    file = write(tmp_path, SCENARIO)
    places = [
        "trading.retry_s",
        "stores.SH01",
        "stores",
        "trading.shopping_s.mean",
        "system.service",
        "faults.0.at",
        "a",
        "",
    ]
    text = data.draw(
        st.one_of(
            st.sampled_from(places),
            st.builds("{}={}".format, st.sampled_from(places), st.sampled_from(HOSTILE)),
            st.builds("{}={}".format, st.sampled_from(places), st.text(max_size=20)),
            st.builds(lambda n: "a." * n + "b=1", st.integers(1, 3_000)),
            st.builds(lambda path, n: f"{path}={'[' * n}", st.sampled_from(places), st.integers(1, 3_000)),
        )
    )
    assert played(scenario_door, file, text).startswith(("", "retail-lab: --set"))


NAMED = {name: SCENARIO[name] for name in ("stores", "skus", "lanes", "rosters", "opening_stock", "prices")} | {
    "planogram": SCENARIO["replenishment"]["planogram"]["listed"]
}
"""Records of sections that may be tables."""


def with_table(section, table):
    """`SCENARIO` with a table in place of a section's records."""
    if section == "planogram":
        return {**SCENARIO, "replenishment": {**SCENARIO["replenishment"], section: {"table": table}}}
    return {**SCENARIO, section: {"table": table}}


@pytest.mark.parametrize("section", NAMED)
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_the_table_that_is_mutated_is_played(tmp_path, tables_door, played, section, suffix):
    if suffix == ".csv":
        (tmp_path / "t.csv").write_bytes(as_csv(flat(NAMED[section])))
    else:
        pq.write_table(pa.Table.from_pylist(flat(NAMED[section])), tmp_path / "t.parquet")
    assert played(tables_door, write(tmp_path, with_table(section, f"t{suffix}"))) == ""


@mutations
@given(data=st.data())
def test_a_mutation_of_a_csv_table_is_played_or_refused(tmp_path, tables_door, played, data):
    section = data.draw(st.sampled_from(sorted(NAMED)))
    (tmp_path / "t.csv").write_bytes(data.draw(mutated_bytes(as_csv(flat(NAMED[section])))))
    said = played(tables_door, write(tmp_path, with_table(section, "t.csv")))
    assert not said or "t.csv" in said or "shop.yaml" in said


@mutations
@given(data=st.data())
def test_a_mutation_of_a_parquet_table_is_played_or_refused(tmp_path, tables_door, played, data):
    section = data.draw(st.sampled_from(sorted(NAMED)))
    table = pa.Table.from_pylist(flat(NAMED[section]))
    pq.write_table(data.draw(mutated_table(table)), tmp_path / "t.parquet")
    if data.draw(st.booleans()):
        (tmp_path / "t.parquet").write_bytes(data.draw(mutated_bytes((tmp_path / "t.parquet").read_bytes(), most=1)))
    said = played(tables_door, write(tmp_path, with_table(section, "t.parquet")))
    assert not said or "t.parquet" in said or "shop.yaml" in said


TICKETS = [
    {
        "timestamp": f"2025-10-0{1 + n % 2} {9 + n % 12:02d}:{n:02d}:00",
        "ticket": str(n // 2),
        "sku": ("MILK", "TEA")[n % 2],
        "quantity": 1 + n % 3,
        "price": 12.5,
        "customer": f"M{n % 5}",
        "store": ("Xuhui", "Pudong")[n // 2 % 2],
    }
    for n in range(40)
]
LOG = {"file": "log.csv", "first_day": "2025-10-01", "stores": {"Xuhui": "SH01", "Pudong": "SH02"}}


def of_log(folder, log):
    """The places and goods of the scenario, with a log in place of drawn customers."""
    kept = ("start", "days", "regions", "stores", "warehouses", "suppliers", "lanes", "rosters", "skus")
    return write(folder, {**{name: SCENARIO[name] for name in kept}, "traffic": {"log": log}})


@pytest.fixture(scope="module")
def log_door():
    with door("scenario's log") as found:
        yield found


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_the_log_that_is_mutated_is_played(tmp_path, log_door, played, suffix):
    (tmp_path / "log.csv").write_bytes(as_csv(TICKETS))
    pq.write_table(pa.Table.from_pylist(TICKETS), tmp_path / "log.parquet")
    assert played(log_door, of_log(tmp_path, {**LOG, "file": f"log{suffix}"})) == ""


@mutations
@given(data=st.data())
def test_a_mutation_of_a_log_is_played_or_refused(tmp_path, log_door, played, data):
    (tmp_path / "log.csv").write_bytes(data.draw(mutated_bytes(as_csv(TICKETS))))
    said = played(log_door, of_log(tmp_path, LOG))
    assert not said or "log.csv" in said


@mutations
@given(data=st.data())
def test_a_mutation_of_a_parquet_log_is_played_or_refused(tmp_path, log_door, played, data):
    pq.write_table(data.draw(mutated_table(pa.Table.from_pylist(TICKETS))), tmp_path / "log.parquet")
    said = played(log_door, of_log(tmp_path, {**LOG, "file": "log.parquet"}))
    assert not said or "log.parquet" in said


@mutations
@given(data=st.data())
def test_a_mutation_of_how_a_log_is_named_is_played_or_refused(tmp_path, log_door, played, data):
    (tmp_path / "log.csv").write_bytes(as_csv(TICKETS))
    said = played(log_door, of_log(tmp_path, data.draw(mutated_tree({**LOG, "columns": {"store": "store"}}))))
    assert not said or "log.csv" in said or "shop.yaml" in said


@mutations
@given(data=st.data())
def test_a_mutation_of_a_forecast_is_played_or_refused(tmp_path, tables_door, played, data):
    (tmp_path / "f.csv").write_bytes(data.draw(mutated_bytes(FORECAST.encode())))
    replenishment = {**SCENARIO["replenishment"], "forecast": {"table": "f.csv"}}
    said = played(tables_door, write(tmp_path, {**SCENARIO, "replenishment": replenishment}))
    assert not said or "f.csv" in said


@mutations
@given(data=st.data())
def test_a_mutation_of_a_profile_is_played_or_blamed_on_the_profile(tmp_path, tables_door, played, data):
    (tmp_path / "p.json").write_text(json.dumps(data.draw(mutated_tree(PROFILE))))
    said = played(tables_door, write(tmp_path, {**SCENARIO, "system": {"service": {"profile": "p.json"}}}))
    assert not said or "p.json" in said


@mutations
@given(data=st.data())
def test_a_mutation_of_a_traffic_file_is_played_or_blamed_on_the_traffic_file(tmp_path, tables_door, played, data):
    tree = {"traffic": SCENARIO["traffic"], "sources": {"traffic.spikes": {"kind": "calibrated", "source": "a log"}}}
    (tmp_path / "t.yaml").write_text(json.dumps(data.draw(mutated_tree(tree))))
    said = played(tables_door, write(tmp_path, {**SCENARIO, "traffic": {"file": "t.yaml"}}))
    assert not said or "t.yaml" in said
