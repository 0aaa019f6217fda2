"""The catalogue of translations: tables of `zh/*.toml`, all files together. A file holds what belongs together; a key stands in one file only."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["en", "zh"]


def text(message: str, lang: Language, **values: Any) -> str:
    """A message in a language, with `values` in the places of `{name}`.

    The English message is the key of its translation in a table `[text]`; a message that has none stays English.
    """
    return translation("text", message, lang).format(**values)


def translation(table: str, key: str, lang: Language) -> str:
    """What stands under a key of a table, `text` or another; the key itself in English, or where nothing stands."""
    return key if lang == "en" else tables().get(table, {}).get(key, key)


@cache
def tables() -> dict[str, dict[str, str]]:
    """Translations into Chinese: by table, by key. Raises ValueError for a key that stands in two files."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted(files("sim.report.languages").joinpath("zh").iterdir(), key=lambda file: file.name):
        for name, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
            table = found.setdefault(name, {})
            if twice := table.keys() & entries.keys():
                raise ValueError(f"{file.name}: [{name}] {min(twice)} stands in another file too")
            table |= entries
    return found
