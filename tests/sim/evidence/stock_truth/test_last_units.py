"""Not oversold must be earned: whatever the clients of a race came to, nothing passes that was not put to the test."""

from hypothesis import given
from hypothesis import strategies as st

from sim.evidence.stock_truth.last_units import SETTLED, judge
from sim.records.oversell import Ending, Raced

OUTCOMES = ("accepted", "partial", "rejected", "failed", "throttled", "auth_lost", "conflict", "", "adapter_fault")
endings = st.lists(
    st.builds(
        lambda outcome, clients, decided, doubt: Ending(
            outcome=outcome, step="order", error="500", clients=clients, decided=decided, in_doubt=doubt and outcome not in SETTLED
        ),
        st.sampled_from(OUTCOMES),
        st.integers(1, 40),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


@given(endings, st.integers(1, 5), st.integers(1, 60), st.integers(0, 80), st.one_of(st.none(), st.integers(-5, 60)))
def test_what_passes_was_put_to_the_test(ended, units, before, promised, after):
    asked = units * sum(e.clients for e in ended if e.decided and e.outcome in SETTLED)
    in_doubt = units * sum(e.clients for e in ended if e.in_doubt)
    sku = Raced(
        sku_code="A", available_before=before, available_after=after, promised=promised, asked=asked, in_doubt=in_doubt
    )
    decision, sentence, _ = judge([sku], ended, units, "order")
    assert (decision == "fail") == (promised > before or (after is not None and after < 0))
    faults = any(e.outcome == "adapter_fault" for e in ended)
    earned = (
        asked > before
        and promised + (in_doubt or 0) <= before
        and before - promised < units
        and after is not None
        and before - after >= promised
        and after >= 0
    )
    assert (decision == "pass") == (earned and not faults)
    assert (decision == "invalid") == (faults and decision != "fail"), "the lab's own fault is nobody else's"
    assert sentence.endswith(".")


def test_of_several_skus_one_that_was_not_put_to_the_test_is_named():
    """All orders ended when the scarcer one did."""
    ended = [Ending(outcome="accepted", clients=4, decided=True), Ending(outcome="rejected", clients=46, decided=True)]
    skus = [
        Raced(sku_code=code, available_before=before, available_after=before - 4, promised=4, asked=50, in_doubt=0)
        for code, before in (("A", 4), ("B", 10))
    ]
    decision, sentence, reasons = judge(skus, ended, 1, "order")
    assert decision == "pass"
    assert sentence == "Not oversold: 4 of 4 units of A promised to 4 clients, 46 clients refused."
    assert "B was not put to the test: 6 of its 10 units were left." in reasons
