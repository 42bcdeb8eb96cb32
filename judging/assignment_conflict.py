"""Why there is no assignment: the smallest set of rules found that can't all be kept, with names and numbers.

One entry or judge alone is looked at first. Else a minimum cut (P. Hall, J. London Math. Soc. 10, 1935, with
capacities) or a Farkas ray names a set, which is then thinned out rule by rule (J. W. Chinneck, *Feasibility
and Infeasibility in Optimization*, 2008, deletion filter).
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from judging.assignment_flow import Network, network
from judging.assignment_problem import Longs, Problem, eligible_counts, label_codes
from judging.assignment_rows import BUDGET, ENTRY, FIXED, LEAST, MOST, PANEL, Rows, rows_of
from judging.assignment_thinning import farkas_rows, least_interpreted, thinned
from judging.assignment_words import Conflict, conflict, named
from judging.panel_graph import components
from judging.problems import quoted

MOST_CONFLICTS = 20  # entries or judges that fail each for itself
MOST_PAIRS_FOR_LP = 120_000  # beyond, a Farkas ray takes too long; then the cut is all there is


def single_conflicts(problem: Problem) -> tuple[Conflict, ...]:
    """Entries and judges whose rules can't be kept even if they were alone; each is a cause by itself."""
    found = _fixed_conflicts(problem) or [*_entry_conflicts(problem), *_judge_conflicts(problem)]
    found = found or _budget_conflicts(problem)
    if not found and problem.connected:
        found = _island_conflicts(problem)
    return tuple(found[:MOST_CONFLICTS])


def flow_conflicts(problem: Problem) -> tuple[Conflict, ...]:
    """A smallest set found among loads, judges per entry, first panel rule and fixed pairs, which collide."""
    rows = rows_of(problem.with_(interpreters=None, panel=problem.panel[:1]))
    return _told(problem, thinned(problem, rows.take(_cut_rows(problem, rows))))


def rule_conflicts(problem: Problem) -> tuple[Conflict, ...]:
    """A smallest set found among all rules but connectedness, when loads and first panel rule go together."""
    rows = rows_of(problem)
    if len(problem.judge) <= MOST_PAIRS_FOR_LP and (ray := farkas_rows(problem, rows)) is not None:
        rows = rows.take(ray)
    return _told(problem, thinned(problem, rows))


def connection_conflicts(
    problem: Problem, cuts: tuple[tuple[NDArray[np.bool_], NDArray[np.bool_]], ...]
) -> tuple[Conflict, ...]:
    """The rules that leave no pair to join these components, whose borders some pair must cross."""
    rows = thinned(problem, rows_of(problem), cuts)
    judges, entries = cuts[-1]
    ids = [problem.judges[at] for at in np.flatnonzero(judges).tolist()]
    ids += [problem.entries[at] for at in np.flatnonzero(entries).tolist()]
    return (conflict("connected", ids), *_told(problem, rows))


def _fixed_conflicts(problem: Problem) -> list[Conflict]:
    net = network(problem)
    fixed = problem.fixed_mask
    filled = np.bincount(problem.entry[fixed], minlength=len(problem.entries))
    found = [
        conflict(
            "fixed_over_per_entry",
            [problem.entries[at], *_judges_of(problem, int(at))],
            entry=quoted(problem.entries[at]),
            fixed=filled[at],
            per_entry=problem.per_entry[at],
        )
        for at in np.flatnonzero(filled > problem.per_entry).tolist()
    ]
    found += [
        conflict(
            "fixed_over_load",
            [problem.judges[at]],
            judge=quoted(problem.judges[at]),
            fixed=net.used[at],
            most=problem.most[at],
        )
        for at in np.flatnonzero(net.used > problem.most).tolist()
    ]
    found += [
        conflict(
            "fixed_against_panel",
            [problem.entries[at], *_judges_of(problem, int(at))],
            entry=quoted(problem.entries[at]),
            left=problem.per_entry[at] - filled[at],
            needed=net.reserved[at].sum(),
        )
        for at in np.flatnonzero((net.open < 0) & (filled > 0) & (filled <= problem.per_entry)).tolist()
        if label_codes(problem.panel[0]).least.sum() <= problem.per_entry[at]
    ]
    needing = int((fixed & problem.interpreted_mask).sum())
    if problem.interpreters is not None and needing > problem.interpreters:
        pairs = np.flatnonzero(fixed & problem.interpreted_mask)
        ids = sorted({problem.entries[problem.entry[at]] for at in pairs})
        found.append(conflict("fixed_over_budget", ids, fixed=needing, budget=problem.interpreters))
    return found


