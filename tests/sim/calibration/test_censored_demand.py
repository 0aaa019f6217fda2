"""What customers wanted is recovered from what was sold and the stock that there was: a chain that runs out is played, and its own log calibrated."""

import csv
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
import yaml

from sim.calibration.censored_demand import wanted_demand
from sim.calibration.stock_table import read_stock
from sim.chain.chain import Chain
from sim.cli.app import status
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario
from sim.traffic.day_sheet import Traffic
from sim.traffic.log.reading import Reading
from sim.traffic.log.tickets import Tickets

SKUS, DAYS, FIRST = 40, 35, date(2025, 9, 1)
CODES = tuple(f"A{n}" for n in range(SKUS))


def scenario():
    """Two stores with little stock; every third SKU comes in small packs and runs out often."""
    place = {"region": "R", "warehouse": "W", "tills": 8}
    listed = [
        {"code": code, "price": 5, "unit_cost": 3, "pack": 80 if n % 3 else 1, "popularity": (n + 1) ** -0.6}
        for n, code in enumerate(CODES)
    ]
    return Scenario.model_validate(
        {
            "name": "hidden", "start": FIRST, "days": DAYS, "seed": 5, "regions": [{"code": "R", "name": "R"}],
            "warehouses": [{"code": "W", "region": "R"}], "suppliers": [{"code": "P", "lead_time_days": 2}],
            "stores": [{"code": f"S{n}", "customers_per_day": 250, **place} for n in range(2)],
            "lanes": [{"origin": "W", "destination": f"S{n}", "lead_time_days": 1} for n in range(2)], "skus": listed,
            "replenishment": {"stores": {"policy": "min_max", "least_days": 1.5, "most_days": 2.5, "review_days": 2}, "shelf_days": 100},
            "opening_stock": {"store_days": 3, "warehouse_days": 40},
            "accuracy": {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None},
            "trading": {"return_share": 0, "patience_s": None, "shopping_s": 60},
            "traffic": {"basket_lines": {"distribution": "gamma", "mean": 4, "cv": 0.6}},
            "trace": {"first": "2025-09-01", "last": "2025-10-06"},
        }
    )  # fmt: skip


class Played:
    """The tickets of a played chain, its stock at each day's end, and the lines that its customers wanted."""

    def __init__(self):
        chain = Chain(scenario())
        stock = []
        outcome = chain.play(lambda _: stock.append([chain.ledger.on_hand(store) for store in range(2)]))
        seen = pa.Table.from_batches(list(outcome.trace)).to_pandas()
        seen = seen[seen.journey == "checkout"].sort_values("t", kind="stable")
        self.closing = np.array(stock)
        """int64[days, stores, skus]."""
        lines = seen.skus.str.len().to_numpy()
        self.tickets = Tickets(
            stamp=np.datetime64(FIRST, "s") + seen.t.to_numpy().astype("timedelta64[s]"),
            store=seen.location.to_numpy().astype(np.int32),
            stores=("S0", "S1"),
            customer=seen.customer.to_numpy(),
            line_start=np.concatenate([[0], np.cumsum(lines)]),
            line_sku=np.concatenate(seen.skus.to_numpy()).astype(np.int32),
            line_units=np.concatenate(seen.quantities.to_numpy()).astype(np.int64),
        )
        sheets = [Traffic(scenario()).day(0, store, day) for store in range(2) for day in range(DAYS)]
        self.wanted = sum(np.bincount(sheet.line_sku, minlength=SKUS) for sheet in sheets)
        self.wanted_lines = np.concatenate([np.diff(sheet.line_start) for sheet in sheets])

    def rows(self, cell):
        """(store, SKU, day, what `cell` makes of the closing units) of the stock table; None leaves a row out."""
        for day in range(DAYS):
            for store in range(2):
                for sku in range(SKUS):
                    said = cell(int(self.closing[day, store, sku]))
                    if said is not None:
                        yield (f"S{store}", CODES[sku], FIRST + timedelta(days=day), said)

    def write(self, path, heading, cell=lambda units: units):
        path.write_text("\n".join([heading, *(",".join(map(str, row)) for row in self.rows(cell))]) + "\n")
        return path


@pytest.fixture(scope="module")
def played():
    return Played()


def corrected(played, path, reading=Reading()):  # noqa: B008 (frozen)
    return wanted_demand(played.tickets, SKUS, DAYS, read_stock(path, reading, ("S0", "S1"), CODES, FIRST, DAYS))


def gap(lines, wanted):
    """Mean relative error of the SKUs' shares."""
    return np.abs(lines / lines.sum() / (wanted / wanted.sum()) - 1).mean()


FORMS = {
    "closing units": ("store,sku,date,closing stock", lambda units: units),
    "flags": ("门店,商品编码,日期,缺货", lambda units: "是" if units == 0 else "否"),
    "a list of stock-outs": ("store,sku,date,oos", lambda units: "yes" if units == 0 else None),
}


