"""Till times are recovered from timed tickets, with intervals that hold the truth as often as they say; run as a program it prints how often."""

from pathlib import Path

import numpy as np
import pytest

from sim.calibration.times.service_sheet import Journal
from sim.calibration.times.service_times import fit_service
from sim.calibration.times.table_rows import Rows
from sim.records.refusal import Refusal

FIXED, FIXED_CV, ITEM, ITEM_CV = 15.0, 0.4, 3.0, 0.3
PAYS = {"mobile": 4.0, "card": 12.0, "cash": 18.0}


def lognormal(rng, mean, cv, size):
    variance = np.log1p(cv**2)
    return mean * np.exp(rng.normal(-variance / 2, np.sqrt(variance), size))


def journal(rng, tickets=600, cashiers=12, unlike=0.08, outliers=0.0, items=None, **columns):
    """Tickets of the lab's own model at cashiers who differ."""
    items = rng.geometric(1 / 8, tickets) if items is None else items
    cashier = rng.integers(0, cashiers, tickets)
    pace = lognormal(rng, 1.0, unlike, cashiers)[cashier] if unlike else 1.0
    service_s = lognormal(rng, FIXED, FIXED_CV, tickets) + pace * lognormal(rng, ITEM, ITEM_CV, tickets) * items
    odd = rng.random(tickets) < outliers
    service_s = np.where(odd, service_s * rng.uniform(5, 20, tickets), service_s)
    given = {
        "payment_s": np.full(tickets, np.nan),
        "channel": np.full(tickets, -1),
        "channels": (),
        "self_checkout": np.zeros(tickets, dtype=bool),
    }
    return Journal(
        rows=Rows(Path("j.csv"), [], ""), service_s=service_s, items=items, cluster=cashier, clusters=cashiers,
        cluster_kind="cashier", first=None, last=None, notes=(), **(given | columns),
    )  # fmt: skip


def paid(rng, tickets=1_500, timed=False):
    """The same with a channel on every ticket."""
    names = tuple(PAYS)
    channel = rng.choice(3, tickets, p=[0.6, 0.3, 0.1])
    plain = journal(rng, tickets)
    pays = lognormal(rng, 1.0, 0.3, tickets) * np.array(list(PAYS.values()))[channel]
    fields = vars(plain) | {"service_s": plain.service_s + pays, "channel": channel, "channels": names}
    return Journal(**(fields | ({"payment_s": pays} if timed else {})))


def test_planted_times_and_their_scatter_are_recovered():
    found = fit_service(journal(np.random.default_rng(1), 4_000, unlike=0.0))
    assert found.fixed_s.value == pytest.approx(FIXED, rel=0.04)
    assert found.item_s.value == pytest.approx(ITEM, rel=0.03)
    assert found.fixed_cv.value == pytest.approx(FIXED_CV, rel=0.15)
    assert found.item_cv.value == pytest.approx(ITEM_CV, rel=0.1)
    assert (found.fixed.distribution, found.fixed.mean) == ("lognormal", round(found.fixed_s.value, 3))
    assert found.gap < found.gap_by_chance


@pytest.mark.parametrize("share", [0.02, 0.08])
def test_tickets_that_took_many_times_as_long_do_not_move_the_fit(share):
    found = fit_service(journal(np.random.default_rng(2), 3_000, unlike=0.0, outliers=share))
    assert found.item_s.value == pytest.approx(ITEM, rel=0.06)
    assert found.fixed_s.value == pytest.approx(FIXED, rel=0.08)
    assert found.left_out == pytest.approx(share * 3_000, rel=0.4)
    assert found.mean_with_left_out_s > 1.1 * found.mean_s


def test_a_sound_journal_loses_hardly_a_ticket():
    assert fit_service(journal(np.random.default_rng(3), 3_000)).left_out <= 6


