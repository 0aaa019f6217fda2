"""Sentences of records in Chinese. Records keep English; here a sentence is parsed by the patterns of the table `[record]`, whose places `{name}`
hold phrases that are parsed in turn. A place `{_name}` holds what somebody else wrote, an error or a name, and stays as it is.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from sim.report.languages.catalogue import Language, tables

_JOINTS = {"; ": "；", ", ": "，", " and ": "和"}
_MOST_JOINTS = 24
"""Of a list that is parsed; a longer one stays English, for its parts could be split in too many ways."""
_LONGEST = 2_000
"""Characters of a sentence that is parsed."""
_QUANTITY = re.compile(r"([-−]?[\d,.]+)( %| ms| s| min| h| days)?")
_COUNT = re.compile(r"([\d,.]+) ([a-zA-Z][a-zA-Z -]*)")
_WORD = re.compile(r"[A-Za-z]{2,}")
_PLACE = re.compile(r"\\{(_?\w+)\\}")
_NEXT = re.compile(r"(?<=[.]) (?=\S)")


def recorded(sentences: str, lang: Language) -> str:
    """A sentence of a record, or several, in a language. A sentence that no pattern fits stays English."""
    if lang == "en" or len(sentences) > _LONGEST:
        return sentences
    parts, found, start = _NEXT.split(sentences), [], 0
    while start < len(parts):
        tried = ((end, _parsed(" ".join(parts[start:end]), True)) for end in range(len(parts), start, -1))
        start, chinese = next(((end, said) for end, said in tried if said is not None), (start + 1, parts[start]))
        found.append(chinese)
    return "".join(found)


@lru_cache(maxsize=4096)
def _parsed(phrase: str, whole: bool = False) -> str | None:
    """A phrase in Chinese, or a `whole` sentence; None where it is English that no pattern fits."""
    if phrase in (table := tables()["record"]):
        return table[phrase]
    if (plain := _plain(phrase)) is not None:
        return plain
    for ends, pattern, chinese in _patterns():
        if (whole or not ends) and (match := pattern.fullmatch(phrase)):
            places = {name: each if name.startswith("_") else _parsed(each) for name, each in match.groupdict().items()}
            if None not in places.values():
                return chinese.format(**places)
    return _joined(phrase)


def _plain(phrase: str) -> str | None:
    """A quantity, a count, a code, or a single word that is a name; None for anything else."""
    units, nouns, codes = (tables()[name] for name in ("unit", "count", "code"))
    if match := _QUANTITY.fullmatch(phrase):
        number, unit = match.group(1), (match.group(2) or "").strip()
        return f"{number}%" if unit == "%" else f"{number} {units[unit]}" if unit else number
    if match := _COUNT.fullmatch(phrase):
        noun = match.group(2)
        if known := nouns.get(noun) or nouns.get(noun.removesuffix("s")):
            return known.format(n=match.group(1))
    if code := codes.get(phrase) or codes.get(phrase.lower()):
        return code
    return phrase if len(_WORD.findall(phrase)) < 2 and " " not in phrase else None


def _joined(phrase: str) -> str | None:
    """Phrases one after the other, joined by `;`, `,` or `and`."""
    if sum(map(phrase.count, _JOINTS)) > _MOST_JOINTS:
        return None
    for joint, sign in _JOINTS.items():
        for place in re.finditer(re.escape(joint), phrase):
            left = _parsed(phrase[: place.start()])
            right = None if left is None else _parsed(phrase[place.end() :])
            if right is not None:
                return f"{left}{sign}{right}"
    return None


@cache
def _patterns() -> list[tuple[bool, re.Pattern[str], str]]:
    """Whether a pattern ends a sentence, the pattern, and its Chinese; those with most words of their own first."""
    table = tables()["record"]
    found = sorted(table, key=lambda english: -len(re.sub(r"\{\w+\}", "", english)))
    return [
        (english.endswith("."), re.compile(_pattern(english), re.IGNORECASE | re.DOTALL), table[english])
        for english in found
    ]


def _pattern(english: str) -> str:
    return _PLACE.sub(lambda place: f"(?P<{place.group(1)}>.+?)", re.escape(english))
