"""A study from Python: played, read again from its folder, compared with any of its points, drawn and written as a page."""

import pytest

import sim as lab

SMALL = {"skus.count": 20, "stores.SH01.customers_per_day": 120}
TILLS = "stores.SH01.tills"


@pytest.fixture(scope="module")
def study(out):
    factors = {TILLS: [1, 2], "trading.wait_target_s": [30, 60]}
    return lab.Study.play(
        "corner-shop", SMALL, factors=factors, replications=2, out=out, kpis=["mean_wait_s", "fill_rate"]
    )


def test_a_study_is_read_from_its_folder(study, out):
    again = lab.Study.load(out / "corner-shop-study")
    assert again.record == study.record
    assert again.table.equals(study.table)
    assert len(study.points) == 4
    assert study.kpis.columns.tolist() == [
        "scenario",
        TILLS,
        "trading.wait_target_s",
        "point",
        "kpi",
        "mean",
        "low",
        "high",
        "unit",
        "better",
    ]
    assert len(study.kpis) == 4 * study.table["kpi"].nunique()
    assert "tills 2" in study._repr_html_()


def test_points_are_compared_with_any_of_them(study):
    first = study.compare(0)
    assert set(first["point"]) == {1, 2, 3}
    waits = first[first["kpi"] == "mean_wait_s"].set_index("point")["difference"]
    other = study.compare({TILLS: 2, "trading.wait_target_s": 30})
    again = other[(other["kpi"] == "mean_wait_s") & (other["point"] == 0)]["difference"].item()
    assert again == pytest.approx(-waits[2])
    assert waits[1] == 0  # a target changes no wait
    for baseline in (9, {TILLS: 1}, "none"):
        with pytest.raises(lab.Refusal, match="one point of the study"):
            study.compare(baseline)


def test_figures_have_their_finding_as_their_title(study):
    points, effects = study.plot.points("mean_wait_s"), study.plot.effects("mean_wait_s")
    assert points.title in study.findings[0]
    assert effects.title in study.findings[0]
    assert set(points.data["kpi"]) == set(effects.data["kpi"]) == {"mean_wait_s"}
    assert points._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(lab.Refusal, match="one that the study shows: mean_wait_s, fill_rate"):
        study.plot.points("bullwhip")


def test_its_page_is_the_commands(study, tmp_path):
    assert "<h1>Study corner-shop</h1>" in study.page(tmp_path / "s.html").read_text(encoding="utf-8")


def test_a_study_of_nothing_is_refused():
    with pytest.raises(lab.Refusal, match="SCENARIO: expected at least 1 of them"):
        lab.Study.play([])


def test_a_folder_without_a_finished_study_is_refused(tmp_path):
    with pytest.raises(lab.Refusal, match="the folder of a study that was finished"):
        lab.Study.load(tmp_path)
