"""`import sim as lab` loads nothing, gives every name that it promises, and describes every column and argument."""

import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
import typing
from pathlib import Path

import pandas as pd
import pytest

import sim as lab
from sim.lab import columns
from sim.lab.decisions import VendorPlots
from sim.lab.operations import DrillPlots, HealthPlots
from sim.lab.planning import PolicyPlots
from sim.lab.plots import ChainPlots, LoadPlots
from sim.lab.rollouts import RolloutPlots
from sim.lab.studies import StudyPlots
from sim.records import outcome, samples, trace
from sim.records.outcome import COUNTERS, DAILY_SCHEMA, HOURLY_SCHEMA, KPI_SCHEMA

PLOTS = (ChainPlots, LoadPlots, PolicyPlots, VendorPlots, RolloutPlots, DrillPlots, HealthPlots, StudyPlots)
ROOT = Path(__file__).parents[3]
HEAVY = {"numpy", "pandas", "pyarrow", "matplotlib", "scipy", "simpy", "pydantic", "typer", "rich", "locust", "gevent"}
IMPORTED = """
import json, sys, time
before = set(sys.modules)
began = time.perf_counter()
import sim as lab
took_s = time.perf_counter() - began
print(json.dumps([took_s, sorted({name.partition(".")[0] for name in set(sys.modules) - before}), dir(lab)]))
"""
USED = """
import sys
import sim as lab
for name in lab.__all__:
    getattr(lab, name)
print(*sorted({"locust", "gevent"} & set(sys.modules)))
"""


def python(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout


def test_importing_the_lab_takes_no_time_and_loads_no_other_package():
    runs = [json.loads(python(IMPORTED)) for _ in range(3)]
    assert min(took_s for took_s, _, _ in runs) < 0.05
    assert HEAVY & set(runs[0][1]) == set()
    assert set(lab.__all__) <= set(runs[0][2])


def test_no_name_of_the_lab_brings_what_patches_the_process():
    assert python(USED).strip() == ""


def test_every_name_is_there_and_is_the_one_that_type_checkers_see():
    here = importlib.import_module("sim.lab")
    seen = re.search(r"from sim\.lab import \((.*?)\)", inspect.getsource(lab), re.DOTALL)[1]
    assert lab.__all__ == here.__all__ == sorted(lab.__all__) == re.findall(r"\w+", seen)
    for name in lab.__all__:
        assert getattr(lab, name) is getattr(here, name)
        assert getattr(lab, name).__doc__


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'reply'"):
        _ = lab.reply


def test_no_name_of_the_lab_is_one_of_its_packages():
    """`import sim.report` would put the package in the place of a function."""
    folder = importlib.import_module("sim").__path__[0]
    packages = {module.name for module in pkgutil.iter_modules([folder])}
    assert packages & set(lab.__all__) == set()


@pytest.mark.parametrize("name", [name for name in lab.__all__ if inspect.isfunction(getattr(lab, name))])
def test_a_function_describes_each_of_its_arguments(name):
    function = getattr(lab, name)
    documented = inspect.getdoc(function)
    typed = typing.get_type_hints(inspect.unwrap(function))
    for parameter in inspect.signature(function).parameters.values():
        assert parameter.name in documented, parameter.name
        assert parameter.name in typed, parameter.name
    assert "return" in typed


@pytest.mark.parametrize(
    ("of", "name", "expected"),
    [
        (lab.Run, "kpis", columns.KPIS),
        (lab.Run, "daily", columns.DAILY),
        (lab.Run, "hourly", columns.HOURLY),
        (lab.Run, "faults", columns.FAULTS),
        (lab.Run, "trace", columns.TRACE),
        (lab.Run, "lines", columns.LINES),
        (lab.LoadTest, "samples", columns.SAMPLES),
    ],
)
def test_help_describes_every_column_of_a_frame(of, name, expected):
    documented = getattr(of, name).__doc__
    lines = [line.split() for line in documented.partition("Columns:")[2].splitlines()]
    described = {words[0] for words in lines if len(words) > 1}
    assert set(expected) <= described


def test_the_units_of_counters_stand_in_help_as_the_records_say_them():
    documented = " ".join(lab.Run.daily.__doc__.split())
    for meaning in COUNTERS.values():
        assert " ".join(meaning.split()) in documented


def test_every_kpi_stands_in_help_with_its_unit(run):
    documented = lab.Run.kpis.__doc__
    for kpi, unit in run.kpis[["kpi", "unit"]].drop_duplicates().itertuples(index=False):
        assert re.search(rf"^ +{re.escape(kpi)} .*\[{re.escape(unit)}; ", documented, re.MULTILINE)


def test_every_column_of_a_record_has_a_meaning():
    for schema, meanings in [
        (DAILY_SCHEMA, outcome.MEANINGS),
        (HOURLY_SCHEMA, outcome.MEANINGS),
        (KPI_SCHEMA, outcome.MEANINGS),
        (samples.SCHEMA, samples.MEANINGS),
        (trace.SCHEMA, trace.MEANINGS),
    ]:
        assert set(schema.names) - set(meanings) == set()


def test_frames_are_tidy(run):
    assert run.daily.columns.tolist() == list(columns.DAILY)
    assert run.hourly.columns.tolist() == list(columns.HOURLY)
    assert run.kpis.columns.tolist() == list(columns.KPIS)
    assert pd.api.types.is_datetime64_any_dtype(run.daily["date"])
    assert not run.daily.duplicated(["replication", "date", "location_code"]).any()
    assert not run.hourly.duplicated(["replication", "date", "hour", "location_code"]).any()
    assert not run.kpis.duplicated(["replication", "kpi"]).any()


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_pages_name_what_is_there_in_code_that_is_python(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert programs
    for program in programs:
        compile(program, page, "exec")
    for name, member in re.findall(r"\blab\.(\w+)(?:\.(\w+))?", text):
        assert name in lab.__all__
        assert not member or hasattr(getattr(lab, name), member)
    for owner, name in re.findall(
        r"\b(run|test|policies|fitted|found|judged|goals|worse|plans|played|health|both|study)\.(?!yaml|plot\b)(\w+)\b",
        "".join(programs),
    ):
        of = {"run": lab.Run, "test": lab.LoadTest, "policies": lab.Policies, "fitted": lab.Calibration,
              "found": lab.Vendors, "judged": lab.Gate, "goals": lab.Goals, "worse": lab.Compared,
              "plans": lab.Rollouts, "played": lab.Drills, "health": lab.Health, "both": lab.Processes, "study": lab.Study}[owner]  # fmt: skip
        assert hasattr(of, name), f"{owner}.{name}"
    for name in re.findall(r"\.plot\.(\w+)\(", text):
        assert any(hasattr(plots, name) for plots in PLOTS)
