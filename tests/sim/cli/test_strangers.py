"""A folder from a stranger: whatever its records name, judging and reporting execute nothing of it, and write in it or where asked alone."""

from __future__ import annotations

import ast
import base64
import json
import pickle
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from loadtests.replay.collect import RUNNING, keep_schedule
from sim.cli.app import USAGE, status
from sim.records import bounded_yaml
from sim.records.load_run import LoadRun
from sim.records.samples import read_samples, write_chunk

from ...test_house import MODULES, imported, tree_of
from ..report.conftest import chain_folder, load_folder

SCRIPT = "<script>alert(1)</script>"
ROOT = Path(__file__).parents[3]


class Watch:
    """What Python is asked to do while it is on: code executed from files, files opened to be written, programs started."""

    def __init__(self):
        self.on, self.executed, self.written, self.started = False, [], [], []
        sys.addaudithook(self._hear)

    def _hear(self, event, arguments):
        if not self.on:
            return
        if event == "exec":
            self.executed.append(getattr(arguments[0], "co_filename", "?"))
        elif event == "open" and isinstance(arguments[0], str | bytes | Path) and (arguments[2] or 0) & 3:
            self.written.append(str(arguments[0]))
        elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "pickle.find_class"):
            self.started.append((event, str(arguments)))


@pytest.fixture(scope="module")
def watch():
    return Watch()


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Two runs of a chain and one load test, and one of a generator that never ended."""
    folder = tmp_path_factory.mktemp("sound")
    chain_folder(folder / "chain")
    chain_folder(folder / "again", slower_s=2.0)
    load_folder(folder / "load", failures=3, n=400)
    shutil.copytree(folder / "load", folder / "broken")
    samples, run = read_samples(folder / "broken/samples.parquet"), LoadRun.read(folder / "broken/loadrun.json")
    for name in ("samples.parquet", "verdict.json", "service_profile.json"):
        (folder / "broken" / name).unlink()
    (folder / "broken/samples").mkdir()
    write_chunk(folder / "broken/samples", 0, 0, samples)
    planned = pa.table({"row": samples["row"], "at_s": samples["t_intended"]})
    keep_schedule(folder / "broken", planned, samples["worker"].to_numpy())
    run.model_copy(update={"stopped": RUNNING}).write(folder / "broken/loadrun.json")
    return folder


COMMANDS = {
    "verdict": ["verdict", "load", "--html", "out/v.html", "--junit", "out/v.xml", "--json", "out/v.json"],
    "verdict of a run that broke off": ["verdict", "broken", "--html", "out/b.html", "--junit", "out/b.xml"],
    "profile": ["profile", "load"],
    "report": ["report", "chain", "load", "again", "--out", "out/page.html"],
    "report of the load test": ["report", "load", "--out", "out/load.html"],
}
RECORDS = ["load/loadrun.json", "load/verdict.json", "load/service_profile.json", "broken/loadrun.json",
           "chain/outcome/manifest.json", "again/outcome/manifest.json"]  # fmt: skip


FREE = {
    "adapter", "host", "trace", "run_id", "shape", "left_out", "name", "question", "versions", "assumed", "sources", "sentence", "reasons",
}  # fmt: skip
"""Fields that may be any text."""


def texts(value, path=()):
    """The paths of every text in a JSON value."""
    if isinstance(value, str):
        yield path
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from texts(each, (*path, key))


def put(value, path, text):
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = text


@pytest.fixture
def folder(sound, tmp_path, monkeypatch):
    shutil.copytree(sound, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here/out").mkdir()
    (tmp_path / "named.py").write_text(f"open({str(tmp_path / 'executed')!r}, 'w')\n")
    shutil.copy(tmp_path / "named.py", tmp_path / "here")
    shutil.copy(tmp_path / "named.py", tmp_path / "here/broken")
    return tmp_path / "here"


READERS = {
    "load": ("verdict", "profile", "report of the load test"),
    "broken": ("verdict of a run that broke off",),
    "chain": ("report",),
    "again": ("report",),
}


@pytest.mark.parametrize("named", ["named.py", "../named.py"])
@pytest.mark.parametrize("record", RECORDS)
def test_no_text_of_a_record_makes_a_command_execute_a_file_or_write_elsewhere(folder, watch, record, named, capsys):
    """All texts of a record at once; where what must be one of a list is then refused, those that may be any text."""
    said = json.loads((folder / record).read_text())
    for every in (True, False) if "manifest" not in record else (False,):
        changed = json.loads(json.dumps(said))
        for path in texts(said):
            kept = path[-1] == "stopped" and record.startswith("broken")
            if (every or FREE & set(path)) and not kept:
                put(changed, path, named)
        (folder / record).write_text(json.dumps(changed))
        before = {path for path in folder.parent.rglob("*") if folder not in path.parents}
        refused = False
        for command in (COMMANDS[name] for name in READERS[record.partition("/")[0]]):
            watch.on, watch.executed[:], watch.written[:], watch.started[:] = True, [], [], []
            try:
                ended = status(command)
            finally:
                watch.on = False
            assert ended in (0, 1, 2, 3, USAGE)
            refused |= ended == USAGE
            assert [file for file in watch.executed if "named" in file] == []
            assert watch.started == []
            strange = [file for file in watch.written if Path(file).is_absolute() and folder not in Path(file).parents]
            assert [
                file for file in strange if not re.match(r"/tmp/tmp|/dev/null|.*(__pycache__|matplotlib)", file)
            ] == []
            assert [file for file in watch.written if ".." in Path(file).parts] == []
        assert {path for path in folder.parent.rglob("*") if folder not in path.parents} == before
        if not refused:
            break
    assert not (folder.parent / "executed").exists()


class Harmful:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return open, (self.marker, "w")


@pytest.mark.parametrize("file", ["load/samples.parquet", "chain/outcome/kpis.parquet", "broken/schedule.parquet"])
@pytest.mark.parametrize("name", [b"arrow.py_extension_type", b"arrow.opaque", b"pandas"])
def test_no_pickle_in_a_tables_metadata_is_opened(folder, watch, file, name, capsys):
    """An extension type whose metadata are a pickle was executed by pyarrow before 14.0.1 (CVE-2023-47248)."""
    harm = pickle.dumps(Harmful(str(folder.parent / "executed")))
    table = pq.read_table(folder / file)
    metadata = {b"ARROW:extension:name": name, b"ARROW:extension:metadata": harm}
    fields = [field.with_metadata(metadata) for field in table.schema]
    said = {**(table.schema.metadata or {}), b"pandas": base64.b64encode(harm)}
    pq.write_table(table.cast(pa.schema(fields, metadata=said)), folder / file)
    for command in (COMMANDS[name] for name in READERS[file.partition("/")[0]]):
        watch.on, watch.started[:] = True, []
        try:
            assert status(command) in (0, 1, 2, 3, USAGE)
        finally:
            watch.on = False
        assert watch.started == []
    assert not (folder.parent / "executed").exists()


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.scripts, self.handlers, self.links, self.shown = 0, [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.scripts += tag in ("script", "iframe", "object", "embed", "base", "form")
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.links += [value for name, value in attrs if name in ("href", "src", "action", "xlink:href")]

    def handle_data(self, data):
        self.shown.append(data)


TEXTS = [SCRIPT, '"><img src=x onerror=alert(1)>', "{{ 7 * 191 }}{% raw %}", "javascript:alert(1)"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_page_shows_every_text_of_a_record_as_text(folder, text, capsys):
    for record in RECORDS:
        said = json.loads((folder / record).read_text())
        for path in list(texts(said)):
            if FREE & set(path):
                put(said, path, text)
        (folder / record).write_text(json.dumps(said))
    for name in ("report", "verdict"):
        assert status(COMMANDS[name]) in (0, 1, 2, 3)
    for page in (folder / "out").glob("*.html"):
        found = Tags(page.read_text())
        assert (found.scripts, found.handlers) == (0, [])
        assert [link for link in found.links if not link.startswith(("data:", "#"))] == []
        assert "1337" not in "".join(found.shown)
    assert text in "".join(Tags((folder / "out/page.html").read_text()).shown)
    ElementTree.parse(folder / "out/v.xml")


def test_every_template_escapes_what_it_is_given():
    made = [
        node
        for file in MODULES
        if "jinja2" in imported(file)
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call) and called(node) in ("Environment", "Template", "from_string", "Markup")
    ]
    assert made
    for node in made:
        assert called(node) == "Environment"
        assert any(word.arg == "autoescape" and ast.unparse(word.value) == "True" for word in node.keywords)
    templates = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "sim/report/pages").glob("*.html"))
    assert set(re.findall(r"[\w.]+ *\|\s*safe\b", templates)) == {"drawn.svg | safe"}, (
        "Matplotlib's, which escapes its texts"
    )
    assert not re.search(r"autoescape false|<script", templates)


def test_the_commands_that_judge_load_no_code_of_adapters(folder, capsys):
    """Not even a shipped one: in a process of their own nothing of `loadtests.adapters` is imported."""
    import subprocess

    code = (
        "import json, sys; from sim.cli.app import status; ended = [status(words) for words in json.loads(sys.argv[1])]; "
        "print(ended, sorted(m for m in sys.modules if m.startswith('loadtests.adapters')), file=sys.stderr)"
    )
    words = json.dumps(list(COMMANDS.values()))
    done = subprocess.run([sys.executable, "-c", code, words], capture_output=True, text=True, cwd=folder)
    ended, loaded = re.fullmatch(r"(\[.*\]) (\[.*\])", done.stderr.splitlines()[-1]).groups()
    assert loaded == "[]", done.stderr
    assert set(json.loads(ended)) <= {0, 1, 2, 3}, "each of them did its work"


def called(node):
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


ACTS = {"exec", "eval", "__import__", "import_module", "exec_module", "spec_from_file_location", "run_path", "run_module", "system"}  # fmt: skip


def test_only_two_places_execute_code_that_something_names():
    """An adapter, typed by hand, and a scenario's policy, where that was allowed; nothing is unpickled. `doctor` imports the lab's own kernels."""
    acting, unpickling, loading = set(), set(), set()
    for file in MODULES:
        name = file.relative_to(ROOT).as_posix()
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.Call) and called(node) in ACTS:
                acting.add(name)
            if (
                isinstance(node, ast.keyword)
                and node.arg in ("shell", "allow_pickle")
                and ast.unparse(node.value) == "True"
            ):
                acting.add(name)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "yaml.load",
                "yaml.unsafe_load",
                "yaml.full_load",
            ):
                loading.add(name)
        unpickling |= {
            name for module in imported(file) if module in ("pickle", "marshal", "shelve", "dill", "cloudpickle")
        }
    own_kernels = {"sim/cli/installation/checks.py"}
    assert acting - own_kernels == {"loadtests/adapters/base.py", "sim/scenario/user_code.py"}
    assert unpickling == set()
    assert loading == {"sim/records/bounded_yaml.py"}
    assert issubclass(bounded_yaml.BASE, yaml.SafeLoader | yaml.CSafeLoader)
