"""What can be wrong with an assignment problem and why there may be no assignment: codes and parameters for
translators, English sentences for files.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.quoting import quoted

MOST_NAMED = 12  # names that a sentence lists; `objects` holds all

PROBLEMS = {
    "no_entries": "there are no entries",
    "no_judges": "there are no judges",
    "duplicate_id": "%(value)s stands in it twice",
    "length": "has %(found)s values, %(wanted)s are needed",
    "not_whole": "must hold whole numbers",
    "out_of_range": "must be from %(least)s to %(most)s; found %(found)s",
    "unknown_index": "names number %(found)s, there are only %(count)s",
    "duplicate_pair": "has the pair of judge %(judge)s and entry %(entry)s twice",
    "least_above_most": "judge %(judge)s has a least load of %(least)s, above the greatest of %(most)s",
    "panel_negative": "the rule %(rule)s asks for %(least)s of %(label)s; it must be from 0 to %(most)s",
}

CONFLICTS = {
    # one entry or one judge alone
    "too_few_judges": "%(entry)s needs %(needed)s judges; only %(eligible)s may judge it",
    "too_few_of_label": "%(entry)s needs %(needed)s of %(label)s by the rule %(panel)s; only %(eligible)s"
    " who may judge it are",
    "panel_too_large": "the rule %(panel)s asks for %(needed)s judges on %(entry)s, which gets %(per_entry)s",
    "panels_collide": "no %(per_entry)s of the judges who may judge %(entry)s meet the rules %(panels)s"
    " together",
    "too_few_entries": "%(judge)s must have %(least)s entries at least; there are only %(eligible)s to give",
    "fixed_over_per_entry": "%(entry)s has %(fixed)s fixed judges and gets %(per_entry)s",
    "fixed_over_load": "%(judge)s has %(fixed)s fixed entries and may have %(most)s at most",
    "fixed_against_panel": "the fixed judges of %(entry)s leave %(left)s places; the panel rules still"
    " need %(needed)s",
    "fixed_over_budget": "%(fixed)s fixed pairs need an interpreter, %(budget)s are allowed",
    # members of a Hall set or of another set that collides as a whole
    "entries_need": "%(count)s entries need %(needed)s judges' places together: %(names)s",
    "entries_take": "%(count)s entries take %(needed)s judges' places together, no more: %(names)s",
    "panel_needs": "%(count)s entries need %(needed)s places of %(label)s by the rule %(panel)s: %(names)s",
    "most_load": "%(count)s judges may have %(places)s entries together, no more: %(names)s",
    "least_load": "%(count)s judges must have %(places)s entries together at least: %(names)s",
    "fixed_pairs": "%(count)s pairs are fixed: %(names)s",
    "interpreter_budget": "%(budget)s interpreted pairs are allowed; the other rules need %(least)s at least",
    "interpreted_only": "%(count)s entries have too few judges who read their language, so they need"
    " %(needed)s interpreted pairs at least: %(names)s",
    "budget_and_others": "%(budget)s interpreted pairs are allowed at most",
    # connectedness
    "island": "island %(number)s of %(of)s: no pair that is allowed joins judges %(judges)s and entries"
    " %(entries)s to the rest; a judge who may judge on both sides is missing",
    "too_few_pairs": "%(pairs)s pairs can't connect %(entries)s entries and %(judges)s judges who must have"
    " one; that takes %(needed)s",
    "connected": "judges %(judges)s and entries %(entries)s must be joined to the rest",
}


def named(names: list[str] | tuple[str, ...]) -> str:
    """Names as a sentence lists them, a dozen at most."""
    shown = ", ".join(quoted(name) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


class AssignmentError(ValueError):
    """A problem that can't be posed.

    `field` is the part of `Problem`, `code` a key of PROBLEMS, `params` fill it; str() is the sentence.
    """

    def __init__(self, field: str, code: str, **params: object) -> None:
        self.field = field
        self.code = code
        self.params = {name: str(value) for name, value in params.items()}
        super().__init__(f"{field}: {PROBLEMS[code] % self.params}")


class SolverMissing(ImportError):
    """None of the packages that can solve this is installed; `packages` says which would do."""

    def __init__(self, *packages: str) -> None:
        self.packages = packages
        super().__init__(f"this needs {' or '.join(packages)}: pip install {packages[0]}")


@dataclass(frozen=True, slots=True)
class Conflict:
    """One of the rules that can't all be kept.

    `rule`: its code, a key of CONFLICTS; `objects`: ids of the entries and judges concerned (all of them);
    `params`: what fills the sentence of that code, all text.
    """

    rule: str
    objects: tuple[str, ...]
    params: dict[str, str]

    @property
    def message(self) -> str:
        """The English sentence."""
        return CONFLICTS[self.rule] % self.params


def conflict(rule: str, objects: list[str] | tuple[str, ...], **params: object) -> Conflict:
    """A conflict whose parameters are turned into text; ids among them are quoted by the caller."""
    return Conflict(rule, tuple(objects), {name: str(value) for name, value in params.items()})
