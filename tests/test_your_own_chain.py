"""docs/your-own-chain.md can be followed to the letter: its files are made, and its commands run in their order."""

import pytest

from .followed import DOCS, commands, ran

PAGE = (DOCS / "your-own-chain.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The folder in which the page was followed, and exit status and output of each command."""
    folder = tmp_path_factory.mktemp("reader")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        ended = {line: ran(words) for line, words in commands(PAGE, "100", patch)}
    return folder / "own", ended


def test_every_command_of_the_page_ends_well(followed):
    """The score of one run may end either way: three months of history leave more doubt than its replications show."""
    _, ended = followed
    assert len(ended) == 8
    assert {line: code for line, (code, _) in ended.items() if code and "retail-lab score" not in line} == {}
    assert {code for line, (code, _) in ended.items() if "retail-lab score" in line} <= {0, 1}


def test_what_was_fitted_is_no_longer_assumed_and_the_run_says_how_it_was_backtested(followed):
    _, ended = followed
    (output,) = (said for line, (_, said) in ended.items() if line.startswith("retail-lab run"))
    assert "warehouses.docks =" in output
    for fitted in (
        *("traffic.weekday_factors", "stores.customers_per_day", "skus.popularity"),
        *("trading.item_s", "suppliers.lead_time_days"),
    ):
        assert f"{fitted} =" not in output
    assert "2026-10-05" in output
    assert "2026-11-01" in output


def test_results_are_left_as_people_hand_them_on(followed):
    folder, _ = followed
    assert (folder / "november.xlsx").is_file()
    assert list((folder / "slides").glob("*.png"))
    assert "南京路店" in (folder / "site/zh/store-NJL.html").read_text(encoding="utf-8")
