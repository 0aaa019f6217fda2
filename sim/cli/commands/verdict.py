"""The commands `verdict`, of one run or of one against another, and `profile`, from the samples of a load test of this lab or of another tool."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import report_files
from sim.cli.against import compare, leave
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_write, folder_to_read, write_record
from sim.cli.finding_output import Ways
from sim.cli.help.examples import examples
from sim.cli.load_test_files import filed, held
from sim.cli.options import Html, InconclusiveOk, Json, Junit, Lang, Quiet, Targets
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.records.profile import ServiceProfile
    from sim.records.verdict import Verdict
    from sim.report.exports.result import Result
    from sim.report.languages import Language


@examples(
    "verdict runs/replay-* --target availability=99.9% --target p95=2s",
    "verdict candidate.jtl --against release.jtl --html difference.html",
)
@exporting
def verdict(
    run: Annotated[
        Path, typer.Argument(metavar="RUN|FILE", help="A replay's folder, a JTL (CSV or XML) or k6's output.")
    ],
    targets: Targets = [],  # noqa: B006 (typer copies it)
    exports: Exports = NONE_ASKED,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    inconclusive_ok: InconclusiveOk = False,
    warmup: Annotated[
        float, typer.Option(min=0, max=31_622_400, help="Of another tool's file: first stretch not to judge, s.")
    ] = 0.0,
    timeout: Annotated[
        float, typer.Option(min=0.001, max=86_400, help="Of another tool's file: its time-out, s.")
    ] = 10.0,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN|FILE",
            help="Another run, to compare this one with: is it worse by more than the margins allow?",
        ),
    ] = None,
    margins: Annotated[
        list[str],
        typer.Option(
            "--margin",
            metavar="QUANTITY=MARGIN",
            help="With --against: availability=0.1%, mean=10%, checkout:p95=100ms.",
        ),
    ] = [],  # noqa: B006 (typer copies it)
    lang: Lang = "en",
) -> int:
    """Judge samples, again at any time; ends with the verdict's status: 0 pass, 1 fail, 2 inconclusive, 3 invalid."""
    if margins and against is None:
        raise Refusal("--margin", "", "--against with the run to compare with", ", ".join(margins))
    exports.admit(run, {"--junit": junit, "--html": html})
    if against is not None:
        if targets:
            raise Refusal("--target", "", "--margin, because --against compares two runs", ", ".join(targets))
        exports.admit(against, {"--junit": junit, "--html": html})
        found = compare(run, against, margins, timeout, warmup)
        return leave(found, Ways(exports, junit, html, quiet, inconclusive_ok, lang))
    with tempfile.TemporaryDirectory() as aside:
        folder = run if run.is_dir() else filed(run, Path(aside) / "run", timeout, warmup)
        judged = judge(folder, targets)
        return conclude(judged, folder, exports, junit, html, quiet, inconclusive_ok, lang)


@examples("profile runs/replay-* --out service_profile.json")
def profile(
    run: Annotated[Path, typer.Argument(callback=folder_to_read, help="The folder of a replay.")],
    out: Annotated[
        Path | None, typer.Option(callback=file_to_write, help="File to write; service_profile.json in the run's.")
    ] = None,
    json: Json = None,
) -> None:
    """Turn a replay's samples into a service profile that a scenario's system can take."""
    from sim.evidence.wording import percent, seconds

    path = out or run / "service_profile.json"
    measured = measure(run, path)
    for journey, levels in sorted(measured.journeys.items()):
        top = levels[-1]
        typer.echo(
            f"{journey:<16} at {top.requests_per_s:,.1f} requests/s: median {seconds(top.latency_s[4])},"
            f" p99 {seconds(top.latency_s[8])}, availability at least {percent(top.availability_low)}"
        )
    if measured.stock_sync_lag_s is not None:
        typer.echo(f"stock shows a sale after {measured.stock_sync_lag_s:.2f} s")
    typer.echo(f"written to {path}")
    write_record(measured, json)


def measure(run: Path, path: Path) -> ServiceProfile:
    """The service profile of a run's folder, written to `path` too."""
    from sim.evidence.service.profile import measure as weigh
    from sim.records.load_run import LoadRun
    from sim.records.samples import read_samples

    ran = LoadRun.read(run / "loadrun.json")
    if ran.duration_s <= ran.warmup_s:
        raise Refusal(run / "loadrun.json", "duration_s", f"more than warmup_s, {ran.warmup_s:g}", ran.duration_s)
    file = run / "samples.parquet"
    found = weigh(read_samples(file), ran, file=file)
    found.write(path)
    return found


def judge(folder: Path, targets: list[str]) -> Verdict:
    """Judge a run's folder and leave the verdict in it. A run whose generator never ended is ended first, from what reached the disk."""
    from sim.evidence.verdict.judge import judge as judge_samples
    from sim.evidence.verdict.targets import parse
    from sim.records.trace import JOURNEYS

    samples, run = held(folder)
    names = JOURNEYS if run.intended_starts else samples["journey"].unique().to_pylist()
    verdict = judge_samples(samples, run, parse(targets, names, requests_only=not run.intended_starts))
    verdict.write(folder / "verdict.json")
    return verdict


def conclude(
    verdict: Verdict,
    folder: Path,
    exports: Exports,
    junit: Path | None,
    html: Path | None,
    quiet: bool,
    inconclusive_ok: bool,
    lang: Language = "en",
) -> int:
    """Print a verdict in a language, its sentence last, and write its reports; returns its exit status.

    Raises `Refusal` for a report that could not be written, after all else was printed and written.
    """
    from sim.records.verdict import EXIT_STATUS
    from sim.report.junit import write_junit
    from sim.report.languages import recorded

    def page(path: Path) -> None:
        from sim.report.pages.run_page import write_page  # here: Matplotlib is slow to import

        write_page(folder, path, lang)

    def result(lang: Language) -> Result:
        from sim.report.exports.of_runs import result_of

        return result_of([folder], lang)

    written = {
        **exports.writers(result, verdict),
        "--junit": (junit, lambda path: write_junit(verdict, path, inconclusive_ok)),
        "--html": (html, page),
    }
    try:
        if not quiet:
            say(verdict, lang)
        report_files.write(written, quiet, lang)
    finally:
        opening = len(verdict.decision)  # the sentence begins with the decision; capitals mark it in a long log
        typer.echo(recorded(verdict.sentence[:opening].upper() + verdict.sentence[opening:], lang))
    return 0 if verdict.decision == "inconclusive" and inconclusive_ok else EXIT_STATUS[verdict.decision]


def say(verdict: Verdict, lang: Language = "en") -> None:
    """Print a verdict's tables, its reasons, and what its window supports."""
    from sim.report import text_tables
    from sim.report.languages import recorded

    for line in (*text_tables.journeys(verdict, lang), "", *text_tables.steps(verdict, lang), ""):
        typer.echo(f"  {line}".rstrip())
    for line in (*verdict.reasons, *verdict.window_supports, verdict.stock_sentence):
        if line:
            typer.echo(f"  {recorded(line, lang)}")
