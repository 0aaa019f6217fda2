"""SKU codes that a scenario may write, one for each text of a log's `sku` column."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256

import numpy as np

_MOST = 40
_SHORTENED_NUMBER = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+\d{1,3}")


def sku_codes(texts: list[str]) -> list[str]:
    """A distinct code for each of distinct texts: letters, digits, `_` and `-` stay, anything else becomes `_`.

    Where that loses more than separators (letters outside ASCII, a long text, a code that two texts share), the code ends with eight
    hexadecimal digits of the text's SHA-256.
    """
    plain = [re.sub(r"[^A-Za-z0-9_-]+", "_", text) for text in texts]
    seen = Counter(plain)
    return [
        code
        if (text == code and len(code) <= _MOST) or (_lossless(text, code) and seen[code] == 1)
        else _marked(text, code)
        for text, code in zip(texts, plain, strict=True)
    ]


def shortened(texts: np.ndarray) -> np.ndarray:
    """bool[k]: numbers such as 1.00001E+12, of which a spreadsheet has dropped digits."""
    return np.array([_SHORTENED_NUMBER.fullmatch(text) is not None for text in texts.tolist()], dtype=bool)


def _lossless(text: str, code: str) -> bool:
    return text.isascii() and len(code) <= _MOST and code.strip("_") != ""


def _marked(text: str, code: str) -> str:
    mark = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{code.strip('_')[: _MOST - 9] or 'SKU'}-{mark}"
