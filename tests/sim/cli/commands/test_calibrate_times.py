"""Stopwatch sheets and journals as people keep them become till times in a scenario; what cannot be a ticket is skipped or refused by its row."""

from datetime import datetime, time, timedelta

import numpy as np
import pytest
import xlsxwriter
import yaml

from sim.cli.app import status
from sim.scenario.loader import load
from sim.scenario.sources import assumed

FIXED, ITEM = 15.0, 3.0
DAY = datetime(2025, 10, 13)


def tickets(count=240, tills=8, seed=1):
    """(till, start, end, items) of tickets, one after the other at each till, to the second."""
    rng = np.random.default_rng(seed)
    clock = [DAY + timedelta(hours=9, seconds=int(till)) for till in range(tills)]
    rows = []
    for n in range(count):
        till, items = n % tills, int(rng.geometric(1 / 8))
        service_s = round(rng.gamma(9, FIXED / 9) + items * rng.gamma(11, ITEM / 11))
        start = clock[till]
        clock[till] = start + timedelta(seconds=service_s + int(rng.integers(5, 60)))
        rows.append((f"T{till}", start, start + timedelta(seconds=service_s), items))
    return rows


ROWS = tickets()


def text_of(rows, heading="till,start,end,items"):
    return "\n".join([heading, *(",".join(map(str, row)) for row in rows)]) + "\n"


@pytest.fixture
def fitted(tmp_path, capsys):
    """Runs `calibrate` on a file's bytes; the written layer, or what it was refused with."""

    def run(content, *flags, name="journal.csv", kind="service"):
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        code = status(["calibrate", str(file), "--kind", kind, "--out", str(tmp_path / "out.yaml"), *flags])
        said = capsys.readouterr()
        run.out, run.err = said.out, said.err.replace(f"{tmp_path}/", "")
        return yaml.safe_load((tmp_path / "out.yaml").read_text()) if code == 0 else code

    return run


def means(layer):
    return layer["trading"]["fixed_s"]["mean"], layer["trading"]["item_s"]["mean"]


PLAIN = (15.189, 2.972)
"""What `ROWS` give in whatever form."""


def clocks(form, rows=ROWS):
    return [(till, start.strftime(form), end.strftime(form), items) for till, start, end, items in rows]


