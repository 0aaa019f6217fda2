"""Tables of a page: a head that paper repeats, cells with the heading of their column, which a narrow screen shows beside each; regions that
a keyboard scrolls."""

from __future__ import annotations

import re
from collections import Counter
from html import escape, unescape
from itertools import count

_TABLE = re.compile(r"<table>.*?</table>", re.S)
_ROW = re.compile(r"<tr>.*?</tr>", re.S)
_CELL = re.compile(r"<(t[hd])\b([^>]*)>(.*?)</\1>", re.S)
_TAG = re.compile(r"<[^>]*>")
_REGION = re.compile(
    r'<(?P<level>h[1-6]|summary)\b[^>]*>(?P<words>.*?)</(?P=level)>|<div class="(?P<scroll>(?:card )?scroll)">', re.S
)


def labelled(html: str) -> str:
    """The page with a `thead` and a `tbody` in tables whose first row has the headings, and `data-label` on each cell there but the first of a row;
    and with focus and a name for each scrollable region: the heading above it, and a number where that heading has several."""
    return _regions(_TABLE.sub(lambda table: _table(table.group()), html))


def _regions(html: str) -> str:
    above, named = "", Counter[str]()

    def region(found: re.Match[str]) -> str:
        nonlocal above
        if not found["scroll"]:
            above = _words(found["words"])
            return found.group()
        named[above] += 1
        name = above if named[above] == 1 else f"{above} ({named[above]})"
        return f'<div class="{found["scroll"]}" role="region" tabindex="0" aria-label="{escape(name)}">'

    return _REGION.sub(region, html)


def _table(table: str) -> str:
    first = _ROW.search(table)
    headings = [_words(words) for kind, _, words in _CELL.findall(first.group()) if kind == "th"] if first else []
    if not first or not headings:
        return table
    rows = _ROW.sub(lambda row: _row(row.group(), headings), table[first.end() : -len("</table>")])
    return f"{table[: first.start()]}<thead>{first.group()}</thead><tbody>{rows}</tbody></table>"


def _words(html: str) -> str:
    """The text of a piece of a page, without its tags."""
    return unescape(" ".join(_TAG.sub(" ", html).split()))


def _row(row: str, headings: list[str]) -> str:
    number = count()

    def cell(found: re.Match[str]) -> str:
        kind, attributes, words = found.groups()
        n = next(number)
        if kind == "th" or not 0 < n < len(headings):
            return found.group()
        return f'<td{attributes} data-label="{escape(headings[n])}">{words}</td>'

    return _CELL.sub(cell, row)
