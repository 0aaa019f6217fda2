"""CSV, JSON, PDF and slides of a result."""

import csv
import json
import re
import zlib

import matplotlib.image
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.report.exports import pdf
from sim.report.exports.csv_files import write_csv
from sim.report.exports.json_file import write_document
from sim.report.exports.pdf import write_pdf
from sim.report.exports.result import Table
from sim.report.exports.slides import _wrapped, write_slides

from .conftest import drawn, result


def rows(path):
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")  # else a spreadsheet takes Chinese for another encoding
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_a_folder_gets_a_csv_for_each_table(tmp_path):
    write_csv(result(), tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["days.csv", "kpis.csv"]
    assert rows(tmp_path / "out" / "kpis.csv")[1] == [
        "fill_rate",
        "0.9871",
        "share of units",
        rows(tmp_path / "out" / "kpis.csv")[1][3],
    ]


def test_a_csv_file_holds_the_main_table_and_others_stand_beside_it(tmp_path):
    write_csv(result(), tmp_path / "r.csv")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["r-kpis.csv", "r.csv"]
    head, first, second, *_ = rows(tmp_path / "r.csv")
    assert head == ["date", "store", "customers", "mean_wait_s", "stockout_rate", "open"]
    assert first == ["2026-10-01", "'=1+1", "1234", "12.25", "0.0125", "True"]
    assert second[3] == ""


def test_no_text_of_a_csv_begins_as_a_formula_does(tmp_path):
    write_csv(result(), tmp_path / "r.csv")
    assert [row[1][0] for row in rows(tmp_path / "r.csv")[1:]] == ["'"] * 4


def test_json_has_names_as_they_are_units_and_null_for_what_is_not_known(tmp_path):
    write_document(result(lang="zh"), tmp_path / "r.json")
    read = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    days, kpis = read["tables"]["days"], read["tables"]["kpis"]
    assert days["rows"][0]["store"] == "=1+1"
    assert [row["mean_wait_s"] for row in days["rows"]] == [12.25, None, None, 0.5]
    assert days["units"]["stockout_rate"] == "share of SKU-days"
    meaning = "sales at list price, stores and online"
    sales = {"kpi": "sales_per_day", "mean": 1_234_567.891, "unit": "CNY/day", "meaning": meaning}
    assert kpis["rows"][1] == sales
    assert read["about"]["first day"] == "2026-10-01"
    assert read["sources"] == [{"kind": "calibrated", "path": "traffic", "source": "tickets of 2025"}]


def test_a_slide_is_1920_by_1080_and_equal_results_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        (path,) = write_slides(result(), tmp_path / name)
        assert path.name == "waits.png"
        assert matplotlib.image.imread(path).shape[:2] == (1080, 1920)
    assert (tmp_path / "a" / "waits.png").read_bytes() == (tmp_path / "b" / "waits.png").read_bytes()


@pytest.mark.parametrize(
    "title",
    [
        "Waits are longest at noon",
        "Against min_max, take base_stock: stock −2.08 ± 0.50 million CNY (−1 %), fill rate +0.26 percentage points "
        * 2,
        "十八时至十九时等待最久，平均四十六秒；支付中断时一百零八秒，" * 4,
    ],
)
def test_title_and_source_stay_on_the_slide_and_off_the_figure(tmp_path, title):
    figure = drawn(title)
    write_slides(result(draw=lambda: [figure], lang="zh", source="retail-lab, " + 12 * "a long source, "), tmp_path)
    drawing = figure.drawing
    drawing.draw_without_rendering()
    width, height = drawing.get_size_inches() * drawing.dpi
    boxes = [text.get_window_extent() for text in drawing.texts]
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)
    head, shows, source = boxes
    axes = drawing.axes[0].get_tightbbox()
    assert head.y0 >= shows.y1 - 1
    assert shows.y0 > axes.y1 > axes.y0 > source.y1


@given(st.text(alphabet="ab cd，。等待门店", max_size=120), st.integers(8, 40))
def test_a_wrapped_text_loses_nothing_but_spaces(text, most):
    assert "".join(_wrapped(text, most)).replace(" ", "") == text.replace(" ", "")


@pytest.fixture(scope="module")
def weasyprint():
    try:
        return pdf.writer()
    except Exception as error:
        pytest.skip(f"no PDF on this machine: {error}")


def text_of(path):
    """The characters of a PDF, by the tables with which it maps its glyphs back to text."""
    data = path.read_bytes()
    streams = []
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            streams.append(zlib.decompress(found[1]))
        except zlib.error:
            continue
    maps = [stream.decode("latin-1") for stream in streams if b"beginbfchar" in stream or b"beginbfrange" in stream]
    codes = [code for each in maps for code in re.findall(r"<([0-9a-fA-F]+)>", each)]
    return {chr(int(code[at : at + 4], 16)) for code in codes for at in range(0, len(code) - len(code) % 4, 4)}


def test_a_pdf_has_its_texts_in_both_scripts_fetches_nothing_and_is_the_same_again(tmp_path, weasyprint):
    hostile = result(findings=('<img src="http://127.0.0.1:9/x"> 上海徐汇店 =1+1',), lang="zh")
    for name in ("a", "b"):
        write_pdf(hostile, tmp_path / f"{name}.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert set("上海徐汇店满足率golden") <= text_of(tmp_path / "a.pdf")
    html = pdf._page(hostile)
    assert "&lt;img src=" in html
    assert not re.search(r'(?:src|href)="(?!data:)', html)


def test_long_tables_end_on_paper_and_say_so(monkeypatch):
    monkeypatch.setattr(pdf, "ROWS", 2)
    assert "The first 2 of 4 rows; a workbook has all." in pdf._page(result())


def test_paper_names_key_figures_in_english_and_is_set_in_the_font_asked_for():
    frame = pd.DataFrame({"kpi": ["mean_wait_s"], "process": ["back_office"], "mean": [12.5]})
    table = Table("kpis", "Key figures", frame, {}, (), {"kpi": "kpi", "process": "code"})
    html = pdf._page(result(tables=(table,)))
    assert "<td>mean wait</td><td>back office</td>" in html
    assert "mean_wait_s" not in html
    assert 'body { font: 9.5pt/1.45 "DejaVu Sans", ' in html
