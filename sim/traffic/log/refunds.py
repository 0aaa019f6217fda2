"""Rows that take something back: by a negative quantity, the ticket number's prefix, a type, or the original ticket that they name."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.records.refusal import Refusal
from sim.traffic.log.cells import coded
from sim.traffic.log.file import brief

_REFUND = re.compile(
    r"退|冲正|红冲|冲销|撤销|\b(refund(ed)?|return(ed|s)?|credit( note)?|cancel(l?ed|lation)?|reversal|storno)\b",
    re.IGNORECASE,
)
_SALE = re.compile(
    r"销售|售出|正常|零售|消费|购买|收银|\b(sales?|sold|normal|purchase|regular|retail|invoice)\b|^[Ss]$", re.IGNORECASE
)


@dataclass(frozen=True)
class Refunds:
    """What is known of refunds, over n rows."""

    back: np.ndarray
    """bool[n], rows that take back whatever the sign of their quantity."""
    left_out: np.ndarray
    """bool[n], rows of a type that is named void."""
    original: np.ndarray
    """int64[n], code of the ticket that a row names as its original, −1 none."""
    notes: list[str] = field(default_factory=list)


def refunds(
    path: Path, fields: dict[str, pa.Array], ticket_text: np.ndarray, quantity: np.ndarray, void: frozenset[str]
) -> Refunds:
    """Read a log's `type` and `original` columns; `ticket_text` are its ticket numbers by code.

    A column of types without any refund among them says nothing. Raises `Refusal` where a type is neither a sale nor a refund and not named void.
    """
    rows = len(quantity)
    back, left_out, notes = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool), []
    if "type" in fields:
        code, text = coded(fields["type"])
        kinds = text.tolist()
        backward = [name for name in kinds if _REFUND.search(name)]
        unclear = [name for name in kinds if name not in backward and not _SALE.search(name) and name not in void]
        if backward:
            if unclear and not void:
                seen = Counter(code.tolist())
                listed = ", ".join(f"{brief(name)} ({seen[kinds.index(name)]:,} rows)" for name in unclear[:10])
                known = f"sales and refunds ({', '.join(map(brief, backward[:3]))}) alone"
                expected = f"{known}, or --void VALUE for types that are no sale (--void '' for none)"
                raise Refusal(path, "type", f"{expected}; the log also has {listed}")
            back = np.append(np.isin(text, backward), False)[code]
            left_out = np.append(np.isin(text, sorted(void)), False)[code]
            notes.append(f"refunds by type ({', '.join(map(brief, backward[:5]))})")
    original = np.full(rows, -1)
    if "original" in fields:
        named, text = coded(fields["original"], code=True)
        text = np.array(
            ["" if name in ("0", "-", "--", "无", "null", "none") else name for name in text.tolist()], dtype=object
        )
        number = {name: n for n, name in enumerate(ticket_text.tolist())}
        original = np.append([number.get(name, -1) for name in text], -1)[named].astype(np.int64)
        names_one = (named >= 0) & np.append(text != "", False)[named]
        if names_one.any() and not back.any() and not (quantity[names_one] < 0).any():
            back = names_one
        if names_one.any():
            notes.append("refunds name their original ticket: those of the same day are taken off it")
    return Refunds(back, left_out, original, notes)


def to_original(
    refunds: Refunds, taken_back: np.ndarray, day: np.ndarray, keys: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Ticket and till of each row: of a refund whose original ticket stands in the same store on the same day, that ticket's.

    `keys` are codes of store, till and ticket. A later refund leaves the visit that took place.
    """
    store, till, ticket = keys
    rows = np.flatnonzero(taken_back & (refunds.original >= 0))
    if not rows.size:
        return ticket, till
    others = ~taken_back & np.isin(ticket, refunds.original[rows])
    known = pd.DataFrame(
        {"store": store[others], "day": day[others], "ticket": ticket[others], "till": till[others]}
    ).drop_duplicates()
    known = known.drop_duplicates(["store", "day", "ticket"], keep=False)
    wanted = pd.DataFrame({"store": store[rows], "day": day[rows], "ticket": refunds.original[rows], "row": rows})
    found = wanted.merge(known, on=["store", "day", "ticket"])
    ticket, till = ticket.copy(), till.copy()
    ticket[found["row"]], till[found["row"]] = found["ticket"], found["till"]
    return ticket, till
