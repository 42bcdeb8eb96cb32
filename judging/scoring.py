"""From marks and a rule to each subject's total, with every figure on the way kept for the explanation.

Over `judge_totals` a judge's marks are weighted and added first, and the method is applied to these totals; a
sheet that lacks a mark on a weighted criterion has no total and is left out. Over `criterion` the method is
applied to the marks on each criterion, and the results are weighted and added.

Methods `rank_sum`, `borda`, `points` and `t_score` first turn each judge's figures into places, Borda counts
(subjects that the judge ranked, less the place), points of the table, or T-scores; the first three are then
added up, T-scores averaged. One exception: `points` over `criterion` orders the subjects by the panel's mean
on the criterion and gives the points for that order, so that every criterion is one ballot (as the national
juries of 2016).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from judging import aggregation
from judging.aggregation import Table
from judging.exact import half_up
from judging.rules import Rule

Sheets = Mapping[str, Mapping[str, Mapping[str, Fraction]]]  # {subject: {criterion: {judge: mark}}}

_ADDING = ("sum", "rank_sum", "borda", "points", "schulze")
_ABSENCE_IS_HARMLESS = ("sum", "borda", "points", "schulze")
_NOTHING = Fraction(0)

CALIBRATED_PLACES = 9


@dataclass(frozen=True, slots=True)
class Column:
    """One subject's marks on a criterion, or its judges' totals, and what became of them.

    `values`: the places, points or T-scores that the marks were turned into, None where the marks themselves
    count. `result`: mean, median, sum … rounded as the rule says; `points`: what the panel's order gave, in
    that method only.
    """

    marks: Mapping[str, Fraction]
    values: Mapping[str, Fraction] | None = None
    dropped: tuple[str, ...] = ()
    result: Fraction | None = None
    points: Fraction | None = None
    weighted: Fraction | None = None

    @property
    def counted(self) -> Mapping[str, Fraction]:
        """What the method was applied to."""
        return self.marks if self.values is None else self.values


@dataclass(frozen=True)
class Scores:
    """All figures of all subjects under one rule. `judge_totals` is empty over `criterion`."""

    rule: Rule
    sheets: Sheets
    criteria: Mapping[str, Mapping[str, Column]]
    judge_totals: Mapping[str, Column]
    totals: Mapping[str, Fraction]
    exact_totals: Table
    schulze: aggregation.Schulze | None = None
    _others: dict[str, Mapping[str, Fraction]] = field(default_factory=dict)

    @property
    def low_marks_win(self) -> bool:
        """Whether the lower of two marks is the better."""
        return self.rule.direction == "low"

    @property
    def low_totals_win(self) -> bool:
        """Whether the lower of two totals, or results on a criterion, is the better."""
        if self.rule.method in ("borda", "points", "schulze"):
            return False
        return self.rule.method == "rank_sum" or self.low_marks_win

    @property
    def low_values_win(self) -> bool:
        """Whether the lower of two counted figures of judges is the better."""
        return self.rule.method == "schulze" or self.low_totals_win

    @cached_property
    def calibrated(self) -> Mapping[str, Fraction]:
        """Each subject's score in the additive model, half up to nine places; absent where no judge's sheet
        is complete.

        The only figures here that come from floats. Rounding takes away what machines differ by, and two
        subjects that differ by less are level.
        """
        # NumPy loads only where a rule asks for this.
        from judging.calibration import calibrated_scores
        from judging.ranking import Mark

        marks = [
            Mark(judge, subject, criterion, mark)
            for subject, criteria in self.sheets.items()
            for criterion, row in criteria.items()
            for judge, mark in row.items()
        ]
        found = calibrated_scores(marks, self.rule)
        return {subject: half_up(Fraction(value), CALIBRATED_PLACES) for subject, value in found.items()}

    @cached_property
    def sheet_totals(self) -> Table:
        """Each judge's total of every complete sheet: rounded by the rule over `judge_totals`, else exact."""
        if self.rule.over == "judge_totals":
            return {subject: column.marks for subject, column in self.judge_totals.items()}
        return self.exact_totals

    def totals_by(self, method: str | None = None) -> Mapping[str, Fraction]:
        """The totals without any rounding, by the rule's method or by another."""
        method = method or self.rule.method
        if method not in self._others:
            unrounded = replace(
                self.rule,
                method=method,
                rounding_criterion=None,
                rounding_weighted=None,
                rounding_total=None,
            )
            self._others[method] = score(self.sheets, unrounded, self.exact_totals).totals
        return self._others[method]


