"""docs/trading.md 7 to 10: what a ticket takes, how it is paid, and what tills that stand, break, open or close do to it."""

import numpy as np

from sim.chain.store.software import Answers

PAID, ABANDONED, TURNED_AWAY, PAYMENT_LOST, EMPTY_HANDED = range(5)


def answers(latency_s, n, *, failing=0.0, retry_s=5.0, retry_u=0.5, levels=1):
    """One journey of the same time for n customers, at any load."""
    return Answers(
        midnight_s=0.0,
        retry_s=retry_s,
        latency_s=np.full((levels, n), latency_s),
        retry_u=np.full((1, n), retry_u),
        level=np.zeros((1, 288), dtype=np.int32),
        weight=np.zeros((1, 288)),
        failing=np.full((1, 288), failing),
    )


def test_a_ticket_is_the_sum_of_its_parts(day, visit):
    wants = ((0, 3), (1, 1), (2, 2))
    one = visit(0.0, 10.0, wants=wants, per_unit=2.0, per_sku=4.0, pays=(0.0, 7.0, 0.0), channel=1)
    a_day = day(stock=(9, 9, 0, 9), attribute_entry=True, answers=answers(0.5, 1))
    result = a_day.play([one], [(0, {"factors": (1.5,)})])
    assert result.attribute_s.tolist() == [8.0]
    assert result.system_s.tolist() == [0.5]
    assert result.channel.tolist() == [1]
    assert result.ended_s.tolist() == [10 + 4 * 2.0 * 1.5 + 8 + 0.5 + 7]


def test_attributes_are_entered_only_where_the_system_asks_for_them(day, visit):
    result = day().play([visit(0.0, 10.0, per_sku=4.0)])
    assert result.attribute_s.tolist() == [0.0]
    assert result.ended_s.tolist() == [10.0]


def test_a_slow_clerk_and_a_self_checkout_take_their_factor_on_each_unit(day, visit):
    visits = [visit(0.0, 1.0, per_unit=2.0, wants=((0, 5),), self_checkout_u=u) for u in (0.9, 0.1)]
    a_day = day(self_checkouts=1, self_checkout_lines=8)
    result = a_day.play(visits, [(0, {"factors": (2.0, 1.6)})])
    assert result.till.tolist() == [0, 1]
    assert result.ended_s.tolist() == [21.0, 17.0]


def test_a_clerk_who_learns_is_slower_at_all_but_payment_and_software_and_a_self_checkout_is_not(day, visit):
    parts = {"service": 8.0, "per_unit": 2.0, "per_sku": 4.0, "pays": (7.0, 0.0, 0.0), "wants": ((0, 3), (1, 1))}
    visits = [visit(0.0, **parts, self_checkout_u=u) for u in (0.9, 0.1)]
    a_day = day(self_checkouts=1, self_checkout_lines=8, attribute_entry=True, answers=answers(0.5, 2))
    learning = a_day.open.slowed(1.25, tills=1)
    result = a_day.play(visits, [(0, {"factors": learning.factors, "clerk_factor": learning.clerk_factor})])
    assert result.till.tolist() == [0, 1]
    assert result.attribute_s.tolist() == [10.0, 8.0]
    assert result.ended_s.tolist() == [1.25 * (8 + 8 + 8) + 7.5, 24 + 7.5]


def test_what_a_clerk_has_to_do_again_takes_its_time_for_each_line_of_the_ticket(day, visit):
    """Of three lines one has no stock and one a substitute; a self-checkout has no clerk."""
    wants = ((0, 1), (1, 1), (3, 1))
    visits = [visit(0.0, 8.0, wants=wants, redo=2.5, self_checkout_u=u) for u in (0.9, 0.1)]
    group = np.array([0, 2, 1, 3], dtype=np.int32)
    rules = {"self_checkouts": 1, "self_checkout_lines": 8, "next_in_group": group, "unmet": "substituted"}
    result = day(stock=(9, 0, 9, 0), **rules).play(visits)
    assert result.till.tolist() == [0, 1]
    assert result.ended_s.tolist() == [8 + 2 * 2.5, 8]


def test_backups_serve_only_while_the_regime_falls_back_on_them(day, visit):
    down = {"channels": (False, True, True)}
    visits = [visit(0.0), visit(10.0)]
    result = day(backups=(1,)).play(visits, [(0, down), (5, {**down, "falls_back": False})])
    assert result.fate.tolist() == [PAID, PAYMENT_LOST]
    assert result.channel.tolist() == [1, -1]


