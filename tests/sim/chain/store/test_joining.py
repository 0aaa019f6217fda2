"""docs/trading.md 3 to 6 and 11: coming in, choosing a line, filling a basket, waiting, leaving."""

import math

import numpy as np

from sim.clock import DAY_S

PAID, ABANDONED, TURNED_AWAY, PAYMENT_LOST, EMPTY_HANDED = range(5)


def test_who_meets_closed_doors_is_turned_away_and_opening_comes_before_arrivals(day, visit):
    visits = [visit(9.0), visit(10.0), visit(20.0)]
    result = day().play(visits, [(0, {"doors": False}), (10, {}), (20, {"doors": False})])
    assert result.fate.tolist() == [TURNED_AWAY, PAID, TURNED_AWAY]
    assert result.ended_s.tolist() == [9, 11, 20]


def test_customers_inside_at_closing_shop_on_and_are_served(day, visit):
    visits = [visit(1.0, shops=30.0), visit(2.0, shops=29.0, service=5.0)]
    result = day().play(visits, [(10, {"doors": False})])
    assert result.fate.tolist() == [PAID, PAID]
    assert result.ended_s.tolist() == [32, 37]


def test_midnight_sends_out_whoever_is_still_inside_and_the_goods_go_back(day, visit):
    a_day = day(stock=(5, 5, 5, 5))
    late = DAY_S - 10
    visits = [visit(late, service=60.0), visit(late + 1), visit(late + 2, shops=60.0), visit(late - 20, service=5.0)]
    result = a_day.play(visits)
    assert result.fate.tolist() == [PAID, ABANDONED, ABANDONED, ABANDONED]
    assert result.ended_s[1:].tolist() == [DAY_S] * 3
    assert a_day.ledger.shelf[0, 0] == 4
    assert a_day.ledger.in_baskets.sum() == 0


def test_the_till_with_the_lowest_number_serves_first(day, visit):
    result = day(tills=3).play([visit(0.0, 9.0), visit(1.0, 1.0), visit(3.0, 9.0), visit(4.0, 9.0)])
    assert result.till.tolist() == [0, 1, 1, 2]


def test_with_a_line_per_till_customers_join_the_fewest_people_and_stay(day, visit):
    visits = [visit(0.0, 10.0), visit(1.0, 2.0), visit(1.5, 5.0), visit(1.75, 1.0), visit(4.0, 1.0)]
    result = day(tills=2, line_per_till=True).play(visits)
    assert result.till.tolist() == [0, 1, 0, 1, 1]
    assert result.started_s.tolist() == [0, 1, 10, 3, 4]


def test_a_full_line_turns_away_before_anything_is_taken(day, visit):
    a_day = day(line_limit=1, stock=(10, 0, 0, 0))
    result = a_day.play([visit(0.0, 10.0), visit(1.0), visit(2.0), visit(10.0)])
    assert result.fate.tolist() == [PAID, PAID, TURNED_AWAY, PAID]
    assert result.got.tolist() == [1, 1, 0, 1]


def test_a_limit_of_zero_leaves_only_the_tills(day, visit):
    result = day(line_limit=0).play([visit(0.0, 2.0), visit(1.0), visit(2.0)])
    assert result.fate.tolist() == [PAID, TURNED_AWAY, PAID]


def test_small_baskets_go_where_fewer_people_are_per_position(day, visit):
    small, large = ((0, 1),), ((0, 1), (1, 1))
    visits = [
        visit(0.0, 100.0, wants=large),
        visit(1.0, 100.0, wants=large),
        visit(2.0, 50.0, wants=small),
        visit(3.0, 50.0, wants=small),
        visit(4.0, 50.0, wants=large),
    ]
    result = day(tills=1, self_checkouts=2, self_checkout_lines=1).play(visits)
    assert result.till.tolist() == [0, 0, 1, 2, 0]


