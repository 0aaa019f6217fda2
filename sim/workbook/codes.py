"""Codes of a scenario from codes and names as people have them: `SH 01`, 华东 or a supplier's full name are no codes there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_SOUND = re.compile(r"[A-Za-z0-9_\-]{1,40}")
_PREFIX = {
    **{"regions": "R", "warehouses": "WH", "stores": "S", "suppliers": "SUP", "skus": "SKU-", "rosters": "ROSTER"},
}
"""Of codes that are made up, by section."""


class Codes:
    """The codes of one section: what people write, code or name, and the code that it stands for."""

    def __init__(self, section: str):
        self._prefix = _PREFIX[section]
        self._of: dict[str, str] = {}
        self.made: dict[str, str] = {}
        """By what stood in the table: codes that are not what stood there."""

    def __contains__(self, text: object) -> bool:
        return _same(text) in self._of

    def __getitem__(self, text: object) -> str:
        return self._of[_same(text)]

    def find(self, text: object) -> str | None:
        """The code that a reference means: as it stands, or, where a spreadsheet took the zeros before a number, the only one that ends so."""
        same = _same(text)
        if same in self._of:
            return self._of[same]
        if not same.isdecimal():
            return None
        padded = {code for said, code in self._of.items() if said.isdecimal() and said.lstrip("0") == same.lstrip("0")}
        return padded.pop() if len(padded) == 1 else None

    def names(self) -> list[str]:
        """What is known, as it is compared."""
        return list(self._of)

    def all(self) -> list[str]:
        """Every code once, in the order of the table."""
        return list(dict.fromkeys(self._of.values()))

    def add(self, text: object, taken: Iterable[str] = ()) -> str:
        """The code for `text`: itself where it may be one, a tidied form, else one made up that is not among `taken`."""
        if text in self:
            return self[text]
        used = {*self._of.values(), *taken}
        said = unicodedata.normalize("NFKC", str(text)).strip()
        code = said if _SOUND.fullmatch(said) else re.sub(r"[\s./\\()#&+]+", "-", said).strip("-")
        if not _SOUND.fullmatch(code) or code in used:
            code = next(made for n in range(1, len(used) + 2) if (made := f"{self._prefix}{n:02d}") not in used)
        self._of[_same(text)] = code
        if code != str(text):
            self.made[str(text)] = code
        return code

    def also(self, name: object, code: str) -> None:
        """Let a name stand for a code too, unless it already stands for another."""
        self._of.setdefault(_same(name), code)


def _same(text: object) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", str(text)).strip())
