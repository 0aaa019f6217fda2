"""The goods that the platforms are stocked with, the same everywhere, so that their answers can be compared."""

from __future__ import annotations

LAST, GONE = "SKU-0120", "SKU-0121"
"""The SKU that has five units in all, and the one that has none."""
LOCATIONS = ("East warehouse", "West warehouse")
UNITS = (100_000, 50_000)
KINDS = ("Tea", "Rice", "Soap", "Lamp", "Scarf", "Kettle")


def goods() -> list[dict]:
    """121 goods: `sku`, `name`, `kind`, `price_cents`, and `units` at each location."""
    return [_good(f"SKU-{number:04d}", number) for number in range(1, 122)]


def _good(sku: str, number: int) -> dict:
    kind = KINDS[number % len(KINDS)]
    units = {LAST: [5, 0], GONE: [0, 0]}.get(sku, list(UNITS))
    return {
        "sku": sku,
        "name": f"{kind} {number}",
        "kind": kind,
        "price_cents": 490 + 50 * number,
        "units": units,
    }
