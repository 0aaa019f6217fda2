"""Whatever a table of times holds, `calibrate --kind service` and `--kind lead-time` work or refuse it by its cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ....doors import HOSTILE, door, mutated_bytes, mutations
from .test_calibrate_times import PURCHASES, purchases, text_of

SERVICE = [
    [
        f"T{n % 2}",
        f"2025-10-13 09:{n:02d}:05",
        f"2025-10-13 09:{n:02d}:{25 + n % 7}",
        f"{1 + n % 7}",
        ("cash", "card")[n % 2],
        "no",
    ]
    for n in range(36)
]
TABLES = {
    "service": (["till", "start", "end", "items", "payment", "self_checkout"], SERVICE),
    "lead-time": (PURCHASES.split(","), [list(map(str, row)) for row in purchases(8)]),
}
CELLS = [
    *(str(value) for value in HOSTILE if value is not None),
    *("25:00", "9:5", "0:35", "12:30:61", "99:99:99", "1e5", "45931.39", "2025-10-13", "31/12/2025", "3/4/2025", "9999-12-31 23:59:59"),
    *("1900-01-01", "1,5", "1.200,5", "-3", "0", "1e-9", "是", "取消", "[/bold]", "\x1b[31m", '"', '"a\nb"', "10**9", "12 min", "1 h"),
]  # fmt: skip


@pytest.fixture(scope="module")
def ask():
    with door("table of times", 21) as found:
        yield lambda kind, file, *flags: found.ask(
            ["calibrate", str(file), "--kind", kind, "--out", str(file.parent / "out" / "times.yaml"), *flags],
            allowed=(0,),
        )


@st.composite
def mutated_csv(draw, kind):
    """Bytes of a table with bytes, cells, headings, a column or the encoding changed."""
    heading, sound = TABLES[kind]
    if draw(st.booleans()):
        return draw(mutated_bytes(text_of(sound, ",".join(heading)).encode()))
    rows = [list(row) for row in [heading, *sound]]
    cells = st.tuples(st.integers(0, len(sound)), st.integers(0, len(heading) - 1), st.sampled_from(CELLS))
    for row, column, value in draw(st.lists(cells, min_size=1, max_size=6)):
        rows[row][column] = value
    column = draw(st.none() | st.tuples(st.integers(0, len(heading) - 1), st.sampled_from(CELLS)))
    for row in rows[1:] if column else ():
        row[column[0]] = column[1]
    encoding = draw(st.sampled_from(("utf-8", "utf-16", "gb18030")))
    text = "\n".join(",".join(row) for row in rows)
    return text.encode(encoding, "surrogatepass" if encoding == "utf-8" else "replace")


@mutations
@given(data=st.data())
def test_a_mutation_of_a_journal_is_fitted_or_refused(ask, tmp_path, data):
    file = tmp_path / "times.csv"
    file.write_bytes(data.draw(mutated_csv("service")))
    ask("service", file, *data.draw(st.sampled_from(([], ["--accept-skipped"], ["--dates", "dmy"]))))


@mutations
@given(data=st.data())
def test_a_mutation_of_a_ledger_of_orders_is_fitted_or_refused(ask, tmp_path, data):
    file = tmp_path / "times.csv"
    file.write_bytes(data.draw(mutated_csv("lead-time")))
    ask("lead-time", file, *data.draw(st.sampled_from(([], ["--accept-skipped"], ["--lanes"]))))
