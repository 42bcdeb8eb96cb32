"""The total of an explanation computed once more, from nothing but the explanation."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from judging import aggregation
from judging.exact import half_up
from judging.explanation_steps import (
    KINDS,
    AdjustmentStep,
    Explanation,
    OrderStep,
    PairsStep,
    PanelStep,
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

_NOTHING = Fraction(0)


class ExplanationError(ValueError):
    """A figure of an explanation doesn't follow from those before it; the text names step and figure."""


def add_up_again(explanation: Explanation) -> Fraction:
    """The total, computed from the explanation alone: from the marks in it, by the steps in it.

    Raises ExplanationError where a figure in it is another one than comes out.
    """
    return _Adding().through(explanation)


class _Adding:
    """A second way to the total: it believes marks, weights, places in orders and the rule's figures, and
    computes everything else."""

    def __init__(self) -> None:
        self.sheets: dict[str, Fraction] = {}
        self.results: dict[str, Fraction] = {}
        self.weighted: list[Fraction] = []
        self.total = _NOTHING

    def through(self, explanation: Explanation) -> Fraction:
        for number, step in enumerate(explanation.steps, 1):
            where = f"step {number}, {KINDS[type(step)]}"
            for what, stands, found in self._take(step):
                if stands != found:
                    raise ExplanationError(f"{where}: {what} is {stands}, and {found} comes out")
        if self.total != explanation.total:
            raise ExplanationError(f"the total is {explanation.total}, and {self.total} comes out")
        return self.total

    def _take(self, step: Step) -> Iterator[tuple[str, Any, Any]]:
        """What the step says and what comes out, figure by figure."""
        match step:
            case SheetStep():
                exact = weighted_sum(step.parts)
                self.sheets[step.judge] = half_up(exact, step.rounding)
                yield "exact", step.exact, exact
                yield "total", step.total, self.sheets[step.judge]
            case PanelStep():
                yield from self._panel(step)
            case OrderStep():
                yield "result", step.result, self.results[step.criterion]
                self.results[step.criterion] = _shared_points(step.standing, step.points)
                yield "given", step.given, self.results[step.criterion]
            case WeightStep():
                figure = self.results[step.part.criterion]
                self.weighted.append(half_up(figure * step.part.weight, step.rounding))
                yield "figure", step.part.figure, figure
                yield "exact", step.exact, figure * step.part.weight
                yield "weighted", step.weighted, self.weighted[-1]
            case SumStep():
                yield "figures", list(step.figures), self.weighted
                yield from self._ended(step, sum(self.weighted, _NOTHING))
            case PairsStep():
                self.total = Fraction(sum(not pair.back > pair.there for pair in step.pairs))
                yield "total", step.total, self.total
            case StagesStep():
                yield from self._stages(step)
            case AdjustmentStep():
                yield "before", step.before, self.total
                yield from self._ended(
                    step, self.total + sum((one.points for one in step.adjustments), _NOTHING)
                )
            case TieBreakStep():
                return

    def _ended(
        self, step: SumStep | StagesStep | AdjustmentStep, exact: Fraction
    ) -> Iterator[tuple[str, Any, Any]]:
        self.total = half_up(exact, step.rounding)
        yield "exact", step.exact, exact
        yield "total", step.total, self.total

    def _panel(self, step: PanelStep) -> Iterator[tuple[str, Any, Any]]:
        if not step.criterion:
            marks = {figure.judge: figure.mark for figure in step.figures}
            yield "marks", marks, self.sheets
        for figure in step.figures:
            if figure.basis is not None:
                value = _value(step.method, figure.mark, figure.basis, step.points)
                yield f"value of {figure.judge}", figure.value, value
        if step.exact is None:
            return
        rising = sorted(figure.counted for figure in step.figures)
        kept = rising[step.drop_low : len(rising) - step.drop_high]
        exact = made_one(step.method, kept)
        yield "kept", sorted(figure.counted for figure in step.figures if not figure.dropped), kept
        yield "exact", step.exact, exact
        yield "result", step.result, half_up(exact, step.rounding)
        if step.criterion:
            self.results[step.criterion] = half_up(exact, step.rounding)
        else:
            self.total = half_up(exact, step.rounding)

    def _stages(self, step: StagesStep) -> Iterator[tuple[str, Any, Any]]:
        weights = sum((part.stage.weight for part in step.parts), _NOTHING)
        yield "own total", step.parts[-1].total, self.total
        weighted: list[Fraction] = []
        for part in step.parts:
            name = part.stage.round or "this round"
            share = part.stage.weight / weights
            full = part.stage.full
            percent = part.total if full is None else part.total * 100 / full
            weighted.append(half_up(share * percent, step.rounding_weighted))
            yield f"share, {name}", part.share, share
            yield f"percent, {name}", part.percent, percent
            yield f"weighted, {name}", part.weighted, weighted[-1]
        yield from self._ended(step, sum(weighted, _NOTHING))


def _value(method: str, mark: Fraction, basis: Standing | Spread, points: tuple[Fraction, ...]) -> Fraction:
    """What a mark becomes by the method, from where it stands among the others of its judge."""
    if isinstance(basis, Spread):
        return aggregation.t_score(mark, basis.mean, basis.variance)
    if method == "points":
        return _shared_points(basis, points)
    place = basis.ahead + Fraction(basis.level + 1, 2)
    return basis.among - place if method == "borda" else place


def _shared_points(standing: Standing, points: tuple[Fraction, ...]) -> Fraction:
    taken = points[standing.ahead : standing.ahead + standing.level]
    return sum(taken, _NOTHING) / standing.level
