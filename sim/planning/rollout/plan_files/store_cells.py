"""Stores of a milestone: their number, or their codes, in a cell, a custom field or the milestone's name."""

from __future__ import annotations

import re

_NAMED = re.compile(r"(\d{1,6})\s*(?:stores?\b|家门店|家店|家|个门店)", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z0-9_\-]{1,40}")


def stores(text: str) -> int | list[str] | None:
    """`18`, or codes such as `SH01, SH02`; None for anything else, and for 0."""
    text = text.strip()
    if re.fullmatch(r"\d{1,6}(?:\.0+)?", text):
        return int(float(text)) or None
    codes = [each.strip() for each in re.split(r"[,，;；、\s]+", text) if each.strip()]
    return codes if codes and all(_CODE.fullmatch(code) for code in codes) else None


def in_name(name: str) -> int | None:
    """The number in `East (18 stores)` or `华东上线（18家门店）`; None without one."""
    found = _NAMED.search(name)
    return int(found[1]) or None if found else None
