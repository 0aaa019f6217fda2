"""Cells with the heading of their column, and regions with focus."""

import re

from sim.report.pages.labels import labelled

PAGE = """<p>a</p><table>
  <tr><th>goal</th><th>by &amp; when</th><th class="left">the <b>chance</b></th></tr>
  <tr><td class="name">fifty stores</td><td>2027-06-01</td><td class="left">12 %</td></tr>
</table><table>
  <tr><td>a plain row</td><td>1</td></tr>
</table>"""


def test_a_cell_has_the_words_of_its_heading_and_the_first_of_a_row_has_none():
    page = labelled(PAGE)
    assert '<td class="name">fifty stores</td><td data-label="by &amp; when">2027-06-01</td>' in page
    assert '<td class="left" data-label="the chance">12 %</td>' in page
    assert "<td>a plain row</td><td>1</td>" in page


def test_the_row_of_headings_is_the_tables_head_which_paper_repeats():
    assert labelled(PAGE).count("<thead><tr><th>goal</th>") == labelled(PAGE).count("<thead>") == 1


def test_nothing_else_of_a_page_changes():
    assert re.sub(r"</?t(?:head|body)>| data-label=\"[^\"]*\"", "", labelled(PAGE)) == PAGE


REGIONS = """<h2>Costs &amp; dates</h2><div class="card scroll"><table></table></div><div class="scroll"></div>
<details><summary>By <b>wave</b></summary><div class="scroll"></div></details><div class="scrolled"></div>"""


def test_a_scrollable_region_has_focus_and_is_named_by_the_heading_above_it():
    page = labelled(REGIONS)
    named = re.findall(r'class="[a-z ]*scroll" role="region" tabindex="0" aria-label="([^"]*)"', page)
    assert named == ["Costs &amp; dates", "Costs &amp; dates (2)", "By wave"]
    assert re.sub(r' role="region" tabindex="0" aria-label="[^"]*"', "", page) == REGIONS
