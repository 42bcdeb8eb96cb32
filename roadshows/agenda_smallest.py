"""A smallest set of sessions and rules that can't all be kept, asked of the solver by leaving out one after
another.

It takes what counting doesn't find: rules that collide only together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from roadshows.agenda_counted import CountedModel
from roadshows.agenda_grid import Grid
from roadshows.agenda_model import Model, Options
from roadshows.agenda_problem import Problem
from roadshows.agenda_watch import Watch
from roadshows.agenda_words import Part, part

_EFFORT = 1.0  # deterministic seconds for each question
_ENDLESS = 10**6


@dataclass(frozen=True)
class _Rule:
    """A rule in words, and the problem without it."""

    words: Part
    without: Callable[[Problem], Problem]


def smallest_collision(problem: Problem, watch: Watch, *, seed: int) -> tuple[Part, ...]:
    """Sessions and rules of an infeasible problem; without any one of them the others could be kept (as far
    as time and effort allow to find out)."""
    ids = _core(problem, watch, seed)
    for name in list(ids):
        rest = [other for other in ids if other != name]
        if rest and _is_infeasible(only(problem, rest), watch, seed):
            ids = rest
    small = only(problem, ids)
    kept = []
    in_rooms = not _is_infeasible(small, watch, seed, rooms=False)
    if in_rooms:
        kept.append(part("rooms", []))
    for rule in _rules(small):
        without = rule.without(small)
        if _is_infeasible(without, watch, seed, rooms=in_rooms):
            small = without
        else:
            kept.append(rule.words)
    names = [event.id for event in small.events]
    return (part("together", names, count=len(names), names=names), *reversed(kept))


def only(problem: Problem, ids: Sequence[str]) -> Problem:
    """The problem of some of the sessions, with nothing to be soft about."""
    wanted = set(ids)
    return problem.with_(
        events=tuple(event for event in problem.events if event.id in wanted),
        locks=tuple(lock for lock in problem.locks if lock.event in wanted),
        base=None,
    )


def _core(problem: Problem, watch: Watch, seed: int) -> list[str]:
    """Sessions that already collide, as the solver's proof names them."""
    grid = Grid(problem)
    options = Options(soft=False, moves=0, assumed=True)
    for model in (CountedModel(grid, options), Model(grid, dict(enumerate(grid.allowed)), {}, options)):
        found = watch.run(model.cp, effort=20 * _EFFORT, seed=seed, share=0.4)
        if found.proven and not found.has_plan:
            named = set(found.solver.sufficient_assumptions_for_infeasibility())
            ids = [problem.events[e].id for e, placed in model.assumed.items() if placed.index in named]
            return ids or [event.id for event in problem.events]
    return [event.id for event in problem.events]


def _is_infeasible(problem: Problem, watch: Watch, seed: int, *, rooms: bool = True) -> bool:
    """Whether that is proven. Without `rooms` any number of sessions share a room."""
    if watch.is_over():
        return False
    grid = Grid(problem)
    if not all(grid.allowed):
        return True
    options = Options(soft=False, moves=0, rooms=rooms)
    model = Model(grid, dict(enumerate(grid.allowed)), {}, options)
    found = watch.run(model.cp, effort=_EFFORT, seed=seed)
    return found.proven and not found.has_plan


def _rules(problem: Problem) -> Iterator[_Rule]:
    """The rules that a small problem has, those that explain least first."""
    yield _Rule(part("travel", []), lambda problem: problem.with_(travel={}, intercity=0))
    if problem.blocked:
        count = len(problem.blocked)
        yield _Rule(part("blocked", [], count=count), lambda problem: problem.with_(blocked=frozenset()))
    yield from _rules_of_interpreters(problem)
    yield from _rules_of_speakers(problem)
    for event in problem.events:
        if event.minutes:
            words = part("length", [event.id], event=event.id, minutes=event.minutes)
            yield _Rule(words, _change_event(event.id, minutes=0))
        if event.unavailable:
            names = sorted(event.unavailable)
            words = part("unavailable", [event.id, *names], event=event.id, count=len(names), names=names)
            yield _Rule(words, _change_event(event.id, unavailable=frozenset()))
    for lock in problem.locks:
        yield _Rule(part("lock", [lock.event], event=lock.event), _without_lock(lock.event))


def _rules_of_interpreters(problem: Problem) -> Iterator[_Rule]:
    for person in problem.interpreters:
        words = part("stretch", [person.id], interpreter=person.id, most=person.max_consecutive)
        yield _Rule(words, _change_interpreter(person.id, max_consecutive=_ENDLESS))
        if person.unavailable:
            names = sorted(person.unavailable)
            words = part(
                "interpreter_unavailable",
                [person.id, *names],
                interpreter=person.id,
                count=len(names),
                names=names,
            )
            yield _Rule(words, _change_interpreter(person.id, unavailable=frozenset()))
    for pair in dict.fromkeys(event.interp for event in problem.events if event.interp is not None):
        names = [event.id for event in problem.events if event.interp == pair]
        yield _Rule(part("interpreters", names, pair=pair, names=names), _without_pair(pair))


def _rules_of_speakers(problem: Problem) -> Iterator[_Rule]:
    for busy in dict.fromkeys((busy.kind, busy.person) for busy in problem.engagements):
        yield _Rule(part("engagement", [busy[1]], person=busy[1]), _without_engagements(busy))
    for speaker in dict.fromkeys(name for event in problem.events for name in event.speakers):
        names = [event.id for event in problem.events if speaker in event.speakers]
        if len(names) > 1:
            yield _Rule(
                part("speaker", [speaker, *names], speaker=speaker, names=names), _without_speaker(speaker)
            )


def _change_event(name: str, **changes: Any) -> Callable[[Problem], Problem]:
    def changed(problem: Problem) -> Problem:
        return problem.with_(
            events=tuple(replace(one, **changes) if one.id == name else one for one in problem.events)
        )

    return changed


def _change_interpreter(name: str, **changes: Any) -> Callable[[Problem], Problem]:
    def changed(problem: Problem) -> Problem:
        people = problem.interpreters
        return problem.with_(
            interpreters=tuple(replace(one, **changes) if one.id == name else one for one in people)
        )

    return changed


def _without_pair(pair: str) -> Callable[[Problem], Problem]:
    """Sessions in this pair need nobody, whatever their locks say."""

    def changed(problem: Problem) -> Problem:
        eased = {event.id for event in problem.events if event.interp == pair}
        return problem.with_(
            events=tuple(replace(one, interp=None) if one.interp == pair else one for one in problem.events),
            locks=tuple(
                replace(lock, interpreter=None) if lock.event in eased else lock for lock in problem.locks
            ),
        )

    return changed


def _without_engagements(of: tuple[str, str]) -> Callable[[Problem], Problem]:
    return lambda problem: problem.with_(
        engagements=tuple(busy for busy in problem.engagements if (busy.kind, busy.person) != of)
    )


def _without_speaker(name: str) -> Callable[[Problem], Problem]:
    return lambda problem: problem.with_(
        events=tuple(
            replace(one, speakers=tuple(speaker for speaker in one.speakers if speaker != name))
            for one in problem.events
        )
    )


def _without_lock(event: str) -> Callable[[Problem], Problem]:
    return lambda problem: problem.with_(locks=tuple(lock for lock in problem.locks if lock.event != event))
