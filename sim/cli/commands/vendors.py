"""The command `vendors`: a comparison of vendors by graded evidence, and the workbook in which they are scored."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read, file_to_write
from sim.cli.help.completion import example_or_file
from sim.cli.help.examples import examples
from sim.cli.options import Html, Quiet
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from rich.table import Table

    from sim.records.decisions.vendors import Ranking
    from sim.report.languages import Language


@examples("vendors example --html vendors.html", "vendors vendors.yaml --template scores.xlsx")
@exporting
def vendors(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.yaml|example",
            callback=file_to_read,
            autocompletion=example_or_file("example"),
            help="The comparison; `example` for the one that ships.",
        ),
    ],
    template: Annotated[
        Path | None,
        typer.Option(callback=file_to_write, help="Write a workbook for its scorers (.xlsx), and stop."),
    ] = None,
    adr: Annotated[
        Path | None,
        typer.Option(callback=file_to_write, help="Write an architecture decision record (Markdown, MADR layout)."),
    ] = None,
    html: Html = None,
    quiet: Quiet = False,
    exports: Exports = NONE_ASKED,
) -> int:
    """Rank vendors by a weighted sum of graded evidence, and say how robust the winner is; ends with 0, or 2 where no vendor wins."""
    from sim.cli import report_files
    from sim.cli.console import console
    from sim.planning.vendors import comparing
    from sim.planning.vendors.score_sheets import write_template
    from sim.planning.vendors.vendor_file import load
    from sim.report.adr import write_adr
    from sim.report.exports.of_decisions import of_vendors
    from sim.report.languages import recorded, text
    from sim.report.pages.vendors import write_vendors

    path = comparing.found(file)
    exports.admit(path, {"--template": template, "--adr": adr, "--html": html})
    if template and template.suffix.lower() != ".xlsx":
        raise Refusal("--template", template, "a name that ends in .xlsx", template.suffix or "nothing")
    loaded = load(path)
    if template:
        write_template(template, loaded.file)
        typer.echo(text("written to {path}", exports.lang, path=template))
        return 0
    ranking = comparing.compare(loaded, date.today())
    if not quiet:
        console.print(ranking_table(ranking, exports.lang))
        for line in (*ranking.conditions, *ranking.notes):
            console.print(recorded(line, exports.lang), highlight=False, markup=False)
    written = {
        **exports.writers(lambda lang: of_vendors(ranking, lang), ranking),
        "--adr": (adr, lambda to: write_adr(ranking, to)),
        "--html": (html, lambda to: write_vendors(ranking, to, exports.lang)),
    }
    try:
        report_files.write(written, quiet, exports.lang)
    finally:
        if ranking.example:
            typer.echo(text("An example: its vendors and figures are made up.", exports.lang))
        typer.echo(recorded(ranking.sentence, exports.lang))
    return 0 if ranking.winner else 2


def ranking_table(ranking: Ranking, lang: Language) -> Table:
    """Vendors by rank: score with its range, share of draws won, what the score rests on, and cost."""
    from rich.table import Table

    from sim.report.languages import money, named, percent, text

    table = Table(title=ranking.name, title_justify="left")
    table.add_column("")
    table.add_column(text("vendor", lang))
    for heading in ("score of 10", "from, to", "wins near the weights", "wins with any", "measured", "on nothing"):
        table.add_column(text(heading, lang), justify="right")
    costs = any(each.cost for each in ranking.standings)
    if costs:
        table.add_column(text("cost of ownership", lang), justify="right")
    for each in ranking.standings:
        measured, nothing = (percent(each.by_grade.get(grade, 0.0), lang) for grade in ("measured", "none"))
        won = [percent(share, lang) if each.rank else "–" for share in (each.wins_near, each.wins_any)]
        cost = [money(end, ranking.currency, lang) for end in (each.cost.low, each.cost.high)] if each.cost else []
        table.add_row(
            str(each.rank) if each.rank else named("disqualified", lang),
            each.vendor,
            f"{each.total:.2f}",
            f"{each.low:.1f}–{each.high:.1f}",
            *won,
            measured,
            nothing,
            *([" – ".join(dict.fromkeys(cost))] if costs else []),
        )
    return table
