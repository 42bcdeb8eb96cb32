"""How the panel judged: every judge, pair, entry and criterion, and what a person should look at again.

The figures are computed in judging/judge_figures.py, judge_pairs.py and mixed_effects.py. Those in points
count in favor of the entry, in either direction of marks; severity is positive for a strict judge. What the
data don't allow is None. Nothing here drops a mark or changes a result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from judging import judge_figures
from judging.agreement import NotEstimable, krippendorff_alpha
from judging.calibration_fit import Fit
from judging.diagnostic_flags import Flag, Thresholds
from judging.judge_figures import PanelModel, panel_model
from judging.judge_flags import judge_flags, panel_flags
from judging.judge_pairs import (
    alike_pairs,
    complete_sheets,
    identical_rows,
    pair_flags,
)
from judging.leave_one_out import LeftOut, leave_one_out
from judging.mixed_effects import Effect, Smoother
from judging.panel_reports import (
    Belonging,
    CriterionReport,
    Edit,
    JudgeReport,
    PanelReport,
    SubjectReport,
)
from judging.ratings import CriterionRatings, Ratings
from judging.reliability import Separation, separation
from judging.rules import Rule
from judging.significance import Floats, correlation, holm

__all__ = [
    "Belonging",
    "CriterionReport",
    "Edit",
    "JudgeReport",
    "LeftOut",
    "PanelReport",
    "SubjectReport",
    "Thresholds",
    "leave_one_out",
    "panel_report",
    "scale_of",
]

_INTERVAL = 1.96  # standard errors on either side: 95 %


def panel_report(
    ratings: Ratings,
    criterion_ratings: CriterionRatings,
    fit: Fit | PanelModel | None,
    *,
    order: Floats | None = None,
    affiliations: Belonging | None = None,
    countries: Belonging | None = None,
    edits: Sequence[Edit] | None = None,
    scale: tuple[float, float] | None = None,
    thresholds: Thresholds = Thresholds(),
) -> PanelReport:
    """Look at everything that the data allow.

    `fit`: of the additive model to `ratings` (judging.calibration.fit), None for a look without it.
    `order`: (n,) place of each rating in its judge's
    order, NaN where unknown. `scale`: lowest and highest possible rating (`scale_of`).
    """
    model = panel_model(fit) if isinstance(fit, Fit) else fit
    looking = _Looking(ratings, criterion_ratings, model, scale, thresholds)
    drift = looking.effects(None if order is None else _steps(ratings, order))
    school = looking.effects(_own(ratings, affiliations))
    country = looking.effects(_own(ratings, countries))
    judges = _judges(looking, drift, school, country, edits or ())
    subjects = _subjects(looking)
    criteria = _criteria(looking)
    alike = [] if model is None else alike_pairs(ratings, model.residuals, thresholds)
    identical = identical_rows(criterion_ratings, thresholds)
    reports: list[JudgeReport | SubjectReport | CriterionReport] = [*judges, *subjects, *criteria]
    flags = [flag for report in reports for flag in report.flags]
    flags += pair_flags(alike, identical, thresholds)
    flags += panel_flags(drift.panel, school.panel, country.panel, thresholds)
    given = {
        "no_model": model,
        "no_order": order,
        "no_schools": affiliations,
        "no_countries": countries,
        "no_edits": edits,
        "no_scale": scale,
        "one_criterion": None if len(criterion_ratings.criteria) < 2 else criterion_ratings,
    }
    return PanelReport(
        judges=tuple(judges),
        subjects=tuple(subjects),
        criteria=tuple(criteria),
        alike=tuple(alike),
        identical=tuple(identical),
        drift=drift.panel,
        own_school=school.panel,
        own_country=country.panel,
        judge_separation=None
        if model is None
        else _separation(model.judge_effect, model.judge_error, model.judge),
        subject_separation=None
        if model is None
        else _separation(model.team_effect, model.team_error, model.team),
        flags=tuple(flags),
        unseen=tuple(code for code, what in given.items() if what is None),
    )


def scale_of(rule: Rule) -> tuple[float, float] | None:
    """The lowest and highest total that `rule` permits; None when a counted criterion has no range."""
    low = high = 0.0
    for name in rule.weighted_criteria:
        criterion = rule.criteria[name]
        if criterion.least is None or criterion.most is None:
            return None
        low += float(rule.weight(name) * criterion.least)
        high += float(rule.weight(name) * criterion.most)
    return (low, high) if low < high else None


@dataclass(frozen=True, slots=True)
class _Effects:
    """An effect over all judges, and of each judge by itself with its p after Holm."""

    panel: Effect | None
    judges: tuple[Effect | None, ...]


class _Looking:
    """What all parts of a report look at."""

    def __init__(
        self,
        ratings: Ratings,
        marks: CriterionRatings,
        model: PanelModel | None,
        scale: tuple[float, float] | None,
        thresholds: Thresholds,
    ) -> None:
        self.ratings, self.marks, self.model = ratings, marks, model
        self.scale, self.thresholds = scale, thresholds
        self.sign = -1.0 if ratings.low_wins else 1.0
        self._smoother = (
            Smoother(ratings, team=model.team, judge=model.judge, residual=model.residual)
            if model is not None and model.residual > 0
            else None
        )

    def effects(self, x: tuple[Floats, Floats] | None) -> _Effects:
        """Of x (n,), centered within each judge, and which ratings (n,) it applies to."""
        judges = len(self.ratings.judges)
        if x is None or self._smoother is None or self.model is None:
            return _Effects(None, (None,) * judges)
        value, applies = x
        rating = np.arange(value.size)
        each = sparse.csc_array((value, (rating, self.ratings.judge)), shape=(value.size, judges))
        columns = sparse.hstack([sparse.csc_array(value[:, None]), each], format="csc")
        counts = np.concatenate([[applies.sum()], np.bincount(self.ratings.judge, applies, judges)])
        panel, *own = self._smoother.effects(self.sign * self.model.residuals, columns, counts)
        known = [place for place, effect in enumerate(own) if effect is not None]
        adjusted = holm(np.array([effect.p for effect in own if effect is not None]))
        for place, p in zip(known, adjusted, strict=True):
            effect = own[place]
            assert effect is not None
            own[place] = Effect(effect.value, effect.error, float(p), effect.n)
        return _Effects(panel, tuple(own))


def _steps(ratings: Ratings, order: Floats) -> tuple[Floats, Floats]:
    """Each rating's place in its judge's order, less the judge's mean place; unknown places stay out."""
    known = ~np.isnan(order)
    return _centered(ratings, np.where(known, order, 0.0), known), known.astype(np.float64)


