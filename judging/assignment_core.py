"""Rules that no flow can hold, for more pairs than an integer program can take: Lagrange prices and a core.

Interpreted pairs are priced until the flow needs few enough (A. M. Geoffrion, Mathematical Programming Study
2, 1974); each priced flow is a bound. The program then chooses among the pairs that some flow chose and each
entry's best, so that what it finds keeps all rules, while the bound holds for all pairs.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from judging.assignment_flow import solve_flow
from judging.assignment_mip import solve_mip
from judging.assignment_problem import Bools, Problem, is_connected, keeps_rules
from judging.assignment_rows import crossing_row
from judging.panel_graph import label_components

_FINE = 8  # prices are eighths of a point
_BEST_OF_ENTRY = 4  # candidates of each entry beyond its panel, and of each of its reserved labels
_MOST_CROSSING = 2000  # candidates across the border of each component
_MOST_COMPONENTS = 50


def solve_core(
    problem: Problem, flow: NDArray[np.intp], *, seed: int, deadline: float
) -> tuple[NDArray[np.intp] | None, int, bool]:
    """Chosen pairs (None: none found), a bound for all pairs, and whether time ran out.

    flow: the best pairs if only loads, first panel rule and fixed pairs count.
    """
    seen = [flow]
    bound = problem.linear(flow)
    if problem.interpreters is not None:
        half = time.monotonic() + (deadline - time.monotonic()) / 2
        bound = min(bound, _price_interpreters(problem, flow, seed, half, seen))
    core = np.zeros(len(problem.judge), bool)
    for chosen in seen:
        core[chosen] = True
    core |= problem.fixed_mask
    core[_best_of_entries(problem)] = True
    if problem.connected:
        for chosen in (seen[0], seen[-1]):
            core[_crossing(problem, chosen)] = True
    places = np.flatnonzero(core)
    found = solve_mip(_part(problem, places), seed=seed, deadline=deadline)
    legal = [chosen for chosen in seen if _is_legal(problem, chosen)]
    if found.chosen is not None:
        legal.append(places[found.chosen])
    return max(legal, key=problem.linear, default=None), bound, found.stopped


def _is_legal(problem: Problem, chosen: NDArray[np.intp]) -> bool:
    return keeps_rules(problem, chosen) and (not problem.connected or is_connected(problem, chosen))


def _price_interpreters(
    problem: Problem, flow: NDArray[np.intp], seed: int, deadline: float, seen: list[NDArray[np.intp]]
) -> int:
    """The least Lagrange bound found; flows for prices on either side of the best go into `seen`.

    The next price is where the flows of the last prices on either side are worth the same; when no flow is
    worth more there, the bound is the least.
    """
    assert problem.interpreters is not None
    needs = problem.interpreted_mask.astype(np.int64)
    if needs[flow].sum() <= problem.interpreters:
        return problem.linear(flow)
    points = _FINE * problem.points
    fine = problem.with_(gain=points, change_price=0, kept=None, over_target=problem.over_target * _FINE)

    def worth(chosen: NDArray[np.intp], price: int) -> int:
        return fine.linear(chosen) - price * (int(needs[chosen].sum()) - allowed)

    allowed = problem.interpreters
    low, over = 0, flow
    high = int(np.ptp(points)) + fine.over_target * len(problem.entries) + 1
    under: NDArray[np.intp] | None = None
    bound = worth(flow, 0)
    price = high
    while time.monotonic() < deadline:
        chosen = solve_flow(fine, points - price * needs, seed)
        assert chosen is not None  # prices change no rule
        seen.append(chosen)
        bound = min(bound, worth(chosen, price))
        known = [worth(end, price) for end in (over, under) if end is not None]
        if under is not None and worth(chosen, price) <= max(known):
            break
        if needs[chosen].sum() > allowed:
            low, over = price, chosen
        else:
            high, under = price, chosen
        if under is None or high - low <= 1:
            break
        gain, count = fine.linear(over) - fine.linear(under), int(needs[over].sum() - needs[under].sum())
        price = min(max(gain // count, low + 1), high - 1)
    return bound // _FINE


def _best_of_entries(problem: Problem) -> NDArray[np.intp]:
    """The dearest candidates of each entry."""
    order = np.lexsort((-problem.points, problem.entry))
    entry = problem.entry[order]
    first = np.searchsorted(entry, np.arange(len(problem.entries)))
    rank = np.arange(len(order)) - first[entry]
    found: NDArray[np.intp] = order[rank < _BEST_OF_ENTRY + problem.per_entry[entry]]
    return found


def _crossing(problem: Problem, chosen: NDArray[np.intp]) -> NDArray[np.intp]:
    """The dearest candidates across the borders of the components of these pairs."""
    judge, entry = problem.judge[chosen], problem.entry[chosen]
    count, of_judge, of_entry = label_components(judge, entry, len(problem.judges), len(problem.entries))
    found = [np.zeros(0, np.intp)]
    for part in range(min(count, _MOST_COMPONENTS) if count > 1 else 0):
        crossing = crossing_row(problem, of_judge == part, of_entry == part)
        found.append(crossing[np.argsort(-problem.points[crossing], kind="stable")[:_MOST_CROSSING]])
    return np.concatenate(found)


def _part(problem: Problem, places: NDArray[np.intp]) -> Problem:
    """The problem with these pairs only."""

    def some(values: Bools | None) -> Bools | None:
        return None if values is None else values[places]

    return problem.with_(
        judge=problem.judge[places],
        entry=problem.entry[places],
        gain=problem.gain[places],
        interpreted=some(problem.interpreted),
        fixed=some(problem.fixed),
        kept=some(problem.kept),
    )
