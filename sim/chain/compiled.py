"""The compiled engine: `ext.trading` plays the customers; here its arrays are laid out for it, a day at a time."""

from __future__ import annotations

import numpy as np

from ext.shelf import Shelf
from ext.trading import Trading
from sim.chain.engine import DayResult, Regime, Rules, swaps
from sim.chain.system import Answers
from sim.clock import CELL_S, DAY_S
from sim.stock.ledger import StockLedger
from sim.traffic.day import DaySheet


class CompiledEngine:
    """Plays a store's customers; see `engine.Engine` for the seam. Holds no GIL while it plays."""

    def __init__(self, rules: Rules, ledger: StockLedger):
        self.rules = rules
        self.shelf = Shelf(*ledger.trade(rules.store), rules.next_in_group)
        self.trading = Trading(
            self.shelf,
            tills=rules.tills,
            self_checkouts=rules.self_checkouts,
            line_per_till=rules.line_per_till,
            line_limit=rules.line_limit,
            self_checkout_lines=rules.self_checkout_lines,
            attribute_entry=rules.attribute_entry,
            backups=np.array(rules.backups, dtype=np.int32),
            cash=rules.cash,
        )

    def open_day(self, sheet: DaySheet, answers: Answers, regime: Regime) -> None:
        rules, n, m = self.rules, len(sheet), len(sheet.line_sku)
        joined_s, started_s, ended_s = np.full((3, n), np.nan)
        self.result = result = DayResult(
            fate=np.full(n, -1, dtype=np.int8),
            joined_s=joined_s,
            started_s=started_s,
            ended_s=ended_s,
            till=np.full(n, -1, dtype=np.int16),
            channel=np.full(n, -1, dtype=np.int8),
            system_s=np.zeros(n),
            attribute_s=np.zeros(n),
            offline=np.zeros(n, dtype=np.bool_),
            got=np.zeros(m, dtype=np.int32),
            substitute_sku=np.full(m, -1, dtype=np.int32),
            substituted=np.zeros(m, dtype=np.int32),
        )
        willing = swaps(sheet, rules)
        self.shelf.lay_out(
            sheet.line_start,
            sheet.line_sku,
            sheet.line_units,
            None if willing is None else willing.view(np.uint8),
            rules.unmet == "backordered",
            result.got,
            result.substitute_sku,
            result.substituted,
        )
        self.trading.open(
            sheet.day * DAY_S,
            arrival_s=sheet.arrival_s,
            shopping_s=sheet.shopping_s,
            patience_s=sheet.patience_s,
            fixed_s=sheet.fixed_s,
            item_s=sheet.item_s,
            attribute_s=sheet.attribute_s,
            channel=sheet.channel,
            pay_s=sheet.pay_s,
            has_cash=sheet.has_cash.view(np.uint8),
            self_checkout_u=sheet.self_checkout_u,
            cell_s=CELL_S,
            retry_s=answers.retry_s,
            latency_s=answers.latency_s,
            retry_u=answers.retry_u,
            level=answers.level,
            weight=answers.weight,
            failing=answers.failing,
            fate=result.fate,
            joined_s=result.joined_s,
            started_s=result.started_s,
            ended_s=result.ended_s,
            till=result.till,
            paid_by=result.channel,
            system_s=result.system_s,
            entry_s=result.attribute_s,
            offline=result.offline.view(np.uint8),
        )
        self.change(regime)

    def advance(self, now: float) -> None:
        self.trading.advance(now)

    def change(self, regime: Regime) -> None:
        self.trading.change(
            regime.doors,
            regime.working,
            regime.online,
            np.array(regime.channels, dtype=np.uint8),
            np.array(regime.factors, dtype=np.float64),
            np.array(regime.broken, dtype=np.uint8),
        )

    def close_day(self) -> DayResult:
        self.trading.close()
        return self.result
