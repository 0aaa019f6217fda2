"""What a run computes stays what it was, byte for byte: each file of a run against a figure that an earlier state of the code made.

`python -P tests/test_bytes.py` makes `bytes.json` anew. A commit that changes it says what a run now computes otherwise, and why.

A figure is the SHA-256 of what a file holds, not of the file: Parquet files name the version of the library that wrote them, and compress as it
does. It covers column names, types, values (floats by their bits), where row groups end, and the metadata but the scenario's hash; of JSON the
text. Left out of a manifest are library versions, and the scenario's hash; its scenario counts without fields that stand at their defaults, so that
a field that is new and off changes no figure. Last bits of floats come from the C library: figures hold on Linux x86-64 and are skipped elsewhere.
"""

import hashlib
import json
import platform
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.cli import app
from sim.records.outcome import COUNTERS
from sim.records.trace import JOURNEYS
from sim.scenario.load import load
from sim.scenario.model import Scenario
from sim.scenario.policies import Policy
from sim.scenario.system import Fault
from sim.study.run import run

FIGURES = Path(__file__).with_name("bytes.json")
SHIPPED = Path(__file__).parents[1] / "scenarios"
OTHERS = Path(__file__).with_name("bytes")
NAMES = sorted(file.stem for folder in (SHIPPED, OTHERS) for file in folder.glob("*.yaml"))
ENGINES = ("compiled", "simpy")

STORES = ("SH01", "SH02", "SU02", "HZ01", "GZ01", "SZ01", "BJ01", "TJ01")
"""Of the chain of fifty, direct and franchise; a pilot has two of them."""
COMMON = ("skus.count=600", "online.orders_per_day=60")
UNEVEN = "opening_stock={warehouse_days: {distribution: uniform, low: 0, high: 24}}"
"""Some SKUs lie in one warehouse and not in the other, so that stock is transferred in the first days."""
SHORTENED = {
    "attribute-entry": ("start=2026-09-10", "days=3", "warmup_days=1"),
    "chain-50": ("start=2026-09-17", "days=3", "warmup_days=1", UNEVEN),
    "corner-shop": (),
    "golden-week": ("start=2026-09-30", "days=3", "warmup_days=1", UNEVEN),
    "live-stream": (
        "start=2026-09-17",
        "days=2",
        "warmup_days=1",
        "traffic.spikes.0.skus=[SKU-00300, SKU-00400, SKU-00500]",
    ),
    "live-stream-unannounced": (
        "start=2026-09-17",
        "days=2",
        "warmup_days=1",
        "traffic.spikes.0.skus=[SKU-00300, SKU-00400, SKU-00500]",
    ),
    "no-transfers": ("start=2026-09-17", "days=3", "warmup_days=1", UNEVEN),
    "payment-outage": (),
    "pilot": ("start=2026-09-10", "days=3", "warmup_days=1"),
    "power-cut": ("days=3", "faults.0.stores=[SH01, SH02, HZ01]"),
}
"""What is played of each shipped scenario: days that keep its faults, its spikes and its trace's window."""


def shortened(name: str, engine: str = "compiled") -> Scenario:
    """A shipped scenario with few days, stores and customers, or one of `tests/bytes` as it stands."""
    if name not in SHORTENED:
        return load(OTHERS / f"{name}.yaml", [f"engine={engine}"], allow_code=True)
    whole = load(SHIPPED / f"{name}.yaml").model_dump(mode="json")
    stores = [store for store in whole["stores"] if store["code"] in STORES]
    for store in stores:
        store |= {"customers_per_day": 640, "tills": 1, "self_checkouts": 1, "roster": None}
    codes = [place["code"] for place in (*stores, *whole["warehouses"])]
    lanes = [lane for lane in whole["lanes"] if lane["destination"] in codes]
    few = [f"stores={json.dumps(stores)}", f"lanes={json.dumps(lanes)}", f"engine={engine}"]
    return load(SHIPPED / f"{name}.yaml", [*few, *COMMON, *SHORTENED[name]])


def figure_of_table(path: Path) -> str:
    with pq.ParquetFile(path) as file:
        groups = [file.read_row_group(group).combine_chunks() for group in range(file.num_row_groups)]
        schema = file.schema_arrow
    metadata = {k: v for k, v in (schema.metadata or {}).items() if k not in (b"scenario_hash", b"ARROW:schema")}
    found = hashlib.sha256(repr(([(f.name, str(f.type)) for f in schema], sorted(metadata.items()))).encode())
    for group in groups:
        found.update(f"{group.num_rows} rows".encode())
        for column in group.columns:
            for part in column.chunks:
                _add(found, part)
    return found.hexdigest()


