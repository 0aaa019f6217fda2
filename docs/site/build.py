"""Builds the docs as a site into build/site: the pages of docs/, the notebooks as they are kept, and a reference made from code.

python docs/site/build.py [folder]    strict: a warning ends with status 1
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
DOCS, ROOT = HERE.parent, HERE.parents[1]
NOTEBOOK_LINK = re.compile(r"\]\(\.\./docs/")
LINK = re.compile(r"\]\((?:\.\./)?(?:docs/)?(?=[\w.-]+\.(?:md|png)\b)")
"""A relative link in the repository: pages of the root, of docs/ and of docs/site/ are neighbours in the site."""
README = "](README.md"
"""The site's first page stands in its place."""
OF_THE_ROOT = ("README.zh-CN.md", "SECURITY.md", "CHANGELOG.md")


def stage(source: Path) -> None:
    """Write everything that Sphinx reads into an empty folder."""
    from pages import generated

    (source / "notebooks").mkdir(parents=True)
    for page in (*DOCS.glob("*.md"), *HERE.glob("*.md"), *(ROOT / name for name in OF_THE_ROOT)):
        (source / page.name).write_text(moved(page), encoding="utf-8")
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        kept = NOTEBOOK_LINK.sub("](../", notebook.read_text(encoding="utf-8"))
        (source / "notebooks" / notebook.name).write_text(kept, encoding="utf-8")
    for name, text in generated().items():
        page = source / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    for file in (DOCS / "loop.png", HERE / "site.css", HERE / "conf.py"):
        shutil.copy(file, source)
    (source / "llms.txt").write_text(moved(ROOT / "llms.txt").replace("](", "](_sources/"), encoding="utf-8")


def moved(page: Path) -> str:
    """The text of a page with its links as they lead in the site."""
    return LINK.sub("](", page.read_text(encoding="utf-8")).replace(README, "](index.md")


def build(out: Path) -> int:
    """Build the site into a folder; Sphinx's exit status. `out` with `.source` at its end holds what Sphinx reads, afresh each time."""
    from sphinx.cmd.build import build_main

    source = out.with_name(f"{out.name}.source")
    for folder in (source, out):
        shutil.rmtree(folder, ignore_errors=True)
    stage(source)
    return build_main(
        ["-q", "-W", "--keep-going", "-b", "html", "-d", str(source / ".doctrees"), str(source), str(out)]
    )


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/site").resolve()))
