"""Numbers and findings as text."""

from __future__ import annotations

import math

from sim.records.verdict import SHARES, Difference, Finding


def percent(share: float) -> str:
    """A share in per cent, with as many digits as its distance from 0 or 1 needs: `5.2 %`, `99.96 %`, `99.896 %`."""
    if math.isnan(share):
        return "an unknown share"
    away = 100 * min(abs(share), abs(1 - share))
    size = math.floor(math.log10(away)) if away else 2
    return f"{_trim(f'{100 * share:.{max(0, -size, min(2 - size, 3))}f}')} %"


def points(share: float) -> str:
    """A difference of shares in percentage points: `0.12 percentage points`."""
    shown = _trim(f"{100 * share:,.{max(0, 1 - math.floor(math.log10(100 * abs(share))))}f}") if share else "0"
    return f"{shown} percentage point{'' if shown == '1' else 's'}"


def seconds(time_s: float) -> str:
    """A time in the unit that suits it: `12.3 ms`, `1.38 s`, `90 s`, `43.2 min`, `25 h`."""
    if math.isnan(time_s):
        return "an unknown time"
    for below, unit, scale in ((1, "ms", 1e-3), (120, "s", 1), (7200, "min", 60), (2 * 86400, "h", 3600)):
        if abs(time_s) < below:
            return f"{_digits(time_s / scale)} {unit}"
    return f"{_digits(time_s / 86400)} days"


def count(number: float, noun: str) -> str:
    """`1 request`, `5,214 requests`."""
    return f"{number:,.0f} {noun}{'' if number == 1 else 's'}"


def amount(quantity: str, value: float) -> str:
    """A value of a finding's quantity."""
    return percent(value) if quantity in SHARES else seconds(value)


def name(finding: Finding | Difference) -> str:
    """`availability`, `journey success of checkout`, `the mean response`, `the p95 response of checkout`."""
    nouns = {"availability": "availability", "journeys": "journey success"}
    noun = nouns.get(finding.quantity, f"the {finding.quantity} response")
    return noun if finding.scope == "all requests" else f"{noun} of {finding.scope}"


def bound(finding: Finding) -> str:
    """The estimate, then the bound that decides: `availability was 96.8 % (8 of 253 failed), at most 99.39 % (target 99.9 %)`."""
    target = "" if finding.target is None else f" (target {amount(finding.quantity, finding.target)})"
    if not finding.requests or (finding.quantity == "mean" and finding.estimate is None):
        return f"{name(finding)} was not measured: {finding.note}{target}"
    return f"{name(finding)} was {_measured(finding)}, {_limit(finding)}{target}"


def span(finding: Finding) -> str:
    """`between 99.7 % and 99.95 %`."""
    if finding.low is None and finding.high is None:
        return "without a bound on either side, for so few requests"
    low, high = (value if value is None else amount(finding.quantity, value) for value in (finding.low, finding.high))
    return f"at least {low}" if high is None else f"at most {high}" if low is None else f"between {low} and {high}"


def _measured(finding: Finding) -> str:
    if finding.estimate is None:
        return "longer than any answer took, for too many requests failed"
    noted = f" ({finding.note})" if finding.note else ""
    if finding.quantity in SHARES:
        noted = f" ({finding.bad:,} of {finding.requests:,} failed)"
    return f"{amount(finding.quantity, finding.estimate)}{noted}"


def _limit(finding: Finding) -> str:
    """The bound that decides a pass or a fail; both bounds where the finding is inconclusive or informs."""
    if finding.decision not in ("pass", "fail"):
        return span(finding)
    above = (finding.decision == "pass") == (finding.quantity in SHARES)
    value = finding.low if above else finding.high
    if value is None:
        return span(finding)
    return f"at {'least' if above else 'most'} {amount(finding.quantity, value)}"


def rate(per: float) -> str:
    """A rate as a number: `3,187`, `12.4`, `0.733`."""
    return f"{per:,.0f}" if per >= 100 else _digits(per)


def error(text: str) -> str:
    """An error as text; a status gets a prefix, so that it does not read as a count: `HTTP 500`, `timeout`."""
    return f"HTTP {text}" if text.isdigit() else text


def listed(parts: list[str], most: int = 4) -> str:
    """`a`, `a and b`, `a, b and 3 more`."""
    if len(parts) > most:
        parts = [*parts[: most - 1], f"{len(parts) - most + 1} more"]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def upper(text: str) -> str:
    """With its first letter as a capital."""
    return text[:1].upper() + text[1:]


def _digits(x: float) -> str:
    """Three significant digits, without an exponent."""
    return _trim(f"{x:,.{max(0, 2 - math.floor(math.log10(abs(x))))}f}") if x else "0"


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