def judges_counted(sheets: Sheets, rule: Rule, totals: Table) -> dict[str, set[str]]:
    """The judges whose marks count, by subject: with a complete sheet, or over `criterion` with any mark."""
    if rule.over == "judge_totals":
        return {subject: set(row) for subject, row in totals.items()}
    names = rule.weighted_criteria
    return {
        subject: {judge for name in names for judge in criteria.get(name, {})}
        for subject, criteria in sheets.items()
    }


def needs_every_criterion(rule: Rule) -> bool:
    """Whether a criterion without marks would count as zero, or as the best place: then it must have some."""
    return rule.over == "criterion" and rule.method not in _ABSENCE_IS_HARMLESS


def adds_up(rule: Rule) -> bool:
    """Whether totals grow with the number of judges, so that only panels of equal size compare."""
    return rule.method in _ADDING and rule.method != "schulze"


def score(sheets: Sheets, rule: Rule, totals: Table) -> Scores:
    """All figures, with `totals` from `exact_totals`. Takes no account of `minimum_judges`.

    `rule.criteria` must hold every criterion of `sheets`.
    """
    over = _over_judge_totals if rule.over == "judge_totals" else _over_criteria
    return over(sheets, rule, totals)


def exact_totals(sheets: Sheets, rule: Rule) -> dict[str, dict[str, Fraction]]:
    """Each judge's weighted total of every complete sheet, `{subject: {judge: total}}`, not rounded."""
    weights = {name: rule.weight(name) for name in rule.weighted_criteria}
    totals: dict[str, dict[str, Fraction]] = {}
    for subject, criteria in sheets.items():
        marks = [(criteria.get(name, {}), weight) for name, weight in weights.items()]
        complete = sorted(set.intersection(*(set(row) for row, _ in marks)))
        totals[subject] = {
            judge: aggregation.add_up(weight * row[judge] for row, weight in marks) for judge in complete
        }
    return totals


def _over_judge_totals(sheets: Sheets, rule: Rule, exact: Table) -> Scores:
    places = rule.rounding_weighted
    table = {
        subject: {judge: half_up(total, places) for judge, total in row.items()}
        for subject, row in exact.items()
    }
    columns = _aggregate(table, rule)
    criteria = {
        name: {subject: Column(_sorted(marked[name])) for subject, marked in sheets.items() if name in marked}
        for name in rule.criteria
    }
    found = None
    if rule.method == "schulze":
        totals, found = _schulze({"": columns}, {"": Fraction(1)}, rule, list(sheets))
    else:
        totals = {subject: column.result or _NOTHING for subject, column in columns.items()}
    return Scores(rule, sheets, criteria, columns, _round_totals(totals, rule), exact, found)


def _over_criteria(sheets: Sheets, rule: Rule, exact: Table) -> Scores:
    criteria = {name: _criterion(sheets, name, rule) for name in rule.criteria}
    weights = {name: rule.weight(name) for name in rule.weighted_criteria}
    found = None
    if rule.method == "schulze":
        totals, found = _schulze(criteria, weights, rule, list(sheets))
    else:
        totals = dict.fromkeys(sheets, _NOTHING)
        for name in weights:
            for subject, column in criteria[name].items():
                totals[subject] += column.weighted or _NOTHING
    return Scores(rule, sheets, criteria, {}, _round_totals(totals, rule), exact, found)


def _round_totals(totals: Mapping[str, Fraction], rule: Rule) -> dict[str, Fraction]:
    return {subject: half_up(total, rule.rounding_total) for subject, total in totals.items()}


