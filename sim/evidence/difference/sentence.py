"""The sentence of a comparison, and the lines that say on what it rests."""

from __future__ import annotations

from sim.evidence.difference.findings import NOT_HELD, NOT_MEASURED, amount
from sim.evidence.difference.pairing import Evidence, Sides
from sim.evidence.wording import amount as value
from sim.evidence.wording import count, listed, name, percent, rate, seconds, upper
from sim.records.load_run import LoadRun
from sim.records.verdict import SHARES, Compared, Comparison, Decision, Difference

_MOST_NAMED = 4
_LOAD_APART = 0.1
_NO_PROOF_APART = 0.01
_CHANCE = 0.1
"""Of a difference where there is none, with bounds of 95 % on both sides."""


def sentence(
    decision: Decision,
    sides: tuple[Compared, Compared],
    evidence: Evidence,
    differences: list[Difference],
    invalid: list[str],
    unsure: str,
) -> str:
    """The decision with the bounds behind it, and what else the runs were shown to differ in."""
    a, b = (f"{side} ({each.run_id})" for side, each in zip("AB", sides, strict=True))
    if decision == "invalid":
        return f"Invalid, so nothing is compared of {a} and {b}: {listed(invalid)}."
    opening = {
        "pass": f"Pass: {a} is not worse than {b} by more than the margins allow.",
        "fail": f"Fail: {a} is worse than {b} by more than the margins allow.",
        "inconclusive": f"Inconclusive: it is not decided whether {a} is worse than {b} by more than the margins allow.",
    }[decision]
    deciding = [each for each in differences if each.binding and each.decision == decision]
    deciding = deciding or [each for each in differences if each.binding]
    parts = [opening, *(f"{upper(bound(each))}." for each in deciding), "Each bound has 95 % confidence."]
    if decision == "inconclusive":
        parts.append(unsure or _more(deciding))
    return " ".join([*parts, *_shown(differences), _how(evidence)])


def bound(each: Difference) -> str:
    """Both values, then the bound that decides: `the mean response was 152 ms in A and 101 ms in B, slower by at least 48.2 ms (margin 10.1 ms)`."""
    if each.finding in (NOT_HELD, NOT_MEASURED) or each.a is None or each.b is None:
        return f"{name(each)} was {each.finding}"
    both = f"{name(each)} was {value(each.quantity, each.a)} in A and {value(each.quantity, each.b)} in B"
    margin = "" if each.margin is None else f" (margin {amount(each.quantity, each.margin)})"
    return f"{both}, {_deciding(each)}{margin}"


def span(each: Difference) -> str:
    """The interval of a difference in words: `between 2 ms faster and 31 ms slower`."""
    _, least, most = each.harm
    ends = [_sided(each.quantity, end) for end in (least, most) if end is not None]
    if len(ends) == 2:
        return f"between {ends[0]} and {ends[1]}"
    return "not bounded on both sides, for so few requests"


def lines(found: Comparison) -> list[str]:
    """What is compared, a line for each run."""
    return [
        f"{side}: {each.run_id} at {each.host}, {count(each.requests, 'request')} compared, {each.failed:,} failed, "
        f"{rate(each.requests_per_s)} requests/s"
        for side, each in zip("AB", (found.a, found.b), strict=True)
    ]


def about_load(sides: tuple[Compared, Compared]) -> list[str]:
    """That the runs were under different load, where they were."""
    per_s = sorted(each.requests_per_s for each in sides)
    if per_s[1] - per_s[0] <= _LOAD_APART * per_s[1]:
        return []
    a, b = (rate(each.requests_per_s) for each in sides)
    return [f"The load differs: {a} requests/s in A and {b} in B."]


def not_alike(
    held: Sides, common: tuple[str, ...], mixed: str, runs: tuple[LoadRun, LoadRun], no_proof: tuple[float, float]
) -> list[str]:
    """What of the two runs is not like with like, a sentence each.

    Args:
        held: all requests that count; `common`: names of the journeys that count in both.
        no_proof: share of the answers that are neither failure nor proof, by run.
    """
    said = []
    for each, side in ((held.a, "A"), (held.b, "B")):
        alone = [journey for journey in each.journeys if journey not in common and len(each.of(journey))]
        if alone:
            said.append(f"Only {side} holds {listed(alone)}: left out.")
    if mixed:
        said.append(f"{upper(mixed)}.")
    if runs[0].timeout_s != runs[1].timeout_s:
        a, b = (seconds(run.timeout_s) for run in runs)
        said.append(f"The time-outs differ, {a} in A and {b} in B: a failed request is charged the longer in both.")
    if abs(no_proof[0] - no_proof[1]) > _NO_PROOF_APART:
        a, b = (percent(share) for share in no_proof)
        said.append(f"Neither failure nor proof, and left out: {a} of the answers in A and {b} in B.")
    return said


def shown_by_chance(differences: list[Difference]) -> list[str]:
    """How many of the differences that inform would be shown where there is none."""
    informing = sum(not each.binding and each.difference is not None for each in differences)
    if not informing:
        return []
    return [
        f"Of {informing} quantities that inform, {_CHANCE * informing:.1f} would show a difference by chance between two runs of the same system."
    ]


def _deciding(each: Difference) -> str:
    _, _, most = each.harm
    if each.decision == "pass" and most is not None and most > 0:
        return f"{'lower' if each.quantity in SHARES else 'slower'} by at most {amount(each.quantity, most)}"
    return span(each) if each.decision == "inconclusive" else each.finding


def _sided(quantity: str, harm: float) -> str:
    worse, better = ("lower", "higher") if quantity in SHARES else ("slower", "faster")
    return f"{amount(quantity, abs(harm))} {worse if harm > 0 else better}"


def _shown(differences: list[Difference]) -> list[str]:
    """What informs and was shown to differ, what is worse first."""
    shown = [each for each in differences if not each.binding and " by at least " in each.finding]
    if not shown:
        return []
    shown.sort(key=lambda each: (each.harm[1] or 0.0) <= 0)
    return [f"Shown beside that: {listed([f'{name(each)} is {each.finding}' for each in shown], most=_MOST_NAMED)}."]


def _how(evidence: Evidence) -> str:
    return f"{count(evidence.pairs, 'journey')} paired by trace row." if evidence.pairs else "The runs do not pair."


def _more(deciding: list[Difference]) -> str:
    if any(each.finding == NOT_HELD for each in deciding):
        return "What one of the runs lacks cannot be decided."
    more = [each.requests_more for each in deciding if each.requests_more is not None]
    if not more or len(more) < len(deciding):
        return "It stands so close to its margin that no number of further requests can be promised to decide."
    return f"About {count(max(more), 'more request')} like these in each run would decide."
