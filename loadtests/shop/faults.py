"""Fault injection, to test whether a load test detects it: added latency, errors, stalls, outages, late stock reads, oversold orders.

All workers of a shop read one small page of shared memory, so a change applies to the next request of each of them.
"""

from __future__ import annotations

import asyncio
import mmap
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

LONGEST_S = 86_400.0
EXEMPT = ("/health", "/faults", "/docs", "/openapi.json")


class Faults(BaseModel):
    """What goes wrong; nothing by default. Stalls and outages fill the end of each of their cycles."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    latency_s: float = Field(0.0, ge=0, le=60)
    """Added to every request before its work."""
    error_rate: float = Field(0.0, ge=0, le=1)
    """Of n requests to a worker, ⌊n·rate⌋ are answered 503 without doing the work."""
    stall_s: float = Field(0.0, ge=0, le=LONGEST_S)
    stall_every_s: float = Field(0.0, ge=0, le=LONGEST_S)
    """Requests that come in the last `stall_s` of every `stall_every_s` wait for the stall's end."""
    outage_s: float = Field(0.0, ge=0, le=LONGEST_S)
    outage_every_s: float = Field(0.0, ge=0, le=LONGEST_S)
    """Requests that come in the last `outage_s` of every `outage_every_s` are answered 503 at once."""
    sync_lag_s: float = Field(0.0, ge=0, le=LONGEST_S)
    """Reads of stock show what was true this long ago; sales are decided on the present."""
    oversell_units: float = Field(0.0, ge=0, le=1e9)
    """An order that lacks at most so many units of a SKU is confirmed all the same: more is promised than there is."""

    @model_validator(mode="after")
    def _cycles_are_longer(self) -> Self:
        for name in ("stall", "outage"):
            lasts, every = getattr(self, f"{name}_s"), getattr(self, f"{name}_every_s")
            if lasts and lasts >= every:
                raise ValueError(f"{name}_s shorter than {name}_every_s")
        return self

    def stall_left_s(self, since_s: float) -> float:
        """Seconds until the end of the stall under way `since_s` after the faults began; 0 outside a stall."""
        return _left_s(since_s, self.stall_s, self.stall_every_s)

    def is_out(self, since_s: float) -> bool:
        """Whether the outage is on `since_s` seconds after the faults began."""
        return _left_s(since_s, self.outage_s, self.outage_every_s) > 0

    def fails(self, request: int) -> bool:
        """Whether the n-th request, counted from 1, is one of the ⌊n·rate⌋."""
        return int(request * self.error_rate) > int((request - 1) * self.error_rate)


def _left_s(since_s: float, lasts_s: float, every_s: float) -> float:
    if not lasts_s:
        return 0.0
    left = every_s - since_s % every_s
    return left if left <= lasts_s else 0.0


_LAYOUT = struct.Struct(f"<{1 + len(Faults.model_fields)}d")
NO_FAULTS = Faults()


class FaultPage:
    """The shared page: the instant at which its faults began, and the faults. Without a path it is private to this process."""

    def __init__(self, path: Path | str | None = None):
        if path is None:
            self._page = mmap.mmap(-1, _LAYOUT.size)
        else:
            Path(path).touch()
            with open(path, "r+b") as file:
                file.truncate(_LAYOUT.size)
                self._page = mmap.mmap(file.fileno(), _LAYOUT.size)
        self._bytes, self._faults = b"", (0.0, NO_FAULTS)

    def write(self, faults: Faults, began: float) -> None:
        """Put faults on the page; `began` in seconds of `time.time`."""
        self._page[:] = _LAYOUT.pack(began, *faults.model_dump().values())

    def read(self) -> tuple[float, Faults]:
        """(began, faults); `began` in seconds of `time.time`."""
        now = self._page[:]
        if now != self._bytes:
            began, *values = _LAYOUT.unpack(now)
            given = dict(zip(Faults.model_fields, values, strict=True))
            self._bytes, self._faults = now, (began, Faults.model_construct(**given))
        return self._faults


class Faulty:
    """ASGI middleware that applies a page's faults to every path but `EXEMPT`."""

    def __init__(
        self,
        app: Any,
        page: FaultPage,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self.app, self.page, self.clock, self.sleep = app, page, clock, sleep
        self._began, self._requests = 0.0, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"].startswith(EXEMPT):
            return await self.app(scope, receive, send)
        began, faults = self.page.read()
        if faults == NO_FAULTS:
            return await self.app(scope, receive, send)
        if began != self._began:
            self._began, self._requests = began, 0
        self._requests += 1
        fails = faults.fails(self._requests)
        since_s = self.clock() - began
        if faults.is_out(since_s):
            return await _broken("injected_outage")(scope, receive, send)
        wait_s = faults.latency_s + faults.stall_left_s(since_s)
        if wait_s:
            await self.sleep(wait_s)
        await (_broken("injected_fault") if fails else self.app)(scope, receive, send)


def _broken(code: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": "this failure was asked for at /faults"}, 503)
