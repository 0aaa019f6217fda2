"""Whatever a log's file holds, it is read or refused with one line; what would mislead a planner is refused or named."""

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.records.refusal import Refusal
from sim.traffic.log.reader import read_log
from sim.traffic.log.reading import Reading
from sim.traffic.log.sku_codes import sku_codes
from sim.traffic.log.soundness import check

HEADER = "timestamp,ticket,sku,quantity,price,store,till,customer"
ROWS = [[f"2025-10-{1 + n // 10:02d} 09:{n % 6}0", f"{n}", f"A{n % 5}", "1", "5.0", "S1", "1", "7"] for n in range(60)]
EXTREMES = [
    "9999-12-31 23:59", "0001-01-01 00:00", "2025-02-30 10:00", "9223372036854775807", "-9223372036854775808", "1e308", "-1e-300",
    "nan", "inf", "", "\x00", "苹果", "１２", "1,200", "1.00001E+12", '"', "a" * 5000, "79999.9999999", "=1+1", "\ud7ff", "99999999",
]  # fmt: skip


def text_of(rows):
    return "\n".join([HEADER, *(",".join(row) for row in rows)]) + "\n"


@pytest.fixture
def log_of(tmp_path):
    def read(text, **flags):
        (tmp_path / "log.csv").write_text(text, encoding=flags.pop("written", "utf-8"))
        return read_log(tmp_path / "log.csv", Reading(**flags))

    return read


def with_column(n, value_of):
    return text_of([[*row[:n], value_of(i, row), *row[n + 1 :]] for i, row in enumerate(ROWS)])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 7), st.sampled_from(EXTREMES)), max_size=6),
    cut=st.none() | st.floats(0, 1),
    flipped=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=3),
    packed=st.booleans(),
)
def test_a_mutated_log_is_read_or_refused_with_one_line(tmp_path, cells, cut, flipped, packed):
    rows = [list(row) for row in ROWS]
    for row, column, value in cells:
        rows[row][column] = value
    raw = text_of(rows).encode("utf-8", "surrogatepass")
    raw = bytearray(gzip.compress(raw) if packed else raw)
    for place, bits in flipped:
        raw[int(place * len(raw))] ^= bits
    path = tmp_path / ("log.csv.gz" if packed else "log.csv")
    path.write_bytes(bytes(raw if cut is None else raw[: int(cut * len(raw))]))
    complaint, log = "", None
    try:
        log = read_log(path)
        check(path, log)
    except Refusal as refusal:
        complaint = str(refusal)
    assert "\n" not in complaint
    if log:
        assert log.tickets.line_units.min() > 0
        assert log.tickets.line_units.max() <= 1_000_000


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), unique=True, max_size=50))
def test_distinct_texts_have_distinct_codes_that_a_scenario_accepts(texts):
    codes = sku_codes(texts)
    assert len(set(codes)) == len(texts)
    assert all(
        len(code) <= 40 and code.isascii() and code.replace("_", "").replace("-", "a").isalnum()
        for code in codes
        if code.strip("_")
    )


def test_names_outside_ascii_stay_apart_and_legible(log_of):
    names = ["苹果", "香蕉", "Milk 1.5%", "Milk 1/5%", "BANK CHARGES"]
    log = log_of(with_column(2, lambda i, row: names[i % 5]))
    assert len(set(log.code)) == 5
    assert "BANK_CHARGES" in log.code
    assert set(log.name) == set(names)
    assert log.recoded == 4


def test_a_till_keeps_equal_ticket_numbers_apart_and_without_it_the_clash_is_refused(log_of, tmp_path):
    rows = [[*row[:1], f"{n % 10 // 2}", *row[2:6], f"{n % 2}", ""] for n, row in enumerate(ROWS)]
    rows = [[row[0].replace("09:", f"{9 + 3 * int(row[6]):02d}:"), *row[1:]] for row in rows]
    log = log_of(text_of(rows))
    assert len(log.tickets) == 60
    merged = log_of(text_of(rows).replace("till", "x", 1))
    assert len(merged.tickets) == 30
    with pytest.raises(Refusal, match="--column till=NAME"):
        check(tmp_path / "log.csv", merged)


def test_too_many_skipped_rows_are_refused_unless_accepted(log_of, tmp_path):
    log = log_of(with_column(3, lambda i, row: "many" if i % 4 == 0 else "1"))
    with pytest.raises(Refusal, match=r"15 of 60 rows \(25.0%\) are skipped.*found 'many'"):
        check(tmp_path / "log.csv", log)
    assert len(check(tmp_path / "log.csv", log, accept_skipped=True)) == 1


def test_totals_in_the_quantity_column_are_refused(log_of, tmp_path):
    with pytest.raises(Refusal, match=r"104\.0 units a line"):
        check(tmp_path / "log.csv", log_of(with_column(3, lambda i, row: "104")))


def test_dates_without_a_time_are_refused_and_two_columns_are_joined(log_of, tmp_path):
    text = text_of(ROWS).replace("timestamp", "Date,Time", 1).replace(" 09:", ",09:")
    assert log_of(text, columns={"timestamp": "Date+Time"}).undated_share == 0
    with pytest.raises(Refusal, match="a time of day"):
        check(tmp_path / "log.csv", log_of(text, columns={"timestamp": "Date"}))


def test_a_date_far_from_the_others_is_skipped_by_line(log_of):
    log = log_of(with_column(0, lambda i, row: "9999-12-31 23:59" if i == 7 else row[0]))
    assert [skip.line for skip in log.skipped] == [9]


def test_an_order_of_day_and_month_that_rows_contradict_is_refused_for_all(log_of):
    columns = {field: field for field in HEADER.split(",")}
    text = with_column(0, lambda i, row: f"{1 + i // 3}/12/2010 09:30")
    with pytest.raises(Refusal, match=r"month/day/year in every row.*--dates dmy"):
        log_of(text, preset="uci", columns=columns)
    log = log_of(text, preset="uci", columns=columns, dates="dmy")
    assert str(log.tickets.stamp[-1]) == "2010-12-20T09:30:00"
    assert not log.skipped


def test_voided_rows_are_left_out_once_named_and_their_values_are_listed(log_of):
    text = text_of(ROWS).replace("customer", "status").replace(",7\n", ",完成\n").replace("完成", "作废", 3)
    with pytest.raises(Refusal, match=r"作废 \(3 rows\), 完成 \(57 rows\)"):
        log_of(text)
    assert (log_of(text, void=["作废"]).sold, log_of(text, void=[""]).sold) == (57, 60)
    with pytest.raises(Refusal, match="--column status=标志 --void 作废"):
        log_of(text.replace("status", "标志"))


def test_another_encoding_is_named(log_of):
    text = with_column(2, lambda i, row: "caf\xe9")
    with pytest.raises(Refusal, match="--encoding"):
        log_of(text, written="latin-1")
    assert log_of(text, written="latin-1", encoding="latin-1").name == ("caf\xe9",)
    with pytest.raises(Refusal, match="--encoding: expected an encoding"):
        log_of(text, encoding="klingon")


@pytest.mark.parametrize("written", ['"1,200"', "１２００", '"１，２００"'])
def test_numbers_with_separators_and_full_width_digits_are_read(log_of, written):
    assert log_of(with_column(3, lambda i, row: written)).tickets.line_units.tolist() == [1200] * 60


def test_a_number_that_a_spreadsheet_shortened_is_no_sku(log_of):
    log = log_of(with_column(2, lambda i, row: "1.00001E+12" if i == 0 else row[2]))
    assert [skip.line for skip in log.skipped] == [2]
