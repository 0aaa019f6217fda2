"""A comparison from its file to its record: what counts, what never does, and what the record says of the winner."""

import json
from datetime import date
from pathlib import Path

import pytest

from sim.planning import vendors
from sim.planning.vendors.comparing import compare
from sim.planning.vendors.vendor_file import load
from sim.records.decisions.vendors import Ranking
from sim.records.refusal import Refusal
from sim.report.pages.vendors import write_vendors

from .test_score_sheets import HEAD, book
from .test_vendor_file import written

EXAMPLE = Path(vendors.__file__).with_name("example")

TODAY = date(2026, 11, 1)
REST = {"returns": {"score": 5, "grade": "rfp"}, "hotline": {"score": 5, "grade": "rfp"}}


def jtl(path, elapsed_ms=100, rows=400):
    lines = [f"{1_790_000_000_000 + 50 * n},{elapsed_ms},GET /products,200,true" for n in range(rows)]
    path.write_text("\n".join(["timeStamp,elapsed,label,responseCode,success", *lines]))


def compared(folder, change):
    return compare(load(written(folder, change)), TODAY)


def scored(held, **scores):
    """Vendors with a score for every criterion, those of `transfers` as given."""
    held["vendors"] = {
        name: {"scores": {"transfers": {"score": score, "grade": "rfp"}, **REST}, "covers": {"offline tills": {"covered": "yes", "grade": "rfp"}}}
        for name, score in scores.items()
    }  # fmt: skip


def cell(ranking, vendor, criterion):
    standing = next(each for each in ranking.standings if each.vendor == vendor)
    return next(each for each in standing.cells if each.criterion == criterion)


def test_the_best_weighted_sum_wins_and_the_sentence_says_by_how_much(tmp_path):
    ranking = compared(tmp_path, lambda held: scored(held, Alpha=5, Beta=9))
    assert ranking.winner == "Beta"
    assert [each.total for each in ranking.standings] == pytest.approx([5 + 0.42 * 4, 5])
    assert ranking.sentence.startswith(
        "Beta leads with 6.68 of 10, 1.68 ahead of Alpha. Most of that is transfers: 9.0 against 5.0."
    )
    assert ranking.standings[0].wins_near == 1


def test_a_missing_must_have_disqualifies_the_best_and_is_said(tmp_path):
    def change(held):
        scored(held, Alpha=5, Beta=9, Gamma=4)
        held["vendors"]["Beta"]["covers"]["offline tills"]["covered"] = False

    ranking = compared(tmp_path, change)
    assert ranking.winner == "Alpha"
    assert ranking.conditions[-1] == "Beta wins if it covers offline tills: its score is 6.68."
    last = ranking.standings[-1]
    assert (last.vendor, last.rank, last.missing, last.wins_any) == ("Beta", None, ["offline tills"], 0)
    assert ranking.sentence.endswith("Beta is disqualified: it lacks offline tills, which it must cover.")


def test_silence_about_a_must_have_is_never_taken_for_yes_and_is_said(tmp_path):
    def change(held):
        scored(held, Alpha=5, Beta=9)
        del held["vendors"]["Beta"]["covers"]

    ranking = compared(tmp_path, change)
    assert ranking.standings[0].not_shown == ["offline tills"]
    assert ranking.sentence.endswith("Nothing shows that it covers offline tills, which it must.")


def test_where_every_vendor_lacks_a_must_have_there_is_no_winner(tmp_path):
    def change(held):
        scored(held, Alpha=5, Beta=9)
        for each in held["vendors"].values():
            each["covers"]["offline tills"]["covered"] = "no"

    ranking = compared(tmp_path, change)
    assert ranking.winner is None
    assert ranking.sentence.startswith("Every vendor lacks a must-have. Beta is disqualified: it lacks offline tills")


def test_a_shared_first_place_is_no_win(tmp_path):
    ranking = compared(tmp_path, lambda held: scored(held, Alpha=5, Beta=5))
    assert (ranking.winner, ranking.change, ranking.without_weakest) == (None, None, None)
    assert ranking.sentence == "No vendor is ahead: 5.00 of 10 for Alpha, Beta."


