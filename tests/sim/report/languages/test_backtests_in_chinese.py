"""Backtests and scores in Chinese: pages, figures, exports and the sentence of a run leave no English phrase."""

import pytest

from sim.backtest.wording import score_sentence, sentence
from sim.cli.commands import backtest as tables_of
from sim.records.predictions.backtest import Backtest, BacktestDay, BacktestRow, Naive, sections, standing
from sim.records.predictions.score import Score, ScoredRun, ScoreRow
from sim.report.exports.csv_files import write_csv
from sim.report.exports.of_predictions import of_backtest, of_score
from sim.report.languages import recorded
from sim.report.pages.backtest import write_backtest
from sim.report.pages.score import write_score

from . import messages
from .test_pages_in_chinese import english_of, written

QUANTITIES = {
    "customers, a store's day": ("customers", 0.1234, "in traffic"),
    "customers, all stores' day": ("customers", -0.02, "in rules"),
    "units of class A, a day": ("units", 0.001, "in traffic"),
    "sales of class A, a day": ("CNY", None, "in prices"),
    "stock-outs, a store's day": ("share of SKUs", 0.5, "in rules"),
    "mean wait, a store's day": ("s", 0.0, "within chance"),
}
NOTES = [
    "January, February: no day of it is in the history; the scenario's own month factor is taken",
    "3 of 56 held-back days of stores have no ticket (closed, or missing) and are not compared, the first SH01 on 2025-10-07",
    "4 days of stores in the history have no ticket and are taken as closed",
    "1,234 tickets outside the opening hours are played at the nearest second inside",
    "not fitted to days of holidays: 2025-10-01 to 2025-10-07, 2025-12-31 to 2026-01-01",
    "waits were not given (--waits): rules at the tills are not tested",
    "stock was not given (--stockouts): replenishment is not tested",
    "the log has no store: all tickets are taken for SH01's",
    "2 stores of the scenario are not in the log and are not judged",
    "12 SKUs that the scenario does not list are left out, 1.2% of lines",
    "fewer than 39 replications give no 95 % interval, and do not decide",
    "fewer than 7 days do not decide",
    "pilot-1 predicts 2025-10-01 to 2025-10-28; 2025-10-03 to 2025-10-20 are scored",
    "units and sales of a run include online orders that its stores ship; a till's log does not",
]
SHORT_HISTORY = [
    "12 days before 2025-10-06, and 28 are needed to fit weekdays and their scatter",
    "3 held-back days, and 7 are needed",
    "12 tickets before 2025-10-06, and 30 are needed",
]
NAIVE = Naive(wape=0.3, held_80=20, held_95=None, cells=28, skill=0.12)
MADE = [
    "made on 2025-09-30, before the days it predicts",
    "made on 2025-10-02, within the days it predicts: those after it are scored",
    "made on 2025-12-01, after the fact",
    "made at an unknown date",
]


def row(quantity):
    unit, bias, where = QUANTITIES[quantity]
    return BacktestRow(
        quantity=quantity, unit=unit, cells=28, actual=100.0, predicted=112.34, with_tickets=None, wape=0.2, bias=bias, mase=0.8,
        pinball=3.0, held_80=20, held_95=26, seasonal=NAIVE, last_year=None, p_traffic=0.01, p_tickets=0.5, where=where, within=0.05,
    )  # fmt: skip


def backtest(quantities, decision="fail", **values):
    days = [
        BacktestDay(day=f"2025-10-0{n}", actual=actual, low_95=80, low_80=90, median=100, high_80=110, high_95=120)
        for n, actual in ((6, 105.0), (7, 130.0), (8, None))
    ]
    record = Backtest(
        scenario="pilot", sections=sections({"stores": 1, "skus": 2}), log="tickets.csv", log_sha256="0" * 64, history_first="2025-01-01",
        first="2025-10-06", last="2025-10-08", replications=39, level=0.05, decision=decision, sentence="",
        rows=[row(quantity) for quantity in quantities], days=days, notes=NOTES,
    )  # fmt: skip
    return record.model_copy(update={"sentence": sentence(record) if quantities else "", **values})


