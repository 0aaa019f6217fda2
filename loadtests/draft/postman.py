"""Postman collections (format 2.1): requests in their order; scripts that keep a value of an answer say what is carried."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from loadtests.draft.calls import Call, Recording, read_json
from sim.records.refusal import Refusal

KEPT = re.compile(
    r"""(?:\.set|setEnvironmentVariable|setGlobalVariable)\(\s*["'](\w+)["']\s*,\s*([\w.()\[\]"']+?)\s*\)\s*;"""
)
"""`pm.environment.set("orderId", answer.id);`"""


def read(path: Path, host: str = "") -> Recording:
    """Requests to another host than the first one's, or than `host`, are dropped. Raises `Refusal`."""
    collection = read_json(path, "a Postman collection")
    if not isinstance(collection, dict) or not isinstance(collection.get("item"), list):
        raise Refusal(path, "item", "a Postman collection's requests")
    values = {each["key"]: str(each.get("value", "")) for each in collection.get("variable", []) if each.get("key")}
    calls: list[Call] = []
    dropped: dict[str, int] = {}
    wanted = _origin(host)
    for item, auth in _requests(collection["item"], collection.get("auth")):
        url = _fill(_url(item["request"]), values)
        origin = _origin(url)
        wanted = wanted or origin
        if origin != wanted:
            dropped[origin] = dropped.get(origin, 0) + 1
        else:
            calls.append(_call(item, url.removeprefix(origin), auth, values))
    told = [f"{origin} (another host): {count} call{'s' * (count != 1)}" for origin, count in dropped.items()]
    return Recording(calls, wanted if "{{" not in wanted else "", told)


def _requests(items: list[dict[str, Any]], auth: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Requests with the auth that holds for them, folder by folder."""
    for item in items:
        own = (
            item.get("auth") or (item.get("request") or {}).get("auth")
            if isinstance(item.get("request"), dict)
            else item.get("auth")
        )
        if "item" in item:
            yield from _requests(item["item"], own or auth)
        elif isinstance(item.get("request"), dict):
            yield item, own or auth


def _call(item: dict[str, Any], path: str, auth: Any, values: Mapping[str, str]) -> Call:
    request = item["request"]
    url = urlsplit(path)
    headers = {
        each["key"].lower(): _fill(each.get("value", ""), values)
        for each in request.get("header") or []
        if not each.get("disabled")
    }
    body = request.get("body") or {}
    held, form = None, None
    if body.get("mode") == "raw":
        held = _json(_fill(re.sub(r":\s*(\{\{\w+\}\})", r': "\1"', body.get("raw") or ""), values))
    elif body.get("mode") == "graphql":
        asked = body.get("graphql") or {}
        held = {"query": asked.get("query", ""), "variables": _json(asked.get("variables") or "{}") or {}}
    elif body.get("mode") == "urlencoded":
        form = {each["key"]: _fill(each.get("value", ""), values) for each in body.get("urlencoded") or []}
    params = tuple(parse_qsl(url.query, keep_blank_values=True))
    if auth and not (auth.get("type") == "apikey" and _of(auth, "in") == "query"):
        headers = _dressed(auth) | headers
    elif auth:
        params += ((_of(auth, "key"), _of(auth, "value")),)
    answer = _json((item.get("response") or [{}])[0].get("body"))
    return Call(request.get("method", "GET"), url.path, params, headers, held, form, _kept(item, answer))


def _kept(item: dict[str, Any], answer: Any) -> Any:
    """The answer, with what a script keeps of it standing where the script looks for it."""
    script = "\n".join("\n".join((each.get("script") or {}).get("exec") or []) for each in item.get("event") or [])
    for name, where in KEPT.findall(script):
        keys = re.findall(
            r"\w+", re.sub(r"^[^.\[]*(\.json\(\)|\.response)*", "", re.sub(r"^pm\.response\.json\(\)", "", where))
        )
        if not keys:
            continue
        answer = answer if isinstance(answer, dict) else {}
        inner = answer
        for key in keys[:-1]:
            inner = inner.setdefault(key, {}) if isinstance(inner, dict) else {}
        if isinstance(inner, dict):
            inner[keys[-1]] = "{{" + name + "}}"
    return answer


def _dressed(auth: dict[str, Any]) -> dict[str, str]:
    match auth.get("type"):
        case "bearer" | "oauth2":
            return {"authorization": f"Bearer {_of(auth, 'token') or _of(auth, 'accessToken') or '{{token}}'}"}
        case "basic":
            return {"authorization": "Basic e3t1c2VyfX06e3twYXNzd29yZH19"}
        case "apikey":
            return {_of(auth, "key").lower(): _of(auth, "value")}
    return {}


def _of(auth: dict[str, Any], name: str) -> str:
    return next((str(each.get("value", "")) for each in auth.get(auth["type"]) or [] if each.get("key") == name), "")


def _url(request: dict[str, Any]) -> str:
    url = request.get("url", "")
    raw = url if isinstance(url, str) else url.get("raw", "")
    for each in [] if isinstance(url, str) else url.get("variable") or []:
        raw = raw.replace(f":{each['key']}", each.get("value") or "{{" + each["key"] + "}}")
    return raw


def _fill(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values.get(found[1]) or found[0], text)


def _origin(url: str) -> str:
    found = re.match(r"(\w+://[^/?]+|\{\{\w+\}\})", url)
    return found[0] if found else ""


def _json(text: str | None) -> Any:
    try:
        return json.loads(text or "")
    except ValueError:
        return None
