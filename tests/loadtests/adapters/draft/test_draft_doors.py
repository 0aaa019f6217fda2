"""Whatever a recording, a description or a collection holds: a draft in which nothing of it acts, or a refusal in one line."""

from __future__ import annotations

import ast
import builtins
import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ....doors import HOSTILE, door, mutated_bytes, mutated_tree, mutations, paths
from .openapi.test_described import shop
from .recordings import entry, shopping
from .test_har import operations
from .test_postman import item, raw

ACT = "zz_act"
"""The function that untrusted texts try to call."""
ACTS = (
    *('")+zz_act()+("', "')+zz_act()+('", '"); zz_act(); ("', '"""+zz_act()+"""', '"""\nzz_act()\n"""', "{zz_act()}"),
    *("{{zz_act()}}", "{{{zz_act()}}}", '\\"+zz_act()+\\"', "\\'+zz_act()+\\'", "\nzz_act()\n", "\rzz_act()\r", "\\"),
    *("']+zz_act()+['", '"]+zz_act()+["', '"}+zz_act()+{"', "{setting x'] + zz_act() + self.setting['y}", '"', "'"),
    *("{{x}}{zz_act()}{{y}}", "<sku>{zz_act()}", "<product-id>", "{{sku}}", "\u2028zz_act()", "\x0czz_act()", "\x00"),
    *("\ud800", '", auth=zz_act(), x="', "zz_act", "__import__('os')", "\\N{DASH}", "{", "}", "#zz_act()", "\\\n"),
    *(
        '"zz_act()"',
        "{errand.zz_act()}",
        "__debug__",
        "ｓｅｌｆ",
        "%22)+zz_act()+(%22",
        "lambda: zz_act()",
        "*zz_act()",
    ),
)
KNOWN = {"self", "errand", "json", "str", "Adapter", "GraphQL"}
FORMS = {
    "Basic",
    "Bearer",
    "ApiKey",
    "ClientCredentials",
    "Cookies",
    "KeyParameter",
    "Login",
    "SessionHeader",
    "Signed",
}
SECRET = "s3cr3t-0123456789-VALUE-abcdefghijklmnop"


def harmless(text: str, secret: bool = False) -> None:
    """A draft is one class of methods whose every name it made itself, it does nothing when it is imported, and keeps no secret."""
    tree = ast.parse(text)
    text.encode()
    assert [type(each) for each in tree.body if not isinstance(each, ast.Import | ast.ImportFrom)] == [
        ast.Expr,
        ast.ClassDef,
    ]
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    assert read <= bound | KNOWN | FORMS, read - bound - KNOWN - FORMS
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            assert module == "json" or module.startswith("loadtests.adapters."), module
        assert not (isinstance(node, ast.Attribute) and node.attr == ACT)
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Attribute) or node.func.id in FORMS | {"str"}
        assert not isinstance(node, ast.Lambda | ast.Await | ast.Yield | ast.Global | ast.Delete | ast.Starred)
    kinds = (ast.Expr, ast.Assign, ast.FunctionDef)
    assert all(isinstance(each, kinds) for each in tree.body[-1].body)
    called = []
    builtins.zz_act = lambda: called.append(1) or ""
    try:
        exec(compile(tree, "draft", "exec"), {"__name__": "drafted"})
    finally:
        del builtins.zz_act
    assert called == []
    if secret:
        assert SECRET not in text


@st.composite
def acting(draw, sound, most=3):
    """A tree with untrusted texts inside its texts and its keys."""
    tree = copy.deepcopy(sound)
    for _ in range(draw(st.integers(1, most))):
        *above, last = draw(st.sampled_from(paths(tree)[1:]))
        parent = tree
        for key in above:
            parent = parent[key]
        act = draw(st.sampled_from(ACTS))
        value = parent[last]
        if isinstance(parent, dict) and draw(st.integers(0, 3)) == 0:
            parent[_spliced(draw, last, act)] = parent.pop(last)
        elif isinstance(value, str):
            parent[last] = _within(draw, value, act)
        elif not isinstance(value, dict | list):
            parent[last] = act
    return tree


