"""A study's file is read whole, and what is wrong in it is named by its field, on the command line by its flag."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.planning.studies.study_file import factor, half_width, is_study, of_flags, read_study, select
from sim.records.refusal import Refusal

from ....doors import door, mutated_tree, mutations

SOUND = {
    "name": "tills",
    "question": "How many tills?",
    "scenarios": ["none.yaml", "corner-shop"],
    "set": {"skus.count": 40},
    "factors": {"stores.SH01.tills": [1, 2, 3], "seed": {"low": 1, "high": 4}},
    "design": "latin_hypercube",
    "points": 8,
    "replications": 3,
    "half_width": {"mean_wait_s": "5%", "fill_rate": 0.01},
    "at_most": 24,
    "kpis": ["mean_wait_s"],
}


def written(path, document):
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def test_a_file_has_everything_that_a_study_takes(tmp_path):
    study = read_study(written(tmp_path / "s.yaml", SOUND))
    assert study.count == 16
    assert [each.ranges for each in study.varied] == [False, True]
    assert [(each.kpi, each.half_width, each.relative) for each in study.targets] == [
        ("mean_wait_s", 0.05, True),
        ("fill_rate", 0.01, False),
    ]
    assert study.most == 24


def test_scenarios_beside_the_file_are_found_from_anywhere(tmp_path):
    (tmp_path / "none.yaml").write_text("extends: corner-shop\n")
    study = read_study(written(tmp_path / "s.yaml", SOUND), {"replications": 5})
    assert study.scenarios == [str(tmp_path / "none.yaml"), "corner-shop"]
    assert study.replications == 5


def test_a_scenario_is_no_study(tmp_path):
    assert is_study(written(tmp_path / "s.yaml", SOUND))
    assert not is_study(written(tmp_path / "c.yaml", {"extends": "corner-shop"}))
    assert not is_study(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"design": "full", "points": None}, "levels of seed: a range needs the design latin_hypercube or sobol"),
        ({"design": "sobol", "points": 12}, "points for sobol that are a power of two from 16 on, such as 64"),
        ({"design": "sobol", "points": 16, "factors": {"seed": [1, 2]}}, "factors for sobol, at least two"),
        ({"points": None}, "points for latin_hypercube"),
        ({"at_most": 2}, "at_most no less than replications, 3"),
        ({"half_width": {}}, "at_most only beside half_width or select"),
        ({"select": {"fill_rate": 0.01}}, "half_width or select, not both"),
        ({"half_width": {}, "select": {"utilisation": 0.1}}, "select by a KPI with a better side, not utilisation"),
        ({"half_width": {}, "select": {"fill_rate": 0}}, "select.fill_rate: expected a number > 0"),
        ({"procedure": "kn"}, "procedure only beside select"),
        ({"independent": True}, "independent only beside select"),
        ({"half_width": {}, "select": {"fill_rate": 0.1}, "procedure": "ocba"}, "procedure: expected"),
        (
            {"half_width": {}, "select": {"fill_rate": 0.1}, "procedure": "rinott"},
            "independent for procedure rinott, which does not hold under common random numbers",
        ),
        (
            {"half_width": {}, "select": {"fill_rate": 0.1}, "procedure": "subset"},
            "at_most not beside procedure subset, which plays a fixed number of replications",
        ),
        ({"half_width": {"mean_wait": 1}}, "perhaps mean_wait_s"),
        ({"half_width": {"fill_rate": 0}}, "a half_width of fill_rate above 0"),
        ({"factors": {"seed": []}}, "levels of seed"),
        ({"factors": {"seed": [1, 1]}}, "levels of seed that differ"),
        ({"factors": {"seed": {"low": 2, "high": 2}}}, "low below high"),
        ({"replications": 1}, "a number ≥ 2"),
        ({"tills": 3}, "a field of a study"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(tmp_path, change, expected):
    path = written(tmp_path / "s.yaml", SOUND | change)
    with pytest.raises(Refusal) as refused:
        read_study(path)
    assert str(path) in str(refused.value)
    assert expected in str(refused.value)


@pytest.mark.parametrize(
    ("fields", "flag"),
    [
        ({"points": 4}, "--points"),
        ({"design": "sobol"}, "--factor"),
        ({"kpis": ["x"]}, "--kpi"),
        ({"half_width": {"x": "1"}}, "--half-width"),
        ({"half_width": {"fill_rate": "much"}}, "--half-width"),
        ({"name": "../x"}, "--name"),
        ({"at_most": 50}, "--at-most"),
        ({"select": {"mean_wait_s": 5}}, "--select"),
        ({"procedure": "knpp"}, "--procedure"),
        ({"independent": True}, "--independent"),
        ({"scenarios": ["pilot", "corner-shop"], "select": {"fill_rate": 1}, "procedure": "rinott"}, "--independent"),
        ({"select": {"x": 5}}, "--select"),
    ],
)
def test_of_flags_the_flag_is_named(fields, flag):
    with pytest.raises(Refusal) as refused:
        of_flags({"name": "x", "scenarios": ["corner-shop"]} | fields)
    assert refused.value.where == flag


def test_factors_and_half_widths_of_the_command_line():
    assert factor("stores.SH01.tills=4,6") == ("stores.SH01.tills", [4, 6])
    assert factor("a.b=0.5..2") == ("a.b", {"low": 0.5, "high": 2})
    assert factor("a={policy: min_max, least_days: 2}") == ("a", [{"policy": "min_max", "least_days": 2}])
    assert half_width("fill_rate=0.2%") == ("fill_rate", "0.2%")
    assert select("mean_wait_s=5") == ("mean_wait_s", "5")
    with pytest.raises(Refusal, match="--select"):
        select("mean_wait_s")
    for text in ("", "a", "a=", "=4", "a=[", "half"):
        with pytest.raises(Refusal, match="--factor"):
            factor(text)


@pytest.fixture(scope="module")
def study_door():
    with door("files of studies") as opened:
        yield opened


@mutations
@given(data=st.data())
def test_a_mutation_of_a_study_is_read_or_refused(data, study_door, tmp_path_factory):
    """Its first scenario is missing, so that nothing is played: a file that can be read is refused for that."""
    folder = tmp_path_factory.mktemp("door")
    path = folder / "study.yaml"
    try:
        text = yaml.safe_dump(data.draw(mutated_tree(SOUND)), allow_unicode=True)
        path.write_text(text, encoding="utf-8")
    except (yaml.YAMLError, UnicodeEncodeError):
        return
    study_door.ask(["study", str(path), "--out", str(folder / "out"), "--set", "stores.*.customers_per_day=5"])
