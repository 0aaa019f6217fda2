"""`calibrate --stock FILE`: lines that stock hid are put back, and how many they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.traffic.log.reading import Reading

if TYPE_CHECKING:
    from sim.calibration.fit import Fit
    from sim.traffic.log.reader import Log


def uncensored(stock: Path, reading: Reading, log: Log, found: Fit, accept_skipped: bool) -> tuple[Fit, list[str]]:
    """The fit with wanted lines in place of sold ones, and what was corrected, a sentence each. Raises `Refusal`."""
    from sim.calibration.censored_demand import wanted_demand, with_wanted
    from sim.calibration.fitted_files import printable
    from sim.calibration.stock_table import read_stock

    table = read_stock(stock, reading, log.tickets.stores, log.code, found.first, found.days, accept_skipped)
    demand = wanted_demand(log.tickets, len(log.code), found.days, table)
    wanted = with_wanted(found, demand)
    sentences = [
        f"stock: {demand.stockout_days:,} of {demand.known_days:,} known days of a SKU ended without stock; "
        f"{demand.hidden_share:.1%} of the lines that customers wanted are not in the log",
        f"stock: {found.basket_mean:.3g} lines a ticket sold, {wanted.basket_mean:.3g} wanted; "
        f"{demand.customers_without_ticket:,.0f} customers found nothing and have no ticket",
    ]
    raised = sorted(zip(demand.lines, demand.sold, log.code, strict=True), key=lambda each: each[1] - each[0])[:3]
    most = ", ".join(
        f"{printable(code)} {sold:,} → {lines:,.0f}" for lines, sold, code in raised if lines > 1.005 * sold
    )
    if most:
        sentences.append(f"stock: most hidden, lines sold → wanted: {most}")
    if table.elsewhere or table.skipped:
        sentences.append(
            f"stock: {table.elsewhere:,} rows of other stores, SKUs or days, {table.skipped:,} that cannot be read"
        )
    return wanted, sentences