def _own(ratings: Ratings, belonging: Belonging | None) -> tuple[Floats, Floats] | None:
    """Whether judge and subject belong together, less the judge's share of such ratings."""
    if belonging is None:
        return None
    judges = [belonging.judges.get(name) or None for name in ratings.judges]
    subjects = [belonging.subjects.get(name) or None for name in ratings.subjects]
    pairs = zip(ratings.judge.tolist(), ratings.subject.tolist(), strict=True)
    own = np.array(
        [judges[judge] is not None and judges[judge] == subjects[subject] for judge, subject in pairs],
        dtype=np.float64,
    )
    return _centered(ratings, own, np.ones(own.size, dtype=bool)), own


def _centered(ratings: Ratings, x: Floats, counted: Any) -> Floats:
    """Less the mean of each judge: a comparison within judges, which no severity can disturb."""
    judges = len(ratings.judges)
    n = np.bincount(ratings.judge, counted, judges)
    mean = np.divide(
        np.bincount(ratings.judge, np.where(counted, x, 0.0), judges), n, out=np.zeros(judges), where=n > 0
    )
    less: Floats = np.where(counted, x - mean[ratings.judge], 0.0)
    return less


def _separation(effect: Floats, error: Floats, variance: float) -> Separation | None:
    """Of effects that the model has shrunk: each is first taken back to what its ratings alone say."""
    told = (error > 0) & (error**2 < variance)
    if variance <= 0 or not told.any():
        return None
    stretch = variance / (variance - error[told] ** 2)
    try:
        return separation(effect[told] * stretch, error[told] * np.sqrt(stretch))
    except NotEstimable:
        return None


