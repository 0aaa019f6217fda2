"""JMeter's results: a JTL as CSV, with its header line, whatever its delimiter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sim.records.refusal import Refusal

_TRANSACTION = "Number of samples in transaction"


def read_jtl(path: Path, header: str) -> pd.DataFrame:
    """A row a sampler: `start_s`, `took_s`, `name`, `status`, `good`, `error`. Raises `Refusal`.

    Rows of transaction controllers are left out, for they repeat the requests inside them.
    """
    delimiter = next((c for c in ",;\t|" if c in header), ",")
    table = pd.read_csv(path, sep=delimiter, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    for column in ("timeStamp", "elapsed", "label", "responseCode", "success"):
        if column not in table:
            raise Refusal(path, f"column {column}", "a column of a JTL", "no such column")
    if "responseMessage" in table:
        table = table[~table["responseMessage"].str.startswith(_TRANSACTION)]
    start_s, took_s = _instants(table["timeStamp"]), pd.to_numeric(table["elapsed"], errors="coerce") / 1000
    if (bad := (start_s.isna() | took_s.isna())).any():
        row = int(bad.idxmax())
        found = f"{table.loc[row, 'timeStamp']}, {table.loc[row, 'elapsed']}"
        raise Refusal(path, f"line {row + 2}", "timeStamp and elapsed in ms", found)
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