@pytest.mark.parametrize("form", FORMS)
def test_lines_that_stock_hid_are_recovered_where_sales_alone_are_biased(played, tmp_path, form):
    found = corrected(played, played.write(tmp_path / "stock.csv", *FORMS[form]))
    sold = np.bincount(played.tickets.line_sku, minlength=SKUS)
    hidden = 1 - sold.sum() / played.wanted.sum()
    assert hidden > 0.1
    assert gap(sold, played.wanted) > 0.04
    assert gap(found.lines, played.wanted) < 0.02
    assert found.hidden_share == pytest.approx(hidden, abs=0.02)


def test_the_baskets_that_customers_wanted_are_recovered(played, tmp_path):
    found = corrected(played, played.write(tmp_path / "stock.csv", *FORMS["closing units"]))
    share = found.basket / found.basket.sum()
    values = np.arange(len(share))
    mean = share @ values
    assert np.diff(played.tickets.line_start).mean() < 0.9 * played.wanted_lines.mean()
    assert mean == pytest.approx(played.wanted_lines.mean(), rel=0.03)
    assert np.sqrt(share @ values**2 - mean**2) == pytest.approx(played.wanted_lines.std(), rel=0.05)
    assert found.customers_without_ticket == pytest.approx(len(played.wanted_lines) - len(played.tickets), rel=0.2)


def test_where_nothing_ran_out_nothing_is_corrected(played, tmp_path):
    path = played.write(tmp_path / "stock.csv", "store,sku,date,closing stock", lambda units: units + 9)
    found = corrected(played, path)
    assert found.lines == pytest.approx(np.bincount(played.tickets.line_sku, minlength=SKUS))
    assert found.basket[1:] == pytest.approx(np.bincount(np.diff(played.tickets.line_start))[1:], abs=1e-3)
    assert found.customers_without_ticket == 0


def test_calibrate_writes_wanted_baskets_and_popularity_and_how_much_was_hidden(played, tmp_path, capsys):
    tickets = played.tickets
    with open(tmp_path / "log.csv", "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["timestamp", "ticket", "sku", "quantity", "price", "store"])
        for n in range(len(tickets)):
            stamp = tickets.stamp[n].astype(datetime)
            for line in range(tickets.line_start[n], tickets.line_start[n + 1]):
                out.writerow(
                    [stamp, n, CODES[tickets.line_sku[line]], tickets.line_units[line], 5, f"S{tickets.store[n]}"]
                )
    stock = played.write(tmp_path / "stock.csv", "门店,商品编码,日期,期末库存")
    means = {}
    for name, flags in {"sold": [], "wanted": ["--stock", str(stock)]}.items():
        files = [str(tmp_path / f"{name}.yaml"), "--skus", str(tmp_path / f"{name}.csv")]
        assert status(["calibrate", str(tmp_path / "log.csv"), "--out", *files, *flags]) == 0
        out = capsys.readouterr().out
        traffic = yaml.safe_load((tmp_path / f"{name}.yaml").read_text())["traffic"]
        lines = traffic["basket_lines"]
        means[name] = lines.get("mean") or np.average(lines["values"], weights=lines["weights"])
        with open(tmp_path / f"{name}.csv") as file:
            popularity = {row["code"]: float(row["popularity"]) for row in csv.DictReader(file)}
        true = np.arange(1, SKUS + 1) ** -0.6
        means[f"{name} gap"] = gap(np.array([popularity[code] for code in CODES]), true)
    assert "of the lines that customers wanted are not in the log" in out
    low, high = (float(each) for each in out.partition("basket_lines")[2].split("│")[2].split(" to "))
    assert low < means["wanted"] < high
    assert means["wanted"] == pytest.approx(played.wanted_lines.mean(), rel=0.03)
    assert means["sold"] < 0.9 * means["wanted"]
    assert means["wanted gap"] < 0.03 < 0.05 < means["sold gap"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sku,date,price\nA1,2025-09-01,3\n", "a column closing, opening or out_of_stock"),
        ("sku,date,stock\nA1,2025-09-01,3\n", "a column of stores: the log has 2"),
        (
            "store,sku,date,stock\nS0,X1,2025-09-01,3\n",
            "rows of the log's stores and SKUs from 2025-09-01 to 2025-10-05",
        ),
        ("store,date,stock\nS0,2025-09-01,3\n", "a column sku"),
        ("store,sku,date,stock\nS0,A1,03/04/2025,3\n", "--dates dmy or --dates mdy"),
        ("store,sku,date,stock\n" + "S0,A1,2025-09-01,x\n" * 8, "row 2, column stock: expected a number, found 'x'"),
    ],
)
def test_a_stock_table_that_does_not_fit_the_log_is_refused(tmp_path, text, line):
    (tmp_path / "stock.csv").write_text(text)
    with pytest.raises(Refusal) as refused:
        read_stock(tmp_path / "stock.csv", Reading(), ("S0", "S1"), CODES, FIRST, DAYS)
    assert line in str(refused.value)
