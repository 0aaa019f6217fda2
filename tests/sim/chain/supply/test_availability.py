"""What suppliers are out of and what comes late, by itself and as a chain meets it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.chain.chain import Chain
from sim.chain.setting import Setting
from sim.chain.supply.availability import Availability
from sim.clock import DAY_S

SHARES = {"FAST": (0.3, 2.0), "SLOW": (0.05, 10.0)}
INSTANTS = np.arange(0, 50 * DAY_S, DAY_S / 4)


def suppliers(shares=SHARES, **terms) -> list[dict]:
    return [
        {"code": code, "lead_time_days": 0.25, "unavailable_share": share, "unavailable_days": days, **terms}
        for code, (share, days) in shares.items()
    ]


@pytest.fixture(scope="module")
def setting(small):
    return lambda replication=0, **changes: Setting.of(small(suppliers=suppliers(**changes)), replication)


def fresh(setting) -> Availability:
    return Availability(setting.scenario, setting.replication, setting.assortment.supplier)


def seen(setting, instants=INSTANTS) -> np.ndarray:
    """bool[instants, n_skus]"""
    availability, every = fresh(setting), np.arange(len(setting.assortment))
    return np.array([availability.unavailable(every, t).copy() for t in instants])


@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_no_order_moves_a_spell(setting, data):
    """Whatever SKUs are asked for at whatever instants: the answer is that of a look at all of them every six hours."""
    here = setting()
    all_of_them, availability = seen(here), fresh(here)
    asked = st.lists(st.integers(0, len(here.assortment) - 1), min_size=1, max_size=9, unique=True).map(np.array)
    for at in sorted(data.draw(st.sets(st.integers(0, len(INSTANTS) - 1), max_size=12))):
        skus = data.draw(asked)
        assert (availability.unavailable(skus, INSTANTS[at]) == all_of_them[at, skus]).all()


def test_spells_belong_to_a_supplier_and_its_sku(setting):
    """Another supplier's share moves none of them, another replication all."""
    here, other = setting(), setting(shares=SHARES | {"SLOW": (0.5, 3.0)})
    of_fast = here.assortment.supplier == 0
    assert (seen(here)[:, of_fast] == seen(other)[:, of_fast]).all()
    assert (seen(here) != seen(other))[:, ~of_fast].any()
    assert (seen(here) != seen(setting(1)))[:, of_fast].any()


def test_a_supplier_is_out_of_each_sku_for_its_share_of_time_and_its_mean_spell(setting):
    """At the first instant and any other, and from one look to the next as a Markov process of two states changes."""
    out = np.array([seen(setting(run)) for run in range(40)])
    for number, (share, days) in enumerate(SHARES.values()):
        of = out[:, :, setting().assortment.supplier == number]
        for at in (0, 1, 150):
            n = of[:, at].size
            assert of[:, at].mean() == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / n))
        over = 1 - np.exp(-0.25 / days / (1 - share))
        for now, then in ((True, (1 - share) * over), (False, share * over)):
            changed = (of[:, 1:] != now)[of[:, :-1] == now]
            assert changed.mean() == pytest.approx(then, abs=3 * np.sqrt(then / changed.size))


def test_spells_are_exponential(small):
    availability = fresh(Setting.of(small(suppliers=suppliers({"FAST": (0.4, 1.5)})), 0))
    first, ends_s = np.array([0]), []
    for _ in range(800):
        ends_s.append(availability._until_s[0])
        is_out = availability.unavailable(first, ends_s[-1])[0]
    lengths, means = np.diff(ends_s)[::-1] / DAY_S, (2.25, 1.5) if is_out else (1.5, 2.25)
    for spells, mean in zip((lengths[::2], lengths[1::2]), means, strict=True):
        assert stats.kstest(spells, stats.expon(scale=mean).cdf).pvalue > 0.001


def test_a_spell_under_way_at_the_first_instant_is_as_old_as_an_exponential_one(setting):
    """Nothing else has an age, and what is left of the spell is independent of it."""
    ages, left = [], []
    for run in range(60):
        here = setting(run)
        availability, of = fresh(here), here.assortment.supplier == 0
        age_days = availability.out_since_days()
        assert ((age_days > 0) == availability.unavailable(np.arange(len(age_days)), 0.0)).all()
        under_way = of & (age_days > 0)
        ages.extend(age_days[under_way])
        left.extend(availability._until_s[under_way] / DAY_S)
    assert stats.kstest(ages, stats.expon(scale=SHARES["FAST"][1]).cdf).pvalue > 0.001
    assert abs(np.corrcoef(ages, left)[0, 1]) < 3 / np.sqrt(len(ages))


