"""Whatever form an export has, the same tickets are read from it."""

import numpy as np
import pytest

from sim.traffic.log.reader import read_log
from sim.traffic.log.reading import Reading

from .exports import FORMS, PRICED, SKUS, TICKETS


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


def truth():
    first: dict[str, int] = {}
    for n, ticket in enumerate(TICKETS):
        first.setdefault(ticket.customer, n)
    return [
        (ticket.at, ticket.store, dict(ticket.lines), first[ticket.customer] if ticket.customer else None)
        for ticket in TICKETS
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
