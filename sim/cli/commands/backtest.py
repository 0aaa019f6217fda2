"""The commands that hold predictions against what happened: `validate` before they are trusted, `score` after they were made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.commands.chain import AllowCode, Jobs, Overrides, ScenarioFile, Yes, afford
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read, folder_to_read, folder_to_write
from sim.cli.finding_output import Ways
from sim.cli.help.examples import examples
from sim.cli.log_flags import log_flags
from sim.cli.options import Html, InconclusiveOk, Junit, Quiet, first_day
from sim.records.refusal import Refusal
from sim.traffic.log.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from sim.records.predictions.backtest import Backtest, BacktestRow
    from sim.records.predictions.score import Score, ScoreRow
    from sim.report.languages import Language

LEAST_REPLICATIONS = 39
"""Fewest of which the least and the greatest are the ends of a 95 % interval."""

Actual = Annotated[
    Path,
    typer.Option(
        "--actual", callback=file_to_read, help="The transaction log of what happened; read as by `calibrate`."
    ),
]
Stores = Annotated[
    list[str],
    typer.Option("--store", metavar="NAME=CODE", help="The scenario's code of a store of the log; may be repeated."),
]
Stock = Annotated[
    Path | None,
    typer.Option(
        "--stockouts", callback=file_to_read, help="Stock at the end of days: columns date, store, sku, on_hand."
    ),
]
Waits = Annotated[
    Path | None,
    typer.Option(callback=file_to_read, help="Waits that were timed: columns timestamp, store, wait_s (, customers)."),
]
Headings = Annotated[
    list[str],
    typer.Option(
        "--map", metavar="FIELD=HEADING", help="A heading of --stockouts or --waits that is called otherwise."
    ),
]
AcceptSkipped = Annotated[bool, typer.Option("--accept-skipped", help="Go on although many rows are skipped or odd.")]


@examples("validate chain.yaml --actual sales.csv --weeks 4 --jobs 2")
@log_flags
@exporting
def validate(
    scenario: ScenarioFile,
    actual: Actual,
    reading: Reading,
    first: Annotated[str, typer.Option("--from", metavar="DAY", help="First held-back day, such as 2025-10-01.")] = "",
    weeks: Annotated[
        int | None, typer.Option(min=1, max=104, help="Hold back the last so many weeks; 4 without it.")
    ] = None,
    overrides: Overrides = [],  # noqa: B006 (typer copies it)
    stores: Stores = [],  # noqa: B006
    stockouts: Stock = None,
    waits: Waits = None,
    headings: Headings = [],  # noqa: B006
    holidays: Annotated[
        bool, typer.Option("--holidays", help="Take days of the history that stand out for holidays.")
    ] = False,
    replications: Annotated[
        int, typer.Option(min=LEAST_REPLICATIONS, max=10_000, help="Replications of each half: 39, 79, 119, …")
    ] = LEAST_REPLICATIONS,
    jobs: Jobs = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            callback=folder_to_write, help="Folder for the record, its page and its cells; runs/backtest-NAME."
        ),
    ] = None,
    accept_skipped: AcceptSkipped = False,
    allow_code: AllowCode = False,
    yes: Yes = False,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    inconclusive_ok: InconclusiveOk = False,
    exports: Exports = NONE_ASKED,
) -> int:
    """Fit early history, predict the weeks held back, and play their own tickets; ends with 0 accepted, 1 rejected, 2 not enough history."""
    from sim.backtest.validation import Asked
    from sim.backtest.validation import validate as hold
    from sim.cli.console import progress_bar
    from sim.records.atomic_files import whole
    from sim.report.exports.of_predictions import of_backtest
    from sim.report.languages import text
    from sim.report.pages.backtest import write_backtest, write_backtest_junit
    from sim.scenario.loader import load
    from sim.study.backtest_record import record_file
    from sim.study.cost import estimate
    from sim.tables.headings import parse_map

    ways = Ways(exports, junit, html, quiet, inconclusive_ok, exports.lang)
    ways.admit(actual)
    asked = Asked(
        first=first_day(first),
        weeks=_weeks(weeks, first),
        replications=replications,
        jobs=jobs,
        holidays=holidays,
        stores=_named(stores),
        stockouts=stockouts,
        waits=waits,
        headings=parse_map(headings),
        accept_skipped=accept_skipped,
    )
    loaded = load(scenario, overrides, allow_code=allow_code)
    folder = out or Path("runs") / f"backtest-{loaded.name}"
    with progress_bar(text("playing the held-back days", exports.lang), jobs, exports.lang) as progress:
        found = hold(
            loaded,
            actual,
            reading,
            asked,
            progress,
            lambda held: afford(
                [estimate(held, replications=2 * replications, jobs=jobs)], folder, yes, scenario, exports.lang
            ),
        )
    record, beside = found.record, record_file(loaded, folder.parent)
    for path in (folder / "backtest.json", beside):
        record.write(path)
    write_backtest(record, folder / "backtest.html", exports.lang)
    with whole(folder / "cells.csv") as aside:
        found.cells.to_csv(aside, index=False, float_format="%.6g")
    lines = [
        *_lines(_difference_table(record, exports.lang)),
        *_lines(_naive_table(record, exports.lang)),
        *record.notes,
        f"written to {folder}",
        f"runs of {loaded.name} read {beside}",
    ]
    return ways.leave(record, lines, record.sentence, write_backtest_junit, write_backtest, of_backtest)


@examples("score runs/chain-* --actual sales.csv")
@log_flags
@exporting
def score(
    runs: Annotated[
        list[Path], typer.Argument(callback=folder_to_read, help="Run folders of a chain, with 9 replications or more.")
    ],
    actual: Actual,
    reading: Reading,
    stores: Stores = [],  # noqa: B006 (typer copies it)
    stockouts: Stock = None,
    waits: Waits = None,
    headings: Headings = [],  # noqa: B006
    after_the_fact: Annotated[
        bool, typer.Option("--after-the-fact", help="Score runs that were made after the days they predict, too.")
    ] = False,
    accept_skipped: AcceptSkipped = False,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    inconclusive_ok: InconclusiveOk = False,
    exports: Exports = NONE_ASKED,
) -> int:
    """Score what runs predicted by what happened: coverage, quantile score and bias; ends with 0 calibrated, 1 not, 2 undecided."""
    from sim.backtest.scoring import score as score_runs
    from sim.report.exports.of_predictions import of_score
    from sim.report.pages.score import write_score, write_score_junit
    from sim.tables.headings import parse_map

    ways = Ways(exports, junit, html, quiet, inconclusive_ok, exports.lang)
    ways.admit(actual)
    record = score_runs(
        runs, actual, reading, _named(stores), stockouts, waits, parse_map(headings), after_the_fact, accept_skipped
    )
    made = [f"{run.scenario} ({run.scenario_hash[:8]}): {run.first} to {run.last}, {run.made}" for run in record.runs]
    lines = [*made, *_lines(_score_table(record, exports.lang)), *record.notes]
    return ways.leave(record, lines, record.sentence, write_score_junit, write_score, of_score)


def _weeks(weeks: int | None, first: str) -> int:
    if weeks is not None and first:
        raise Refusal("--weeks", "", "either --from or --weeks", f"both: {first} and {weeks}")
    return weeks or 4


def _named(stores: Sequence[str]) -> dict[str, str]:
    named = {}
    for text in stores:
        name, equals, code = text.rpartition("=")
        if not equals or not code.strip():
            raise Refusal("--store", "", "NAME=CODE, such as 徐汇店=SH01", text)
        named[name.strip()] = code.strip()
    return named


def _difference_table(record: Backtest, lang: Language) -> Table:
    from sim.report.languages import named, recorded, text

    title = text(
        "{scenario}, {first} to {last}: means of cells, and what the difference is in",
        lang,
        scenario=recorded(record.scenario, lang),
        first=record.first,
        last=record.last,
    )
    heads = (text("actual", lang), text("predicted", lang), text("with tickets", lang), text("bias", lang))
    table = _table(title, (*heads, "WAPE", "MASE"), lang)
    table.add_column(text("the difference is", lang), no_wrap=True)
    for row in record.rows:
        table.add_row(
            *_measured(row, lang),
            *(_figure(value) for value in (row.actual, row.predicted, row.with_tickets)),
            *(_percent(value) for value in (row.bias, row.wape)),
            _figure(row.mase),
            named(row.where, lang),
        )
    return table


def _naive_table(record: Backtest, lang: Language) -> Table:
    """The predictions beside the naive forecasts: error, intervals that held, and skill."""
    from sim.report.languages import text

    title = text(
        "Beside the same weekday of the last week before (LW) and of the year before (LY): skill above 0 is better than they",
        lang,
    )
    held_80, held_95, of = text("80 % held", lang), text("95 % held", lang), text("of", lang)
    skill, pinball = text("skill LW", lang), text("pinball", lang)
    heads = (held_80, "LW", "LY", held_95, "LW", "LY", of, "WAPE", "LW", "LY", skill, "LY", pinball)
    table = _table(title, heads, lang)
    for row in record.rows:
        both = row.seasonal, row.last_year
        table.add_row(
            *_measured(row, lang),
            str(row.held_80),
            *(_count(naive.held_80 if naive else None) for naive in both),
            str(row.held_95),
            *(_count(naive.held_95 if naive else None) for naive in both),
            str(row.cells),
            *(_percent(wape) for wape in (row.wape, *(naive.wape if naive else None for naive in both))),
            *(_percent(naive.skill if naive else None) for naive in both),
            _figure(row.pinball),
        )
    return table


def _measured(row: BacktestRow | ScoreRow, lang: Language) -> tuple[str, str]:
    """A row's quantity and its unit."""
    from sim.report.languages import currency_name, recorded, unit_name

    return recorded(row.quantity, lang), currency_name(unit_name(row.unit, lang), lang)