def test_what_nothing_shows_counts_as_0_and_may_be_anything(tmp_path):
    def change(held):
        scored(held, Alpha=5, Beta=9)
        held["vendors"]["Dune"] = {}

    ranking = compared(tmp_path, change)
    dune = ranking.standings[-1]
    assert (dune.vendor, dune.total, dune.low, dune.high, dune.by_grade) == (
        "Dune",
        0,
        0,
        pytest.approx(10),
        {"none": 1},
    )
    assert dune.wins_any > 0, "it may be better than what it shows"
    assert (
        "Dune wins if what nothing shows of it (100 % of the weight) is worth more than 6.7 of 10 on average."
        in ranking.conditions
    )


def test_a_file_that_the_lab_reads_outweighs_an_answer_and_states_its_figure(tmp_path):
    jtl(tmp_path / "alpha.jtl", elapsed_ms=500)

    def change(held):
        scored(held, Alpha=9, Beta=6)
        held["dimensions"]["functional_fit"]["criteria"]["transfers"]["from"] = {"p95_s": {"best": 0.25, "worst": 1.25}}
        held["vendors"]["Alpha"]["evidence"] = ["alpha.jtl"]

    ranking = compared(tmp_path, change)
    found = cell(ranking, "Alpha", "transfers")
    assert (found.score, found.grade, found.source, found.note) == (
        pytest.approx(7.5),
        "supplied",
        "alpha.jtl",
        "p95_s 0.5",
    )
    assert (found.dated, found.age_days) == ("2026-09-21", 41)
    assert cell(ranking, "Beta", "transfers").grade == "rfp"


def test_of_two_files_of_a_grade_the_later_counts(tmp_path):
    for name, elapsed_ms in (("old.jtl", 500), ("new.jtl", 250)):
        jtl(tmp_path / name, elapsed_ms)

    def change(held):
        scored(held, Alpha=9, Beta=6)
        held["dimensions"]["functional_fit"]["criteria"]["transfers"]["from"] = {"p95_s": {"best": 0.25, "worst": 1.25}}
        held["vendors"]["Alpha"]["evidence"] = [
            {"source": "new.jtl", "date": "2026-09-01"},
            {"source": "old.jtl", "date": "2025-09-01"},
        ]

    def dates(folder):
        path = written(folder, change)
        path.write_text(path.read_text().replace("'2025-09-01'", "2025-09-01"))
        return path

    assert cell(compare(load(dates(tmp_path)), TODAY), "Alpha", "transfers").source == "new.jtl"


def test_the_spread_of_scorers_is_the_range_of_a_score(tmp_path):
    book(tmp_path / "s.xlsx", Li=[HEAD, ("", "transfers", 4, 8)], Wang=[HEAD, ("", "transfers", 8, 9)])

    def change(held):
        scored(held, Alpha=5, Beta=9)
        held["score_sheets"] = ["s.xlsx"]
        del held["vendors"]["Alpha"]["scores"]["transfers"]

    ranking = compared(tmp_path, change)
    found = cell(ranking, "Alpha", "transfers")
    assert (found.score, found.low, found.high, found.grade, found.note) == (6, 4, 8, "judgement", "2 scorers")
    assert cell(ranking, "Beta", "transfers").grade == "rfp"


def test_a_winner_by_judgement_alone_is_not_the_winner_without_it(tmp_path):
    jtl(tmp_path / "alpha.jtl")

    def change(held):
        scored(held, Alpha=1, Beta=10)
        held["dimensions"]["support"]["criteria"]["hotline"]["from"] = {"p95_s": {"best": 0.1, "worst": 10}}
        held["vendors"]["Alpha"]["evidence"] = ["alpha.jtl"]

    ranking = compared(tmp_path, change)
    assert ranking.winner == "Beta"
    assert (ranking.without_weakest.winner, ranking.without_weakest.grades) == ("Alpha", ["rfp", "judgement"])
    assert ranking.without_weakest.total == pytest.approx(4)


