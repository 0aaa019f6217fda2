"""Describes a replay before it runs: as text lines for a terminal, and as a page for the owners of the API."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from loadtests.planning.dry_run import Steps, sketch
from loadtests.planning.plan import Plan
from loadtests.planning.prepare import Prepared, deal
from loadtests.planning.schedule import busiest
from loadtests.safety import ErrorStop
from sim.evidence.wording import count, seconds

_NUMBERS = re.compile(r"(?<=[/=])[^/=&?{}]*\d[^/=&?{}]*")


def outline(plan: Plan, ready: Prepared, workers: int) -> list[str]:
    """What would be sent, as lines for a terminal. Raises `Refusal` where a secret is missing, as the run itself would."""
    adapter = ready.adapter(ready.shelf, "dry-run")
    adapter.equip(os.environ)
    sketched = sketch(adapter, ready.planned)
    lines = [*rates(plan, ready, workers, sketched)]
    for journey, number in _journeys(ready).most_common():
        steps = sketched[journey]
        lines.append(
            f"{number:,} × {journey}: {_between(steps.fewest, steps.most)} requests each, "
            f"{_between(*_per_s(ready, number, steps))} requests/s, such as"
        )
        named = zip(steps.names, steps.requests, strict=False)
        lines += [f"    {name:<10} {request[:150]}" for name, request in named]
        lines += [f"    {steps.unseen}"] if steps.unseen else []
    if ready.not_covered:
        lines.append(
            f"not covered, so not sent: {', '.join(f'{n:,} {name}' for name, n in sorted(ready.not_covered.items()))}"
        )
    return lines


def rates(plan: Plan, ready: Prepared, workers: int, sketched: Mapping[str, Steps]) -> list[str]:
    """Three lines: the target, the duration and rates, and the stop rule. `sketched`: the steps of each journey."""
    at_s = ready.planned["at_s"].to_numpy()
    each = [_per_s(ready, number, sketched[journey]) for journey, number in _journeys(ready).items()]
    whole = _between(*(sum(bounds) for bounds in zip(*each, strict=True)))
    more = (
        " or more: some steps depend on what the API answers"
        if any(steps.unseen for steps in sketched.values())
        else ""
    )
    return [
        f"{ready.target.scheme}://{ready.target.authority}{ready.target.base_path} ({', '.join(ready.target.addresses)})",
        f"{count(len(at_s), 'journey')} in {seconds(ready.length_s)}: {len(at_s) / ready.length_s:.3g}/s on average, {busiest(at_s, 1.0):,} in the "
        f"busiest second (cap {plan.rate_cap:g}), at most {deal(ready.planned, workers).pool:,} under way at once, about {whole} requests/s{more}",
        ErrorStop(plan.error_ratio).rule,
    ]


def _journeys(ready: Prepared) -> Counter[str]:
    return Counter(ready.planned["journey"].cast(pa.string()).to_pylist())


def _per_s(ready: Prepared, number: int, steps: Steps) -> tuple[float, float]:
    """Requests/s of a journey, at least and at most."""
    return number * steps.fewest / ready.length_s, number * steps.most / ready.length_s


def _between(low: float, high: float) -> str:
    few, many = f"{low:.3g}", f"{high:.3g}"
    return many if few == many else f"{few} to {many}"


def announcement(plan: Plan, ready: Prepared, workers: int, starts: str) -> str:
    """A page in Markdown for the owners of an API: when, how much, which endpoints, what stops it, how to know and undo it."""
    adapter = ready.adapter(ready.shelf, "announcement")
    adapter.equip(os.environ)
    sketched = sketch(adapter, ready.planned)
    where, how_fast, abort = rates(plan, ready, workers, sketched)
    orders = ready.planned["journey"].cast(pa.string()).to_pylist().count("checkout")
    calls = sorted(
        {
            _NUMBERS.sub("{…}", " ".join(request.split(" ")[:2]))
            for steps in sketched.values()
            for request in steps.requests
        }
    )
    unseen = [f"- of {journey}: {steps.unseen}" for journey, steps in sketched.items() if steps.unseen]
    undone = (
        "cancelled right after the test"
        if plan.cancel_orders
        else "listed in a file by their ids after the test, and not cancelled"
    )
    endpoints = "\n".join([*(f"- `{call}`" for call in calls), *unseen])
    return f"""# Load test of {ready.target.authority}

| | |
| --- | --- |
| target | {where} |
| starts | {starts or "to be agreed"} |
| lasts | {seconds(ready.length_s)}, and up to a minute of clearing up |
| load | {how_fast} |
| orders | about {orders:,}; {undone} |
| stops by itself | {abort} |
| stops by hand | whoever runs it presses Ctrl-C; no request is sent from then on |
| how to know it | header `User-Agent: retail-lab`, and one `X-Run-Id` for the whole run |
| who runs it, and how to reach them | |

Load arrives as shoppers do, at instants fixed beforehand: it does not slow down when the API does.
Redirects are not followed, and no other host is asked.

## Endpoints

{endpoints}

## Asked of the owners

- Is this window free of releases, backups and other tests?
- Which rate limits, firewalls or bot rules would take this for an attack?
- Do orders in this environment send e-mail, charge cards or reach a warehouse? Made-up customers and no real payment data are used.
"""