def _table(title: str, heads: Sequence[str], lang: Language) -> Table:
    from rich.table import Table

    from sim.report.languages import text

    table = Table(title=title, title_justify="left")
    for name in ("", text("unit", lang)):
        table.add_column(name, no_wrap=True)
    for name in heads:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _count(number: int | None) -> str:
    return "–" if number is None else str(number)


def _score_table(record: Score, lang: Language) -> Table:
    from sim.report.languages import text

    actual, predicted, bias = text("actual", lang), text("predicted", lang), text("bias", lang)
    held_80, held_95, of = text("80 % held", lang), text("95 % held", lang), text("of", lang)
    heads = (actual, predicted, bias, "WAPE", held_80, held_95, of, text("pinball", lang), text("runs", lang))
    table = _table(text("Means of cells, and how the predictions did", lang), heads, lang)
    for row in record.rows:
        table.add_row(
            *_measured(row, lang),
            *(_figure(value) for value in (row.actual, row.predicted)),
            *(_percent(value) for value in (row.bias, row.wape)),
            str(row.held_80),
            _count(row.held_95),
            str(row.cells),
            _figure(row.pinball),
            str(row.runs),
        )
    return table


def _lines(table: Table) -> list[str]:
    """A table as lines of text; none where it has no rows."""
    from sim.cli.console import console

    if not table.row_count:
        return []
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip("\n").splitlines()


def _figure(value: float | None) -> str:
    from sim.cli.console import figure

    return "–" if value is None else figure(value)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %".replace("-", "−")
