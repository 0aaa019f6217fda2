"""The whole loop on Golden Week's peak day, in one command: simulate, load-test a shop, judge, feed back, simulate again, report."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.files import folder_to_write, write_record
from sim.cli.help.examples import examples
from sim.cli.options import Json

if TYPE_CHECKING:
    from sim.records.verdict import Verdict

SCENARIO = Path("golden-week")
PEAK_DAY = ["start=2026-10-02", "days=1", "warmup_days=0", "trace={first: 2026-10-02 17:00, last: 2026-10-02 18:00}"]
PEAK_HOUR_S = 17 * 3600.0
STRETCH_S = 90.0
REPLAYS = 3
"""A machine with other work may be late in one window of a load test; only this many invalid ones end the demo."""
JOURNEYS = 3_600
"""They make some 5,000 requests, enough for a verdict on 99.9 %: with one failure a pass takes 4,742 (Clopper–Pearson)."""


@examples("demo", "demo --json demo.json", needs="loadtests")
def demo(
    out: Annotated[Path, typer.Option(callback=folder_to_write, help="Folder in which run folders are made.")] = Path(
        "runs"
    ),
    json: Json = None,
) -> int:
    """Golden Week's peak day, end to end, in under four minutes; ends with status 3 where three load tests are invalid."""
    from loadtests.shop.serve import serve
    from sim.cli.commands.chain import play
    from sim.cli.console import console
    from sim.records.commands.made import DemoMade
    from sim.report.pages.run_page import write_page

    def say(step: str, finding: str) -> None:
        console.print(f"[bold]{step:<9}[/] {finding}", highlight=False)

    before = play(SCENARIO, PEAK_DAY, None, 1, out)
    say("simulate", _day(before))
    with serve(before / "catalogue.parquet", workers=2) as shop:
        say("shop", f"a retail API on {shop.url}, SQLite, two workers, stocked from the chain's catalogue")
        for sent in range(1, REPLAYS + 1):
            load = _replay(before, shop.url, shop.token, out / "demo-load", say)
            verdict = _judge(load, say)
            if verdict.decision != "invalid" or sent == REPLAYS:
                break
            say("again", "an invalid load test measures nothing: the load is sent once more")
    page = out / "demo.html"
    made = DemoMade(
        before=str(before), load_test=str(load), page=str(page), decision=verdict.decision, sentence=verdict.sentence,
        kpis_before=_kpis(before),
    )  # fmt: skip
    if verdict.decision == "invalid":
        say(
            "again",
            "an invalid load test measures nothing, so nothing flows back into the chain; run the demo again when the machine is idle",
        )
        write_page([before, load], page)
        say("report", f"{page.resolve()}")
        write_record(made, json)
        return 3
    _measure(load, say)
    profile = load / "service_profile.json"
    after = play(
        SCENARIO,
        [*PEAK_DAY, "name=golden-week-measured", f"system.service={{profile: {profile.resolve()}}}"],
        None,
        1,
        out,
    )
    say("again", _difference(before, after))
    write_page([before, load, after], page)
    say("report", f"{page.resolve()}")
    write_record(made.model_copy(update={"after": str(after), "kpis_after": _kpis(after)}), json)
    return 0


def _day(run: Path) -> str:
    kpi = _kpis(run)
    return (
        f"{kpi['customers_per_day']:,.0f} customers in 50 stores; mean wait {kpi['mean_wait_s']:.0f} s, "
        f"{100 * kpi['abandonment']:.2f} % gave up in the line, fill rate {100 * kpi['fill_rate']:.1f} %"
    )


def _replay(run: Path, url: str, token: str, folder: Path, say: Callable[[str, str], None]) -> Path:
    from loadtests.planning.plan import Plan
    from loadtests.replay.launcher import replay
    from sim.cli.commands.replay import closed
    from sim.records.trace import read_trace

    _, trace = read_trace(run / "trace.parquet")
    rate_per_s = trace.num_rows / 3600.0
    scale = round(max(1.0, JOURNEYS / STRETCH_S / rate_per_s), 1)
    os.environ["RETAIL_LAB_SHOP_TOKEN"] = token
    shutil.rmtree(folder, ignore_errors=True)  # a replay never overwrites an earlier one; a demo may be shown twice
    plan = Plan(
        trace=str(run / "trace.parquet"),
        host=url,
        out=str(folder),
        first=str(PEAK_HOUR_S),
        last=str(PEAK_HOUR_S + STRETCH_S * scale),
        time_scale=scale,
    )
    say("replay", f"{STRETCH_S * scale / 60:.1f} min of the peak hour in {STRETCH_S:.0f} s, compressed {scale:g} times")
    done = replay(plan, tell=_every(15, lambda line: say("", line)))
    say("", closed(done.accounts))
    return folder


def _every(n: int, tell: Callable[[str], None]) -> Callable[[str], None]:
    """A function that prints each n-th line."""
    count = itertools.count(1)
    return lambda line: tell(line) if next(count) % n == 0 else None


def _judge(load: Path, say: Callable[[str, str], None]) -> Verdict:
    """The verdict on the load test, after its sentence was printed."""
    from sim.cli.commands.verdict import judge

    verdict = judge(load, [])
    say("verdict", verdict.sentence)
    return verdict


def _measure(load: Path, say: Callable[[str, str], None]) -> None:
    from sim.cli.commands.verdict import measure

    checkout = measure(load, load / "service_profile.json").journeys["checkout"][-1]
    say(
        "profile",
        f"a checkout takes the software {1000 * checkout.latency_s[4]:.0f} ms in the median at {checkout.requests_per_s:.0f} requests/s",
    )


def _difference(before: Path, after: Path) -> str:
    a, b = _kpis(before), _kpis(after)
    return (
        f"the chain feels what was measured: ticket handling {a['ticket_handling_time_s']:.1f} → {b['ticket_handling_time_s']:.1f} s, "
        f"mean wait {a['mean_wait_s']:.1f} → {b['mean_wait_s']:.1f} s, abandonment {100 * a['abandonment']:.2f} → {100 * b['abandonment']:.2f} %"
    )


def _kpis(run: Path) -> dict[str, float]:
    from sim.records.outcome import read_kpis

    return {str(name): float(value) for name, value in read_kpis(run).groupby("kpi")["value"].mean().items()}
