"""The command `dashboard`: the results in a folder as a local web page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.files import folder_to_read
from sim.cli.help.examples import examples
from sim.cli.options import Lang


@examples("dashboard", "dashboard runs --lang zh --port 0", needs="dashboard")
def dashboard(
    folder: Annotated[Path, typer.Argument(callback=folder_to_read, help="Folder of results.")] = Path("runs"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for a free one.")] = 5006,
    lang: Lang = "en",
) -> int:
    """Show the results in a folder as web pages, for planners, QA engineers and architects: choose, compare, download; until Ctrl-C.

    It serves this machine alone. Every page is also in the other language.
    """
    from sim.report.dashboard.server import serve
    from sim.report.languages import text

    serve(folder, port, lang, lambda address: typer.echo(text("dashboard at {address}; end it with Ctrl-C", lang, address=address)))  # fmt: skip
    return 0
