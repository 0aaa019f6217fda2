"""Each notebook asks one question and ends in its answer; it runs as it stands, agrees with its text, and keeps what it shows.

`python -P tests/test_notebooks.py` executes all notebooks and writes them with their outputs; with names (`drills`) it does so with those alone.
What is edited is the text of a notebook, `notebooks/drills.py`; in JupyterLab, Jupytext keeps both in step.

What a notebook prints is compared as it is. Of those that send a load test only its shape is: how fast a machine answers differs from day to day. A
picture counts by its title, which states its finding, for its pixels depend on the fonts of a machine.
"""

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parents[1] / "notebooks"
TEXTS = sorted(FOLDER.glob("*.py"))
QUESTIONS = {
    "backtest", "calibrate-to-your-log", "capacity-before-the-next-wave", "drills", "extend-the-lab", "pilot-and-rollout",
    "proof-of-concept", "quarterly-health", "replenishment", "vendor-selection",
}  # fmt: skip
LONGEST_CELL = 15
TIMEOUT_S = 600
WIDGET = "application/vnd.jupyter.widget-view+json"
MEASURED = ("lab.replay(", "lab.capacity(")
"""Calls whose figures are those of a machine on a day."""


def written(text: Path) -> NotebookNode:
    """The notebook that a text stands for, without outputs; its cells are numbered, so that the same text makes the same file."""
    read = jupytext.read(text)
    cells = [
        (nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell)(
            cell.source, id=f"cell-{number:02}"
        )
        for number, cell in enumerate(read.cells)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


@contextmanager
def kernel() -> Iterator[NotebookClient]:
    """A kernel in which notebooks run one after the other: importing the lab takes longer than most of them."""
    client = NotebookClient(nbformat.v4.new_notebook(), timeout=TIMEOUT_S)
    with client.setup_kernel():
        yield client


def executed(text: Path, folder: Path | str, within: NotebookClient) -> NotebookNode:
    """The notebook of a text after its cells ran in a folder, none of another notebook's names being left; a cell that fails raises.

    Widgets leave no output: without a kernel behind it one shows nothing.
    """
    clear = f"import os, tempfile\nos.chdir({str(folder)!r})\ntempfile.tempdir = {str(folder)!r}\n%reset -f"
    notebook = written(text)
    for within.nb in (nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(clear)]), notebook):
        within.reset_execution_trackers()
        for index, cell in enumerate(within.nb.cells):
            within.execute_cell(cell, index)
    for number, cell in enumerate(code(notebook), 1):
        cell.metadata.clear()  # when it ran
        cell.outputs = [output for output in together(cell.outputs) if WIDGET not in output.get("data", {})]
        for counted in (cell, *cell.outputs):
            if "execution_count" in counted:
                counted.execution_count = number
    return notebook


def together(outputs: list[NotebookNode]) -> Iterator[NotebookNode]:
    """Outputs, with parts of one stream as one: where a stream is cut is a matter of time."""
    last = None
    for output in outputs:
        if last is not None and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
            continue
        last = output
        yield output


def code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell: NotebookNode) -> list[tuple[str, tuple[str, ...], str]]:
    """Of each output its kind, its formats, and what it says."""
    return [
        (output.output_type, tuple(sorted(data)), output.get("text", data.get("text/plain", "")))
        for output in cell.outputs
        for data in [output.get("data", {})]
    ]


def shape(cell: NotebookNode) -> list[tuple[str, tuple[str, ...]]]:
    return [(kind, formats) for kind, formats, _ in shown(cell)]


def answer(notebook: NotebookNode) -> str:
    """What the last cell prints."""
    return "".join(output.get("text", "") for output in code(notebook)[-1].outputs)


@pytest.fixture(scope="module", params=TEXTS, ids=lambda text: text.stem)
def text(request):
    return request.param


@pytest.fixture(scope="module")
def kept(text):
    return nbformat.read(text.with_suffix(".ipynb"), as_version=4)


@pytest.fixture(scope="module")
def within():
    with kernel() as client:
        yield client


@pytest.fixture(scope="module")
def fresh(text, within, tmp_path_factory):
    return executed(text, tmp_path_factory.mktemp(text.stem), within)


def test_there_is_a_notebook_for_each_question():
    assert {text.stem for text in TEXTS} == {file.stem for file in FOLDER.glob("*.ipynb")} == QUESTIONS


def test_the_docs_list_each_notebook_by_its_question():
    page = (FOLDER.parent / "docs" / "python.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\S.*\?) \| `([\w-]+)` \|$", page, re.MULTILINE)
    opened = [(text.read_text(encoding="utf-8").splitlines()[1].removeprefix("# # "), text.stem) for text in TEXTS]
    assert sorted(listed) == sorted(opened)


def test_a_notebook_runs_and_shows_what_is_kept_in_it(text, kept, fresh):
    measured = any(call in text.read_text(encoding="utf-8") for call in MEASURED)
    look = shape if measured else shown
    assert [look(cell) for cell in code(fresh)] == [look(cell) for cell in code(kept)]


def test_a_notebook_and_its_text_are_the_same_cells(text, kept):
    assert kept.cells
    assert [(cell.cell_type, cell.id, cell.source) for cell in kept.cells] == [
        (cell.cell_type, cell.id, cell.source) for cell in written(text).cells
    ]


def test_it_opens_with_a_question(kept):
    assert re.match(r"# [^\n]+\?\n\n\S", kept.cells[0].source)


def test_its_cells_are_short(kept):
    assert [cell.source for cell in code(kept) if len(cell.source.splitlines()) > LONGEST_CELL] == []


def test_it_ends_with_an_answer_that_is_computed_and_has_its_uncertainty(kept, fresh):
    """No figure of the sentence stands in the code that prints it."""
    assert kept.cells[-1].cell_type == "code"
    for notebook in (kept, fresh):
        said = answer(notebook)
        assert re.fullmatch(r"\S[^\n]+\.\n", said)
        assert re.search(r"± ?\d|\d ?%? (to|and) [+−-]?\d", said)
    nodes = ast.walk(ast.parse(kept.cells[-1].source))
    texts = [each.value for each in nodes if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    assert [each for each in texts if re.search(r"\d", re.sub(r"[+,]*\.\d[%f]", "", each))] == []  # but for formats


def test_its_pictures_are_kept_with_what_they_show_as_their_title(kept):
    cells = [cell for cell in code(kept) if any("image/png" in output.get("data", {}) for output in cell.outputs)]
    assert cells
    for cell in cells:
        texts = [output.data["text/plain"] for output in cell.outputs if "data" in output]
        assert re.fullmatch(r"<Picture: .{10,}>", texts[-1]) or re.search(
            r"set_title\(finding.*set_ylabel", cell.source, re.DOTALL
        )


if __name__ == "__main__":
    with kernel() as client:
        for each in TEXTS:
            if len(sys.argv) == 1 or each.stem in sys.argv[1:]:
                print(each.stem, flush=True)
                with TemporaryDirectory() as aside:
                    nbformat.write(executed(each, aside, client), each.with_suffix(".ipynb"))
