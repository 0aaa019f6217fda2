"""How a store trades: shopping, lines, tills, payment, what a customer does when something is missing. docs/trading.md gives the rules."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.scenario.sections.distributions import Constant, Gamma, Lognormal, VaryingDays, VaryingSeconds
from sim.scenario.sections.section import SPARE, Code, Seconds, Section, Share, Within


class PaymentChannel(Section):
    """A way to pay."""

    name: Code
    share: Share
    """Of customers whose first choice it is."""
    pays_s: VaryingSeconds
    backup: bool = False
    """Takes over from a channel that is down where the system has a backup payment channel."""


class ReserveTills(Section):
    """When staff of the shifts' `reserve_tills` open a till, and when they leave it again. Lines are those of tills."""

    open_above: Annotated[float, Within(0, 10_000, "customers/till")]
    """One more till opens where more customers stand in line by till that is open, or about to open."""
    close_at: Annotated[float, Within(0, 10_000, "customers/till")] = 0.0
    """It closes after a ticket when at most so many stand in line by till that stays open; 0: when the lines are empty."""
    opens_s: Seconds = 60.0
    """Until staff are at the till."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.close_at > self.open_above:
            raise ValueError("close_at of open_above at most: else a till that opens closes at once")
        return self


class Trading(Section):
    """How customers shop, wait, pay and take substitutes."""

    shopping_s: VaryingSeconds = Lognormal(distribution="lognormal", mean=900.0, cv=0.5)
    patience_s: VaryingSeconds | None = Gamma(distribution="gamma", mean=660.0, cv=0.577)
    """Longest wait in the line before a customer leaves; None: without end. By default Erlang's distribution of three phases, whose
    density is 0 at 0; docs/trading.md, 6, gives its sources."""
    queue: Literal["one_line", "line_per_till"] = "one_line"
    line_limit: Annotated[int, Within(0, 10**6, "customers")] | None = None
    """Customers that may stand in line at once (per till, where each has its own); one more turns away."""
    priority_share: Annotated[Share, SPARE] = 0.0
    """Customers of the priority class (members, the elderly, those who fetch an online order): in a line they stand before the others."""
    reserve: Annotated[ReserveTills | None, SPARE] = None
    """Tills that open when lines are long, and close again; None: a roster's tills alone."""
    fixed_s: VaryingSeconds = Lognormal(distribution="lognormal", mean=12.0, cv=0.4)
    item_s: VaryingSeconds = Lognormal(distribution="lognormal", mean=2.6, cv=0.3)
    """Per unit, drawn once a customer; a till's proficiency is a factor on it."""
    attribute_entry_s: VaryingSeconds = Constant(value=4)
    """Per SKU of the ticket, where the system asks for attributes."""
    self_checkout_lines: Annotated[int, Within(0, 1_000_000, "lines")] = 8
    """Largest basket, in lines, that may use a self-checkout."""
    self_checkout_item_factor: Annotated[float, Within(0.01, 100)] = 1.6
    payments: Annotated[list[PaymentChannel], Field(min_length=1)] = [
        PaymentChannel(name="mobile", share=0.82, pays_s=Constant(value=6)),
        PaymentChannel(name="card", share=0.10, pays_s=Constant(value=14), backup=True),
        PaymentChannel(name="cash", share=0.08, pays_s=Constant(value=20)),
    ]
    cash_holders: Share = 0.35
    """Customers who can pay cash when their channel is down and no backup stands in."""
    unmet: Literal["lost", "backordered", "substituted"] = "lost"
    substitution_share: Share = 0.45
    """Where unmet demand is substituted: lines whose customer takes another SKU of the group."""
    retry_s: Seconds = 5.0
    """Until a clerk repeats a journey that failed."""
    wait_target_s: Seconds = 300.0
    """Waits longer than this are counted (`waits_over_target`)."""
    return_share: Share = 0.01
    """Tickets that come back, whole, `return_after_days` later."""
    return_after_days: VaryingDays = Constant(value=3)
    return_unsaleable_share: Annotated[Share, SPARE] = 0
    """Units brought back that cannot be sold again and are written off; the others are sold as new."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        if abs(sum(channel.share for channel in self.payments) - 1) > 1e-6:
            raise ValueError("payment shares that add up to 1")
        return self