def test_time_of_payment_is_the_difference_of_channels_where_it_was_not_timed():
    found = fit_service(paid(np.random.default_rng(4), 6_000))
    pays = {payment.code: payment.pays_s.value for payment in found.payments}
    assert pays["mobile"] == 0
    assert pays["card"] == pytest.approx(8, abs=1)
    assert pays["cash"] == pytest.approx(14, abs=1.5)
    assert found.fixed_s.value == pytest.approx(FIXED + 4, rel=0.05)
    assert [payment.share for payment in found.payments] == pytest.approx([0.6, 0.3, 0.1], abs=0.02)


def test_time_of_payment_is_taken_out_of_the_ticket_where_it_was_timed():
    found = fit_service(paid(np.random.default_rng(5), 3_000, timed=True))
    assert {p.code: p.pays_s.value for p in found.payments} == pytest.approx(PAYS, rel=0.05)
    assert [p.cv for p in found.payments] == pytest.approx([0.3] * 3, abs=0.05)
    assert found.fixed_s.value == pytest.approx(FIXED, rel=0.05)


def test_self_checkouts_have_a_factor_on_the_time_per_item():
    rng = np.random.default_rng(6)
    own = rng.random(3_000) < 0.3
    plain = journal(rng, 3_000, unlike=0.0)
    slow = plain.service_s + np.where(own, 0.6 * ITEM * plain.items, 0)
    found = fit_service(Journal(**(vars(plain) | {"service_s": slow, "self_checkout": own})))
    assert found.self_factor.value == pytest.approx(1.6, rel=0.05)
    assert found.item_s.value == pytest.approx(ITEM, rel=0.05)
    assert found.self_tickets == pytest.approx(own.sum(), abs=3)


def test_few_tickets_one_size_or_times_that_fall_are_refused():
    rng = np.random.default_rng(7)
    with pytest.raises(Refusal, match="at least 30 tickets at tills, found 20"):
        fit_service(journal(rng, 20))
    with pytest.raises(Refusal, match="tickets of two sizes at least"):
        fit_service(journal(rng, 60, items=np.full(60, 5)))
    falling = journal(rng, 60)
    with pytest.raises(Refusal, match="take longer the more items"):
        fit_service(Journal(**(vars(falling) | {"service_s": 200.0 - np.minimum(falling.items, 30) * 3.0})))


def test_times_through_the_origin_have_no_fixed_part():
    rng = np.random.default_rng(8)
    plain = journal(rng, 500)
    found = fit_service(Journal(**(vars(plain) | {"service_s": 3.0 * plain.items - 1.0 + rng.normal(0, 0.1, 500)})))
    assert found.fixed.mean == 0
    assert found.item_s.value == pytest.approx(3, rel=0.1)


def held(draws, **columns):
    """Share of draws whose intervals hold the fixed time, the time per item and the variation of both."""
    truth = (FIXED, ITEM, FIXED_CV, ITEM_CV)
    hits = np.zeros(4)
    for seed in range(draws):
        found = fit_service(journal(np.random.default_rng(100 + seed), **columns))
        figures = (found.fixed_s, found.item_s, found.fixed_cv, found.item_cv)
        hits += [figure.low <= true <= figure.high for figure, true in zip(figures, truth, strict=True)]
    return hits / draws


@pytest.mark.parametrize("columns", [{"cashiers": 12}, {"cashiers": 1, "unlike": 0.0}], ids=["cashiers", "one till"])
def test_intervals_of_both_times_hold_the_truth_at_their_rate(columns):
    fixed, item, *_ = held(40, tickets=300, **columns)
    assert min(fixed, item) >= 0.85


if __name__ == "__main__":
    print(
        "| Cashiers | They differ by | Tickets | Fixed time | Time per item | CV of fixed | CV of item |\n|---|---|---|---|---|---|---|"
    )
    for cashiers, unlike, tickets in [
        (1, 0.0, 100),
        (1, 0.0, 400),
        (1, 0.0, 2_000),
        (6, 0.08, 600),
        (12, 0.08, 600),
        (40, 0.08, 2_000),
        (3, 0.08, 600),
    ]:
        shares = held(400, cashiers=cashiers, unlike=unlike, tickets=tickets)
        print(f"| {cashiers} | {unlike:.0%} | {tickets:,} | " + " | ".join(f"{share:.1%}" for share in shares) + " |")