def _add(found, values: pa.Array) -> None:
    """Nulls, then values, whatever the offsets, padding and dictionaries they are kept with."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    found.update(values.is_null().to_numpy(zero_copy_only=False).tobytes())
    if pa.types.is_list(values.type):
        found.update(values.value_lengths().fill_null(-1).to_numpy().tobytes())
        _add(found, values.flatten())
    elif pa.types.is_string(values.type):
        found.update(json.dumps(values.to_pylist()).encode())
    else:
        found.update(values.fill_null(0).to_numpy(zero_copy_only=False).tobytes())


def figure_of_manifest(path: Path) -> str:
    manifest = json.loads(path.read_text())
    scenario = Scenario.model_validate(manifest["scenario"])
    assert manifest["scenario_hash"] == scenario.hash
    del manifest["versions"], manifest["scenario_hash"]
    manifest["scenario"] = scenario.model_dump(mode="json", exclude_defaults=True, exclude={"engine"})
    return _of_text(json.dumps(manifest, sort_keys=True).replace(f"{OTHERS.as_posix()}/", ""))


def _of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def figures_of_run(folder: Path) -> dict[str, str]:
    """The figure of each file of a run but `timing.json`."""
    files = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("*")) if file.is_file()}
    del files["timing.json"]
    return {
        name: figure_of_table(file) if file.suffix == ".parquet" else figure_of_manifest(file)
        for name, file in files.items()
    }


def figures(name: str, engine: str) -> dict[str, str]:
    with TemporaryDirectory() as folder:
        return figures_of_run(run(shortened(name, engine), folder))


def figures_of_made_trace() -> dict[str, str]:
    with TemporaryDirectory() as folder:
        mix = "checkout=1,browse=9,search=3,stock_check=2,order_status=1,return_goods=0.2,member_lookup=1,redeem_offer=0.5"
        flags = ["--peak-orders-per-hour", "600", "--mix", mix, "--minutes", "20", "--skus", "50", "--seed", "3"]
        assert app.status(["trace", "--out", folder, *flags]) == 0
        return {file.name: figure_of_table(file) for file in sorted(Path(folder).iterdir())}


def figures_of_verdict() -> dict[str, str]:
    with TemporaryDirectory() as folder:
        jtl, verdict = Path(folder) / "vendor.jtl", Path(folder) / "verdict.json"
        draw = np.random.default_rng(4)
        rows = zip(draw.integers(20, 900, 3000).tolist(), (draw.random(3000) < 0.004).tolist(), strict=True)
        jtl.write_text(
            "timeStamp,elapsed,label,responseCode,success\n"
            + "".join(
                f"{1_700_000_000_000 + 20 * at},{ms},{'checkout' if at % 3 else 'browse'},{500 if bad else 200},{not bad}\n"
                for at, (ms, bad) in enumerate(rows)
            )
        )
        app.status(["verdict", str(jtl), "--target", "checkout:p95=0.85s", "--json", str(verdict)])
        return {"verdict.json": _of_text(verdict.read_text().replace(folder, ""))}


def made(case: str, engine: str = "compiled") -> dict[str, str]:
    """The figures of a case as the code at hand makes them."""
    others = {"made-trace": figures_of_made_trace, "verdict": figures_of_verdict}
    return others[case]() if case in others else figures(case, engine)


CASES = (*NAMES, "made-trace", "verdict")


@pytest.fixture(scope="module")
def stored():
    return json.loads(FIGURES.read_text())


on_linux = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="another C library may round last bits otherwise"
)


@on_linux
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_a_run_leaves_what_it_always_left_whichever_engine_plays_it(stored, name, engine):
    assert made(name, engine) == stored[name]


@on_linux
@pytest.mark.parametrize("case", ["made-trace", "verdict"])
def test_a_trace_without_a_chain_and_a_verdict_are_what_they_always_were(stored, case):
    assert made(case) == stored[case]


def test_every_case_has_its_figures(stored):
    assert set(stored) == set(CASES)


def test_what_is_played_makes_every_counter_and_every_journey_of_a_chain_move(tmp_path):
    """Else a change to the rule behind it could go unseen."""
    counted, asked = Counter(), Counter()
    for name in NAMES:
        folder = run(shortened(name), tmp_path / name)
        daily = pd.read_parquet(folder / "outcome" / "daily.parquet")
        counted.update(daily[list(COUNTERS)].sum().to_dict())
        if (folder / "trace.parquet").exists():
            asked.update(pd.read_parquet(folder / "trace.parquet").journey.tolist())
    assert not [counter for counter in COUNTERS if not counted[counter]]
    assert not [journey for journey in JOURNEYS if not asked[journey] and journey != "redeem_offer"]


def test_what_is_played_has_every_kind_of_policy_and_of_fault():
    text = json.dumps([shortened(name).model_dump(mode="json") for name in NAMES])
    kinds = [
        get_args(model.model_fields[tag].annotation)[0]
        for union, tag in ((Policy, "policy"), (Fault, "kind"))
        for model in get_args(get_args(union)[0])
    ]
    assert not [kind for kind in kinds if f'": "{kind}"' not in text and kind != "none"]


if __name__ == "__main__":
    FIGURES.write_text(json.dumps({case: made(case) for case in CASES}, indent=1) + "\n")
