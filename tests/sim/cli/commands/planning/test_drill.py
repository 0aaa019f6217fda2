"""`drill`: its tables, page and exports in both languages, and the door of its table of steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cli.app import status
from sim.planning.drills.catalogue import DRILLS
from sim.planning.drills.steps import read_steps, shipped
from sim.records.decisions.drills import Drills
from sim.report.pages.operations.drills import left_out

from .....doors import door, mutated_tree, mutations
from .files import rows

RANDOM = """random_faults=[
    {name: fuse, per_year: 500, minutes: 60, fault: {kind: power_cut}},
    {name: mobile down, after: {fuse: 0.5}, within_hours: 1, minutes: 30, fault: {kind: payment_outage, channel: mobile}}]"""
QUICK = ["--set", "stores.SH01.customers_per_day=150", "--set", "skus.count=30", "--set", RANDOM]
STEPS = [
    ["演练", "分钟", "岗位", "步骤"],
    ["停电", 0, "店长", "关门"],
    ["停电", -30, "技术", "备好发电机"],
    ["network cut", 5, "IT", "4G"],
]


@pytest.fixture(scope="module")
def steps_door():
    with door("steps of drills", lines=21) as opened:
        yield opened


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("out")


def words(out, *more):
    drill = [
        "drill",
        "corner-shop",
        "--drills",
        "network_cut,random_faults",
        "--replications",
        "2",
        "--out",
        out,
        *QUICK,
    ]
    return [str(word) for word in (*drill, *more)]


def test_steps_that_ship_name_every_drill_in_both_languages():
    steps = read_steps(shipped())
    assert steps.keys() == DRILLS.keys()
    assert all(len(each) >= 4 for each in steps.values())
    assert all(step.role_zh and step.step_zh for each in steps.values() for step in each)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_form_is_written_with_a_card_a_drill(out, tmp_path, lang, capsys):
    rows(tmp_path / "steps.csv", STEPS)
    names = [name for form in ("html", "xlsx", "csv", "json") for name in (f"--{form}", tmp_path / f"d.{form}")]
    assert status(words(out, "--lang", lang, "--steps", tmp_path / "steps.csv", *names)) == 0
    shown = capsys.readouterr().out
    assert ("离线收银（已具备）" if lang == "zh" else "offline tills (in place)") in shown
    page = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert page.count('<section class="sheet"') == 1
    assert ("随机故障每年的损失" if lang == "zh" else "What random faults cost a year") in page
    assert ("随机故障每年的损失" if lang == "zh" else "What random faults cost a year") in shown
    assert "4G" in page
    if lang == "zh":
        assert "切换时机" in page
        assert "replications" not in page.partition("</style>")[2]
    record = Drills.read(tmp_path / "d.json")
    assert record.drills[0].overlay["faults"][0]["kind"] == "network_cut"
    assert {line.name for line in record.random_faults.faults} == {"fuse", "mobile down"}
    assert record.steps_from.endswith("steps.csv")
    assert (out / "corner-shop-drills.jsonl").is_file()


def test_a_drill_that_a_scenario_cannot_be_put_through_is_refused_in_a_line(out, capsys):
    assert status(words(out, "--drills", "warehouse_closed")) == 64
    assert capsys.readouterr().err == (
        "retail-lab: --drills: warehouse_closed: expected a drill that corner-shop can be put through, "
        "found 'it takes 3 days that count, and there are 1'\n"
    )


@mutations
@given(data=st.data())
def test_a_mutation_of_steps_is_read_or_refused(data, steps_door, out):
    rows(out / "steps.csv", data.draw(mutated_tree(STEPS)) or [])
    # The scenario is missing, so that nothing is played: a table that can be read is refused for that.
    steps_door.ask(["drill", str(out / "none.yaml"), "--steps", str(out / "steps.csv"), "--out", str(out)])


def test_a_drill_that_is_not_played_goes_by_its_name():
    line = "power_cut: it takes 3 days that count, and there are 1."
    assert left_out(line) == "power cut: it takes 3 days that count, and there are 1."
    assert left_out(line, "zh") == "停电：需要 3 个计入的日子，现有 1 个。"
