"""Excerpts of answers that were not a success: the beginning of the body in one line, without secrets."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from loadtests.adapters.redaction import Mask
from sim.records.load_run import AnswerExcerpt

LONGEST = 240
"""Characters of an excerpt at most."""
KINDS = 20
"""Kinds of answers that are kept at most, per worker and per run."""
_READ_BYTES = 65536
_SEARCHED = 8192
"""Characters of a body that are searched for secrets."""
_MARGIN = 1024
"""What is left out at the end of a truncated text: it may be the beginning of a secret."""
_UNREAD = frozenset({"script", "style", "svg", "template"})


class Excerpt:
    """The beginning of a body, made when read. `proofs` are values that must not appear: the request's credentials."""

    __slots__ = ("_answer", "_mask", "_proofs")

    def __init__(self, answer: Any, mask: Mask, proofs: Sequence[str] = ()):
        self._answer, self._mask, self._proofs = answer, mask, proofs

    def __str__(self) -> str:
        """One printable line of at most `LONGEST` characters; empty where there was no answer or no body."""
        read = _readable(self._answer)
        text = self.hide(_printable(read[:_SEARCHED]))
        if len(read) > _SEARCHED:
            text = text[:-_MARGIN]
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

    def hide(self, text: str) -> str:
        """A text about this answer, with its secrets masked."""
        return self._mask.hide(text, [*self._proofs, *_cookie_values(self._answer)])


class Excerpts:
    """The first excerpt of each kind of answer (journey, step, outcome and status), and how many answers there were of it."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str, str, int], list[Any]] = {}

    def add(self, journey: str, step: str, outcome: str, status: int, excerpt: Excerpt) -> None:
        """Count an answer; its body is read only where it is the first of its kind."""
        kind = (journey, step, outcome, status)
        known = self._kinds.get(kind)
        if known:
            known[0] += 1
        elif len(self._kinds) < KINDS and (text := str(excerpt)):
            self._kinds[kind] = [1, text]

    def rows(self) -> list[list[Any]]:
        """The excerpts as lists for a message: journey, step, outcome, status, number of answers, text."""
        return [[*kind, *counted] for kind, counted in self._kinds.items()]


def merge(rows: Iterable[Sequence[Any]]) -> list[AnswerExcerpt]:
    """The rows of several workers as one list, the most frequent kind first."""
    together: dict[tuple, AnswerExcerpt] = {}
    for journey, step, outcome, status, count, text in rows:
        kind = (journey, step, outcome, status)
        before = together.get(kind)
        if before:
            together[kind] = before.model_copy(update={"count": before.count + count})
        else:
            together[kind] = AnswerExcerpt(
                journey=journey, step=step, outcome=outcome, status=status, count=count, text=text
            )
    return sorted(together.values(), key=lambda each: (-each.count, each.journey, each.step, each.status))[:KINDS]


def with_body(error: str | None, body: str) -> str:
    """A class of error followed by the body of the answer, where there was one."""
    return f"{error}; body: {body}" if body else str(error)


def _readable(answer: Any) -> str:
    """A body as text: compact JSON, HTML's own words, or the number of bytes of anything else."""
    body, headers = answer.body, answer.headers
    if not body:
        return ""
    plain = _unpacked(bytes(body), headers)
    kind = headers.get("content-type", "")
    text = plain.decode(_charset(kind), errors="replace")
    if text.count("\ufffd") > len(text) / 10 or "\0" in text:
        return f"{len(body):,} bytes of {kind.partition(';')[0] or 'no declared type'}"
    if "html" in kind or "xml" in kind or text.lstrip()[:1] == "<":
        return _words(text)
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return text


def _unpacked(body: bytes, headers: Mapping[str, str]) -> bytes:
    """The beginning of a body, decompressed."""
    if headers.get("content-encoding") != "gzip":
        return body[:_READ_BYTES]
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _READ_BYTES)
    except zlib.error:
        return body[:_READ_BYTES]


def _charset(kind: str) -> str:
    named = re.search(r"charset=\"?([\w-]+)", kind)
    try:
        return named[1] if named and "".encode(named[1]) == b"" else "utf-8"
    except LookupError:
        return "utf-8"


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, _attributes: Any) -> None:
        self._unread += tag in _UNREAD

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in _UNREAD and self._unread > 0

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.words.append(data)


def _words(text: str) -> str:
    """The visible text of an HTML page."""
    parser = _Words()
    try:
        parser.feed(text)
        parser.close()
    except AssertionError:
        pass  # a malformed declaration: the text read before it is kept
    return " ".join(" ".join(parser.words).split())


def _printable(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _cookie_values(answer: Any) -> list[str]:
    lines = getattr(answer, "set_cookies", ())
    return [value for line in lines if len(value := line.partition("=")[2].partition(";")[0].strip()) > 1]
