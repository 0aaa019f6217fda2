"""A description's security schemes as an adapter's `auth` and headers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from loadtests.adapters.draft.code import USUAL
from loadtests.adapters.draft.openapi.coverage import Documented, server


class Security:
    """The security that the chosen operations require: the first scheme as an adapter's `auth`, further keys as headers of every call."""

    def __init__(self, documented: Documented, chosen: Sequence[dict[str, Any]], name: str):
        description = documented.description
        spec, resolve = description.spec, description.resolve
        schemes = resolve((resolve(spec.get("components"))).get("securitySchemes")) or resolve(
            spec.get("securityDefinitions")
        )
        self.code, self.variables, self.headers = "", [], []
        self.fills, self.carried = "", ""
        """The header that `auth` fills, and the one that takes the token of a cart."""
        asked: list[str] = []
        for what in (*chosen, spec):
            for each in what.get("security") or []:
                if isinstance(each, dict):
                    asked += each
        first = [each for each in dict.fromkeys(asked) if each in schemes] or list(schemes)
        host = urlsplit(server(spec)).netloc
        for key in first:
            scheme = resolve(schemes[key])
            title = str(scheme.get("name", ""))
            if scheme.get("type") == "apiKey" and re.search(r"(order|cart|basket|checkout).?token", title, re.I):
                self.carried = title
                if not self.code:
                    break  # a cart token is sufficient: a guest has no other
                continue
            code, variables = _form(scheme, name, host)
            if code and not self.code:
                self.code, self.variables = code, variables
                self.fills = title.lower() if scheme.get("type") == "apiKey" and scheme.get("in") == "header" else ""
                whats = [spec, *chosen]
                together = [
                    each for what in whats for each in what.get("security") or [] if isinstance(each, dict) and key in each
                ]  # fmt: skip
                for other in dict.fromkeys(name for each in together for name in each):
                    also = resolve(schemes.get(other))
                    title = str(also.get("name", ""))
                    also_key = other != key and also.get("type") == "apiKey" and also.get("in") == "header"
                    if also_key and title and not USUAL.search(title.lower()):
                        self.headers.append(title)


def _form(scheme: Mapping[str, Any], name: str, host: str) -> tuple[str, list[str]]:
    kind, how = scheme.get("type"), str(scheme.get("scheme", "")).lower()
    if kind == "apiKey":
        if scheme.get("in") == "cookie":
            return "", []
        form = "KeyParameter" if scheme.get("in") == "query" else "ApiKey"
        return f'{form}("{name}_KEY", {_quoted(str(scheme.get("name", "X-Api-Key")))})', [f"{name}_KEY"]
    if kind == "basic" or how == "basic":
        return f'Basic("{name}_USER", "{name}_PASSWORD")', [f"{name}_USER", f"{name}_PASSWORD"]
    flows = scheme.get("flows")
    flow = flows.get("clientCredentials") if isinstance(flows, dict) else None
    if kind == "oauth2" and scheme.get("flow") == "application":
        flow = scheme
    if kind == "oauth2" and isinstance(flow, dict):
        token = urlsplit(str(flow.get("tokenUrl", "/token")))
        away = ', at="auth"' if token.netloc and token.netloc != host else ""
        names = [f"{name}_CLIENT", f"{name}_SECRET"]
        path = token.path if token.path.startswith("/") else f"/{token.path}"
        return f'ClientCredentials({_quoted(path)}, "{names[0]}", "{names[1]}"{away})', names + [
            f"{name}_AUTH_URL"
        ] * bool(away)
    if kind in ("http", "oauth2", "openIdConnect"):
        return f'Bearer("{name}_TOKEN")', [f"{name}_TOKEN"]
    return "", []


def _quoted(text: str) -> str:
    return '"' + re.sub(r'[\\"\x00-\x1f]', "", text) + '"'
