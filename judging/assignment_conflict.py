"""Why there is no assignment: the smallest set of rules found that can't all be kept, with names and numbers.

One entry or judge alone is looked at first. Else a minimum cut (P. Hall, J. London Math. Soc. 10, 1935, with
capacities) or a Farkas ray names a set, which is then thinned out rule by rule (J. W. Chinneck, *Feasibility
and Infeasibility in Optimization*, 2008, deletion filter).
"""

from __future__ import annotations

from importlib.util import find_spec
from itertools import product

import numpy as np
from numpy.typing import NDArray

from core.quoting import quoted
from judging.assignment_cut import cut_rows, is_enough
from judging.assignment_flow import network
from judging.assignment_problem import GREATEST_LOAD, Longs, Problem, eligible_counts, label_codes
from judging.assignment_rows import BUDGET, ENTRY, FIXED, LEAST, MOST, PANEL, Cuts, Rows, rows_of, with_cuts
from judging.assignment_thinning import thinned
from judging.assignment_words import Conflict, conflict, named
from judging.panel_graph import components

MOST_CONFLICTS = 20  # entries or judges that fail each for itself
MOST_ROWS_TO_THIN = 300  # of a cut, which arithmetic has thinned out before
MOST_NONZEROS_FOR_LP = 250_000  # beyond, the linear programs take too long; the cut is all there is


def single_conflicts(problem: Problem) -> tuple[Conflict, ...]:
    """Entries and judges whose rules can't be kept even if they were alone; each is a cause by itself."""
    found = _fixed_conflicts(problem) or [*_entry_conflicts(problem), *_judge_conflicts(problem)]
    found = found or _budget_conflicts(problem)
    if not found and problem.connected:
        found = _island_conflicts(problem)
    return tuple(found[:MOST_CONFLICTS])


def flow_conflicts(problem: Problem) -> tuple[Conflict, ...]:
    """A smallest set found among loads, judges per entry, first panel rule and fixed pairs, which collide."""
    problem = problem.with_(interpreters=None, panel=problem.panel[:1])
    judges = len(problem.judges)
    for simpler in ({"panel": ()}, {"least": 0}, {"most": np.full(judges, GREATEST_LOAD)}):
        if not is_enough(relaxed := problem.with_(**simpler)):
            problem = relaxed
    rows = rows_of(problem)
    rows = rows.take(cut_rows(problem, rows))
    if len(rows.kind) <= MOST_ROWS_TO_THIN and find_spec("highspy") is not None:
        rows = thinned(rows)
    return _told(problem, rows)


def budget_conflicts(problem: Problem, least: int) -> tuple[Conflict, ...]:
    """A smallest set found among all rules but connectedness, which need `least` interpreted pairs."""
    rows = rows_of(problem)
    if rows.matrix.nnz > MOST_NONZEROS_FOR_LP or find_spec("highspy") is None:
        return (conflict("interpreter_budget", [], budget=problem.interpreters, least=least),)
    return _told(problem, thinned(rows), least)


def rule_conflicts(problem: Problem, cuts: Cuts = ()) -> tuple[Conflict, ...]:
    """A smallest set found among all rules, when loads and first panel rule alone go together.

    cuts: the components that must be joined and can't be.
    """
    rows = thinned(with_cuts(rows_of(problem), problem, cuts))
    told = _told(problem, rows)
    if not cuts:
        return told
    judges = [problem.judges[at] for at in np.flatnonzero(cuts[-1][0]).tolist()]
    entries = [problem.entries[at] for at in np.flatnonzero(cuts[-1][1]).tolist()]
    apart = conflict("connected", [*judges, *entries], judges=named(judges), entries=named(entries))
    return (apart, *told)


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


def _told(problem: Problem, rows: Rows, least_interpreted: int | None = None) -> tuple[Conflict, ...]:
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
        code_ = "budget_and_others" if least_interpreted is None else "interpreter_budget"
        shown = {"budget": problem.interpreters, "least": least_interpreted}
        found.append(conflict(code_, [], **shown))
    return tuple(found)