def _judges_of(problem: Problem, entry: int) -> list[str]:
    """Ids of the fixed judges of an entry."""
    fixed = problem.fixed_mask & (problem.entry == entry)
    return [problem.judges[at] for at in problem.judge[fixed]]


def _entry_conflicts(problem: Problem) -> list[Conflict]:
    counts = eligible_counts(problem)
    found: list[Conflict] = []
    for at in np.flatnonzero(counts.total < problem.per_entry).tolist():
        needed, name = problem.per_entry[at], problem.entries[at]
        shown = {"entry": quoted(name), "needed": needed, "eligible": counts.total[at]}
        found.append(conflict("too_few_judges", [name], **shown))
    for rule in problem.panel:
        coded = label_codes(rule)
        for at in np.flatnonzero((problem.per_entry > 0) & (coded.least.sum() > problem.per_entry)).tolist():
            name, needed = problem.entries[at], int(coded.least.sum())
            shown = {"entry": quoted(name), "needed": needed, "per_entry": problem.per_entry[at]}
            found.append(conflict("panel_too_large", [name], panel=quoted(rule.name), **shown))
        for label, least in zip(coded.labels, coded.least, strict=True):
            eligible = counts.by_label[rule.name][label]
            for at in np.flatnonzero((problem.per_entry > 0) & (eligible < least)).tolist():
                name = problem.entries[at]
                shown = {"entry": quoted(name), "needed": least, "eligible": eligible[at]}
                found.append(
                    conflict(
                        "too_few_of_label", [name], label=quoted(label), panel=quoted(rule.name), **shown
                    )
                )
    if not found and len(problem.panel) > 1:
        found = _panel_collisions(problem)
    return found


def _panel_collisions(problem: Problem) -> list[Conflict]:
    """Entries for which several panel rules can't be met at once, whoever has time."""
    coded = [label_codes(rule) for rule in problem.panel]
    # Judges of the same labels are alike; a kind is a tuple of label codes.
    kinds, kind_of = np.unique(np.stack([rule.codes for rule in coded], axis=1), axis=0, return_inverse=True)
    kind_of = kind_of.ravel()
    table = np.zeros((len(problem.entries), len(kinds)), np.int64)
    np.add.at(table, (problem.entry, kind_of[problem.judge]), 1)
    names = ", ".join(quoted(rule.name) for rule in problem.panel)
    known: dict[tuple[int, ...], bool] = {}
    found = []
    for at in np.flatnonzero(problem.per_entry > 0).tolist():
        size = int(problem.per_entry[at])
        key = (size, *np.minimum(table[at], size).tolist())
        if key not in known:
            known[key] = _panel_exists(key[1:], size, kinds, [rule.least for rule in coded])
        if not known[key]:
            name = problem.entries[at]
            found.append(conflict("panels_collide", [name], per_entry=size, entry=quoted(name), panels=names))
    return found


def _panel_exists(counts: tuple[int, ...], size: int, kinds: NDArray[np.int32], least: list[Longs]) -> bool:
    """Whether some `size` judges, `counts` at most of each kind, meet every rule. Reached needs by kind."""
    needs = [range(int(wanted) + 1) for rule in least for wanted in rule]
    offsets = np.cumsum([0, *(len(rule) for rule in least)])
    target = tuple(len(need) - 1 for need in needs)
    # most[met] = fewest judges used; needs met are capped, so the states are few.
    fewest = dict.fromkeys(product(*needs), size + 1) if len(needs) <= 8 else {}
    start = (0,) * len(needs)
    fewest[start] = 0
    for kind, count in zip(kinds, counts, strict=True):
        spots = [int(offsets[rule] + code) for rule, code in enumerate(kind) if code >= 0]
        for _ in range(min(count, max((target[spot] for spot in spots), default=0))):
            step = dict(fewest)
            for state, used in fewest.items():
                if used >= size:
                    continue
                met = tuple(min(target[spot], value + (spot in spots)) for spot, value in enumerate(state))
                step[met] = min(step.get(met, size + 1), used + 1)
            fewest = step
    return fewest.get(target, size + 1) <= size


def _judge_conflicts(problem: Problem) -> list[Conflict]:
    eligible = np.bincount(problem.judge[problem.per_entry[problem.entry] > 0], minlength=len(problem.judges))
    return [
        conflict(
            "too_few_entries",
            [problem.judges[at]],
            judge=quoted(problem.judges[at]),
            least=problem.least[at],
            eligible=eligible[at],
        )
        for at in np.flatnonzero(problem.least > eligible).tolist()
    ]


