"""Postman collections (formats 2.0 and 2.1): requests in their order; values that scripts keep from answers are the carried ones."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from loadtests.adapters.draft import flow, journeys, secrets
from loadtests.adapters.draft.calls import Call, Recording, read_json
from sim.records.refusal import Refusal

KEPT = re.compile(
    r"""(?:\.set|setEnvironmentVariable|setGlobalVariable)\(\s*["']([^"']+)["']\s*,\s*([\w.()\[\]"']+?)\s*\)[ \t]*(?:;|\n|\Z)"""
)
"""`pm.environment.set("orderId", answer.id);`"""
DYNAMIC = "dynamic_"
"""Prefix of Postman's dynamic variables, new for each request: `{{$guid}}` is read as `{{dynamic_guid}}`."""
LONGEST = 60
"""A collection with more requests is a list of an API, whose order is not that of a visit."""
MADE_UP = re.compile(r"<[\w -]*>|")


def read(path: Path, host: str = "", prefix: str = "") -> Recording:
    """Requests to the host with the most of them, or to `host`; other hosts that a journey needs become settings.

    prefix: of the variables that hold the other hosts. Raises `Refusal`.
    """
    try:
        collection = _named(read_json(path, "a Postman collection"))
        collection = _dict(_dict(collection).get("collection")) or collection  # as Postman's own API wraps it
        if not isinstance(collection, dict) or not isinstance(collection.get("item"), list):
            raise Refusal(path, "item", "a Postman collection's requests")
        return _recording(collection, host, prefix)
    except RecursionError:
        raise Refusal(path, "", "a Postman collection, nested less deeply") from None


def _recording(collection: dict[str, Any], host: str, prefix: str) -> Recording:
    left_out: Counter[str] = Counter()
    items = list(_requests(collection["item"], _dict(collection.get("auth"))))
    kept_names = {_name(name) for item, _ in items for name, _ in KEPT.findall(_script(item))}
    values = {
        _name(_text(each.get("key"))): _text(each.get("value"))
        for each in _list(collection.get("variable"))
        if each.get("value") and not secrets.secret(_text(each.get("key")), _text(each.get("value")))
    }
    values = {name: value for name, value in values.items() if name not in kept_names}
    pairs = [(origin, call) for item, auth in items for origin, call in _call(item, auth, values, left_out)]
    counted = Counter(origin for origin, _ in pairs if origin)
    base = _origin(host)[0] if host else next(iter([each for each, _ in counted.most_common(1)]), "")
    elsewhere: dict[str, str] = {}
    calls = []
    for origin, call in pairs:
        if origin in (base, ""):
            calls.append(call)
        elif host or not journeys.journey(call):
            left_out[f"{origin} (another host)"] += 1
        else:
            at = _short(origin, elsewhere)
            elsewhere[at] = f"{prefix}_{at.upper()}_URL"
            calls.append(replace(call, at=at))
    ordered = len(calls) <= LONGEST
    known = flow.sources(calls, ordered)
    calls = [_without_recorded(call, place, known[place]) for place, call in enumerate(calls)]
    lines = [f"{what}: {count} call{'s' * (count != 1)}" for what, count in left_out.items()]
    if not calls:
        lines.append(f"the collection holds {len(items)} requests, none of which can be sent to one host")
    return Recording(calls, base if "{{" not in base else "", lines, ordered=ordered, elsewhere=elsewhere)


def _requests(items: list[Any], auth: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Requests with their auth, inherited from folders."""
    for item in _list(items):
        if isinstance(item.get("request"), str):
            item = item | {"request": {"method": "GET", "url": item["request"]}}
        request = _dict(item.get("request"))
        own = _dict(request.get("auth")) or _dict(item.get("auth")) or auth
        if "item" in item:
            yield from _requests(item["item"], own)
        elif request:
            yield item, own


def _call(
    item: dict[str, Any], auth: dict[str, Any], values: Mapping[str, str], left_out: Counter[str]
) -> Iterator[tuple[str, Call]]:
    request = item["request"]
    origin, path, params = _address(request.get("url"), values)
    method = _text(request.get("method") or "GET").upper()
    if method not in ("GET", "HEAD", "POST", "PUT", "PATCH"):
        left_out[f"{method} {path} (no journey removes or asks for options)"] += 1
        return
    headers = {
        _text(each.get("key")).lower(): _fill(_text(each.get("value")), values)
        for each in _shown(request.get("header"))
    }
    headers.pop("", None)
    json_body, form = _body(_dict(request.get("body")), headers, values, left_out)
    kind = _text(auth.get("type"))
    if kind == "apikey" and _of(auth, "in") == "query":
        params += ((_of(auth, "key"), _fill(_of(auth, "value"), values)),)
    elif kind not in ("", "noauth"):
        dressed = _dressed(auth, values)
        headers = dressed | headers
        if not dressed:
            left_out[f"auth of type {kind} (write it by hand)"] += 1
    saved = next((each for each in _list(item.get("response")) if _json(each.get("body")) is not None), {})
    answer = _kept(_script(item), _json(saved.get("body")))
    brings = {_text(each.get("key")).lower(): _text(each.get("value")) for each in _list(saved.get("header"))}
    yield origin, Call(method, path, params, headers, json_body, form, answer, brings)


def _address(url: Any, values: Mapping[str, str]) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Origin (empty where the URL is relative), path and parameters."""
    parts = _dict(url)
    raw = _text(parts.get("raw")) if parts else _text(url)
    if parts and not raw:
        named = parts.get("host")
        raw = f"{parts['protocol']}://" if parts.get("protocol") else ""
        raw += ".".join(_text(each) for each in named) if isinstance(named, list) else _text(named)
        raw += f":{parts['port']}" if parts.get("port") else ""
        way = parts.get("path")
        way = "/".join(_text(_dict(each).get("value") or each) for each in way) if isinstance(way, list) else _text(way)
        raw += "/" + way.lstrip("/")
    for each in _list(parts.get("variable")):
        name, value = _text(each.get("key") or each.get("id")), _text(each.get("value"))
        raw = re.sub(rf":{re.escape(name)}(?=[/?#.]|$)", lambda _: _marked(name, value), raw) if name else raw  # noqa: B023
    raw = re.sub(r"(?<=/):(\w+)", r"{{\1}}", raw)
    origin, rest = _origin(_fill(raw, values))
    path, _, query = rest.partition("#")[0].partition("?")
    asked = tuple(parse_qsl(query, keep_blank_values=True))
    if "query" in parts:
        asked = tuple(
            (_text(each.get("key")), _fill(_text(each.get("value")), values))
            for each in _shown(parts["query"])
            if each.get("key")
        )
    return origin, "/" + re.sub(r"/{2,}", "/", path).lstrip("/"), asked


def _marked(name: str, value: str) -> str:
    """A path's variable with its saved value, until it is known whether the value comes from an answer."""
    return f"{{{{{_name(name)}}}}}" if MADE_UP.fullmatch(value) or "{{" in value else f"{{{{{_name(name)}|{value}}}}}"


def _without_recorded(call: Call, place: int, known: Mapping[Any, flow.Source]) -> Call:
    """Path variables by their value where it comes from another answer, else by name: a saved id is not valid any more."""

    def one(match: re.Match[str]) -> str:
        return match[2] if match[2] in known and known[match[2]].call != place else f"{{{{{match[1]}}}}}"

    return replace(call, path=re.sub(r"\{\{(\w+)\|([^{}]*)\}\}", one, call.path))


def _origin(url: str) -> tuple[str, str]:
    """Scheme and authority as one text, and what follows."""
    url = url.strip()
    if url.startswith("/") or not url:
        return "", url
    if variable := re.match(r"(\{\{\w+\}\})(?!\w|[.:@]|\{)", url):
        return variable[1], url[variable.end() :]
    match = re.match(r"(?:([a-zA-Z][\w+.-]*|\{\{\w+\}\})://)?((?:\{\{\w+\}\}|[^/?#{}])*)(.*)", url, re.DOTALL)
    assert match is not None, "every part of the pattern may be empty"
    scheme, authority, rest = match.groups()
    if not scheme:
        scheme = "http" if re.match(r"localhost\b|[\d.]+(:|$)", authority) else "https"
    return f"{scheme}://{authority}", rest


def _short(origin: str, taken: Mapping[str, str]) -> str:
    """A name for another host: its variable's without "url", or its first label."""
    if variable := re.fullmatch(r"\{\{(\w+)\}\}", origin):
        name = re.sub(r"(?i)_?(base_?)?(url|uri|host|endpoint)$", "", variable[1])
    else:
        labels = re.findall(r"\w+", origin.partition("://")[2].partition(":")[0])
        name = next((each for each in labels if each not in ("www", "api")), "")
    name = re.sub(r"\W+", "_", name).lower().strip("_")
    return name if name and not name[0].isdigit() else f"other_{len(taken)}"


def _body(
    body: dict[str, Any], headers: Mapping[str, str], values: Mapping[str, str], left_out: Counter[str]
) -> tuple[Any, dict[str, str] | None]:
    """A JSON body, or a form."""
    mode = body.get("mode")
    if body.get("disabled"):
        return None, None
    if mode == "raw":
        raw = _fill(_text(body.get("raw")), values)
        value = _json(_quoted(raw))
        if value is None and "form" in headers.get("content-type", ""):
            return None, dict(parse_qsl(raw, keep_blank_values=True))
        if value is None and raw.strip():
            left_out["bodies that are no JSON"] += 1
        return value, None
    if mode == "graphql":
        asked = _dict(body.get("graphql"))
        given = asked.get("variables") or "{}"
        given = given if isinstance(given, dict) else _json(_quoted(_fill(_text(given), values)))
        return {"query": _text(asked.get("query")), "variables": _dict(given)}, None
    if mode in ("urlencoded", "formdata"):
        fields = [each for each in _shown(body.get(mode)) if each.get("key")]
        if files := [each for each in fields if each.get("type") == "file"]:
            left_out["files in forms"] += len(files)
        return None, {
            _text(each["key"]): _fill(_text(each.get("value")), values) for each in fields if each.get("type") != "file"
        }
    if mode:
        left_out[f"bodies of mode {_text(mode)}"] += 1
    return None, None


def _quoted(raw: str) -> str:
    """JSON without Postman's comments and with variables in quotes."""

    def outside(match: re.Match[str]) -> str:
        if match[0].startswith('"'):
            return match[0]
        return f'"{match[0]}"' if match[0].startswith("{{") else ""

    plain = re.sub(r'"(?:[^"\\]|\\.)*"|\{\{\w+\}\}|//[^\n]*|/\*.*?\*/', outside, raw, flags=re.DOTALL)
    return re.sub(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', lambda match: match[1] or "", plain)


def _script(item: dict[str, Any]) -> str:
    lines: list[str] = []
    for each in _list(item.get("event")):
        written = _dict(each.get("script")).get("exec")
        lines += [_text(line) for line in written] if isinstance(written, list) else [_text(written)]
    return "\n".join(lines)


def _kept(script: str, answer: Any) -> Any:
    """The answer, with the names of the values that a script keeps at the places from which it takes them."""
    for name, where in KEPT.findall(script):
        inside = re.sub(r"^[^.\[]*(\.json\(\)|\.response)*", "", re.sub(r"^pm\.response\.json\(\)", "", where))
        keys = [int(key) if key.isdigit() else key for key in re.findall(r"\w+", inside)]
        if keys:
            answer = _placed(answer, keys, "{{" + _name(name) + "}}")
    return answer


def _placed(answer: Any, keys: list[str | int], value: str) -> Any:
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(key, int):
        if isinstance(answer, dict):  # a part of something that the script took from the answer before
            return answer
        elements = list(answer) if isinstance(answer, list) else []
        elements += [None] * (min(key, 99) + 1 - len(elements))
        elements[min(key, 99)] = _placed(elements[min(key, 99)], rest, value)
        return elements
    fields = _dict(answer)
    return fields | {key: _placed(fields.get(key), rest, value)}


def _dressed(auth: dict[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    match auth.get("type"):
        case "bearer" | "oauth2" | "jwt":
            token = _of(auth, "token") or _of(auth, "accessToken") or "{{token}}"
            return {"authorization": f"Bearer {_fill(token, values)}"}
        case "basic":
            return {"authorization": "Basic e3t1c2VyfX06e3twYXNzd29yZH19"}
        case "apikey" if _of(auth, "key"):
            return {_of(auth, "key").lower(): _fill(_of(auth, "value"), values)}
    return {}


def _of(auth: dict[str, Any], name: str) -> str:
    """A part of an auth: format 2.1 lists them, 2.0 names them."""
    parts = auth.get(_text(auth.get("type")))
    if isinstance(parts, dict):
        return _text(parts.get(name))
    return next((_text(each.get("value")) for each in _list(parts) if each.get("key") == name), "")


def _named(node: Any) -> Any:
    """The same value with every variable's name made a word."""
    if isinstance(node, dict):
        return {key: _named(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_named(value) for value in node]
    if isinstance(node, str):
        return re.sub(r"\{\{\s*([^{}]+?)\s*\}\}", lambda match: "{{" + _name(match[1]) + "}}", node)
    return node


def _name(name: str) -> str:
    dynamic = DYNAMIC if name.startswith("$") else ""
    return dynamic + re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")


def _fill(text: str, values: Mapping[str, str]) -> str:
    for _ in range(5):  # values may hold further variables
        before, text = text, re.sub(r"\{\{(\w+)\}\}", lambda match: values.get(match[1]) or match[0], text)
        if text == before:
            break
    return text


def _shown(parts: Any) -> list[dict[str, Any]]:
    return [each for each in _list(parts) if not each.get("disabled")]


def _list(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None or isinstance(value, dict | list) else str(value)


def _json(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
