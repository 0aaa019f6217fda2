"""Order sourcing in plain Python, written from docs/allocation.md: slow, without a clever step, and what the core must equal."""

from dataclasses import dataclass, field
from itertools import combinations
from math import ceil, inf

import numpy as np


@dataclass
class Network:
    stock: np.ndarray
    ship_cost: np.ndarray
    policy: str
    candidates: np.ndarray | None = None
    parcel_cost: np.ndarray | None = None
    reserved: np.ndarray | None = None
    safety_stock: np.ndarray | None = None
    protected_share: np.ndarray | None = None
    capacity: np.ndarray | None = None
    balance: np.ndarray | None = None
    markdown: np.ndarray | None = None
    price: np.ndarray | None = None
    max_parcels: int = 0

    def reach(self, zone):
        """The candidates of a zone, nearest first."""
        cost = self.ship_cost[:, zone]
        named = np.argsort(cost, kind="stable") if self.candidates is None else self.candidates[zone]
        return [int(place) for place in named if place >= 0 and cost[place] < inf]

    def available(self, place, sku, priority):
        units = int(self.stock[place, sku])
        if self.reserved is not None:
            units -= int(self.reserved[place, sku])
        if self.safety_stock is not None:
            share = 1.0 if self.protected_share is None else float(self.protected_share[priority])
            units -= ceil(share * int(self.safety_stock[place, sku]))
        return max(units, 0)

    def unit_cost(self, place, sku, zone, rank, units):
        if self.policy == "nearest":
            return float(rank)
        cost = float(self.ship_cost[place, zone]) - (0.0 if self.markdown is None else float(self.markdown[place]))
        if self.balance is not None:
            cost += float(self.balance[place]) / units
        if self.policy == "priced":
            cost += float(self.price[place, sku])
        return cost

    def opening_cost(self, place):
        return 0.0 if self.policy == "nearest" or self.parcel_cost is None else float(self.parcel_cost[place])

    def room(self, place):
        return inf if self.capacity is None else int(self.capacity[place])


@dataclass
class Plan:
    """Pieces (line, rank, units) of one order by distinct SKU."""

    pieces: list = field(default_factory=list)
    unfilled: int = 0
    total: float = 0.0
    ranks: tuple = ()

    def key(self):
        return self.unfilled, self.total, len(self.ranks), self.ranks


