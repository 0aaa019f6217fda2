"""A small chain of one's own from a few numbers: one short scenario file to read and to change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from sim.workbook.completion import HOUR_SHARES, LANE_DAYS, SUPPLIER_DAYS, WEEKDAY_FACTORS


@dataclass(frozen=True)
class SmallChain:
    """What is asked of a person."""

    name: str
    stores: int
    customers: float
    """A day, of each store."""
    tills: int
    self_checkouts: int
    region: str
    opens: time
    closes: time
    skus: int
    currency: str
    start: date
    days: int

    def text(self) -> str:
        """The scenario as YAML with comments; it extends nothing."""
        code = "R1" if not self.region.isascii() or not self.region.replace("-", "").isalnum() else self.region
        width = max(2, len(str(self.stores)))
        codes = [f"S{n:0{width}d}" for n in range(1, self.stores + 1)]
        lines = [
            f"# {self.name}: a small chain to begin with. Run: retail-lab run {self.name}.yaml",
            "# Every number is an assumption until a source stands behind it; each run lists them. Tables of your own may take the place of the",
            "# lists: stores: {table: stores.xlsx}. `retail-lab schema` has every field.",
            f"start: {self.start}",
            f"days: {self.days}",
            f"currency: {self.currency}",
            "seed: 1  # the same seed, the same customers",
            "",
            "regions:",
            f"  - {{code: {code}, name: {_quoted(self.region)}}}",
            "stores:  # customers_per_day: mean of a year, before weekdays and holidays",
            *(
                f"  - {{code: {store}, region: {code}, warehouse: WH1, customers_per_day: {self.customers:g}, tills: {self.tills}, "
                f'self_checkouts: {self.self_checkouts}, opens: "{self.opens:%H:%M}", closes: "{self.closes:%H:%M}"}}'
                for store in codes
            ),
            "warehouses:",
            f"  - {{code: WH1, region: {code}, docks: 2, pickers: {max(2, self.stores)}}}",
            "suppliers:  # lead time from order to delivery, days",
            f"  - {{code: SUP1, lead_time_days: {SUPPLIER_DAYS}}}",
            "lanes:  # how long a delivery takes",
            *(
                f"  - {{origin: WH1, destination: {store}, lead_time_days: {LANE_DAYS}, distance_km: 30}}"
                for store in codes
            ),
            f"skus: {{count: {self.skus}}}  # made by rule; a list of your own: skus: {{table: skus.csv}}",
            "",
            "traffic:  # `retail-lab calibrate` fits it to your own tickets",
            f"  weekday_factors: {WEEKDAY_FACTORS}  # Monday first",
            f"  hour_shares: {HOUR_SHARES}  # weights of the hours from 0 to 23",
        ]
        return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
