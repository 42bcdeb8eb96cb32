"""What `flask rank --calibrate` adds to a ranking: the calibrated view, indices of reliability, and flags."""

from __future__ import annotations

from typing import Any

from judging.text_tables import text_table

_NONE = "–"


def view_tables(view: dict[str, Any]) -> str:
    """The view for people: subjects, judges, indices, and whom to look at."""
    parts = [
        f"Calibrated by method {view['calibrated']['method']}: an estimate beside the result, not the result.",
        _subjects(view["calibrated"]),
        "Judges (severity in points; positive is strict)",
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