def test_each_failure_of_a_journey_costs_it_again_and_the_pause_before_it(day, visit):
    """With a share of ½ failing, a uniform of 0.2 fails twice: 0.2 < ½ and 0.2 < ¼, but not 0.2 < ⅛."""
    result = day(answers=answers(0.5, 1, failing=0.5, retry_u=0.2)).play([visit(0.0)])
    assert result.system_s.tolist() == [0.5 + 2 * 5.5]


def test_a_system_that_fails_everything_still_lets_a_ticket_end(day, visit):
    result = day(answers=answers(1.0, 1, failing=1.0, retry_s=1.0)).play([visit(0.0)])
    assert result.system_s.tolist() == [1 + 50 * 2]


def test_offline_tickets_take_no_system_time_and_are_marked(day, visit):
    visits = [visit(0.0), visit(10.0), visit(19.5), visit(30.0)]
    changes = [(10, {"online": False}), (20, {})]
    result = day(answers=answers(0.5, 4)).play(visits, changes)
    assert result.offline.tolist() == [False, True, True, False]
    assert result.system_s.tolist() == [0.5, 0.0, 0.0, 0.5]


def test_an_outage_does_not_touch_a_ticket_under_way_where_tills_go_on_offline(day, visit):
    result = day(answers=answers(0.5, 1)).play([visit(0.0, 5.0)], [(1, {"online": False}), (100, {})])
    assert result.ended_s.tolist() == [5.5]
    assert result.offline.tolist() == [False]


def test_tickets_stand_still_while_tills_cannot_work_and_go_on_with_what_was_left(day, visit):
    visits = [visit(0.0, 5.0), visit(1.0, 5.0), visit(3.0, 1.0), visit(4.0, 1.0, patience=10.0)]
    stands = {"working": False, "online": False}
    result = day(tills=2).play(visits, [(2, stands), (12, {}), (13, stands), (23, {})])
    assert result.fate.tolist() == [PAID, PAID, PAID, ABANDONED]
    assert result.ended_s.tolist() == [25, 26, 26, 14]
    assert result.till.tolist() == [0, 1, 0, -1]


def test_a_ticket_that_would_end_when_tills_stop_stands_still_first(day, visit):
    result = day().play([visit(0.0, 5.0)], [(5, {"working": False}), (9, {})])
    assert result.ended_s.tolist() == [9.0]


def test_battery_ends_with_the_doors_shut_and_the_goods_in_baskets(day, visit):
    """A power cut at 10, dry at 20, over at 40: the doors close at once, the tills stand 20 s."""
    visits = [visit(8.0, 5.0), visit(9.0, 10.0), visit(11.0)]
    dark = {"doors": False, "working": False}
    result = day().play(visits, [(10, {"doors": False}), (20, dark), (40, {})])
    assert result.fate.tolist() == [PAID, PAID, TURNED_AWAY]
    assert result.ended_s.tolist() == [13, 43, 11]


def test_a_device_that_fails_sends_its_customer_to_the_head_of_the_line_to_begin_anew(day, visit):
    visits = [visit(0.0, 10.0, patience=1.0), visit(0.5, 10.0), visit(1.0, 3.0)]
    broken = {"broken": (True, False)}
    result = day(tills=2).play(visits, [(4, broken), (100, {})])
    assert result.fate.tolist() == [PAID, PAID, PAID]
    assert result.till.tolist() == [1, 1, 1]
    assert result.started_s.tolist() == [10.5, 0.5, 20.5]
    assert result.ended_s.tolist() == [20.5, 10.5, 23.5]


def test_when_every_device_fails_the_customer_waits_for_the_repair(day, visit):
    result = day().play([visit(0.0, 10.0), visit(1.0, 2.0)], [(4, {"broken": (True,)}), (50, {})])
    assert result.ended_s.tolist() == [60, 62]


def test_a_device_may_fail_while_tills_stand_still(day, visit):
    changes = [
        (2, {"working": False}),
        (3, {"working": False, "broken": (True, False)}),
        (9, {"broken": (True, False)}),
    ]
    result = day(tills=2).play([visit(0.0, 10.0)], changes)
    assert result.till.tolist() == [1]
    assert result.ended_s.tolist() == [19]


def test_a_shift_that_ends_finishes_its_ticket_and_takes_no_other(day, visit):
    visits = [visit(0.0, 10.0), visit(0.5, 2.0), visit(1.0, 2.0)]
    result = day(tills=2).play(visits, [(1.5, {"factors": (0.0, 1.0)})])
    assert result.till.tolist() == [0, 1, 1]
    assert result.ended_s.tolist() == [10, 2.5, 4.5]


