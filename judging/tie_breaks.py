"""The tie chain: each step gives every tied subject a key; the first step whose keys differ separates them.

Those whose keys are equal stay together and go on to the next step. All keys are exact, but for the
calibrated score, an estimate that is rounded before it is compared. Texts of keys are for people.
docs/ranking.md explains the vocabulary.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from itertools import combinations, groupby
from typing import Any

from core.quoting import quoted
from judging.aggregation import mean, variance
from judging.exact import exact, fixed, over_one_denominator, plain
from judging.problems import MarkError, RuleError
from judging.rules import TieStep
from judging.scoring import CALIBRATED_PLACES, Scores

# Head to head compares every pair of the tied.
MOST_HEAD_TO_HEAD = 300

Keys = dict[
    str, tuple[Any, str]
]  # subject → what is compared (the smaller is better), and the same for people


@dataclass(frozen=True)
class TieBreak:
    """One step applied to one set of tied subjects.

    `keys`: each one's figure as text; `groups`: best first.
    """

    step: str
    subjects: tuple[str, ...]
    keys: Mapping[str, str]
    groups: tuple[tuple[str, ...], ...]

    @cached_property
    def still_tied(self) -> Mapping[str, int]:
        """How many share each subject's group, itself included."""
        return {subject: len(group) for group in self.groups for subject in group}

    @property
    def separated(self) -> bool:
        return len(self.groups) > 1

    def to_json(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "subjects": list(self.subjects),
            "keys": dict(self.keys),
            "groups": [list(group) for group in self.groups],
        }


def separate(
    tied: Sequence[str], scores: Scores, submitted: Mapping[str, datetime]
) -> tuple[list[list[str]], list[TieBreak]]:
    """Order subjects with equal totals: groups, best first (still tied inside), and the steps taken."""
    return _apply(sorted(tied), list(enumerate(scores.rule.ties)), scores, submitted)


def _apply(
    tied: list[str], steps: list[tuple[int, TieStep]], scores: Scores, submitted: Mapping[str, datetime]
) -> tuple[list[list[str]], list[TieBreak]]:
    if len(tied) < 2 or not steps:
        return [tied], []
    place, step = steps[0]
    keys = _keys(step, f"ties[{place}]", tied, scores, submitted)
    compared = dict(zip(tied, _comparable([keys[subject][0] for subject in tied]), strict=True))
    falling = sorted(tied, key=compared.__getitem__)  # those tied stand by name, and equal ones stay so
    groups = [list(group) for _, group in groupby(falling, key=compared.__getitem__)]
    taken = TieBreak(
        step.text,
        tuple(tied),
        {subject: keys[subject][1] for subject in tied},
        tuple(tuple(group) for group in groups),
    )
    # Among fewer subjects the comparison head to head is another one, so those left get it again.
    onward = steps if step.kind == "head_to_head" and len(groups) > 1 else steps[1:]
    result: list[list[str]] = []
    breaks = [taken]
    for group in groups:
        inner, further = _apply(group, onward, scores, submitted)
        result += inner
        breaks += further
    return result, breaks


def _keys(
    step: TieStep, path: str, tied: list[str], scores: Scores, submitted: Mapping[str, datetime]
) -> Keys:
    if step.kind == "head_to_head":
        return _head_to_head(tied, scores, path)
    if step.kind == "countback":
        return _countback(tied, scores)
    if step.kind == "earlier":
        return {subject: (submitted[subject], submitted[subject].isoformat()) for subject in tied}
    key = _KEYS[step.kind]
    return {subject: key(subject, scores, step.argument) for subject in tied}


def _comparable(keys: list[Any]) -> Sequence[Any]:
    """The keys, or whole numbers in the same order where all of them are figures."""
    if all(type(key) is tuple and len(key) == 2 and type(key[1]) is Fraction for key in keys):
        return over_one_denominator([figure for _, figure in keys])
    return keys


def _figure(value: Fraction | None, *, low_wins: bool) -> tuple[Any, str]:
    """A subject without the figure comes after those with it."""
    if value is None:
        return (1,), ""
    return (0, value if low_wins else -value), plain(value, 12)