def played(small, engine="compiled", days=60, **terms):
    """Deliveries of a chain whose warehouses order every day what they lack: (supplier, ordered, came, days under way)."""
    rules = {
        "stores": {"policy": "base_stock", "days": 6},
        "warehouses": {"policy": "base_stock", "days": 9, "at": "06:00"},
    }
    terms = suppliers(**terms)
    chain = Chain(
        small(days=days, engine=engine, suppliers=terms, replenishment=rules, online={"orders_per_day": 0},
              transfers={"warehouses": False}, skus={"pack": 1})
    )  # fmt: skip
    sent, unload = [], chain.suppliers._unload

    def unloaded(arrived):
        for goods in arrived:
            under_way_days = (chain.env.now - goods.ordered_s) / DAY_S
            sent.append((goods.number, goods.ordered[0].copy(), goods.units[0].copy(), under_way_days))
        unload(arrived)

    chain.suppliers._unload = unloaded
    for day in range(days):
        chain.begin(day)
        chain.env.run(until=(day + 1) * DAY_S)
        chain.end(day)
    chain.ledger.check()
    return chain, sent


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_a_line_for_what_its_supplier_is_out_of_is_not_delivered_and_every_other_is(small, engine):
    chain, sent = played(small, engine, days=12)
    for number, ordered, came, _ in sent:
        of = np.flatnonzero(ordered)
        assert (chain.assortment.supplier[of] == number).all()
        assert ((came[of] == 0) | (came[of] == ordered[of])).all()
    lines = sum(np.count_nonzero(ordered) for _, ordered, *_ in sent)
    assert 0 < sum(np.count_nonzero(came) for *_, came, _ in sent) < lines


def test_the_share_of_lines_not_delivered_is_the_share_of_time_that_skus_are_unavailable(small):
    """Of lines that are ordered whatever the supplier has: those of the first review, over many replications."""
    here = small(suppliers=suppliers())
    short: tuple[list, list] = ([], [])
    for run in range(80):
        chain = Chain(here, run)
        for number, supplier in enumerate(here.suppliers):
            ordered = np.where(chain.assortment.supplier == number, 8, 0)
            came = chain.suppliers._available(supplier, "WE", ordered)
            short[number].append(1 - np.count_nonzero(came) / np.count_nonzero(ordered))
    for (share, _), runs in zip(SHARES.values(), short, strict=True):
        assert np.mean(runs) == pytest.approx(share, abs=3 * np.std(runs, ddof=1) / np.sqrt(len(runs)))


def test_packs_that_a_supplier_lacks_are_the_same_whether_it_is_out_of_other_skus(small):
    ordered = np.full(40, 80)
    came = []
    for share in (0.0, 0.3):
        here = small(suppliers=suppliers({"FAST": (share, 2.0)}, fill_rate=0.7))
        came.append(Chain(here).suppliers._available(here.suppliers[0], "WE", ordered))
    assert (came[1] < came[0]).any()
    assert ((came[1] == came[0]) | (came[1] == 0)).all()


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_lead_times_are_the_mixture_of_punctual_and_late(small, engine):
    lead, late = {"distribution": "uniform", "low": 0.2, "high": 0.4}, {"distribution": "exponential", "mean": 2}
    none = {"FAST": (0.0, 1.0), "SLOW": (0.0, 1.0)}
    terms = {"lead_time_days": lead, "late_share": 0.3, "late_days": late}
    _, sent = played(small, engine, days=150 if engine == "compiled" else 20, shares=none, **terms)
    took = np.array([days for *_, days in sent])
    u = (np.arange(300) + 0.5) / 300
    waits = np.concatenate([np.zeros(700), -2 * np.log1p(-u)])
    assert stats.ks_2samp(took, (0.2 + 0.2 * u[:, None] + waits).ravel()).pvalue > 0.001
    late = 0.3 * np.mean(np.exp(-(0.2 - 0.2 * u) / 2))
    assert (took > 0.4).mean() == pytest.approx(late, abs=3 * np.sqrt(late * (1 - late) / len(took)))


def test_a_share_without_days_is_refused(small):
    with pytest.raises(ValueError, match="unavailable_days beside unavailable_share"):
        small(suppliers=[{"code": "FAST", "lead_time_days": 1, "unavailable_share": 0.1}])
    with pytest.raises(ValueError, match="late_days beside late_share"):
        small(suppliers=[{"code": "FAST", "lead_time_days": 1, "late_share": 0.1}])


def test_a_scenario_that_says_nothing_of_them_is_written_down_as_before(small):
    for field in ("unavailable_share", "unavailable_days", "late_share", "late_days"):
        assert field not in json.dumps(small().model_dump(mode="json"))
