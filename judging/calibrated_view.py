"""What `flask rank --calibrate` adds to a ranking: the calibrated view, indices of reliability, and flags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from judging.calibration import Variance, calibrate, calibrated_json, fit
from judging.judge_diagnostics import panel_report, scale_of
from judging.ranking import Mark
from judging.ratings import criterion_ratings_of, ratings_of
from judging.reliability import reliability
from judging.rules import Rule
from judging.text_tables import text_table

_NONE = "–"
_OF_THE_MODEL = ("strict", "lenient", "erratic", "muted")  # in a judge's row the chosen model has the say


def calibrated_view(
    marks: Sequence[Mark], rule: Rule, *, method: str, draws: int, seed: int
) -> dict[str, Any]:
    """The keys `calibrated`, `reliability` and `flags` of what `flask rank --calibrate` prints.

    Whatever the method, reliability and flags are those of the additive model of judges' totals. Raises what
    `judging.calibration.calibrate` raises.
    """
    calibration = calibrate(marks, rule, method=method, count=draws, seed=seed)
    ratings = ratings_of(marks, rule)
    additive = calibration.fit if method == "additive" else fit(ratings)
    found = reliability(ratings, variance=_components(additive.variance), seed=seed)
    report = panel_report(ratings, criterion_ratings_of(marks, rule), additive, scale=scale_of(rule))

    calibrated = calibrated_json(calibration)
    calibrated["notes"] += [str(missing) for missing in found.missing]
    own = {
        row.judge: [flag.code for flag in row.flags if flag.code not in _OF_THE_MODEL]
        for row in report.judges
    }
    for judge in calibrated["judges"]:
        judge["flags"] = list(dict.fromkeys([*judge["flags"], *own.get(judge["judge"], ())]))
    separation = {"subjects": report.subject_separation, "judges": report.judge_separation}
    return {
        "calibrated": calibrated,
        "reliability": found.to_json()
        | {"separation": {name: None if one is None else one.to_json() for name, one in separation.items()}},
        "flags": [flag.to_json() for flag in report.flags],
    }


def _components(variance: Variance) -> dict[str, float] | None:
    """None where quality can't be told from error; a judge variance that isn't told is none."""
    if variance.team is None or variance.residual is None:
        return None
    return {"team": variance.team, "judge": variance.judge or 0.0, "residual": variance.residual}


def view_tables(view: dict[str, Any]) -> str:
    """The view for people: subjects, judges, indices, and whom to look at."""
    unit = "logits" if view["calibrated"]["method"] == "rasch" else "points"
    parts = [
        f"Calibrated by method {view['calibrated']['method']}: estimates beside the result.",
        _subjects(view["calibrated"]),
        f"Judges (severity in {unit}; positive is strict)",
        _judges(view["calibrated"]),
        "Reliability",
        _indices(view["reliability"]),
    ]
    if view["flags"]:
        parts += ["To look at", "".join(f"{flag['message']}\n" for flag in view["flags"])]
    return "\n" + "\n".join(parts)


def _subjects(calibrated: dict[str, Any]) -> str:
    rows = calibrated["subjects"]
    tops = list(rows[0]["p_top"]) if rows else []
    lines = [["rank", "subject", "score", "low", "high", "ranks", *(f"top {top}" for top in tops)]]
    lines += [
        [
            _text(row["rank"], 0),
            row["subject"],
            *(_text(row[name], 2) for name in ("score", "low", "high")),
            f"{_text(row['rank_low'], 0)}–{_text(row['rank_high'], 0)}",
            *(_text(row["p_top"][top], 2) for top in tops),
        ]
        for row in rows
    ]
    return text_table(lines, numbers=set(range(len(lines[0]))) - {1})


def _judges(calibrated: dict[str, Any]) -> str:
    names = ("severity", "low", "high", "infit", "outfit")
    lines = [["judge", "n", *names, "flags"]]
    lines += [
        [row["judge"], str(row["n"]), *(_text(row[name], 2) for name in names), ", ".join(row["flags"])]
        for row in calibrated["judges"]
    ]
    return text_table(lines, numbers=set(range(1, 7)))


def _indices(found: dict[str, Any]) -> str:
    w, g = found["kendall_w"], found["g"]
    lines = [
        ["index", "value", ""],
        *[[f"alpha, {level}", _text(value, 3), ""] for level, value in found["alpha"].items()],
        *[[f"ICC({name[0]},{name[1:] or 1})", _text(value, 3), ""] for name, value in found["icc"].items()],
        ["Kendall's W", _text(w["w"], 3), "" if w["p"] is None else f"p {w['p']:.2g}"],
        ["reliability of one judge", _text(g["one"], 3), ""],
        ["of the panel's mean", _text(g["k"], 3), _of_judges(g["judges_per_subject"])],
        ["judges needed for .8", _text(g["needed_for_0.8"], 0), ""],
    ]
    return text_table(lines, numbers={1})


def _of_judges(count: float | None) -> str:
    return "" if count is None else f"{count:.3g} judges per subject"


def _text(value: float | None, places: int) -> str:
    return _NONE if value is None else f"{value:.{places}f}"
