"""What a run computes stays what it was, byte for byte: each file of a run against a figure that an earlier state of the code made.

`python -P tests/test_bytes.py` makes `bytes.json` anew, and with names of cases prints theirs. A commit that changes the file says what a run now
computes otherwise, and why.

A figure is the SHA-256 of what a file holds, not of the file: Parquet files name the version of the library that wrote them, and compress as it
does. It covers column names, types, values (floats by their bits), where row groups end, and the metadata but the scenario's hash; of JSON the
text. Left out of a manifest are library versions and the scenario's hash; its scenario counts without fields that stand at their defaults, and
what it lists as assumed has a figure of its own, which is the only one that a new field with a default may change.

Last bits of floats come from the C library: figures hold on Linux x86-64, with AVX-512 and without, and are skipped elsewhere. Nothing that a run
computes goes through BLAS or LAPACK, or through NumPy's elementary functions, which round as the processor's own kernels do. Other versions of NumPy
or SciPy than those of constraints.txt may draw or solve otherwise.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.cli import app
from sim.records.outcome import COUNTERS
from sim.records.trace import JOURNEYS
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.schema import json_schema
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
STREAMED = "traffic.spikes.0.skus=[SKU-00300, SKU-00400, SKU-00500]"
SHORTENED = {
    "attribute-entry": ("start=2026-09-10", "days=3", "warmup_days=1"),
    "chain-50": ("start=2026-09-17", "days=3", "warmup_days=1", UNEVEN),
    "corner-shop": (),
    "forecast-ordering": ("start=2026-09-17", "days=3", "warmup_days=1"),
    "golden-week": ("start=2026-09-30", "days=3", "warmup_days=1", UNEVEN),
    "live-stream": ("start=2026-09-17", "days=2", "warmup_days=1", STREAMED),
    "live-stream-unannounced": ("start=2026-09-17", "days=2", "warmup_days=1", STREAMED),
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


def figures_of_manifest(path: Path) -> dict[str, str]:
    manifest = json.loads(path.read_text())
    scenario = Scenario.model_validate(manifest["scenario"])
    assert manifest["scenario_hash"] == scenario.hash
    del manifest["versions"], manifest["scenario_hash"]
    assumed = manifest.pop("assumed")
    manifest["scenario"] = scenario.model_dump(mode="json", exclude_defaults=True, exclude={"engine"})
    text = json.dumps(manifest, sort_keys=True).replace(f"{OTHERS.as_posix()}/", "")
    return {"manifest": _of_text(text), "manifest, assumed": _of_text("\n".join(assumed))}


def _of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def figures_of_run(folder: Path) -> dict[str, str]:
    """The figures of all files of a run but `timing.json`."""
    tables = {file.stem: figure_of_table(file) for file in sorted(folder.rglob("*.parquet"))}
    others = {file.name for file in folder.rglob("*") if file.is_file() and file.suffix != ".parquet"}
    assert others == {"manifest.json", "timing.json"}
    return tables | figures_of_manifest(folder / "outcome" / "manifest.json")


@dataclass(frozen=True)
class Played:
    """The figures of a run, and what moved in it."""

    figures: dict[str, str]
    counted: dict[str, float]
    """Sums of the counters over locations and days."""
    asked: dict[str, int]
    """Rows of the trace by journey."""


@cache
def played(name: str, engine: str) -> Played:
    with TemporaryDirectory() as folder:
        home = run(shortened(name, engine), folder)
        daily = pd.read_parquet(home / "outcome" / "daily.parquet", columns=list(COUNTERS))
        trace = pd.read_parquet(home / "trace.parquet", columns=["journey"])
        return Played(figures_of_run(home), daily.sum().to_dict(), Counter(trace.journey.tolist()))


def figures_of_made_trace() -> dict[str, str]:
    with TemporaryDirectory() as folder:
        mix = "checkout=1,browse=9,search=3,stock_check=2,order_status=1,return_goods=0.2,member_lookup=1,redeem_offer=0.5"
        flags = ["--peak-orders-per-hour", "600", "--mix", mix, "--minutes", "20", "--skus", "50", "--seed", "3"]
        assert app.status(["trace", "--out", folder, *flags]) == 0
        return {file.name: figure_of_table(file) for file in sorted(Path(folder).iterdir())}


def figures_of_verdicts() -> dict[str, str]:
    """Of a stored load run, and of a vendor's file made here; sentences have a figure apart from what was computed."""
    with TemporaryDirectory() as folder:
        stored, vendor = Path(folder) / "loadrun", Path(folder) / "vendor.jtl"
        shutil.copytree(OTHERS / "loadrun", stored)
        draw = np.random.default_rng(4)
        answers = zip(draw.integers(20, 900, 3000).tolist(), (draw.random(3000) < 0.004).tolist(), strict=True)
        lines = [
            f"{1_700_000_000_000 + 20 * at},{ms},{'checkout' if at % 3 else 'browse'},{500 if bad else 200},{not bad}"
            for at, (ms, bad) in enumerate(answers)
        ]
        vendor.write_text("\n".join(["timeStamp,elapsed,label,responseCode,success", *lines]))
        found = {}
        for judged in (stored, vendor):
            written = Path(folder) / f"{judged.stem}.json"
            flags = ["--target", "checkout:p95=0.85s", "--quiet", "--json", str(written)]
            assert app.status(["verdict", str(judged), *flags]) == 1
            sentences: list[str] = []
            verdict = _without_sentences(json.loads(written.read_text().replace(folder, "")), sentences)
            found[f"{judged.stem}, computed"] = _of_text(json.dumps(verdict, sort_keys=True))
            found[f"{judged.stem}, sentences"] = _of_text("\n".join(sentences))
        return found


