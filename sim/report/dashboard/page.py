"""The pages of the dashboard as Panel holds them: what is chosen on the left, what it shows on the right, files to download below it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import panel as pn

from sim.records.refusal import Refusal
from sim.report.dashboard.holdings import Entry, Holdings, look
from sim.report.dashboard.kinds import KINDS, Kind, View, kind_name
from sim.report.dashboard.panels import csv_of, html_of, refused, xlsx_of
from sim.report.dashboard.views import shown
from sim.report.exports.result import Result
from sim.report.languages import Language, text
from sim.report.pages.templates import tight

ADDRESSES: dict[View, str] = {"planner": "/", "qa": "/qa", "architect": "/architect"}
_ROOM = files("sim.report.dashboard")
_PAGE_CSS = files("sim.report.pages").joinpath("page.css").read_text(encoding="utf-8")
_PANES = [_PAGE_CSS, _ROOM.joinpath("panes.css").read_text(encoding="utf-8")]
"""A pane is a tree of its own, which takes from the page only the values of its variables."""


def page(folder: Path, view: View, lang: Language) -> pn.Template:
    """A visitor's page, of what the folder holds now. `?lang=` of its address goes before `lang`."""
    asked = pn.state.session_args.get("lang", [b""])[0].decode(errors="replace")
    lang = next((each for each in get_args(Language) if each == asked), lang)
    held = look(folder)
    entries = held.of(view)
    results = pn.Column(sizing_mode="stretch_width")
    groups = [_group([each for each in entries if each.kind is kind], lang) for kind in _kinds(entries)]
    show = partial(_show, groups, results, lang)
    for group in groups:
        group.param.watch(lambda _: show(), "value")
    if groups:
        groups[0].value = groups[0].values[:1]
    choice = pn.Column(sizing_mode="stretch_width")
    for kind, group in zip(_kinds(entries), groups, strict=True):
        choice += [_html(f"<h2 class=kind>{kind_name(kind, lang)}</h2>"), group]
    return _template(held, view, lang, len(entries), {"choice": choice, "results": results})


def _kinds(entries: Sequence[Entry]) -> list[Kind]:
    """In the order of `KINDS`."""
    held = {each.kind for each in entries}
    return [kind for kind in KINDS if kind in held]


def _group(entries: Sequence[Entry], lang: Language) -> Any:
    return pn.widgets.CheckBoxGroup(
        options={each.label(lang): each for each in entries}, value=[], sizing_mode="stretch_width", stylesheets=_PANES
    )


def _show(groups: Sequence[Any], results: pn.Column, lang: Language) -> None:
    chosen = [entry for group in groups for entry in group.value]
    panes: list[Any] = []
    for each in shown(chosen, lang):
        panes += [_html(refused(each, lang))] if isinstance(each, Refusal) else [_html(html_of(each)), _downloads(each)]
    results[:] = panes


def _downloads(result: Result) -> Any:
    name = result.tables[0].name
    return pn.FlexBox(
        _download(text("Download the table (CSV)", result.lang), partial(csv_of, result), f"{name}.csv"),
        _download(text("Download all tables (workbook)", result.lang), partial(xlsx_of, result), f"{name}.xlsx"),
    )


def _download(label: str, write: Any, filename: str) -> Any:
    return pn.widgets.FileDownload(
        callback=write, filename=filename, label=label, stylesheets=_PANES, margin=(0, 10, 10, 0)
    )


def _html(html: str) -> pn.pane.HTML:
    return pn.pane.HTML(html, stylesheets=_PANES, sizing_mode="stretch_width", margin=(0, 0, 10, 0))


def _template(held: Holdings, view: View, lang: Language, number: int, roots: dict[str, Any]) -> pn.Template:
    names = {
        "planner": text("Planning", lang),
        "qa": text("Load tests", lang),
        "architect": text("Choice of a system", lang),
    }
    other: Language = "zh" if lang == "en" else "en"
    lead = text(
        "Choose results to see them. Several runs are compared with the first, replication by "
        "replication; so are two load tests, request by request.",
        lang,
    )
    if not number:
        lead = text(
            "Nothing here yet. `retail-lab run corner-shop` leaves a run in runs/, `retail-lab replay` a "
            "load test, and `retail-lab vendors example --json runs/vendors.json` a comparison of vendors; "
            "then load the page again.",
            lang,
        )
    made = pn.Template(_ROOM.joinpath("dashboard.html").read_text(encoding="utf-8"))
    for name, root in roots.items():
        made.add_panel(name, root)
    for name, value in {
        "html_lang": {"en": "en", "zh": "zh-CN"}[lang],
        "heading": f"{names[view]}{text(': ', lang)}{held.folder}",
        "lead": tight(lead),
        "links": [(names[each], f"{at}?lang={lang}", each == view) for each, at in ADDRESSES.items()],
        "other": ({"en": "English", "zh": "中文"}[other], f"{ADDRESSES[view]}?lang={other}", other),
        "pages_label": text("Pages", lang),
        "choose_label": text("Results to choose from", lang),
        "results_label": text("Results", lang),
        "unread": held.unread,
        "page_css": _PAGE_CSS + _ROOM.joinpath("dashboard.css").read_text(encoding="utf-8"),
    }.items():
        made.add_variable(name, value)
    return made
