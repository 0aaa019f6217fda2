from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.adapters import pools
from loadtests.adapters.base import Adapter
from loadtests.adapters.product_map import ProductMap
from sim.records.refusal import Refusal


def pool(rows: int) -> pools.Pool:
    return pools.Pool("accounts", [{"user": f"u{row}"} for row in range(rows)])


def test_two_journeys_never_lend_the_same_row():
    accounts = pool(2)
    with accounts.lend() as first, accounts.lend() as second:
        assert first != second
        with pytest.raises(pools.Depleted, match="accounts"), accounts.lend():
            pass
    with accounts.lend() as again:
        assert again in (first, second)


def test_the_account_returned_last_is_lent_next_unless_it_is_passed_over():
    accounts = pool(3)

    def lent():
        with accounts.lend() as row:
            return row["user"]

    assert [lent(), lent()] == ["u0", "u0"]
    accounts.pass_over()
    assert [lent(), lent()] == ["u1", "u1"]


@given(rows=st.integers(1, 40), workers=st.integers(1, 8))
def test_workers_share_a_pool_without_overlap_and_without_rest(rows, workers):
    lent = []
    for worker in range(workers):
        mine = pool(rows)
        mine.share(worker, workers)
        while True:
            try:
                lent.append(mine.consume()["user"])
            except pools.Depleted:
                break
    assert sorted(lent) == sorted(row["user"] for row in pool(rows).rows)


def test_a_customer_always_gets_the_same_row():
    assert pool(3).pick(7) == pool(3).pick(4) == {"user": "u1"}


@pytest.mark.parametrize(
    ("text", "complaint"), [("user,password\n", "rows below a header"), ("user\nann\n", "password"), (None, "POOL_A")]
)
def test_a_pool_that_cannot_be_used_is_refused(tmp_path, text, complaint):
    environment = {}
    if text is not None:
        (tmp_path / "a.csv").write_text(text)
        environment = {"RETAIL_LAB_POOL_A": str(tmp_path / "a.csv")}
    with pytest.raises(Refusal, match=complaint):
        pools.read("a", environment, ("user", "password"))


def test_test_data_that_ran_out_is_a_rejection_and_no_failure(stage, playing, tmp_path):
    class Lending(Adapter):
        name = "lending"
        pools = {"coupons": ("code",)}

        def redeem_offer(self, errand):
            errand.post("redeem", "/redeem", json={"code": self.pool["coupons"].consume()["code"]})

    (tmp_path / "coupons.csv").write_text("code\nTEN\n")
    trial = playing(Lending, {"RETAIL_LAB_POOL_COUPONS": str(tmp_path / "coupons.csv")})
    assert trial.play("redeem_offer").brought
    empty = trial.play("redeem_offer")
    assert (empty.brought, empty.last.outcome) == (None, "rejected")
    assert len(stage.asked) == 1


def test_skus_are_mapped_by_pair_then_by_code_then_in_turn():
    products = [["A", 1], ["B", 2], ["C", 3]]
    of = ProductMap(["X", "C", "Y", "Z"], products, {"X": "B"})
    assert [of[sku].code for sku in range(4)] == ["B", "C", "C", "A"]


def test_two_skus_of_one_product_are_one_line_with_the_units_of_both():
    of = ProductMap(["X", "Y", "Z"], [["A", 1], ["B", 2]])
    assert {product.code: units for product, units in of.lines([0, 1, 2], [2, 1, 3]).items()} == {"A": 5, "B": 1}


def test_a_platform_without_stock_is_refused():
    with pytest.raises(Refusal, match="in stock"):
        ProductMap(["X"], [])
