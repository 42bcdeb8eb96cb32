"""Gives chosen meetings their slots: list edge coloring by ejection chains.

A timetable that is always legal but may leave meetings out is changed meeting by meeting: one that has no
free slot goes where it pushes out those that were easiest to place so far, and these look for another slot
(the idea of Y. Nagata and O. Bräysy, Oper. Res. Letters 37, 2009; for partial colorings I. Blöchliger and
N. Zufferey, Computers & OR 35, 2008). What was hard to place gains weight, and who was pushed out doesn't
come right back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable

from roadshows.meetings_problem import NO_SLOT, Bools, Problem

_NOBODY = -1
_TENURE = 8  # turns for which a meeting doesn't come back, at least; plus a draw, plus the number left out
_LOOKED_AT = 12  # meetings of a full slot that are considered for leaving it
_HELD = 1_000  # weight of meetings that should stay
_COMES_BACK = 10**6  # price of a meeting that comes back too early
_TURNS_PER_CLOCK = 256


class Slotting:
    """A legal timetable of some of the pairs; `slot_of[pair]` is NO_SLOT for the others."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.random = random.Random(seed)
        slots = len(problem.slots)
        self.team = problem.team.tolist()
        self.investor = (problem.investor + len(problem.teams)).tolist()
        self.needs = problem.interpreted.tolist()
        self.fixed = (problem.fixed != NO_SLOT).tolist()
        self.lists = [[at for at, free in enumerate(row) if free] for row in problem.allowed.tolist()]
        self.masks = [sum(1 << at for at in row) for row in self.lists]
        self.tables = problem.tables.tolist()
        self.interpreters = problem.interpreter_limit.tolist()
        people = len(problem.teams) + len(problem.investors)
        self.at = [[_NOBODY] * slots for _ in range(people)]
        self.open = [(1 << slots) - 1] * people  # slots in which a person has no meeting yet
        self.held: list[list[int]] = [[] for _ in range(slots)]
        self.place_in_slot = [0] * len(self.team)
        self.interpreted = [0] * slots
        self.slot_of = [NO_SLOT] * len(self.team)
        self.room = sum(1 << at for at in range(slots) if self.tables[at])  # slots with a table left
        self.ears = sum(1 << at for at in range(slots) if self.interpreters[at])  # with an interpreter left
        self.weight = [1] * len(self.team)
        self.turn = 0
        self.barred = [[0] * slots for _ in self.team]  # turn until which a pair doesn't come back to a slot

    def put(self, pair: int, slot: int) -> None:
        """Hold the meeting then; nobody and nothing may stand in its way."""
        self.slot_of[pair] = slot
        off = ~(1 << slot)
        for person in (self.team[pair], self.investor[pair]):
            self.at[person][slot] = pair
            self.open[person] &= off
        held = self.held[slot]
        self.place_in_slot[pair] = len(held)
        held.append(pair)
        if len(held) >= self.tables[slot]:
            self.room &= off
        if self.needs[pair]:
            self.interpreted[slot] += 1
            if self.interpreted[slot] >= self.interpreters[slot]:
                self.ears &= off

    def take(self, pair: int) -> None:
        """Don't hold the meeting."""
        slot = self.slot_of[pair]
        self.slot_of[pair] = NO_SLOT
        bit = 1 << slot
        for person in (self.team[pair], self.investor[pair]):
            self.at[person][slot] = _NOBODY
            self.open[person] |= bit
        held = self.held[slot]
        last = held.pop()
        if last != pair:
            held[self.place_in_slot[pair]] = last
            self.place_in_slot[last] = self.place_in_slot[pair]
        self.room |= bit
        if self.needs[pair]:
            self.interpreted[slot] -= 1
            self.ears |= bit

    def hold_on_to(self, pairs: Bools) -> None:
        """Push these out only when nothing else would do."""
        for pair in pairs.nonzero()[0].tolist():
            self.weight[pair] += _HELD

    def free_slots(self, pair: int) -> int:
        """Slots in which the meeting can be held as things stand, as bits."""
        found = self.masks[pair] & self.open[self.team[pair]] & self.open[self.investor[pair]] & self.room
        return found & self.ears if self.needs[pair] else found

    def put_freely(self, pair: int, free: int) -> None:
        """Put the meeting into that of the free slots with the most tables left."""
        slots = [at for at in self.lists[pair] if free >> at & 1]
        self.put(pair, max(slots, key=lambda at: self.tables[at] - len(self.held[at])))

    def place(
        self,
        pairs: Iterable[int],
        *,
        turns: int,
        deadline: float,
        cancelled: Callable[[], bool] | None = None,
    ) -> list[int]:
        """Place the pairs beside what is held already, in at most so many turns; those left out, ascending.

        The clock only stops what takes much longer than it should: `deadline`, by time.monotonic().
        """
        waiting = sorted(pairs, key=lambda pair: (len(self.lists[pair]), pair), reverse=True)
        best, fewest = list(self.slot_of), len(waiting) + 1
        left = turns
        while waiting and left > 0:
            pair = waiting.pop()
            if free := self.free_slots(pair):
                self.put_freely(pair, free)
                continue
            if len(waiting) + 1 < fewest:
                fewest, best = len(waiting) + 1, list(self.slot_of)
            left -= 1
            self.turn += 1
            if not left % _TURNS_PER_CLOCK and (
                time.monotonic() > deadline or (cancelled is not None and cancelled())
            ):
                waiting.append(pair)
                break
            self.weight[pair] += 1
            pushed = self._push_in(pair, len(waiting))
            waiting.extend(pushed)
        if waiting:
            self._restore(best)
        return sorted(pair for pair in pairs if self.slot_of[pair] == NO_SLOT)

    def _push_in(self, pair: int, waiting: int) -> list[int]:
        """Put the meeting where that pushes out least; those pushed out, or itself when that can't be."""
        best: list[tuple[int, ...]] = []
        least = None
        barred, turn = self.barred[pair], self.turn
        for slot in self.lists[pair]:
            victims = self._in_the_way(pair, slot)
            if victims is None:
                continue
            price = sum(self.weight[victim] for victim in victims)
            if barred[slot] > turn:
                price += _COMES_BACK
            if least is None or price < least:
                least, best = price, [(slot, *victims)]
            elif price == least:
                best.append((slot, *victims))
        if least is None:
            return [pair]
        slot, *pushed = best[0] if len(best) == 1 else best[int(self.random.random() * len(best))]
        for victim in pushed:
            self.take(victim)
            self.barred[victim][slot] = turn + _TENURE + int(self.random.random() * _TENURE) + waiting
        self.put(pair, slot)
        return pushed

    def _in_the_way(self, pair: int, slot: int) -> list[int] | None:
        """Who has to leave the slot for the meeting; None when that can't be."""
        team, investor = self.at[self.team[pair]][slot], self.at[self.investor[pair]][slot]
        victims = [victim for victim in (team, investor) if victim >= 0]
        if any(self.fixed[victim] for victim in victims):
            return None
        if self.needs[pair] and not self.ears >> slot & 1 and not any(self.needs[v] for v in victims):
            cheapest = self._cheapest(slot, interpreted=True)
            if cheapest is None:
                return None
            victims.append(cheapest)
        if not victims and not self.room >> slot & 1:
            cheapest = self._cheapest(slot, interpreted=False)
            if cheapest is None:
                return None
            victims.append(cheapest)
        return victims

    def _cheapest(self, slot: int, *, interpreted: bool) -> int | None:
        """Of some meetings of a full slot the one that leaves most easily; None when none can."""
        held = self.held[slot]
        best, least = None, None
        start = int(self.random.random() * len(held)) if held else 0
        looked = 0
        for step in range(len(held)):
            other = held[(start + step) % len(held)]
            if self.fixed[other] or (interpreted and not self.needs[other]):
                continue
            price = self.weight[other]
            if self.free_slots(other):
                return other
            if least is None or price < least:
                best, least = other, price
            looked += 1
            if looked >= _LOOKED_AT:
                break
        return best

    def _restore(self, slot_of: list[int]) -> None:
        for pair, slot in enumerate(slot_of):
            if self.slot_of[pair] != NO_SLOT and self.slot_of[pair] != slot:
                self.take(pair)
        for pair, slot in enumerate(slot_of):
            if slot != NO_SLOT and self.slot_of[pair] == NO_SLOT:
                self.put(pair, slot)
