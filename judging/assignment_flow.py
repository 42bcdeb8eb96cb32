"""Assignment as a min-cost flow: exact and fast for one panel rule, loads with a convex price, fixed pairs.

Source -> judges (at least, at most, each entry beyond the target dearer) -> places of an entry -> entry. The
places that the first panel rule reserves are nodes of their own, so that the rule costs nothing. Least loads
and reserved places are supplies and demands, not bonuses: the optimum is that of the problem (R. K. Ahuja,
T. L. Magnanti, J. B. Orlin, *Network Flows*, 1993, sections 2.4 and 14.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judging.assignment_problem import Ints, Longs, Problem, label_codes

NOISE = 8  # ties are broken by a draw from 0 to 7 for each pair, …
EVENNESS = 4 * NOISE  # … after the squares of the loads, which weigh more
MOST_PAIRS_WITH_NOISE = (
    200_000  # beyond, scaled costs cost the solver a second; the order of arcs breaks ties
)

_LARGEST_COST = 2**62  # of a cost times the number of nodes, which the solver's integers must hold


@dataclass(frozen=True)
class Network:
    """What is left to assign when the fixed pairs are set.

    free: places of the pairs that may still be chosen. head: the node of each of them, as reserved place
    (entry * labels + label) or, from `reserved.size` on, the open places of an entry. reserved: places that
    the rule still needs, shape (entries, labels); open: the others, shape (entries,). least, most: loads
    still to come. used: loads of the fixed pairs.
    """

    free: NDArray[np.intp]
    head: Longs
    codes: Ints
    reserved: Longs
    open: Longs
    least: Longs
    most: Longs
    used: Longs

    @property
    def demand(self) -> Longs:
        """Of the nodes that `head` names."""
        return np.concatenate([self.reserved.ravel(), self.open])


def network(problem: Problem) -> Network:
    """The network of the problem with its first panel rule; any number may be negative where it can't be."""
    size, fixed = len(problem.entries), problem.fixed_mask
    free = np.flatnonzero(~fixed)
    used = np.bincount(problem.judge[fixed], minlength=len(problem.judges))
    filled = np.bincount(problem.entry[fixed], minlength=size)
    if problem.panel:
        rule = label_codes(problem.panel[0])
        count = len(rule.labels)
        reserved = np.tile(rule.least, (size, 1))
        code_of_fixed = rule.codes[problem.judge[fixed]]
        known = code_of_fixed >= 0
        np.subtract.at(reserved, (problem.entry[fixed][known], code_of_fixed[known]), 1)
        reserved = np.maximum(reserved, 0)
        reserved[problem.per_entry == 0] = 0
        codes = rule.codes
    else:
        count, reserved = 0, np.zeros((size, 0), np.int64)
        codes = np.full(len(problem.judges), -1, np.int32)
    entry = problem.entry[free].astype(np.int64)
    head = entry + size * count
    if count:
        code = codes[problem.judge[free]]
        to_reserved = (code >= 0) & (reserved[entry, np.maximum(code, 0)] > 0)
        head[to_reserved] = entry[to_reserved] * count + code[to_reserved]
    return Network(
        free=free,
        head=head,
        codes=codes,
        reserved=reserved,
        open=problem.per_entry - filled - reserved.sum(axis=1),
        least=np.maximum(problem.least - used, 0),
        most=problem.most - used,
        used=used,
    )


def solve_flow(problem: Problem, points: Longs, seed: int) -> NDArray[np.intp] | None:
    """Places of the pairs of an optimal assignment, ascending; None when there is none.

    Keeps loads, the first panel rule and fixed pairs; maximizes `points` (shape (pairs,)) less the price of
    loads over target. Ties go to even loads and then to a draw by `seed` (with very many pairs, to the draw
    alone). Needs OR-tools.
    """
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    net = network(problem)
    judges, demand = len(problem.judges), net.demand
    source = judges + len(demand)
    supply = np.concatenate([net.least, -demand, [demand.sum() - net.least.sum()]])
    if supply[-1] < 0 or (demand < 0).any() or (net.most < net.least).any():
        return None
    draw = np.random.default_rng(seed)
    tail, head, capacity, cost, order = _pair_arcs(problem, net, points, draw)
    flow = SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost.pairs)
    del tail, head, capacity
    _add_reserved_arcs(flow, net, judges)
    _add_load_arcs(flow, problem, net, source, cost)
    flow.set_nodes_supplies(np.arange(len(supply), dtype=np.int32), supply)
    status = flow.solve()
    if status == flow.INFEASIBLE:
        return None
    if status != flow.OPTIMAL:
        raise RuntimeError(f"the flow solver answered {status}")
    taken = net.free[order[flow.flows(arcs) > 0]]
    found: NDArray[np.intp] = np.sort(np.concatenate([taken, np.flatnonzero(problem.fixed_mask)]))
    return found


