"""What an export leaves open is asked for in one line; what was recognised, left out or is missing is named."""

from datetime import date, datetime, timedelta

import pytest

from sim.records.refusal import Refusal
from sim.traffic.log.reader import read_log
from sim.traffic.log.reading import Reading

from .exports import CHINESE, PLAIN, cells, lists, renamed, save, text_of, with_, without, workbook


def starred(lines):
    return ";".join(f"{sku}*{n}" for sku, n in lines)


@pytest.fixture
def log_of(tmp_path):
    def read(table, name="a.csv", **reading):
        return read_log(save(tmp_path / name, text_of(table)), Reading(**reading))

    return read


ZONED = with_(PLAIN, timestamp=lambda row: f"{row['timestamp']:%Y-%m-%dT%H:%M}+08:00")
BOTH = {"订单号": lambda row: 1, "单据号": lambda row: 2}
TYPES = {1001: "充值", 1002: "退货"}


@pytest.mark.parametrize(
    ("table", "reading", "said"),
    [
        (ZONED, {}, r"line 2: expected --time-zone .* found '2025-10-01T18:00\+08:00'"),
        (PLAIN, {"time_zone": "Mars"}, "--time-zone: expected a time zone such as Asia/Shanghai"),
        (PLAIN, {"sheet": "x"}, "--sheet: expected a workbook, found 'a.csv'"),
        (with_(without(PLAIN, "ticket"), **BOTH), {}, r"one column for the ticket \(--column ticket=NAME\)"),
        (without(PLAIN, "sku"), {}, "column sku: expected a column for the sku .*lists of items: --items NAME"),
        (renamed(lists(starred), items="sku"), {}, r"expected one SKU in a row \(--items sku where a cell lists"),
        (lists(lambda lines: ";".join(f"{n}*{n}" for _, n in lines)), {}, "items whose quantity can be told from"),
        (
            with_(PLAIN, type=lambda row: TYPES.get(row["ticket"], "销售")),
            {},
            r"type: .*--void VALUE .*also has 充值 \(\d rows\)",
        ),
    ],
)
def test_what_is_left_open_is_asked_for(log_of, table, reading, said):
    with pytest.raises(Refusal, match=said):
        log_of(table, **reading)


def test_a_column_that_says_nothing_of_refunds_or_stands_behind_a_better_one_asks_nothing(log_of):
    assert log_of(with_(PLAIN, type=lambda row: "cash", **BOTH)).tickets.stamp.size


def test_a_refusal_of_a_workbook_names_sheet_row_and_column(tmp_path):
    table = cells(renamed(PLAIN, **CHINESE))
    table[5][3] = "many"
    log = read_log(workbook(tmp_path / "a.xlsx", {"十月": [["明细"], *table]}))
    assert [f"{skip.place}: {skip.reason}" for skip in log.skipped] == [
        "sheet 十月, row 7: quantity (数量): expected a number other than 0, of at most 1,000,000 units, found 'many'"
    ]
    assert log.where(0) == "sheet 十月, row 3"


def test_sheets_with_other_headings_or_of_refunds_are_asked_about(tmp_path):
    ours, theirs = cells(PLAIN), cells(renamed(PLAIN, quantity="qty"))
    with pytest.raises(Refusal, match=r"\[b\]: expected the headings of sheet a \(--sheet NAME reads one alone\)"):
        read_log(workbook(tmp_path / "a.xlsx", {"a": ours, "b": theirs}))
    with pytest.raises(
        Refusal, match="--sheet with the sheet of sales, as one seems to hold refunds, found '销售, 退货'"
    ):
        read_log(workbook(tmp_path / "b.xlsx", {"销售": ours, "退货": ours}))
    with pytest.raises(Refusal, match=r"--sheet: expected a sheet of .*: a, b, found 'c'"):
        read_log(tmp_path / "a.xlsx", Reading(sheet="c"))


def test_what_was_recognised_is_named(log_of):
    told = "; ".join(log_of(without(PLAIN, "quantity", "price")).read_as)
    assert told == "no quantity column: every row is one unit"
    totals = [{**without([row], "price")[0], "金额": 5} for row in PLAIN]
    assert (
        "without prices (--column amount=金额 takes 金额 for a line's total, over its quantity)"
        in log_of(totals).read_as
    )
    items = log_of(lists(starred)).read_as
    assert items == ("one line a ticket, items in column 'items', separated by ;, quantities as in A001*2",)


def test_a_refund_of_the_day_is_taken_off_the_ticket_that_it_names(log_of):
    sold = with_(PLAIN, original=lambda row: "")
    first = [row for row in sold if row["ticket"] == sold[0]["ticket"]]
    refund = {**first[0], "ticket": 9999, "quantity": -first[0]["quantity"], "original": first[0]["ticket"]}
    later = {**refund, "timestamp": refund["timestamp"] + timedelta(days=9)}
    whole, less, kept = (log_of(table).tickets for table in (sold, [*sold, refund], [*sold, later]))
    assert len(whole.line_sku) == len(less.line_sku) + 1 == len(kept.line_sku)
    unsigned = log_of([*sold, {**refund, "quantity": 1}])
    assert unsigned.taken_back == 1


DAYS = [datetime(2025, 3, 3, 10) + timedelta(days=day) for day in range(28) if day not in (9, 10, 16) and day % 7 != 6]


def test_days_without_rows_are_missing_unless_their_weekday_is_closed_or_a_day_has_few_tickets(log_of):
    def sold(per_day):
        return [{"timestamp": at, "ticket": n, "sku": "A", "quantity": 1} for at in DAYS for n in range(per_day)]

    assert log_of(sold(8)).missing == (date(2025, 3, 12), date(2025, 3, 13), date(2025, 3, 19))
    assert log_of(sold(3)).missing == ()


def test_hours_of_changed_clocks_are_counted_and_stamps_in_utc_lie_apart(log_of):
    instants = ["2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", "2025-10-26T02:30:00Z"]
    table = [{"timestamp": at, "ticket": n, "sku": "A", "quantity": 1} for n, at in enumerate(instants)]
    log = log_of(table, time_zone="Europe/London")
    assert [f"{at}"[11:16] for at in log.tickets.stamp] == ["01:30", "01:30", "02:30"]
    assert log.remarks == ("2 rows in an hour that came twice, when clocks were put back",)
    bare = log_of([{**table[0], "timestamp": "2025-03-30 01:30"}], time_zone="Europe/London")
    assert bare.remarks == ("1 rows in an hour that clocks left out",)


def test_groups_stand_beside_their_skus(log_of):
    log = log_of(with_(PLAIN, 品类=lambda row: "饮料" if row["sku"] == "A001" else ""))
    assert log.group == tuple("饮料" if code == "A001" else "" for code in log.code)
