"""What can be wrong with an agenda to plan and why there may be no plan: codes and parameters for
translators, English sentences for files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.quoting import quoted

MOST_NAMED = 12  # names that a sentence lists; `objects` holds all

PROBLEMS = {
    "empty": "must not be empty",
    "duplicate_id": "%(name)s stands in it twice",
    "unknown": "%(name)s is not among the %(where)s",
    "out_of_range": "%(name)s: must be a whole number from %(least)s to %(most)s, not %(found)s",
    "ends_early": "%(name)s: ends before it starts",
}


class AgendaError(ValueError):
    """A problem that can't be posed.

    `field` is the part of `Problem`, `code` a key of PROBLEMS, `params` fill it; str() is the sentence.
    """

    def __init__(self, field: str, code: str, **params: object) -> None:
        self.field = field
        self.code = code
        self.params = {
            name: quoted(value) if name == "name" else str(value) for name, value in params.items()
        }
        super().__init__(f"{field}: {PROBLEMS[code] % self.params}")


class SolverMissing(ImportError):
    """The solver isn't installed; `packages` says what would do."""

    def __init__(self, *packages: str) -> None:
        self.packages = packages
        super().__init__(f"this needs {' or '.join(packages)}: pip install {packages[0]}")


def named(names: Sequence[str]) -> str:
    """Names as a sentence lists them, a dozen at most."""
    shown = ", ".join(quoted(name) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


CONFLICTS = {
    # one session alone
    "too_long": "%(event)s takes %(minutes)s minutes; the longest slot in its city has %(longest)s",
    "no_city": "%(event)s is to be in %(city)s, where no room has a slot",
    "no_slot": "%(event)s has no slot left: it can't be in any of the %(slots)s slots of its city",
    "no_interpreter": "nobody interprets %(pair)s, which is needed by: %(names)s",
    "no_interpreter_there": "%(event)s needs an interpreter for %(pair)s; in the slots left for it none of"
    " %(names)s is there",
    "lock_city": "%(event)s is to be in %(city)s and locked into another city",
    "lock_slot": "%(event)s is locked into slot %(slot)s, in which it can't be",
    "lock_taken": "%(event)s is locked into a cell that is taken: %(slot)s, %(room)s",
    "lock_interpreter": "%(event)s is locked to interpreter %(interpreter)s, who can't interpret it",
    "lock_nowhere": "%(event)s has no cell left that its lock allows",
    # sets of sessions and what they need together
    "cells_needed": "%(count)s sessions need a cell (slot and room) each: %(names)s",
    "cells_exist": "cells that exist for them: %(cells)s (slots: %(slots)s, rooms: %(rooms)s)",
    "city_needed": "%(count)s sessions are to be in %(city)s",
    "city_exist": "%(city)s has only %(cells)s cells (slot and room)",
    "speaker_sessions": "%(speaker)s speaks at %(count)s sessions: %(names)s",
    "speaker_slots": "slots that are possible for them: %(slots)s",
    "interpreter_sessions": "%(count)s sessions need an interpreter for %(pair)s: %(names)s",
    "interpreter_slots": "%(interpreters)s can interpret them in %(slots)s slots together",
    "interpreter_rest": "a break is due after so many slots in a row: %(most)s; that leaves slots: %(slots)s",
    # rules that only collide together
    "together": "these %(count)s sessions can't all be placed: %(names)s",
    "speaker": "%(speaker)s speaks at %(names)s and can be in one place at a time",
    "engagement": "%(person)s is busy elsewhere",
    "travel": "between two venues everybody needs the time to get there",
    "stretch": "slots in a row that %(interpreter)s may interpret: %(most)s",
    "interpreters": "sessions in %(pair)s need an interpreter: %(names)s",
    "unavailable": "%(event)s can't be in: %(names)s",
    "interpreter_unavailable": "%(interpreter)s isn't there in: %(names)s",
    "length": "%(event)s takes %(minutes)s minutes, more than some slots have",
    "lock": "%(event)s is locked",
    "blocked": "cells taken by what isn't planned: %(count)s",
    "rooms": "a room holds one session at a time",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One of the rules that can't all be kept.

    rule: its code, a key of CONFLICTS; objects: ids of the sessions and people concerned (all of them);
    params: what fills the sentence of that code, all text.
    """

    rule: str
    objects: tuple[str, ...]
    params: dict[str, str]

    @property
    def message(self) -> str:
        """The English sentence."""
        return CONFLICTS[self.rule] % self.params


def part(rule: str, objects: Sequence[str], **params: object) -> Part:
    """A part whose parameters become text: ids are quoted, lists of ids named, numbers written."""
    texts = {}
    for key, value in params.items():
        if isinstance(value, str):
            texts[key] = quoted(value)
        elif isinstance(value, list | tuple):
            texts[key] = named(list(value))
        else:
            texts[key] = str(value)
    return Part(rule, tuple(objects), texts)
