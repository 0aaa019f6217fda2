"""Whatever a transaction log holds, `calibrate` and a run that replays it work or refuse it with one line."""

import datetime
import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.cli.app import status

from ....doors import HOSTILE, door, mutated_bytes, mutated_table, mutations
from ...traffic.log.exports import workbook

HEADER = "timestamp,ticket,sku,quantity,price,store,till,status"
ROWS = [[f"2025-10-0{1 + n // 10} 09:{n % 6}0", f"{n}", f"A{n % 5}", "1", "5.0", "S1", "1", "sold"] for n in range(32)]
TABLE = pa.table(
    {
        "timestamp": [datetime.datetime.fromisoformat(row[0]) for row in ROWS],
        "ticket": [int(row[1]) for row in ROWS],
        "sku": [row[2] for row in ROWS],
        "quantity": [1.0] * len(ROWS),
        "price": [5.0] * len(ROWS),
        "store": ["S1"] * len(ROWS),
    }
)
CELLS = [
    *(str(value) for value in HOSTILE if value is not None),
    *("31/12/2025 09:30", "12/31/25", "1850-01-01 09:00", "9999-12-31 23:59", "2025-10-01T09:00:00+08:00", "2025-03-30 02:30"),
    *("1,200", "1.200,5", "(5)", "-5", "−1", "１２", "1.00001E+12", "=1+1", "[/bold]", "\x1b[31m", "作废", "Void", '"', '"a\nb"'),
]  # fmt: skip


def text_of(rows):
    return "\n".join([HEADER, *(",".join(row) for row in rows)]) + "\n"


SOUND = text_of(ROWS).encode()


@pytest.fixture(scope="module")
def ask():
    with door("transaction log") as found:
        yield lambda log, *flags: found.ask(
            ["calibrate", str(log), "--out", str(log.parent / "out" / "traffic.yaml"), *flags], allowed=(0,)
        )


@mutations
@given(data=st.data())
def test_bytes_mutation_of_a_log(ask, tmp_path, data):
    packed = data.draw(st.booleans())
    path = tmp_path / ("log.csv.gz" if packed else "log.csv")
    path.write_bytes(data.draw(mutated_bytes(gzip.compress(SOUND, mtime=0) if packed else SOUND)))
    zone = ["--time-zone", "UTC:Asia/Tokyo"]
    flags = ([], ["--accept-skipped"], ["--dates", "dmy"], ["--encoding", "latin-1"], zone, ["--items", "sku"])
    ask(path, *data.draw(st.sampled_from(flags)))


@mutations
@given(data=st.data())
def test_cell_mutation_of_a_log(ask, tmp_path, data):
    rows = [list(row) for row in [HEADER.split(","), *ROWS]]
    cells = st.tuples(st.integers(0, len(ROWS)), st.integers(0, 7), st.sampled_from(CELLS))
    for row, column, value in data.draw(st.lists(cells, min_size=1, max_size=6)):
        rows[row][column] = value
    column = data.draw(st.none() | st.tuples(st.integers(0, 7), st.sampled_from(CELLS)))
    for row in rows[1:] if column else ():
        row[column[0]] = column[1]
    encoding = data.draw(st.sampled_from(("utf-8", "utf-16", "gb18030", "latin-1")))
    text = "\n".join(",".join(row) for row in rows)
    path = tmp_path / "log.csv"
    path.write_bytes(
        text.encode("utf-8" if encoding == "utf-8" else encoding, "replace" if encoding != "utf-8" else "surrogatepass")
    )
    ask(
        path,
        *data.draw(
            st.sampled_from(
                (
                    [],
                    ["--accept-skipped"],
                    ["--dates", "dmy"],
                    ["--encoding", "latin-1"],
                    ["--time-zone", "UTC:Asia/Tokyo"],
                    ["--items", "sku"],
                )
            )
        ),
    )


SHEET = [HEADER.split(","), *ROWS]


