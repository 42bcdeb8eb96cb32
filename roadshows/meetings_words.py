"""What can be wrong with a meetings problem and why there may be no timetable: codes and parameters for
translators, English sentences for files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.quoting import quoted

MOST_NAMED = 12  # names that a sentence lists; `objects` holds all

PROBLEMS = {
    "none": "there are none",
    "duplicate_id": "%(value)s stands in it twice",
    "length": "has the shape %(found)s, %(wanted)s is needed",
    "not_whole": "must hold whole numbers",
    "out_of_range": "must be from %(least)s to %(most)s; found %(found)s",
    "unknown_index": "names number %(found)s, there are only %(count)s",
    "duplicate_pair": "has the pair of team %(team)s and investor %(investor)s twice",
    "least_above_most": "%(person)s has a least number of %(least)s meetings, above the greatest of %(most)s",
    "unknown_pair": "team %(team)s and investor %(investor)s are no pair of the problem",
    "unknown_person": "%(value)s is nobody of the problem",
}

CONFLICTS = {
    # what stands in the way by itself
    "no_common_slot": "%(team)s and %(investor)s must meet and have no slot in which both are available",
    "no_slot_beside_fixed": "%(team)s and %(investor)s must meet; whenever both are available, fixed"
    " meetings of theirs or of others leave no room",
    "must_over_most": "%(person)s has %(count)s meetings that must be held and may have %(most)s:"
    " with %(names)s",
    "must_over_slots": "%(person)s has %(count)s meetings that must be held; only %(slots)s slots suit any of"
    " them: with %(names)s",
    "least_over_partners": "%(person)s must have %(least)s meetings; there are only %(partners)s possible"
    " partners",
    "least_over_slots": "%(person)s must have %(least)s meetings; only %(slots)s slots suit both"
    " this person and a possible partner",
    "fixed_unavailable": "the meeting of %(team)s and %(investor)s is fixed to %(slot)s, when %(person)s is"
    " not available",
    "fixed_together": "%(person)s has %(count)s meetings fixed to %(slot)s: with %(names)s",
    "fixed_over_tables": "%(count)s meetings are fixed to %(slot)s, which has %(tables)s tables",
    "fixed_over_interpreters": "%(count)s meetings that need an interpreter are fixed to %(slot)s, which has"
    " %(interpreters)s interpreters",
    # members of a set that collides as a whole
    "must_meet": "must be held, in one of %(slots)s slots (%(count)s in all): %(names)s",
    "fixed": "are fixed (%(count)s in all): %(names)s",
    "least": "must have %(places)s meetings, taken together: %(names)s",
    "most": "can have no more than %(places)s meetings, taken together: %(names)s",
    "one_at_a_time": "can be in one meeting at a time, so in no more than %(places)s in the slots that"
    " matter: %(names)s",
    "tables": "have tables for no more than %(places)s meetings, taken together: %(names)s",
    "interpreters": "have interpreters for no more than %(places)s meetings, taken together: %(names)s",
    "tables_in_all": "all %(count)s slots together hold %(places)s meetings, by their tables and by who is"
    " available",
    "interpreters_in_all": "all %(count)s slots together hold %(places)s meetings with an interpreter, by"
    " interpreters, tables and who is available",
}


def named(names: Sequence[str]) -> str:
    """Names as a sentence lists them, a dozen at most."""
    shown = ", ".join(quoted(name) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


class MeetingsError(ValueError):
    """A problem that can't be posed.

    `field` is the part of `Problem`, `code` a key of PROBLEMS, `params` fill it; str() is the sentence.
    """

    def __init__(self, field: str, code: str, **params: object) -> None:
        self.field = field
        self.code = code
        self.params = {name: str(value) for name, value in params.items()}
        super().__init__(f"{field}: {PROBLEMS[code] % self.params}")


class SolverMissing(ImportError):
    """The package that solves this is not installed; `packages` says which would do."""

    def __init__(self, *packages: str) -> None:
        self.packages = packages
        super().__init__(f"this needs {' or '.join(packages)}: pip install {packages[0]}")


@dataclass(frozen=True, slots=True)
class Conflict:
    """One of the rules that can't all be kept.

    `rule`: its code, a key of CONFLICTS; `objects`: ids of the teams, investors and slots concerned (all of
    them); `params`: what fills the sentence of that code, all text.
    """

    rule: str
    objects: tuple[str, ...]
    params: dict[str, str]

    @property
    def message(self) -> str:
        """The English sentence."""
        return CONFLICTS[self.rule] % self.params


def conflict(rule: str, objects: Sequence[str], **params: object) -> Conflict:
    """A conflict whose parameters are turned into text; ids among them are quoted by the caller."""
    return Conflict(rule, tuple(objects), {name: str(value) for name, value in params.items()})
