"""JMeter's results: a JTL as CSV with its header line, whatever its delimiter, or as XML."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from sim.records.refusal import Refusal

_TRANSACTION = "Number of samples in transaction"
_SAMPLES = {"httpSample", "sample"}
_ATTRIBUTES = {
    "ts": "timeStamp", "t": "elapsed", "lb": "label", "rc": "responseCode", "rm": "responseMessage", "s": "success",
}  # fmt: skip


def read_jtl(path: Path, header: str) -> pd.DataFrame:
    """A row a sampler of a CSV: `start_s`, `took_s`, `name`, `status`, `good`, `error`. Raises `Refusal`.

    Rows of transaction controllers are left out, for they repeat the requests inside them.
    """
    delimiter = next((c for c in ",;\t|" if c in header), ",")
    table = pd.read_csv(path, sep=delimiter, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    for column in ("timeStamp", "elapsed", "label", "responseCode", "success"):
        if column not in table:
            raise Refusal(path, f"column {column}", "a column of a JTL")
    if "responseMessage" in table:
        table = table[~table["responseMessage"].str.startswith(_TRANSACTION)]
    return _requests(path, table, lambda row: f"line {row + 2}")


def read_xml(path: Path) -> pd.DataFrame:
    """The same of a JTL in XML. Raises `Refusal`.

    What a request brought with it (redirects, embedded files) is inside its element and its time; what a transaction holds is counted one by one.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as file:
        try:
            rows = list(_elements(file))
        except ElementTree.ParseError as error:
            line, _ = error.position
            raise Refusal(path, f"line {line}", "XML that is whole, up to </testResults>", str(error)) from None
    for row, attributes in enumerate(rows):
        if missing := {"ts", "t", "lb", "rc", "s"} - attributes.keys():
            raise Refusal(path, f"sample {row + 1}", f"the attribute {min(missing)} of a JTL")
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


def _requests(path: Path, table: pd.DataFrame, place) -> pd.DataFrame:
    """Columns as numbers; `place(row)` says where in the file a row stands."""
    start_s, took_s = _instants(table["timeStamp"]), pd.to_numeric(table["elapsed"], errors="coerce") / 1000
    if (bad := (start_s.isna() | took_s.isna())).any():
        row = int(bad.idxmax())
        found = f"{table.loc[row, 'timeStamp']}, {table.loc[row, 'elapsed']}"
        raise Refusal(path, place(row), "timeStamp and elapsed in ms", found)
    status = pd.to_numeric(table["responseCode"], errors="coerce").fillna(0).astype(int)
    return pd.DataFrame(
        {
            "start_s": start_s,
            "took_s": took_s,
            "name": table["label"],
            "status": status,
            "good": table["success"].str.lower() == "true",
            "error": np.where(status == 0, table["responseCode"], status.astype(str)),
        }
    )


def _instants(stamps: pd.Series) -> pd.Series:
    """Seconds since 1970 of milliseconds, or of the dates that JMeter can be told to write; NaN for what is neither."""
    start_ms = pd.to_numeric(stamps, errors="coerce")
    if start_ms.notna().any():
        return start_ms / 1000
    return (pd.to_datetime(stamps, format="mixed", errors="coerce") - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
