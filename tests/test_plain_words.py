"""The chain, its stock and the kernels are described in textbook terms, and array shapes in one dialect."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [
    path
    for room in ("sim/chain", "sim/stock", "ext")
    for path in sorted((ROOT / room).rglob("*"))
    if path.suffix in (".py", ".pyi", ".pyx", ".pxd")
]
PERSONAL = re.compile(
    r"\b([Hh]ears?|[Hh]eard|[Tt]ells?|[Tt]old|[Ss]aid|[Ww]hoever|[Nn]obody|[Ss]omebody|[Ee]verybody)\b"
)
SHORT_TYPE = re.compile(r"(?<![\w.])[iuf][1248]\[")


def prose(path: Path) -> Iterator[str]:
    """Docstrings and comments of a source."""
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".py", ".pyi"):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.string.startswith('"""')):
                yield token.string
    else:
        yield from re.findall(r'""".*?"""|(?<!^)#[^\n]*|^#[^\n]*', text, re.DOTALL | re.MULTILINE)


def test_prose_is_read_from_python_and_from_cython():
    assert {path.suffix for path in SOURCES} == {".py", ".pyi", ".pyx", ".pxd"}
    assert all(any(prose(path)) for path in SOURCES if path.name in ("ledger.py", "trading.pyx", "visits.pxd"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_part_of_the_chain_is_described_as_a_person(path):
    assert not [text for text in prose(path) if PERSONAL.search(text)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_array_shapes_name_the_numpy_type(path):
    assert not [text for text in prose(path) if SHORT_TYPE.search(text)]
