"""Cells of a page's tables with the heading of their column, which a narrow screen shows beside each."""

from __future__ import annotations

import re
from html import escape, unescape
from itertools import count

_TABLE = re.compile(r"<table>.*?</table>", re.S)
_ROW = re.compile(r"<tr>.*?</tr>", re.S)
_CELL = re.compile(r"<(t[hd])\b([^>]*)>(.*?)</\1>", re.S)
_TAG = re.compile(r"<[^>]*>")


def labelled(html: str) -> str:
    """The page with `data-label` on each cell but the first of a row, in tables whose first row has the headings."""
    return _TABLE.sub(lambda table: _table(table.group()), html)


def _table(table: str) -> str:
    rows = _ROW.findall(table)
    first = _CELL.findall(rows[0]) if rows else []
    headings = [unescape(" ".join(_TAG.sub(" ", words).split())) for kind, _, words in first if kind == "th"]
    return _ROW.sub(lambda row: _row(row.group(), headings), table)


def _row(row: str, headings: list[str]) -> str:
    number = count()

    def cell(found: re.Match[str]) -> str:
        kind, attributes, words = found.groups()
        n = next(number)
        if kind == "th" or not 0 < n < len(headings):
            return found.group()
        return f'<td{attributes} data-label="{escape(headings[n])}">{words}</td>'

    return _CELL.sub(cell, row)
