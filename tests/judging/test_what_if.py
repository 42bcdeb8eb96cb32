"""What if another rule counted: shown before the result only, side by side, and never kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.db import db
from judging.allotting import PrizeLine
from judging.models import Result, StandingsView
from judging.operations import results
from judging.ranking import Mark, rank
from judging.rules import Rule
from judging.snapshots import allot_by_rule
from judging.what_if import beside
from tests import factories as make
from tests.judging.results_world import World, judged, next_round, published
from tests.stored import everything_stored

OUTLIER = ((20, 20, 20, 20, 0), (15, 15, 15, 15, 15), (17, 17, 17, 17, 17), (2, 2, 2, 2, 2))
"""By the mean of all 8.0, 7.5, 8.5, 1.0; by the trimmed mean 10, 7.5, 8.5, 1."""


def page(app: Flask, world: World, query: str = "", lang: str = "en", who: Any = None) -> Any:
    client = make.sign_in(app.test_client(), who or world.organizer)
    return client.get(world.address("/what-if", lang) + query)


def rows(text: str) -> list[list[str]]:
    """The table's cells as plain text."""
    table = text.split('class="list what-if"')[1].split("</table>", maxsplit=1)[0]
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[dh] .*?</t[dh]>", row, re.DOTALL)
        ]
        for row in table.split('<tr role="row"')[2:]
    ]


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_two_rules_side_by_side(app: Flask, ctx: None, lang: str) -> None:
    world = judged(OUTLIER)
    db.session.commit()
    shown = page(app, world, "?method=trimmed_mean&drop_high=1&drop_low=1", lang)
    assert shown.status_code == 200
    first, second, third, last = (entry.team.name for entry in world.entries)
    cells = rows(shown.text)
    assert [(row[0], row[1].split()[0], row[2].split()[0]) for row in cells] == [
        (third, "1", "2"),
        (first, "2", "1"),
        (second, "3", "3"),
        (last, "4", "4"),
    ]
    assert shown.text.count('class="moves"') == 2
    words = {"zh": "以公布的规则为准", "ko": "공개된 규정이 적용됩니다", "en": "The published rule counts"}
    assert words[lang] in shown.text


def test_prizes_that_change_are_named(app: Flask, ctx: None) -> None:
    world = judged(OUTLIER)
    db.session.commit()
    text = page(app, world, "?method=trimmed_mean").text
    changes = text.split('class="what-if-changes"')[1].split("</ul>")[0]
    assert changes.count("<li>") == 2
    assert "Prize 1</strong> → <strong>Prize 2" in changes
    assert "Prize 2</strong> → <strong>Prize 1" in changes
    none = page(app, world, "?method=median&ties=none").text
    assert "what-if-changes" in none
    same = page(app, world, "?ties=digits").text
    assert "No prize changes" in same


def test_nothing_is_kept_but_who_looked_and_when_first(app: Flask, ctx: None) -> None:
    world = judged(OUTLIER)
    db.session.commit()
    db.session.rollback()
    before = everything_stored()
    page(app, world, "?method=median")
    db.session.expire_all()
    first = db.session.scalars(select(StandingsView)).one()
    assert (first.round_id, first.person_id) == (world.round.id, world.organizer.id)
    moment = first.first_at
    page(app, world, "?method=schulze")
    db.session.expire_all()
    assert db.session.scalars(select(StandingsView)).one().first_at == moment
    db.session.rollback()
    after = everything_stored()
    changed = {table for table in before.keys() | after.keys() if before.get(table) != after.get(table)}
    assert changed <= {"standings_view", "sign_in"}
    assert db.session.scalar(select(func.count(Result.id))) == 0


@pytest.mark.parametrize("state", ["finalized", "published"])
def test_it_is_refused_once_a_version_is_finalized_or_published(app: Flask, ctx: None, state: str) -> None:
    world = judged(OUTLIER)
    if state == "finalized":
        results.finalize(round=world.round, who=world.organizer)
    else:
        published(world)
    db.session.commit()
    for query in ("", "?method=median"):
        answer = page(app, world, query)
        assert answer.status_code == 409
        assert "only the published rule counts" in answer.text
        assert world.entries[0].team.name not in answer.text
    office = make.sign_in(app.test_client(), world.organizer).get(world.address()).text
    assert "what-if" not in office