def _without_sentences(value, sentences: list[str]):
    """A tree of JSON whose texts of several words are taken out, into `sentences`."""
    if isinstance(value, dict):
        return {key: _without_sentences(value[key], sentences) for key in sorted(value)}
    if isinstance(value, list):
        return [_without_sentences(element, sentences) for element in value]
    if isinstance(value, str) and " " in value:
        return sentences.append(value)
    return value


def made(case: str, engine: str = "compiled") -> dict[str, str]:
    """The figures of a case as the code at hand makes them."""
    others = {"made-trace": figures_of_made_trace, "verdicts": figures_of_verdicts}
    return others[case]() if case in others else played(case, engine).figures


CASES = (*NAMES, "made-trace", "verdicts")


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
@pytest.mark.parametrize("case", ["made-trace", "verdicts"])
def test_a_trace_without_a_chain_and_verdicts_are_what_they_always_were(stored, case):
    assert made(case) == stored[case]


@on_linux
def test_a_run_leaves_the_same_bytes_whichever_kernels_numpy_and_openblas_choose(stored):
    """What they would choose on a processor that has nothing beyond SSE."""
    beyond = " ".join(np.show_config(mode="dicts")["SIMD Extensions"]["found"])
    old = {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": beyond}
    names = ("everything", "forecast-ordering")
    command = [sys.executable, "-P", __file__, *names]
    said = subprocess.run(command, env=os.environ | old, check=True, capture_output=True, text=True).stdout
    assert json.loads(said) == {name: stored[name] for name in names}


def test_every_case_has_its_figures(stored):
    assert set(stored) == set(CASES)


def test_what_is_played_makes_every_counter_and_every_journey_of_a_chain_move():
    """Else a change to the rule behind it could go unseen."""
    counted, asked = Counter(), Counter()
    for name in NAMES:
        moved = played(name, "compiled")
        assert moved.asked, name
        counted.update(moved.counted)
        asked.update(moved.asked)
    assert not [counter for counter in COUNTERS if not counted[counter]]
    assert {journey for journey in JOURNEYS if not asked[journey]} == {"redeem_offer"}  # a chain makes no offers


def test_what_is_played_has_every_kind_of_policy_and_of_fault():
    shown = json.dumps([shortened(name).model_dump(mode="json") for name in NAMES])
    fields = [model.get("properties", {}) for model in json_schema()["$defs"].values()]
    kinds = {
        (tag, named[tag]["const"]) for named in fields for tag in ("policy", "kind") if "const" in named.get(tag, {})
    }
    assert len(kinds) > 10
    assert not [(tag, kind) for tag, kind in kinds if f'"{tag}": "{kind}"' not in shown]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps({case: made(case) for case in sys.argv[1:]}))
    else:
        FIGURES.write_text(json.dumps({case: made(case) for case in CASES}, indent=1) + "\n")
