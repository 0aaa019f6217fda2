"""Sentences of records in a language. Records keep English and the codes of key figures, which are read by their names; in Chinese a sentence is
parsed by the patterns of the table `[record]`.

A place of a pattern is a number where its name is a single letter of `n m k`, a code where it is
`decision`, `outcome` or `state`, a name without a space or in backquotes where it begins with `_`, what another party wrote where it begins with
`__`, and else a phrase, which is parsed in turn. No place but `__body` reaches past its sentence.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from sim.records.kpis import KPIS
from sim.report.languages.catalogue import Language, tables
from sim.report.languages.names import kpi_name

_JOINTS = {"; ": "；", ", ": "，", " and ": "和"}
_MOST_JOINTS = 24
"""Of what is parsed; more could be split in too many ways, and stay English."""
_LONGEST = 800
"""Characters of what is parsed."""
_TOGETHER = 3
"""Sentences that a pattern holds at most."""
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_QUANTITY = re.compile(rf"([-−]?{_NUMBER})( ?%| ms| s| min| h| days)?")
_COUNT = re.compile(rf"({_NUMBER}) ([a-zA-Z][a-zA-Z -]*)")
_WORD = re.compile(r"[A-Za-z]{2,}")
_PLACE = re.compile(r"\\{(_?\w+)\\}")
_KPI = re.compile(rf"(?<![\w`./-])(?:{'|'.join(kpi.name for kpi in KPIS if '_' in kpi.name)})(?![\w`=/-]|\.\w)")
"""The code of a key figure in a sentence: not in backquotes, a path or an option."""
_NEXT = re.compile(r"(?<=[.]) (?=\S)")


def recorded(sentences: str, lang: Language) -> str:
    """A sentence of a record, or several, in a language. A sentence that no pattern fits stays English."""
    if lang == "en":
        return _KPI.sub(lambda code: kpi_name(code.group(), lang), sentences)
    parts, found, start = _NEXT.split(sentences), [], 0
    while start < len(parts):
        ends = range(min(start + _TOGETHER, len(parts)), start, -1)
        tried = ((end, _parsed(" ".join(parts[start:end]), True)) for end in ends)
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
    if len(phrase) > _LONGEST or sum(map(phrase.count, _JOINTS)) > _MOST_JOINTS:
        return None
    lower = phrase.lower()
    for own, pattern, chinese in _patterns():
        fits = (whole or not own[-1].endswith(".")) and all(piece in lower for piece in own)
        if fits and (match := pattern.fullmatch(phrase)):
            places = {name: _place(name, each) for name, each in match.groupdict().items()}
            if None not in places.values():
                return chinese.format(**places)
    return _joined(phrase)


def _place(name: str, phrase: str) -> str | None:
    """What stands in a place, in Chinese: as it is, where another party wrote it and it is neither a code, a key figure nor an entry of the table."""
    if name.startswith("_"):
        known = (tables()[name].get(phrase) for name in ("record", "code", "kpi"))
        return next((each for each in known if each), phrase)
    return _parsed(phrase)


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
    for joint, sign in _JOINTS.items():
        for place in re.finditer(re.escape(joint), phrase):
            left = _parsed(phrase[: place.start()])
            right = None if left is None else _parsed(phrase[place.end() :])
            if left is not None and right is not None:
                return f"{left}{'，' if '，' in left + right else sign}{right}"
    return None


@cache
def _patterns() -> list[tuple[list[str], re.Pattern[str], str]]:
    """The pieces between the places of a pattern, the pattern, and its Chinese; those with most words of their own first. Each once with places as
    short as may be, and once as long as may be."""
    table, found = tables()["record"], []
    for english in sorted(table, key=lambda english: -len(re.sub(r"\{\w+\}", "", english))):
        own = re.split(r"\{\w+\}", english.lower())
        for more in ("?", "") if len(own) > 2 else ("",):
            found.append((own, re.compile(_pattern(english, more), re.IGNORECASE | re.DOTALL), table[english]))
    return found


def _pattern(english: str, more: str) -> str:
    return _PLACE.sub(lambda place: f"(?P<{place.group(1)}>{_kind(place.group(1), more)})", re.escape(english))


def _kind(name: str, more: str) -> str:
    """What may stand in a place, by its name."""
    if name in ("n", "m", "k"):
        return _NUMBER
    if name in ("decision", "outcome", "state"):
        return "|".join(map(re.escape, sorted(tables()["code"], key=len, reverse=True)))
    if name == "__body":
        return ".*"
    if name.startswith("_") and not name.startswith("__"):
        return rf"(?:`[^`]*`|(?:[A-Z]+ )?\S+{more})"
    return rf"(?:(?!\. [A-Z\d]).)+{'?' if name.startswith('__') else more}"