def _judges(
    looking: _Looking, drift: _Effects, school: _Effects, country: _Effects, edits: Sequence[Edit]
) -> list[JudgeReport]:
    ratings, model, marks = looking.ratings, looking.model, looking.marks
    nothing = np.full(len(ratings.judges), np.nan)
    mean, spread, spread_ratio = judge_figures.spreads(ratings)
    infit, infit_p, outfit = judge_figures.fit_statistics(ratings, model) if model else (nothing,) * 3
    slope, slope_p = judge_figures.discrimination(ratings, model) if model else (nothing,) * 2
    severity = -looking.sign * model.judge_effect if model else nothing
    error = model.judge_error if model else nothing
    common_mark, common_share, panel_share = judge_figures.commonest_marks(marks)
    halo, halo_others, sheet_ratio = judge_figures.halo(marks, looking.thresholds.least_ratings)
    columns = {
        "mean": mean,
        "spread": spread,
        "spread_ratio": spread_ratio,
        "severity": severity,
        "severity_low": severity - _INTERVAL * error,
        "severity_high": severity + _INTERVAL * error,
        "severity_p": judge_figures.severity_p(model) if model else nothing,
        "infit": infit,
        "infit_p": infit_p,
        "outfit": outfit,
        "discrimination": slope,
        "discrimination_p": slope_p,
        "level": _levels(mean, looking.scale, ratings.low_wins),
        "agreement": judge_figures.agreement(ratings, model),
    }
    by_marks = {
        "common_mark": common_mark,
        "common_share": common_share,
        "halo": halo,
        "halo_others": halo_others,
        "sheet_ratio": sheet_ratio,
    }
    in_marks = {judge: place for place, judge in enumerate(marks.judges)}
    counts = np.bincount(ratings.judge, minlength=len(ratings.judges))
    late = Counter(edit.judge for edit in edits if edit.late)
    reports: list[JudgeReport] = []
    for place, judge in enumerate(ratings.judges):
        figures = {name: _known(column[place]) for name, column in columns.items()}
        figures |= {name: _known(column[in_marks[judge]]) for name, column in by_marks.items()}
        report = JudgeReport(
            judge=judge,
            n=int(counts[place]),
            drift=drift.judges[place],
            own_school=school.judges[place],
            own_country=country.judges[place],
            late_edits=late[judge],
            flags=(),
            **figures,  # type: ignore[arg-type]
        )
        n_marks = int(np.sum(marks.judge == in_marks[judge]))
        flags = judge_flags(report, looking.thresholds, model, panel_share, n_marks)
        reports.append(replace(report, flags=tuple(flags)))
    return reports


def _levels(mean: Floats, scale: tuple[float, float] | None, low_wins: bool) -> Floats:
    if scale is None:
        return np.full_like(mean, np.nan)
    level = (mean - scale[0]) / (scale[1] - scale[0])
    return 1 - level if low_wins else level


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _subjects(looking: _Looking) -> list[SubjectReport]:
    ratings, model, thresholds = looking.ratings, looking.model, looking.thresholds
    n = len(ratings.subjects)
    high, low, largest = np.full(n, -np.inf), np.full(n, np.inf), np.full(n, -1.0)
    np.maximum.at(high, ratings.subject, ratings.value)
    np.minimum.at(low, ratings.subject, ratings.value)
    counts = np.bincount(ratings.subject, minlength=n)
    z = np.full(ratings.value.size, np.nan) if model is None else np.abs(model.deleted)
    np.fmax.at(largest, ratings.subject, z)
    whose: dict[int, str] = {}
    for place in np.flatnonzero(z == largest[ratings.subject])[::-1]:
        whose[int(ratings.subject[place])] = ratings.judges[ratings.judge[place]]
    reports: list[SubjectReport] = []
    for place, subject in enumerate(ratings.subjects):
        spread = float(high[place] - low[place])
        found = float(largest[place]) if largest[place] >= 0 else None
        figures = {"range": spread, "z": found or 0.0}
        flags: list[Flag] = []
        if found is not None and found > thresholds.discrepancy_z:
            flags.append(Flag("discrepancy", "subject", (subject,), figures, "discrepancy_z"))
        elif looking.scale and spread > thresholds.discrepancy_range * (looking.scale[1] - looking.scale[0]):
            flags.append(Flag("discrepancy", "subject", (subject,), figures, "discrepancy_range"))
        reports.append(
            SubjectReport(subject, int(counts[place]), spread, found, whose.get(place), tuple(flags))
        )
    return reports


def _criteria(looking: _Looking) -> list[CriterionReport]:
    marks = looking.marks
    _, _, sheets = complete_sheets(marks)
    weighted = sheets * marks.weights
    rest = weighted.sum(axis=1, keepdims=True) - weighted
    reports: list[CriterionReport] = []
    for place, name in enumerate(marks.criteria):
        given = marks.criterion == place
        value = marks.value[given]
        if not value.size:
            continue
        r = correlation(sheets[:, place], rest[:, place]) if len(marks.criteria) > 1 else None
        flags = []
        if r is not None and r < looking.thresholds.weak_criterion:
            flags.append(Flag("weak_criterion", "criterion", (name,), {"correlation": r}, "weak_criterion"))
        spread = float(value.std(ddof=1)) if value.size > 1 else None
        alpha = _criterion_alpha(marks, given)
        reports.append(CriterionReport(name, float(value.mean()), spread, alpha, r, tuple(flags)))
    return reports


def _criterion_alpha(marks: CriterionRatings, given: NDArray[np.bool_]) -> float | None:
    judges, judge = np.unique(marks.judge[given], return_inverse=True)
    subjects, subject = np.unique(marks.subject[given], return_inverse=True)
    on_it = Ratings(
        tuple(marks.judges[place] for place in judges),
        tuple(marks.subjects[place] for place in subjects),
        judge.astype(np.int64),
        subject.astype(np.int64),
        marks.value[given],
        marks.low_wins,
    )
    try:
        return krippendorff_alpha(on_it, "interval")
    except NotEstimable:
        return None