def _criterion(sheets: Sheets, name: str, rule: Rule) -> dict[str, Column]:
    table = {subject: _sorted(marked[name]) for subject, marked in sheets.items() if name in marked}
    panel_orders = rule.method == "points"
    columns = _aggregate(table, replace(rule, method="mean") if panel_orders else rule)
    results = {
        subject: half_up(column.result, rule.rounding_criterion)
        for subject, column in columns.items()
        if column.result is not None
    }
    given = (
        aggregation.points_by_place(results, rule.points, low_wins=rule.direction == "low")
        if panel_orders
        else {}
    )
    weight = rule.weight(name)
    return {
        subject: replace(
            column,
            result=results.get(subject),
            points=given.get(subject),
            weighted=half_up(weight * given.get(subject, results[subject]), rule.rounding_weighted)
            if subject in results
            else None,
        )
        for subject, column in columns.items()
    }


def _sorted(marks: Mapping[str, Fraction]) -> dict[str, Fraction]:
    return {judge: marks[judge] for judge in sorted(marks)}


def _aggregate(table: Table, rule: Rule) -> dict[str, Column]:
    values = _values(table, rule)
    return {
        subject: _column(marks, None if values is None else values[subject], rule)
        for subject, marks in table.items()
    }


def _column(marks: Mapping[str, Fraction], values: Mapping[str, Fraction] | None, rule: Rule) -> Column:
    counted = marks if values is None else values
    if not counted or rule.method == "schulze":
        return Column(marks, values)
    dropped: list[str] = []
    if rule.method == "trimmed_mean" and len(counted) >= rule.drop_from:
        dropped = aggregation.extremes(counted, high=rule.drop_high, low=rule.drop_low)
        counted = {judge: mark for judge, mark in counted.items() if judge not in dropped}
    if rule.method in _ADDING:
        result = aggregation.add_up(counted.values())
    elif rule.method == "median":
        result = aggregation.median(counted.values())
    else:
        result = aggregation.mean(counted.values())
    return Column(marks, values, tuple(dropped), result)


def _values(table: Table, rule: Rule) -> dict[str, dict[str, Fraction]] | None:
    """What each judge's marks are turned into, `{subject: {judge: value}}`; None when the marks count
    themselves.
    """
    if rule.method not in ("rank_sum", "borda", "points", "schulze", "t_score"):
        return None
    by_judge: dict[str, dict[str, Fraction]] = {}
    for subject, marks in table.items():
        for judge, mark in marks.items():
            by_judge.setdefault(judge, {})[subject] = mark
    values: dict[str, dict[str, Fraction]] = {subject: {} for subject in table}
    for judge in sorted(by_judge):
        for subject, value in _judge_values(by_judge[judge], rule).items():
            values[subject][judge] = value
    return values


def _judge_values(marks: Mapping[str, Fraction], rule: Rule) -> dict[str, Fraction]:
    low_wins = rule.direction == "low"
    if rule.method == "t_score":
        return aggregation.t_scores(marks)
    if rule.method == "points":
        return aggregation.points_by_place(marks, rule.points, low_wins=low_wins)
    places = aggregation.places(marks, low_wins=low_wins)
    if rule.method == "borda":
        return {subject: len(marks) - place for subject, place in places.items()}
    return places


def _schulze(
    columns: Mapping[str, Mapping[str, Column]],
    weights: Mapping[str, Fraction],
    rule: Rule,
    subjects: list[str],
) -> tuple[dict[str, Fraction], aggregation.Schulze]:
    """Every judge's order on every column is a ballot of the column's weight.

    A total counts those who don't beat it.
    """
    ballots: dict[tuple[str, str], dict[str, Fraction]] = {}
    for name in weights:
        for subject, column in columns[name].items():
            for judge, mark in column.marks.items():
                ballots.setdefault((name, judge), {})[subject] = mark
    found = aggregation.schulze(
        ((weights[name], marks) for (name, _), marks in ballots.items()),
        sorted(subjects),
        low_wins=rule.direction == "low",
    )
    totals = {subject: Fraction(len(subjects) - 1 - found.beaten_by[subject]) for subject in subjects}
    return totals, found
