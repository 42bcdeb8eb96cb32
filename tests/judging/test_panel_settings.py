"""What is asked of an assignment becomes the solver's problem: who may judge what, gains, loads, mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from judging.panel_settings import (
    Basis,
    EntryFacts,
    JudgeFacts,
    PanelSettings,
    eligible_counts,
    problem,
)

pytestmark = pytest.mark.no_database

ZHANG = JudgeFacts("zhang", "张", "CN", "investor", ("zh",), True, {"ai": 3})
KIM = JudgeFacts("kim", "김", "KR", "", ("ko", "en"), False)
ANNA = JudgeFacts("anna", "Anna", "ZZ")
HAN = EntryFacts("han", "汉", "CN", "ai", ("zh",))
GUK = EntryFacts("guk", "국", "KR", "bio", ("ko",))


def basis(**changes: Any) -> Basis:
    plain: dict[str, Any] = {
        "judges": [ZHANG, KIM, ANNA],
        "entries": [HAN, GUK],
        "barred": {},
        "begun": set(),
        "standing": set(),
        "wishes": {},
    }
    return Basis(**(plain | changes))


def pairs(posed: Mapping[str, Any], **wanted: bool) -> set[tuple[str, str]]:
    return {
        (posed["judges"][judge], posed["entries"][entry])
        for at, (judge, entry) in enumerate(zip(posed["judge"], posed["entry"], strict=True))
        if all(posed[name][at] == value for name, value in wanted.items())
    }


def test_a_judge_without_the_language_needs_an_interpreter_and_has_to_accept_one() -> None:
    posed = problem(basis(), PanelSettings(per_entry=1))
    assert pairs(posed) == {
        ("zhang", "han"),
        ("zhang", "guk"),
        ("kim", "guk"),
        ("anna", "han"),
        ("anna", "guk"),
    }
    assert pairs(posed, interpreted=True) == {("zhang", "guk")}
    own = problem(basis(), PanelSettings(per_entry=1, languages="own"))
    assert ("zhang", "guk") not in pairs(own)
    anything = problem(basis(), PanelSettings(per_entry=1, languages="any"))
    assert len(pairs(anything, interpreted=False)) == 6


def test_conflicts_are_left_out_unless_the_sheet_is_begun() -> None:
    barred = {("zhang", "han"): "affiliation", ("anna", "guk"): "declared"}
    posed = problem(basis(barred=barred, begun={("anna", "guk")}), PanelSettings(per_entry=1))
    assert ("zhang", "han") not in pairs(posed)
    assert pairs(posed, fixed=True) == {("anna", "guk")}


def test_expertise_wishes_and_interpreters_weigh_as_asked() -> None:
    asked = PanelSettings(per_entry=1, expertise=20, wishes=7, few_interpreters=15)
    posed = problem(basis(wishes={("kim", "guk"): 1, ("anna", "han"): -1}), asked)
    gains = dict(
        zip(
            [
                (posed["judges"][j], posed["entries"][e])
                for j, e in zip(posed["judge"], posed["entry"], strict=True)
            ],
            posed["gain"],
            strict=True,
        )
    )
    assert gains == {
        ("zhang", "han"): 60,
        ("zhang", "guk"): -15,
        ("kim", "guk"): 7,
        ("anna", "han"): -7,
        ("anna", "guk"): 0,
    }


def test_loads_lie_around_the_mean_and_a_judges_own_limits_come_first() -> None:
    entries = [EntryFacts(f"e{at}", f"E{at}") for at in range(12)]
    judges = [
        JudgeFacts("plain", "P"),
        JudgeFacts("busy", "B", most_load=2),
        JudgeFacts("keen", "K", least_load=9),
        JudgeFacts("gone", "G", retired=True),
    ]
    begun = {("gone", "e0"), ("busy", "e1"), ("busy", "e2"), ("busy", "e3")}
    posed = problem(
        basis(judges=judges, entries=entries, begun=begun), PanelSettings(per_entry=2, load_slack=1)
    )
    assert posed["load_target"] == 8
    assert list(zip(posed["judges"], posed["least"], posed["most"], strict=True)) == [
        ("plain", 7, 9),
        ("busy", 3, 3),
        ("keen", 9, 9),
        ("gone", 0, 1),
    ]
    assert ("gone", "e0") in pairs(posed, fixed=True)
    assert not any(judge == "gone" for judge, _entry in pairs(posed, fixed=False))


def test_repair_keeps_what_stands_and_asks_for_no_evening_out() -> None:
    asked = PanelSettings(per_entry=1, mode="few_changes")
    posed = problem(basis(standing={("anna", "han")}, begun={("kim", "guk")}), asked)
    assert pairs(posed, kept=True) == {("anna", "han"), ("kim", "guk")}
    assert posed["fewest_changes"]
    assert posed["least"] == [0, 0, 0]


def test_an_entry_with_too_few_judges_gets_those_there_are_only_when_asked() -> None:
    barred = {(judge.key, "guk"): "affiliation" for judge in (ZHANG, KIM)}
    asked = PanelSettings(per_entry=2)
    assert problem(basis(barred=barred), asked)["per_entry"] == [2, 2]
    assert problem(basis(barred=barred), replace(asked, allow_short=True))["per_entry"] == [2, 1]


def test_the_counts_before_solving_name_both_countries_investors_and_what_is_asked_for() -> None:
    asked = PanelSettings(
        per_entry=2, least_of_country={"CN": 1, "KR": 0}, least_of_background={"investor": 1}
    )
    counts = eligible_counts(basis(barred={("zhang", "guk"): "member"}), asked)
    assert counts == {
        "han": {"": 2, "country:CN": 1, "country:KR": 0, "background:investor": 1},
        "guk": {"": 2, "country:CN": 0, "country:KR": 1, "background:investor": 0},
    }


def test_settings_survive_being_stored_also_those_of_an_older_version() -> None:
    asked = PanelSettings(per_entry=4, least_of_country={"CN": 2}, interpreters=3)
    stored = asked.to_json()
    assert PanelSettings.from_json(stored) == asked
    del stored["mixing"]
    assert PanelSettings.from_json(stored | {"gone": 1}) == asked
