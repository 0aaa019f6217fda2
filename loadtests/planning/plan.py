"""The settings of a replay: one list for `retail-lab replay`, plain `locust -f` and Locust's web page."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from loadtests.http.options import Wire
from sim.records.refusal import Refusal

_DAY_S = 86_400.0
MARK = "replay  "
REFUSED = "refused "
"""Prefixes of the lines with progress and with a refusal, which Locust's process prints and `launcher` reads."""


@dataclass(frozen=True)
class Plan:
    """Settings of one replay. The field's help text and range are the flag's; secrets are never settings, they stay in the environment."""

    trace: str = field(default="", metadata={"help": "trace.parquet to replay"})
    host: str = field(default="", metadata={"help": "base URL of the API under test"})
    adapter: str = field(default="shop", metadata={"help": "adapter by name, by path or by entry point"})
    out: str = field(default="", metadata={"help": "folder of the run, made where it is missing"})
    catalogue: str = field(
        default="", metadata={"help": "the catalogue; catalogue.parquet beside the trace unless named"}
    )
    first: str = field(default="", metadata={"help": "replay from here: trace seconds, 17:30 or 2026-10-01T17:30"})
    last: str = field(default="", metadata={"help": "replay up to here, in the same forms"})
    time_scale: float = field(
        default=1.0, metadata={"help": "trace seconds played per second of the run", "range": (1e-6, 1e6)}
    )
    duration_s: float = field(
        default=0.0, metadata={"help": "longest stretch to schedule, s of the run (0: all)", "range": (0, 366 * _DAY_S)}
    )
    loop: bool = field(default=False, metadata={"help": "repeat the stretch until --duration is reached: a soak"})
    shape: str = field(default="", metadata={"help": "over the stretch: ramp:SECONDS or spike:START:SECONDS:TIMES"})
    timeout_s: float = field(default=10.0, metadata={"help": "time-out of a request, s", "range": (0.001, _DAY_S)})
    warmup_s: float = field(
        default=0.0, metadata={"help": "stretch that is played and shown but not judged, s", "range": (0, 366 * _DAY_S)}
    )
    rate_cap: float = field(
        default=500.0, metadata={"help": "refuse a schedule with more journeys/s in any second", "range": (0.001, 1e6)}
    )
    error_ratio: float = field(
        default=0.5,
        metadata={
            "help": "stop when more requests than this fail over 10 s, or 20 in a row; 1: never",
            "range": (1e-6, 1),
        },
    )
    allow_host: str = field(default="", metadata={"help": "hosts beyond loopback that may be loaded, with commas"})
    ca_bundle: str = field(default="", metadata={"help": "PEM file of authorities to trust, for a private CA"})
    client_certificate: str = field(default="", metadata={"help": "PEM file with a client certificate and its key"})
    proxy: str = field(default="", metadata={"help": "proxy to go through, as http://host:port; none unless named"})
    targets: str = field(default="", metadata={"help": "targets besides the default ones: p95=2s,mean=1s"})
    until_decided: bool = field(default=False, metadata={"help": "end at the first declared look that decides"})
    incident_s: float = field(
        default=0.2, metadata={"help": "length of incidents that every look reckons with, s", "range": (0, _DAY_S)}
    )
    sync_sales: int = field(
        default=0,
        metadata={"help": "first sell so many units; time each until stock shows it", "range": (0, 1_000_000)},
    )
    cancel_orders: bool = field(default=False, metadata={"help": "cancel the orders made, after the last reading"})

    def __post_init__(self) -> None:
        for each in fields(self):
            if "range" in each.metadata:
                low, high = each.metadata["range"]
                if not low <= getattr(self, each.name) <= high:
                    raise Refusal(
                        flag(each.name), "", f"a number from {low:,.6g} to {high:,.9g}", getattr(self, each.name)
                    )

    @property
    def wire(self) -> Wire:
        """The HTTP settings."""
        return Wire(self.timeout_s, self.ca_bundle, self.client_certificate, self.proxy, self.allow_host)

    @property
    def loop_s(self) -> float:
        """Length to which the stretch of the trace is repeated, s; 0 without a loop."""
        return self.duration_s if self.loop else 0.0

    @property
    def catalogue_path(self) -> Path:
        """The catalogue named, else the one beside the trace."""
        return Path(self.catalogue) if self.catalogue else Path(self.trace).with_name("catalogue.parquet")

    @property
    def named_targets(self) -> list[str]:
        """Targets besides the default ones, one by one."""
        return [target for target in self.targets.split(",") if target]

    def flags(self) -> list[str]:
        """The plan as command-line flags of `loadtests/locustfile.py`."""
        words: list[str] = []
        for each in fields(self):
            value = getattr(self, each.name)
            if value != each.default:
                words.append(flag(each.name) if value is True else f"{flag(each.name)}={value}")
        return words


def add_flags(parser: ArgumentParser) -> None:
    """Add every setting that Locust does not have of its own (`--host`) to its command line, and so to its web page."""
    for each in fields(Plan):
        if each.name == "host":
            continue
        kind = type(each.default)
        how: dict[str, Any] = {"action": "store_true"} if kind is bool else {"type": kind}
        parser.add_argument(flag(each.name), dest=each.name, default=each.default, help=each.metadata["help"], **how)


def read_options(options: Namespace) -> Plan:
    """The plan behind Locust's parsed options. Raises `Refusal`."""
    given = {each.name: getattr(options, each.name) for each in fields(Plan)}
    return Plan(**{name: value for name, value in given.items() if value is not None})


def flag(name: str) -> str:
    """A setting's flag on the command line."""
    return "--" + {"first": "from", "last": "to", "targets": "target"}.get(
        name, name.removesuffix("_s").replace("_", "-")
    )
