"""The Chinese font that ships: a subset of Noto Sans SC, under the licence in `OFL.txt`. `subset.py` makes it."""

from __future__ import annotations

import base64
import io
from functools import cache
from pathlib import Path

from matplotlib.ft2font import FT2Font

FAMILY = "Retail Lab Noto Sans SC"
"""Of its own, so that a larger font of a usual name on the reader's machine is not taken for it."""
FONT = Path(__file__).with_name("NotoSansSC-subset.otf")
RANGE = "U+2014, U+2018-201D, U+2026, U+2E80-9FFF, U+F900-FAFF, U+FF00-FFEF"
"""Characters of a page that are drawn with the font: hanzi and the punctuation among them. Digits and Latin stay the reader's own."""


def has_glyphs(text: str) -> bool:
    """Whether the font has a glyph for every character of a text."""
    return all(ord(sign) in _codes() for sign in text)


def with_font(html: str) -> str:
    """A Chinese page with the glyphs of its characters in its first `<style>`: neither it nor a PDF of it needs a font of the reader's."""
    style = f'{_face(html)}\nbody {{ font-family: "{FAMILY}", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }}\n'
    return html.replace("</style>", f"{style}</style>", 1)


def _face(text: str) -> str:
    """The glyphs of a text as CSS."""
    from fontTools.subset import Options, Subsetter  # here: slow to import, and English pages do without
    from fontTools.ttLib import TTFont

    font, options, packed = TTFont(FONT, recalcTimestamp=False), Options(), io.BytesIO()
    options.hinting, options.layout_features, options.name_IDs = False, [], [0, 1, 2, 7, 13, 14]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=sorted(set(map(ord, text)) & _codes()))
    subsetter.subset(font)
    font.flavor = "woff"
    font.save(packed)
    data = base64.b64encode(packed.getvalue()).decode()
    source = f'url(data:font/woff;base64,{data}) format("woff")'
    return f'@font-face {{ font-family: "{FAMILY}"; src: {source}; unicode-range: {RANGE}; }}'


@cache
def _codes() -> frozenset[int]:
    return frozenset(FT2Font(str(FONT)).get_charmap())
