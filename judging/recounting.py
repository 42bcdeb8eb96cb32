"""A finalized result computed once more, from nothing but the marks, totals and adjustments in its snapshot.

Pure. It gives every step of a total with exact figures (`judging.explaining`), where `judging.explanations`
lays out the printed ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from judging.exact import exact, plain
from judging.explaining import explain
from judging.ranking import Adjustment, Mark, Ranking, rank
from judging.rules import Rule


def recount(snapshot: Mapping[str, Any]) -> Ranking:
    """The ranking of a snapshot (`judging.snapshots.build`) by its own rule, up to the tie steps: these need
    what a snapshot doesn't hold, such as times of submission, and change no total.

    Raises JudgingError where the snapshot's marks don't fit its rule, which those of this program always do.
    """
    rule = replace(Rule.from_json(snapshot["rule"]), ties=(), decisions={})
    marks = [
        Mark(judge, row["subject"], criterion, mark)
        for row in snapshot["ranking"]
        for criterion, column in row["criteria"].items()
        for judge, mark in column["marks"].items()
    ]
    return rank(marks, rule, carried=_carried(snapshot), adjustments=_adjustments(snapshot))


def steps_of(
    snapshot: Mapping[str, Any], row: Mapping[str, Any], *, marks_are_public: bool
) -> list[dict[str, Any]]:
    """Every step from the marks of `row`, one of `snapshot["ranking"]`, to its rank, figures exact; the tie
    steps as they were recorded.

    marks_are_public: else what would tell of the others is left out: by Schulze's method whom each pair is
    about, by T-scores a judge's mean and variance, from which two entries know each other's mark.
    """
    taken = row["tie_steps"]
    decisive = next((step for step in reversed(taken) if step["still_tied"] < step["tied"]), None)
    steps = explain(recount(snapshot), row["subject"]).to_json()
    if not marks_are_public:
        steps = [_own_only(step) for step in steps]
    return steps + [
        {
            "kind": "tie_break",
            "step": step["step"],
            "figure": step["key"],
            "among": step["tied"],
            "left": step["still_tied"],
            "decided": step is decisive,
        }
        for step in taken
    ]


def _own_only(step: dict[str, Any]) -> dict[str, Any]:
    if step["kind"] == "pairs":
        pairs = sorted((exact(pair["there"]), exact(pair["back"])) for pair in step["pairs"])
        told = [{"other": None, "there": plain(there), "back": plain(back)} for there, back in pairs]
        return {**step, "pairs": told}
    if step["kind"] == "panel" and step["method"] == "t_score":
        return {**step, "figures": [{**figure, "basis": None} for figure in step["figures"]]}
    return step


def _carried(snapshot: Mapping[str, Any]) -> dict[str, dict[str, Fraction]]:
    found: dict[str, dict[str, Fraction]] = {}
    for row in snapshot["ranking"]:
        for stage in row.get("stages", ()):
            if stage["round"] is not None:
                found.setdefault(stage["round"], {})[row["subject"]] = exact(stage["total"])
    return found


def _adjustments(snapshot: Mapping[str, Any]) -> dict[str, list[Adjustment]]:
    return {
        row["subject"]: [Adjustment(one["points"], one["reason"]) for one in row["adjustments"]]
        for row in snapshot["ranking"]
        if row.get("adjustments")
    }
