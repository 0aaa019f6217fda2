"""`retail-lab calibrate` prints what it fitted and what it skipped, and writes what a scenario reads."""

import pytest
import yaml

from sim.cli.app import status

ROWS = "".join(
    f"2025-09-{day:02d} {hour}:30,{n},{'TEA' if n % 3 else 'RICE'},{1 + n % 2},9.9\n"
    for day in range(1, 29)
    for hour in (9, 10, 11)
    for n in range(hour * 10, hour * 10 + 4 + (day * hour) % 5)
)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "tills.csv"
    path.write_text("when,ticket,sku,quantity,price\n" + ROWS + "soon,1,TEA,1,9.9\n")
    return path


def test_a_log_is_calibrated(log, tmp_path, capsys):
    out, skus = tmp_path / "out" / "traffic.yaml", tmp_path / "out" / "skus.csv"
    flags = ["--column", "timestamp=when", "--out", str(out), "--skus", str(skus)]
    assert status(["calibrate", str(log), *flags]) == 0
    said = capsys.readouterr().out
    assert f"line {ROWS.count(chr(10)) + 2}: timestamp (when): expected a local date and time" in said
    assert "1 skipped" in said
    assert "(28 of 28 days open)" in said
    assert "Log against customers drawn from the fit" in said
    assert out.read_text().startswith("# Calibrated by `retail-lab calibrate` from tills.csv")
    assert skus.read_text().splitlines()[0] == "code,name,price,unit_cost,popularity"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--column", "timestamp"], "--column: expected FIELD=NAME"),
        ([], "column timestamp: expected a column for the timestamp"),
        (["--preset", "sap"], "--preset: expected plain or uci"),
    ],
)
def test_wrong_flags_end_with_status_64_and_one_line(log, capsys, flags, said):
    assert status(["calibrate", str(log), *flags]) == 64
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1


def test_a_short_log_is_called_one(log, tmp_path, capsys):
    log.write_text("\n".join(log.read_text().splitlines()[:200]))
    assert status(["calibrate", str(log), "--column", "timestamp=when", "--out", str(tmp_path / "traffic.yaml")]) == 0
    assert "a short log" in capsys.readouterr().out


def test_too_few_tickets_are_refused(log, tmp_path, capsys):
    log.write_text("\n".join(log.read_text().splitlines()[:9]))
    out = tmp_path / "traffic.yaml"
    assert status(["calibrate", str(log), "--column", "timestamp=when", "--out", str(out)]) == 64
    assert "expected at least 30 tickets, found 8" in capsys.readouterr().err
    assert not out.exists()


def test_the_time_of_the_self_check_is_printed_before_it_begins(log, tmp_path, capsys):
    assert status(["calibrate", str(log), "--column", "timestamp=when", "--out", str(tmp_path / "traffic.yaml")]) == 0
    estimated = capsys.readouterr().err.splitlines()[0]
    assert estimated == "estimated: 1 s to draw customers from the fit and fit again, 5 times"


ONE = "2025-09-03 10:00,9000,TEA,1,9.9,Sparse\n"
NONE = "2025-09-03 10:00,9001,TEA,-1,9.9,Empty\n"


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("others", [ONE, NONE, ONE + NONE], ids=["one ticket", "no ticket", "both"])
@pytest.mark.parametrize("holidays", [[], ["--holidays"]], ids=["plain", "holidays"])
def test_a_store_with_one_ticket_or_none_is_calibrated_without_a_warning(tmp_path, capsys, others, holidays):
    log, out = tmp_path / "tills.csv", tmp_path / "traffic.yaml"
    rows = "".join(f"{row},Full\n" for row in ROWS.splitlines())
    log.write_text(f"timestamp,ticket,sku,quantity,price,store\n{rows}{others}")
    assert status(["calibrate", str(log), "--out", str(out), *holidays]) == 0
    printed = capsys.readouterr()
    assert "Warning" not in printed.err
    assert ("1 stores with fewer than 30 tickets" in printed.out) == (ONE in others)
    assert ("1 stores without a ticket, left out: Empty" in printed.out) == (NONE in others)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_chain_of_stores_with_one_ticket_each_is_calibrated_without_a_warning(tmp_path, capsys):
    log = tmp_path / "tills.csv"
    rows = "".join(f"2025-09-{1 + n % 28:02d} 10:{n % 60:02d},{n},TEA,1,9.9,S{n}\n" for n in range(40))
    log.write_text(f"timestamp,ticket,sku,quantity,price,store\n{rows}")
    assert status(["calibrate", str(log), "--out", str(tmp_path / "traffic.yaml")]) == 0
    assert "40 stores with fewer than 30 tickets" in capsys.readouterr().out


@pytest.fixture
def gap(tmp_path):
    path = tmp_path / "gap.csv"
    rows = [row for row in ROWS.splitlines() if not "2025-09-15" <= row[:10] <= "2025-09-16"]
    path.write_text("\n".join(["timestamp,ticket,sku,quantity,price,kind", *(f"{row},tea" for row in rows)]))
    return path


def test_days_without_rows_are_said_and_written_as_closed_when_they_are_named(gap, tmp_path, capsys):
    out = ["--out", str(tmp_path / "traffic.yaml"), "--skus", str(tmp_path / "skus.csv"), "--column", "group=kind"]
    assert status(["calibrate", str(gap), *out]) == 0
    said = capsys.readouterr().out
    assert "missing: no rows on 2025-09-15 to 2025-09-16, left out" in said
    assert "95 % interval" in said
    assert "# holidays:" in (tmp_path / "traffic.yaml").read_text()
    assert (tmp_path / "skus.csv").read_text().splitlines()[0] == "code,name,price,unit_cost,popularity,group"
    assert status(["calibrate", str(gap), *out, "--closed", "2025-09-15..2025-09-16", "--store", "SH01"]) == 0
    assert "closed: 2025-09-15 to 2025-09-16, written as a holiday with factor 0" in capsys.readouterr().out
    written = yaml.safe_load((tmp_path / "traffic.yaml").read_text())
    assert [holiday["factor"] for holiday in written["traffic"]["holidays"]] == [0]
    assert list(written["stores"]) == ["SH01"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--closed", "yesterday"], "--closed: expected a day, such as 2025-10-01"),
        (["--closed", "2025-09-16..2025-09-15"], "--closed: expected a day"),
        (["--closed", "2025-09-17"], "--closed: expected days without a ticket"),
        (["--closed", "2024-01-01"], "--closed: expected days from 2025-09-01 to 2025-09-28, which the log covers"),
        (["--store", "A=B"], "--store: expected CODE"),
        (["--store", ""], "--store: expected CODE"),
    ],
)
def test_closed_days_and_stores_that_do_not_fit_the_log_are_refused(gap, tmp_path, capsys, flags, said):
    assert status(["calibrate", str(gap), "--out", str(tmp_path / "traffic.yaml"), *flags]) == 64
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1
