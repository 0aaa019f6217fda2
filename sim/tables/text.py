"""Text of unknown encoding: UTF-8 with or without a byte-order mark, UTF-16 by its mark, else GB18030, each strictly."""

from __future__ import annotations

import codecs
from pathlib import Path

from sim.records.refusal import Refusal

_MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode(path: Path | str, raw: bytes, encoding: str = "", flag: bool = True) -> tuple[str, str]:
    """The text without a byte-order mark, and the encoding that was detected; the latter is empty for UTF-8 and for a named `encoding`.

    `flag`: whether the user can name another with `--encoding`, which a refusal then advises.

    Raises `Refusal` where bytes do not fit the encoding, with the line of the first that is not UTF-8; and for an unknown name.
    """
    detected = ""
    if not encoding:
        encoding = detected = next((name for mark, name in _MARKS if raw.startswith(mark)), "")
    if encoding:
        try:
            return raw.decode(encoding).removeprefix("\ufeff"), detected
        except UnicodeError as error:
            raise Refusal(path, "", f"text in {encoding}", str(error)) from None
        except (LookupError, ValueError):
            raise Refusal("--encoding", "", "an encoding such as utf-8, latin-1, cp1252 or gb18030", encoding) from None
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError as utf8:
        try:
            return raw.decode("gb18030"), "gb18030"
        except UnicodeDecodeError:
            line = raw.count(b"\n", 0, utf8.start) + 1
            expected = f"text in UTF-8 or GB18030{' (another: --encoding latin-1)' if flag else ''}"
            raise Refusal(path, f"line {line}", expected, raw[utf8.start : utf8.start + 4]) from None
