"""Why there is no timetable: the smallest set of rules found that can't all be kept, with names and numbers.

One person, pair or slot alone is looked at first. Else the rules without slots, then those with slots, are
thinned out to a set that collides (P. Hall, J. London Math. Soc. 10, 1935, is what most of them come to).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.quoting import quoted
from roadshows.meetings_matching import Capacities, capacities
from roadshows.meetings_problem import NO_SLOT, Bools, Longs, Problem, Side
from roadshows.meetings_program import (
    ENDLESS,
    INTERPRETERS,
    INVESTOR_KINDS,
    NEEDED,
    PAIR,
    TABLES,
    TEAM_KINDS,
    Block,
    Rows,
    all_cells,
    concerned,
    rows_of,
    stacked,
)
from roadshows.meetings_thinning import thinned
from roadshows.meetings_words import MOST_NAMED, Conflict, conflict, named

MOST_CONFLICTS = 20  # that stand in the way each by itself
_MOST_CELLS = 40_000  # of rules over slots; beyond, the program takes too long


def single_conflicts(problem: Problem) -> tuple[Conflict, ...]:
    """Rules that can't be kept by one person, pair or slot alone; each is a cause by itself."""
    found = _fixed_conflicts(problem) or [*_pair_conflicts(problem), *_person_conflicts(problem)]
    return tuple(found[:MOST_CONFLICTS])


def all_conflicts(problem: Problem, *, whole: bool = True) -> tuple[Conflict, ...]:
    """The first that is found: alone, by counting, over slots, by counting who is there at the same time;
    empty when none is. whole: see `slot_conflicts`.
    """
    return (
        single_conflicts(problem)
        or _counted_conflicts(problem, at_once=False)
        or slot_conflicts(problem, whole=whole)
        or _counted_conflicts(problem, at_once=True)
    )


def _counted_conflicts(problem: Problem, *, at_once: bool) -> tuple[Conflict, ...]:
    """A smallest set found of rules that collide even if slots were no matter; empty when none do.

    at_once: of tables and interpreters count only as many as can be used by those who are there.
    """
    pairs = np.flatnonzero(concerned(problem))
    limits = capacities(problem)
    tables, speaking = int(problem.tables.sum()), int(problem.interpreter_limit.sum())
    if at_once:
        tables, speaking = limits.total, limits.interpreted
    together = np.zeros(len(pairs), np.intp)
    none = np.zeros(1, np.int64)
    blocks: list[Block] = [
        (PAIR, pairs, None, problem.needed.astype(np.int64), limits.possible.astype(np.int64)),
        (TABLES, together, None, none, np.array([tables])),
        (INTERPRETERS, together, problem.interpreted[pairs], none, np.array([speaking])),
    ]
    for side, kinds in zip(problem.sides, (TEAM_KINDS, INVESTOR_KINDS), strict=True):
        person, people = side.of_pair[pairs], len(side.ids)
        most = limits.team if side.name == "team" else limits.investor
        blocks.append((kinds[1], person, None, np.zeros(people, np.int64), most))
        blocks.append((kinds[2], person, None, side.least, np.full(people, ENDLESS)))
    rows = thinned(stacked(blocks, len(pairs)))
    return () if rows is None else _told(problem, rows, limits, at_once=at_once)


def slot_conflicts(problem: Problem, *, whole: bool) -> tuple[Conflict, ...]:
    """A smallest set found of rules that collide over slots; empty when none do, or that isn't clear.

    Without `whole` only what collides in fractions of meetings, too, which is quickly seen.
    """
    cells = all_cells(problem, concerned(problem))
    if len(cells.pair) > _MOST_CELLS:
        return ()
    rows = rows_of(problem, cells)
    left = thinned(rows, whole=whole)
    return () if left is None else _told(problem, left, None, at_once=False)


