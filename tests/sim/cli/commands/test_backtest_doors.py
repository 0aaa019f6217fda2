"""Whatever tables of stock and waits, records and dates hold, `validate`, `score` and `run` work or refuse them with one line."""

import json

import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.cli.app import status

from ....doors import door, mutated_bytes, mutated_table, mutated_tree, mutations
from ...backtest.simulated_log import record, shop


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """A scenario, three weeks of its log, too short to be played, and a run of a day of it with nine replications."""
    folder = tmp_path_factory.mktemp("doors")
    scenario = shop(days=21, stores=[shop().stores[0].model_dump(mode="json") | {"customers_per_day": 10}])
    written = json.loads(scenario.model_dump_json(exclude_defaults=True)) | {"days": 1, "replications": 9}
    (folder / "shop.yaml").write_text(yaml.safe_dump(written))
    record(scenario, folder, 1, ".csv")
    record(scenario, folder, 1, ".parquet")
    assert (
        status(
            [
                "validate",
                str(folder / "shop.yaml"),
                "--actual",
                str(folder / "log.csv"),
                "--weeks",
                "1",
                "--out",
                str(folder / "v"),
            ]
        )
        == 2
    )
    assert status(["run", str(folder / "shop.yaml"), "--out", str(folder / "runs")]) == 0
    return folder


@pytest.fixture(scope="module")
def ask():
    with door("tables of stock and waits, records of predictions", lines=21) as found:
        yield found.ask


def validation(chain, *flags):
    given = ["--actual", chain / "log.csv", "--weeks", 1, "--out", chain / "v", *flags]
    return [str(word) for word in ("validate", chain / "shop.yaml", *given)]


TABLES = {"--stockouts": "stock", "--waits": "waits"}


@mutations
@given(data=st.data())
def test_mutation_of_a_table_of_stock_or_waits(ask, chain, tmp_path, data):
    flag = data.draw(st.sampled_from(sorted(TABLES)))
    if data.draw(st.booleans()):
        path = tmp_path / "table.csv"
        head, *rows = (chain / f"{TABLES[flag]}.csv").read_bytes().splitlines(keepends=True)
        path.write_bytes(data.draw(mutated_bytes(head + b"".join(rows[-25:]))))
    else:
        path = tmp_path / "table.parquet"
        table = pq.read_table(chain / f"{TABLES[flag]}.parquet").replace_schema_metadata(None)
        pq.write_table(data.draw(mutated_table(table.slice(len(table) - 25))), path)
    ask(validation(chain, flag, path), (2,))


@mutations
@given(data=st.data())
def test_mutation_of_the_date_of_a_prediction_or_the_record_of_a_backtest(ask, chain, data):
    (run,) = (path for path in (chain / "runs").iterdir() if path.is_dir())
    dated = data.draw(st.booleans())
    path = run / "timing.json" if dated else chain / "shop.backtest.json"
    sound = path.read_text()
    tree = data.draw(mutated_tree(json.loads(sound)))
    try:
        path.write_text(json.dumps(tree))
        if dated:
            flags = data.draw(st.sampled_from(([], ["--after-the-fact"])))
            ask(["score", str(run), "--actual", str(chain / "log.parquet"), *flags], (0, 1, 2))
        else:
            ask(["run", str(chain / "shop.yaml"), "--replications", "1", "--out", str(chain / "again")], (0,))
    finally:
        path.write_text(sound)


@pytest.mark.parametrize("flag", ["--from", "--store", "--map"])
def test_hostile_text_mutation_of_a_flag(ask, chain, flag):
    for value in ("nan", "x" * 5_000, "9999-12-31", "=", "wait_s=" + "y" * 5_000, "S1=苹果", "\x00", "1e999=1"):
        words = validation(chain, "--waits", chain / "waits.csv", f"{flag}={value}")
        ask([word for word in words if not (flag == "--from" and word in ("--weeks", "1"))], (2,))
