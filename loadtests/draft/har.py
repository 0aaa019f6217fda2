"""Browser recordings (HAR): the calls to one host, without what is no API."""

from __future__ import annotations

import base64
import json
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from loadtests.draft.calls import Call, Recording, read_json
from sim.records.refusal import Refusal

PAGES = ("text/html", "text/css", "javascript", "image/", "font", "video/", "audio/", "wasm")


def read(path: Path, host: str = "") -> Recording:
    """host: base URL of the API; the host with most JSON answers unless named. Raises `Refusal`."""
    recorded = read_json(path, "a HAR file")
    try:
        entries = recorded["log"]["entries"]
        origins = [_origin(entry) for entry in entries]
    except (KeyError, TypeError):
        raise Refusal(path, "log.entries", "a HAR file's entries") from None
    speaking = Counter(origin for origin, entry in zip(origins, entries, strict=True) if "json" in _type(entry))
    if not host and not speaking:
        raise Refusal(path, "log.entries", "a call that was answered in JSON")
    wanted = "{0.scheme}://{0.netloc}".format(urlsplit(host)) if host else speaking.most_common(1)[0][0]
    dropped: Counter[str] = Counter()
    calls = []
    for origin, entry in zip(origins, entries, strict=True):
        status = entry["response"]["status"]
        if origin != wanted:
            dropped[f"{origin} (another host)"] += 1
        elif entry["request"]["method"] == "OPTIONS" or any(kind in _type(entry) for kind in PAGES):
            dropped["pages, scripts, pictures and preflights"] += 1
        elif not 200 <= status < 300:
            dropped[f"answers of status {status}"] += 1
        else:
            calls.append(_call(entry))
    told = [f"{what}: {count} call{'s' * (count != 1)}" for what, count in dropped.items()]
    return Recording(calls, wanted, told)


def _call(entry: dict[str, Any]) -> Call:
    request, response = entry["request"], entry["response"]
    post, url = request.get("postData") or {}, urlsplit(request["url"])
    kind = post.get("mimeType", "")
    form = None
    if "form-urlencoded" in kind:
        form = {each["name"]: each.get("value", "") for each in post.get("params", [])} or dict(
            parse_qsl(post.get("text", ""))
        )
    return Call(
        request["method"],
        url.path,
        tuple(parse_qsl(url.query, keep_blank_values=True)),
        _headers(request),
        _json(post.get("text")) if form is None else None,
        form,
        _json(_content(response)),
        _headers(response),
    )


def _origin(entry: dict[str, Any]) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(entry["request"]["url"]))


def _type(entry: dict[str, Any]) -> str:
    return (entry["response"].get("content") or {}).get("mimeType", "").lower()


def _headers(message: dict[str, Any]) -> dict[str, str]:
    return {each["name"].lower(): each["value"] for each in message.get("headers", [])}


def _content(response: dict[str, Any]) -> str | None:
    content = response.get("content") or {}
    text = content.get("text")
    return base64.b64decode(text).decode("utf-8", "replace") if text and content.get("encoding") == "base64" else text


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "")
    except ValueError:
        return None