def test_a_journey_of_an_adapter_check_shows_a_requirement_whatever_the_vendor_answers(tmp_path):
    from sim.records.conformance import Checkup, JourneyCheck, Reached

    Checkup(
        run_id="r", started_at="2026-10-20T10:00:00+00:00", host="h", adapter="a", reached=Reached(tls="", days=0, in_clear="", error=""),
        journeys=[JourneyCheck(journey="checkout", state="failed")], access=[], made=[], made_fate="", findings=[], untried=[],
        decision="fail", sentence="1 finding",
    ).write(tmp_path / "check.json")  # fmt: skip

    def change(held):
        scored(held, Alpha=9, Beta=5)
        held["requirements"]["offline tills"]["journey"] = "checkout"
        held["vendors"]["Alpha"]["evidence"] = ["check.json"]

    ranking = compared(tmp_path, change)
    assert ranking.winner == "Beta"
    assert ranking.standings[-1].requirements[0].grade == "measured"


@pytest.mark.parametrize(("limit", "covered"), [(0.1, "no"), (10, "yes"), (0.5, "not shown")])
def test_a_figure_shows_a_requirement_only_where_its_whole_interval_keeps_to_the_limit(tmp_path, limit, covered):
    """400 answers, every tenth of which took 1 s; nothing shows stock."""
    lines = [f"{1_790_000_000_000 + 50 * n},{1000 if n % 10 == 0 else 400},GET /products,200,true" for n in range(400)]
    (tmp_path / "alpha.jtl").write_text("\n".join(["timeStamp,elapsed,label,responseCode,success", *lines]))

    def change(held):
        scored(held, Alpha=9, Beta=5)
        held["requirements"]["speed"] = {
            "priority": "should",
            "shown_by": {"mean_s": {"at_most": limit}, "p95_s": {"at_most": 10}},
        }
        if covered == "not shown":
            held["requirements"]["speed"]["shown_by"] = {"mean_s": {"at_most": 10}, "oversold_units": {"at_most": 0}}
        held["vendors"]["Alpha"]["evidence"] = ["alpha.jtl"]

    alpha = compared(tmp_path, change).standings[0]
    assert (alpha.vendor, [row.covered for row in alpha.requirements]) == ("Alpha", ["yes", covered])


def test_the_smallest_change_of_a_weight_is_named_and_turns_the_winner_round(tmp_path):
    """Alpha 7 and Beta 5 in transfers (42 %), Alpha 4 and Beta 6 in the hotline (40 %), returns equal: level where the weights are."""

    def change(held):
        scored(held, Alpha=7, Beta=5)
        for name, score in (("Alpha", 4), ("Beta", 6)):
            held["vendors"][name]["scores"] = held["vendors"][name]["scores"] | {
                "hotline": {"score": score, "grade": "rfp"}
            }

    ranking = compared(tmp_path, change)
    assert ranking.winner == "Alpha"
    found = ranking.change
    assert (found.name, found.winner) == ("functional_fit", "Beta")
    assert found.to == pytest.approx(1 / 1.7)
    assert ranking.conditions[0].startswith("Beta wins if the weight of functional_fit is less than 58.8 % (now 60 %).")


def test_equal_weights_that_are_assumed_and_dimensions_that_are_not_compared_are_said(tmp_path):
    def change(held):
        scored(held, Alpha=5, Beta=9)
        for each in held["dimensions"]["functional_fit"]["criteria"].values():
            del each["weight"]

    notes = compared(tmp_path, change).notes
    assert "The weights of the criteria of functional_fit are equal, because none are given: assumed." in notes
    assert "Nothing is compared under integration." in notes


def test_comparisons_that_contradict_each_other_are_said(tmp_path):
    def change(held):
        scored(held, Alpha=5, Beta=9)
        held["dimensions"]["functional_fit"]["criteria"]["labels"] = {}
        held["dimensions"]["functional_fit"]["pairwise"] = [[1, 5, "1/5"], ["1/5", 1, 5], [5, "1/5", 1]]
        for each in ("transfers", "returns"):
            del held["dimensions"]["functional_fit"]["criteria"][each]["weight"]
        held["vendors"]["Alpha"]["scores"] = held["vendors"]["Alpha"]["scores"] | {
            "labels": {"score": 5, "grade": "rfp"}
        }

    notes = compared(tmp_path, change).notes
    assert any(
        note.startswith("The comparisons of the criteria of functional_fit contradict each other") for note in notes
    )


