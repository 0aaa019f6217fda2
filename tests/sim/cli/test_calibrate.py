"""`retail-lab calibrate` prints what it fitted and what it skipped, and writes what a scenario reads."""

import pytest

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
    path.write_text("time,ticket,sku,quantity,price\n" + ROWS + "soon,1,TEA,1,9.9\n")
    return path


def test_a_log_is_calibrated(log, tmp_path, capsys):
    out, skus = tmp_path / "out" / "traffic.yaml", tmp_path / "out" / "skus.csv"
    flags = ["--column", "timestamp=time", "--out", str(out), "--skus", str(skus)]
    assert status(["calibrate", str(log), *flags]) == 0
    said = capsys.readouterr().out
    assert f"line {ROWS.count(chr(10)) + 2}: timestamp: expected a local date and time" in said
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
    assert status(["calibrate", str(log), "--column", "timestamp=time", "--out", str(tmp_path / "traffic.yaml")]) == 0
    assert "a short log" in capsys.readouterr().out


def test_too_few_tickets_are_refused(log, tmp_path, capsys):
    log.write_text("\n".join(log.read_text().splitlines()[:9]))
    out = tmp_path / "traffic.yaml"
    assert status(["calibrate", str(log), "--column", "timestamp=time", "--out", str(out)]) == 64
    assert "expected at least 30 tickets, found 8" in capsys.readouterr().err
    assert not out.exists()