def _fixed_conflicts(problem: Problem) -> list[Conflict]:
    fixed = np.flatnonzero(problem.fixed != NO_SLOT)
    found = []
    for pair in fixed.tolist():
        slot = int(problem.fixed[pair])
        team, investor = int(problem.team[pair]), int(problem.investor[pair])
        for person, free in (
            (problem.teams[team], problem.team_free[team, slot]),
            (problem.investors[investor], problem.investor_free[investor, slot]),
        ):
            if not free:
                names = problem.teams[team], problem.investors[investor]
                shown = {"team": quoted(names[0]), "investor": quoted(names[1]), "person": quoted(person)}
                found.append(
                    conflict(
                        "fixed_unavailable",
                        [*names, problem.slots[slot]],
                        slot=quoted(problem.slots[slot]),
                        **shown,
                    )
                )
    for side in problem.sides:
        keys, counts = np.unique(
            side.of_pair[fixed] * len(problem.slots) + problem.fixed[fixed], return_counts=True
        )
        for key, count in zip(keys[counts > 1].tolist(), counts[counts > 1].tolist(), strict=True):
            person, slot = divmod(key, len(problem.slots))
            mine = fixed[(side.of_pair[fixed] == person) & (problem.fixed[fixed] == slot)]
            others = _partners(side, mine)
            found.append(
                conflict(
                    "fixed_together",
                    [side.ids[person], *others, problem.slots[slot]],
                    person=quoted(side.ids[person]),
                    count=count,
                    slot=quoted(problem.slots[slot]),
                    names=named(others),
                )
            )
    return found + _fixed_over(problem, fixed)


def _fixed_over(problem: Problem, fixed: NDArray[np.intp]) -> list[Conflict]:
    found = []
    speaks = fixed[problem.interpreted[fixed]]
    for code, pairs, limit in (
        ("tables", fixed, problem.tables),
        ("interpreters", speaks, problem.interpreter_limit),
    ):
        counts = np.bincount(problem.fixed[pairs], minlength=len(problem.slots))
        for slot in np.flatnonzero(counts > limit).tolist():
            name = problem.slots[slot]
            shown = {"count": counts[slot], "slot": quoted(name), code: limit[slot]}
            found.append(conflict(f"fixed_over_{code}", [name], **shown))
    return found


def _pair_conflicts(problem: Problem) -> list[Conflict]:
    found = []
    for pair in np.flatnonzero(problem.needed & ~problem.possible).tolist():
        names = _names_of(problem, pair)
        code = "no_slot_beside_fixed" if problem.available[pair].any() else "no_common_slot"
        found.append(conflict(code, names, team=quoted(names[0]), investor=quoted(names[1])))
    return found


def _person_conflicts(problem: Problem) -> list[Conflict]:
    found = []
    possible = problem.possible
    for side in problem.sides:
        needed = np.flatnonzero(problem.needed)
        counts = np.bincount(side.of_pair[needed], minlength=len(side.ids))
        suits = _slots_that_suit(problem, side, problem.needed)
        for person in np.flatnonzero(counts > np.minimum(side.most, suits)).tolist():
            others = _partners(side, needed[side.of_pair[needed] == person])
            shown = {"person": quoted(side.ids[person]), "count": counts[person], "names": named(others)}
            if counts[person] > side.most[person]:
                shown["most"] = side.most[person]
                found.append(conflict("must_over_most", [side.ids[person], *others], **shown))
            elif all(possible[needed[side.of_pair[needed] == person]]):
                shown["slots"] = suits[person]
                found.append(conflict("must_over_slots", [side.ids[person], *others], **shown))
        partners = np.bincount(side.of_pair[possible], minlength=len(side.ids))
        free = _slots_that_suit(problem, side, possible)
        for person in np.flatnonzero(side.least > np.minimum(partners, free)).tolist():
            shown = {"person": quoted(side.ids[person]), "least": side.least[person]}
            if side.least[person] > partners[person]:
                shown["partners"] = partners[person]
                found.append(conflict("least_over_partners", [side.ids[person]], **shown))
            else:
                shown["slots"] = free[person]
                found.append(conflict("least_over_slots", [side.ids[person]], **shown))
    return found


