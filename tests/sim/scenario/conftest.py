"""A small scenario on disk that tests change one thing of."""

from pathlib import Path
from textwrap import dedent

import pytest

from sim.records.profile import LEVELS

SHOP = """
start: 2026-05-16
days: 2
regions: [{code: EAST, name: East}]
stores:
  - {code: SH01, name: Xuhui, region: EAST, warehouse: WSH, customers_per_day: 600, tills: 2, opens: 8:00}
  - {code: SH02, name: Pudong, region: EAST, warehouse: WSH, customers_per_day: 700, tills: 3, roster: day}
warehouses: [{code: WSH, region: EAST}]
suppliers: [{code: FOODS, lead_time_days: 3}]
lanes:
  - {origin: WSH, destination: SH01, lead_time_days: 1}
  - {origin: WSH, destination: SH02, lead_time_days: 1}
rosters: [{roster: day, starts: 08:00, ends: 20:00, tills: 2}]
skus: {count: 20}
"""

LEVEL = {
    "requests_per_s": 5.0,
    "journeys": 100,
    "latency_s": [0.1 + level for level in LEVELS],
    "availability": 0.99,
    "availability_low": 0.98,
    "availability_high": 1.0,
}
PROFILE = {
    "source": "test",
    "measured": True,
    "journeys": {"checkout": [LEVEL], "browse": [LEVEL]},
    "outages": {"window_s": 3600.0, "gap_s": 1.0, "lengths_s": [30.0], "unavailability_high": 0.01},
}


class Folder:
    """Writes files into a folder and gives their paths."""

    def __init__(self, path: Path):
        self.path = path

    def write(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(dedent(text).encode(encoding))
        return file


@pytest.fixture
def folder(tmp_path):
    files = Folder(tmp_path)
    files.write("shop.yaml", SHOP)
    return files
