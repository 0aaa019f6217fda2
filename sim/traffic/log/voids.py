"""Rows that a log's status column names void; a column that seems to be one is asked for."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa

from sim.records.refusal import Refusal
from sim.traffic.log.cells import coded
from sim.traffic.log.file import brief

_MOST_LISTED = 10
_MOST_STATUSES = 20
"""Distinct texts of a column that may be a status."""
_VOID = re.compile(
    r"作废|取消|作廢|\b(void(ed)?|cancell?ed|storno|storniert|annul[eé]e?|annullato|anulad[oa]|cancelad[oa])\b",
    re.IGNORECASE,
)


def void_rows(
    path: Path, table: pa.Table, fields: dict[str, pa.Array], void: frozenset[str], kinds: frozenset[str]
) -> np.ndarray:
    """bool[rows]: rows whose status is one of `void`. Of the log's `kinds` (its types), a void one needs no status column."""
    if "status" not in fields:
        used = [column for column in fields.values()]
        for name in table.column_names:
            column = table.column(name).combine_chunks()
            if not pa.types.is_string(column.type) or any(column.equals(other) for other in used):
                continue
            texts = coded(column)[1].tolist()
            if len(texts) > _MOST_STATUSES:
                continue
            words = [text for text in texts if _VOID.search(text)]
            if words or (len(texts) > 1 and _VOID.search(name.replace("_", " "))):
                listed = ", ".join(map(brief, texts[:_MOST_LISTED]))
                asked = (
                    f"--column status={brief(name)} --void {brief(words[0]) if words else 'VALUE'} (--void '' for none)"
                )
                raise Refusal(path, f"column {brief(name)}", f"{asked}; it has {listed}")
        if void - kinds - {""} or (void and not kinds):
            raise Refusal("--void", "", "a status column (--column status=NAME)", ", ".join(sorted(void)))
        return np.zeros(table.num_rows, dtype=bool)
    code, text = coded(fields["status"])
    seen = {name: int((code == n).sum()) for n, name in enumerate(text.tolist())}
    listed = ", ".join(f"{brief(name)} ({rows:,} rows)" for name, rows in list(seen.items())[:_MOST_LISTED])
    listed += f" and {len(seen) - _MOST_LISTED:,} more" if len(seen) > _MOST_LISTED else ""
    if unknown := [name for name in sorted(void) if name and name not in seen and name not in kinds]:
        raise Refusal(path, "status", f"--void with a value of the log, which are {listed}", unknown[0])
    if not void and (len(seen) > 1 or any(_VOID.search(name) for name in seen)):
        raise Refusal(
            path, "status", f"--void VALUE for each status that is no sale (--void '' for none); the log has {listed}"
        )
    return np.append(np.isin(text, sorted(void)), False)[code]
