"""No text of YAML crashes, hangs or fills the memory: what is out of bounds is refused at its line, the rest means what it says."""

import os
import time

import pytest
import yaml

from sim.records import bounded_yaml
from sim.records.bounded_yaml import DEEPEST, LONGEST_NUMBER, MOST_BYTES, Bounds, Unsound, load, read_text
from sim.records.refusal import Refusal

BOMB = "z0: &l0 [" + ",".join("x" * 9) + "]\n"
BOMB += "".join(f"z{n}: &l{n} [{','.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 20))
CHAIN = "\n".join(f"a{n}: &a{n} [{f'*a{n - 1}' if n else 'x'}]" for n in range(3_000))


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 200_000,
        "{" * 200_000,
        "[" * 200_000 + "]" * 200_000,
        "- " * 200_000,
        "? " * 200_000,
        "\n".join(f"{' ' * n}a:" for n in range(2_000)),
        BOMB,
        CHAIN,
        "a: &a [*a]",
        "a: &a {<<: *a}",
        "a: &a {b: &b {<<: [*a]}, c: *b}",
        "a: *b",
        "a: !!python/name:os.system",
        "a: !!python/object/apply:os.getcwd []",
        "a: !!timestamp abc",
        "a: !!int abc",
        "a: !!int",
        "a: !!float abc",
        "a: !!bool abc",
        'a: !!binary "***"',
        "a: !!omap [1]",
        "!!set [a]",
        "a: !!map b",
        "a: !!seq {b: c}",
        "a: !!str [b]",
        "a: !own b",
        "%TAG ! tag:yaml.org,2002:python/\n---\na: !name:os.system x",
        "a: 1\n--- \nb: 2",
        "a: \x00",
        "a: \udc80",
        "a: 0000-01-01",
        "a: 2026-13-45",
        "a: " + "9" * (LONGEST_NUMBER + 1),
        "- " + "\n- ".join("1" * (Bounds().nodes + 1)),
    ],
    ids=range(34),
)
def test_what_is_out_of_bounds_is_refused_at_its_line_within_seconds(text):
    began = time.perf_counter()
    with pytest.raises(Unsound) as refused:
        load(text)
    assert time.perf_counter() - began < 10
    assert refused.value.problem_mark.line >= 0
    assert "\n" not in refused.value.expected


@pytest.mark.parametrize(
    "text", ["<<: 3", "<<: [3]", "a: [", "a: {b", "a:\n\tb: 1", "%YAML 9.9\n---\na: 1", "[&a 1, &a 2]"]
)
def test_what_is_no_yaml_is_refused_by_the_parser_at_its_place(text):
    with pytest.raises(yaml.MarkedYAMLError) as refused:
        load(text)
    assert refused.value.problem_mark is not None


def test_a_text_that_is_too_long_is_refused_unread():
    with pytest.raises(Unsound, match="16 MB"):
        load(" " * (MOST_BYTES + 1))


def test_what_is_in_bounds_is_read():
    assert load("a: " + "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1))
    assert load("a: &a [1, 2]\nb: *a\nc: {<<: {d: 1}, e: !!str 007}") == {
        "a": [1, 2],
        "b": [1, 2],
        "c": {"d": 1, "e": "007"},
    }


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.mkdir(), "expected a scenario, a file, found 'a folder'"),
        (os.mkfifo, "expected a scenario, a file, found 'a pipe or a device'"),
        (lambda path: path.write_bytes(b"a: 1\nb: \xe9"), ":2: expected a scenario in UTF-8, found b'\\xe9'"),
        (lambda path: path.write_bytes(b" " * (MOST_BYTES + 1)), "expected a scenario of at most 16 MB"),
        (lambda path: None, "expected a scenario, found no such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path, make, said):
    make(tmp_path / "a.yaml")
    with pytest.raises(Refusal) as refused:
        read_text(tmp_path / "a.yaml", "a scenario")
    assert str(refused.value).startswith(str(tmp_path / "a.yaml"))
    assert said in str(refused.value)


def test_a_loader_of_another_schema_is_bounded_too():
    with pytest.raises(Unsound):
        bounded_yaml.load("[" * 200_000, yaml.SafeLoader)
