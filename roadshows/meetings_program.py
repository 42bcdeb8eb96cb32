"""The whole problem, or the part of it in some slots, as a program over cells: a pair and a slot, 0 or 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from roadshows.meetings_problem import NO_SLOT, Bools, Longs, Problem

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

TEAM_SLOT, INVESTOR_SLOT, PAIR, TABLES, INTERPRETERS, TEAM_MOST, INVESTOR_MOST, TEAM_LEAST, INVESTOR_LEAST = (
    range(9)
)
"""Kinds of rows: one meeting at a time, each pair once (or held, if needed), tables, interpreters, greatest and
least numbers of meetings."""


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


@dataclass(frozen=True, slots=True)
class Cells:
    """pair, slot: of each cell, shape (cells,)."""

    pair: Places
    slot: Places


def all_cells(problem: Problem, pairs: Bools | None = None) -> Cells:
    """Every pair (of `pairs`) in every slot in which both can."""
    allowed = problem.allowed if pairs is None else problem.allowed & pairs[:, None]
    return Cells(*np.nonzero(allowed))


def rows_of(problem: Problem, cells: Cells, outside: Longs | None = None, *, hard_least: bool = True) -> Rows:
    """All rules over the cells. outside: slots of meetings that are held anyway, shape (pairs,); those of the
    cells have NO_SLOT there. Without `hard_least` least numbers and needed pairs are left out.

    Rows that no choice of cells can break are left out.
    """
    pair, slot = cells.pair, cells.slot
    pairs, slots = len(problem.team), len(problem.slots)
    teams, investors = len(problem.teams), len(problem.investors)
    held = np.zeros(0, np.intp) if outside is None else np.flatnonzero(outside != NO_SLOT)
    held_at = np.zeros(0, np.intp) if outside is None else outside[held]
    team, investor = problem.team[pair], problem.investor[pair]
    interpreted = problem.interpreted
    assert interpreted is not None
    speaks = interpreted[pair]
    busy_team = np.bincount(problem.team[held], minlength=teams)
    busy_investor = np.bincount(problem.investor[held], minlength=investors)
    needed = problem.needed.astype(np.int64)
    once = needed if hard_least else np.zeros(pairs, np.int64)
    none_of = np.zeros
    blocks = [
        (TEAM_SLOT, team * slots + slot, None, none_of(teams * slots), np.ones(teams * slots)),
        (
            INVESTOR_SLOT,
            investor * slots + slot,
            None,
            none_of(investors * slots),
            np.ones(investors * slots),
        ),
        (PAIR, pair, None, once, np.ones(pairs)),
        (TABLES, slot, None, none_of(slots), problem.tables - np.bincount(held_at, minlength=slots)),
        (
            INTERPRETERS,
            slot,
            speaks,
            none_of(slots),
            problem.interpreter_limit - np.bincount(held_at[interpreted[held]], minlength=slots),
        ),
        (TEAM_MOST, team, None, none_of(teams), problem.team_most - busy_team),
        (INVESTOR_MOST, investor, None, none_of(investors), problem.investor_most - busy_investor),
    ]
    if hard_least:
        many = np.full(max(teams, investors), float(slots))
        blocks += [
            (TEAM_LEAST, team, None, problem.team_least - busy_team, many[:teams]),
            (INVESTOR_LEAST, investor, None, problem.investor_least - busy_investor, many[:investors]),
        ]
    return _stacked(blocks, len(pair))


def _stacked(blocks: Sequence[tuple[int, Places, Bools | None, Longs, Longs]], cells: int) -> Rows:
    parts = []
    for kind, row_of, only, least, most in blocks:
        columns = np.arange(cells) if only is None else np.flatnonzero(only)
        row_of = row_of if only is None else row_of[columns]
        matrix = csr_matrix((np.ones(len(columns)), (row_of, columns)), shape=(len(least), cells))
        many = np.diff(matrix.indptr)
        binds = np.flatnonzero((many > most) | (least > 0))
        parts.append((matrix[binds], least[binds], most[binds], np.full(len(binds), kind), binds))
    matrices, *columns_ = zip(*parts, strict=True)
    least_, most_, kinds, numbers = (np.concatenate(part) for part in columns_)
    return Rows(
        csr_matrix(vstack(matrices, format="csr")),
        least_.astype(float),
        most_.astype(float),
        kinds.astype(np.intp),
        numbers.astype(np.intp),
    )
