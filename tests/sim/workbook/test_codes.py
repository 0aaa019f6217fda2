"""Names that are no codes get codes of their own, each once, and are known by both afterwards."""

import re

from hypothesis import given
from hypothesis import strategies as st

from sim.workbook.codes import Codes


@given(
    st.lists(
        st.one_of(
            st.text(min_size=1, max_size=60), st.integers(0, 99).map(str), st.sampled_from(["SH 01", "SH-01", "SH/01"])
        ),
        unique=True,
    )
)
def test_every_name_has_one_sound_code_of_its_own(names):
    codes = Codes("stores")
    made = {}
    for name in names:
        known = name in codes
        code = codes.add(name)
        assert re.fullmatch(r"[A-Za-z0-9_\-]{1,40}", code)
        assert known or code not in made.values()
        made[name] = code
    assert all(codes[name] == code for name, code in made.items())


def test_a_reference_without_the_zeros_before_a_number_means_the_only_code_that_ends_so():
    codes = Codes("skus")
    for code in ("000001", "000012", "12"):
        codes.add(code)
    assert [codes.find(said) for said in (1, "000001", 12, "012", "2", "x")] == [
        "000001",
        "000001",
        "12",
        None,
        None,
        None,
    ]


def test_a_code_stays_as_it_is_and_a_name_stands_for_it_too():
    codes = Codes("stores")
    assert [codes.add(text) for text in ("007", "SH 01", "上海店", 8)] == ["007", "SH-01", "S01", "8"]
    codes.also("徐汇店", "007")
    assert codes["徐汇店"] == "007"
    assert codes.made == {"SH 01": "SH-01", "上海店": "S01"}