def test_cost_of_ownership_is_beside_the_score_and_may_be_a_criterion(tmp_path):
    (tmp_path / "costs.csv").write_text("vendor,item,year,cost\nAlpha,licence,0,100\nBeta,licence,0,300\n")

    def change(held):
        scored(held, Alpha=5, Beta=5)
        held["costs"] = "costs.csv"
        held["dimensions"]["support"]["criteria"]["price"] = {
            "from": {"cost_of_ownership": {"best": 100, "worst": 500}}
        }

    ranking = compared(tmp_path, change)
    assert [each.cost.low for each in ranking.standings] == [100, 300]
    assert (cell(ranking, "Alpha", "price").score, cell(ranking, "Beta", "price").score) == (10, 5)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            lambda held: held["vendors"]["Alpha"]["scores"].pop("hotline"),
            "dimensions.support.criteria.hotline: expected a criterion that some vendor is scored for, found 'hotline'",
        ),
        (
            lambda held: held["vendors"]["Alpha"].update(evidence=["none.jtl"]),
            "none.jtl",
        ),
        (
            lambda held: held["vendors"]["Alpha"]["scores"]["hotline"].update(date="2026-12-24"),
            "vendors.Alpha.scores.hotline.date: expected a day up to 2026-11-01, to which ages count (as_of), found '2026-12-24'",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, change, line):
    def both(held):
        scored(held, Alpha=5, Beta=9)
        held["vendors"]["Alpha"]["scores"] = {
            name: dict(each) for name, each in held["vendors"]["Alpha"]["scores"].items()
        }
        del held["vendors"]["Beta"]["scores"]
        change(held)

    path = written(tmp_path, both)
    path.write_text(path.read_text().replace("'2026-12-24'", "2026-12-24"))
    with pytest.raises(Refusal) as refused:
        compare(load(path), TODAY)
    assert line in str(refused.value)


@pytest.mark.parametrize("field", ["costs", "score_sheets.0", "vendors.Alpha.tickets"])
def test_a_table_from_after_the_day_to_which_ages_count_is_refused(tmp_path, field):
    later = {"source": "later.csv", "date": "2026-12-24"}

    def change(held):
        scored(held, Alpha=5, Beta=9)
        if field == "vendors.Alpha.tickets":
            held["vendors"]["Alpha"]["tickets"] = later
        held |= {"costs": later} if field == "costs" else {"score_sheets": [later]} if field == "score_sheets.0" else {}

    (tmp_path / "later.csv").write_text("opened,answered\n2026-10-05 09:10,2026-10-05 10:10\n")
    path = written(tmp_path, change)
    path.write_text(path.read_text().replace("'2026-12-24'", "2026-12-24"))
    with pytest.raises(Refusal, match=rf"{field}\.date: expected a day up to 2026-11-01"):
        compare(load(path), TODAY)


def test_a_misspelt_figure_is_named_with_the_one_that_was_meant(tmp_path):
    jtl(tmp_path / "alpha.jtl")

    def change(held):
        scored(held, Alpha=5, Beta=9)
        held["dimensions"]["support"]["criteria"] = {"speed": {"from": {"p95s": {"best": 0, "worst": 1}}}}
        for each in held["vendors"].values():
            each["scores"] = {name: score for name, score in each["scores"].items() if name != "hotline"}
        held["vendors"]["Alpha"]["evidence"] = ["alpha.jtl"]

    with pytest.raises(Refusal, match="a figure of evidence, perhaps p95_s, found 'p95s'"):
        compared(tmp_path, change)


def test_evidence_that_shows_nothing_is_named_where_its_figure_is_missing(tmp_path):
    invalid = {"decision": "invalid", "sentence": "Invalid: the load generator ran late."}
    held = json.loads((EXAMPLE / "aster-verdict.json").read_text(encoding="utf-8")) | invalid
    (tmp_path / "late.json").write_text(json.dumps(held), encoding="utf-8")

    def change(held):
        scored(held, Alpha=5, Beta=9)
        held["dimensions"]["support"]["criteria"]["speed"] = {"from": {"p95_s": {"best": 0.2, "worst": 2}}}
        held["vendors"]["Alpha"]["evidence"] = ["late.json"]

    with pytest.raises(
        Refusal, match=r"no evidence shows p95_s \(late\.json shows nothing: Invalid: the load generator"
    ):
        compared(tmp_path, change)


