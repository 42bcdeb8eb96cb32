"""Why there is no agenda, in the reader's language and with names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask_babel import force_locale

from roadshows.agenda import Interpreter, solve
from roadshows.agenda_conflicts import KINDS
from roadshows.agenda_files import conflict_json
from roadshows.agenda_texts import cause_sentences, is_collision, moves_in_words, proof_in_words, reason
from roadshows.agenda_words import CONFLICTS
from tests.roadshows.agenda_worlds import problem


@pytest.fixture
def conflict() -> list[dict[str, object]]:
    """13 sessions for the one interpreter, who has 12 slots."""
    asked = problem("road_pub_56")
    events = [event for event in asked.events if event.interp in (None, "ko-zh")]
    wanted = [event for event in events if event.interp == "ko-zh"][:13]
    kept = tuple(event for event in events if event.interp is None)[:20] + tuple(wanted)
    person = Interpreter("I7", frozenset({"ko-zh"}), max_consecutive=12)
    found = solve(asked.with_(events=kept, interpreters=(person,)))
    return [dict(part) for part in conflict_json(found)]


def test_the_cause_is_said_in_three_languages(app: Flask, conflict: list[dict[str, object]]) -> None:
    names = {"I7": "이수민", "E003": "量子传感"}
    said = {}
    for lang in ("en", "zh_Hans", "ko"):
        with app.test_request_context(), force_locale(lang):
            said[lang] = cause_sentences(conflict, names)
    assert said["en"][0].startswith("13 sessions need an interpreter for ko-zh: 量子传感, ")
    assert said["en"][1] == "이수민 can interpret in 12 slots altogether."
    assert said["zh_Hans"][1] == "이수민合计只能在 12 个时段翻译。"
    assert said["ko"][1] == "이수민 통역이 맡을 수 있는 시간대는 모두 12개입니다."
    assert "'" not in "".join(said["zh_Hans"])


@pytest.mark.parametrize("lang", ["en", "zh_Hans", "ko"])
def test_every_code_has_a_sentence(app: Flask, lang: str) -> None:
    params = dict.fromkeys(
        (
            *("event", "minutes", "longest", "city", "slots", "pair", "count", "names", "slot", "room"),
            *("interpreter", "interpreters", "cells", "rooms", "speaker", "most", "person"),
        ),
        "'x'",
    )
    with app.test_request_context(), force_locale(lang):
        for rule in CONFLICTS:
            part = {"rule": rule, "objects": ["x", "x"], "params": params, "message": "in English"}
            (said,) = cause_sentences([part], {"x": "N"})
            assert said
            assert said != "in English"
            assert "%(" not in said
        assert len({reason(kind) for kind in KINDS}) == len(KINDS)


def test_how_good_it_is_in_words(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert proof_in_words({"objective": 5, "gap": 0.0}).startswith("Proven")
        assert "2.5 %" in proof_in_words({"objective": 40, "gap": 0.025})
        assert proof_in_words({"objective": None, "gap": None}) == "Some sessions have no place yet."
        assert moves_in_words(9, 9) == "9 sessions move; proven to be the fewest."
        assert moves_in_words(1, 0) == "1 session moves; at least 0 must."


def test_what_stands_in_the_way_by_itself_is_no_collision() -> None:
    """Three absent speakers all have to be mended: giving up one of them doesn't make the agenda possible."""
    asked = problem("road_pub_56")
    slots = frozenset(slot.id for slot in asked.slots)
    first, second, *others = asked.events
    gone = (replace(first, unavailable=slots), replace(second, unavailable=slots))
    found = conflict_json(solve(asked.with_(events=(*gone, *others)), seconds=20))
    assert [part["rule"] for part in found] == ["no_slot", "no_slot"]
    assert not is_collision(found)
    assert not is_collision(found[:1])
    assert is_collision([{"rule": "cells_needed"}, {"rule": "cells_exist"}])
