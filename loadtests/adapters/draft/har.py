"""Browser recordings (HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/): the calls to one API in their order, without what is none."""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from loadtests.adapters.draft import journeys
from loadtests.adapters.draft.calls import Call, Recording, left_out, parse_json, read_json
from sim.records.refusal import Refusal

PAGES = ("text/html", "text/css", "javascript", "image/", "font", "video/", "audio/", "wasm", "text/event-stream")
ASSETS = (
    ".js",
    ".mjs",
    ".css",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".svg",
    ".ico",
    ".webp",
    ".woff",
    ".woff2",
    ".map",
    ".html",
)
KINDS = {dict: "an object", list: "a list", str: "a text", int: "a number"}


@dataclass(frozen=True)
class _Entry:
    """One entry. `why`: the reason for which it is no call of any API; empty for a call."""

    origin: str
    call: Call
    started_s: float
    why: str = ""
    lost: tuple[str, ...] = ()
    """Names of the files that its form uploaded."""

    @property
    def in_json(self) -> bool:
        return isinstance(self.call.answer, dict | list)


def read(path: Path, host: str = "", prefix: str = "") -> Recording:
    """host: base URL of the API; unless named the host whose calls do most of what journeys are made of. prefix: of environment variables.

    Raises `Refusal` for a field of a wrong type, and for a recording without any call.
    """
    entries = _in_order(_entries(path))
    calling = [entry for entry in entries if not entry.why]
    if not calling:
        raise Refusal(path, "log.entries", "a call that was answered in JSON")
    wanted = "{0.scheme}://{0.netloc}".format(urlsplit(host)) if host else _api(calling)
    dropped: list[tuple[str, str]] = []
    calls: list[Call] = []
    texts = _texts(calling)
    for entry in entries:
        call = _with_text(entry.call, texts)
        staff = entry.origin != wanted and journeys.of_staff(entry.origin, call) and _same_site(entry.origin, wanted)
        named = f"{call.method} {call.path}"
        if entry.why:
            dropped.append((entry.why, named if entry.origin == wanted else entry.origin or named))
        elif entry.origin != wanted and not staff:
            dropped.append(("another host", entry.origin))
        else:
            dropped += [("files of a form", f"{name} of {named}") for name in entry.lost]
            calls.append(
                replace(call, at="staff" if staff else "", staff=staff or journeys.of_staff(entry.origin, call))
            )
    return Recording(
        calls,
        wanted,
        left_out(dropped),
        elsewhere={call.at: f"{prefix}_{call.at.upper()}_URL" for call in calls if call.at},
    )


def _entries(path: Path) -> Iterator[_Entry]:
    recorded = read_json(path, "a HAR file")
    log = _field(path, recorded if isinstance(recorded, dict) else {}, "log", dict, "")
    if not isinstance(log.get("entries"), list):
        raise Refusal(path, "log.entries", "a HAR file's entries", log.get("entries", "nothing"))
    for number, each in enumerate(log["entries"]):
        at = f"log.entries[{number}]"
        yield from _Reader(path, _of(path, each, dict, at), at).entries()


