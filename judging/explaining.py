"""How a total came about as data: every step from the marks to the rank, exact enough to be added up again.

`explain` takes a subject's way through a `Ranking` apart, `add_up_again` computes the total from that alone
and finds any figure that doesn't follow from those before it. `judging.explanations` lays out published
results for pages, from their printed figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache

from judging import aggregation
from judging.adding_up import ExplanationError, add_up_again
from judging.exact import half_up
from judging.explanation_steps import (
    AdjustmentStep,
    Explanation,
    Figure,
    OrderStep,
    Pair,
    PairsStep,
    PanelStep,
    Part,
    SheetStep,
    Spread,
    StagesStep,
    Standing,
    Step,
    SumStep,
    TieBreakStep,
    WeightStep,
    made_one,
    weighted_sum,
)
from judging.ranking import RankedSubject, Ranking
from judging.rules import Rule
from judging.scoring import Column

__all__ = ["Explainer", "Explanation", "ExplanationError", "add_up_again", "explain"]

_NOTHING = Fraction(0)


def explain(ranking: Ranking, subject: str) -> Explanation:
    """The explanation of one subject of a ranking. Raises KeyError for a subject that isn't in it.

    For many subjects make one `Explainer`, which looks at every judge's order only once.
    """
    return Explainer(ranking).explain(subject)


class Explainer:
    """Explains the subjects of one ranking."""

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = ranking
        self._rule = ranking.rule
        self._lines = {line.subject: line for line in ranking.subjects}
        self._bases = cache(self._bases_of)
        self._standings = cache(self._standings_of)

    def explain(self, subject: str) -> Explanation:
        """The explanation of one subject. Raises KeyError for a subject that isn't in the ranking."""
        line = self._lines[subject]
        steps = (*self._own_steps(line), *self._ending_steps(line), *_tie_steps(line))
        return Explanation(subject, line.rank, line.tied, line.total, line.incomplete, steps)

    def _own_steps(self, line: RankedSubject) -> Iterator[Step]:
        rule = self._rule
        if rule.over == "judge_totals":
            assert line.judge_totals is not None
            yield from self._sheet_steps(line, line.judge_totals)
            if rule.method != "schulze":
                yield self._panel_step(line.subject, "", line.judge_totals, rule.rounding_total)
        else:
            yield from self._criterion_steps(line)
        if rule.method == "schulze":
            yield self._pairs_step(line.subject)

    def _sheet_steps(self, line: RankedSubject, totals: Column) -> Iterator[SheetStep]:
        rule = self._rule
        names = rule.weighted_criteria
        for judge, total in totals.marks.items():
            parts = tuple(Part(name, line.criteria[name].marks[judge], rule.weight(name)) for name in names)
            yield SheetStep(judge, parts, weighted_sum(parts), rule.rounding_weighted, total)

    def _criterion_steps(self, line: RankedSubject) -> Iterator[Step]:
        rule = self._rule
        weighted: list[Fraction] = []
        for name in rule.weighted_criteria:
            column = line.criteria.get(name)
            if column is None:
                continue
            yield self._panel_step(line.subject, name, column, rule.rounding_criterion)
            if column.result is None:
                continue
            figure = column.result
            if column.points is not None:
                standing = self._standings(name)[line.subject]
                yield OrderStep(name, figure, standing, rule.points, column.points)
                figure = column.points
            part = Part(name, figure, rule.weight(name))
            assert column.weighted is not None
            yield WeightStep(part, part.figure * part.weight, rule.rounding_weighted, column.weighted)
            weighted.append(column.weighted)
        if rule.method != "schulze":
            exact = aggregation.add_up(weighted) if weighted else _NOTHING
            own = line.ending.own if line.ending else line.total
            yield SumStep(tuple(weighted), exact, rule.rounding_total, own)

    def _panel_step(self, subject: str, name: str, column: Column, rounding: int | None) -> PanelStep:
        rule = self._rule
        bases = self._bases(name) if column.values is not None and rule.method != "schulze" else {}
        dropped = set(column.dropped)
        figures = tuple(
            Figure(
                judge,
                mark,
                None if column.values is None or not bases else column.values[judge],
                bases.get(judge, {}).get(subject),
                judge in dropped,
            )
            for judge, mark in column.marks.items()
        )
        # Over criteria the panel's mean gives the order, and the order gives the points.
        method = "mean" if rule.method == "points" and rule.over == "criterion" else rule.method
        counted = [figure.counted for figure in figures if not figure.dropped]
        exact = None if rule.method == "schulze" else made_one(method, counted)
        return PanelStep(
            criterion=name,
            method=method,
            figures=figures,
            drop_high=rule.drop_high if dropped else 0,
            drop_low=rule.drop_low if dropped else 0,
            points=rule.points if method == "points" else (),
            exact=exact,
            rounding=rounding,
            result=None if exact is None else half_up(exact, rounding),
        )

    def _pairs_step(self, subject: str) -> PairsStep:
        found = self._ranking.scores.schulze
        assert found is not None
        pairs = tuple(
            Pair(other, there, found.strength[other][subject])
            for other, there in found.strength[subject].items()
        )
        return PairsStep(pairs, Fraction(sum(pair.back <= pair.there for pair in pairs)))

    def _ending_steps(self, line: RankedSubject) -> Iterator[Step]:
        ending, rule = line.ending, self._rule
        if ending is None:
            return
        bonus = sum((one.points for one in ending.adjustments), _NOTHING)
        adjusts = bool(ending.adjustments) or rule.adjusting.rounding is not None
        to, rounding = rule.adjusting.to, rule.adjusting.rounding
        if adjusts and to == "own":
            yield AdjustmentStep(
                ending.own, ending.adjustments, ending.own + bonus, rounding, ending.adjusted_own
            )
        if rule.stages is not None:
            exact = sum((part.weighted for part in ending.parts), _NOTHING)
            yield StagesStep(
                ending.parts,
                rule.stages.rounding_weighted,
                exact,
                rule.stages.rounding_total,
                ending.combined,
            )
        if adjusts and to == "total":
            yield AdjustmentStep(
                ending.combined, ending.adjustments, ending.combined + bonus, rounding, ending.total
            )

    def _bases_of(self, name: str) -> dict[str, dict[str, Standing | Spread]]:
        """By judge and subject, what a mark was held against: the other marks of its judge."""
        scores = self._ranking.scores
        columns = scores.criteria[name] if name else scores.judge_totals
        given: dict[str, dict[str, Fraction]] = {}
        for subject, column in columns.items():
            for judge, mark in column.marks.items():
                given.setdefault(judge, {})[subject] = mark
        found: dict[str, dict[str, Standing | Spread]] = {}
        for judge, marks in given.items():
            if self._rule.method == "t_score":
                values = marks.values()
                spread = Spread(aggregation.mean(values), aggregation.variance(values))
                found[judge] = dict.fromkeys(marks, spread)
            else:
                found[judge] = dict(_standings(marks, self._rule).items())
        return found

    def _standings_of(self, name: str) -> dict[str, Standing]:
        results = {
            subject: column.result
            for subject, column in self._ranking.scores.criteria[name].items()
            if column.result is not None
        }
        return _standings(results, self._rule)


def _tie_steps(line: RankedSubject) -> Iterator[TieBreakStep]:
    decisive = next((step for step in reversed(line.tie_breaks) if step.separated), None)
    for step in line.tie_breaks:
        yield TieBreakStep(
            step.step,
            step.keys[line.subject],
            len(step.subjects),
            step.still_tied[line.subject],
            step is decisive,
        )


def _standings(marks: Mapping[str, Fraction], rule: Rule) -> dict[str, Standing]:
    return {
        subject: Standing(first - 1, len(group), len(marks))
        for first, group in aggregation.level_groups(marks, rule.direction == "low")
        for subject in group
    }