@mutations
@given(data=st.data())
def test_workbook_mutation_of_a_log(ask, tmp_path, data):
    rows = [list(row) for row in SHEET]
    written = [cell for cell in CELLS if cell.isprintable()]
    values = st.sampled_from([*written, 45931.395, datetime.datetime(2025, 10, 1, 9), True, -3.5, "合计"])
    for row, column, value in data.draw(
        st.lists(st.tuples(st.integers(0, 32), st.integers(0, 7), values), min_size=1, max_size=6)
    ):
        rows[row][column] = value
    rows[:0] = [["日报"], []][: data.draw(st.integers(0, 2))]
    sheets = {"一": rows, "二": data.draw(st.sampled_from((SHEET, [], [["x"]], rows[:9])))}
    path = workbook(tmp_path / "log.xlsx", {name: sheets[name] for name in data.draw(st.sampled_from(("一", "一二")))})
    if data.draw(st.integers(0, 3)) == 0:
        path.write_bytes(data.draw(mutated_bytes(path.read_bytes())))
    flags = ([], [], ["--sheet", "一"], ["--time-zone", "Europe/London"], ["--items", "sku"], ["--dates", "mdy"])
    ask(path, *data.draw(st.sampled_from(flags)))


COLUMNS = (
    pa.array([{"a": 1}] * 32), pa.array([[1]] * 32), pa.nulls(32), pa.array([b"\xff"] * 32), pa.array([True] * 32),
    pa.array([datetime.date(2025, 10, 1)] * 32), pa.array([1e300] * 32), pa.array([1.5] * 32).cast(pa.float16()),
    pa.array([2**62] * 32).cast(pa.timestamp("ms")), pa.array([0] * 32).cast(pa.timestamp("s", "No/Where")),
    pa.array(["A", "B"] * 16).dictionary_encode(), pa.array([5] * 32, pa.duration("ns")), pa.array([2**64 - 1] * 32, pa.uint64()),
)  # fmt: skip


@mutations
@given(data=st.data())
def test_table_mutation_of_a_log(ask, tmp_path, data):
    table = data.draw(mutated_table(TABLE))
    if table.num_rows == 32 and data.draw(st.booleans()):
        at = data.draw(st.integers(0, table.num_columns - 1))
        table = table.set_column(at, table.column_names[at], data.draw(st.sampled_from(COLUMNS)))
    path = tmp_path / "log.parquet"
    pq.write_table(table, path)
    ask(path, *data.draw(st.sampled_from(([], ["--accept-skipped"]))))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({2: "A,A"}, "expected 8 cells, found 9"),
        ({0: "2025-10-01"}, "expected a time of day"),
        ({3: "104"}, "104.0 units a line on average"),
        ({4: "-5"}, "32 without a price above 0"),
        ({7: "作废"}, "--void VALUE for each status that is no sale"),
        ({0: "01.10.2025 09:30"}, "--dates dmy or --dates mdy"),
    ],
)
def test_a_log_that_would_mislead_is_refused(tmp_path, capsys, cells, said):
    rows = [[cells.get(n, cell) for n, cell in enumerate(row)] for row in ROWS]
    (tmp_path / "log.csv").write_text(text_of(rows))
    assert status(["calibrate", str(tmp_path / "log.csv"), "--out", str(tmp_path / "traffic.yaml")]) == 64
    assert said in capsys.readouterr().err


def test_a_log_cut_within_its_gzip_ends_early(tmp_path, capsys):
    (tmp_path / "log.csv.gz").write_bytes(gzip.compress(SOUND)[:-20])
    assert status(["calibrate", str(tmp_path / "log.csv.gz")]) == 64
    assert capsys.readouterr().err.endswith("log.csv.gz: expected a whole gzip file, found 'gzip ends early'\n")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--column", "sku=quantity"], "column quantity: expected another column for the quantity than for the sku"),
        (["--column", "sku=nope"], "column nope: expected a column for the sku"),
        (["--encoding", "a\0b"], "--encoding: expected an encoding"),
    ],
)
def test_flags_that_do_not_fit_the_log_are_refused(tmp_path, capsys, flags, said):
    (tmp_path / "log.csv").write_bytes(SOUND)
    assert status(["calibrate", str(tmp_path / "log.csv"), *flags]) == 64
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "gb18030"])
def test_an_encoding_that_was_found_and_not_named_is_printed(tmp_path, capsys, encoding):
    (tmp_path / "log.csv").write_bytes(SOUND.decode().replace("A1", "苹果").encode(encoding))
    assert status(["calibrate", str(tmp_path / "log.csv"), "--out", str(tmp_path / "traffic.yaml")]) == 0
    assert f"read as {encoding}, which was not named" in capsys.readouterr().out


