"""The calibrated scores that a tie step asks for, from a process of its own: web workers stay small."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from core import isolated
from judging.exact import exact, exact_text
from judging.ranking import Mark
from judging.rules import Rule


def scores_apart(marks: Sequence[Mark], rule: Rule) -> Mapping[str, float]:
    """As `judging.calibration.calibrated_scores`; asked again about the same marks it remembers."""
    rows = sorted((mark.judge, mark.subject, mark.criterion, exact_text(exact(mark.score))) for mark in marks)
    return _scores(json.dumps({"rule": rule.to_json(), "marks": rows}, ensure_ascii=False))


@lru_cache(maxsize=4)
def _scores(text: str) -> Mapping[str, float]:
    _summary, answer = isolated.call("judging.calibrated_apart:compute", {}, text.encode(), lane="pages")
    return dict(json.loads(answer))


def compute(data: bytes) -> tuple[Any, bytes]:
    """The other side, in the process of `core.isolated`."""
    from fractions import Fraction

    from judging.calibration import calibrated_scores

    asked = json.loads(data)
    marks = [
        Mark(judge, subject, criterion, Fraction(score))
        for judge, subject, criterion, score in asked["marks"]
    ]
    found = calibrated_scores(marks, Rule.from_json(asked["rule"]))
    return None, json.dumps(found, ensure_ascii=False).encode()
