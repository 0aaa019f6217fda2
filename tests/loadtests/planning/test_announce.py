"""A replay described before it is run: the requests that would be sent, and the page for the owners of the API."""

import pytest

from loadtests.planning.dry_run import sketch
from loadtests.planning.plan import Plan
from loadtests.planning.prepare import prepare
from loadtests.planning.synthetic_answers import UNSEEN, Anything
from sim.cli import app

from ..conftest import TOKEN


@pytest.fixture
def asked(plain, plain_adapter, make_trace):
    trace = make_trace(20.0, 10.0)
    return Plan(trace=str(trace), host=plain.url, adapter=str(plain_adapter))


def run(asked, *flags):
    return app.status(["replay", asked.trace, "--host", asked.host, "--adapter", asked.adapter, *flags])


def test_a_dry_run_shows_every_journey_and_sends_nothing(asked, plain, capsys):
    assert run(asked, "--dry-run") == 0
    output = capsys.readouterr().out
    ready = prepare(asked)
    assert f"{len(ready.planned):,} journeys in" in output
    assert "GET /browse/" in output
    assert "POST /checkout/" in output
    assert '{"skus": [0]}' in output
    assert "GET /orders/{id}" in output
    assert TOKEN not in output
    assert plain.seen == []


def test_the_page_names_window_rates_endpoints_and_what_stops_it(asked, plain, tmp_path):
    page = tmp_path / "announcement.md"
    assert run(asked, "--announce", str(page), "--starts", "Thursday 14:00", "--cancel-orders") == 0
    text = page.read_text()
    for part in (
        "Thursday 14:00",
        plain.url,
        "cap 500",
        "- `GET /browse/{…}`",
        "- `GET /orders/{id}`",
        "50%",
        "cancelled right after",
    ):
        assert part in text
    assert TOKEN not in text
    assert plain.seen == []


def test_a_rate_above_the_cap_is_refused_before_anything_is_announced(asked, tmp_path):
    assert run(asked, "--announce", str(tmp_path / "page.md"), "--rate-cap", "5") == 64
    assert not (tmp_path / "page.md").exists()


def test_a_journey_that_pages_for_ever_is_cut_off(asked):
    ready = prepare(asked)

    class Endless(ready.adapter):
        def browse(self, errand):
            page = errand.get("page", "/browse").json
            while page["next"]:
                page = errand.get("page", f"/browse?after={page['next']}").json

    steps = sketch(Endless(ready.shelf, "dry"), ready.planned)["browse"]
    assert (steps.names, steps.fewest, steps.unseen) == (["page"], 1.0, UNSEEN)


def test_an_unseen_answer_has_whatever_is_asked_of_it():
    seen = Anything()
    assert f"/orders/{seen['lines'][0]['id']}" == "/orders/{id}"
    assert [line["quantity"] for line in seen["lines"]] == ["{id}"]
    assert 7 % seen == seen
    assert -1 * seen["quantity"] + 3 == "{id}"
