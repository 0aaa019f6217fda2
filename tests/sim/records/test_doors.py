"""Every record that a command reads, mutated: it works, or ends in one line that names the file."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ...doors import door, mutated_bytes, mutated_table, mutated_tree, mutations

SCENARIO = Path(__file__).parents[3] / "scenarios" / "corner-shop.yaml"
SMALLEST = ["--set", "stores.SH01.customers_per_day=20", "--set", "skus.count=5", "--set", "online.orders_per_day=0"]
CHAIN = ("manifest.json", "daily.parquet", "hourly.parquet", "kpis.parquet")


@pytest.fixture(scope="module")
def records():
    with door("records") as found:
        yield found


def spoil(data, path, sound):
    """Put a mutation of a sound record in a place."""
    by_bytes = st.sampled_from((False, False, False, True))
    if path.suffix == ".json":
        if data.draw(by_bytes):
            path.write_bytes(data.draw(mutated_bytes(sound.read_bytes())))
        else:
            tree = data.draw(mutated_tree(json.loads(sound.read_text(encoding="utf-8"))))
            path.write_text(json.dumps(tree))
    elif data.draw(by_bytes):
        path.write_bytes(data.draw(mutated_bytes(sound.read_bytes())))
    else:
        pq.write_table(data.draw(mutated_table(pq.ParquetFile(sound).read())), path)


@mutations
@given(data=st.data())
def test_a_mutation_of_a_load_test_is_judged_or_refused(data, records, sound_load, copied):
    folder = copied(sound_load)
    name = data.draw(st.sampled_from(("samples.parquet", "samples.parquet", "loadrun.json")))
    spoil(data, folder / name, sound_load / name)
    ways = (
        ["verdict", str(folder)],
        ["verdict", str(folder), "--against", str(sound_load)],
        ["verdict", str(sound_load), "--against", str(folder), "--margin", "checkout:p95=10%"],
        ["profile", str(folder)],
    )
    said = records.ask(data.draw(st.sampled_from(ways)))
    assert not said or name in said


@mutations
@given(data=st.data())
def test_a_mutation_of_a_trace_or_a_catalogue_is_replayed_or_refused(data, records, sound_trace, copied, monkeypatch):
    monkeypatch.setenv("RETAIL_LAB_SHOP_TOKEN", "x")
    folder = copied(sound_trace.parent)
    name = data.draw(st.sampled_from(("trace.parquet", "catalogue.parquet")))
    spoil(data, folder / name, sound_trace.with_name(name))
    said = records.ask(["replay", str(folder / "trace.parquet"), "--host", "http://127.0.0.1:9", "--dry-run"])
    assert not said or name in said


@mutations
@given(data=st.data())
def test_a_mutation_of_a_service_profile_is_played_or_refused(data, records, sound_load, tmp_path):
    path = tmp_path / "service_profile.json"
    spoil(data, path, sound_load / "service_profile.json")
    said = records.ask(
        ["run", str(SCENARIO), "--set", f"system.service={{profile: {path}}}", *SMALLEST, "--out", str(tmp_path)]
    )
    assert not said or path.name in said


@mutations
@given(data=st.data())
def test_a_mutation_of_a_chain_is_reported_or_refused(data, records, sound_chain, copied):
    folder = copied(sound_chain)
    name = data.draw(st.sampled_from(CHAIN))
    spoil(data, folder / "outcome" / name, sound_chain / "outcome" / name)
    with pytest.MonkeyPatch.context() as only:  # figures are made, but not printed: that alone takes a second
        for printed in ("svg", "png"):
            only.setattr(f"sim.report.canvas.{printed}", lambda _: "")
        said = records.ask(["report", str(folder), "--out", str(folder / "page.html")])
    assert not said or name in said