def _within(draw, text, act):
    """The text put in somewhere; into one that holds JSON also at a place of that."""
    try:
        inner = json.loads(text)
    except ValueError:
        inner = None
    if isinstance(inner, dict | list) and inner and draw(st.booleans()):
        return json.dumps(draw(acting(inner, 1)))
    return _spliced(draw, text, act)


def _spliced(draw, text, act):
    # After a slash a text stands for a part of a path, which is where most of them are taken from.
    slashes = [at + 1 for at, each in enumerate(text) if each == "/"]
    at = draw(st.sampled_from([0, len(text), *slashes]) | st.integers(0, len(text)))
    return text[:at] + act + text[at:]


def login(path="/api/login", key="password", user="email", token="token"):
    return entry(
        "POST",
        f"https://shop.example{path}",
        {token: SECRET},
        at_s=0,
        body={user: "ann@corp.example", key: "Sunny-day-42"},
    )


def bearing(entries, name="Authorization", value=f"Bearer {SECRET}"):
    for each in entries:
        each["request"]["headers"] = [
            {"name": name, "value": value},
            {"name": "Cookie", "value": f"csrftoken={SECRET}"},
        ]
    return entries


RECORDINGS = (
    shopping(),
    operations(),
    operations(batched=True),
    [login(), *bearing(shopping())],
    bearing(shopping(), "X-Csrftoken", SECRET),
    bearing(shopping(), "X-Api-Key", SECRET),
)
COLLECTION = {
    "info": {"name": "made up"},
    "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{api_token}}"}]},
    "variable": [{"key": "base", "value": "https://shop.example"}, {"key": "region", "value": "north"}],
    "item": [
        item(
            "GET",
            {"raw": "{{base}}/products/:region", "variable": [{"key": "region", "value": "{{region}}"}]},
            answer={"items": [{"id": "p1", "sku": "TEA"}]},
        ),
        item(
            "POST",
            "{{base}}/carts",
            body=raw("{}"),
            answer={"id": "c1"},
            keeps="pm.environment.set('cart', answer.id);",
        ),
        item(
            "POST",
            "{{base}}/carts/{{cart}}/lines",
            body=raw('{"sku": "TEA", "quantity": 2, "note": "{{note}}"}'),
            header=[{"key": "X-Shop", "value": "{{shop}}"}],
        ),
        {
            "name": "folder",
            "item": [
                item(
                    "POST",
                    "{{base}}/carts/{{cart}}/order",
                    body={"mode": "urlencoded", "urlencoded": [{"key": "email", "value": "a@b.c"}]},
                    answer={"order": {"id": "o1"}},
                )
            ],
        },
        item(
            "POST",
            "https://pay.example/payments/{{$guid}}",
            body={
                "mode": "graphql",
                "graphql": {"query": "mutation Pay($id: ID!) { pay(order: $id) { id } }", "variables": '{"id": "o1"}'},
            },
        ),
    ],
}


def described_shop():
    spec = json.loads(json.dumps(shop()))
    spec.setdefault("components", {})["securitySchemes"] = {
        "key": {"type": "apiKey", "in": "header", "name": "X-Shop-Key"},
        "more": {"type": "apiKey", "in": "header", "name": "X-Channel"},
        "flow": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "https://id.example/token", "scopes": {}}},
        },
    }
    spec["security"] = [{"key": [], "more": []}, {"flow": []}]
    return spec


SPEC = described_shop()


@pytest.fixture(scope="module")
def of_har():
    with door("HAR") as opened:
        yield opened


@pytest.fixture(scope="module")
def of_openapi():
    with door("OpenAPI") as opened:
        yield opened


@pytest.fixture(scope="module")
def of_postman():
    with door("Postman") as opened:
        yield opened


@pytest.fixture
def begin(tmp_path):
    """Begins an adapter from a file's bytes; the line that refuses it, or the text of the draft, which is harmless."""

    def run(of, flag: str, content: bytes, name: str = "given.json", secret: bool = False) -> str:
        file, out = tmp_path / name, tmp_path / "x.py"
        file.write_bytes(content)
        out.unlink(missing_ok=True)
        message = of.ask(["adapter", "new", "x", flag, str(file), "--out", str(out)], allowed=(0, 2))
        assert out.exists() is not bool(message)
        if not message:
            harmless(out.read_text(encoding="utf-8"), secret)
        return message or out.read_text(encoding="utf-8")

    return run


