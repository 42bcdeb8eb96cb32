"""The whole diagnosis of a round in one call: how sure the result is, and how the panel judged.

Pure: plain lists and numbers in (what a database and JSON can say), plain lists and numbers out. The parts
are computed by judging/calibration.py, judge_diagnostics.py, reliability.py and leave_one_out.py; this module
reads what they are given and lays out side by side what they find. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judging.calibration import Calibration, calibrate_ratings, calibrated_json, fit, scores
from judging.diagnostic_flags import Thresholds
from judging.judge_diagnostics import Belonging, Edit, panel_report, scale_of
from judging.leave_one_out import LeftOut, leave_one_out
from judging.prize_lines import LineBounds
from judging.problems import JudgingError
from judging.ranking import Adjustment, Mark
from judging.ratings import CriterionRatings, Ratings, criterion_ratings_of, ratings_of
from judging.reliability import figure, reliability
from judging.rules import Rule
from judging.uncertainty import ranked

DRAWS, SEED = 1000, 1


def diagnose(given: Mapping[str, Any], *, draws: int = DRAWS, seed: int = SEED) -> dict[str, Any]:
    """What `given` tells, as JSON.

    given: `rule` (as `Rule.to_json`), `marks` [judge, subject, criterion, score as text], `official` subject
    → rank, `prizes` places of each prize, `lines` places after which something changes, `submitted` subject →
    time, `order` [judge, subject, place in the judge's order], `schools` and `countries` {"judges": {},
    "subjects": {}}, `edits` [judge, subject, at, standings visible since, points], `thresholds` and `bounds`
    (fields of Thresholds and LineBounds), `carried` round → subject → total, `adjustments` subject →
    [points, reason], figures as exact text, `names` subject → name in the official ranking. All but rule and
    marks may be absent.

    Raises what `judging.calibration.calibrate` raises. What the data don't allow is None, with its reason in
    the notes of the part.
    """
    rule = Rule.from_json(given["rule"])
    marks = [Mark(*row) for row in given["marks"]]
    rule = rule.with_criteria(sorted({mark.criterion for mark in marks}))
    ratings, single = ratings_of(marks, rule), criterion_ratings_of(marks, rule)
    lines = [place for place in given.get("lines", ()) if 0 < place < len(ratings.subjects)]
    calibration = calibrate_ratings(ratings, count=draws, seed=seed)
    bounds = LineBounds(**given.get("bounds", {}))
    variance = calibration.fit.variance
    told = variance.team is not None and variance.residual is not None
    report = panel_report(
        ratings,
        single,
        calibration.fit,
        order=_order(ratings, given.get("order", ())),
        affiliations=_belonging(given.get("schools")),
        countries=_belonging(given.get("countries")),
        edits=None if given.get("edits") is None else [_edit(row) for row in given["edits"]],
        scale=scale_of(rule),
        thresholds=Thresholds(**given.get("thresholds", {})),
    )
    indices = reliability(
        ratings,
        variance={
            "team": variance.team or 0.0,
            "judge": variance.judge or 0.0,
            "residual": variance.residual or 0.0,
        }
        if told
        else None,
        seed=seed,
    )
    scale = scale_of(rule)
    return {
        "calibrated": calibrated_json(calibration, top=lines or (1,), places=lines, lines=bounds),
        "official_lines": [_official_line(calibration, given.get("official", {}), place) for place in lines],
        "robust": _robust_ranks(ratings),
        "reliability": indices.to_json(),
        "report": report.to_json(),
        **_left_out(marks, rule, given),
        "judges": list(ratings.judges),
        "subjects": list(ratings.subjects),
        "ratings": _ratings_json(calibration),
        "criteria": _criteria_json(single, rule),
        "scale": None if scale is None else list(scale),
        "complete": bool(ratings.value.size)
        and ratings.value.size == len(ratings.judges) * len(ratings.subjects),
    }


def _order(ratings: Ratings, rows: Sequence[Sequence[Any]]) -> NDArray[np.float64] | None:
    place = {(judge, subject): number for judge, subject, number in rows}
    pairs = zip(ratings.judge.tolist(), ratings.subject.tolist(), strict=True)
    order = np.array(
        [place.get((ratings.judges[judge], ratings.subjects[subject]), np.nan) for judge, subject in pairs],
        dtype=np.float64,
    )
    return None if np.isnan(order).all() else order


def _belonging(given: Mapping[str, Any] | None) -> Belonging | None:
    """None where nobody on one of the two sides belongs anywhere."""
    if not given or not given["judges"] or not given["subjects"]:
        return None
    return Belonging(given["judges"], given["subjects"])


def _edit(row: Sequence[Any]) -> Edit:
    judge, subject, at, visible, points = row
    return Edit(
        judge,
        subject,
        datetime.fromisoformat(at),
        None if visible is None else datetime.fromisoformat(visible),
        points,
    )


def _official_line(calibration: Calibration, official: Mapping[str, int], place: int) -> dict[str, Any]:
    """How sure the official winners of a line are: how many are expected to be misplaced, and who stands on
    the other side by the calibrated order, with the probability of belonging above the line."""
    place_of = {subject: at for at, subject in enumerate(calibration.subjects)}
    above = [place_of[name] for name, rank in official.items() if rank <= place and name in place_of]
    calibrated = set(calibration.order[:place])
    drawn = calibration.draws
    chances = None if drawn is None else drawn.top(place)
    differ = sorted(set(above) ^ calibrated, key=calibration.order.index)
    return {
        "place": place,
        "misplaced": None if chances is None else figure(float((1 - chances[above]).sum())),
        "differ": [
            {
                "subject": calibration.subjects[at],
                "official_above": at in above,
                "p": None if chances is None else figure(float(chances[at])),
            }
            for at in differ
        ],
    }


def _robust_ranks(ratings: Ratings) -> dict[str, int]:
    """Each subject's rank by the model that trusts a mark the less the further it is off."""
    found = fit(ratings, "robust")
    return dict(zip(ratings.subjects, ranked(scores(found), found.low_wins).tolist(), strict=True))


