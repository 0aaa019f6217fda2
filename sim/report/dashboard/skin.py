"""The views as a local web page. Panel serves it: this is the only module that knows Panel, which the extra `dashboard` brings."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.records.refusal import Refusal
from sim.report import canvas
from sim.report.dashboard.shelf import Reader, look
from sim.report.dashboard.views import results, view_of
from sim.report.exports.csv_files import write_csv
from sim.report.exports.headings import heading, shown
from sim.report.exports.result import Result
from sim.report.exports.workbook import write_workbook
from sim.report.languages import Language, text
from sim.report.pages.templates import template

if TYPE_CHECKING:
    import panel

HOST = "127.0.0.1"
ROWS = 60
"""Of a table on the page: its downloads have all."""
ADDRESSES: dict[Reader, str] = {"planner": "/", "qa": "/qa", "architect": "/architect"}


def server(folder: Path, port: int, lang: Language = "en") -> Any:
    """A server of the views of a folder on loopback, ready to be started by `run_until_shutdown()`.

    Records are read anew for each page that is opened. Raises `ModuleNotFoundError` without the extra.
    """
    import panel as pn

    pn.extension()

    def page(reader: Reader) -> Callable[[], Any]:
        return lambda: _page(folder, reader, lang)

    hosts = [f"{name}:{port}" for name in (HOST, "localhost")]
    apps = {address: page(reader) for reader, address in ADDRESSES.items()}
    return pn.serve(apps, port=port, address=HOST, websocket_origin=hosts, show=False, start=False, verbose=False)


def _page(folder: Path, reader: Reader, lang: Language) -> Any:
    import panel as pn

    shelf = look(folder)
    view = view_of(shelf, reader, lang)
    style = _css() + ":host { color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }"
    labels = {label: name for name, label in view.labels.items()}
    boxes = pn.widgets.CheckBoxGroup(
        name=text("Choose records; two runs or two load tests are compared", lang),
        options=labels,
        value=list(view.labels)[:1],
        stylesheets=[style + ".bk-input-group { display: flex; flex-direction: column; gap: 4px; }"],
        sizing_mode="stretch_width",
    )

    def drawn(names: list[str]) -> Any:
        parts = [
            part for n, each in enumerate(results(shelf, names, lang)) for part in _parts(each, f"{reader}-{n}", style)
        ]
        return pn.Column(*parts, sizing_mode="stretch_width")

    asked = text("Choose records; two runs or two load tests are compared", lang)
    choice = pn.Column(
        _html(f"<p><b>{asked}</b></p>", style), boxes, sizing_mode="stretch_width"
    ) if labels else _html(_begin(folder, lang), style)  # fmt: skip
    unread = "".join(f'<p class="unread">{_escaped(line)}</p>' for line in shelf.unread)
    whole = pn.Template(files(__package__).joinpath("dashboard.html").read_text(encoding="utf-8"))
    whole.add_panel("choice", choice)
    whole.add_panel("shown", pn.Column(pn.bind(drawn, boxes), sizing_mode="stretch_width"))
    whole.add_panel("overview", _html(unread + _fragment(view.overview), style))
    names = {"planner": text("Planner", lang), "qa": text("QA", lang), "architect": text("Architect", lang)}
    whole.add_variable("links", [(ADDRESSES[each], names[each], each == reader) for each in ADDRESSES])
    whole.add_variable("views_label", text("Views", lang))
    whole.add_variable("finding", view.finding)
    whole.add_variable("css", _css())
    whole.add_variable("html_lang", {"en": "en", "zh": "zh-CN"}[lang])
    return whole


def _css() -> str:
    return "".join(
        files(room).joinpath(name).read_text(encoding="utf-8")
        for room, name in (("sim.report.pages", "page.css"), ("sim.report.dashboard", "dashboard.css"))
    )


def _html(content: str, style: str) -> panel.pane.HTML:
    import panel as pn

    return pn.pane.HTML(content, stylesheets=[style], sizing_mode="stretch_width", margin=0)


def _parts(found: Result | Refusal, key: str, style: str) -> list[Any]:
    """A result and its downloads, or why there is none."""
    import panel as pn

    if isinstance(found, Refusal):
        return [_html(f'<p class="unread" role="alert">{_escaped(str(found))}</p>', style)]

    def download(write: Callable[[Result, Path], None], name: str, label: str) -> Any:
        return pn.widgets.FileDownload(
            callback=lambda: _written(found, write, name), filename=name, label=label, embed=False, auto=True, align="start"
        )  # fmt: skip

    lang = found.lang
    return [
        _html(_fragment(found), style),
        pn.FlexBox(
            download(write_csv, f"{key}.csv", text("Table as CSV", lang)),
            download(write_workbook, f"{key}.xlsx", text("All tables as a workbook", lang)),
        ),
    ]


def _written(result: Result, write: Callable[[Result, Path], None], name: str) -> io.BytesIO:
    with tempfile.TemporaryDirectory() as aside:
        write(result, Path(aside) / name)
        return io.BytesIO((Path(aside) / name).read_bytes())


def _fragment(result: Result) -> str:
    """A result as HTML."""
    with canvas.style(result.lang):
        figures = [(figure, canvas.svg(figure.drawing)) for figure in result.draw()]
    tables = [
        (table, [heading(table, str(name), result) for name in table.frame.columns], shown(table, result, ROWS))
        for table in result.tables
    ]
    return template("result.html", result.lang, "sim.report.dashboard").render(
        result=result, figures=figures, tables=tables, most=ROWS
    )


def _begin(folder: Path, lang: Language) -> str:
    message = "Nothing of this view lies in {folder}. Make a record, such as with {command}, and load this page again."
    commands = "retail-lab run corner-shop, retail-lab replay, retail-lab vendors example --json runs/vendors.json"
    return f"<p>{_escaped(text(message, lang, folder=folder, command=commands))}</p>"


def _escaped(said: str) -> str:
    import html

    return html.escape(said)