def score(held_95, made=MADE, bias=0.1):
    runs = [
        ScoredRun(
            folder=f"runs/{n}", scenario="pilot", scenario_hash="0" * 64, first="2025-10-01", last="2025-10-28",
            replications=39, made=each, p=0.4,
        )
        for n, each in enumerate(made)
    ]  # fmt: skip
    rows = [
        ScoreRow(
            quantity=quantity, unit=unit, runs=2, cells=28, actual=100.0, predicted=112.0, bias=bias, wape=0.2, pinball=3.0,
            held_80=20, held_95=held_95,
        )
        for quantity, (unit, *_) in QUANTITIES.items()
    ]  # fmt: skip
    record = Score(
        log="tickets.csv",
        level=0.05,
        decision="inconclusive",
        p=1e-5,
        sentence="",
        runs=runs,
        rows=rows,
        notes=NOTES,
    )
    return record.model_copy(update={"sentence": score_sentence(record)})


def exported(result, folder):
    """English phrases in the title, facts, findings and tables of a result; facts give the scenario and the log by their own names."""
    write_csv(result, folder)
    texts = [result.title, result.source, *result.findings, *(str(cell) for fact in result.about for cell in fact)]
    texts += [file.read_text(encoding="utf-8") for file in folder.rglob("*.csv")]
    return {phrase for text in texts for phrase in messages.WORDS.findall(text)}


def test_no_english_phrase_is_left_on_the_page_of_a_backtest(tmp_path):
    rejected = written(write_backtest, tmp_path / "rejected.html", backtest(QUANTITIES))
    assert english_of(rejected) == []
    page = rejected.read_text(encoding="utf-8")
    assert "被拒绝" in page
    assert "顾客数（单店每天）平均多预测 12.3%（出自客流）" in page
    short = backtest([], "inconclusive", days=[], sentence=f"NOT ENOUGH HISTORY: {SHORT_HISTORY[0]}")
    assert english_of(written(write_backtest, tmp_path / "short.html", short)) == []


def test_no_english_phrase_is_left_on_the_page_of_a_score(tmp_path):
    page = written(write_score, tmp_path / "score.html", score(26))
    assert english_of(page) == []
    assert "未能判定" in page.read_text(encoding="utf-8")


def test_no_english_phrase_is_left_in_exports_of_predictions(tmp_path):
    for name, result in (("backtest", of_backtest(backtest(QUANTITIES), "zh")), ("score", of_score(score(26), "zh"))):
        (tmp_path / name).mkdir()
        assert exported(result, tmp_path / name) == set()


def test_no_english_phrase_is_left_in_the_tables_of_the_console():
    found = backtest(QUANTITIES)
    tables = [
        tables_of._difference_table(found, "zh"),
        tables_of._naive_table(found, "zh"),
        tables_of._score_table(score(26), "zh"),
    ]
    texts = [
        str(text)
        for table in tables
        for text in (table.title, *(cell for column in table.columns for cell in (column.header, *column.cells)))
    ]
    assert [phrase for text in texts for phrase in messages.WORDS.findall(text)] == []
    assert {"差异", "技能分 LW", "运行数"} < set(texts)


@pytest.mark.parametrize(
    "said",
    [
        *(sentence(backtest([*QUANTITIES][:4], decision)) for decision in ("pass", "fail")),
        sentence(backtest([*QUANTITIES][-1:], "pass")),
        *(score_sentence(score(*of)) for of in ((26,), (26, MADE, -0.1), (26, MADE[:1]), (26, MADE[:1], None))),
        *(score_sentence(score(None, *of)) for of in ((), (MADE[:1],), (MADE, 0.0))),
        *NOTES, *MADE, *SHORT_HISTORY,
        standing(None, {}),
        standing(backtest(QUANTITIES, "pass"), {"stores": 1, "skus": 2}),
        standing(backtest(QUANTITIES), {"stores": 2}),
        *(standing(backtest([], "inconclusive", sentence=f"NOT ENOUGH HISTORY: {why}"), {}) for why in SHORT_HISTORY),
    ],
)  # fmt: skip
def test_a_sentence_of_a_backtest_or_a_score_is_read_in_chinese(said):
    chinese = recorded(said, "zh").replace("retail-lab validate", "")
    assert messages.WORDS.findall(chinese) == []
    assert chinese != said
