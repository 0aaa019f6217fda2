"""The file of a comparison: what it may hold, and how it is refused."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from sim.planning.vendors.vendor_file import load
from sim.records.refusal import Refusal

SOUND = {
    "name": "Tills for 50 stores",
    "dimensions": {
        "functional_fit": {"weight": 60, "criteria": {"transfers": {"weight": 70}, "returns": {"weight": 30}}},
        "support": {"weight": 40, "criteria": {"hotline": {"describes": "answers at night"}}},
    },
    "requirements": {"offline tills": {"priority": "must"}},
    "vendors": {
        "Alpha": {"scores": {"transfers": {"score": [5, 7], "grade": "rfp", "date": "2026-09-01"}}},
        "Beta": {"covers": {"offline tills": {"covered": "yes", "grade": "reference"}}},
    },
}


def written(folder, change=None, sound=SOUND):
    held = copy.deepcopy(sound)
    if change:
        change(held)
    path = folder / "vendors.yaml"
    text = yaml.safe_dump(held, sort_keys=False, allow_unicode=True).replace("'2026-09-01'", "2026-09-01")
    path.write_text(text, encoding="utf-8")
    return path


def test_the_comparison_of_the_docs_is_one(tmp_path):
    text = (Path(__file__).parents[4] / "docs" / "deciding.md").read_text(encoding="utf-8")
    (tmp_path / "vendors.yaml").write_text(re.search(r"```yaml\n(name: .*?)```", text, re.DOTALL)[1])
    loaded = load(tmp_path / "vendors.yaml")
    assert (loaded.weights[""], list(loaded.file.vendors)) == ((0.3, 0.7), ["Aster", "Dune"])


def test_weights_are_those_of_a_dimension_times_those_within(tmp_path):
    loaded = load(written(tmp_path))
    assert loaded.weights == {"": (0.6, 0.4), "functional_fit": (0.7, 0.3), "support": (1.0,)}
    assert [each.how for each in loaded.weighings] == ["by hand"] * 3
    assert loaded.file.vendors["Alpha"].scores["transfers"].ends == (5, 7)


def test_a_matrix_of_comparisons_takes_the_place_of_weights_and_may_hold_fractions(tmp_path):
    def compare(held):
        del held["dimensions"]["functional_fit"]["weight"], held["dimensions"]["support"]["weight"]
        held["pairwise"] = [[1, 3], ["1/3", 1]]

    loaded = load(written(tmp_path, compare))
    assert loaded.weights[""] == pytest.approx((0.75, 0.25))
    assert (loaded.weighings[0].how, loaded.weighings[0].consistency_ratio) == ("AHP", 0)


def test_weights_that_are_nowhere_given_are_equal_and_recorded_so(tmp_path):
    def drop(held):
        for each in held["dimensions"]["functional_fit"]["criteria"].values():
            del each["weight"]

    loaded = load(written(tmp_path, drop))
    assert loaded.weights["functional_fit"] == (0.5, 0.5)
    assert loaded.weighings[1].how == "equal, assumed"


def put(*keys, value):
    def change(held):
        for key in keys[:-1]:
            held = held[key]
        held[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            put("dimensions", "support", "weight", value=30),
            "dimensions: expected weights that add up to 1 or to 100, not to 90",
        ),
        (
            put("dimensions", "functional_fit", "criteria", "returns", value={}),
            "dimensions.functional_fit.criteria: expected a weight for each or for none, and none for returns",
        ),
        (
            put("pairwise", value=[[1, 2], [2, 1]]),
            "pairwise: expected either pairwise comparisons or weights, not both (weight of functional_fit)",
        ),
        (
            put("vendors", "Beta", "scores", value={"transfer": {"score": 3, "grade": "rfp"}}),
            "vendors.Beta.scores.transfer: expected a criterion of the file, perhaps transfers, found 'transfer'",
        ),
        (
            put("vendors", "Beta", "covers", value={"offline till": {"covered": "yes", "grade": "rfp"}}),
            "vendors.Beta.covers.offline till: expected a requirement of the file, perhaps offline tills, found 'offline till'",
        ),
        (
            put("vendors", "Alpha", "scores", "transfers", "grade", value="measured"),
            "vendors.Alpha.scores.transfers.grade: expected 'supplied', 'reference', 'rfp' or 'judgement', found 'measured'",
        ),
        (
            put("vendors", "Alpha", "scores", "transfers", "score", value=11),
            "vendors.Alpha.scores.transfers.score: expected a number ≤ 10, found 11",
        ),
        (
            put("dimensions", "support", "criteria", value={"transfers": {}}),
            "dimensions.support.criteria.transfers: expected a name that differs from transfers, found 'transfers'",
        ),
        (put("vendors", "al pha", value={}), "vendors.al pha: expected a name that differs from Alpha, found 'al pha'"),
        (
            put("vendors", "Alpha", "evidense", value=["a"]),
            "vendors.Alpha.evidense: expected a field of a comparison of vendors, found 'evidense'",
        ),
        (put("vendors", value={"Alpha": {}}), "vendors: expected at least 2 of them, found 1"),
    ],
)
def test_what_the_file_may_not_hold_is_refused_in_a_line_with_file_line_and_field(tmp_path, change, line):
    path = written(tmp_path, change)
    with pytest.raises(Refusal) as refused:
        load(path)
    assert str(refused.value).startswith(f"{path}:")
    assert str(refused.value).partition(": ")[2] == line


def test_a_file_is_read_as_people_write_it(tmp_path):
    def change(held):
        held["dimensions"]["functional_fit"]["weight"] = "60 %"
        held["requirements"]["offline tills"]["priority"] = "Must"
        held["vendors"]["Alpha"]["scores"]["transfers"]["grade"] = "RFP"
        held["vendors"]["Alpha"]["evidence"] = "alpha.jtl"
        held["vendors"]["Beta"]["covers"]["offline tills"]["covered"] = "是"
        held["vendors"]["Gamma"] = None

    file = load(written(tmp_path, change)).file
    assert (file.dimensions["functional_fit"].weight, file.requirements["offline tills"].priority) == (60, "must")
    assert (file.vendors["Alpha"].scores["transfers"].grade, file.vendors["Alpha"].evidence) == ("rfp", ["alpha.jtl"])
    assert file.vendors["Beta"].covers["offline tills"].covered == "yes"
    assert file.vendors["Gamma"].scores == {}


@pytest.mark.parametrize(("given", "rate"), [("8%", 0.08), ("8 ％", 0.08), (0.08, 0.08), (0, 0)])
def test_a_discount_rate_may_have_a_percent_sign(tmp_path, given, rate):
    assert load(written(tmp_path, lambda held: held.update(discount_rate=given))).file.discount_rate == rate


def test_a_rate_of_8_is_refused_with_how_8_per_cent_is_written(tmp_path):
    with pytest.raises(Refusal, match=r"discount_rate: expected a rate from 0 to 1, such as 0.08 or 8%, found 8$"):
        load(written(tmp_path, lambda held: held.update(discount_rate=8)))
