"""Whatever form an export has, the same tickets are read from it."""

import csv
import io
from datetime import UTC, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.traffic.log.reader import read_log
from sim.traffic.log.reading import Reading

from ....doors import mutations
from .exports import CHINESE, FORMS, PRICED, SKUS, TICKETS, cells, renamed, rows, save, with_, workbook


def as_read(log):
    """(moment, store, distinct items with units, customer's first ticket) of each ticket."""
    tickets = log.tickets
    first: dict[int, int] = {}
    for n, customer in enumerate(tickets.customer.tolist()):
        first.setdefault(customer, n)
    return [
        (
            tickets.stamp[n].item(),
            tickets.stores[tickets.store[n]],
            {
                log.code[tickets.line_sku[at]]: int(tickets.line_units[at])
                for at in range(*tickets.line_start[n : n + 2])
            },
            first[customer] if customer >= 0 else None,
        )
        for n, customer in enumerate(tickets.customer.tolist())
    ]


def truth(tickets=TICKETS):
    first: dict[str, int] = {}
    for n, ticket in enumerate(tickets):
        first.setdefault(ticket.customer, n)
    return [
        (ticket.at, ticket.store, dict(ticket.lines), first[ticket.customer] if ticket.customer else None)
        for ticket in tickets
    ]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_to_the_same_tickets(tmp_path, form):
    write, reading = FORMS[form]
    log = read_log(write(tmp_path), Reading(**reading))
    assert as_read(log) == truth()
    assert log.skipped == ()
    if form in PRICED:
        assert dict(zip(log.code, log.price, strict=True)) == pytest.approx(SKUS)
    else:
        assert np.isnan(log.price).all()


FEW = TICKETS[:20]
DATES = {
    "year first": (lambda at: f"{at:%Y-%m-%d %H:%M}", {}),
    "day first": (lambda at: f"{at:%d/%m/%Y %H:%M}", {}),
    "month first": (lambda at: f"{at:%m-%d-%y %I:%M %p}", {}),
    "UTC": (
        lambda at: f"{at.replace(tzinfo=timezone(timedelta(hours=8))).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        {"time_zone": "Asia/Shanghai"},
    ),
}
QUANTITIES = {"plain": str, "words": lambda n: f"{n} pcs", "signs": lambda n: f"+{n}", "decimals": lambda n: f"{n}.00"}
PRICES = {"plain": str, "currency": lambda price: f"${price:,.2f}", "words": lambda price: f"{price:.2f} 元/件"}


@settings(mutations, max_examples=40)
@given(data=st.data())
def test_forms_that_meet_are_read_to_the_same_tickets(tmp_path, data):
    date, reading = DATES[data.draw(st.sampled_from(sorted(DATES)))]
    quantity, price = (forms[data.draw(st.sampled_from(sorted(forms)))] for forms in (QUANTITIES, PRICES))
    table = with_(
        rows(FEW),
        timestamp=lambda row: date(row["timestamp"]),
        quantity=lambda row: quantity(row["quantity"]),
        price=lambda row: price(row["price"]),
    )
    table = renamed(table, **CHINESE) if data.draw(st.booleans()) else table
    names = list(table[0])
    again = data.draw(st.lists(st.integers(0, len(table)), max_size=2))
    for at in again:
        table.insert(at, {name: name for name in names})
    above = [["销售明细"], []][: data.draw(st.integers(0, 2))]
    below = [["合计", "", "", "99"], ["总计：99"], ["", ""]][: data.draw(st.integers(0, 3))]
    written = [*above, *cells(table), *(["", *[""] * 6] for _ in range(data.draw(st.sampled_from((0, 500))))), *below]
    if data.draw(st.booleans()):
        path = workbook(tmp_path / "a.xlsx", {"x": written})
    else:
        out = io.StringIO()
        csv.writer(out, delimiter=data.draw(st.sampled_from(",;\t"))).writerows(written)
        path = save(tmp_path / "a.csv", out.getvalue(), data.draw(st.sampled_from(("utf-8", "utf-8-sig", "gb18030"))))
    log = read_log(path, Reading(**reading))
    assert as_read(log) == truth(FEW)
    assert dict(zip(log.code, log.price, strict=True)) == pytest.approx(SKUS)
    assert log.skipped == ()