class Order:
    """One order laid out over its candidates."""

    def __init__(self, network, skus, quantities, zone, priority):
        self.network = network
        self.skus = list(dict.fromkeys(skus))
        self.need = [sum(q for s, q in zip(skus, quantities, strict=True) if s == sku) for sku in self.skus]
        reach = enumerate(network.reach(zone))
        looked_at = [(rank, place) for rank, place in reach if (network.stock[place, self.skus] > 0).any()][:32]
        self.places = [place for _, place in looked_at]
        self.ranks = range(len(self.places))
        self.units = [[network.available(place, sku, priority) for sku in self.skus] for place in self.places]
        self.cost = [
            [
                network.unit_cost(place, sku, zone, rank, self.units[rank][i]) if self.units[rank][i] else inf
                for i, sku in enumerate(self.skus)
            ]
            for rank, place in enumerate(self.places)
        ]
        self.opening = [network.opening_cost(place) for place in self.places]
        self.room = [network.room(place) for place in self.places]
        self.most = min(network.max_parcels or 32, 32)

    def plan(self, pieces):
        shipping = 0.0
        for line, rank, units in pieces:
            shipping += units * self.cost[rank][line]
        ranks = tuple(sorted({rank for _, rank, _ in pieces}))
        opening = 0.0
        for rank in ranks:
            opening += self.opening[rank]
        unfilled = sum(self.need) - sum(units for _, _, units in pieces)
        return Plan(pieces, unfilled, shipping + opening, ranks)

    def line_by_line(self):
        pieces, used, room = [], set(), list(self.room)
        for line, rest in enumerate(self.need):
            given = set()
            while rest:
                offers = []
                for rank in self.ranks:
                    units = min(self.units[rank][line], room[rank], rest)
                    if units <= 0 or rank in given or (rank not in used and len(used) == self.most):
                        continue
                    price = self.cost[rank][line] + (0.0 if rank in used else self.opening[rank] / units)
                    offers.append((units < rest, price, rank, units))
                if not offers:
                    break
                _, _, rank, units = min(offers)
                pieces.append((line, rank, units))
                given.add(rank)
                used.add(rank)
                room[rank] -= units
                rest -= units
        return self.plan(pieces)

    def deal(self, ranks, goal):
        """Every line from the cheapest of these places that is left."""
        pieces, room = [], {rank: self.room[rank] for rank in ranks}
        for line, rest in enumerate(goal):
            for _, rank in sorted((self.cost[rank][line], rank) for rank in ranks):
                units = min(self.units[rank][line], room[rank], rest)
                if units > 0:
                    pieces.append((line, rank, units))
                    room[rank] -= units
                    rest -= units
        return pieces

    def fewest(self):
        """Every set of places of a size is tried, smaller sizes first."""
        open_ranks = [rank for rank in self.ranks if self.room[rank] > 0]
        goal = [min(need, sum(self.units[rank][i] for rank in open_ranks)) for i, need in enumerate(self.need)]
        for size in range(min(self.most, len(self.places)) + 1):
            plans = []
            for ranks in combinations(open_ranks, size):
                pieces = self.deal(ranks, goal)
                if sum(units for _, _, units in pieces) == sum(goal):
                    plans.append(self.plan(pieces))
            if plans:
                return [min(plans, key=Plan.key)]
        greedy = self.greedy()
        return [greedy, self.line_by_line()] if greedy.unfilled else [greedy]

    def greedy(self):
        chosen, rest = [], list(self.need)
        while len(chosen) < self.most:
            offers = []
            for rank in self.ranks:
                if rank in chosen:
                    continue
                gain, price = 0, self.opening[rank]
                for line, want in enumerate(rest):
                    units = min(self.units[rank][line], want, self.room[rank] - gain)
                    if units > 0:
                        gain += units
                        price += units * self.cost[rank][line]
                if gain:
                    offers.append((-gain, price, rank))
            if not offers:
                break
            rank = min(offers)[2]
            chosen.append(rank)
            gain = 0
            for line, want in enumerate(rest):
                units = min(self.units[rank][line], want, self.room[rank] - gain)
                if units > 0:
                    gain += units
                    rest[line] -= units
        return self.plan(self.deal(chosen, self.need))

    def best(self):
        if self.network.policy == "complete":
            plans = self.fewest()
        else:
            plans = [self.line_by_line()]
            cut_off = plans[0].unfilled > 0 and len(plans[0].ranks) == self.most
            if cut_off or (self.network.policy != "nearest" and self.lines > 1):
                plans += self.fewest()
        return min(plans, key=Plan.key)


def source_order(network, skus, quantities, zone, priority=0, ship_complete=False):
    """[(line, location, quantity), ...]; stock and capacity change."""
    order = Order(network, skus, quantities, zone, priority)
    order.lines = len(skus)
    plan = order.best()
    if ship_complete and plan.unfilled:
        return []
    given = [list(piece) for piece in plan.pieces]
    answer = []
    for line, (sku, rest) in enumerate(zip(skus, quantities, strict=True)):
        for piece in given:
            units = min(rest, piece[2]) if order.skus[piece[0]] == sku else 0
            if units:
                place = order.places[piece[1]]
                answer.append((line, place, units))
                piece[2] -= units
                rest -= units
                network.stock[place, sku] -= units
                if network.capacity is not None:
                    network.capacity[place] -= units
    return answer


def source_orders(network, order_start, line_sku, line_quantity, zone, priority, ship_complete):
    """All pieces of a batch and the units of every line that nobody ships."""
    pieces, unfilled = [], [int(q) for q in line_quantity]
    for order in range(len(zone)):
        first, last = int(order_start[order]), int(order_start[order + 1])
        answer = source_order(
            network,
            line_sku[first:last].tolist(),
            line_quantity[first:last].tolist(),
            int(zone[order]),
            int(priority[order]),
            bool(ship_complete[order]),
        )
        for line, place, units in answer:
            pieces.append((first + line, place, units))
            unfilled[first + line] -= units
    return pieces, unfilled