@dataclass(frozen=True, slots=True)
class _Costs:
    """Costs of the pairs; `scale` for a point, `evenness` for each entry that a judge has already."""

    pairs: Longs
    scale: int
    evenness: int


def _pair_arcs(
    problem: Problem, net: Network, points: Longs, draw: np.random.Generator
) -> tuple[Ints, Ints, Longs, _Costs, NDArray[np.intp]]:
    """Arcs of the free pairs by entry and cost (which is quickest), those of one cost in an order drawn."""
    value = points[net.free]
    costs = _costs(problem, net, value, draw)
    shuffled = draw.permutation(len(value))
    order = shuffled[np.lexsort((costs.pairs[shuffled], net.head[shuffled]))]
    judges = len(problem.judges)
    return (
        problem.judge[net.free[order]],
        (net.head[order] + judges).astype(np.int32),
        np.ones(len(order), np.int64),
        _Costs(costs.pairs[order], costs.scale, costs.evenness),
        order,
    )


def _costs(problem: Problem, net: Network, value: Longs, draw: np.random.Generator) -> _Costs:
    """Scaled so far that all ties together are worth less than one point, where the solver can hold that."""
    busiest = int(np.minimum(net.most, np.bincount(problem.judge, minlength=len(net.most))).max(initial=0))
    busiest += int(net.used.max(initial=0))
    places = int(net.demand.sum())
    scale = places * (NOISE + EVENNESS * busiest) + 1
    largest = int(np.abs(value).max(initial=0)) + problem.over_target
    nodes = len(net.most) + net.head.max(initial=0) + 2
    flat = largest == 0 or (not problem.over_target and len(value) > 0 and value.min() == value.max())
    if flat:  # nothing to trade against, so the ties are all there is
        return _Costs(draw.integers(0, NOISE, len(value)), 1, EVENNESS)
    if len(value) > MOST_PAIRS_WITH_NOISE or (largest + 1) * scale * int(nodes) * 4 > _LARGEST_COST:
        return _Costs(-value, 1, 0)
    return _Costs(draw.integers(0, NOISE, len(value)) - value * scale, scale, EVENNESS)


def _add_reserved_arcs(flow: object, net: Network, judges: int) -> None:
    """From a place that the rule reserves on to the open places of its entry."""
    entry, label = np.nonzero(net.reserved)
    room = net.open[entry]
    flow.add_arcs_with_capacity_and_unit_cost(  # type: ignore[attr-defined]
        (judges + entry * net.reserved.shape[1] + label).astype(np.int32),
        (judges + net.reserved.size + entry).astype(np.int32),
        room,
        np.zeros(len(room), np.int64),
    )


def _add_load_arcs(flow: object, problem: Problem, net: Network, source: int, costs: _Costs) -> None:
    """From the source to each judge, beyond the least load: up to the target, and over it at a price."""
    most = np.minimum(net.most, net.least + len(problem.entries))
    room = most - net.least
    if costs.evenness:
        judge = np.repeat(np.arange(len(room)), room)
        before = np.arange(len(judge)) - np.repeat(np.cumsum(room) - room, room)
        load = before + (net.least + net.used)[judge]
        cost = costs.evenness * load
        if problem.load_target is not None:
            cost = cost + costs.scale * problem.over_target * (load >= problem.load_target[judge])
        capacity = np.ones(len(judge), np.int64)
    else:
        under = room
        if problem.load_target is not None:
            under = np.clip(problem.load_target - net.used - net.least, 0, room)
        judge = np.tile(np.arange(len(room)), 2)
        capacity = np.concatenate([under, room - under])
        cost = np.repeat([0, costs.scale * problem.over_target], len(room))
    flow.add_arcs_with_capacity_and_unit_cost(  # type: ignore[attr-defined]
        np.full(len(judge), source, np.int32),
        judge.astype(np.int32),
        capacity,
        cost.astype(np.int64),
    )
