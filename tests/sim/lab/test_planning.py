"""Planners' calls from Python: policies under one demand, a search, and traffic fitted to a log."""

import pytest

import sim as lab
from sim.study.replenish import READ

SMALL = {"skus.count": 30, "stores.SH01.customers_per_day": 60, "online.orders_per_day": 0, "trace": None}


@pytest.fixture(scope="module")
def policies(out):
    return lab.replenish("corner-shop", ["as_is", "base_stock"], {**SMALL, "days": 3}, replications=2, out=out)


@pytest.fixture(scope="module")
def log(out):
    """What the tills of a small shop sold in five weeks."""
    window = {"first": "2026-05-16 00:00", "last": "2026-06-20 00:00"}
    sold = lab.run("corner-shop", {**SMALL, "days": 35, "trace": window}, out=out).lines.query("journey == 'checkout'")
    named = sold.rename(columns={"row": "ticket", "sku_code": "article", "time": "timestamp"})
    file = out / "sales.csv.gz"
    named.assign(timestamp=named["timestamp"].dt.round("s")).to_csv(file, index=False)
    return file


def test_policies_are_held_against_the_first(policies):
    assert policies.table.columns.tolist() == ["as_is", "base_stock"]
    differences = policies.differences
    assert differences["kpi"].tolist() == [kpi for kpi in READ if kpi in set(differences["kpi"])]
    assert set(differences["policy"]) == {"base_stock"}
    assert "as_is" in policies.advice
    assert "base_stock" in policies._repr_html_()


def test_the_frontier_has_the_advice_as_its_title(policies):
    picture = policies.plot.frontier()
    assert picture.title == policies.advice
    assert picture.data.index.tolist() == ["as_is", "base_stock"]
    assert picture._repr_png_().startswith(b"\x89PNG")


def test_a_search_says_what_it_found(out):
    found = lab.search("corner-shop", "base_stock", {**SMALL, "days": 2}, budget=6)
    assert "replications that the search has not seen" in str(found)
    assert found.replenishment.startswith("replenishment:")


def test_a_log_is_fitted_and_what_was_written_is_played(log, tmp_path):
    fitted = lab.calibrate(log, {"sku": "article"})
    assert str(fitted).startswith(f"{fitted.log.rows:,} rows, ")
    assert fitted.distances(2).loc["tickets", "log"] == fitted.fit.tickets
    assert fitted.write(tmp_path) == {"traffic": {"file": "traffic.yaml"}, "skus": {"table": "skus.csv"}}
    (tmp_path / "mine.yaml").write_text(
        "extends: corner-shop\ntraffic: {file: traffic.yaml}\nskus: {table: skus.csv}\n"
    )
    assert lab.run(tmp_path / "mine.yaml", {"trace": None}, out=tmp_path).summary.loc["customers_per_day", "value"] > 0


def test_a_log_with_an_unknown_column_is_refused(log):
    with pytest.raises(lab.Refusal, match="article"):
        lab.calibrate(log, {"sku": "artikel"})