def test_a_till_that_opens_calls_at_once_at_its_own_factor(day, visit):
    visits = [visit(0.0, 0.0, per_unit=10.0), visit(1.0, 0.0, per_unit=10.0), visit(2.0, 0.0, per_unit=10.0)]
    result = day(tills=2).play(visits, [(0, {"factors": (1.0, 0.0)}), (4, {"factors": (1.0, 2.0)})])
    assert result.till.tolist() == [0, 1, 0]
    assert result.ended_s.tolist() == [10, 24, 20]


def test_the_line_of_a_till_that_closes_chooses_again_in_order_and_keeps_its_deadlines(day, visit):
    visits = [
        visit(0.0, 20.0),
        visit(1.0, 20.0),
        visit(2.0, 1.0),
        visit(3.0, 1.0),
        visit(4.0, 1.0, patience=17.5),
        visit(5.0, 1.0),
    ]
    result = day(tills=2, line_per_till=True).play(visits, [(10, {"factors": (0.0, 1.0)})])
    assert result.fate.tolist() == [PAID, PAID, PAID, PAID, ABANDONED, PAID]
    assert result.till.tolist() == [0, 1, 1, 1, -1, 1]
    assert result.started_s[[2, 3, 5]].tolist() == [23, 21, 22]
    assert result.ended_s[4] == 21.5


def test_rejoining_customers_pass_the_limit_that_would_turn_others_away(day, visit):
    visits = [visit(0.0, 20.0), visit(1.0, 20.0), visit(2.0, 1.0), visit(3.0, 1.0), visit(11.0, 1.0)]
    rules = {"tills": 2, "line_per_till": True, "line_limit": 1}
    result = day(**rules).play(visits, [(10, {"factors": (0.0, 1.0)})])
    assert result.fate.tolist() == [PAID, PAID, PAID, PAID, TURNED_AWAY]


def test_when_the_last_till_closes_the_line_waits_for_the_next_shift_in_order(day, visit):
    visits = [visit(0.0, 5.0), visit(1.0, 5.0), visit(2.0, 5.0)]
    for line_per_till in (False, True):
        a_day = day(tills=2, line_per_till=line_per_till)
        changes = [(0, {"factors": (1.0, 0.0)}), (3, {"factors": (0.0, 0.0)}), (30, {"factors": (0.0, 1.0)})]
        result = a_day.play(visits, changes)
        assert result.till.tolist() == [0, 1, 1]
        assert result.ended_s.tolist() == [5, 35, 40]


def test_payment_falls_back_on_the_backup_then_on_cash_then_on_leaving(day, visit):
    first_two_down = {"channels": (False, False, True)}
    pays = (1.0, 2.0, 4.0)
    visits = [visit(float(t), pays=pays, has_cash=t != 40) for t in (0, 10, 20, 30, 40)]
    changes = [(5, {"channels": (False, True, True)}), (25, first_two_down)]
    result = day(backups=(1,)).play(visits, changes)
    assert result.channel.tolist() == [0, 1, 1, 2, -1]
    assert result.fate.tolist() == [PAID, PAID, PAID, PAID, PAYMENT_LOST]
    assert result.ended_s.tolist() == [2, 13, 23, 35, 40]


def test_without_a_backup_only_cash_helps(day, visit):
    changes = [(0, {"channels": (False, True, True)})]
    result = day().play([visit(0.0, has_cash=True), visit(5.0)], changes)
    assert result.channel.tolist() == [2, -1]


def test_those_who_cannot_pay_give_the_till_to_the_next_and_their_goods_to_the_shelf(day, visit):
    a_day = day(stock=(5, 0, 0, 0))
    visits = [visit(0.0, 10.0), visit(1.0), visit(2.0), visit(3.0, channel=1)]
    result = a_day.play(visits, [(5, {"channels": (False, True, False)})])
    assert result.fate.tolist() == [PAID, PAYMENT_LOST, PAYMENT_LOST, PAID]
    assert result.ended_s.tolist() == [10, 10, 10, 11]
    assert a_day.ledger.shelf[0, 0] == 3


def test_a_channel_that_fails_during_a_ticket_does_not_touch_it(day, visit):
    result = day().play([visit(0.0, 10.0)], [(5, {"channels": (False, False, False)})])
    assert result.fate.tolist() == [PAID]