@dataclass(frozen=True)
class _Reader:
    """Reads one entry. A missing or null field is empty; a field of another type raises `Refusal` with its place."""

    file: Path
    entry: Mapping[str, Any]
    at: str

    def entries(self) -> Iterator[_Entry]:
        """The entry, or one for each operation of a GraphQL batch."""
        request = _field(self.file, self.entry, "request", dict, self.at)
        response = _field(self.file, self.entry, "response", dict, self.at)
        asked = f"{self.at}.request"
        url = _field(self.file, request, "url", str, asked)
        try:
            parts = urlsplit(url)
        except ValueError:
            raise Refusal(self.file, f"{asked}.url", "a URL", url) from None
        origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
        method = (_field(self.file, request, "method", str, asked) or "GET").upper()
        brought, kind = self._content(response)
        post = _field(self.file, request, "postData", dict, asked)
        body, form, parts_of_form, lost, unread = self._sent(post, f"{asked}.postData")
        params = tuple(parse_qsl(parts.query, keep_blank_values=True))
        if method == "GET" and body is None and (operation := _asked_by_url(dict(params))):
            body, params = operation, tuple(each for each in params if each[0] not in operation)
        call = Call(
            method,
            parts.path or "/",
            params,
            self._headers(request, asked),
            body,
            form,
            parse_json(brought),
            self._headers(response, f"{self.at}.response"),
            parts=parts_of_form,
        )
        why = self._why(parts.scheme, call, response, kind, brought) or unread
        for each in _unbatched(call):
            refused = "" if why else _refused(each)
            yield _Entry(origin, each, self._started_s(), why or refused, lost)

    def _why(self, scheme: str, call: Call, response: Mapping[str, Any], kind: str, brought: str) -> str:
        """Why an entry is no call of an API; empty where it may be one."""
        status = response.get("status")
        if isinstance(status, str) and re.fullmatch(r"\d{1,3}", status, re.ASCII):
            status = int(status)
        if status is not None and not (isinstance(status, int | float) and abs(status) < 1000):
            raise Refusal(self.file, f"{self.at}.response.status", "a number", status)
        resource = self.entry.get("_resourceType")
        if scheme in ("ws", "wss") or status == 101 or resource in ("websocket", "eventsource"):
            return "websockets and streams"
        if scheme not in ("http", "https"):
            return "no HTTP"
        if call.method in ("OPTIONS", "CONNECT", "TRACE"):
            return "preflights"
        if not status or status < 0:
            return "no answer (aborted or blocked)"
        page = not isinstance(call.answer, dict | list) and (
            any(each in kind for each in PAGES)
            or call.path.lower().endswith(ASSETS)
            or brought.lstrip()[:1] == "<"
            or resource in ("document", "script", "stylesheet", "image", "font", "media")
        )
        if page:
            return "pages, scripts, pictures"
        if 300 <= status < 400 and status != 304:
            return "redirects"
        return "" if 200 <= status < 300 or status == 304 else f"answers of status {int(status)}"

    def _sent(self, post: Mapping[str, Any], at: str) -> tuple[Any, dict[str, str] | None, bool, tuple[str, ...], str]:
        """A body as JSON, or as the fields of a form; whether they are parts; the files that were sent; why it cannot be sent again."""
        kind = _field(self.file, post, "mimeType", str, at)
        text = _field(self.file, post, "text", str, at)
        params = _field(self.file, post, "params", list, at)
        if _field(self.file, post, "encoding", str, at) == "base64":
            text = _decoded(text)
        given = [_of(self.file, each, dict, f"{at}.params[{number}]") for number, each in enumerate(params)]
        files = tuple(_name(each) for each in given if each.get("fileName"))
        fields = {
            _name(each): str(each.get("value") or "") for each in given if _name(each) and not each.get("fileName")
        }
        if "multipart" in kind.lower():
            if not given:
                fields, files = _parts(kind, text)
            return None, fields, True, files, ""
        if (value := parse_json(text)) is not None:
            return value, None, False, (), ""
        if fields or "form-urlencoded" in kind.lower():
            return None, fields or dict(parse_qsl(text, keep_blank_values=True)), False, files, ""
        sent = text.strip() not in ("", "null")
        return None, None, False, (), "bodies that are neither JSON nor a form" if sent else ""

    def _headers(self, message: Mapping[str, Any], at: str) -> dict[str, str]:
        headers: dict[str, str] = {}
        for number, each in enumerate(_field(self.file, message, "headers", list, at)):
            header = _of(self.file, each, dict, f"{at}.headers[{number}]")
            name = _field(self.file, header, "name", str, f"{at}.headers[{number}]").lower()
            value = header.get("value")
            if isinstance(value, dict | list):
                raise Refusal(self.file, f"{at}.headers[{number}].value", "a text", value)
            if name:
                headers[name] = "" if value is None else str(value)
        return headers

    def _content(self, response: Mapping[str, Any]) -> tuple[str, str]:
        """An answer's text and its media type in lower case."""
        at = f"{self.at}.response.content"
        content = _field(self.file, response, "content", dict, f"{self.at}.response")
        text = _field(self.file, content, "text", str, at)
        if _field(self.file, content, "encoding", str, at) == "base64":
            text = _decoded(text)
        return text, _field(self.file, content, "mimeType", str, at).lower()

    def _started_s(self) -> float:
        """Seconds since the epoch; NaN where the entry has no start."""
        text = _field(self.file, self.entry, "startedDateTime", str, self.at)
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return float("nan")
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _in_order(entries: Iterator[_Entry]) -> list[_Entry]:
    """Entries by their start; one without a start stays after its predecessor in the file."""
    timed: list[tuple[float, _Entry]] = []
    latest_s = float("-inf")
    for entry in entries:
        latest_s = entry.started_s if entry.started_s == entry.started_s else latest_s
        timed.append((latest_s, entry))
    return [entry for _, entry in sorted(timed, key=lambda each: each[0])]


