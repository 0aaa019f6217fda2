"""Cost of ownership: discounted by hand, ranges kept, and tables refused by row."""

import pytest

from sim.planning.vendors.costs import ownership
from sim.records.refusal import Refusal


def table(tmp_path, text):
    path = tmp_path / "costs.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_costs_of_later_years_are_discounted_and_years_may_be_a_range(tmp_path):
    path = table(
        tmp_path, 'vendor,item,year,cost\nAlpha,licence,0,1000\nAlpha,upkeep,1-2,110\nbeta,licence,0,"1,500"\n'
    )
    found, years = ownership(path, ["Alpha", "Beta"], 0.1)
    assert found["Alpha"].low == found["Alpha"].high == pytest.approx(1000 + 110 / 1.1 + 110 / 1.21)
    assert found["Alpha"].by_item["upkeep"] == pytest.approx((190.909, 190.909), abs=1e-3)
    assert (found["Beta"].low, years) == (1500, 2)


def test_a_range_stays_a_range_and_a_chinese_table_is_read(tmp_path):
    path = table(tmp_path, "供应商,项目,年份,最低,最高\nAlpha,许可,0,100,200\nAlpha,实施,1,10,20\nBeta,许可,0,1,1\n")
    found, _ = ownership(path, ["Alpha", "Beta"], 0.0)
    assert (found["Alpha"].low, found["Alpha"].high) == (110, 220)


def test_a_vendor_without_a_row_has_no_cost(tmp_path):
    found, _ = ownership(table(tmp_path, "vendor,item,year,cost\nAlpha,licence,0,5\n"), ["Alpha", "Beta"], 0.0)
    assert list(found) == ["Alpha"]


@pytest.mark.parametrize(
    ("cell", "years"), [("1-3", 3), ("1–3", 3), ("1 to 3", 3), ("第1年", 1), ("1至3年", 3), ("year 2", 1), ("2.0", 1)]
)
def test_years_are_read_as_people_write_them(tmp_path, cell, years):
    found, _ = ownership(table(tmp_path, f"vendor,item,year,cost\nAlpha,licence,{cell},5\n"), ["Alpha"], 0.0)
    assert found["Alpha"].low == 5 * years


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("Alfa,licence,0,1", "row 2, column vendor: expected a vendor of the comparison, perhaps Alpha, found 'Alfa'"),
        ("Alpha,licence,start,1", "row 2, column year: expected a year from 0 (the start) to 50, or a range such as 1-5, found 'start'"),
        ("Alpha,licence,0,dear", "row 2, column cost: expected an amount of money, such as 120000, 12万 or 1.2-1.5万, found 'dear'"),
        ("Alpha,,0,5", "row 2, column item: expected what the cost is for, found nothing"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used_is_refused_by_row(tmp_path, rows, line):
    path = table(tmp_path, f"vendor,item,year,cost\n{rows}\n")
    with pytest.raises(Refusal) as refused:
        ownership(path, ["Alpha", "Beta"], 0.0)
    assert str(refused.value).splitlines()[0] == f"{path}: {line}"


@pytest.mark.parametrize(
    ("heading", "cell", "low", "high"),
    [
        ("cost", "¥1,200", 1200, 1200),
        ("cost", "1.2-1.5万", 12000, 15000),
        ("cost", "8000～1.2万元", 80_000_000, 12000),
        ("cost", "100 to 200", 100, 200),
        ("cost", "12k", 12000, 12000),
        ("金额（万元）", "120", 1_200_000, 1_200_000),
        ("金额（万元）", "1.2亿", 120_000_000, 120_000_000),
        ("cost (CNY million)", "1.5-2", 1_500_000, 2_000_000),
        ("cost", "(200)", -200, -200),
    ],
)
def test_an_amount_has_the_unit_of_its_cell_else_of_its_heading(tmp_path, heading, cell, low, high):
    path = table(tmp_path, f'vendor,item,year,{heading}\nAlpha,licence,0,"{cell}"\n')
    if low > high:
        with pytest.raises(Refusal, match=r"row 2, column high: expected no less than low"):
            ownership(path, ["Alpha"], 0.0)
        return
    found, _ = ownership(path, ["Alpha"], 0.0)
    assert (found["Alpha"].low, found["Alpha"].high) == pytest.approx((low, high))


@pytest.mark.parametrize("cell", ["10%", "免费", "tbd", "1200元/年"])
def test_what_is_no_amount_of_money_is_refused_once(tmp_path, cell):
    with pytest.raises(Refusal) as refused:
        ownership(table(tmp_path, f"vendor,item,year,cost\nAlpha,licence,0,{cell}\n"), ["Alpha"], 0.0)
    assert str(refused.value).endswith(
        f"row 2, column cost: expected an amount of money, such as 120000, 12万 or 1.2-1.5万, found '{cell}'"
    )
