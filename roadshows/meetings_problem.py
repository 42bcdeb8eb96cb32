"""What is to be timetabled: teams, investors, slots, wanted pairs and rules, as arrays that are checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.quoting import quoted
from roadshows.meetings_words import MeetingsError

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

NO_SLOT = -1
GREATEST_VALUE = 10**8  # either way, of a pair
GREATEST_COUNT = 10**6


@dataclass(frozen=True, slots=True)
class Side:
    """Teams or investors. of_pair: who of them is in each pair; other, other_of_pair: the other side; free:
    shape (people, slots); least, most: meetings of each, shape (people,).
    """

    name: str
    ids: Sequence[str]
    of_pair: Ints
    other: Sequence[str]
    other_of_pair: Ints
    free: Bools
    least: Longs
    most: Longs

    def count(self, pairs: Bools | NDArray[np.intp]) -> Longs:
        """Of each person the number of these pairs."""
        return np.bincount(self.of_pair[pairs], minlength=len(self.ids)).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Problem:
    """Who may meet whom and when; a wanted pair is one place of `team`, `investor` and `value`.

    slots, teams, investors: ids (text, unique in each). team, investor: indices into them, int32, shape
    (pairs,); no pair twice. value: whole points for holding the meeting. interpreted: it takes one of the
    slot's interpreters. must: has to be held.
    tables, interpreters: for meetings at the same time; one number or shape (slots,); interpreters None: no
    limit. team_free, investor_free: available then, bool, shape (teams, slots) and (investors, slots).
    team_most, team_least, investor_most, investor_least: meetings of each; one number or shape (teams,),
    (investors,); most None: as many as there are slots.
    fixed: slot of a meeting that stays where it is, shape (pairs,), NO_SLOT for the others. base: slots of
    the timetable that stood before, likewise: an equally good timetable close to it is preferred.

    Raises MeetingsError, naming the field.
    """

    slots: Sequence[str]
    teams: Sequence[str]
    investors: Sequence[str]
    team: Ints
    investor: Ints
    value: Longs
    tables: Any
    interpreted: Any = False
    must: Any = False
    interpreters: Any = None
    team_free: Any = True
    investor_free: Any = True
    team_most: Any = None
    investor_most: Any = None
    team_least: Any = 0
    investor_least: Any = 0
    fixed: Any = NO_SLOT
    base: Any = NO_SLOT

    def __post_init__(self) -> None:
        for name in ("slots", "teams", "investors"):
            ids = tuple(getattr(self, name))
            _check_ids(name, ids)
            self._set(**{name: ids})
        slots, teams, investors = len(self.slots), len(self.teams), len(self.investors)
        pairs = np.asarray(self.team).size
        self._set(
            team=_indices("team", self.team, pairs, teams),
            investor=_indices("investor", self.investor, pairs, investors),
            value=_counts("value", self.value, pairs, GREATEST_VALUE, -GREATEST_VALUE),
            tables=_counts("tables", self.tables, slots),
            interpreted=_flags("interpreted", self.interpreted, pairs),
            must=_flags("must", self.must, pairs),
            team_free=_flags("team_free", self.team_free, teams, slots),
            investor_free=_flags("investor_free", self.investor_free, investors, slots),
            fixed=_counts("fixed", self.fixed, pairs, slots - 1, NO_SLOT),
            base=_counts("base", self.base, pairs, slots - 1, NO_SLOT),
        )
        if self.interpreters is not None:
            self._set(interpreters=_counts("interpreters", self.interpreters, slots))
        for side, people in (("team", teams), ("investor", investors)):
            most = getattr(self, f"{side}_most")
            self._set(
                **{
                    f"{side}_most": _counts(f"{side}_most", slots if most is None else most, people),
                    f"{side}_least": _counts(f"{side}_least", getattr(self, f"{side}_least"), people),
                }
            )
        self._check_pairs()
        self._check_least()

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _check_pairs(self) -> None:
        keys, counts = np.unique(
            self.team.astype(np.int64) * len(self.investors) + self.investor, return_counts=True
        )
        if (twice := np.flatnonzero(counts > 1)).size:
            team, investor = divmod(int(keys[twice[0]]), len(self.investors))
            shown = {"team": quoted(self.teams[team]), "investor": quoted(self.investors[investor])}
            raise MeetingsError("team", "duplicate_pair", **shown)

    def _check_least(self) -> None:
        for side in self.sides:
            if (wrong := np.flatnonzero(side.least > side.most)).size:
                at = int(wrong[0])
                shown = {
                    "person": quoted(side.ids[at]),
                    "least": int(side.least[at]),
                    "most": int(side.most[at]),
                }
                raise MeetingsError(f"{side.name}_least", "least_above_most", **shown)

    @cached_property
    def available(self) -> Bools:
        """Slots in which both of a pair are available, whatever is fixed: (pairs, slots)."""
        both: Bools = self.team_free[self.team] & self.investor_free[self.investor]
        return both

    @cached_property
    def allowed(self) -> Bools:
        """Slots in which a pair can meet: of a fixed one only its own, of others none in which one of the two
        has a fixed meeting, or which fixed meetings fill; (pairs, slots)."""
        both = self.available.copy()
        fixed = np.flatnonzero(self.fixed != NO_SLOT)
        taken_team = np.zeros((len(self.teams), len(self.slots)), bool)
        taken_investor = np.zeros((len(self.investors), len(self.slots)), bool)
        taken_team[self.team[fixed], self.fixed[fixed]] = True
        taken_investor[self.investor[fixed], self.fixed[fixed]] = True
        both &= ~(taken_team[self.team] | taken_investor[self.investor])
        count = len(self.slots)
        held = np.bincount(self.fixed[fixed], minlength=count)
        both &= (held < self.tables) | (held == 0)
        held = np.bincount(self.fixed[fixed[self.interpreted[fixed]]], minlength=count)
        both[self.interpreted] &= (held < self.interpreter_limit) | (held == 0)
        both[fixed] = False
        both[fixed, self.fixed[fixed]] = self.available[fixed, self.fixed[fixed]]
        return both

    @cached_property
    def possible(self) -> Bools:
        """Pairs that can meet in some slot; shape (pairs,)."""
        found: Bools = np.any(self.allowed, axis=1)
        return found

    @cached_property
    def needed(self) -> Bools:
        """Pairs that have to be held, since they must or are fixed; shape (pairs,)."""
        held: Bools = self.must | (self.fixed != NO_SLOT)
        return held

    @cached_property
    def sides(self) -> tuple[Side, Side]:
        """Teams and investors, for what holds for both."""
        team = self.teams, self.team
        investor = self.investors, self.investor
        return (
            Side("team", *team, *investor, self.team_free, self.team_least, self.team_most),
            Side("investor", *investor, *team, self.investor_free, self.investor_least, self.investor_most),
        )

    @cached_property
    def interpreter_limit(self) -> Longs:
        """Interpreters in each slot; more than anybody can need where there is no limit."""
        none = np.full(len(self.slots), GREATEST_COUNT)
        return none if self.interpreters is None else self.interpreters

    def place_of(self, team: str, investor: str) -> int | None:
        """Where the pair stands in the arrays; None when it is none."""
        return self._places.get((team, investor))

    @cached_property
    def _places(self) -> dict[tuple[str, str], int]:
        rows = zip(self.team.tolist(), self.investor.tolist(), strict=True)
        return {(self.teams[team], self.investors[investor]): at for at, (team, investor) in enumerate(rows)}

    def with_(self, **changes: Any) -> Problem:
        """The same problem with some fields changed."""
        return Problem(**({part.name: getattr(self, part.name) for part in fields(self)} | changes))


def keeps_rules(problem: Problem, slot: Longs) -> bool:
    """Whether a timetable, the slot of each pair or NO_SLOT, keeps every rule."""
    held = np.flatnonzero(slot != NO_SLOT)
    at = slot[held]
    slots = len(problem.slots)
    if not problem.allowed[held, at].all() or (slot[problem.needed] == NO_SLOT).any():
        return False
    for side in problem.sides:
        if np.bincount(side.of_pair[held] * slots + at, minlength=1).max() > 1:
            return False
        load = side.count(held)
        if (load > side.most).any() or (load < side.least).any():
            return False
    tables = np.bincount(at, minlength=slots)
    interpreters = np.bincount(at[problem.interpreted[held]], minlength=slots)
    return bool((tables <= problem.tables).all() and (interpreters <= problem.interpreter_limit).all())


def _check_ids(name: str, ids: Sequence[str]) -> None:
    if not ids:
        raise MeetingsError(name, "none")
    if len(set(ids)) < len(ids):
        seen: set[str] = set()
        twice = next(found for found in ids if found in seen or seen.add(found))  # type: ignore[func-returns-value]
        raise MeetingsError(name, "duplicate_id", value=quoted(twice))


def _counts(name: str, values: ArrayLike, length: int, most: int = GREATEST_COUNT, least: int = 0) -> Longs:
    """Whole numbers from `least` to `most`; one for all, or an array of them."""
    found = np.asarray(values)
    if found.ndim and found.shape != (length,):
        raise MeetingsError(name, "length", found=found.shape, wanted=(length,))
    if found.size and found.dtype.kind not in "iu":
        raise MeetingsError(name, "not_whole")
    if found.size and (found.min() < least or found.max() > most):
        wrong = int(found.min() if found.min() < least else found.max())
        raise MeetingsError(name, "out_of_range", least=least, most=most, found=wrong)
    return np.broadcast_to(found, (length,)).astype(np.int64)


def _indices(name: str, values: ArrayLike, length: int, count: int) -> Ints:
    found = np.asarray(values)
    if found.shape != (length,):
        raise MeetingsError(name, "length", found=found.shape, wanted=(length,))
    if found.size and found.dtype.kind not in "iu":
        raise MeetingsError(name, "not_whole")
    if found.size and (found.min() < 0 or found.max() >= count):
        wrong = int(found.min() if found.min() < 0 else found.max())
        raise MeetingsError(name, "unknown_index", found=wrong, count=count)
    return found.astype(np.int32)


def _flags(name: str, values: ArrayLike, *shape: int) -> Bools:
    found = np.asarray(values)
    if found.ndim and found.shape != shape:
        raise MeetingsError(name, "length", found=found.shape, wanted=shape)
    return np.broadcast_to(found, shape).astype(bool)
