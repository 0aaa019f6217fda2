"""Whatever a recording holds, it is refused in one line or becomes a draft that compiles and that a linter passes."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.adapters.draft import draft
from sim.records.refusal import Refusal

from .recordings import har, shopping, sound
from .test_har import operations

NAMES = ("none", "true", "_", "__", "adapter", "bearer", "a_b", "graph_q_l", "é")
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**20),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        [
            '"""',
            "\\",
            "{x}",
            "a\nb",
            "\ud800",
            "'",
            '"',
            "{{x}}",
            "<x>",
            "class",
            "self",
            "errand",
            "/",
            "?",
            "order",
            "id",
            "[" * 300,
        ]
    ),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.sampled_from(["id", "sku", "a b", 'q"', "class", "\n"]), st.integers(0, 3), max_size=2),
)


def places(value, at=()):
    """Where keys and elements stand in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield (*at, key)
        yield from places(each, (*at, key))


def reach(value, at):
    for key in at:
        value = value[key]
    return value


@st.composite
def mutated(draw, entries):
    """A recording with some fields dropped or of another kind; also within the JSON texts of bodies and answers."""
    changed = copy.deepcopy(entries)
    for _ in range(draw(st.integers(1, 4))):
        whole = changed
        texts = [at for at in places(changed) if at[-1] == "text" and isinstance(reach(changed, at), str)]
        inside = draw(st.sampled_from(texts)) if texts and draw(st.booleans()) else None
        if inside:
            try:
                whole = [json.loads(reach(changed, inside))]
            except ValueError:
                continue
        options = list(places(whole))
        if not options:
            continue
        *above, last = draw(st.sampled_from(options))
        holder = reach(whole, above)
        match draw(st.sampled_from(["drop", "odd", "rename", "double"])):
            case "drop":
                del holder[last]
            case "odd":
                holder[last] = draw(ODD)
            case "rename" if isinstance(holder, dict):
                holder[draw(st.text(max_size=8))] = holder.pop(last)
            case "double":
                holder[last] = [holder[last], copy.deepcopy(holder[last])]
        if inside:
            reach(changed, inside[:-1])["text"] = json.dumps(whole[0] if whole else None)
    return changed


def begun(file):
    """A draft, or the line that refuses the file."""
    try:
        return draft("begun", har=file), ""
    except Refusal as refused:
        return None, str(refused)


@pytest.mark.parametrize(
    "entries", [shopping(), operations(), operations(batched=True)], ids=["rest", "graphql", "batched"]
)
def test_a_mutated_recording_is_refused_or_becomes_a_sound_draft(entries):
    texts = []

    @settings(max_examples=150, deadline=None)
    @given(mutated(entries))
    def run(changed):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "r.har"
            file.write_text(json.dumps({"log": {"entries": changed}}))
            made, refused = begun(file)
        if refused:
            assert "\n" not in refused
            return
        compile(made.text, "draft", "exec")
        made.text.encode()
        assert made.journeys or made.why_none
        texts.append(made.text)

    run()
    with tempfile.TemporaryDirectory() as folder:
        sound(*dict.fromkeys(texts), folder=Path(folder))


@pytest.mark.parametrize("name", NAMES)
def test_every_word_names_an_adapter(tmp_path, name):
    entries = shopping()
    for each in entries:
        each["request"]["headers"] = [{"name": "Authorization", "value": "Bearer 0123456789abcdef"}]
    sound(draft(name, har=har(tmp_path / "r.har", *entries)).text, draft(name).text, folder=tmp_path)


def test_a_long_recording_takes_time_in_proportion(tmp_path):
    """Every value of every answer may be taken later: what is known is looked up, not copied for each call."""
    import time

    def seconds(count: int) -> float:
        way = shopping()
        more = [
            {
                **copy.deepcopy(way[0]),
                "request": {**way[0]["request"], "url": f"https://shop.example/api/products/{number}"},
            }
            for number in range(count)
        ]
        file = har(tmp_path / f"{count}.har", *way, *more)
        start = time.process_time()
        draft("begun", har=file)
        return time.process_time() - start

    seconds(50)
    assert seconds(1600) < 10 * max(seconds(400), 0.2)