TIMED = [(till, int((end - start).total_seconds()), items) for till, start, end, items in ROWS]
SERIAL = [
    (till, *((at - datetime(1899, 12, 30)) / timedelta(days=1) for at in (start, end)), n)
    for till, start, end, n in ROWS
]
FORMS = {
    "date and time": text_of(clocks("%Y-%m-%d %H:%M:%S")),
    "clock times": text_of(clocks("%H:%M:%S")),
    "AM and PM": text_of(clocks("%I:%M:%S %p")),
    "day first": text_of(clocks("%d/%m/%Y %H:%M:%S")),
    "Chinese": text_of(clocks("%Y年%m月%d日 %H:%M:%S"), "收银台,开始时间,结束时间,商品件数").encode("gb18030"),
    "a title above": "Peak study\n\n" + text_of(clocks("%H:%M:%S"), "Till No.,First scan,Receipt printed,Items"),
    "durations": text_of(TIMED, "till,duration,items"),
    "minutes and seconds": text_of([(t, f"{s // 60}:{s % 60:02d}", n) for t, s, n in TIMED], "till,duration,items"),
    "words": text_of([(t, f"{s} s", n) for t, s, n in TIMED], "till,用时,件数"),
    "decimal comma": text_of([(t, f'"{s / 60:.4f}"'.replace(".", ","), n) for t, s, n in TIMED], "till,duration (min),items"),
    "date in a column": text_of([(t, s.date(), s.time(), e.time(), n) for t, s, e, n in ROWS], "register,date,start,end,qty"),
    "Excel serial": text_of([(t, f"{s:.8f}", f"{e:.8f}", n) for t, s, e, n in SERIAL]),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_a_journal_gives_the_same_times(fitted, form):
    layer = fitted(FORMS[form])
    assert layer != 64, fitted.err
    assert means(layer) == pytest.approx(PLAIN, rel=0.005)
    assert "240 tickets used, 0 skipped" in fitted.out


def test_a_workbook_of_a_sheet_a_till_with_excel_times_gives_them_too(fitted, tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "study.xlsx")
    clock, plain = book.add_format({"num_format": "hh:mm:ss"}), book.add_worksheet("说明")
    plain.write(0, 0, "高峰期收银观测")
    for till in sorted({row[0] for row in ROWS}):
        sheet = book.add_worksheet(till)
        sheet.write_row(0, 0, ["观测表"])
        sheet.write_row(2, 0, ["开始时间", "结束时间", "件数"])
        for n, (_, start, end, items) in enumerate((row for row in ROWS if row[0] == till), 3):
            for column, at in enumerate((start, end)):
                sheet.write_datetime(n, column, at, clock)
            sheet.write_number(n, 2, items)
    book.close()
    assert means(fitted(None, name="study.xlsx")) == pytest.approx(PLAIN, rel=0.005)
    assert "intervals: over 8 tills" in fitted.out


def test_minutes_that_a_spreadsheet_took_for_hours_are_read_as_minutes_and_so_noted(fitted, tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "study.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["till", "duration", "items"])
    for n, (till, start, end, items) in enumerate(ROWS, 1):
        minutes, rest = divmod(int((end - start).total_seconds()), 60)
        sheet.write_string(n, 0, till)
        sheet.write_datetime(n, 1, time(minutes, rest), book.add_format({"num_format": "h:mm"}))
        sheet.write_number(n, 2, items)
    book.close()
    assert means(fitted(None, name="study.xlsx")) == pytest.approx(PLAIN, rel=0.005)
    assert "read as minutes and seconds" in fitted.out


ODD = [
    ("T0", "2025-10-14 09:00:40", "2025-10-14 09:00:10", 3),
    ("T0", "2025-10-14 10:00:00", "2025-10-14 12:00:00", 3),
    ("T0", "2025-10-14 13:00:00", "", 3),
    ("T0", "2025-10-14 14:00:00", "2025-10-14 14:01:00", 0),
    ("T0", "2025-10-14 15:00:00", "2025-10-14 15:02:00", 9),
    ("T0", "2025-10-14 15:01:00", "2025-10-14 15:03:00", 9),
]
REASONS = [
    "row 242, column end: expected an end after the start, within an hour, found '-30 s'",
    "row 243, column end: expected an end after the start, within an hour, found '7,200 s'",
    "row 244, column end: expected a cell with end, found nothing",
    "row 245, column items: expected 1 to 1,000 items, found '0'",
    "row 246: expected one ticket at a time at till T0, found 'an overlap'",
    "row 247: expected one ticket at a time at till T0, found 'an overlap'",
]


def test_rows_that_cannot_be_a_ticket_are_skipped_and_listed(fitted):
    assert means(fitted(FORMS["date and time"] + text_of(ODD).partition("\n")[2])) == pytest.approx(PLAIN, rel=1e-3)
    assert "246 rows, 240 tickets used, 6 skipped" in fitted.out
    for reason in REASONS[:4]:
        assert reason in fitted.out


def test_too_many_rows_that_cannot_be_a_ticket_are_refused_by_row_unless_accepted(fitted):
    text = text_of([*clocks("%Y-%m-%d %H:%M:%S")[:40], *ODD])
    assert fitted(text) == 64
    for reason in REASONS:
        assert reason.replace("24", "4", 1) in fitted.err
    assert fitted(text, "--accept-skipped") != 64


def test_a_ticket_over_midnight_is_no_end_before_its_start(fitted):
    late = [("T9", "23:59:50", "00:00:20", 5)]
    fitted(FORMS["clock times"] + text_of(late).partition("\n")[2])
    assert "241 tickets used, 0 skipped" in fitted.out


@pytest.mark.parametrize(
    ("text", "flags", "line"),
    [
        ("till,start,end\nT,9:00:00,9:00:10\n", [], "journal.csv: row 1: expected a column items or 收银台"),
        ("till,start,items\nT,9:00:00,3\n", [], "row 1: expected columns start and end, or duration"),
        (text_of(clocks("%H:%M")), [], "journal.csv: start: expected times with seconds, such as 09:30:05"),
        (FORMS["durations"].replace("items", "n"), [], "expected a column items or 件数 or 商品件数 (another heading: --column items=HEADING)"),
        (FORMS["durations"], ["--column", "itms=items"], "--column: itms: expected one of till, start"),
        (FORMS["durations"], ["--kind", "services"], "--kind: expected traffic, service, lead-time, found 'services'"),
        (FORMS["durations"], ["--skus", "s.csv"], "--skus: expected --kind traffic, found '--kind service'"),
        (FORMS["day first"].replace("13/10", "03/10"), [], "column start: expected an order of day and month: --dates dmy or --dates mdy"),
        (FORMS["day first"].replace("13/10", "03/10"), ["--dates", "dym"], "--dates: expected dmy, mdy or ymd"),
        (FORMS["durations"][:200], [], "expected at least 30 tickets at tills"),
    ],
)  # fmt: skip
def test_a_journal_without_times_or_with_flags_that_do_not_fit_is_refused(fitted, text, flags, line):
    assert fitted(text, *flags) == 64
    assert line.replace("收银台", "件数") in fitted.err


def test_an_order_of_dates_is_taken_where_it_is_given(fitted):
    text = FORMS["day first"].replace("13/10", "03/10")
    assert means(fitted(text, "--dates", "dmy")) == pytest.approx(PLAIN, rel=1e-3)
    assert "2025-10-03 to 2025-10-03" in str(fitted(text, "--dates", "dmy")["sources"])


def test_channels_and_self_checkouts_of_a_journal_are_written(fitted):
    rows = [
        (till, int((end - start).total_seconds()) + (12 if n % 3 else 0), items, ("微信支付", "现金", "现金")[n % 3], "自助" if n % 4 == 0 else "")
        for n, (till, start, end, items) in enumerate(tickets(600, seed=2))
    ]  # fmt: skip
    layer = fitted(text_of(rows, "款台,用时(秒),件数,支付方式,是否自助"))["trading"]
    assert {each["name"]: each["share"] for each in layer["payments"]} == pytest.approx(
        {"cash": 2 / 3, "mobile": 1 / 3, "card": 0}, abs=0.01
    )
    assert {each["name"]: each["pays_s"] for each in layer["payments"]}["cash"] == pytest.approx(12, abs=2)
    assert layer["self_checkout_item_factor"] == pytest.approx(1, abs=0.1)


SCENARIO = """
start: 2025-10-13
days: 1
regions: [{code: R, name: R}]
warehouses: [{code: W, region: R}]
suppliers: [{code: P1, lead_time_days: 3}, {code: P2, lead_time_days: 4}]
lanes: [{origin: W, destination: S1, lead_time_days: 1}, {origin: P1, destination: W}]
stores: [{code: S1, region: R, warehouse: W, customers_per_day: 300, tills: 3}]
skus: {count: 50}
trading: {payments: [{name: wechat, share: 1, pays_s: 7}]}
calibrated: [out.yaml]
"""


def test_a_run_takes_the_fitted_times_and_no_longer_lists_them_as_assumed(fitted, tmp_path, capsys):
    fitted(FORMS["durations"])
    (tmp_path / "mine.yaml").write_text(SCENARIO)
    scenario = load(tmp_path / "mine.yaml")
    assert (scenario.trading.fixed_s.mean, scenario.trading.item_s.mean) == pytest.approx(PLAIN, rel=1e-3)
    assert not {line.partition(" = ")[0] for line in assumed(scenario)} & {
        "trading.fixed_s",
        "trading.item_s",
        "trading.payments.pays_s",
    }
    assert status(["run", str(tmp_path / "mine.yaml"), "--out", str(tmp_path / "runs")]) == 0
    assert "ticket_handling_time" in capsys.readouterr().out


def purchases(each=60, seed=3, form="%Y/%m/%d"):
    """Rows of orders: P1 takes them on Mondays and Thursdays."""
    rng, rows = np.random.default_rng(seed), []
    for supplier, mean in (("P1", 3.0), ("P2", 7.0)):
        for n in range(each):
            ordered = DAY + timedelta(days=7 * (n % 20) + (0 if n % 2 else 3))
            if supplier == "P2":
                ordered += timedelta(days=int(rng.integers(0, 5)))
            received = ordered + timedelta(days=int(rng.poisson(mean)))
            units = int(rng.integers(20, 200))
            open_ = n >= each - 3
            rows.append(
                (
                    f"PO{supplier}{n}",
                    supplier,
                    "W",
                    ordered.strftime(form),
                    "" if open_ else received.strftime(form),
                    units,
                    "" if open_ else round(units * 0.9),
                )
            )
    return rows  # fmt: skip


PURCHASES = "订单号,供应商,仓库,下单日期,入库日期,订货数量,入库数量"


def test_a_ledger_of_purchase_orders_becomes_suppliers_of_a_scenario(fitted, tmp_path, capsys):
    layer = fitted(text_of(purchases(), "采购台账,,,,,,\n" + PURCHASES).encode("gb18030"), kind="lead-time")
    assert layer["suppliers"]["P1"]["order_weekdays"] == [1, 4]
    assert layer["suppliers"]["P1"]["fill_rate"] == pytest.approx(0.9, abs=0.01)
    assert "read as gb18030" in fitted.out
    (tmp_path / "mine.yaml").write_text(SCENARIO)
    scenario = load(tmp_path / "mine.yaml")
    assert [each.lead_time_days.mean for each in scenario.suppliers] == pytest.approx([3, 7], rel=0.15)
    left = {line.partition(" = ")[0] for line in assumed(scenario)}
    assert not left & {"suppliers.lead_time_days", "suppliers.fill_rate"}
    assert status(["run", str(tmp_path / "mine.yaml"), "--out", str(tmp_path / "runs")]) == 0
    capsys.readouterr()


def test_a_workbook_with_dates_gives_the_same_lead_times(fitted, tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "po.xlsx")
    sheet, day = book.add_worksheet("PO"), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(
        0, 0, ["PO number", "Vendor", "Ship to", "Order date", "Receipt date", "Qty ordered", "Qty received"]
    )
    for n, row in enumerate(purchases(), 1):
        for column, cell in enumerate(row):
            if column in (3, 4) and cell:
                sheet.write_datetime(n, column, datetime.strptime(cell, "%Y/%m/%d"), day)
            else:
                sheet.write(n, column, cell)
    book.close()
    assert (
        fitted(None, name="po.xlsx", kind="lead-time")["suppliers"]
        == fitted(text_of(purchases(), PURCHASES), kind="lead-time")["suppliers"]
    )


def test_lanes_names_and_a_scenario_decide_what_is_written(fitted, tmp_path):
    text = text_of(purchases(), PURCHASES)
    (tmp_path / "chain.yaml").write_text(SCENARIO.replace("calibrated: [out.yaml]", ""))
    lanes = fitted(text, "--lanes", "--scenario", str(tmp_path / "chain.yaml"), kind="lead-time")
    assert set(lanes) == {"lanes", "sources"}
    assert list(lanes["lanes"]) == ["P1 to W"]
    assert "left out: P2 to W" in fitted.out
    (tmp_path / "mine.yaml").write_text(SCENARIO)
    assert load(tmp_path / "mine.yaml").lanes[1].lead_time_days.mean == pytest.approx(3, rel=0.15)
    dairy = text.replace("P2,", "乳业,")
    assert "P2" not in fitted(dairy, kind="lead-time")["suppliers"]
    assert "without a code, left out: 乳业" in fitted.out
    assert set(fitted(dairy, "--code", "乳业=P2", kind="lead-time")["suppliers"]) == {"P1", "P2"}


@pytest.mark.parametrize(
    ("text", "flags", "line"),
    [
        (text_of(purchases(form="%d/%m/%Y")[:12], PURCHASES).replace("/13/", "/12/"), ["--column", "supplier=供货"], "expected a column 供货"),
        (text_of(purchases(4), PURCHASES), [], "received: expected at least 10 orders with a receipt, found 2"),
        (text_of([(*row[:4], "", *row[5:]) for row in purchases()], PURCHASES), [], "received: expected orders with a receipt"),
        (text_of([(*row[:3], "2026-01-01", *row[4:]) for row in purchases()], PURCHASES), [], "row 2, column 入库日期: expected a day from"),
        (text_of([(*row[:5], "many", *row[6:]) for row in purchases()], PURCHASES), [], "row 2, column 订货数量: expected a number, found 'many'"),
        (text_of(purchases(), PURCHASES), ["--code", "x"], "--code: expected NAME=CODE"),
        (text_of(purchases(), PURCHASES), ["--code", "P3=X"], "--code: P3: expected a name in the table"),
        (text_of(purchases(), PURCHASES), ["--code", "P1=P2"], "--code: expected a code for each name, found 'P2'"),
        (text_of(purchases(), PURCHASES.replace("仓库", "x")), ["--lanes"], "destination: expected a column with destinations"),
        (text_of([(*row[:3], "03/04/2025", "05/04/2025") for row in purchases()], PURCHASES), [], "--dates dmy or --dates mdy"),
        (text_of(purchases(), PURCHASES), ["--scenario", "none.yaml"], "none.yaml"),
    ],
)  # fmt: skip
def test_a_ledger_that_says_no_lead_time_is_refused(fitted, text, flags, line):
    assert fitted(text, *flags, kind="lead-time") == 64
    assert line in fitted.err
