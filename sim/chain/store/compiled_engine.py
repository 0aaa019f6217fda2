"""The compiled engine: `ext.trading` plays the customers; here its arrays are laid out for it, a day at a time."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from ext.answers import Answers as SystemAnswers
from ext.reserve import Reserve
from ext.shelf import Shelf
from ext.trading import Trading
from sim.chain.store.engine import VISIT, DayResult, Refills, Regime, Rules, swaps
from sim.chain.store.software import Answers
from sim.clock import CELL_S, DAY_S
from sim.stock.ledger import StockLedger
from sim.traffic.day_sheet import DaySheet
from sim.traffic.quantiles import Same

_NO_SKU, _NO_UNITS = Same(-1, np.int32), Same(0, np.int32)


class CompiledEngine:
    """Plays a store's customers; see `engine.Engine` for the interface. Holds no GIL while it plays."""

    def __init__(self, rules: Rules, ledger: StockLedger):
        self.rules, self.n_skus = rules, ledger.n_skus
        shelf, physical, in_baskets, sold, unsynced, owed, returned, book = ledger.trade(rules.store)
        self.shelf = Shelf(
            shelf, physical, in_baskets, sold, unsynced, owed, returned, book, next_in_group=rules.next_in_group
        )
        self.answers = SystemAnswers()
        self.reserve = None if (rule := rules.reserve) is None else Reserve(tills=rules.tills, **vars(rule))
        self.trading = Trading(
            self.shelf,
            self.answers,
            tills=rules.tills,
            self_checkouts=rules.self_checkouts,
            line_per_till=rules.line_per_till,
            line_limit=rules.line_limit,
            self_checkout_lines=rules.self_checkout_lines,
            attribute_entry=rules.attribute_entry,
            backups=np.array(rules.backups, dtype=np.int32),
            cash=rules.cash,
            reserve=self.reserve,
        )
        # Reused: new arrays every day would cost page faults every day.
        self._visits = np.empty(0, dtype=VISIT)
        self._lines = np.empty((3 if rules.unmet == "substituted" else 1, 0), np.int32)

    def open_day(self, sheet: DaySheet, answers: Answers, regime: Regime, refills: Refills | None = None) -> None:
        """Begin a day: its customers, the system's answers and the regime it begins with."""
        rules, n = self.rules, len(sheet)
        refills = _no_refills(self.n_skus) if refills is None else refills
        promises = rules.unmet == "backordered"
        self.result = result = self._blank(n, len(sheet.line_sku), len(refills.at_s) if promises else 0)
        willing = swaps(sheet, rules)
        self.shelf.lay_out(
            sheet.line_start,
            sheet.line_sku,
            sheet.line_units,
            None if willing is None else willing.view(np.uint8),
            promises,
            result.got,
            result.substitute_sku,
            result.substituted,
            sheet.line_redo_s,
        )
        by_staff = () if (by := refills.filling) is None else (by.lines, by.fill_at, by.found.view(np.uint8))
        self.shelf.stock_up(refills.at_s, refills.capacity, result.handed_over, *by_staff)
        self.answers.load_day(
            sheet.day * DAY_S,
            CELL_S,
            answers.retry_s,
            answers.latency_s,
            answers.retry_u,
            answers.level,
            answers.weight,
            answers.failing,
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
            priority=None if sheet.priority is None else sheet.priority.view(np.uint8),
            visits=result.visits,
        )
        self.change(regime)

    def advance(self, now: float) -> None:
        """Play every customer up to an instant, s."""
        self.trading.advance(now)

    def change(self, regime: Regime) -> None:
        """Trade under another regime from now on."""
        if self.reserve is not None:
            self.reserve.hold(np.array(regime.reserve or (0.0,) * self.rules.tills))
        self.trading.change(
            regime.doors,
            regime.working,
            regime.online,
            *regime.arrays,
            clerk_factor=regime.clerk_factor,
            falls_back=regime.falls_back,
        )

    def restock(self) -> None:
        """Play a refill that is due now."""
        self.trading.restock()

    def expect(self, due_s: np.ndarray, sku: np.ndarray, units: np.ndarray) -> None:
        """Units to come onto the shelf later: float64[k] instants, int32[k] SKUs, int32[k] units."""
        self.shelf.expect(due_s, sku, units)

    def close_day(self) -> DayResult:
        """End the day and return its results."""
        self.trading.close()
        return self.result if self.reserve is None else replace(self.result, reserve_s=self.reserve.open_s)

    def _blank(self, n: int, m: int, r: int) -> DayResult:
        """Arrays for the result of a day, which the kernels clear."""
        if n > len(self._visits):
            self._visits = np.empty(n, dtype=VISIT)
        if m > self._lines.shape[1]:
            self._lines = np.empty((len(self._lines), m), np.int32)
        got, *instead = self._lines[:, :m]
        substitute_sku, substituted = instead or (_NO_SKU(m), _NO_UNITS(m))
        handed_over = np.zeros((r, self.n_skus), np.int64)
        return DayResult(self._visits[:n], got, substitute_sku, substituted, handed_over)


@cache
def _no_refills(n_skus: int) -> Refills:
    """Of a shelf that is left to its customers."""
    return Refills(np.empty(0), np.zeros(n_skus, np.int64))
