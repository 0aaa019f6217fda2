"""Numbers and findings as a person would say them aloud."""

from __future__ import annotations

import math

from sim.records.verdict import Finding


def percent(share: float) -> str:
    """A share in per cent, with as many digits as its distance from 0 or 1 needs: `5.2 %`, `99.96 %`, `99.896 %`."""
    away = 100 * min(abs(share), abs(1 - share))
    size = math.floor(math.log10(away)) if away else 2
    return f"{_trim(f'{100 * share:.{max(0, -size, min(2 - size, 3))}f}')} %"


def seconds(time_s: float) -> str:
    """A time in the unit that suits it: `12.3 ms`, `1.38 s`, `90 s`, `43.2 min`, `25 h`."""
    for below, unit, scale in ((1, "ms", 1e-3), (120, "s", 1), (7200, "min", 60), (2 * 86400, "h", 3600)):
        if abs(time_s) < below:
            return f"{_digits(time_s / scale)} {unit}"
    return f"{_digits(time_s / 86400)} days"


def count(number: float, noun: str) -> str:
    """`1 request`, `5,214 requests`."""
    return f"{number:,.0f} {noun}{'' if number == 1 else 's'}"


def amount(quantity: str, value: float) -> str:
    """A value of a finding's quantity."""
    return percent(value) if quantity == "availability" else seconds(value)


def name(finding: Finding) -> str:
    """`availability`, `the mean response`, `the p95 response of checkout`."""
    noun = finding.quantity if finding.quantity == "availability" else f"the {finding.quantity} response"
    return noun if finding.scope == "all requests" else f"{noun} of {finding.scope}"


def bound(finding: Finding) -> str:
    """What a finding says of its quantity, with the bound that decided it: `availability is at least 99.94 % (target 99.9 %)`."""
    target = f"target {amount(finding.quantity, finding.target)}"
    above = (finding.decision == "pass") == (finding.quantity == "availability")
    value = finding.low if above else finding.high
    if finding.decision == "inconclusive":
        return f"{name(finding)} lies {span(finding)} ({target})"
    return f"{name(finding)} is at {'least' if above else 'most'} {amount(finding.quantity, value)} ({target})"


def span(finding: Finding) -> str:
    """`between 99.7 % and 99.95 %`."""
    if finding.low is None:
        return "anywhere, as far as so few requests can say"
    low = amount(finding.quantity, finding.low)
    return f"above {low}" if finding.high is None else f"between {low} and {amount(finding.quantity, finding.high)}"


def listed(parts: list[str], most: int = 4) -> str:
    """`a`, `a and b`, `a, b and 3 more`."""
    if len(parts) > most:
        parts = [*parts[: most - 1], f"{len(parts) - most + 1} more"]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _digits(x: float) -> str:
    """Three significant digits, without an exponent."""
    return _trim(f"{x:,.{max(0, 2 - math.floor(math.log10(abs(x))))}f}") if x else "0"


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