def test_the_same_file_gives_the_same_record_and_the_record_reads_back(tmp_path):
    first, again = (compared(tmp_path, lambda held: scored(held, Alpha=[2, 8], Beta=[3, 8])) for _ in range(2))
    assert first == again
    first.write(tmp_path / "record.json")
    assert Ranking.read(tmp_path / "record.json") == first


def test_without_the_extra_the_ranking_stands_alone_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.planning.vendors.methods.find_spec", lambda _name: None)
    ranking = compared(tmp_path, lambda held: scored(held, Alpha=5, Beta=9))
    assert [each.name for each in ranking.methods] == ["weighted sum"]
    assert any("retail-lab[planning]" in note for note in ranking.notes)


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ({"shown_by": {"availabilty": {"at_least": 0.999}}}, "speed.shown_by.availabilty: expected a figure of evidence, perhaps availability"),
        ({"shown_by": {"p95": {"at_most": 2}}}, "requirements.speed.shown_by.p95: expected a figure of evidence, perhaps p95_s"),
        ({"shown_by": {"availability": {"at_least": 99.9}}}, "speed.shown_by.availability.at_least: expected a share from 0 to 1, such as"),
        ({"shown_by": {"works:checkout": {"at_least": 100}}}, "speed.shown_by.works:checkout.at_least: expected a share from 0 to 1"),
        ({"journey": "chekout"}, "requirements.speed.journey: expected a journey, perhaps checkout, found 'chekout'"),
    ],
)  # fmt: skip
def test_a_misspelt_figure_is_refused_where_it_would_hold_no_vendor_to_anything(tmp_path, section, line):
    def change(held):
        scored(held, Alpha=9, Beta=5)
        held["requirements"]["speed"] = {"priority": "must"} | section

    with pytest.raises(Refusal) as refused:
        compared(tmp_path, change)
    assert line in str(refused.value)


@pytest.mark.parametrize(
    "figure", ["p99.9_s", "checkout:p95_s", "GET /products:mean_s", "oversold_units", "mean_wait_s", "works:checkout"]
)
def test_a_figure_that_no_evidence_shows_yet_leaves_a_must_have_not_shown(tmp_path, figure):
    def change(held):
        scored(held, Alpha=9, Beta=5)
        held["requirements"]["speed"] = {"priority": "must", "shown_by": {figure: {"at_most": 0}}}

    assert compared(tmp_path, change).standings[0].not_shown == ["speed"]


def test_costs_of_some_vendors_are_shown_beside_one_that_gave_none(tmp_path):
    (tmp_path / "costs.csv").write_text("vendor,item,year,cost\nAlpha,licence,0,5\n")

    def change(held):
        scored(held, Alpha=5, Beta=9)
        held["costs"] = "costs.csv"

    ranking = compared(tmp_path, change)
    assert [each.cost and each.cost.low for each in ranking.standings] == [None, 5]
    assert "costs.csv has no cost of Beta: its cost of ownership is not known." in ranking.notes
    write_vendors(ranking, tmp_path / "page.html")
    assert "cost of ownership" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"evidence": ["none/verdict.json"]}, "vendors.Alpha.evidence.0: expected a file or folder of evidence, found 'none/verdict.json'"),
        ({"tickets": "none.csv"}, "vendors.Alpha.tickets: expected a table that is there, found 'none.csv'"),
        ({"incidents": {"source": "x" * 5000}}, "vendors.Alpha.incidents: expected a table that is there, found 'xxx"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_there_is_refused_by_the_field_that_names_it(tmp_path, change, line):
    def named(held):
        scored(held, Alpha=5, Beta=9)
        held["vendors"]["Alpha"] |= change

    with pytest.raises(Refusal) as refused:
        compared(tmp_path, named)
    assert line in str(refused.value)
    assert len(str(refused.value)) < 1_000
