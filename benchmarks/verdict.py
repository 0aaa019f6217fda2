"""How often a verdict is wrong, and how often it decides: simulated windows of a system whose truth is known.

A share of bad requests is held against 99.9 %. Failures are independent, or come in bursts (a geometric number of failures, mean 10, in
which a fifth of the requests fail). Beside each rate stands what the exact test alone would do, which takes every request as independent.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from _figures import write

from sim.evidence.statistics.intervals import share_high
from sim.evidence.statistics.rules import ONE_LOOK, Rules
from sim.evidence.statistics.shares import share
from sim.evidence.verdict.interim_looks import declare, rules

ALLOWED = 0.001
SPACING_S = 0.02
INCIDENT_S = 0.2
"""Declared to the looks: ten requests."""

Draw = Callable[[np.random.Generator, int], np.ndarray]


def independent(share_bad: float) -> Draw:
    return lambda rng, n: rng.random(n) < share_bad


def bursts(share_bad: float, mean_size: float = 10, inside: float = 0.2) -> Draw:
    """Bursts at random instants: geometric numbers of failures, each request inside a burst failing with probability `inside`."""

    def draw(rng: np.random.Generator, n: int) -> np.ndarray:
        bad = np.zeros(n, dtype=bool)
        for start in rng.integers(0, n, rng.poisson(n * share_bad / mean_size)):
            bad[(start + np.cumsum(rng.geometric(inside, rng.geometric(1 / mean_size)))) % n] = True
        return bad

    return draw


def one_look(t: np.ndarray, bad: np.ndarray) -> tuple[str, str]:
    """Decision by the lab, and by the exact test on independent requests."""
    naive = "pass" if share_high(np.count_nonzero(bad), len(bad)) <= ALLOWED else "not"
    return share(t, bad, ALLOWED).decide(ALLOWED), naive


def five_looks(t: np.ndarray, bad: np.ndarray) -> tuple[str, str]:
    """First decision of any of the declared looks, and whether any look would pass that took itself for the only one."""
    looks = declare(len(t) * SPACING_S, 0.0, INCIDENT_S)
    ends = np.searchsorted(t, looks.at_s)

    def first(strictness: Rules) -> str:
        decisions = (share(t[:n], bad[:n], ALLOWED, strictness).decide(ALLOWED) for n in ends)
        return next((decision for decision in decisions if decision != "inconclusive"), "inconclusive")

    return first(rules(looks)), first(ONE_LOOK)


CASES = {
    "false pass, one look, independent": (one_look, independent(0.001), 200_000, "pass", "<= 0.07"),
    "false pass, one look, bursts": (one_look, bursts(0.001), 200_000, "pass", "<= 0.08"),
    "false pass, five looks, independent": (five_looks, independent(0.001), 200_000, "pass", "<= 0.07"),
    "false pass, five looks, bursts": (five_looks, bursts(0.001), 200_000, "pass", "<= 0.07"),
    "false fail, one look, independent": (one_look, independent(0.001), 200_000, "fail", "<= 0.07"),
    "pass of a true 99.97 %, n = 50,000": (one_look, independent(0.0003), 50_000, "pass", ">= 0.9"),
    "fail of a true 99.7 %, n = 50,000": (one_look, independent(0.003), 50_000, "fail", ">= 0.9"),
    "pass of a true 99.99 %, five looks": (five_looks, independent(0.0001), 200_000, "pass", ">= 0.9"),
    "fail of a true 99.5 %, five looks, bursts": (five_looks, bursts(0.005), 200_000, "fail", ">= 0.9"),
}


def rate(case: tuple, runs: int) -> tuple[float, float]:
    """How often the lab, and the naive way, decide so."""
    method, draw, n, decision, _ = case
    rng, t = np.random.default_rng(20260801), np.arange(n) * SPACING_S
    found = [method(t, draw(rng, n)) for _ in range(runs)]
    return float(np.mean([lab == decision for lab, _ in found])), float(
        np.mean([naive == decision for _, naive in found])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    runs, figures = 40 if asked.quick else 2000, {}
    print(f"{'':<44}{'lab':>8}{'naive':>8}   goal      ({runs:,} windows each)")
    for name, case in CASES.items():
        lab, naive = rate(case, runs)
        goal = case[-1]
        known = case[3] == "pass"
        print(f"{name:<44}{lab:>8.3f}{naive if known else float('nan'):>8.3f}   {goal}")
        figures[name] = {"value": lab, "unit": "share of windows", "goal": goal}
        if known:
            figures[f"{name}: every request and look for itself"] = {
                "value": naive,
                "unit": "share of windows",
                "goal": "",
            }
    write(figures, asked.json)


if __name__ == "__main__":
    main()
