"""Moments are read however a log writes them, and never guessed."""

from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pytest

from sim.traffic.log.timestamps import moments

AT = np.datetime64("2025-10-01T09:30:00")


@pytest.mark.parametrize(
    "text",
    [
        "2025-10-01 09:30",
        "2025-10-01T09:30:00",
        "2025-10-01 09:30:00.250",
        " 2025/10/1 9:30 ",
        "2025.10.1 9:30:00",
        "2025年10月1日 09:30",
        "20251001093000",
        "20251001 0930",
        "45931.3958333333",
    ],
)
def test_a_local_moment_is_read(text):
    assert moments(pa.array([text]))[0] == AT


@pytest.mark.parametrize(
    "text",
    ["", "morning", "2025-13-01 09:30", "2025-02-30 09:30", "2025-10-01 25:00", "2025-10-01T09:30:00Z",
     "2025-10-01 09:30+08:00", "10/1/2025 9:30", "12", "1759303800", "2025-10/01 09:30"],
)  # fmt: skip
def test_anything_else_is_no_moment(text):
    assert np.isnat(moments(pa.array([text]))[0][0])


def test_a_month_comes_first_only_where_the_preset_says_so():
    assert moments(pa.array(["12/1/2010 8:26"]), "mdy")[0] == np.datetime64("2010-12-01T08:26:00")


def test_a_day_without_a_time_is_its_midnight():
    assert moments(pa.array(["2025-10-01"]))[0] == np.datetime64("2025-10-01T00:00:00")


def test_typed_columns_of_parquet_are_taken_as_they_are():
    at = datetime(2025, 10, 1, 9, 30)
    assert moments(pa.array([at]))[0] == AT
    assert moments(pa.array([date(2025, 10, 1)]))[0] == np.datetime64("2025-10-01T00:00:00")
    assert moments(pa.array([45931.3958333333]))[0] == AT
