"""What a team gets to keep: the feedback sheet as PDF, every step as JSON, its means beside those of all."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import pdf
from core.db import db
from judging.exact import exact
from judging.explaining import add_up_again, explain
from judging.feedback import LEAST_ENTRIES, criterion_feedback
from judging.operations import results
from judging.operations.adjustments import adjust_entry
from judging.queries.results import content
from judging.recounting import recount, steps_of
from tests import factories as make
from tests.judging.results_world import World, judged, next_round, published

RULES: list[dict[str, Any]] = [
    {},
    {"aggregate": {"method": "trimmed_mean", "drop_from": 3}, "rounding": {"total": 2}},
    {"aggregate": {"over": "criterion", "method": "mean"}, "rounding": {"criterion": 2, "total": 1}},
    {"aggregate": {"method": "rank_sum"}, "ties": ["head_to_head", "earlier", "lot:seed"]},
    {"aggregate": {"method": "borda"}},
    {"aggregate": {"method": "points"}},
    {"aggregate": {"over": "criterion", "method": "points"}},
    {"aggregate": {"method": "schulze"}},
    {"aggregate": {"method": "t_score"}, "rounding": {"total": 3}},
    {"aggregate": {"method": "median"}, "ties": ["more_digits", "decision"], "direction": "low"},
]
MARKS = ((19, 18, 17), (15, 14, 19), (15, 14, 19), (11, 10, 9), (7, 6, 5))


def own(world: World, entry: int, kind: str, lang: str = "en") -> str:
    slug = world.round.slug
    tail = f"{slug}.json" if kind == "json" else f"{slug}/feedback.pdf" if kind == "pdf" else slug
    return world.public(f"/team/{world.entries[entry].team.key}/result/{tail}", lang)


# -- every step ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.get("aggregate", "plain")))
def test_a_snapshot_computed_once_more_gives_the_published_totals(ctx: None, rule: dict[str, Any]) -> None:
    world = judged(MARKS, criteria=2, prizes=(), awards_prizes=False, rule=rule)
    adjust_entry(round=world.round, entry=world.entries[1], points="-0.5", reason="Late", who=world.organizer)
    snapshot = content(published(world))
    again = recount(snapshot)
    printed = {line["subject"]: line["total"] for line in again.to_json()}
    assert printed == {row["subject"]: row["total"] for row in snapshot["ranking"]}
    for row in snapshot["ranking"]:
        total = add_up_again(explain(again, row["subject"]))
        assert abs(total - exact(row["total"])) < Fraction(1, 10**6)
        steps = steps_of(snapshot, row, marks_are_public=True)
        assert [step["step"] for step in steps if step["kind"] == "tie_break"] == [
            step["step"] for step in row["tie_steps"]
        ]
        decided = [step["step"] for step in steps if step.get("decided")]
        assert decided == ([row["decided_by"]] if row["decided_by"] else [])


def test_a_team_reads_its_steps_as_data(app: Flask, ctx: None) -> None:
    first = judged(rule={"rounding": {"total": 2}}, show_marks=False)
    published(first)
    last = next_round(
        first,
        ((10, 10, 10), (18, 18, 18), (8, 8, 8), (6, 6, 6)),
        show_marks=False,
        rule={
            "rounding": {"total": 2},
            "stages": {"carried": [{"round": "final", "weight": "1"}], "own": {"weight": "1"}},
        },
    )
    adjust_entry(
        round=last.round, entry=last.entries[0], points="0.25", reason="Prototype", who=last.organizer
    )
    result = published(last)
    db.session.commit()
    answer = make.sign_in(app.test_client(), last.captain(0)).get(own(last, 0, "json"))
    assert answer.status_code == 200
    data = json.loads(answer.text)
    assert (data["rank"], data["total"], data["of"]) == (2, "7.250000", 4)
    assert (data["version"], data["sha256"]) == (1, result.sha256)
    assert [step["kind"] for step in data["explanation"]] == [
        *["sheet"] * 3,
        "panel",
        "stages",
        "adjustments",
    ]
    assert data["explanation"][-1]["adjustments"] == [{"points": "0.25", "reason": "Prototype"}]
    for other in last.entries[1:]:
        assert other.team.name not in answer.text
        assert other.key not in answer.text
    for judge in last.judges:
        assert judge.name not in answer.text
        assert judge.key not in answer.text


@pytest.mark.parametrize(
    ("method", "kind", "secret"), [("schulze", "pairs", "other"), ("t_score", "panel", "basis")]
)
def test_steps_tell_of_others_only_where_marks_are_published(
    ctx: None, method: str, kind: str, secret: str
) -> None:
    rule = {"aggregate": {"method": method}, "ties": ["lot:s"]}
    snapshot = content(published(judged(MARKS, prizes=(1,), rule=rule)))
    row = snapshot["ranking"][0]

    def told(*, public: bool) -> list[Any]:
        steps = steps_of(snapshot, row, marks_are_public=public)
        step = next(step for step in steps if step["kind"] == kind)
        return [one[secret] for one in step["pairs" if kind == "pairs" else "figures"]]

    assert all(told(public=True))
    assert told(public=False)
    assert not any(told(public=False))


# -- means beside those of all ------------------------------------------------------------------------------


def test_means_place_and_bars_by_criterion(ctx: None) -> None:
    snapshot = content(published(judged(MARKS, criteria=2)))
    top = snapshot["ranking"][0]
    found = criterion_feedback(snapshot, top, marks_are_public=False)
    assert [(one.key, one.own_text, one.mean_text, one.rank, one.among) for one in found] == [
        ("c1", "9.00", "6.60", 1, 5),
        ("c2", "9.00", "6.60", 1, 5),
    ]
    assert (found[0].own_share, found[0].mean_share) == ("90.0", "66.0")


@given(st.lists(st.tuples(*[st.integers(0, 20)] * 3), min_size=LEAST_ENTRIES, max_size=9))
@settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_means_are_exact_and_places_go_by_them(steps: list[tuple[int, ...]]) -> None:
    rows = [
        {
            "entry": f"e{place}",
            "criteria": {
                "c": {"marks": {f"J{judge}": f"{step * 5 / 10:.1f}" for judge, step in enumerate(row)}}
            },
        }
        for place, row in enumerate(steps)
    ]
    criterion = {"key": "c", "name": {"zh": "c", "ko": "c", "en": "c"}, "min": "0", "max": "10"}
    snapshot = {"rule": {"direction": "high"}, "rubric": [criterion], "ranking": rows}
    means = [Fraction(sum(row), 6) for row in steps]
    for row, mean in zip(rows, means, strict=True):
        (found,) = criterion_feedback(snapshot, row, marks_are_public=False)
        assert found.own == mean
        assert found.mean == sum(means) / len(means)
        assert found.rank == 1 + sum(other > mean for other in means)


def test_equal_means_share_the_place_and_low_marks_can_be_the_better_ones(ctx: None) -> None:
    world = judged(MARKS, prizes=(), awards_prizes=False, rule={"direction": "low"})
    snapshot = content(published(world))
    by_entry = {row["entry"]: row for row in snapshot["ranking"]}
    ranks = [
        criterion_feedback(snapshot, by_entry[entry.key], marks_are_public=True)[0].rank
        for entry in world.entries
    ]
    assert ranks == [5, 3, 3, 2, 1]


def test_where_few_entries_were_judged_no_other_teams_figure_can_be_worked_out(app: Flask, ctx: None) -> None:
    few = MARKS[: LEAST_ENTRIES - 1]
    world = judged(few, show_marks=False, prizes=(1,), rule={"ties": ["lot:s"]})
    published(world)
    db.session.commit()
    snapshot = content(published(judged(few, prizes=(1,), rule={"ties": ["lot:s"]})))
    hidden = criterion_feedback(snapshot, snapshot["ranking"][0], marks_are_public=False)
    assert [(one.mean, one.rank, one.among, one.mean_text) for one in hidden] == [(None, None, 0, "")]
    shown = criterion_feedback(snapshot, snapshot["ranking"][0], marks_are_public=True)
    assert shown[0].mean is not None
    client = make.sign_in(app.test_client(), world.captain(0))
    page = client.get(own(world, 0, "page")).text
    assert "Mean of all</th>" not in page
    assert "another team’s marks" in page
    assert json.loads(client.get(own(world, 0, "json")).text)["criteria"][0]["mean_of_all"] is None


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_the_own_page_shows_means_as_a_table_with_bars(app: Flask, ctx: None, lang: str) -> None:
    world = judged(MARKS, criteria=2, show_marks=False)
    published(world)
    db.session.commit()
    page = make.sign_in(app.test_client(), world.captain(1)).get(own(world, 1, "page", lang)).text
    word = {"zh": "全体平均", "ko": "전체 평균", "en": "Mean of all"}[lang]
    assert word in page
    assert page.count('class="feedback-bar"') == 2
    assert "style=" not in page.split("<main")[1].split("</main>")[0]
    for other in (0, 3, 4):
        assert world.entries[other].team.name not in page


# -- who gets it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["json", "pdf"])
def test_only_the_teams_members_and_the_office_get_it(
    app: Flask, client: FlaskClient, ctx: None, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "render", lambda *_args, **_context: b"%PDF-1.7")
    world, foreign = judged(MARKS), judged(MARKS)
    published(world)
    published(foreign)
    db.session.commit()
    address = own(world, 1, kind)
    for who, status in (
        (world.captain(1), 200),
        (world.organizer, 200),
        (world.auditor, 200),
        (world.captain(0), 404),
        (world.judges[0].person, 404),
        (foreign.organizer, 404),
        (make.person(), 404),
    ):
        assert make.sign_in(app.test_client(), who).get(address).status_code == status, who
    assert client.get(address).status_code in (302, 401)
    crossed = own(foreign, 1, kind).replace(foreign.edition.slug, world.edition.slug)
    assert make.sign_in(app.test_client(), world.organizer).get(crossed).status_code == 404


@pytest.mark.parametrize("kind", ["json", "pdf"])
def test_before_publication_there_is_nothing_not_even_for_organizers(
    app: Flask, ctx: None, kind: str
) -> None:
    world = judged(MARKS)
    for act in (lambda: None, lambda: results.finalize(round=world.round, who=world.organizer)):
        act()
        db.session.commit()
        for who in (world.captain(1), world.organizer):
            assert make.sign_in(app.test_client(), who).get(own(world, 1, kind)).status_code == 404


def test_a_team_without_a_rank_has_no_sheet(app: Flask, ctx: None) -> None:
    world = judged(MARKS)
    published(world)
    outside = make.entry(world.edition)
    world.entries.append(outside)
    db.session.commit()
    for kind in ("json", "pdf"):
        assert make.sign_in(app.test_client(), world.organizer).get(own(world, 5, kind)).status_code == 404


# -- the PDF ------------------------------------------------------------------------------------------------


def text_of(data: bytes, folder: Path) -> str:
    file = folder / "sheet.pdf"
    file.write_bytes(data)
    return subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_the_sheet_says_everything_in_the_readers_language(
    app: Flask, ctx: None, tmp_path: Path, lang: str
) -> None:
    world = judged(MARKS, criteria=2, show_marks=False, rule={"rounding": {"total": 2}})
    adjust_entry(round=world.round, entry=world.entries[0], points="-0.5", reason="迟交", who=world.organizer)
    result = published(world)
    db.session.commit()
    answer = make.sign_in(app.test_client(), world.captain(0)).get(own(world, 0, "pdf", lang))
    assert answer.status_code == 200
    assert answer.content_type == "application/pdf"
    assert "attachment" in answer.headers["Content-Disposition"]
    text = text_of(answer.data, tmp_path)
    title = {"zh": "评审反馈表", "ko": "심사 의견서", "en": "Feedback sheet"}[lang]
    for wanted in (title, "17.50", "18.00", "−0.5", "迟交", "9.00", "6.60", "J1", "Comment 0-0"):
        assert wanted in text, wanted
    assert result.sha256 in text.replace("\n", "").replace(" ", "")
    for unwanted in ("Secret", "Comment 1-0", *(judge.name for judge in world.judges)):
        assert unwanted not in text
    for other in world.entries[1:]:
        assert other.team.name not in text


def test_the_same_version_gives_the_same_bytes(app: Flask, ctx: None) -> None:
    world = judged(MARKS)
    published(world)
    db.session.commit()
    client = make.sign_in(app.test_client(), world.captain(0))
    assert client.get(own(world, 0, "pdf")).data == client.get(own(world, 0, "pdf")).data