def test_names_of_a_log_act_neither_on_the_terminal_nor_in_the_traffic_file(tmp_path, capsys):
    rows = [[*row[:5], ["[/bold]", '"x\ny: 1"', "\x1b[31m"][n % 3], *row[6:]] for n, row in enumerate(ROWS)]
    (tmp_path / "log.csv").write_text(text_of(rows))
    assert status(["calibrate", str(tmp_path / "log.csv"), "--out", str(tmp_path / "traffic.yaml")]) == 0
    said = capsys.readouterr().out
    assert "[/bold]" in said
    assert "\x1b[31m" not in said
    assert set(yaml.safe_load((tmp_path / "traffic.yaml").read_text())) == {"traffic", "stores", "sources"}


def test_one_store_padded_with_nul_bytes_is_one_store(tmp_path, capsys):
    (tmp_path / "log.csv").write_bytes(SOUND.replace(b"S1", b"S1\0", 7))
    assert status(["calibrate", str(tmp_path / "log.csv"), "--out", str(tmp_path / "traffic.yaml")]) == 0
    assert yaml.safe_load((tmp_path / "traffic.yaml").read_text())["stores"] == {"S1": {"customers_per_day": 4.57}}


def test_one_heading_twice_is_refused_where_it_is_read_and_only_there(tmp_path, capsys):
    path, out = tmp_path / "log.csv", ["--out", str(tmp_path / "traffic.yaml")]
    path.write_bytes(SOUND.replace(b"till", b"sku", 1))
    assert status(["calibrate", str(path), *out]) == 64
    assert "column sku: expected one column of that name" in capsys.readouterr().err
    path.write_bytes(SOUND.replace(b"till,status", b"x,x", 1))
    assert status(["calibrate", str(path), *out]) == 0


SCENARIO = """
name: replayed
start: 2025-10-01
days: 1
regions: [{code: EAST, name: East}]
warehouses: [{code: W, region: EAST}]
suppliers: [{code: P1, lead_time_days: 3}]
lanes: [{origin: W, destination: S1, lead_time_days: 1}]
stores: [{code: S1, region: EAST, warehouse: W, customers_per_day: 10, tills: 1}]
skus: [{code: A0, price: 1, unit_cost: 0.5}, {code: A1, price: 1, unit_cost: 0.5}, {code: A2, price: 1, unit_cost: 0.5},
  {code: A3, price: 1, unit_cost: 0.5}, {code: A4, price: 1, unit_cost: 0.5}]
traffic: {log: {file: log.csv, first_day: 2025-10-01, FIELDS}}
"""


@pytest.fixture
def replayed(tmp_path, capsys):
    def run(log, fields=""):
        (tmp_path / "log.csv").write_bytes(log)
        (tmp_path / "shop.yaml").write_text(SCENARIO.replace(", FIELDS", fields and f", {fields}"))
        code = status(["run", str(tmp_path / "shop.yaml"), "--out", str(tmp_path / "runs")])
        return code, capsys.readouterr()

    return run


def test_a_run_reads_a_log_as_calibrate_does(replayed):
    assert replayed(SOUND)[0] == 0
    voided = SOUND.replace(b"sold", b"void", 3)
    code, said = replayed(voided)
    assert code == 64
    assert "log.csv: status: expected --void VALUE" in said.err
    assert replayed(voided, "void: [void]")[0] == 0
    assert replayed(SOUND.decode().encode("utf-16-le"), "encoding: utf-16-le")[0] == 0
    code, said = replayed(SOUND.replace(b"2025-10-0", b"13/10/202"), "dates: dmy")
    assert code == 64
    assert "log.csv" in said.err


def test_a_run_plays_a_log_in_a_workbook(replayed, tmp_path):
    workbook(tmp_path / "sales.xlsx", {"说明": [["x"]], "十月": [["日报"], *SHEET]})
    assert replayed(SOUND)[0] == 0
    shop = (tmp_path / "shop.yaml").read_text()
    (tmp_path / "shop.yaml").write_text(shop.replace("log.csv", "sales.xlsx"))
    assert status(["run", str(tmp_path / "shop.yaml"), "--out", str(tmp_path / "others")]) == 0
    runs = [next((tmp_path / name).glob("**/daily.parquet")) for name in ("runs", "others")]
    one, other = (pq.read_table(run) for run in runs)
    assert one.equals(other)


def test_a_run_blames_the_line_of_its_log(replayed):
    code, said = replayed(SOUND.replace(b"2025-10-01 09:30", b"2025-10-01 03:30", 1))
    assert code == 64
    assert "log.csv: line 5: expected tickets within the hours of S1" in said.err