def as_json(tree) -> bytes:
    return json.dumps(tree).encode()


def as_yaml(tree) -> bytes:
    return yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "replace")


@st.composite
def files(draw, *sounds):
    """A sound file with mutations of its values, of its bytes, or with texts that would act."""
    sound = draw(st.sampled_from(sounds))
    tree = sound
    if draw(st.booleans()):
        tree = draw(acting(tree))
    if tree is sound or draw(st.integers(0, 3)) == 0:
        tree = draw(mutated_tree(tree))
    content = as_json(tree)
    return draw(mutated_bytes(content)) if draw(st.integers(0, 5)) == 0 else content


@mutations
@given(data=st.data())
def test_a_mutation_of_a_recording_is_a_harmless_draft_or_one_line(of_har, begin, data):
    sounds = [{"log": {"version": "1.2", "entries": entries}} for entries in RECORDINGS]
    begin(of_har, "--har", data.draw(files(*sounds)), "given.har")


@mutations
@given(data=st.data())
def test_a_mutation_of_a_collection_is_a_harmless_draft_or_one_line(of_postman, begin, data):
    begin(of_postman, "--postman", data.draw(files(COLLECTION)))


@mutations
@given(data=st.data())
def test_a_mutation_of_a_description_is_a_harmless_draft_or_one_line(of_openapi, begin, data):
    tree = data.draw(acting(SPEC) | mutated_tree(SPEC))
    kind = data.draw(st.sampled_from(("json", "yaml", "bytes", "yaml bytes")))
    content = as_json(tree) if kind in ("json", "bytes") else as_yaml(tree)
    if kind.endswith("bytes"):
        content = data.draw(mutated_bytes(content))
    begin(of_openapi, "--openapi", content, "given.json" if kind in ("json", "bytes") else "given.yaml")


def everywhere(tree, act):
    """The tree with a text put into each of its texts in turn: before it, after it, after its last slash; and into each key."""
    for at in paths(tree)[1:]:
        *above, last = at
        for kind in ("begin", "end", "slash", "key"):
            changed = copy.deepcopy(tree)
            parent = changed
            for key in above:
                parent = parent[key]
            value = parent[last]
            if kind == "key":
                if not isinstance(parent, dict):
                    continue
                parent[f"{last}{act}"] = parent.pop(last)
            elif not isinstance(value, str):
                continue
            elif kind == "slash":
                before, slash, after = value.rpartition("/")
                parent[last] = f"{before}{slash}{act}{after}"
            else:
                parent[last] = act + value if kind == "begin" else value + act
            yield changed


LOGINS = [login(), *bearing(shopping()[:2])]


@pytest.mark.parametrize(
    "act", ['")+zz_act()+("', '", x=zz_act(), y="', "{zz_act()}", "')+zz_act()+('", '"""\nzz_act()\n"""', "\\"]
)
def test_no_text_of_a_recording_acts_wherever_it_stands(of_har, begin, act):
    for entries in everywhere(LOGINS, act):
        begin(of_har, "--har", as_json({"log": {"entries": entries}}))
    for name in (f"X-Api-Key{act}", f"X-Csrf{act}", f"X-Token{act}"):
        begin(of_har, "--har", as_json({"log": {"entries": bearing(shopping(), name, SECRET)}}), secret=True)
    for brings in (
        login(token=f"token{act}"),
        login(user=f"email{act}"),
        login(key=f"{act}password"),
        login(path=f"/log{act}in"),
    ):
        begin(of_har, "--har", as_json({"log": {"entries": [brings, *bearing(shopping())]}}), secret=True)


