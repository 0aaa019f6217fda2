"""Masks secrets before a text reaches a file, log or terminal: those that an adapter read or was given, and what looks like one."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus

HIDDEN = "***"
WHOLE_WORD = 6
"""A secret of fewer characters is masked only as a whole word."""
LONG = 32
"""A run of so many characters or more, with letters and digits, counts as a token."""

_NAMES = r"pass(?:word|wd|phrase)?|secret|token|jwt|api[-_]?key|authorization|cookie|session|signature|cvv|cvc|iban"
_FIELD = re.compile(rf'("[^"\\]{{0,40}}(?:{_NAMES})[^"\\]{{0,40}}"\s*:\s*)(?:"(?:[^"\\]|\\.)*"|\d+)', re.I)
_PAIR = re.compile(rf"\b((?:[\w-]{{0,40}}(?:{_NAMES})[\w-]{{0,40}})=)[^\s&;,\"'<>]+", re.I)
_SCHEME = re.compile(r"\b(bearer|basic|token)(\s+)(?=[\w.~+/=-]*\d|[\w.~+/=-]{16})[\w.~+/=-]{6,}", re.I)
_JWT = re.compile(r"\bey[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?")
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")
_RUN = re.compile(rf"[\w+=-]{{{LONG},}}")
_IDENTITY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(\w{1,20}_)?0[0-9A-HJKMNP-TV-Z]{25}", re.I)
"""UUIDs and ULIDs: ids of orders and carts, which are needed to understand an answer and are not masked."""


class Watched(Mapping[str, str]):
    """An environment that keeps the values which were read from it."""

    def __init__(self, environment: Mapping[str, str]):
        self._environment = environment
        self.values_read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        value = self._environment[name]
        self.values_read.add(value)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)


class Mask:
    """Replaces secrets by `***`: the values it was made with, and those passed with each text."""

    def __init__(self, values: Iterable[str] = ()):
        self._known = _forms(values)
        self._hidden = lru_cache(maxsize=1024)(self._hide_known)

    def hide(self, text: str, also: Iterable[str] = ()) -> str:
        """A text without secrets. also: further values to hide, such as the tokens that a request carried."""
        return _replace(self._hidden(text), _forms(also))

    def _hide_known(self, text: str) -> str:
        text = _replace(text, self._known)
        text = _FIELD.sub(rf'\1"{HIDDEN}"', text)
        text = _PAIR.sub(rf"\1{HIDDEN}", text)
        text = _SCHEME.sub(rf"\1\2{HIDDEN}", text)
        text = _JWT.sub(HIDDEN, text)
        return _RUN.sub(_unless_identity, text)


def _forms(values: Iterable[str]) -> list[str]:
    """Every way in which an answer may write the values, the longest first."""
    forms: set[str] = set()
    for value in values:
        forms.add(value)
        if _PLAIN.fullmatch(value):
            continue  # written the same everywhere
        for one in {value, " ".join(value.split())}:
            forms |= {one, json.dumps(one)[1:-1], quote(one, safe=""), quote_plus(one), html.escape(one)}
            forms.add(json.dumps(one, ensure_ascii=False)[1:-1])
    return sorted(forms - {""}, key=lambda form: (-len(form), form))


def _replace(text: str, forms: Iterable[str]) -> str:
    for form in forms:
        if form in text:
            alone = len(form) < WHOLE_WORD
            text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", HIDDEN, text) if alone else text.replace(form, HIDDEN)
    return text


def _unless_identity(match: re.Match[str]) -> str:
    run = match[0]
    mixed = re.search(r"\d", run) and re.search(r"[a-zA-Z]", run)
    return HIDDEN if mixed and not _IDENTITY.fullmatch(run) else run