def test_a_tie_between_till_and_self_checkout_is_settled_by_the_customer(day, visit):
    visits = [visit(0.0, self_checkout_u=0.4), visit(10.0, self_checkout_u=0.6)]
    assert day(self_checkouts=1, self_checkout_lines=8).play(visits).till.tolist() == [1, 0]


def test_a_basket_past_the_limit_waits_for_a_till_beside_an_idle_self_checkout(day, visit):
    visits = [visit(0.0, 10.0, self_checkout_u=0.9), visit(1.0, wants=((0, 1), (1, 1)))]
    result = day(self_checkouts=1, self_checkout_lines=1).play(visits)
    assert result.till.tolist() == [0, 0]
    assert result.started_s.tolist() == [0, 10]


def test_without_any_till_customers_wait_in_the_lobby_until_patience_or_midnight_ends(day, visit):
    a_day = day(tills=0, stock=(9, 9, 9, 9))
    result = a_day.play([visit(0.0, patience=60.0), visit(1.0)])
    assert result.fate.tolist() == [ABANDONED, ABANDONED]
    assert result.ended_s.tolist() == [60, DAY_S]
    assert a_day.ledger.shelf[0, 0] == 9


def test_the_lobby_keeps_to_the_limit_of_a_line(day, visit):
    result = day(tills=1, line_limit=1).play([visit(0.0), visit(1.0)], [(0, {"factors": (0.0,)}), (5, {})])
    assert result.fate.tolist() == [PAID, TURNED_AWAY]


def test_the_shelf_is_shared_in_the_order_of_joining_and_parts_are_taken(day, visit):
    wants = ((0, 3), (1, 2))
    visits = [visit(0.0, shops=9.0, wants=wants), visit(1.0, shops=2.0, wants=wants), visit(2.0, shops=20.0)]
    a_day = day(stock=(4, 3, 0, 0))
    result = a_day.play(visits)
    assert result.got.tolist() == [1, 1, 3, 2, 0]
    assert result.fate.tolist() == [PAID, PAID, EMPTY_HANDED]
    assert a_day.ledger.sold[0].tolist() == [4, 3, 0, 0]


def test_what_nobody_paid_for_can_be_bought_by_the_next(day, visit):
    visits = [visit(0.0, 50.0, wants=((1, 1),)), visit(1.0, patience=5.0), visit(2.0), visit(6.0)]
    result = day(stock=(1, 1, 0, 0)).play(visits)
    assert result.fate.tolist() == [PAID, ABANDONED, EMPTY_HANDED, PAID]


def test_a_missing_sku_is_promised_when_the_ticket_is_paid(day, visit):
    visits = [visit(0.0, 5.0, wants=((0, 3),)), visit(1.0, wants=((1, 2),)), visit(2.0, patience=1.0, wants=((1, 7),))]
    a_day = day(stock=(1, 0, 0, 0), unmet="backordered")
    result = a_day.play(visits)
    assert result.fate.tolist() == [PAID, PAID, ABANDONED]
    assert a_day.ledger.owed[0].tolist() == [2, 2, 0, 0]


def test_another_sku_of_the_group_stands_in_in_list_order_and_around(day, visit):
    group = np.array([0, 2, 3, 1], dtype=np.int32)
    visits = [visit(0.0, wants=((2, 4),)), visit(10.0, wants=((2, 5),)), visit(20.0, wants=((2, 1), (3, 1)))]
    a_day = day(stock=(9, 6, 1, 2), unmet="substituted", next_in_group=group)
    result = a_day.play(visits)
    assert result.got.tolist() == [1, 0, 0, 0]
    assert result.substitute_sku.tolist() == [3, 1, 1, -1]
    assert result.substituted.tolist() == [2, 5, 1, 0]
    assert a_day.ledger.sold[0].tolist() == [0, 6, 1, 2]


