"""The whole problem, or the part of it in some slots, as a program over cells: a pair and a slot, 0 or 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from roadshows.meetings_problem import NO_SLOT, Bools, Longs, Problem

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

ENDLESS = 10**9
PAIR, NEEDED, TABLES, INTERPRETERS = range(4)
TEAM_KINDS = TEAM_SLOT, TEAM_MOST, TEAM_LEAST = range(4, 7)
INVESTOR_KINDS = INVESTOR_SLOT, INVESTOR_MOST, INVESTOR_LEAST = range(7, 10)
"""Kinds of rows: each pair once, needed pairs, tables, interpreters; of teams and of investors one meeting at
a time, greatest and least numbers. A row of PAIR also asks for the pair when it is needed, until `apart`."""


@dataclass(frozen=True, slots=True)
class Rows:
    """least <= matrix x <= most. kind, number: what a row is about: the person, pair or slot; of one meeting
    at a time the person times the number of slots plus the slot.
    """

    matrix: csr_matrix
    least: Floats
    most: Floats
    kind: Places
    number: Places

    def take(self, at: Places | Bools) -> Rows:
        """Some of the rows."""
        return Rows(self.matrix[at], self.least[at], self.most[at], self.kind[at], self.number[at])


def apart(rows: Rows) -> Rows:
    """The same rules with a row of its own, of the kind NEEDED, for each pair that is needed."""
    needed = np.flatnonzero((rows.kind == PAIR) & (rows.least > 0))
    least = rows.least.copy()
    least[needed] = 0
    return Rows(
        csr_matrix(vstack([rows.matrix, rows.matrix[needed]], format="csr")),
        np.concatenate([least, rows.least[needed]]),
        np.concatenate([rows.most, np.full(len(needed), float(ENDLESS))]),
        np.concatenate([rows.kind, np.full(len(needed), NEEDED)]),
        np.concatenate([rows.number, rows.number[needed]]),
    )


@dataclass(frozen=True, slots=True)
class Cells:
    """pair, slot: of each cell, shape (cells,)."""

    pair: Places
    slot: Places


def all_cells(problem: Problem, pairs: Bools | None = None) -> Cells:
    """Every pair (of `pairs`) in every slot in which both can."""
    allowed = problem.allowed if pairs is None else problem.allowed & pairs[:, None]
    return Cells(*np.nonzero(allowed))


def concerned(problem: Problem) -> Bools:
    """Pairs that some rule can need; the others are as well not held."""
    needed = problem.needed | (problem.team_least > 0)[problem.team]
    needed |= (problem.investor_least > 0)[problem.investor]
    return needed


Whole = NDArray[np.integer[Any]]
Block = tuple[int, Whole, Bools | None, Whole, Whole]
"""Rows of a kind: kind, row of each cell, the cells that count (None: all), least and most of each row."""


def rows_of(problem: Problem, cells: Cells, outside: Longs | None = None, *, wanting: bool = True) -> Rows:
    """All rules over the cells. outside: slots of meetings that are held anyway, shape (pairs,); those of the
    cells have NO_SLOT there. Without `wanting`, what asks for meetings is left out: least numbers and needed
    pairs.

    Rows that no choice of cells can break are left out.
    """
    pair, slot = cells.pair, cells.slot
    slots = len(problem.slots)
    outside = np.full(len(problem.team), NO_SLOT) if outside is None else outside
    held = np.flatnonzero(outside != NO_SLOT)
    speaks = held[problem.interpreted[held]]
    needed = problem.needed.astype(np.int64) * wanting
    blocks: list[Block] = [
        (PAIR, pair, None, needed, np.ones(len(needed), np.int64)),
        (TABLES, slot, None, _zeros(slots), problem.tables - np.bincount(outside[held], minlength=slots)),
        (
            INTERPRETERS,
            slot,
            problem.interpreted[pair],
            _zeros(slots),
            problem.interpreter_limit - np.bincount(outside[speaks], minlength=slots),
        ),
    ]
    for side, kinds in zip(problem.sides, (TEAM_KINDS, INVESTOR_KINDS), strict=True):
        at_a_time, most, least = kinds
        person, people, busy = side.of_pair[pair], len(side.ids), side.count(held)
        cell = person.astype(np.int64) * slots + slot
        blocks += [
            (at_a_time, cell, None, _zeros(people * slots), np.ones(people * slots, np.int64)),
            (most, person, None, _zeros(people), side.most - busy),
        ]
        if wanting:
            blocks.append((least, person, None, side.least - busy, np.full(people, ENDLESS)))
    return stacked(blocks, len(pair))


def stacked(blocks: Sequence[Block], cells: int) -> Rows:
    """The rows of all blocks that some choice of cells can break."""
    parts = []
    for kind, row_of, only, least, most in blocks:
        columns = np.arange(cells) if only is None else np.flatnonzero(only)
        ones = np.ones(len(columns)), (row_of[columns], columns)
        matrix = csr_matrix(ones, shape=(len(least), cells))
        binds = np.flatnonzero((np.diff(matrix.indptr) > most) | (least > 0))
        parts.append((matrix[binds], least[binds], most[binds], np.full(len(binds), kind), binds))
    matrices, least_, most_, kind_, number = zip(*parts, strict=True)
    return Rows(
        csr_matrix(vstack(matrices, format="csr")),
        np.concatenate(least_).astype(float),
        np.concatenate(most_).astype(float),
        np.concatenate(kind_).astype(np.intp),
        np.concatenate(number).astype(np.intp),
    )


def _zeros(length: int) -> Longs:
    return np.zeros(length, np.int64)
