"""The pages of runs as a folder of files: readable from a disk, a mail or any web server, without scripts and without the network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from sim.records.outcome import outcome_folder
from sim.records.refusal import Refusal
from sim.report import findings
from sim.report.languages import Language, text
from sim.report.pages.run_page import write_page
from sim.report.pages.templates import write_html
from sim.report.publish.store_facts import Played, StoreFacts, facts, played
from sim.report.publish.store_page import page_template, store_page
from sim.report.runs import Runs, read

OTHER = {"zh": "en", "en": "zh"}
NAMES = {"zh": "中文", "en": "English"}


@dataclass(frozen=True)
class _Run:
    folder: Path
    runs: Runs
    file: str
    """Name of its page."""


def write_site(folders: Sequence[Path], out: Path, codes: Sequence[str] = (), lang: Language = "zh") -> list[Path]:
    """Write `out/index.html` in a language, and under `out/zh` and `out/en` an index, a page a run and a page a store; the files.

    `folders`: runs of a chain and load tests. `codes`: stores that get a page, from the first run that has them; all without any.
    Raises `Refusal` for a folder that holds no run, and for a code that no run has.
    """
    files = _Names()
    given = [_Run(folder, read([folder]), files.new(folder.resolve().name)) for folder in folders]
    chains = [played(each.folder, each.runs.chain) for each in given if each.runs.chain]
    stores = _stores(chains, codes)
    pages = [(store, files.new(f"store-{store.code}")) for store in stores]
    written = []
    for each in get_args(Language):
        home = out / each
        for run in given:
            write_page([run.folder], home / run.file, each)
            written.append(home / run.file)
        for store, file in pages:
            links = [(text("All stores", each), "index.html"), (NAMES[OTHER[each]], f"../{OTHER[each]}/{file}")]
            written.append(_write(home / file, store_page(store, chains, each, links), each))
        written.append(
            _write(home / "index.html", _index(given, pages, each, "", f"../{OTHER[each]}/index.html"), each)
        )
    first = _index(given, pages, lang, f"{lang}/", f"{OTHER[lang]}/index.html")
    return [_write(out / "index.html", first, lang), *written]


def _stores(chains: Sequence[Played], codes: Sequence[str]) -> list[StoreFacts]:
    known = list(dict.fromkeys(store["code"] for each in chains for store in each.run.scenario["stores"]))
    for code in codes:
        if code not in known:
            listed = ", ".join(known[:8]) + (f" and {len(known) - 8} more" if len(known) > 8 else "")
            raise Refusal("--store", "", f"a store of the runs: {listed or 'none, they are no runs of a chain'}", code)
    found = (next(filter(None, (facts(each, code) for each in chains)), None) for code in codes or known)
    return [store for store in found if store]


def _index(
    given: Sequence[_Run], pages: Iterable[tuple[StoreFacts, str]], lang: Language, folder: str, other: str
) -> str:
    runs: list[dict[str, Any]] = []
    for each in given:
        statements = findings.state(each.runs, lang)
        chain = each.runs.chain
        runs.append(
            {
                "title": chain.name if chain else each.folder.resolve().name,
                "findings": [statement.text for statement in statements],
                "basis": statements[0].rests_on if statements else "",
                "address": folder + each.file,
            }
        )
    stores = [(store, folder + file) for store, file in pages]
    return page_template("index.html", lang).render(links=[(NAMES[OTHER[lang]], other)], stores=stores, runs=runs)


def _write(path: Path, html: str, lang: Language) -> Path:
    write_html(path, html, lang)
    return path


class _Names:
    """Names of files: letters, digits, `-` and `_`, and each once."""

    def __init__(self) -> None:
        self._taken = {"index"}

    def new(self, wished: str) -> str:
        """A name like the one wished for, with `.html`."""
        plain = re.sub(r"[^0-9A-Za-z_-]+", "-", wished)[:80].strip("-") or "page"
        name, again = plain, 2
        while name.lower() in self._taken:
            name, again = f"{plain}-{again}", again + 1
        self._taken.add(name.lower())
        return f"{name}.html"


def runs_under(folder: Path) -> list[Path]:
    """The runs of a chain that a folder holds, by name."""
    return sorted(each for each in folder.iterdir() if outcome_folder(each).is_dir()) if folder.is_dir() else []