def test_substitutes_of_an_abandoned_basket_go_back_to_their_own_place(day, visit):
    group = np.array([1, 0, 2, 3], dtype=np.int32)
    a_day = day(stock=(0, 5, 5, 5), unmet="substituted", next_in_group=group)
    result = a_day.play([visit(0.0, 60.0, wants=((2, 1),)), visit(1.0, patience=1.0, wants=((0, 4),))])
    assert result.fate.tolist() == [PAID, ABANDONED]
    assert a_day.ledger.shelf[0].tolist() == [0, 5, 4, 5]


def test_a_customer_may_refuse_the_substitute(day, visit):
    group = np.array([1, 0, 2, 3], dtype=np.int32)
    a_day = day(
        stock=(0, 10**4, 0, 0), unmet="substituted", next_in_group=group, substitution_share=0.45, checked=False
    )
    result = a_day.play([visit(float(n)) for n in range(2_000)])
    assert 0.40 < result.substituted.mean() < 0.50


def test_patience_runs_from_joining_and_a_till_that_frees_at_the_deadline_wins(day, visit):
    visits = [visit(0.0, 10.0), visit(1.0, shops=2.0, patience=7.0), visit(4.0, patience=5.0), visit(5.0)]
    result = day().play(visits)
    assert result.fate.tolist() == [PAID, PAID, ABANDONED, PAID]
    assert result.started_s[1] == 10
    assert result.ended_s[2] == 9
    assert math.isnan(result.started_s[2])


def test_the_priority_class_is_served_before_the_others_and_interrupts_no_ticket(day, visit):
    visits = [visit(0.0, 10.0), visit(1.0), visit(2.0), visit(3.0, priority=True), visit(4.0, priority=True)]
    result = day().play(visits)
    assert result.started_s.tolist() == [0, 12, 13, 10, 11]


def test_a_customer_whose_till_failed_stands_before_the_priority_class(day, visit):
    visits = [visit(0.0, 10.0), visit(0.5, 10.0), visit(1.0, priority=True), visit(5.0, priority=True)]
    result = day(tills=2).play(visits, [(4, {"broken": (True, False)})])
    assert result.started_s.tolist() == [10.5, 0.5, 20.5, 21.5]


def test_where_the_line_closed_with_the_till_its_customer_stands_in_the_next_as_one_of_the_own_class(day, visit):
    visits = [visit(0.0, 10.0), visit(1.0, 3.0, priority=True), visit(2.0), visit(3.0, priority=True)]
    result = day().play(visits, [(2.5, {"broken": (True,)}), (5, {})])
    assert result.started_s.tolist() == [9, 5, 19, 8]


def test_classes_are_kept_when_the_lobby_and_a_closed_line_choose_again(day, visit):
    visits = [visit(0.0), visit(1.0, priority=True), visit(2.0), visit(3.0, priority=True)]
    closed, first, second = ({"factors": factors} for factors in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
    result = day(tills=2, line_per_till=True).play(visits, [(0, closed), (10, first), (10.5, second)])
    assert result.started_s.tolist() == [11.5, 10, 12.5, 10.5]
    assert result.till.tolist() == [1, 0, 1, 1]


def test_a_full_line_is_full_for_the_priority_class_too(day, visit):
    result = day(line_limit=1).play([visit(0.0, 10.0), visit(1.0), visit(2.0, priority=True)])
    assert result.fate.tolist() == [PAID, PAID, TURNED_AWAY]


def test_patience_ends_in_the_priority_part_of_a_line_as_in_the_rest(day, visit):
    visits = [visit(0.0, 10.0), visit(1.0, patience=3.0, priority=True), visit(2.0, priority=True), visit(3.0)]
    result = day().play(visits)
    assert result.fate.tolist() == [PAID, ABANDONED, PAID, PAID]
    assert result.started_s[2:].tolist() == [10, 11]


def test_without_customers_nothing_happens(day):
    a_day = day()
    result = a_day.play([], [(10, {"doors": False}), (20, {"working": False}), (30, {})])
    assert len(result.fate) == 0
    assert a_day.ledger.sold.sum() == 0
