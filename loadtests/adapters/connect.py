"""Connects an adapter: reads its secrets from the environment, and makes a client for each of its hosts, with pinned addresses."""

from __future__ import annotations

from collections.abc import Mapping

from loadtests.adapters.base import Adapter
from loadtests.http.client import Client
from loadtests.http.options import Wire
from loadtests.safety import Target, resolve
from sim.records.refusal import Refusal


def connect(adapter: Adapter, target: Target, wire: Wire, environment: Mapping[str, str]) -> None:
    """Give an adapter its secrets and clients. Raises `Refusal` for a missing secret, and for another host that was not allowed."""
    headers = adapter.equip(environment)
    adapter.base_url = target.base_url
    adapter.client = _client(target, wire, headers, environment)
    for name, variable in adapter.elsewhere.items():
        if not environment.get(variable):
            raise Refusal("environment", variable, f"the base URL of {adapter.name}'s host for {name}")
        other = resolve(environment[variable], variable, wire.allow_host)
        adapter.clients[name] = _client(other, wire, headers, environment)


def close(adapter: Adapter) -> None:
    """Close an adapter's connections."""
    for client in adapter.clients.values():
        client.close()


def _client(target: Target, wire: Wire, headers: dict[str, str], environment: Mapping[str, str]) -> Client:
    return Client(
        target,
        wire.timeout_s,
        headers,
        wire.ca_bundle,
        wire.certificate,
        wire.proxy,
        environment.get("RETAIL_LAB_CERTIFICATE_PASSWORD", ""),
        environment.get("RETAIL_LAB_PROXY_CREDENTIALS", ""),
        wire.allow_host,
    )