def _criterion(subject: str, scores: Scores, name: str) -> tuple[Any, str]:
    """The criterion's result as the rule computes it; over judge totals, the mean of the judges who count."""
    column = scores.criteria[name].get(subject)
    if column is None:
        return _figure(None, low_wins=False)
    if scores.rule.over == "criterion" and scores.rule.method != "schulze":
        result = column.result if column.points is None else column.points
        return _figure(result, low_wins=scores.low_totals_win)
    counting = column.marks
    if scores.rule.over == "judge_totals":
        counting = {judge: mark for judge, mark in counting.items() if judge in scores.sheet_totals[subject]}
    return _figure(mean(counting.values()) if counting else None, low_wins=scores.low_marks_win)


def _untrimmed_total(subject: str, scores: Scores, _argument: str) -> tuple[Any, str]:
    """This round's total by the plain mean of all judges, without rounding."""
    return _figure(scores.own_totals_by("mean")[subject], low_wins=scores.low_marks_win)


def _more_digits(subject: str, scores: Scores, _argument: str) -> tuple[Any, str]:
    """The final total by the same rule without any rounding."""
    return _figure(scores.unrounded_totals[subject], low_wins=scores.low_totals_win)


def _median(subject: str, scores: Scores, _argument: str) -> tuple[Any, str]:
    """This round's total by the median of all judges, without rounding."""
    return _figure(scores.own_totals_by("median")[subject], low_wins=scores.low_marks_win)


def _countback(tied: list[str], scores: Scores) -> Keys:
    """Who has more of the best figure, then of the next: judges' totals, or marks on all weighted criteria.

    Where the method turns marks into places, points or T-scores, these are counted. Dropped ones count as
    well.
    """
    low_wins = scores.low_values_win
    figures = {subject: sorted(_counted_figures(subject, scores), reverse=not low_wins) for subject in tied}
    everything = [figure for row in figures.values() for figure in row]
    whole: Iterator[Any] = iter(over_one_denominator(everything))
    keys: dict[str, list[Any]] = {
        subject: [next(whole) if low_wins else -next(whole) for _ in row] for subject, row in figures.items()
    }
    # The longer of two otherwise equal rows is the better one: what it has more is better than nothing.
    nothing = max((key for row in keys.values() for key in row), default=0) + 1
    longest = max(map(len, keys.values()))
    return {
        subject: ((*key, *[nothing] * (longest - len(key))), _counts_text(figures[subject]))
        for subject, key in keys.items()
    }


def _counts_text(figures: list[Fraction]) -> str:
    """How often each of the figures stands in the row, in its order."""
    return " ".join(f"{sum(1 for _ in same)}×{plain(figure, 12)}" for figure, same in groupby(figures))


def _counted_figures(subject: str, scores: Scores) -> list[Fraction]:
    if scores.rule.over == "judge_totals":
        return list(scores.judge_totals[subject].counted.values())
    figures: list[Fraction] = []
    for name in scores.rule.weighted_criteria:
        if (column := scores.criteria[name].get(subject)) is not None:
            figures += column.counted.values() if column.points is None else [column.points]
    return figures


def _at_least(subject: str, scores: Scores, mark: str) -> tuple[Any, str]:
    """How many judges' totals are as good as the mark or better; with method `points`, how many gave such
    points.
    """
    line = exact(mark)
    if scores.rule.method == "points":
        reached = sum(figure >= line for figure in _counted_figures(subject, scores))
    elif scores.low_marks_win:
        reached = sum(total <= line for total in scores.sheet_totals[subject].values())
    else:
        reached = sum(total >= line for total in scores.sheet_totals[subject].values())
    return -reached, str(reached)


def _lower_spread(subject: str, scores: Scores, _argument: str) -> tuple[Any, str]:
    """The smaller variance (n − 1) of all judges' totals; a single judge shows no spread and comes last."""
    return _figure(variance(scores.sheet_totals[subject].values()), low_wins=True)


def _calibrated(subject: str, scores: Scores, _argument: str) -> tuple[Any, str]:
    """The score that the additive model gives after taking out each judge's severity."""
    score = scores.calibrated.get(subject)
    key, _ = _figure(score, low_wins=scores.low_marks_win)
    return key, "" if score is None else fixed(score, CALIBRATED_PLACES)


