"""Makes the Chinese font that ships from Noto Sans CJK: `python -m sim.report.languages.subset NotoSansCJK-Regular.ttc`.

The source is NotoSansCJK-Regular.ttc, version 2.004, as Debian's package fonts-noto-cjk has it; any other file is refused. The same source and the
same version of fontTools give the same bytes.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

from sim.report.languages.typeface import FAMILY, FONT

SOURCE_SHA256 = "b76b0433203017ca80401b2ee0dd69350349871c4b19d504c34dbdd80541690a"
SIMPLIFIED = "Noto Sans CJK SC"
SIGNS = "〇–—‘’“”…·†•‰′″€™←↑→↓−×÷±∓√∞∑≈≠≤≥²³"
NAMES = {1: FAMILY, 3: f"{FAMILY} 2.004", 4: FAMILY, 6: FAMILY.replace(" ", ""), 16: FAMILY}


def characters() -> set[str]:
    """GB 2312 (6,763 hanzi, with punctuation, Greek, kana), the 5,401 common hanzi of Big5, ASCII, Latin-1, and the signs of the texts."""
    gb2312 = (bytes([0xA1 + row, 0xA1 + place]) for row in range(87) for place in range(94))
    big5 = (
        bytes([first, second])
        for first in range(0xA4, 0xC7)
        for second in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
        if (first, second) <= (0xC6, 0x7E)
    )
    hanzi = {pair.decode("gb2312", "ignore") for pair in gb2312} | {pair.decode("big5", "ignore") for pair in big5}
    latin = {chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))}
    return {sign for text in hanzi for sign in text} | latin | set(SIGNS)


def subset(source: Path) -> TTFont:
    """The simplified Chinese face of the source with the glyphs of `characters`, without hints and layout features, under a name of its own."""
    faces = {str(face["name"].getDebugName(1)): face for face in TTCollection(source).fonts}
    font, options = faces[SIMPLIFIED], Options()
    font.recalcTimestamp = False
    options.hinting, options.layout_features, options.drop_tables = (
        False,
        [],
        [*options.drop_tables, "vhea", "vmtx", "VORG", "BASE"],
    )
    options.name_IDs, options.notdef_outline = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14], True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=sorted(map(ord, characters())))
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in NAMES:
            font["name"].setName(
                NAMES[record.nameID], record.nameID, record.platformID, record.platEncID, record.langID
            )
    font["CFF "].cff.fontNames = [NAMES[6]]
    return font


def main(arguments: list[str]) -> None:
    """Write the font where it ships from."""
    source = Path(arguments[0])
    found = hashlib.sha256(source.read_bytes()).hexdigest()
    if found != SOURCE_SHA256:
        sys.exit(f"{source}: expected SHA-256 {SOURCE_SHA256}, found {found}")
    subset(source).save(FONT)
    print(f"{FONT}: {FONT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
