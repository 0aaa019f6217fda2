"""The files of fitted times: a layer for `calibrated: [...]` in a scenario, with the source of each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from sim.calibration.fitted_files import printable
from sim.calibration.times.jackknife import Estimate
from sim.calibration.times.service_sheet import Journal
from sim.calibration.times.service_times import Payment, ServiceFit
from sim.records.atomic_files import whole
from sim.scenario.sections.distributions import Lognormal, Varying
from sim.scenario.sections.trading import Trading

_DEFAULT = Trading().payments


def write_layer(path: Path, kind: str, title: str, tree: Mapping[str, object], comments: Sequence[str] = ()) -> None:
    """Write sections and their sources under a heading that says where they came from and how a scenario takes them."""
    lines = [
        f"Calibrated by `retail-lab calibrate --kind {kind}` from {title}.",
        f"Name it in a scenario: calibrated: [{path.name}]",
        *comments,
    ]
    text = yaml.safe_dump(dict(tree), sort_keys=False, default_flow_style=None, allow_unicode=True, width=120)
    with whole(path) as aside:
        aside.write_text("".join(f"# {printable(line)}\n" for line in lines) + text, encoding="utf-8")


def plain(value: Varying) -> object:
    """A distribution as a scenario writes it; a number alone where it does not vary."""
    return value.mean if value.distribution == "constant" else value.model_dump(mode="json")


def source(title: str, detail: str) -> dict[str, str]:
    """A calibrated source."""
    return {"kind": "calibrated", "source": f"{title}; {detail}"}


def interval(estimate: Estimate, unit: str) -> str:
    """An interval in words."""
    return f"mean {estimate.value:.3g}{unit and f' {unit}'}, 95 % interval {estimate.low:.3g} to {estimate.high:.3g}"


def service_title(journal: Journal, found: ServiceFit) -> str:
    """Table, tickets and days of a journal."""
    days = f", {journal.first} to {journal.last}" if journal.first else ""
    return f"{printable(journal.rows.file.name)}: {found.tickets:,} tickets{days}"


def service_layer(title: str, found: ServiceFit) -> dict[str, object]:
    """`trading` as fitted, with its sources.

    Where payment was not timed it is part of the ticket's fixed time: of all channels where the journal has none, else of the fastest.
    """
    trading: dict[str, object] = {"fixed_s": plain(found.fixed), "item_s": plain(found.item)}
    sources = {
        "trading.fixed_s": source(title, interval(found.fixed_s, "s")),
        "trading.item_s": source(title, interval(found.item_s, "s")),
    }
    if found.self_factor:
        trading["self_checkout_item_factor"] = round(found.self_factor.value, 3)
        detail = f"{found.self_tickets:,} tickets at self-checkouts, {interval(found.self_factor, '')}"
        sources["trading.self_checkout_item_factor"] = source(title, detail)
    if found.payments and not found.payments[0].code:
        trading["payments"] = {"*": {"pays_s": _pays(found.payments[0])}}
        sources["trading.payments.pays_s"] = source(title, interval(found.payments[0].pays_s, "s"))
    elif found.payments:
        trading["payments"] = _payments(found)
        sources["trading.payments.share"] = source(title, "shares of its tickets")
        detail = (
            "payments that were timed"
            if found.payment_timed
            else "difference from the fastest channel, whose time is in fixed_s"
        )
        sources["trading.payments.pays_s"] = source(title, detail)
    else:
        trading["payments"] = {"*": {"pays_s": 0}}
        sources["trading.payments.pays_s"] = source(title, "payment is part of fixed_s")
    return {"trading": trading, "sources": sources}


def _payments(found: ServiceFit) -> list[dict[str, object]]:
    """All channels, those of the lab's own that the journal lacks with no share: faults may name them."""
    own = {channel.name: channel for channel in _DEFAULT}
    rest = [channel for name, channel in own.items() if name not in {payment.code for payment in found.payments}]
    shares = _shares(found.payments)
    listed: list[dict[str, object]] = [
        {"name": payment.code, "share": share, "pays_s": _pays(payment)}
        | ({"backup": True} if payment.code in own and own[payment.code].backup else {})
        for payment, share in zip(found.payments, shares, strict=True)
    ]
    return listed + [channel.model_dump(mode="json") | {"share": 0.0} for channel in rest]


def _shares(payments: Sequence[Payment]) -> list[float]:
    """Shares of four digits that add up to 1: the largest takes what rounding leaves."""
    shares = [round(payment.share, 4) for payment in payments]
    largest = shares.index(max(shares))
    shares[largest] = round(1 - sum(shares[:largest] + shares[largest + 1 :]), 4)
    return shares


def _pays(payment: Payment) -> object:
    mean = max(payment.pays_s.value, 0.0)
    if payment.cv < 1e-3 or mean <= 0:
        return round(mean, 2)
    return plain(Lognormal(distribution="lognormal", mean=round(mean, 2), cv=round(payment.cv, 3)))