@pytest.mark.parametrize("act", ['")+zz_act()+("', "{zz_act()}", '", x=zz_act(), y="'])
def test_no_text_of_a_collection_or_a_description_acts_wherever_it_stands(of_postman, of_openapi, begin, act):
    for tree in everywhere(COLLECTION, act):
        begin(of_postman, "--postman", as_json(tree))
    for tree in everywhere({key: SPEC[key] for key in ("security", "components")}, act):
        begin(of_openapi, "--openapi", as_json({**SPEC, **tree}))


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[" * 200_000, "levels of nesting"),
        (b"a: " + b"{" * 200_000, "levels of nesting"),
        (b"- " * 100_000, "levels of nesting"),
        (BOMB.encode(), "aliases (*name) written out"),
        (b"a: &a [*a]", "a value that does not hold itself"),
        (b"paths: {/x: &x {get: *x}}", "a value that does not hold itself"),
        (b"a: !!python/object/apply:os.system [true]", "without a tag"),
        (b"a: !!timestamp x", ""),
        (b"openapi: 2026-01-01\npaths: {/a: {get: {responses: {}}}}", ""),
        (b"openapi: 3.0.0\npaths: 9" + b"9" * 5_000, ""),
        (b"<<: *nothing", "anchor that stands above it"),
        (b"<<: 3", "OpenAPI file, JSON or YAML"),
        (b"\x00", "control characters"),
        (b"\xff\xfe", "OpenAPI file, JSON or YAML"),
        (b"", ""),
    ],
    ids=lambda content: repr(content[:20]),
)
def test_a_description_without_bounds_is_refused(of_openapi, begin, content, message):
    assert message in begin(of_openapi, "--openapi", content, "given.yaml")


@pytest.mark.parametrize("flag", ["--har", "--openapi", "--postman"])
@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b'{"log": ' + b"9" * 10_000 + b"}"],
    ids=["lists", "objects", "digits"],
)
def test_a_file_nested_without_end_is_refused(of_har, begin, flag, content):
    assert "expected a" in begin(of_har, flag, content)


def test_a_reference_to_itself_is_followed_to_no_end(of_openapi, begin):
    spec = copy.deepcopy(SPEC)
    spec["components"]["schemas"] = {
        "a": {"$ref": "#/components/schemas/b"},
        "b": {"$ref": "#/components/schemas/a"},
        "c": {"type": "object", "properties": {"again": {"$ref": "#/components/schemas/c"}}},
    }
    for name in "ac":
        spec["paths"]["/carts"]["post"]["requestBody"] = {
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        }
        begin(of_openapi, "--openapi", as_json(spec))


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: repr(value)[:20])
def test_a_file_that_is_one_hostile_value_is_refused(of_har, begin, value):
    for flag in ("--har", "--openapi", "--postman"):
        begin(of_har, flag, as_json(value))


def test_no_draft_is_written_over_a_file(of_har, tmp_path):
    (tmp_path / "x.py").write_text("mine")
    file = tmp_path / "r.har"
    file.write_bytes(as_json({"log": {"entries": shopping()}}))
    message = of_har.ask(["adapter", "new", "x", "--har", str(file), "--out", str(tmp_path / "x.py")])
    assert "--out: " in message
    assert Path(tmp_path / "x.py").read_text() == "mine"


def test_what_is_left_out_is_printed_as_text_of_a_terminal(tmp_path):
    """In a process of its own: here standard output is no terminal's, and takes every character."""
    steering = entry("GET", "https://shop.example/\x1b[31mred\ud800", {"a": 1}, at_s=9)
    steering["request"]["url"] = "https://shop.example/\x1b[31mred\ud800"
    (tmp_path / "r.har").write_bytes(as_json({"log": {"entries": [*shopping(), steering]}}))
    words = ["adapter", "new", "x", "--har", str(tmp_path / "r.har"), "--out", str(tmp_path / "x.py")]
    ran = subprocess.run(
        [sys.executable, "-c", "from sim.cli.app import main; main()", *words], capture_output=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert "GET /\ufffd[31mred\ufffd" in ran.stdout.decode()
    assert b"\x1b" not in ran.stdout


@pytest.mark.parametrize(
    "status", [float("nan"), float("inf"), -1e300, 10**40, "²", "9" * 5_000, True, [200]], ids=repr
)
def test_a_status_that_is_none_is_refused_by_its_place(of_har, begin, status):
    entries = shopping()
    entries[0]["response"]["status"] = status
    message = begin(of_har, "--har", as_json({"log": {"entries": entries}}))
    assert status is True or "log.entries[0].response.status: expected a number" in message
