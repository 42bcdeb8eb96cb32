"""A minimum cut of the flow network: whether all places can be filled, and which rules collide if not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from judging.assignment_flow import Network, network
from judging.assignment_problem import Bools, Longs, Problem
from judging.assignment_rows import ENTRY, FIXED, LEAST, MOST, PANEL, Rows

_UNLIMITED = 2**30


def is_enough(problem: Problem) -> bool:
    """Whether loads, first panel rule and fixed pairs go together."""
    net = network(problem)
    if (net.open < 0).any() or (net.most < net.least).any() or net.least.sum() > net.demand.sum():
        return False
    graph, source, sink = _graph(problem, net)
    return bool(maximum_flow(graph, source, sink).flow_value == net.demand.sum())


def cut_rows(problem: Problem, rows: Rows) -> NDArray[np.intp]:
    """Rows that a minimum cut shows to collide: entries and most loads, or least loads and entries."""
    net = network(problem)
    judges = len(problem.judges)
    inside = _minimum_cut(problem, net)
    judge_in, node_in = inside[:judges], inside[judges : judges + len(net.demand)]
    if inside[-1]:  # what judges may take beyond the least isn't used up: entries ask too much of some judges
        places, entries, loads = _asking_entries(problem, net, judge_in, node_in)
        kind = MOST
    else:
        places, entries, loads = _asking_judges(problem, net, judge_in, node_in)
        kind = LEAST
    wanted = rows.kind == FIXED
    for which, mask in ((ENTRY, entries), (kind, loads)):
        at = np.flatnonzero(rows.kind == which)
        wanted[at] = mask[rows.number[at]]
    at = np.flatnonzero(rows.kind == PANEL)
    wanted[at] = places[rows.number[at], rows.label[at]]
    found: NDArray[np.intp] = np.flatnonzero(wanted)
    return found


def _asking_entries(
    problem: Problem, net: Network, judge_in: Bools, node_in: Bools
) -> tuple[Bools, Bools, Bools]:
    """Reserved places, entries and judges such that the former need more than the latter can give."""
    count = len(problem.entries)
    place_in, open_in = _split(net, node_in)
    places = ~place_in & (net.reserved > 0)
    # What passes on surplus from a reserved place to the open ones asks nothing more of anybody.
    entries = ~open_in & (net.open > 0) & ~(place_in & (net.reserved > 0)).any(axis=1)
    wanted = np.concatenate([places.ravel(), entries])
    owner = np.concatenate([np.repeat(np.arange(count), places.shape[1]), np.arange(count)])
    needs = np.bincount(owner[wanted], weights=net.demand[wanted], minlength=count).astype(np.int64)
    asked = wanted[net.head]
    asking, giving = _pruned(
        asker=owner[net.head[asked]],
        giver=problem.judge[net.free[asked]],
        asks=needs,
        gives=net.most,
        asking=needs > 0,
        giving=~judge_in,
    )
    return places & asking[:, None], entries & asking, giving


def _asking_judges(
    problem: Problem, net: Network, judge_in: Bools, node_in: Bools
) -> tuple[Bools, Bools, Bools]:
    """Reserved places, entries and judges such that the latter must have more than the former can take."""
    place_in, open_in = _split(net, node_in)
    gives = net.demand.copy()
    passing = place_in & (net.reserved > 0) & ~open_in[:, None]
    gives[: net.reserved.size] += (passing * net.open[:, None]).ravel()
    asking, giving = _pruned(
        asker=problem.judge[net.free],
        giver=net.head,
        asks=net.least,
        gives=gives,
        asking=judge_in,
        giving=node_in,
        stays=np.concatenate([np.zeros(net.reserved.size, bool), place_in.any(axis=1)]),
    )
    place_in, open_in = _split(net, giving)
    entries = open_in | place_in.any(axis=1)
    return np.repeat(entries[:, None], net.reserved.shape[1], axis=1), entries, asking


def _split(net: Network, nodes: Bools) -> tuple[Bools, Bools]:
    """Reserved places, shape (entries, labels), and open places, shape (entries,)."""
    return nodes[: net.reserved.size].reshape(net.reserved.shape), nodes[net.reserved.size :]


def _pruned(
    *,
    asker: NDArray[np.integer],
    giver: NDArray[np.integer],
    asks: Longs,
    gives: Longs,
    asking: Bools,
    giving: Bools,
    stays: Bools | None = None,
) -> tuple[Bools, Bools]:
    """Drop askers while the others still ask more than is given, and givers who can give to all who ask.

    asker, giver: the two ends of every pair. The arithmetic of the cut decides, so this is quick at any size.
    """
    asking, giving = asking.copy(), giving.copy()
    while True:
        inside = asking[asker]
        enough = np.bincount(giver[inside], minlength=len(gives)) <= gives
        giving &= ~enough if stays is None else ~enough | stays
        elsewhere = np.bincount(asker[inside & ~giving[giver]], minlength=len(asks))
        worth = asks - elsewhere
        slack = int(worth[asking].sum() - gives[giving].sum())
        order = np.flatnonzero(asking)
        order = order[np.argsort(worth[order], kind="stable")]
        total = np.maximum.accumulate(np.cumsum(worth[order]))
        dropped = order[: int(np.searchsorted(total, slack, side="left"))]
        if not len(dropped):
            return asking, giving
        asking[dropped] = False


def _minimum_cut(problem: Problem, net: Network) -> Bools:
    """Nodes on the source's side: judges, places, then the source of loads beyond the least."""
    graph, source, sink = _graph(problem, net)
    residual = graph - maximum_flow(graph, source, sink).flow
    residual.data = np.maximum(residual.data, 0)
    residual.eliminate_zeros()
    inside = np.zeros(sink + 1, bool)
    inside[breadth_first_order(residual, source, return_predecessors=False)] = True
    return inside[:source]


def _graph(problem: Problem, net: Network) -> tuple[csr_matrix, int, int]:
    """Capacities, source and sink; nodes are judges, places, the source of loads beyond the least."""
    judges, demand = len(problem.judges), net.demand
    beyond = judges + len(demand)
    source, sink = beyond + 1, beyond + 2
    entry, label = np.nonzero(net.reserved)
    passing = judges + entry * net.reserved.shape[1] + label, judges + net.reserved.size + entry
    arcs = [
        (problem.judge[net.free], net.head + judges, np.ones(len(net.free), np.int64)),
        (*passing, net.open[entry]),
        (judges + np.arange(len(demand)), np.full(len(demand), sink), demand),
        (np.full(judges, source), np.arange(judges), net.least),
        (np.full(judges, beyond), np.arange(judges), net.most - net.least),
        ([source], [beyond], [max(0, int(demand.sum() - net.least.sum()))]),
    ]
    tail, head, room = (np.concatenate(part) for part in zip(*arcs, strict=True))
    room = np.minimum(room, _UNLIMITED).astype(np.int32)
    return csr_matrix((room, (tail, head)), shape=(sink + 1, sink + 1)), source, sink
