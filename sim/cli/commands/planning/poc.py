"""The command `poc`: the whole proof of concept of one platform, in a stated number of minutes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.commands.chain import AllowCode, Overrides, Yes
from sim.cli.commands.replay import typed
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read, folder_to_write
from sim.cli.finding_output import Ways
from sim.cli.help.completion import scenarios
from sim.cli.help.examples import examples
from sim.cli.options import (
    Adapter,
    AllowHost,
    CaBundle,
    Certificate,
    Host,
    Html,
    InconclusiveOk,
    Junit,
    Lang,
    Proxy,
    Quiet,
    RateCap,
    Targets,
    Timeout,
    Workers,
)
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.records.decisions.poc import ProofOfConcept, StageName

_SAME = ("host", "adapter", "adapter_sha256", "scenario_hash", "replications", "targets", "at_least")
"""Settings with which alone a proof of concept goes on."""


@examples("poc --host http://127.0.0.1:8080 --adapter shop --scenario pilot --minutes 15", needs="loadtests")
@exporting
def poc(
    host: Host,
    adapter: Adapter,
    scenario: Annotated[
        Path,
        typer.Option(
            callback=file_to_read,
            autocompletion=scenarios,
            help="A scenario file, or the name of a shipped one, with a trace window that holds its peak.",
        ),
    ] = Path("pilot"),
    minutes: Annotated[float, typer.Option(min=0.5, max=10_080, help="Within which all stages end.")] = 15.0,
    overrides: Overrides = [],  # noqa: B006 (typer copies it)
    replications: Annotated[
        int, typer.Option(min=2, max=100_000, help="Replications of the chain, before and after.")
    ] = 5,
    targets: Targets = [],  # noqa: B006
    at_least: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, help="Stores whose peak must be carried; those of the scenario without it."),
    ] = None,
    clients: Annotated[int, typer.Option(min=2, max=1000, help="Clients in the race for the last units.")] = 50,
    workers: Workers = 1,
    rate_cap: RateCap = 500.0,
    timeout: Timeout = 10.0,
    allow_host: AllowHost = "",
    ca_bundle: CaBundle = "",
    client_certificate: Certificate = "",
    proxy: Proxy = "",
    out: Annotated[
        str,
        typer.Option(
            callback=folder_to_write,
            help="Folder of its evidence; runs/poc-ADAPTER unless named. One that was interrupted goes on.",
        ),
    ] = "",
    allow_code: AllowCode = False,
    exports: Exports = NONE_ASKED,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    inconclusive_ok: InconclusiveOk = False,
    lang: Lang = "en",
    yes: Yes = False,
) -> int:
    """Prove a platform in one command: adapter check, chain, replay of the peak, capacity, stock, race, and the chain under the measured service.

    Ends with status 0 everything passed, 1 something failed, 2 something is not decided or not shown, 3 invalid.
    """
    from loadtests.adapters.base import fingerprint
    from loadtests.adapters.base import load as load_adapter
    from loadtests.planning.plan import Plan
    from loadtests.safety import route
    from sim.cli.commands.planning.poc_stages import RECORD, Asked, Stages
    from sim.evidence.verdict.targets import parse
    from sim.planning.poc.budget import require
    from sim.records.decisions.poc import ProofOfConcept
    from sim.report.exports.of_gates import of_poc
    from sim.report.languages import text
    from sim.report.pages.poc import write_poc, write_poc_junit
    from sim.scenario.loader import load
    from sim.study.cost import estimate

    ways = Ways(exports, junit, html, quiet, inconclusive_ok, lang)
    ways.admit(scenario)
    parse(targets)
    allowed = allow_host or typed(host)
    route(host, proxy, allowed)
    kind = load_adapter(adapter)
    loaded = load(scenario, [*overrides, f"replications={replications}"], allow_code=allow_code)
    if loaded.trace is None:
        raise Refusal(scenario, "trace", "a trace window that holds the peak: {first: …, last: …}", "nothing")
    chain_s = 1.5 * estimate(loaded).time_s + 3.0
    folder = Path(out or f"runs/poc-{kind.name or Path(adapter).stem}")
    fresh = ProofOfConcept(
        host=host,
        adapter=kind.name or adapter,
        adapter_sha256=fingerprint(kind),
        scenario=loaded.name,
        scenario_hash=loaded.model_copy(update={"replications": 1}).hash,
        replications=replications,
        stores=len(loaded.stores),
        currency=loaded.currency,
        targets=targets,
        at_least=at_least,
        minutes=minutes,
    )
    record = _begun(folder / RECORD, fresh)
    if not record.stages:
        require(minutes, chain_s)
    settings = Plan(
        host=host, adapter=adapter, out=str(folder), timeout_s=timeout, rate_cap=rate_cap, allow_host=allowed,
        ca_bundle=ca_bundle, client_certificate=client_certificate, proxy=proxy,
    )  # fmt: skip
    asked = Asked(scenario, overrides, allow_code, yes, settings, targets, clients, workers, quiet, lang)
    stages = Stages(asked, record, chain_s)
    if not quiet:
        for line in _outline(stages.record, stages.left, chain_s):
            typer.echo(line)
    try:
        stages.run()
    except KeyboardInterrupt:
        under_way = next(iter(stages.left), "its pages")
        raise KeyboardInterrupt(
            f"{folder}: stages that were done are kept; the same command goes on with {under_way}"
        ) from None
    found = stages.record
    lines = [*_lines(found), text("written to {path}", lang, path=folder)]
    return ways.leave(found, lines, found.sentence, write_poc_junit, write_poc, of_poc)


def _begun(path: Path, fresh: ProofOfConcept) -> ProofOfConcept:
    """The proof of concept in the folder, to go on with. Raises `Refusal` where its settings differ."""
    from sim.records.decisions.poc import ProofOfConcept

    if not path.exists():
        return fresh
    record = ProofOfConcept.read(path)
    for name in _SAME:
        was, now = getattr(record, name), getattr(fresh, name)
        if was != now:
            expected = "a folder without a proof of concept of another host, adapter, scenario or other targets"
            raise Refusal("--out", path, expected, f"{name} {was!r}, now {now!r}")
    return record.model_copy(update={"minutes": fresh.minutes})


def _outline(record: ProofOfConcept, left: list[StageName], chain_s: float) -> list[str]:
    """What will be done, each stage with its minutes."""
    from sim.planning.poc.budget import shares

    done_s = sum(each.took_s for each in record.stages)
    share_s = shares(60 * record.minutes - done_s, chain_s, left)
    lines = [
        f"proof of concept of {record.adapter} at {record.host}, {record.scenario} with {record.stores} stores, at most {record.minutes:g} min:"
    ]
    for each in record.stages:
        if each.stage not in left:
            lines.append(f"  {each.stage:<14} done in {each.took_s / 60:.1f} min")
    return [*lines, *(f"  {name:<14} {share_s[name] / 60:>4.1f} min" for name in left)]


def _lines(found: ProofOfConcept) -> list[str]:
    """Each stage in a line."""
    return [f"{each.state:<12}  {each.stage} ({each.took_s / 60:.1f} min)" for each in found.stages]
