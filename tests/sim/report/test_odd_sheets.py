"""Pages of a race, a check and a search with odd data: long names, another script, markup, one of everything, forty, nothing."""

import pytest

from sim.records.capacity import Capacity, Scaling, Stage
from sim.records.conformance import AccessAttempt, Call, JourneyCheck
from sim.records.oversell import Ending, Raced
from sim.report import canvas
from sim.report.pages.capacity import write_capacity
from sim.report.pages.conformance import write_check
from sim.report.pages.oversell import write_race

from .pages.test_run_page import Reader
from .test_odd_pages import HELPLESS
from .test_sheets import check, race

NAMES = ("A", "SKU-" + "X" * 120, '<script>alert(1)</script>&"', "苹果 مرحبا")
NUMBERS = (0, 1, 40)


@pytest.fixture
def labels(monkeypatch):
    """The labels beside the axes of every figure."""
    seen, draw = [], canvas.svg

    def watched(figure):
        seen.extend(tick.get_text() for axis in figure.axes for tick in axis.get_yticklabels())
        return draw(figure)

    monkeypatch.setattr(canvas, "svg", watched)
    return seen


@pytest.fixture
def text_of(tmp_path):
    def read(write, record):
        write(record, tmp_path / "sheet.html")
        page = Reader((tmp_path / "sheet.html").read_text(encoding="utf-8"))
        assert page.open == []
        assert not HELPLESS.search(page.text)
        assert "<script" not in (tmp_path / "sheet.html").read_text(encoding="utf-8")
        return page.text

    return read


def stage(factor, **changes):
    usual = {
        "factor": factor, "run": f"stage-{factor}", "length_s": 30.0, "took_s": 40.0, "journeys_per_s": factor, "requests": 600,
        "requests_per_s": 20.0 * factor, "answered_per_s": 20.0 * factor, "concurrency": 0.4 * factor, "mean_s": 0.02, "p95_s": 0.05,
        "decision": "pass", "sentence": "Pass.", "stable": True, "unmet": [], "thorough": True,
    }  # fmt: skip
    return Stage(**(usual | changes))


def capacity(stages, name="chain-50", scaling=None):
    return Capacity(
        host=f"http://{name}", scenario=name, scenario_hash="x", targets=[f"{name}:p95=1s"], stores=50, peak_from_s=0.0,
        peak_requests_per_s=2.0, stages=stages, sentence=f"It carries {name}.", scaling=scaling,
    )  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_race_of_any_names_and_numbers_is_shown(text_of, labels, name, number):
    skus = [
        Raced(sku_code=name, available_before=0, available_after=None, promised=0, asked=0, in_doubt=0)
    ] * number or race().skus
    endings = [Ending(outcome="rejected", step=name, error=name, clients=1, decided=True, body=name)] * number
    found = race().model_copy(update={"host": f"http://{name}", "skus": skus, "endings": endings})
    text = text_of(write_race, found)
    assert ("No client had ended" in text) == (not number)
    assert ("The first 8 of 40 endings" in text) == (number == 40)
    assert all(len(label) <= 34 for label in labels)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_check_of_any_names_and_numbers_is_shown(text_of, labels, name, number):
    calls = [Call(step=name, outcome="failed", status=500, error=name, service_s=0.0, body=name)]
    found = check().model_copy(
        update={
            "journeys": [JourneyCheck(journey=name, state="failed", calls=calls)] * number,
            "access": [AccessAttempt(reader=name, state="refused", because=name)] * number,
        }
    )
    assert ("No order was read" in text_of(write_check, found)) == (not number)
    assert all(len(label) <= 34 for label in labels)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_search_of_any_names_and_numbers_is_shown(text_of, name, number):
    text = text_of(write_capacity, capacity([stage(1.1**n) for n in range(number)], name))
    assert f"measured, {number} stage{'' if number == 1 else 's'}, each" in text
    assert ("The knee" in text) == bool(number)


def test_a_search_in_which_nothing_was_asked_is_shown(text_of):
    nothing = {"requests": 0, "requests_per_s": 0.0, "answered_per_s": 0.0, "journeys_per_s": 0.0, "concurrency": 0.0}
    empty = stage(1.0, decision="invalid", stable=False, mean_s=None, p95_s=None, **nothing)
    law = Scaling(
        per_s_at_one=50.0, contention=0.0, coherency=0.0, knee=None, peak_per_s=None, peak_low_per_s=None, peak_high_per_s=None
    )  # fmt: skip
    assert "invalid" in text_of(write_capacity, capacity([empty], scaling=law))