def _budget_conflicts(problem: Problem) -> list[Conflict]:
    """The fewest entries that lack more judges who read their language than the interpreter budget allows."""
    if problem.interpreters is None:
        return []
    native = np.bincount(problem.entry[~problem.interpreted_mask], minlength=len(problem.entries))
    lacking = np.maximum(0, problem.per_entry - native)
    if lacking.sum() <= problem.interpreters:
        return []
    order = np.argsort(-lacking, kind="stable")
    count = int(np.searchsorted(np.cumsum(lacking[order]), problem.interpreters, side="right")) + 1
    ids = [problem.entries[at] for at in np.sort(order[:count])]
    needed = lacking[order[:count]].sum()
    return [
        conflict("interpreted_only", ids, count=count, needed=needed, names=named(ids)),
        conflict("interpreter_budget", [], budget=problem.interpreters, least=lacking.sum()),
    ]


def _island_conflicts(problem: Problem) -> list[Conflict]:
    """Parts of the graph of *allowed* pairs that no pair joins; or too few pairs to join so many."""
    served = problem.per_entry[problem.entry] > 0
    parts = components(
        problem.judge[served], problem.entry[served], len(problem.judges), len(problem.entries)
    )
    if len(parts) > 1:
        return [
            conflict(
                "island",
                [
                    *(problem.judges[judge] for judge in part.judges),
                    *(problem.entries[entry] for entry in part.entries),
                ],
                number=number,
                of=len(parts),
                judges=named([problem.judges[judge] for judge in part.judges]),
                entries=named([problem.entries[entry] for entry in part.entries]),
            )
            for number, part in enumerate(parts, 1)
        ]
    entries, judges = int((problem.per_entry > 0).sum()), int((problem.least > 0).sum())
    if entries and problem.places < entries + judges - 1:
        ids = [problem.judges[at] for at in np.flatnonzero(problem.least > 0).tolist()]
        ids += [problem.entries[at] for at in np.flatnonzero(problem.per_entry > 0).tolist()]
        needed = entries + judges - 1
        return [
            conflict(
                "too_few_pairs", ids, pairs=problem.places, entries=entries, judges=judges, needed=needed
            )
        ]
    return []


def _cut_rows(problem: Problem, rows: Rows) -> NDArray[np.intp]:
    """Rows that a minimum cut shows to collide: entries and their most loads, or least loads and entries."""
    net = network(problem)
    judges = len(problem.judges)
    inside = _minimum_cut(problem, net)
    judge_in, node_in = inside[:judges], inside[judges : judges + len(net.demand)]
    place_in = node_in[: net.reserved.size].reshape(net.reserved.shape)
    open_in = node_in[net.reserved.size :]
    if inside[-1]:  # what judges may take beyond the least isn't used up: entries ask too much of some judges
        places = ~place_in & (net.reserved > 0)
        # What passes on surplus from a reserved place to the open ones asks nothing more of anybody.
        entries = ~open_in & (net.open > 0) & ~(place_in & (net.reserved > 0)).any(axis=1)
        entries, places, loads = _pruned_hall(problem, net, ~judge_in, entries, places)
        kind = MOST
    else:
        entries = open_in | place_in.any(axis=1)
        places = np.repeat(entries[:, None], net.reserved.shape[1], axis=1)
        loads, kind = judge_in, LEAST
    wanted = rows.kind == FIXED
    for which, mask in ((ENTRY, entries), (kind, loads)):
        at = np.flatnonzero(rows.kind == which)
        wanted[at] = mask[rows.number[at]]
    at = np.flatnonzero(rows.kind == PANEL)
    wanted[at] = places[rows.number[at], rows.label[at]]
    found: NDArray[np.intp] = np.flatnonzero(wanted)
    return found