def _decision(subject: str, scores: Scores, _argument: str) -> tuple[Any, str]:
    """The head judge's order; those whom it doesn't name come after those it names."""
    place = scores.rule.decisions.get(subject)
    return _figure(None if place is None else Fraction(place), low_wins=True)


def _lot(subject: str, _scores: Scores, seed: str) -> tuple[Any, str]:
    """A draw that everybody can repeat: the least SHA-256, in hexadecimal, of seed, line feed, subject.

    In a shell: `printf '%s\\n%s' SEED SUBJECT | sha256sum`. The seed should be published before the first
    score.
    """
    ticket = hashlib.sha256(f"{seed}\n{subject}".encode()).hexdigest()
    return ticket, ticket


_KEYS: dict[str, Callable[[str, Scores, str], tuple[Any, str]]] = {
    "criterion": _criterion,
    "untrimmed_total": _untrimmed_total,
    "more_digits": _more_digits,
    "median": _median,
    "at_least": _at_least,
    "lower_spread": _lower_spread,
    "calibrated": _calibrated,
    "decision": _decision,
    "lot": _lot,
}


def _head_to_head(tied: list[str], scores: Scores, path: str) -> Keys:
    """Of two: the one that more judges put before the other.

    Of several: the most such duels won less duels lost.
    """
    if len(tied) > MOST_HEAD_TO_HEAD:
        raise RuleError(
            path, "too_many_subjects", step="head_to_head", most=MOST_HEAD_TO_HEAD, count=len(tied)
        )
    balance = dict.fromkeys(tied, 0)
    votes: dict[str, int] = {}
    for one, other in combinations(tied, 2):
        for_one, for_other = _preferences(one, other, scores)
        won = (for_one > for_other) - (for_one < for_other)
        balance[one] += won
        balance[other] -= won
        votes = {one: for_one, other: for_other}
    shown = votes if len(tied) == 2 else balance
    return {subject: (-balance[subject], str(shown[subject])) for subject in tied}


def _preferences(one: str, other: str, scores: Scores) -> tuple[int, int]:
    """How many judges prefer each of two, by what they gave on the criteria on which they marked both."""
    differences: dict[str, Fraction] = {}
    if scores.rule.over == "judge_totals":
        ours, theirs = scores.sheet_totals[one], scores.sheet_totals[other]
        differences = {judge: total - theirs[judge] for judge, total in ours.items() if judge in theirs}
    else:
        for name in scores.rule.weighted_criteria:
            weight = scores.rule.criteria[name].weight
            column = scores.criteria[name]
            if one in column and other in column:
                theirs = column[other].marks
                for judge, mark in column[one].marks.items():
                    if judge in theirs:
                        gain = weight * (mark - theirs[judge])
                        differences[judge] = differences.get(judge, Fraction(0)) + gain
    more = sum(difference > 0 for difference in differences.values())
    less = sum(difference < 0 for difference in differences.values())
    return (less, more) if scores.low_marks_win else (more, less)


def read_times(
    submitted: Mapping[str, datetime | str] | None, subjects: Sequence[str]
) -> dict[str, datetime]:
    """The time of submission of every subject.

    Raises RuleError when one is missing, MarkError when one can't be used.
    """
    if submitted is None:
        raise RuleError("ties", "no_submission_times")
    times: dict[str, datetime] = {}
    for subject in subjects:
        value = submitted.get(subject)
        if value is None or value == "":
            raise RuleError("ties", "no_submission_time", subject=quoted(subject))
        times[subject] = value if isinstance(value, datetime) else parse_time(value)
    zoned = {subject: time.utcoffset() is not None for subject, time in times.items()}
    if len(set(zoned.values())) > 1:
        odd = next(subject for subject in subjects if not zoned[subject])
        raise MarkError(None, "submitted", "mixed_zones", value=quoted(odd))
    return times


def parse_time(text: str) -> datetime:
    """An ISO 8601 date and time, with or without UTC offset. Raises MarkError."""
    try:
        if not text.isascii():
            raise ValueError
        return datetime.fromisoformat(text)
    except ValueError:
        raise MarkError(None, "submitted", "bad_time", value=quoted(text)) from None