def _names_of(problem: Problem, pair: int) -> tuple[str, str]:
    return problem.teams[problem.team[pair]], problem.investors[problem.investor[pair]]


def _partners(side: Side, pairs: NDArray[np.intp]) -> list[str]:
    return [side.other[at] for at in side.other_of_pair[pairs].tolist()]


def _slots_that_suit(problem: Problem, side: Side, pairs: Bools) -> Longs:
    """Of each person the number of slots in which one of these pairs can meet."""
    suits = np.zeros((len(side.ids), len(problem.slots)), bool)
    np.logical_or.at(suits, side.of_pair[pairs], problem.allowed[pairs])
    return suits.sum(1).astype(np.int64)


def _told(problem: Problem, rows: Rows, limits: Capacities | None, *, at_once: bool) -> tuple[Conflict, ...]:
    """The rows in words; what asks for meetings first. limits: of rows for which slots are no matter."""
    found = _wishes_told(problem, rows)
    for side, (at_a_time, most, _) in zip(problem.sides, (TEAM_KINDS, INVESTOR_KINDS), strict=True):
        greatest = side.most
        if limits is not None:
            greatest = limits.team if side.name == "team" else limits.investor
        if (mine := rows.number[rows.kind == most]).size:
            ids = [side.ids[at] for at in mine]
            found.append(conflict("most", ids, count=len(ids), places=greatest[mine].sum(), names=named(ids)))
        if (cells := rows.number[rows.kind == at_a_time]).size:
            ids = [side.ids[at] for at in np.unique(cells // len(problem.slots))]
            shown = {"count": len(ids), "places": len(cells), "names": named(ids)}
            found.append(conflict("one_at_a_time", ids, **shown))
    return (*found, *_room_told(problem, rows, limits, at_once=at_once))


def _wishes_told(problem: Problem, rows: Rows) -> list[Conflict]:
    found = []
    needed = rows.number[rows.kind == NEEDED]
    fixed = problem.fixed[needed] != NO_SLOT
    for code, pairs in (("must_meet", needed[~fixed]), ("fixed", needed[fixed])):
        if pairs.size:
            names = [_names_of(problem, pair) for pair in pairs.tolist()]
            ids = list(dict.fromkeys(name for pair in names for name in pair))
            suits = int(problem.allowed[pairs].any(0).sum())
            shown = {
                "count": len(names),
                "slots": suits,
                "names": _pairs_named(names),
            }
            found.append(conflict(code, ids, **shown))
    for side, kinds in zip(problem.sides, (TEAM_KINDS, INVESTOR_KINDS), strict=True):
        if (mine := rows.number[rows.kind == kinds[2]]).size:
            ids = [side.ids[at] for at in mine]
            shown = {"count": len(ids), "places": side.least[mine].sum(), "names": named(ids)}
            found.append(conflict("least", ids, **shown))
    return found


def _room_told(problem: Problem, rows: Rows, limits: Capacities | None, *, at_once: bool) -> list[Conflict]:
    """Tables and interpreters: of single slots, or of all of them together."""
    found = []
    for code, kind, room in (
        ("tables", TABLES, problem.tables),
        ("interpreters", INTERPRETERS, problem.interpreter_limit),
    ):
        slots = rows.number[rows.kind == kind]
        if not slots.size:
            continue
        if limits is not None and at_once:
            places = limits.total if kind == TABLES else limits.interpreted
            found.append(conflict(f"{code}_in_all", [], count=len(problem.slots), places=places))
            continue
        ids = [problem.slots[at] for at in slots] if limits is None else list(problem.slots)
        places = room[slots].sum() if limits is None else room.sum()
        found.append(conflict(code, ids, count=len(ids), places=places, names=named(ids)))
    return found


def _pairs_named(pairs: Sequence[tuple[str, str]]) -> str:
    """Pairs as a sentence lists them, a dozen at most."""
    shown = ", ".join(f"{quoted(team)} - {quoted(investor)}" for team, investor in pairs[:MOST_NAMED])
    more = len(pairs) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