def _left_out(marks: Sequence[Mark], rule: Rule, given: Mapping[str, Any]) -> dict[str, Any]:
    """`left_out`: the prizes without each judge; `left_out_ranks`: subject → its best rank without one judge
    and without whom, its worst and without whom. None where the rule can't be applied to these marks alone.
    """
    # A lot is drawn by the name that the official ranking draws it by.
    name_of: Mapping[str, str] = given.get("names", {})
    key_of = {name: key for key, name in name_of.items()}

    def named(by_key: Mapping[str, Any]) -> dict[str, Any]:
        return {name_of.get(key, key): value for key, value in by_key.items()}

    try:
        found = leave_one_out(
            [replace(mark, subject=name_of.get(mark.subject, mark.subject)) for mark in marks],
            replace(rule, decisions=named(rule.decisions)),
            given.get("prizes", ()),
            submitted=named(given.get("submitted", {})) or None,
            carried={
                round_: {subject: Fraction(total) for subject, total in named(totals).items()}
                for round_, totals in given.get("carried", {}).items()
            },
            adjustments={
                subject: [Adjustment(Fraction(points), reason) for points, reason in made]
                for subject, made in named(given.get("adjustments", {})).items()
            },
        )
    except JudgingError:
        return {"left_out": None, "left_out_ranks": None}
    ranks: dict[str, list[Any]] = {}
    for row in found:
        for name, place in row.ranks.items():
            subject = key_of.get(name, name)
            own = ranks.setdefault(subject, [place, row.judge, place, row.judge])
            if place < own[0]:
                own[:2] = place, row.judge
            if place > own[2]:
                own[2:] = place, row.judge
    return {"left_out": [_with_keys(row, key_of).to_json() for row in found], "left_out_ranks": ranks}


def _with_keys(row: LeftOut, key_of: Mapping[str, str]) -> LeftOut:
    return replace(
        row,
        changes=tuple(replace(one, subject=key_of.get(one.subject, one.subject)) for one in row.changes),
        unranked=tuple(key_of.get(name, name) for name in row.unranked),
    )


def _ratings_json(calibration: Calibration) -> list[list[Any]]:
    """[judge, subject (places in `judges`, `subjects`), rating, residual or None], in points."""
    ratings = calibration.fit.ratings
    residuals = [None if np.isnan(value) else round(value, 2) for value in calibration.fit.residuals.tolist()]
    values = np.round(ratings.value, 3).tolist()
    rows = zip(ratings.judge.tolist(), ratings.subject.tolist(), values, residuals, strict=True)
    return [list(row) for row in rows]


def _criteria_json(single: CriterionRatings, rule: Rule) -> dict[str, Any]:
    """Mean mark of each subject on each criterion, and the criterion's mean and range, in points."""
    subjects, criteria = len(single.subjects), len(single.criteria)
    cell = single.subject * criteria + single.criterion
    counts = np.bincount(cell, minlength=subjects * criteria)
    sums = np.bincount(cell, single.value, subjects * criteria)
    means = np.divide(sums, counts, out=np.full(counts.size, np.nan), where=counts > 0)
    table = np.round(means.reshape(subjects, criteria), 2)
    known = np.isfinite(table)
    spread = [float(table[known[:, at], at].std()) if known[:, at].any() else 0.0 for at in range(criteria)]
    middle = [float(table[known[:, at], at].mean()) if known[:, at].any() else 0.0 for at in range(criteria)]
    rows = [[value if np.isfinite(value) else None for value in row] for row in table.tolist()]
    return {
        "keys": list(single.criteria),
        "means": dict(zip(single.subjects, rows, strict=True)),
        "mean": [figure(value) for value in middle],
        "spread": [figure(value) for value in spread],
    }