def _api(entries: list[_Entry]) -> str:
    """The origin of the API: the one with the most different calls of journeys, then with the most JSON answers."""
    fitting: dict[str, set[str]] = {}
    counts: Counter[str] = Counter()
    for entry in entries:
        fitting.setdefault(entry.origin, set())
        counts[entry.origin] += entry.in_json
        if (entry.in_json or entry.call.answer is None) and journeys.journey(entry.call):
            fitting[entry.origin].add(f"{entry.call.method} {entry.call.words}")
    return max(fitting, key=lambda origin: (len(fitting[origin]), counts[origin]))


def _texts(entries: list[_Entry]) -> dict[str, str]:
    """The texts of persisted queries by hash, from calls of the recording that have both."""
    texts = {}
    for entry in entries:
        body = entry.call.body if isinstance(entry.call.body, dict) else {}
        if digest := _digest(body):
            text = body.get("query")
            if isinstance(text, str):
                texts[digest] = text
    return texts


def _with_text(call: Call, texts: Mapping[str, str]) -> Call:
    if call.graphql and call.persisted and (text := texts.get(_digest(call.body))):
        return replace(call, body={**call.body, "query": text})
    return call


def _digest(body: Mapping[str, Any]) -> str:
    extensions = body.get("extensions")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    return digest if isinstance(digest, str) else ""


def _asked_by_url(params: Mapping[str, str]) -> dict[str, Any]:
    """A GraphQL operation in a query string; empty where there is none."""
    operation: dict[str, Any] = {name: params[name] for name in ("query", "operationName") if params.get(name)}
    for name in ("variables", "extensions"):
        if isinstance(value := parse_json(params.get(name)), dict):
            operation[name] = value
    return operation if Call("GET", "", body=operation).graphql else {}


def _unbatched(call: Call) -> list[Call]:
    """The operations of a GraphQL batch with their answers, or the call itself."""
    batch = call.body
    if not (isinstance(batch, list) and batch and all(Call("POST", "", body=each).graphql for each in batch)):
        return [call]
    answers = call.answer if isinstance(call.answer, list) else []
    return [
        replace(call, body=each, answer=answers[at] if at < len(answers) else None, batched=True)
        for at, each in enumerate(batch)
    ]


def _refused(call: Call) -> str:
    """Why a GraphQL answer of status 200 is an error; empty where it is none."""
    answer = call.answer
    if call.graphql and isinstance(answer, dict) and answer.get("errors") and not answer.get("data"):
        return "GraphQL errors"
    return ""


def _same_site(origin: str, other: str) -> bool:
    return urlsplit(origin).netloc.split(":")[0].split(".")[-2:] == urlsplit(other).netloc.split(":")[0].split(".")[-2:]


def _parts(kind: str, text: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Fields of a multipart text, and the names of its files."""
    head = f"Content-Type: {kind}\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes((head + text).encode("utf-8", "replace"))
    fields, files = {}, []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            continue
        if part.get_filename():
            files.append(name)
        else:
            fields[name] = cast(bytes, part.get_payload(decode=True) or b"").decode("utf-8", "replace")
    return fields, tuple(files)


def _decoded(text: str) -> str:
    """Base64 as text; empty where it is broken."""
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _name(field: Mapping[str, Any]) -> str:
    return str(field.get("name") or "")


def _field(file: Path, where: Mapping[str, Any], key: str, kind: type, at: str) -> Any:
    """A field of that kind; an empty one where it is missing or null. Raises `Refusal` where it is of another."""
    value = where.get(key)
    return kind() if value is None else _of(file, value, kind, f"{at}.{key}" if at else key)


def _of(file: Path, value: Any, kind: type, at: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Refusal(file, at, KINDS[kind], value)
    return value
