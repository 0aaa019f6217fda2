"""Pages of odd data: nothing came, all failed, one of everything, names of any length and script. None says more than its records."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure as Drawing

from sim.evidence.importers.foreign import read as read_foreign
from sim.evidence.verdict.judge import judge
from sim.evidence.verdict.targets import parse
from sim.records.atomic_files import write_table
from sim.records.outcome import DAILY_SCHEMA, HOURLY_SCHEMA, KPI_SCHEMA, Manifest, outcome_folder
from sim.records.samples import write_samples
from sim.report import canvas
from sim.report.frontier import frontier
from sim.report.junit import write_junit
from sim.report.pages.run_page import write_page

from .pages.test_run_page import Reader

HELPLESS = re.compile(r"\b(nan|None|inf|NaN|undefined)\b")
SCHEMAS = {"daily": DAILY_SCHEMA, "hourly": HOURLY_SCHEMA, "kpis": KPI_SCHEMA}


def changed(folder, name, change):
    """An outcome table of a run folder, changed."""
    path = outcome_folder(folder) / f"{name}.parquet"
    table = change(pd.read_parquet(path))
    write_table(path, pa.Table.from_pandas(table, schema=SCHEMAS[name], preserve_index=False))


def text_of(folders, tmp_path):
    write_page(folders, tmp_path / "page.html")
    page = Reader((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.open == []
    assert not (found := HELPLESS.search(page.text)), page.text[max(found.start() - 80, 0) : found.end() + 40]
    return page.text


@pytest.fixture
def axes(monkeypatch):
    """The label and the limits of every axis that a page draws."""
    seen, draw = [], canvas.svg

    def watched(figure: Drawing):
        for axis in figure.axes:
            seen.append((axis.get_xlabel(), axis.get_xlim()))
            seen.append((axis.get_ylabel(), axis.get_ylim()))
        return draw(figure)

    monkeypatch.setattr(canvas, "svg", watched)
    return seen


def shares(axes):
    return [limits for label, limits in axes if "%" in label]


def nothing_came(folder):
    changed(folder, "hourly", lambda t: t.assign(customers=0.0, tickets=0.0, wait_s=0.0))
    changed(folder, "daily", lambda t: t.assign(customers=0.0, sku_days=0.0, stockout_sku_days=0.0))
    changed(folder, "kpis", lambda t: t.assign(value=np.where(t["kpi"].str.endswith("per_day"), 0.0, np.nan)))


def none_served(folder):
    changed(folder, "hourly", lambda t: t.assign(tickets=0.0, wait_s=0.0))
    unserved = ["mean_wait_s", "waits_over_target", "ticket_handling_time_s"]
    changed(folder, "kpis", lambda t: t.assign(value=t["value"].mask(t["kpi"].isin(unserved))))


def all_empty(folder):
    changed(folder, "daily", lambda t: t.assign(stockout_sku_days=t["sku_days"]))


def none_empty(folder):
    changed(folder, "daily", lambda t: t.assign(stockout_sku_days=0.0))


ODD = {"nothing came": nothing_came, "none served": none_served, "all empty": all_empty, "none empty": none_empty}


@pytest.mark.parametrize("days", [1, 2])
@pytest.mark.parametrize("odd", ODD)
def test_a_page_of_odd_outcomes_says_what_is_known(make_chain, tmp_path, axes, odd, days):
    run, again = make_chain(tmp_path / "a", days=days), make_chain(tmp_path / "b", days=days)
    for one in (run, again):
        changed(one, "daily", lambda t: t.assign(customers=9.0))
    ODD[odd](run)
    said = text_of([run, again], tmp_path)
    text_of(run, tmp_path)
    assert all(0 <= low <= high <= 100 for low, high in shares(axes))
    assert ("No customer comes to the 3 stores" in said) == (odd == "nothing came")
    assert ("do not draw the same traffic" in said) == (odd == "nothing came")
    assert ("No customer is served" in said) == (odd == "none served")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_page_of_any_key_figures_renders_and_calls_only_sure_changes_better(make_chain, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("any")
    runs = [make_chain(folder / name, days=1) for name in "ab"]
    values = st.sampled_from([0.0, 1.0, np.nan, 1e-9, 0.5, 1e12])
    for run in runs:
        changed(run, "kpis", lambda t: t.assign(value=[data.draw(values) for _ in range(len(t))]))
    text_of(runs, folder)


def test_names_of_any_length_and_script_and_two_hundred_stores(make_chain, tmp_path):
    run = make_chain(tmp_path / "a", name="长" * 120, store_name="北京王府井旗舰店" * 20, days=1)
    manifest = Manifest.read(outcome_folder(run) / "manifest.json")
    stores = [*manifest.scenario["stores"], *({"code": f"X{n}", "name": "", "region": "EAST"} for n in range(197))]
    manifest.model_copy(update={"scenario": manifest.scenario | {"stores": stores}}).write(
        outcome_folder(run) / "manifest.json"
    )
    more = [{"location_code": f"X{n}", "location": 4 + n} for n in range(197)]
    changed(run, "daily", lambda t: pd.concat([t, *(t[t["location_code"] == "SH01"].assign(**one) for one in more)]))
    assert "come to 200 stores" in text_of(run, tmp_path)


def test_runs_that_are_not_paired_are_called_so_and_nothing_is_better(make_chain, tmp_path):
    runs = [make_chain(tmp_path / "a"), make_chain(tmp_path / "b", seed=8, slower_s=50.0)]
    said = text_of(runs, tmp_path)
    assert "the runs are not paired, for they differ in seed" in said
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'class="better"' not in html
    assert 'class="worse"' not in html


def test_larger_sales_of_other_customers_are_not_better(make_chain, tmp_path):
    def larger(table):
        grown = table["kpi"].isin(["sales_per_day", "customers_per_day"])
        return table.assign(value=np.where(grown, 3 * table["value"], table["value"]))

    runs = [make_chain(tmp_path / "a", replications=3), make_chain(tmp_path / "b", replications=3)]
    changed(runs[1], "kpis", larger)
    assert "Both runs draw the same traffic." in text_of(runs, tmp_path)
    assert re.search(r"sales <small>.*\n.*\n.*class=\"better\"", (tmp_path / "page.html").read_text(encoding="utf-8"))
    changed(runs[1], "daily", lambda t: t.assign(customers=13.0))
    said = text_of(runs, tmp_path)
    assert "The runs do not draw the same traffic: 2,160 customers a day against 6,480 customers." in said
    assert "same traffic; " not in said
    assert not re.search(
        r"sales <small>.*\n.*\n.*class=\"better\"", (tmp_path / "page.html").read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("failures", [0, 1, 1800, 3590])
def test_axes_of_shares_stay_between_0_and_100(make_load, tmp_path, axes, failures):
    said = text_of(make_load(tmp_path / "load", failures=failures), tmp_path)
    assert f"{failures:,} failed" in said
    assert all(0 <= low < high <= 100 for low, high in shares(axes))


def test_a_warning_of_the_scenario_stands_on_the_page(make_chain, tmp_path):
    run = make_chain(tmp_path / "a")
    manifest = Manifest.read(outcome_folder(run) / "manifest.json")
    manifest.model_copy(update={"warnings": ["warehouse WSH does not carry 40 of the 40 SKUs"]}).write(
        outcome_folder(run) / "manifest.json"
    )
    assert "warehouse WSH does not carry 40 of the 40 SKUs" in text_of(run, tmp_path)


def foreign(tmp_path, tool, failed_every=0, rows=400):
    """The folder of a run that another tool recorded."""
    file = tmp_path / f"results.{tool}"
    failed = [bool(failed_every) and n % failed_every == 0 for n in range(rows)]
    if tool == "jtl":
        head = "timeStamp,elapsed,label,responseCode,success\n"
        lines = (
            f"{1.7e12 + 20 * n:.0f},80,GET /products,{500 if bad else 200},{str(not bad).lower()}"
            for n, bad in enumerate(failed)
        )
    else:
        head = "metric_name,timestamp,metric_value,status,name,method,expected_response\n"
        lines = (
            f"http_req_duration,{1_700_000_000 + n // 50},{80 + n / 1_000},{500 if bad else 200},/products,GET,{str(not bad).lower()}"
            for n, bad in enumerate(failed)
        )
    file.write_text(head + "\n".join(lines) + "\n")
    samples, run = read_foreign(file)
    folder = tmp_path / tool
    write_samples(folder / "samples.parquet", samples)
    run.write(folder / "loadrun.json")
    found = judge(samples, run, parse([], ["GET /products"], requests_only=True))
    found.write(folder / "verdict.json")
    return folder, found


@pytest.mark.parametrize("tool", ["jtl", "k6"])
def test_a_file_without_intended_starts_claims_no_lag_and_no_number_that_would_decide(tmp_path, tool):
    folder, found = foreign(tmp_path, tool)
    said = text_of(folder, tmp_path)
    assert found.decision == "inconclusive"
    for claim in ("lag p99", "kept its schedule", "more requests", "intended start −", "measured on"):
        assert claim not in said
    assert "Without intended starts these figures can be a fail and never a pass" in said
    file = {"jtl": "a JTL file", "k6": "k6 output"}[tool]
    assert f"Load test in results.{tool}" in said
    assert f"{file} that was imported" in said
    assert "adapter" not in said
    assert {f.decision for f in found.findings if f.binding} == {"inconclusive"}
    assert {f.requests_more for f in found.findings} == {None}
    assert found.lag_p99_s is None
    assert "more request" not in found.sentence
    write_junit(found, tmp_path / "junit.xml")
    junit = (tmp_path / "junit.xml").read_text()
    assert 'failures="0"' not in junit
    assert "more request" not in junit


@pytest.mark.parametrize("tool", ["jtl", "k6"])
def test_a_file_without_intended_starts_may_fail(tmp_path, tool):
    folder, found = foreign(tmp_path, tool, failed_every=4)
    assert found.decision == "fail"
    assert "A binding target is missed" in text_of(folder, tmp_path)


@pytest.mark.parametrize(
    "points",
    [
        {"as_is": (3e6, 1e5, 1.0, 0.0), "lean": (2e6, 1e5, 1.0, 0.01)},
        {"as_is": (0.0, 0.0, 0.0, 0.0), "none": (0.0, np.nan, 0.0, np.nan)},
        {"as_is": (3e6, 1e5, 0.97, 0.1)},
    ],
)
@pytest.mark.parametrize("sure", [False, True])
def test_a_frontier_is_coloured_as_its_sentence_says(tmp_path, points, sure):
    best = list(points)[-1] if sure else None
    frontier(points, "CNY", tmp_path / "f.svg", best)
    drawn = (tmp_path / "f.svg").read_text()
    assert (canvas.GREEN in drawn) == sure
    assert canvas.ORANGE not in drawn


def test_days_are_labelled_once(make_chain, tmp_path, monkeypatch):
    labels, draw = [], canvas.svg

    def watched(figure):
        drawn = draw(figure)
        labels.extend([tick.get_text() for tick in axis.get_xticklabels()] for axis in figure.axes)
        return drawn

    monkeypatch.setattr(canvas, "svg", watched)
    for days in (2, 7, 45):
        text_of(make_chain(tmp_path / f"{days}", days=days), tmp_path)
    assert ["1 Oct", "2 Oct"] in labels
    assert all(len(set(ticks)) == len(ticks) for ticks in labels)


def test_equal_regions_have_no_most_and_a_full_bar_is_100(make_chain, tmp_path, monkeypatch):
    noted = []
    annotate = canvas.matplotlib.axes.Axes.annotate
    monkeypatch.setattr(
        canvas.matplotlib.axes.Axes, "annotate", lambda *a, **k: (noted.append(a[1]), annotate(*a, **k))[1]
    )
    run = make_chain(tmp_path / "a", days=1)
    all_empty(run)
    assert "has the most" not in text_of(run, tmp_path)
    assert noted.count("100") == 3
