"""A rule in sentences: what a contestant reads of stages, adjustments and ties on a line."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from core.languages import Trilingual
from judging.rule_words import sentences
from judging.rules import Rule

ROUNDS = {"documents": Trilingual("书面评审", "서류 심사", "Document review")}


def said(app: Flask, rule: dict[str, Any], lang: str = "en", locale: str = "en") -> str:
    with app.test_request_context(f"/{lang}/"), force_locale(locale):
        return " ".join(sentences(Rule.from_json(rule), {}, lang, ROUNDS))


STAGES = {
    "carried": [{"round": "documents", "weight": "40", "full": "100"}],
    "own": {"weight": "60", "full": "50"},
    "rounding": {"weighted": 2, "total": 1},
}


def test_stages_are_said_with_weights_points_and_rounding(app: Flask) -> None:
    text = said(app, {"stages": STAGES, "adjustments": {"to": "own", "rounding": 0}})
    assert "made percent of these points: Document review 100, this round 50." in text
    assert "divided by the sum of these: Document review 40, this round 60." in text
    assert "What each round gives is rounded half up to 2 decimals." in text
    assert "The final total is rounded half up to 1 decimal." in text
    assert "are added to this round's total before the rounds are put together. This is rounded" in text


def test_a_round_has_its_name_in_the_language_of_the_page(app: Flask) -> None:
    assert "书面评审 40" in said(app, {"stages": STAGES}, "zh", "zh_Hans")
    assert "서류 심사 40" in said(app, {"stages": STAGES}, "ko", "ko")


def test_a_rule_without_the_new_keys_says_nothing_of_them(app: Flask) -> None:
    text = said(app, {})
    for word in ("rounds count", "Bonus", "prize", "go on"):
        assert word not in text


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"prizes": {"ties": "widen"}}, "all of them get this prize"),
        ({"prizes": {"ties": "narrow"}}, "they all get the next prize"),
        ({"prizes": {"ties": "split"}}, "they share this prize"),
        ({"advance": {"ties": "all"}}, "all go on"),
        ({"advance": {"by": "line", "line": "70"}}, "a total of at least 70 go on"),
        ({"direction": "low", "advance": {"by": "line", "line": "3.5"}}, "a total of at most 3.5 go on"),
        ({"adjustments": {"rounding": 2}}, "are added at the end. This is rounded half up to 2 decimals."),
    ],
)
def test_what_becomes_of_ties_and_who_goes_on_is_said(app: Flask, rule: Any, words: str) -> None:
    assert words in said(app, rule)
