"""The commands for planners: replenishment policies compared, and their parameters searched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from sim.cli.commands.chain import AllowCode, Jobs, OnCluster, Out, Overrides, ScenarioFile, Yes, afford
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.help.examples import examples
from sim.cli.interruption import going_on

if TYPE_CHECKING:
    from sim.study.workers import Workers


class PoliciesByName(TyperCommand):
    """A command whose help names the policies that are entered for it; they are read where its options are, not where the command is listed."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options, `{named}` and `{searched}` in their help written out."""
        from sim.scenario.sections.policies import NAMED, SEARCHED

        params = super().get_params(ctx)
        for option in params:
            text = str(getattr(option, "help", None) or "")
            for mark, names in (("{named}", NAMED), ("{searched}", SEARCHED)):
                if mark in text:
                    vars(option)["help"] = text.replace(mark, ", ".join(names))
        return params


@examples(
    "replenish chain-50 --policies min_max,base_stock --jobs 2",
    "replenish chain-50 --optimise days_of_cover --budget 24",
)
@exporting
def replenish(
    scenario: ScenarioFile,
    policies: Annotated[
        str,
        typer.Option(
            help="Names (as_is, {named}) or scenario files that extend this one and change its replenishment, with commas; "
            "others are held against the first."
        ),
    ] = "as_is,base_stock,days_of_cover,fill_rate",
    overrides: Overrides = [],  # noqa: B006 (typer copies it)
    replications: Annotated[int, typer.Option(min=2, max=100_000, help="Replications of each.")] = 5,
    optimise: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="Search parameters by SKU class: one of {searched}.",
        ),
    ] = None,
    move: Annotated[str, typer.Option(help="Whose: stores, warehouses, or both with a comma.")] = "stores",
    budget: Annotated[int, typer.Option(min=6, max=100_000, help="Replications that the search may play.")] = 48,
    holding_per_year: Annotated[float, typer.Option(min=0, max=1_000, help="Of stock value; for the search.")] = 0.25,
    line_cost: Annotated[
        float, typer.Option(min=0, max=1e9, help="Currency a SKU line ordered; for the search.")
    ] = 0.3,
    jobs: Jobs = 1,
    cluster: OnCluster = None,
    out: Out = Path("runs"),
    yes: Yes = False,
    allow_code: AllowCode = False,
    exports: Exports = NONE_ASKED,
) -> None:
    """Play the same demand under several replenishment policies, and hold them against the first."""
    from sim.cli.console import console, policy_table, progress_bar, say_backtest, say_warnings
    from sim.cli.study_results import of_policies
    from sim.records.outcome import read_manifest
    from sim.report.frontier import frontier
    from sim.scenario.loader import load
    from sim.study.cost import estimate
    from sim.study.replenish import advice, advised, against_first, levels, play, run_in, variant
    from sim.study.workers import workers

    exports.admit(scenario)
    names = [name.strip() for name in policies.split(",") if name.strip()]
    flags = [*overrides, f"replications={replications}"]
    variants = [run_in(variant(scenario, name, flags, allow_code=allow_code)) for name in names]
    with workers(jobs, cluster) as those:
        costs = [estimate(each, jobs=those) for each in variants]
        if optimise:
            searched = run_in(load(scenario, overrides, allow_code=allow_code))
            costs.append(estimate(searched, replications=budget, jobs=those))
        afford(costs, out, yes, scenario)
        if optimise:
            prices = (holding_per_year, line_cost)
            names.append(_searched(scenario, optimise, move, overrides, budget, prices, those, out, allow_code))
        kept = f"runs of policies are kept in {out}: the same command plays those that were done again, and goes on with the one under way"
        with going_on(kept), progress_bar("playing policies", those.count) as progress:
            played = play(scenario, names, flags, out, jobs=those, progress=progress, allow_code=allow_code)
    first = played[0].scenario
    console.print(f"from {first.start} on; what counts begins after {first.warmup_days} days", highlight=False)
    currency = first.currency
    differences = against_first(played)
    console.print(policy_table([one.name for one in played], differences, currency, replications))
    console.print(advice(played), highlight=False)
    picture = out / f"{played[0].scenario.name}-frontier.svg"
    best = advised(played)
    frontier(levels(played), currency, picture, best[0] if best else None)
    say_warnings(*(read_manifest(one.folder) for one in played))
    say_backtest(*(one.folder for one in played))
    console.print(f"frontier: {picture}", highlight=False)
    exports.write(lambda lang: of_policies(played, lang))


def _searched(
    scenario: Path,
    kind: str,
    move: str,
    overrides: Sequence[str],
    budget: int,
    prices: tuple[float, float],
    jobs: Workers,
    out: Path,
    allow_code: bool,
) -> str:
    """Search, print the result, and write it as a scenario file that extends the one searched; returns its name."""
    import os

    from sim.cli.console import console, progress_bar
    from sim.records.atomic_files import whole
    from sim.records.refusal import Refusal
    from sim.scenario.loader import load
    from sim.scenario.shipped import find
    from sim.study.search import FLOORS, KINDS, Prices, search, section

    floors = [floor.strip() for floor in move.split(",")]
    if kind not in KINDS:
        raise Refusal("--optimise", "", f"one of {', '.join(KINDS)}", kind)
    if wrong := [floor for floor in floors if floor not in FLOORS]:
        raise Refusal("--move", "", f"of {', '.join(FLOORS)}", wrong[0])
    loaded = load(scenario, overrides, allow_code=allow_code)
    kept = out / f"{loaded.name}-search.jsonl"
    with (
        going_on(f"what was played is kept in {kept}: the same command goes on from there"),
        progress_bar("searching", jobs.count) as progress,
    ):
        found = search(
            loaded, kind, Prices(*prices), floors=floors, budget=budget, jobs=jobs, kept=kept, progress=progress
        )
    for line in result_lines(found, loaded.currency, budget):
        console.print(line, highlight=False)
    file = out / f"{kind}-searched.yaml"
    with whole(file) as aside:
        aside.write_text(f"extends: {os.path.relpath(find(scenario), out)}\n{section(found)}", encoding="utf-8")
    console.print(f"written to {file}", highlight=False)
    return str(file)


def result_lines(found: Any, currency: str, budget: int) -> list[str]:
    """A search's first and best parameters, their precision and their saving, in lines."""
    from sim.cli.console import figure
    from sim.study.search import FINEST, size

    lines = [
        f"{floor}, class {name}: {found.kind} {figure(found.began[floor][name])} → {figure(value)}"
        for floor, classes in found.found.items()
        for name, value in classes.items()
    ]
    ended = (
        f"no step of {size(found.kind, 2 * found.step)} helps any more"
        if found.step <= FINEST
        else f"the budget of {budget} ended it while steps of {size(found.kind, found.step)} were tried"
    )
    saving, cost = found.saving, found.cost
    fresh = f"In {saving.observations} replications that the search has not seen"
    lines.append(f"{found.tried} sets of parameters, {found.replications} replications each; {ended}.")
    costs = f"costs {figure(cost.mean)} ± {figure(cost.half_width)} {currency} a day"
    if found.found == found.began:
        return [*lines, f"None was better than the exact start. {fresh} it {costs} (95 % interval)."]
    saves = f"saves {figure(saving.mean)} ± {figure(saving.half_width)} against the exact start"
    return [*lines, f"{fresh}, what it found {costs}, and {saves} (95 % intervals)."]
