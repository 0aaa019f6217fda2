"""The command that publishes runs as static pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.files import folder_to_read, folder_to_write, write_record
from sim.cli.help.examples import examples
from sim.cli.options import Json, Lang
from sim.records.refusal import Refusal


@examples("publish site runs/corner-shop-* --lang en")
def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", callback=folder_to_write, help="Folder to write into.")],
    runs: Annotated[
        list[Path] | None,
        typer.Argument(callback=folder_to_read, help="Run folders; every run of a chain in ./runs without them."),
    ] = None,
    stores: Annotated[
        list[str],
        typer.Option("--store", metavar="CODE", help="A store that gets a page; may be repeated. All without it."),
    ] = [],  # noqa: B006 (typer copies it)
    lang: Lang = "zh",
    json: Json = None,
) -> None:
    """Write runs as static pages in Chinese and English: an index, a page a run, and a page a store for its manager's phone.

    A store's page is made from the first run that has the store; runs with a power cut or a payment outage add what they show of it. --lang is the
    language of DIR/index.html; both stand under DIR/zh and DIR/en.
    """
    from sim.records.commands.made import SiteWritten
    from sim.report.publish.site import runs_under, write_site

    chosen = runs or runs_under(Path("runs"))
    if not chosen:
        raise Refusal("runs", "", "run folders, named or in ./runs", "none")
    written = write_site(chosen, folder, stores, lang)
    typer.echo(f"written to {written[0]}: {len(written)} pages")
    pages = [str(page) for page in written]
    write_record(SiteWritten(index=pages[0], pages=pages), json)
