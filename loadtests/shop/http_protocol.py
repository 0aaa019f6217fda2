"""An HTTP protocol that sends each answer at once.

A worker's listening socket comes from its parent without a protocol number, so asyncio leaves Nagle's algorithm on; together with delayed
acknowledgements that would add 40 ms to every answer, more than the times a load test measures.
"""

from __future__ import annotations

import socket
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

_Protocol: Any = AutoHTTPProtocol


class Prompt(_Protocol):
    """uvicorn's HTTP protocol without Nagle's delay."""

    def connection_made(self, transport: Any) -> None:
        """Send small answers at once (TCP_NODELAY)."""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