def _minimum_cut(problem: Problem, net: Network) -> NDArray[np.bool_]:
    """Nodes on the source's side: judges, places, then the source of loads beyond the least."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    judges, demand = len(problem.judges), net.demand
    beyond = judges + len(demand)
    source, sink = beyond + 1, beyond + 2
    entry, label = np.nonzero(net.reserved)
    nodes = judges + np.arange(len(demand))
    arcs = [
        (problem.judge[net.free], net.head + judges, np.ones(len(net.free), np.int64)),
        (
            judges + entry * net.reserved.shape[1] + label,
            judges + net.reserved.size + entry,
            net.open[entry],
        ),
        (nodes, np.full(len(demand), sink), demand),
        (np.full(judges, source), np.arange(judges), net.least),
        (np.full(judges, beyond), np.arange(judges), net.most - net.least),
        ([source], [beyond], [max(0, int(demand.sum() - net.least.sum()))]),
    ]
    tail, head, room = (np.concatenate(part) for part in zip(*arcs, strict=True))
    room = np.minimum(room, 2**30)
    size = sink + 1
    graph = csr_matrix((room.astype(np.int32), (tail, head)), shape=(size, size))
    flow = maximum_flow(graph, source, sink)
    residual = graph - flow.flow
    residual.data = np.maximum(residual.data, 0)
    residual.eliminate_zeros()
    inside = np.zeros(size, bool)
    inside[breadth_first_order(residual, source, return_predecessors=False)] = True
    return inside[: beyond + 1]


def _pruned_hall(
    problem: Problem,
    net: Network,
    judges: NDArray[np.bool_],
    entries: NDArray[np.bool_],
    places: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Drop entries while the others still need more than their judges can give, and judges who can give all
    that is left. The arithmetic of the cut alone decides, so this is quick at any size.
    """
    judges, entries, places = judges.copy(), entries.copy(), places.copy()
    wanted = np.concatenate([places.ravel(), entries])
    owner = np.concatenate([np.repeat(np.arange(len(entries)), places.shape[1]), np.arange(len(entries))])
    judge_of, head = problem.judge[net.free], net.head
    while True:
        inside = wanted[head]
        degree = np.bincount(judge_of[inside], minlength=len(judges))
        relieved = judges & (degree <= net.most)
        judges &= ~relieved
        free = np.bincount(
            owner[head[inside & ~judges[judge_of]]], minlength=len(entries)
        )  # places that judges outside can fill
        need = np.bincount(owner[wanted], weights=net.demand[wanted], minlength=len(entries)).astype(int)
        worth = need - free
        slack = int(worth[need > 0].sum() - net.most[judges].sum())
        order = np.flatnonzero(need > 0)[np.argsort(worth[need > 0], kind="stable")]
        total = np.cumsum(worth[order])
        dropped = order[: int(np.searchsorted(np.maximum.accumulate(total), slack, side="left"))]
        if not len(dropped):
            return entries, places, judges
        wanted &= ~np.isin(owner, dropped)
        places = wanted[: places.size].reshape(places.shape)
        entries = wanted[places.size :]


def _told(problem: Problem, rows: Rows) -> tuple[Conflict, ...]:
    """The rows in words, those of a kind together."""
    entries, judges = problem.entries, problem.judges
    found: list[Conflict] = []
    taking = bool((rows.kind == LEAST).any()) and not (rows.kind == MOST).any()
    needy = rows.number[rows.kind == ENTRY]
    budget = bool((rows.kind == BUDGET).any())
    if needy.size:
        ids = [entries[at] for at in needy]
        shown = {"count": len(ids), "needed": problem.per_entry[needy].sum(), "names": named(ids)}
        found.append(conflict("entries_take" if taking else "entries_need", ids, **shown))
    for place, rule in enumerate(problem.panel):
        coded = label_codes(rule)
        for code, label in enumerate(coded.labels):
            mine = rows.number[(rows.kind == PANEL) & (rows.rule == place) & (rows.label == code)]
            if mine.size:
                ids = [entries[at] for at in mine]
                shown = {"count": len(ids), "needed": coded.least[code] * len(ids), "names": named(ids)}
                found.append(
                    conflict("panel_needs", ids, label=quoted(label), panel=quoted(rule.name), **shown)
                )
    for kind, code_, loads in ((MOST, "most_load", problem.most), (LEAST, "least_load", problem.least)):
        mine = rows.number[rows.kind == kind]
        if mine.size:
            ids = [judges[at] for at in mine]
            found.append(conflict(code_, ids, count=len(ids), places=loads[mine].sum(), names=named(ids)))
    if (fixed := rows.number[rows.kind == FIXED]).size:
        ids = sorted(
            {judges[problem.judge[at]] for at in fixed} | {entries[problem.entry[at]] for at in fixed}
        )
        pairs = [f"{judges[problem.judge[at]]} - {entries[problem.entry[at]]}" for at in fixed]
        found.append(conflict("fixed_pairs", ids, count=len(fixed), names=named(pairs)))
    if budget:
        least = least_interpreted(problem)
        code_ = "budget_and_others" if least is None else "interpreter_budget"
        shown = {"budget": problem.interpreters, "least": least}
        found.append(conflict(code_, [], **shown))
    return tuple(found)
