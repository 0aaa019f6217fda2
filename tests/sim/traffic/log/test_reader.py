"""Logs as tills and spreadsheets write them become tickets; what cannot be read is named by line."""

import gzip

import numpy as np
import pandas as pd
import pytest

from sim.records.refusal import Refusal
from sim.traffic.log.reader import read_log
from sim.traffic.log.reading import Reading

PLAIN = """timestamp,ticket,sku,quantity,price,store
2025-10-01 09:30,1,TEA,2,10.50,SH01
2025-10-01 09:30,1,RICE,1,32.00,SH01
2025-10-01 09:31,2,TEA,1,10.50,SH02
2025-10-02 09:30,1,TEA,3,11.50,SH01
"""

UCI = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,"HEART, WHITE",6,12/1/2010 8:26,2.55,17850.0,United Kingdom
536365,71053,LANTERN,8,12/1/2010 8:26,3.39,17850.0,United Kingdom
C536379,85123A,"HEART, WHITE",-6,12/1/2010 9:41,2.55,17850.0,United Kingdom
C536379,71053,LANTERN,2,12/1/2010 9:41,3.39,17850.0,United Kingdom
536380,BANK CHARGES,,1,12/1/2010 9:41,15.00,,United Kingdom
536381,71053,,-20,12/1/2010 9:50,0.0,,United Kingdom
A536382,B,Adjust bad debt,1,12/1/2010 9:51,-11062.06,,United Kingdom
"""


@pytest.fixture
def log_of(tmp_path):
    def read(text, preset="plain", name="log.csv", encoding="utf-8", **columns):
        raw = text.encode(encoding)
        path = tmp_path / name
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return read_log(path, Reading(preset, columns))

    return read


def baskets(log):
    tickets = log.tickets
    cut = [slice(a, b) for a, b in zip(tickets.line_start[:-1], tickets.line_start[1:], strict=True)]
    return [{log.code[s]: int(u) for s, u in zip(tickets.line_sku[c], tickets.line_units[c], strict=True)} for c in cut]


def test_a_ticket_is_a_number_at_a_store_on_a_day(log_of):
    log = log_of(PLAIN)
    assert baskets(log) == [{"TEA": 2, "RICE": 1}, {"TEA": 1}, {"TEA": 3}]
    assert log.tickets.stores == ("SH01", "SH02")
    assert log.tickets.store.tolist() == [0, 1, 0]
    assert log.line.tolist() == [2, 4, 5]
    assert log.tickets.stamp[0] == np.datetime64("2025-10-01T09:30:00")
    assert log.tickets.customer.tolist() == [-1, -1, -1]


def test_skus_stand_in_falling_order_of_lines_with_their_median_price(log_of):
    log = log_of(PLAIN)
    assert log.code == ("TEA", "RICE")
    assert log.price.tolist() == [10.5, 32.0]


def test_uci_columns_cancellations_and_corrections_are_understood(log_of):
    log = log_of(UCI, "uci")
    assert baskets(log) == [{"85123A": 6, "71053": 8}, {"BANK_CHARGES": 1}]
    assert (log.rows, log.sold, log.taken_back, log.unpriced, len(log.skipped)) == (7, 3, 2, 2, 0)
    assert log.name[log.code.index("85123A")] == "HEART, WHITE"
    assert log.tickets.customer.tolist() == [0, -1]


def test_a_line_taken_off_again_leaves_its_ticket(log_of):
    text = PLAIN + "2025-10-01 09:30,1,TEA,-1,10.50,SH01\n2025-10-01 09:31,2,TEA,-1,10.50,SH02\n"
    log = log_of(text)
    assert baskets(log) == [{"TEA": 1, "RICE": 1}, {"TEA": 3}]
    assert log.taken_back == 2


def test_a_store_that_sold_nothing_is_no_store_of_the_log(log_of):
    log = log_of(PLAIN.replace("SH02", "SH09").replace("2,TEA,1,10.50", "2,TEA,-1,10.50"))
    assert log.tickets.stores == ("SH01",)


def test_lines_of_one_sku_are_added_up_and_ties_keep_the_order_of_the_file(log_of):
    text = "timestamp,ticket,sku,quantity,price\n" + "".join(f"2025-10-01 09:30,{t},A,1,1\n" for t in (9, 3, 5, 9))
    log = log_of(text)
    assert baskets(log) == [{"A": 2}, {"A": 1}, {"A": 1}]
    assert log.line.tolist() == [2, 3, 4]
    assert log.tickets.stores == ("",)


def test_bad_rows_are_skipped_and_named_by_line(log_of):
    text = PLAIN + (
        "yesterday,3,TEA,1,10,SH01\n"
        "2025-10-01 09:32,,TEA,1,10,SH01\n"
        "2025-10-01 09:32,4,TEA,many,10,SH01\n"
        "\n"
        "2025-10-01 09:32,5\n"
        "2025-10-01 09:32,6,TEA,1,free,SH01\n"
        "2025-10-01 09:32,7,,0,10,SH01\n"
        "2025-10-01 09:33,8,TEA,1,10,SH01\n"
    )
    log = log_of(text)
    assert [skip.line for skip in log.skipped] == [6, 7, 8, 10, 11, 12]
    said = [skip.reason for skip in log.skipped]
    assert said[0].startswith(
        "timestamp: expected a local date and time such as 2025-10-01 09:30, or an Excel serial date"
    )
    assert said[0].endswith("found 'yesterday'")
    assert said[1] == "ticket: expected a ticket number, found ''"
    assert said[2] == "quantity: expected a number other than 0, of at most 1,000,000 units, found 'many'"
    assert said[3] == "expected 6 cells, found 2"
    assert said[4] == "price: expected a number of at most 1,000,000,000, found 'free'"
    assert said[5] == "sku: expected a SKU, its digits not shortened by a spreadsheet, found ''"
    assert log.rows == 11
    assert len(log.tickets) == 4
    assert log.line.tolist() == [2, 4, 13, 5]


def test_lines_are_counted_through_cells_that_hold_line_breaks(log_of):
    text = (
        "timestamp,ticket,sku,quantity,price,name\n"
        '2025-10-01 09:30,1,A,1,2,"green\ntea"\n'
        "2025-10-01 09:31,2,A,1\n"
        "2025-10-01 09:31,2,A,x,1,\n"
        "2025-10-01 09:32,3,A,1,2,\n"
    )
    log = log_of(text)
    assert [skip.line for skip in log.skipped] == [4, 5]
    assert log.line.tolist() == [2, 6]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz"])
def test_text_is_read_in_the_encodings_that_tills_write(log_of, encoding, name):
    text = "timestamp,ticket,sku,quantity,price,name\n2025年10月1日 9:30,1,A1,1,5,绿茶\n"
    assert log_of(text, encoding=encoding, name=name).name == ("绿茶",)


def test_columns_may_be_called_otherwise_and_separated_otherwise(log_of):
    text = "小票号;商品;数量;时间\n1;A;2;45931.3958333333\n"
    log = log_of(text, encoding="gb18030", ticket="小票号", sku="商品", quantity="数量", timestamp="时间")
    assert log.tickets.stamp[0] == np.datetime64("2025-10-01T09:30:00")
    assert np.isnan(log.price).all()


def test_weighed_goods_count_as_whole_units(log_of):
    log = log_of("timestamp,ticket,sku,quantity,price\n2025-10-01 9:30,1,A,0.345,5\n2025-10-01 9:30,1,B,2.7,5\n")
    assert baskets(log) == [{"A": 1, "B": 3}]
    assert log.weighed == 2


def test_parquet_gives_what_csv_gives(log_of, tmp_path):
    frame = pd.DataFrame(
        {
            "timestamp": pd.to_datetime(["2025-10-01 09:30", "2025-10-01 09:30", "2025-10-01 09:31", None]),
            "ticket": [1.0, 1.0, 2.0, 3.0],
            "sku": ["TEA", "RICE", "TEA", "TEA"],
            "quantity": [2, 1, 1, 1],
            "price": [10.5, 32.0, 10.5, 10.5],
        }
    )
    frame.to_parquet(tmp_path / "log.parquet")
    log = read_log(tmp_path / "log.parquet")
    assert baskets(log) == [{"TEA": 2, "RICE": 1}, {"TEA": 1}]
    assert [skip.line for skip in log.skipped] == [4]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("when,ticket,sku,quantity\n1,2,3,4\n", r"column timestamp: expected a column for the timestamp \(--column timestamp=NAME\)"),
        ("", "line 1: expected a header"),
        ("timestamp,ticket,sku,quantity\n", "expected at least one sale, found none"),
        ("timestamp,ticket,sku,quantity\nx,1,A,1\n", "expected at least one sale, found .line 2: timestamp"),
    ],
)  # fmt: skip
def test_a_log_that_cannot_be_used_says_why(log_of, text, said):
    with pytest.raises(Refusal, match=said):
        log_of(text)


def test_flags_that_make_no_sense_are_refused(log_of, tmp_path):
    with pytest.raises(Refusal, match="--preset: expected plain or uci, found 'sap'"):
        log_of(PLAIN, "sap")
    with pytest.raises(Refusal, match="--column: time: expected one of timestamp, ticket"):
        log_of(PLAIN, time="when")
    with pytest.raises(Refusal, match="column CASHIER: expected a column for the customer"):
        log_of(PLAIN, customer="CASHIER")
    with pytest.raises(Refusal, match="expected a transaction log, found no such file"):
        read_log(tmp_path / "none.csv")
    with pytest.raises(Refusal, match=r"a transaction log: \.xlsx, \.xls, \.csv, \.csv\.gz or \.parquet"):
        log_of(PLAIN, name="log.pdf")


def test_bytes_in_no_encoding_are_refused_by_line(tmp_path):
    (tmp_path / "log.csv").write_bytes(b"timestamp,ticket,sku,quantity\n2025-10-01 9:30,1,\xff\xff,1\n")
    with pytest.raises(Refusal, match="line 2: expected text in UTF-8 or GB18030"):
        read_log(tmp_path / "log.csv")
