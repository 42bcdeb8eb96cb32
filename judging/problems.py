"""What can be wrong with a rule or with marks: a code and parameters for translators, an English sentence for
files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

MESSAGES: dict[str, str] = {
    # rules
    "not_an_object": "must be an object {…}",
    "not_a_list": "must be a list […]",
    "not_text": "must be text",
    "unknown_key": "unknown key; known here: %(known)s",
    "unknown_choice": "%(value)s is not one of %(known)s",
    "unknown_tie_step": "%(value)s is not a tie step; known: %(known)s",
    "repeated": "%(value)s stands in the list twice",
    "not_an_integer": "must be a whole number from %(least)s to %(most)s",
    "too_many": "at most %(most)s are possible here",
    "negative": "must not be negative",
    "not_positive": "must be greater than 0",
    "no_weight": "at least one criterion needs a weight greater than 0",
    "min_above_max": "the least mark, %(least)s, is above the greatest, %(most)s",
    "drops_too_many": "dropping %(drops)s marks needs a drop_from of at least %(needed)s",
    "points_increase": "points must not increase from one place to the next",
    "unmarked_criterion": "there is no mark on criterion %(criterion)s; criteria with marks: %(known)s",
    "unknown_subject": "nobody judged a subject %(subject)s",
    "too_many_subjects": "%(step)s compares every pair: at most %(most)s subjects, not %(count)s",
    "no_submission_times": "the tie step 'earlier' needs the times of submission (a column 'submitted')",
    "no_submission_time": "the tie step 'earlier' needs a time of submission for %(subject)s",
    # numbers and names, in rules and marks
    "not_a_number": "%(value)s is not a plain decimal number such as 8.75",
    "float": '%(value)s is a binary floating-point number; write it as text, such as "8.75"',
    "too_many_digits": "%(value)s has more than 15 digits before or after the point",
    "empty": "is empty",
    "too_long": "is longer than %(most)s characters",
    "bad_character": "contains %(character)s, a character that can't be used here",
    # marks
    "no_marks": "there are no marks",
    "unknown_criterion": "there is no criterion %(criterion)s; known: %(known)s",
    "duplicate_mark": "%(judge)s has marked %(subject)s on %(criterion)s already",
    "below_range": "%(value)s is below the least mark, %(least)s",
    "above_range": "%(value)s is above the greatest mark, %(most)s",
    "off_step": "%(value)s is not in steps of %(step)s counted from %(least)s",
    "bad_time": "%(value)s is not a date and time such as 2026-05-01T18:00:00+09:00",
    "mixed_zones": "%(value)s: either all times of submission have a UTC offset or none has",
    "too_many_categories": "a Rasch model needs a coarse scale, and there are %(count)s different marks; at"
    " most %(most)s are possible: use the additive method",
    "too_few_judges": "Too few judges, so there is no ranking: %(subjects)s",
}

LONGEST_NAME = 300
_LONGEST_QUOTE = 60
_MOST_LISTED = 20
_CONTROL_OR_SURROGATE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class JudgingError(ValueError):
    """Base of all.

    `code` is a key of MESSAGES, `params` fill its `%(name)s` (all text); str() is the sentence.
    """

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = {name: str(value) for name, value in params.items()}
        super().__init__(MESSAGES[code] % self.params)


class RuleError(JudgingError):
    """The rule can't be used.

    `path` says where in it, such as `aggregate.drop_high` or `ties[2]`; "" is all of it.
    """

    def __init__(self, path: str, code: str, **params: object) -> None:
        self.path = path
        super().__init__(code, **params)

    def __str__(self) -> str:
        return f"{self.path}: {self.args[0]}" if self.path else str(self.args[0])


class MarkError(JudgingError):
    """A mark can't be used.

    `index` is its place in what was given (from 0; None: all of them), `field` its part.
    """

    def __init__(self, index: int | None, field: str, code: str, **params: object) -> None:
        self.index = index
        self.field = field
        super().__init__(code, **params)


@dataclass(frozen=True, slots=True)
class Shortage:
    """A subject that too few judges marked; `criterion` is None when whole sheets are counted."""

    subject: str
    judges: int
    needed: int
    criterion: str | None = None

    def __str__(self) -> str:
        where = f" on {self.criterion}" if self.criterion else ""
        return f"{self.subject}{where} ({self.judges} of {self.needed})"


class RankingRefused(JudgingError):
    """There is no ranking: `shortages` lists who has fewer judges than the rule's `minimum_judges`."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        self.shortages = tuple(shortages)
        listed = "; ".join(str(shortage) for shortage in self.shortages[:_MOST_LISTED])
        more = len(self.shortages) - _MOST_LISTED
        super().__init__("too_few_judges", subjects=f"{listed}; and {more} more" if more > 0 else listed)


def quoted(value: object) -> str:
    """A value as it may stand in a message: visible, on one line, shortened; of lists and objects only the
    kind.
    """
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST_QUOTE else value[: _LONGEST_QUOTE - 1] + "…")
    if isinstance(value, int | float | Decimal | None):
        try:
            return quoted(str(value))
        except ValueError:  # Python refuses to print integers of thousands of digits
            return "a number of thousands of digits"
    return f"a {type(value).__name__}"


def listed(names: Sequence[str]) -> str:
    """Names as they may stand in a message, at most twenty."""
    shown = ", ".join(quoted(name) for name in names[:_MOST_LISTED])
    return f"{shown}, …" if len(names) > _MOST_LISTED else shown


def name_problem(name: str) -> tuple[str, dict[str, str]] | None:
    """Why `name` can't name a judge, subject or criterion, as code and params; None when it can."""
    if not name:
        return "empty", {}
    if len(name) > LONGEST_NAME:
        return "too_long", {"most": str(LONGEST_NAME)}
    found = _CONTROL_OR_SURROGATE.search(name)
    return ("bad_character", {"character": f"U+{ord(found[0]):04X}"}) if found else None