def test_a_discarded_version_is_none(app: Flask, ctx: None) -> None:
    world = judged(OUTLIER)
    version = results.finalize(round=world.round, who=world.organizer)
    results.discard(result=version, who=world.organizer, reason="Wrong")
    db.session.commit()
    assert page(app, world, "?method=median").status_code == 200


@pytest.mark.parametrize("role", ["auditor", "captain", "judge"])
def test_only_organizers_try_rules_out(app: Flask, ctx: None, role: str) -> None:
    world = judged(OUTLIER)
    db.session.commit()
    who = {"auditor": world.auditor, "captain": world.captain(0), "judge": world.judges[0].person}[role]
    assert page(app, world, "?method=median", who=who).status_code == 403
    assert db.session.scalar(select(func.count(StandingsView.id))) == 0


@pytest.mark.parametrize(
    "query",
    [
        "?method=zq",
        "?drop_high=1e5",
        "?drop_low=NaN",
        "?drop_from=0",
        "?drop_high=-1",
        "?ties=zq",
        "?prizes=%E2%80%AE",
        "?method=trimmed_mean&drop_high=9&drop_low=9&drop_from=2",
        "?over=zq",
    ],
)
def test_a_rule_that_can_not_be_is_refused_in_words(app: Flask, ctx: None, query: str) -> None:
    world = judged(OUTLIER)
    db.session.commit()
    answer = page(app, world, query)
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert 'class="list what-if"' not in answer.text


def test_a_method_that_does_not_go_with_earlier_rounds_says_so(app: Flask, ctx: None) -> None:
    first = judged(OUTLIER, prizes=(1, 1))
    published(first)
    stages = {"carried": [{"round": "final", "weight": "1"}], "own": {"weight": "1"}}
    last = next_round(first, OUTLIER, rule={"stages": stages})
    db.session.commit()
    assert "Compare without earlier rounds" in page(app, last, "?method=borda").text
    assert "lowest total wins" in page(app, last, "?method=rank_sum").text
    alone = page(app, last, "?method=borda&reset=y").text
    assert "Compare without earlier rounds" not in alone


def test_a_round_without_marks_has_nothing_to_compare(app: Flask, ctx: None) -> None:
    world = judged(OUTLIER)
    empty = make.round_of(world.edition, slug="empty")
    make.enter(empty, *world.entries)
    world.round = empty
    db.session.commit()
    assert "Nothing to compare yet" in page(app, world, "?method=median").text


def test_blockers_do_not_keep_the_rules_from_being_compared(app: Flask, ctx: None) -> None:
    world = judged(OUTLIER, rule={"minimum_judges": 9})
    db.session.commit()
    assert len(rows(page(app, world, "?method=median").text)) == 4


def test_many_entries_need_as_many_statements_as_one(
    app: Flask, ctx: None, count_queries: Callable[[], Any]
) -> None:
    counts = []
    for size in (2, 7):
        world = judged([[19 - k, 18 - k] for k in range(size)], prizes=(1,))
        db.session.commit()
        client = make.sign_in(app.test_client(), world.organizer)
        address = world.address("/what-if") + "?method=median"
        client.get(address)
        with count_queries() as seen:
            assert client.get(address).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


marks = st.lists(st.tuples(*[st.integers(0, 20)] * 3), min_size=2, max_size=6)


@settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(marks)
def test_by_the_same_rule_nobody_moves_and_moves_add_up_to_nothing(
    given_marks: list[tuple[int, ...]],
) -> None:
    found = [
        Mark(f"j{judge}", f"s{subject}", "c", mark)
        for subject, row in enumerate(given_marks)
        for judge, mark in enumerate(row)
    ]
    prizes = [PrizeLine(1, {}, 1)]

    def by(method: str) -> Any:
        ranking = rank(found, Rule.from_json({"aggregate": {"method": method}}))
        return ranking, allot_by_rule(ranking, prizes, None)

    assert not any(one.moved or one.outcome_changes for one in beside(by("mean"), by("mean")))
    there, back = beside(by("mean"), by("median")), beside(by("median"), by("mean"))
    assert {one.subject: one.moved for one in there} == {one.subject: -one.moved for one in back}
