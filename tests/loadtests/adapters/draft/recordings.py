"""Recordings as browsers write them, made up call by call."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

START = "2026-05-01T10:00:{:02d}.000Z"


def entry(
    method: str,
    url: str,
    answer: Any = None,
    *,
    at_s: int | None = None,
    body: Any = None,
    post: Any = None,
    **more: Any,
) -> dict:
    """One entry of a HAR. post: `postData` as it stands; more: fields of the response, and `headers` of the request."""
    given = {"mimeType": "application/json", "text": json.dumps(body)} if body is not None else post
    headers = [{"name": name, "value": value} for name, value in more.pop("headers", {}).items()]
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return {
        **({"startedDateTime": START.format(at_s)} if at_s is not None else {}),
        "request": {"method": method, "url": url, "headers": headers, **({"postData": given} if given else {})},
        "response": {
            "status": 200,
            "headers": [],
            "content": {"mimeType": more.pop("kind", "application/json"), "text": text},
            **more,
        },
    }


def har(path: Path, *entries: Any) -> Path:
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}))
    return path


def product(identity: str, variant: str, sku: str) -> dict:
    return {"id": identity, "variants": [{"id": variant, "sku": sku}]}


def shopping(host: str = "https://shop.example/api") -> list[dict]:
    """A shopper's way: the list, a cart, two lines, an address, the order and a look at it."""
    return [
        entry(
            "GET",
            f"{host}/products?page=1",
            {"products": [product("prod_1A", "var_1A", "TEA"), product("prod_2B", "var_2B", "CUP")]},
            at_s=0,
        ),
        entry("POST", f"{host}/carts", {"cart": {"id": "cart_77", "total": 0}}, at_s=1, body={}),
        entry("POST", f"{host}/carts/cart_77/line-items", {"cart": {"id": "cart_77"}}, at_s=2, body={"variant_id": "var_1A", "quantity": 1}),
        entry("POST", f"{host}/carts/cart_77/line-items", {"cart": {"id": "cart_77"}}, at_s=3, body={"variant_id": "var_2B", "quantity": 2}),
        entry("POST", f"{host}/carts/cart_77", {"cart": {"id": "cart_77"}}, at_s=4, body={"email": "ann@corp.example"}),
        entry("POST", f"{host}/carts/cart_77/complete", {"customer": {"id": "cus_5"}, "order": {"id": "order_9Z"}}, at_s=5),
        entry("GET", f"{host}/orders/order_9Z", {"order": {"id": "order_9Z", "status": "new"}}, at_s=6),
    ]  # fmt: skip


def sound(*texts: str, folder: Path) -> None:
    """Every text compiles, and holds no name that is not defined, none that is not used, and nothing else that Pyflakes' rules find."""
    for number, text in enumerate(texts):
        compile(text, "draft", "exec")
        (folder / f"draft_{number}.py").write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F", str(folder)],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout
