"""How a transaction log is read: what its file does not say of itself. Commands, scenarios and Python give it in this one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


def _said(help_: str, metavar: str = "", default: Any = "") -> Any:
    """A field with the help and the metavar of its flag. What is no text takes no part in the hash, only in equality."""
    factory = {"default_factory": default} if callable(default) else {"default": default}
    return field(**factory, hash=not callable(default), metadata={"help": help_, "metavar": metavar})


@dataclass(frozen=True)
class Reading:
    """Each field is a flag of `calibrate` and a field of `traffic.log` in a scenario; `read_log` checks them."""

    preset: str = _said("Its columns: plain or uci.", default="plain")
    columns: Mapping[str, str] = _said(
        "A column that is called otherwise; may be repeated.", "FIELD=NAME", default=dict
    )
    encoding: str = _said("Of a CSV: latin-1, cp1252, …; empty: by its byte-order mark, UTF-8, else GB18030.")
    void: Sequence[str] = _said(
        "A status of rows that are no sale; may be repeated, '' for none.", "STATUS", default=tuple
    )
    dates: str = _said("Order of day and month, where rows such as 3/4/2025 leave it open: dmy, mdy or ymd.")
    time_zone: str = _said(
        "Of the stores' clocks, such as Asia/Shanghai: stamps with a zone are converted to it, and with UTC:ZONE those without one too."
    )
    items: str = _said(
        "Column that lists a ticket's items, such as A001*2;A002, where a log has one line a ticket.", "NAME"
    )
    sheet: str = _said("Of a workbook; empty: every sheet that has the headings of a log.", "NAME")
    cancelled_prefix: str = _said("What the number of a cancelled ticket begins with, such as C.", "PREFIX")
