"""The schema for editors accepts what the lab accepts in a file that says only what differs, and marks what it refuses."""

import json
from pathlib import Path

import pytest

from sim.scenario.documents import read
from sim.scenario.schema import json_schema

SCENARIOS = sorted((Path(__file__).parents[3] / "scenarios").glob("*.yaml"))


@pytest.fixture(scope="module")
def schema():
    from jsonschema import (
        Draft202012Validator,
    )  # which parses a grammar for four seconds, in each process that collects the tests

    Draft202012Validator.check_schema(json_schema())
    return Draft202012Validator(json_schema())


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_every_shipped_scenario_fits_the_schema(schema, file):
    document = json.loads(json.dumps(read(file, "a scenario"), default=str))
    assert [error.message for error in schema.iter_errors(document)] == []


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"extends": "a.yaml", "trading": {"shopping_s": {"cv": 1}}},
        {"trading": {"shopping_s": 3}},
        {"stores": {"table": "s.csv"}},
        {"stores": {"SH01": {"tills": 3}}},
        {"opening_stock": {"table": "s.parquet"}},
        {"skus": {"table": "s.csv"}},
        {"replenishment": {"planogram": {"table": "p.csv"}}},
        {"replenishment": {"planogram": {"listed": {"table": "p.csv"}, "packs": 1.5}}},
        {"system": {"service": {"profile": "p.json"}}},
        {"traffic": {"file": "t.yaml", "zipf_exponent": 0.6}},
        {"calibrated": ["t.yaml", "service.yaml"]},
    ],
    ids=str,
)
def test_partial_files_tables_and_named_files_fit(schema, document):
    assert [error.message for error in schema.iter_errors(document)] == []


@pytest.mark.parametrize(
    "document",
    [
        {"tradng": {}},
        {"trading": {"retry_s": -1}},
        {"trading": {"shopping_s": {"distribution": "gama"}}},
        {"stores": [{"code": "a", "tils": 3}]},
        {"stores": {"SH01": {"tils": 3}}},
        {"skus": {"cout": 3}},
        {"system": {"service": {"profil": "x"}}},
        {"stores": [{"opens": "nine"}]},
    ],
    ids=str,
)
def test_what_the_lab_refuses_is_marked(schema, document):
    assert not schema.is_valid(document)


def test_fields_carry_their_descriptions():
    assert (
        "mean over an average year"
        in json_schema()["$defs"]["Store"]["properties"]["customers_per_day"]["description"].lower()
    )
