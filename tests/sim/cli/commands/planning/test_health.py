"""`health`: its statuses, its pages and exports in both languages, and its doors: targets and tables are judged, or refused in one line each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cli.app import status
from sim.records.decisions.health import Health

from .....doors import door, mutated_tree, mutations
from .files import put, rows

TARGETS = {
    "confidence": "90 %",
    "measures": {
        "mean_response": {"at_most": 2},
        "errors_per_10000": {"change": "-30 %", "baseline": 12},
        "satisfaction": {"at_least": 4.5},
        "stock_discrepancy": {"at_most": "0.5 %"},
    },
    "satisfaction_model": {"best": 4.8, "waited_points": 1},
}
TABLE = [
    ["月份", "store", "平均响应时间（毫秒）", "请求数", "错误数", "满意度", "样本量", "账面数量", "实盘数量"],
    ["2025-08", "A", 900, "100,000", 90, 4.3, 200, 1000, 995],
    ["2026-07", "A", "800", 110000, 40, 4.7, 210, 1000, 999],
    ["2026-08", "B", 820, 120000, 45, "4.8", 190, 1000, 998],
    ["2026-09", "B", None, 120000, 41, 4.7, 200, 1000, 999],
]


@pytest.fixture(scope="module")
def health_door():
    with door("health", lines=21) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path):
    put(tmp_path / "targets.yaml", TARGETS)
    rows(tmp_path / "figures.csv", TABLE)
    return tmp_path


def words(folder, *more):
    sources = ["health", folder / "figures.csv", "--targets", folder / "targets.yaml", "--on", "2026-11-20"]
    return [str(word) for word in (*sources, *more)]


def ask(opened, folder):
    return opened.ask(words(folder, "--quiet"), (0, 1, 2))


def test_health_ends_with_its_status_and_its_record_holds_what_was_printed(folder, capsys):
    assert status(words(folder, "--json", folder / "h.json")) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "In 2026Q3 4 of 4 measures of health are met."
    assert Health.read(folder / "h.json").decision == "pass"
    put(folder / "targets.yaml", {"measures": {"satisfaction": {"at_least": 4.9}}})
    assert status(words(folder, "--quiet")) == 1
    put(folder / "targets.yaml", {"measures": {"satisfaction": {"at_least": 4.73}}})
    assert status(words(folder, "--quiet")) == 2
    assert status(words(folder, "--quiet", "--inconclusive-ok")) == 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_form_is_written_and_no_english_is_left_in_a_chinese_page(folder, lang):
    names = [name for form in ("html", "xlsx", "csv", "junit") for name in (f"--{form}", folder / f"out.{form}")]
    assert status(words(folder, "--lang", lang, *names)) == 0
    page = (folder / "out.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 4
    if lang == "zh":
        assert "同比变化" not in page  # the baseline is known
        assert "区间中较差的界也满足限值" in page
        assert "Even the worse bound" not in page
    assert "2026Q3" in (folder / "out.csv").read_text(encoding="utf-8")


def test_a_template_is_a_workbook(folder, capsys):
    assert status(["health", "--template", str(folder / "t.csv")]) == 64
    assert "expected a name that ends in .xlsx" in capsys.readouterr().err
    assert status(["health", "--template", str(folder / "t.xlsx")]) == 0
    assert (folder / "t.xlsx").stat().st_size > 5_000
    assert status(["health"]) == 64


def test_sound_files_pass_the_door(health_door, folder):
    assert ask(health_door, folder) == ""


@mutations
@given(data=st.data())
def test_a_mutation_of_targets_is_judged_or_refused(data, health_door, folder):
    put(folder / "targets.yaml", data.draw(mutated_tree(TARGETS)))
    ask(health_door, folder)


@mutations
@given(data=st.data())
def test_a_mutation_of_a_table_of_health_is_judged_or_refused(data, health_door, folder):
    rows(folder / "figures.csv", data.draw(mutated_tree(TABLE)) or [])
    ask(health_door, folder)
