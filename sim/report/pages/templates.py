"""Templates of pages with the words of a language: `_("text")` is a text of the catalogue, filters write quantities."""

from __future__ import annotations

import re
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from sim.evidence import wording
from sim.records.atomic_files import whole
from sim.records.verdict import SHARES
from sim.report import languages
from sim.report.languages import Language
from sim.report.languages.typeface import with_font
from sim.report.pages.labels import labelled


def write_page(path: Path | str, name: str, lang: Language, values: dict[str, Any], **filters: Any) -> None:
    """Write a page from a template of this room in a language; `filters` are the template's own. A Chinese page brings its glyphs along."""
    write_html(path, template(name, lang, **filters).render(values), lang)


def write_html(path: Path | str, html: str, lang: Language) -> None:
    """Write a page, its cells labelled; a Chinese one brings its glyphs along."""
    html = labelled(html)
    with whole(path) as aside:
        aside.write_text(with_font(html) if lang == "zh" else html, encoding="utf-8")


def tight(said: str) -> str:
    """Numbers stay on the line of their units."""
    return re.sub(r"(?<=\d) (?=(?:%|ms|s|min|h|days)(?:\W|$)|毫秒|秒|分钟|小时|天|[万亿元])", "\u00a0", said)


def template(name: str, lang: Language, room: str = "sim.report.pages", **filters: Any) -> Template:
    """A template of a room, to be rendered in a language; `filters` are its own."""
    environment = _environment(name, lang, room)
    environment.filters |= filters
    return environment.get_template(name)


@cache
def _environment(name: str, lang: Language, room: str) -> Environment:
    """Of one template, which it compiles once; without optimisation, for that would fill in what a page's own filters make of constants."""
    environment = Environment(
        loader=PackageLoader(room, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        optimized=False,
    )

    def seconds(time_s: float | None) -> str:
        return "–" if time_s is None else languages.duration(time_s, lang)

    def amount(quantity: str, value: float | None) -> str:
        if value is None:
            return "–"
        return languages.percent(value, lang) if quantity in SHARES else languages.duration(value, lang)

    environment.globals |= {
        "_": partial(languages.text, lang=lang),
        "counted": partial(languages.counted, lang=lang),
        "lang": lang,
        "html_lang": {"en": "en", "zh": "zh-CN"}[lang],
    }
    environment.filters |= {
        "seconds": seconds,
        "percent": partial(languages.percent, lang=lang),
        "rate": wording.rate,
        "number": partial(languages.number, lang=lang),
        "named": partial(languages.named, lang=lang),
        "kpi_name": partial(languages.kpi_name, lang=lang),
        "kpi_meaning": partial(languages.kpi_meaning, lang=lang),
        "recorded": partial(languages.recorded, lang=lang),
        "tight": tight,
        "whole": lambda count: f"{count:,}",
        "amount": lambda finding, of: amount(finding.quantity, getattr(finding, of)),
    }
    return environment
