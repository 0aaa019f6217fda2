"""Options that commands share. Settings of a replay are declared once, in `loadtests.planning.plan`: type, default and help come from there."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import typer

from loadtests.planning.plan import Plan, flag
from sim.cli.files import file_to_read, file_to_write
from sim.records.refusal import Refusal

_FILES = ("catalogue", "ca_bundle", "client_certificate")
_SETTINGS = {each.name: each for each in fields(Plan)}


def option(name: str) -> Any:
    """The option of a plan's setting."""
    text, (low, high) = _SETTINGS[name].metadata["help"], _SETTINGS[name].metadata.get("range", (None, None))
    callback = file_to_read if name in _FILES else None
    return typer.Option(flag(name), min=low, max=high, callback=callback, help=f"{text[:1].upper()}{text[1:]}.")


def settings(command: Callable[..., int]) -> Callable[..., int]:
    """A command that takes, for its `**settings`, each setting of a plan that it does not name itself."""
    own = inspect.signature(command, eval_str=True)
    named = [each for each in own.parameters.values() if each.kind != each.VAR_KEYWORD]
    taken = {each.name for each in named}
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=Annotated[type(each.default), option(name)])
        for name, each in _SETTINGS.items()
        if name not in taken
    ]  # fmt: skip
    cast(Any, command).__signature__ = own.replace(parameters=[*named, *more])
    return command


def first_day(text: str) -> date | None:
    """The day that `--from` names; None for an empty text. Raises `Refusal` for what is no day."""
    from sim.tables.values import day

    try:
        return day(text) if text else None
    except ValueError as error:
        raise Refusal("--from", "", str(error), text) from None


Host = Annotated[str, option("host")]
Adapter = Annotated[str, option("adapter")]
Timeout = Annotated[float, option("timeout_s")]
RateCap = Annotated[float, option("rate_cap")]
AllowHost = Annotated[str, option("allow_host")]
CaBundle = Annotated[str, option("ca_bundle")]
CancelOrders = Annotated[bool, option("cancel_orders")]
Certificate = Annotated[str, option("client_certificate")]
Proxy = Annotated[str, option("proxy")]
Workers = Annotated[int, typer.Option(min=1, max=1_024, help="Worker processes.")]
Targets = Annotated[
    list[str],
    typer.Option(
        "--target", metavar="QUANTITY=LIMIT", help="availability=99.9%, journeys=99%, mean=2s, checkout:p95=1s."
    ),
]
Junit = Annotated[
    Path | None, typer.Option("--junit", callback=file_to_write, help="Write it as JUnit XML for a pipeline.")
]
Html = Annotated[
    Path | None, typer.Option("--html", callback=file_to_write, help="Write a page with figures, to attach or mail.")
]
Json = Annotated[Path | None, typer.Option("--json", callback=file_to_write, help="Write it as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print the finding alone, without progress or tables.")]
Lang = Annotated[
    Literal["en", "zh"], typer.Option("--lang", help="Language of what is printed, of pages and of exports.")
]
InconclusiveOk = Annotated[
    bool, typer.Option("--inconclusive-ok", help="End with status 0 where the evidence does not decide.")
]
