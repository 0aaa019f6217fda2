"""JMeter's results: a JTL as CSV with its header line, whatever its delimiter, or as XML."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from sim.evidence.importers.csv_rows import Cells, refuse_doubled
from sim.evidence.importers.local_dates import instants
from sim.records.refusal import Refusal

_TRANSACTION = "Number of samples in transaction"
_SAMPLES = {"httpSample", "sample"}
_ATTRIBUTES = {
    "ts": "timeStamp", "t": "elapsed", "lb": "label", "rc": "responseCode", "rm": "responseMessage", "s": "success",
}  # fmt: skip


_COLUMNS = ("timeStamp", "elapsed", "label", "responseCode", "success")
_LATEST_S = 4_102_444_800.0
"""2100: a later instant is not one of a test."""


def read_jtl(path: Path, header: str) -> tuple[pd.DataFrame, list[str]]:
    """A row a sampler of a CSV: `start_s`, `took_s`, `name`, `status`, `good`, `error`; and what was left out. Raises `Refusal`.

    Rows of transaction controllers are left out, for they repeat the requests inside them; so is a last line that is cut off.
    """
    rows = Cells(path, next((c for c in ",;\t|" if c in header), ","))
    numbered = list(rows)
    for column in _COLUMNS:
        if column not in rows.header:
            raise Refusal(path, f"column {column}", "a column of a JTL")
    if numbered and not rows.whole and _cut(rows.header, numbered[-1][1]):
        rows.leave_out(numbered.pop()[0], "no end of line, and its last cell may be half")
    table = pd.DataFrame([cells for _, cells in numbered], columns=rows.header, dtype=str)
    lines = np.array([line for line, _ in numbered], dtype=np.int64)
    if "responseMessage" in table:
        request = ~table["responseMessage"].str.startswith(_TRANSACTION).to_numpy(dtype=bool)
        table, lines = table[request].reset_index(drop=True), lines[request]
    _refuse_doubled(path, table)
    return _requests(path, table, lambda row: f"line {lines[row]}"), rows.left_out


def _refuse_doubled(path: Path, table: pd.DataFrame) -> None:
    if len(table) and table.duplicated(keep=False).all():
        times = table.value_counts(dropna=False)
        refuse_doubled(path, len(times), int(times.min()))


def _cut(header: list[str], cells: list[str]) -> bool:
    """Whether a last line without its end may lack part of a cell that is read."""
    if header[-1] == "success":
        return cells[-1].lower() not in ("true", "false")
    return header[-1] in _COLUMNS or not cells[-1].isprintable()


def read_xml(path: Path) -> pd.DataFrame:
    """The same of a JTL in XML. Raises `Refusal`.

    Redirects and embedded files are inside their request's element and its time; the requests of a transaction are counted one by one.
    """
    with gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb") as file:
        try:
            rows = list(_elements(cast(IO[bytes], file)))
        except ElementTree.ParseError as error:
            line, _ = error.position
            raise Refusal(path, f"line {line}", "XML that is whole, up to </testResults>", str(error)) from None
    for row, attributes in enumerate(rows):
        if missing := {"ts", "t", "lb", "rc", "s"} - attributes.keys():
            raise Refusal(path, f"sample {row + 1}", f"the attribute {min(missing)} of a JTL")
    _refuse_doubled(path, pd.DataFrame(rows))
    table = pd.DataFrame([{_ATTRIBUTES[name]: row.get(name, "") for name in _ATTRIBUTES} for row in rows], dtype=str)
    return _requests(path, table, lambda row: f"sample {row + 1}") if rows else pd.DataFrame()


def _elements(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """Attributes of each request's element; those of its parts and of transactions are passed over."""
    inside = 0
    root: ElementTree.Element | None = None
    for event, element in ElementTree.iterparse(file, ("start", "end")):
        root = element if root is None else root
        if element.tag not in _SAMPLES or element.get("rm", "").startswith(_TRANSACTION):
            continue
        if event == "start":
            if not inside:
                yield dict(element.attrib)
            inside += 1
        else:
            inside -= 1
            if not inside:
                element.clear()
                root.clear()


def _requests(path: Path, table: pd.DataFrame, place: Callable[[int], str]) -> pd.DataFrame:
    """Columns as numbers; `place(row)` gives the place of a row in the file."""
    start_s, took_s = _instants(table["timeStamp"]), pd.to_numeric(table["elapsed"], errors="coerce") / 1000
    success = table["success"].str.strip().str.lower()
    for bad, what, columns in (
        (
            ~(start_s.between(0, _LATEST_S) & took_s.between(0, _LATEST_S)),
            "timeStamp and elapsed in ms",
            ["timeStamp", "elapsed"],
        ),
        (~success.isin(["true", "false"]), "true or false as success", ["success"]),
    ):
        if bad.any():
            row = int(bad.to_numpy().argmax())
            raise Refusal(path, place(row), what, ", ".join(table[column][row] for column in columns))
    status = pd.to_numeric(table["responseCode"], errors="coerce").fillna(0).clip(0, 999).astype(int)
    return pd.DataFrame(
        {
            "start_s": start_s,
            "took_s": took_s,
            "name": table["label"],
            "status": status,
            "good": success == "true",
            "error": np.where(status == 0, table["responseCode"], status.astype(str)),
        }
    )


def _instants(stamps: pd.Series) -> pd.Series:
    """Seconds since 1970 of milliseconds, or of the dates that JMeter can be configured to write; NaN for anything else."""
    start_ms = pd.to_numeric(stamps, errors="coerce")
    return start_ms / 1000 if start_ms.notna().any() or not len(stamps) else instants(stamps)
