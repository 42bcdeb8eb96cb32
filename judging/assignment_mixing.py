"""Panels that mix: judges swap entries so that everybody meets many different colleagues, at no loss.

A local search on the sum over pairs of judges of m(m - 1)/2, for m entries in common: by convexity it is
least when all meet equally often, as in a balanced incomplete block design (R. C. Bose, Annals of Eugenics 9,
1939).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judging.assignment_problem import Bools, Longs, Problem, label_codes
from judging.panel_graph import label_components

VISITS = 800  # swaps are sought for so many chosen pairs at most, …
PARTNERS = 200  # … each among so many others, drawn
LARGEST_TABLE = 8_000_000  # judges x entries; beyond, panels stay as they are
_CHECKED_EVERY = 64  # swaps


def repeated_meetings(problem: Problem, chosen: NDArray[np.intp]) -> int:
    """How often two judges meet more than `problem.meetings_allowed` times, over all pairs of judges."""
    from judging.panel_graph import meetings

    together = meetings(
        problem.judge[chosen], problem.entry[chosen], len(problem.judges), len(problem.entries)
    )
    return int(np.maximum(0, together.data - problem.meetings_allowed).sum()) // 2


def mix(problem: Problem, chosen: NDArray[np.intp], points: Longs, seed: int) -> NDArray[np.intp]:
    """The chosen pairs after swaps of two judges between two entries.

    A swap keeps loads and all rules, never makes more components, and gains points less the price of repeated
    meetings, or loses none and mixes better. points: what pairs are worth, shape (pairs,).
    """
    if len(problem.judges) * len(problem.entries) > LARGEST_TABLE or len(problem.judges) < 3:
        return chosen
    return _Mixing(problem, chosen, points, seed).run()


@dataclass(frozen=True, slots=True)
class _Swap:
    """Judge a leaves entry e for f, judge b leaves f for e; the places of the two slots."""

    one: int
    other: int


class _Mixing:
    def __init__(self, problem: Problem, chosen: NDArray[np.intp], points: Longs, seed: int) -> None:
        self.problem, self.points = problem, points
        judges, entries = len(problem.judges), len(problem.entries)
        self.draw = np.random.default_rng([seed, 2])
        self.place = np.full((judges, entries), -1, np.int32)
        self.place[problem.judge, problem.entry] = np.arange(len(problem.judge), dtype=np.int32)
        self.sits = np.zeros((judges, entries), np.float32)
        self.sits[problem.judge[chosen], problem.entry[chosen]] = 1
        self.met = self.sits @ self.sits.T
        np.fill_diagonal(self.met, 0)
        self.crowd = self.met @ self.sits  # judge x entry: how often the judge has met that panel
        fixed = problem.fixed_mask[chosen]
        self.fixed = chosen[fixed]
        self.slots = chosen[~fixed].astype(np.int64)
        self.size = problem.per_entry.astype(np.float32)
        self.rules = [label_codes(rule) for rule in problem.panel]
        self.seats = [self._seats(rule.codes, len(rule.labels)) for rule in self.rules]
        self.spare = None
        if problem.interpreters is not None:
            self.spare = problem.interpreters - int(problem.interpreted_mask[chosen].sum())

    def _seats(self, codes: NDArray[np.int32], labels: int) -> NDArray[np.float32]:
        """Judges of each label on each panel, shape (labels, entries)."""
        return np.array([self.sits[codes == code].sum(axis=0) for code in range(labels)], np.float32)

    def run(self) -> NDArray[np.intp]:
        since: list[_Swap] = []
        islands = self._islands()
        left = VISITS
        improved = True
        while improved and left > 0:
            improved = False
            for slot in self._order()[:left]:
                left -= 1
                if (swap := self._best(int(slot))) is None:
                    continue
                self._apply(swap)
                since.append(swap)
                improved = True
                if len(since) == _CHECKED_EVERY:
                    if self._islands() > islands:
                        return self._undone(since)
                    since = []
        if since and self._islands() > islands:
            return self._undone(since)
        return self._chosen()

    def _order(self) -> NDArray[np.intp]:
        """Slots, those whose judge has met the panel most often first."""
        judge, entry = self.problem.judge[self.slots], self.problem.entry[self.slots]
        found: NDArray[np.intp] = np.lexsort((self.draw.random(len(self.slots)), -self.crowd[judge, entry]))
        return found

    def _best(self, slot: int) -> _Swap | None:
        problem = self.problem
        count = len(self.slots)
        partners = np.arange(count) if count <= PARTNERS else self.draw.choice(count, PARTNERS, replace=False)
        mine, theirs = self.slots[slot], self.slots[partners]
        a, e = int(problem.judge[mine]), int(problem.entry[mine])
        b, f = problem.judge[theirs], problem.entry[theirs]
        to, back = self.place[a, f], self.place[b, e]
        legal = (to >= 0) & (back >= 0) & (self.sits[a, f] == 0) & (self.sits[b, e] == 0)
        legal &= self._keeps_panels(a, e, b, f)
        if self.spare is not None:
            needs = problem.interpreted_mask
            more = needs[to].astype(int) + needs[back] - int(needs[mine]) - needs[theirs]
            legal &= more <= self.spare
        value = self.points[to] + self.points[back] - self.points[mine] - self.points[theirs]
        legal &= value >= (0 if not problem.mixing else np.iinfo(np.int64).min)
        if not legal.any():
            return None
        keep = np.flatnonzero(legal)
        b, f, value, partners = b[keep], f[keep], value[keep], partners[keep]
        change = self._meetings_change(a, e, b, f)
        if problem.mixing:
            value = value - problem.mixing * self._repeats_change(a, e, b, f)
        best = int(np.lexsort((change, -value))[0])
        if value[best] > 0 or (value[best] == 0 and change[best] < 0):
            return _Swap(slot, int(partners[best]))
        return None

    def _keeps_panels(self, a: int, e: int, b: NDArray[np.int32], f: NDArray[np.int32]) -> Bools:
        fine = np.ones(len(b), bool)
        for rule, seats in zip(self.rules, self.seats, strict=True):
            mine, theirs = int(rule.codes[a]), rule.codes[b]
            same = theirs == mine
            if mine >= 0 and seats[mine, e] <= rule.least[mine]:
                fine &= same
            if len(rule.least):
                tight = (theirs >= 0) & (seats[theirs, f] <= rule.least[theirs])
                fine &= same | ~tight
        return fine

    def _meetings_change(
        self, a: int, e: int, b: NDArray[np.int32], f: NDArray[np.int32]
    ) -> NDArray[np.float32]:
        """Of the sum of m(m - 1)/2; who sits on both panels meets a and b as often as before."""
        both = self.met[a, b]
        common = self.sits[self._others(a, e)].sum(axis=0)[f]
        change: NDArray[np.float32] = (
            self.size[e] - 1 - self.crowd[a, e] + self.crowd[b, e] - both
            + self.size[f] - 1 - self.crowd[b, f] + self.crowd[a, f] - both
            - 2 * common
        )  # fmt: skip
        return change

    def _repeats_change(self, a: int, e: int, b: NDArray[np.int32], f: NDArray[np.int32]) -> Longs:
        """Of the repeated meetings."""
        allowed = self.problem.meetings_allowed
        beyond = (self.met > allowed).astype(np.float32)
        full = (self.met >= allowed).astype(np.float32)
        np.fill_diagonal(full, 0)
        others = self._others(a, e)
        theirs = self.sits[:, f]  # the panels of f, without b below
        leaves = beyond[a, others].sum() + (beyond[b] * theirs.T).sum(axis=1)
        comes = full[b][:, others].sum(axis=1) + (full[a] @ theirs) - full[a, b]
        shared = theirs[others]
        stays = ((full - beyond)[a, others] @ shared) + ((full - beyond)[b][:, others].T * shared).sum(axis=0)
        return np.rint(comes - leaves - stays).astype(np.int64)

    def _others(self, a: int, e: int) -> NDArray[np.intp]:
        panel = np.flatnonzero(self.sits[:, e])
        return panel[panel != a]

    def _apply(self, swap: _Swap) -> None:
        problem = self.problem
        mine, theirs = self.slots[swap.one], self.slots[swap.other]
        a, e = int(problem.judge[mine]), int(problem.entry[mine])
        b, f = int(problem.judge[theirs]), int(problem.entry[theirs])
        to, back = self.place[a, f], self.place[b, e]
        for judge, leaves, comes in ((a, e, f), (b, f, e)):
            self._meet(judge, self._others(judge, leaves), -1)
            self.sits[judge, leaves] = 0
            for rule, seats in zip(self.rules, self.seats, strict=True):
                if (code := rule.codes[judge]) >= 0:
                    seats[code, leaves] -= 1
                    seats[code, comes] += 1
        self._meet(a, np.flatnonzero(self.sits[:, f]), 1)
        self._meet(b, np.flatnonzero(self.sits[:, e]), 1)
        self.sits[a, f] = self.sits[b, e] = 1
        self.crowd[:, [e, f]] = self.met @ self.sits[:, [e, f]]
        self.slots[swap.one], self.slots[swap.other] = back, to
        if self.spare is not None:
            needs = problem.interpreted_mask
            self.spare -= int(needs[to]) + int(needs[back]) - int(needs[mine]) - int(needs[theirs])

    def _meet(self, judge: int, others: NDArray[np.intp], times: int) -> None:
        self.met[judge, others] += times
        self.met[others, judge] += times
        self.crowd[judge] += times * self.sits[others].sum(axis=0)
        self.crowd[others] += times * self.sits[judge]

    def _undone(self, swaps: list[_Swap]) -> NDArray[np.intp]:
        """Slots hold `back` and `to` after a swap, so that the same swap undoes it."""
        for swap in reversed(swaps):
            self._apply(swap)
        return self._chosen()

    def _chosen(self) -> NDArray[np.intp]:
        found: NDArray[np.intp] = np.sort(np.concatenate([self.slots, self.fixed]))
        return found

    def _islands(self) -> int:
        chosen = self._chosen()
        judge, entry = self.problem.judge[chosen], self.problem.entry[chosen]
        return label_components(judge, entry, len(self.problem.judges), len(self.problem.entries))[0]
