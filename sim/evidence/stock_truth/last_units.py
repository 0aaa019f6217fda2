"""The decision of a race for the last units: oversold, not oversold, or inconclusive.

"Not oversold" requires that enough clients reached the deciding step, the units ran out, the other clients were refused by a business rule, and no
client without an answer may hold an order.
"""

from __future__ import annotations

from collections.abc import Sequence

from sim.evidence.stock_truth.reconciliation import stock_truth
from sim.evidence.wording import count, listed
from sim.records.oversell import Ending, Raced
from sim.records.verdict import Decision

SETTLED = frozenset({"accepted", "partial", "rejected"})
"""Outcomes in which the platform accepted the order, wholly or in part, or refused it by a business rule. No other protects the stock."""
HEADLINES: dict[Decision, str] = {
    "pass": "Not oversold",
    "fail": "Oversold",
    "inconclusive": "Not shown",
    "invalid": "Invalid",
}


def judge(
    skus: Sequence[Raced], endings: Sequence[Ending], units: int, decides: str
) -> tuple[Decision, str, list[str]]:
    """(decision, sentence, reasons) of a race in which every client asked for `units` of each SKU."""
    over = [sku for sku in skus if sku.oversold]
    faults = [] if over else [e for e in endings if e.outcome == "adapter_fault"]
    missing = [] if over else [*map(_own_fault, faults), *_missing(skus, endings, units, decides)]
    decision: Decision = "fail" if over else "invalid" if faults else "inconclusive" if missing else "pass"
    finding = (
        listed([_beyond(sku) for sku in over]) if over else missing[0] if missing else _protected(skus, endings, units)
    )
    reasons = [f"{_upper(each)}." for each in [*missing, *([] if missing else _beside(skus, units))]]
    if all(sku.reading for sku in skus) and (truth := stock_truth([sku.reading for sku in skus if sku.reading])):
        reasons.append(truth.sentence)
    return decision, f"{HEADLINES[decision]}: {finding}.", reasons


def _own_fault(ending: Ending) -> str:
    return f"the adapter's own code failed for {count(ending.clients, 'client')}, which tells nothing of the platform: {ending.error}"


def _beyond(sku: Raced) -> str:
    if sku.promised > sku.available_before:
        return f"{count(sku.promised, 'unit')} of {sku.sku_code} promised where {sku.available_before:,} were there ({sku.oversold:,} too many)"
    return f"the stock of {sku.sku_code} says {sku.available_after:,}"


def _protected(skus: Sequence[Raced], endings: Sequence[Ending], units: int) -> str:
    sold = listed(
        [
            f"{sku.promised:,} of {count(sku.available_before, 'unit')} of {sku.sku_code}"
            for sku in skus
            if sku.left < units
        ]
    )
    served = sum(e.clients for e in endings if e.outcome in ("accepted", "partial"))
    refused = sum(e.clients for e in endings if e.outcome == "rejected")
    return f"{sold} promised to {count(served, 'client')}, {count(refused, 'client')} refused"


def _missing(skus: Sequence[Raced], endings: Sequence[Ending], units: int, decides: str) -> list[str]:
    """Reasons why the race does not show that nothing was oversold, most important first; empty where it does."""
    total = sum(e.clients for e in endings)
    came = sum(e.clients for e in endings if e.decided)
    if not came:
        return [f"no client came to the step that decides ({decides}){_failures(endings)}"]
    doubt = [sku for sku in skus if sku.in_doubt and sku.promised + sku.in_doubt > sku.available_before]
    reasons = []
    if doubt:
        clients = sum(e.clients for e in endings if e.in_doubt)
        reasons.append(
            f"{count(clients, 'client')} may hold {'an order' if clients == 1 else 'orders'} of which no answer tells: beside "
            f"{doubt[0].promised:,} units promised, up to {doubt[0].in_doubt:,} more of the {doubt[0].available_before:,} of {doubt[0].sku_code}"
            f"{_failures(endings)}"
        )
    few = [sku for sku in skus if sku.asked <= sku.available_before]
    if len(few) == len(skus):
        settled = sum(e.clients for e in endings if e.decided and e.outcome in SETTLED)
        reasons.append(
            f"{settled} of {count(total, 'client')} came to the step that decides ({decides}) and were accepted or refused there, for "
            f"{count(few[0].asked, 'unit')} of {few[0].sku_code}: no more than the {few[0].available_before:,} there were{_failures(endings)}"
        )
    elif all(sku.left >= units for sku in skus):
        reasons.append(
            f"clients were refused while {count(skus[0].left, 'unit')} of {skus[0].sku_code} were still unpromised, enough for another order: "
            "the refusals do not tell that the stock is guarded"
        )
    if any(sku.available_after is None for sku in skus):
        reasons.append("the stock could not be read after the race")
    lost = [
        sku
        for sku in skus
        if sku.available_after is not None and sku.available_before - sku.available_after < sku.promised
    ]
    if lost and (after := lost[0].available_after) is not None:
        reasons.append(
            f"{count(lost[0].promised, 'unit')} of {lost[0].sku_code} were promised and the stock fell by "
            f"{lost[0].available_before - after:,}: what was there to sell is not known"
        )
    return reasons


def _failures(endings: Sequence[Ending]) -> str:
    """The outcomes outside `SETTLED`, most frequent first."""
    unsettled = sorted((e for e in endings if e.outcome not in SETTLED), key=lambda e: -e.clients)
    return f" ({listed([f'{e.clients:,} {e.text}' for e in unsettled])})" if unsettled else ""


def _beside(skus: Sequence[Raced], units: int) -> list[str]:
    return [
        f"{sku.sku_code} was not put to the test: {sku.left:,} of its {count(sku.available_before, 'unit')} were left"
        for sku in skus
        if not sku.oversold and sku.left >= units
    ]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
