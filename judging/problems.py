"""What can be wrong with a rule or with marks: a code and parameters for translators, an English sentence for
files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    "full_of_some": "either every stage names its full or none does, or their totals don't compare",
    "no_carried_round": "the rule counts the totals of round %(round)s, and they were not given",
    "no_carried_total": "no total of round %(round)s for %(subjects)s",
    "other_direction": "the lowest total wins in one of the two rounds only; their totals can't be added",
    "adjusts_nothing": "is 0; leave the adjustment out",
    "line_missing": 'advancing by a line needs the line, such as "70"',
    "line_unused": "there is a line, but 'by' doesn't say \"line\"",
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

_MOST_LISTED = 20


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
