"""Whatever the file of a comparison and its tables hold, `vendors` works or refuses it."""

import shutil

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.planning.vendors.comparing import example
from sim.scenario import documents

from ....doors import door, mutated_bytes, mutated_tree, mutations


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("doors") / "example"
    shutil.copytree(example().parent, made)
    return made


@pytest.fixture(scope="module")
def ask():
    with door("comparisons of vendors", lines=21) as found:
        yield found.ask


@mutations
@given(data=st.data())
def test_any_mutation_of_the_file_of_a_comparison_is_read_or_refused(folder, ask, data):
    sound = documents.read(example(), "a comparison")
    tree = data.draw(mutated_tree(sound))
    path = folder / "mutated.yaml"
    path.write_bytes(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True).encode("utf-8", "surrogatepass"))
    ask(["vendors", str(path), "--quiet"])


@mutations
@given(data=st.data())
def test_any_mutation_of_a_table_or_a_record_of_a_comparison_is_read_or_refused(folder, ask, data):
    name = data.draw(
        st.sampled_from(
            (
                "scores-li.csv",
                "costs.csv",
                "aster-tickets.csv",
                "aster-check.json",
                "aster-incidents.csv",
                "vendors.yaml",
            )
        )
    )
    sound = (example().parent / name).read_bytes()
    (folder / name).write_bytes(data.draw(mutated_bytes(sound)))
    try:
        ask(["vendors", str(folder / "vendors.yaml"), "--quiet"])
    finally:
        (folder / name).write_bytes(sound)
