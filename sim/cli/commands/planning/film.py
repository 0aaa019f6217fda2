"""The command `film`: a run of a chain as a map that moves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.files import file_to_write, folder_to_read, write_record
from sim.cli.help.examples import examples
from sim.cli.options import Json, Lang, first_day


@examples("film runs/corner-shop-* --out film.html")
def film(
    run: Annotated[Path, typer.Argument(callback=folder_to_read, help="The run folder of a chain.")],
    out: Annotated[
        Path | None, typer.Option(callback=file_to_write, help="The page; film.html in the run folder without it.")
    ] = None,
    replication: Annotated[int, typer.Option(min=0, max=99_999, help="Which replication.")] = 0,
    first: Annotated[
        str,
        typer.Option(
            "--from", metavar="DAY", help="First day, such as 2026-10-01; the first after the warm-up without it."
        ),
    ] = "",
    days: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="How many days; a week, or what there is, without it.")
    ] = None,
    lang: Lang = "en",
    json: Json = None,
) -> None:
    """Write a run as a map of its stores that moves through the hours of days: one HTML file, to play in any browser.

    It shows queues and waits, SKUs out of stock, deliveries and faults, and holds its data: it needs no network.
    """
    from sim.cli.console import console
    from sim.records.commands.made import FilmWritten
    from sim.report.film.page import film_of
    from sim.report.languages import text

    made = film_of(run, replication, days, first_day(first), lang)
    page = made.save(out or run / "film.html")
    console.print(made.title, highlight=False)
    console.print(text("film: {path}", lang, path=page), highlight=False)
    write_record(FilmWritten(file=str(page), title=made.title), json)
