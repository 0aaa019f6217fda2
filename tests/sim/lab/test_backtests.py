"""A scenario held against a log from Python: a table, a figure and a page of what was compared, and refusals before anything is played."""

import pandas as pd
import pytest

import sim as lab

from ..report.languages.test_backtests_in_chinese import QUANTITIES, SHORT_HISTORY, backtest


@pytest.fixture
def log(tmp_path):
    """Tickets of two days."""
    rows = pd.DataFrame({"ticket": range(40), "sku": "SKU-00001", "quantity": 1, "price": 2.5})
    rows["timestamp"] = pd.date_range("2026-05-16 09:00", periods=40, freq="37min")
    rows.to_csv(tmp_path / "sales.csv", index=False)
    return tmp_path / "sales.csv"


def test_a_validation_has_a_row_a_quantity_and_the_page_of_the_command(tmp_path):
    found = lab.Validation(backtest(QUANTITIES), pd.DataFrame())
    assert str(found) == found.record.sentence
    assert found.table.index.tolist() == list(QUANTITIES)
    assert found.table["bias"].dropna().tolist() == [bias for _, bias, _ in QUANTITIES.values() if bias is not None]
    assert found.picture.data["actual"].tolist()[:2] == [105.0, 130.0]
    assert "39 replications, fitted to 2025-01-01 to the day before 2025-10-06" in found.picture.rests_on
    assert "拒绝" in found.page(tmp_path / "page.html", lang="zh").read_text(encoding="utf-8")


def test_a_history_that_is_too_short_has_an_empty_table_and_no_picture():
    short = backtest([], "inconclusive", days=[], sentence=f"NOT ENOUGH HISTORY: {SHORT_HISTORY[0]}")
    found = lab.Validation(short, pd.DataFrame())
    assert found.table.empty
    with pytest.raises(lab.Refusal, match="a history that is long enough"):
        _ = found.picture


def test_a_log_of_two_days_decides_nothing(log):
    found = lab.validate("corner-shop", log, weeks=1)
    assert found.record.decision == "inconclusive"
    assert "are needed" in str(found)


def test_what_cannot_be_validated_is_refused(log, tmp_path):
    with pytest.raises(lab.Refusal, match=r"replications: expected at least 39.*found 38"):
        lab.validate("corner-shop", log, replications=38)
    with pytest.raises(lab.Refusal, match=r"nothing\.csv"):
        lab.validate("corner-shop", tmp_path / "nothing.csv")
