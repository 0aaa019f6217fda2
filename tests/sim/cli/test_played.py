"""What turns out only when a chain is played is refused like the rest: by the file, table or flag that a person must open."""

import re
from pathlib import Path

import numpy as np
import pytest

from sim.cli.app import USAGE, status
from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.stock.policies import Review, orders, policy
from sim.traffic.day_sheet import Traffic

SHOP = Path(__file__).parents[3] / "scenarios" / "corner-shop.yaml"

LOG = "timestamp,ticket,sku,quantity\n2025-10-01 09:30,1,TEA,2\n2025-10-02 20:59,2,RICE,1\n"
SKUS = "code,price,unit_cost\nTEA,10,6\nRICE,3,2\n"
TRAFFIC = "traffic:\n  log:\n    file: log.csv\n    first_day: {first_day}\n"


@pytest.fixture
def played(tmp_path, capfd):
    """Plays the log under a scenario; gives the complaint, without the folder."""

    def play(text, *flags, **files):
        files = {"log.csv": LOG, "skus.csv": SKUS, "shop.yaml": text, **files}
        for name, content in files.items():
            (tmp_path / name.replace("__", ".")).write_text(content)
        flags = [word for flag in flags for word in ("--set", flag)]
        assert status(["run", str(tmp_path / "shop.yaml"), "--out", str(tmp_path / "runs"), *flags]) == USAGE
        (line,) = (line for line in capfd.readouterr().err.splitlines() if line.startswith("retail-lab: "))
        return line.removeprefix("retail-lab: ").replace(f"{tmp_path}/", "")

    return play


def text(days=2, first_day="2025-10-01"):
    head = f"extends: {SHOP}\nstart: 2026-05-15\ndays: {days}\nskus: {{table: skus.csv}}\n"
    return head + TRAFFIC.format(first_day=first_day)


def test_a_run_that_goes_on_when_its_log_has_ended_is_found_in_its_file(played):
    assert played(text(days=3)) == "shop.yaml:3: days: expected at most 2, as log.csv ends on 2025-10-02, found 3"


def test_a_flag_is_named_for_what_a_flag_changed(played):
    line = played(text(), "days=3")
    assert line == "--set: days: expected at most 2, as log.csv ends on 2025-10-02, found 3"


def test_a_file_that_is_extended_is_named_for_what_it_says(played):
    line = played("extends: below.yaml\nquestion: why\n", below__yaml=text(first_day="2025-09-30"))
    expected = "a day from 2025-10-01 on, where log.csv begins"
    assert line == f"below.yaml:8: traffic.log.first_day: expected {expected}, found '2025-09-30'"


def test_a_file_that_has_changed_since_is_still_named(tmp_path):
    for name, content in {"log.csv": LOG, "skus.csv": SKUS, "shop.yaml": text(days=3)}.items():
        (tmp_path / name).write_text(content)
    scenario = load(tmp_path / "shop.yaml")
    (tmp_path / "shop.yaml").write_text("[")
    with pytest.raises(Refusal, match=rf"^{re.escape(str(tmp_path))}/shop.yaml: days: expected at most 2"):
        Traffic(scenario)


def test_scenarios_that_say_the_same_are_equal_wherever_they_were_loaded_from(tmp_path):
    (tmp_path / SHOP.name).write_text(SHOP.read_text())
    here, there = load(SHOP), load(tmp_path / SHOP.name, ["seed=7"])
    assert here == there
    assert here.hash == there.hash


OWN = """
import numpy as np

class Mine:
    def order(self, review):
        return {order}
"""


@pytest.mark.parametrize(
    ("order", "line"),
    [
        ("np.full(review.position.shape, -3)", r"p\.py: Mine\.order: expected units ≥ 0, found -3"),
        ("np.zeros(3)", r"p\.py: Mine\.order: expected whole numbers of shape .*, found 'float64 of shape \(3,\)'"),
        ("review.nothing", r"p\.py: expected a Python file that runs, found \".*AttributeError.*\(p\.py:6\)"),
    ],
)
def test_a_policy_of_ones_own_is_refused_by_its_file(tmp_path, order, line):
    (tmp_path / "p.py").write_text(OWN.format(order=order))
    own = "replenishment.stores={policy: own, file: %s, name: Mine}" % (tmp_path / "p.py")
    made = policy(load(SHOP, [own], allow_code=True).replenishment.stores)
    with pytest.raises(Refusal) as refused:
        orders(made, Review(np.zeros((2, 3), np.int64), np.ones((2, 3))))
    assert re.match(line, str(refused.value).replace(f"{tmp_path}/", "")), refused.value
