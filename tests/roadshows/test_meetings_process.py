"""The planner as the site asks it: JSON in and out of a process, and its reasons in three languages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from core.isolated import IsolatedError, call
from roadshows import meetings_texts
from roadshows.meetings import solve
from roadshows.meetings_process import repair_json, solve_json
from roadshows.meetings_words import CONFLICTS
from tests.roadshows.meetings_worlds import world

PROBLEM: dict[str, Any] = {
    "slots": ["S0", "S1"],
    "teams": ["T0", "T1"],
    "investors": ["V0", "V1"],
    "team": [0, 1, 1],
    "investor": [0, 0, 1],
    "value": [5, 3, 2],
    "tables": [1, 2],
    "must": [False, True, False],
    "team_free": [[True, True], [True, True]],
}
NAMES = {"T0": "芙蓉科技", "T1": "한빛로보틱스", "V0": "Hibiscus Capital", "S0": "10:00"}


@pytest.mark.own_process
@pytest.mark.no_database
def test_a_process_of_its_own_plans_and_mends() -> None:
    summary, data = call("roadshows.meetings_process:solve_json", {"seed": 2}, json.dumps(PROBLEM).encode())
    found = json.loads(data)
    assert summary == {"status": "optimal", "objective": 10, "bound": 10}
    assert len(found["meetings"]) == 3
    base = [-1, -1, -1]
    for place, pair in enumerate([("T0", "V0"), ("T1", "V0"), ("T1", "V1")]):
        for team, investor, slot in found["meetings"]:
            if (team, investor) == pair:
                base[place] = PROBLEM["slots"].index(slot)
    sent = {"problem": PROBLEM | {"base": base}, "teams_out": ["T0"]}
    summary, data = call("roadshows.meetings_process:repair_json", {}, json.dumps(sent).encode())
    assert summary == {"objective": 5, "bound": 5, "proven": True}
    assert json.loads(data)["moved"] == json.loads(data)["given_up"] == []


@pytest.mark.no_database
def test_what_cannot_be_posed_is_refused_with_its_field() -> None:
    with pytest.raises(IsolatedError) as refused:
        solve_json(json.dumps(PROBLEM | {"team": [0, 1, 9]}).encode())
    assert (refused.value.code, refused.value.params["field"]) == ("meetings_problem", "team")
    with pytest.raises(IsolatedError) as refused:
        repair_json(json.dumps({"problem": PROBLEM, "canceled": [["T0", "V1"]]}).encode())
    assert (refused.value.code, refused.value.params["field"]) == ("meetings_problem", "canceled")


@pytest.mark.no_database
def test_every_rule_has_a_sentence_on_pages() -> None:
    assert set(meetings_texts._SENTENCES) == set(CONFLICTS)
    assert set(CONFLICTS) > meetings_texts._ALONE


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("zh_Hans", "“芙蓉科技”与“Hibiscus Capital”必须见面"),
        ("ko", "‘芙蓉科技’ – ‘Hibiscus Capital’ 상담은 반드시 진행해야 하지만"),
        ("en", "“芙蓉科技” and “Hibiscus Capital” must meet"),
    ],
)
def test_reasons_are_told_with_names_in_the_readers_language(app: Flask, lang: str, says: str) -> None:
    found = solve(world(1, 1, 1, [(0, 0)], must=True, team_free=False))
    rows = [{"rule": part.rule, "params": part.params} for part in found.conflict]
    with app.test_request_context(), force_locale(lang):
        told = meetings_texts.sentences(rows, NAMES)
    assert len(told) == 1
    assert told[0].startswith(says)
    assert not meetings_texts.is_collision(rows)


def test_lists_of_pairs_are_told_with_names(app: Flask) -> None:
    found = solve(world(2, 2, 1, [(0, 0), (1, 1)], must=True, tables=1))
    rows = [{"rule": part.rule, "params": part.params} for part in found.conflict]
    with app.test_request_context(), force_locale("zh_Hans"):
        told = meetings_texts.sentences(rows, NAMES)
    assert "芙蓉科技 - Hibiscus Capital、한빛로보틱스 - V1" in told[0]
    assert "10:00" in told[1]
    assert meetings_texts.is_collision(rows)


def test_the_gap_is_told_in_plain_words(app: Flask) -> None:
    with app.test_request_context(), force_locale("ko"):
        assert "증명" in meetings_texts.gap_in_words({"gap": 0.0})
        assert "0.42%" in meetings_texts.gap_in_words({"gap": 0.0042})
