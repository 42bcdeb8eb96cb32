"""Earlier rounds in a result: carried from what was published, told where from, and never silently outdated;
prizes on a tie and who goes on, as the rule says."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from competition.models import EntryState
from core import clock
from core.db import db
from core.errors import Conflict
from judging import snapshots
from judging.models import ResultState, Rubric
from judging.operations import advance, results, rubrics
from judging.queries import draft as drafts
from judging.queries.results import content, pending_result
from judging.recounting import steps_of
from tests import factories as make
from tests.conftest import Clock
from tests.judging.results_world import World, judged, mark, next_round, published, team_names

KEYS = (f"stages-{number:032d}" for number in itertools.count())
RULE = {
    "rounding": {"total": 2},
    "stages": {
        "carried": [{"round": "final", "weight": "40"}],
        "own": {"weight": "60"},
        "rounding": {"total": 2},
    },
}
LATER = ((10, 10, 10), (18, 18, 18), (8, 8, 8), (6, 6, 6))


def two_rounds(**values: Any) -> tuple[World, World]:
    """`final` with totals 9, 7, 5, 3 and after it `last` with 5, 9, 4, 3, of which 40 and 60 parts count."""
    first = judged(rule={"rounding": {"total": 2}})
    return first, next_round(first, LATER, **{"rule": RULE} | values)


def blockers(world: World) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.code, one.items) for one in drafts.draft(world.round).blockers]


def test_totals_are_put_together_by_weight(ctx: None) -> None:
    first, last = two_rounds()
    earlier = published(first)
    snapshot = content(published(last))
    rows = {row["subject"]: row for row in snapshot["ranking"]}
    one, two, three, four = team_names(first)
    assert {name: row["total"] for name, row in rows.items()} == {
        one: "6.60",  # 0.4 × 9 + 0.6 × 5
        two: "8.20",
        three: "4.40",
        four: "3.00",
    }
    assert rows[two]["rank"] == 1
    assert rows[one]["own_total"] == "5.00"
    assert [(stage["round"], stage["total"], stage["weight"]) for stage in rows[one]["stages"]] == [
        ("final", "9", "40"),
        (None, "5", "60"),
    ]
    assert snapshot["carried"] == [
        {
            "round": "final",
            "name": first.round.name.to_json(),
            "version": 1,
            "sha256": earlier.sha256,
        }
    ]


def test_without_a_published_result_of_the_earlier_round_nothing_is_finalized(ctx: None) -> None:
    first, last = two_rounds()
    assert blockers(last) == [("carried_unpublished", ())]
    results.finalize(round=first.round, who=first.organizer)
    with pytest.raises(Conflict) as problem:
        results.finalize(round=last.round, who=last.organizer)
    assert [one["code"] for one in problem.value.extra["blockers"]] == ["carried_unpublished"]
    assert str(first.round.name.en) in str(problem.value.detail)
    shown = drafts.draft(last.round).ranking
    assert shown is not None, "where things stand is shown all the same"
    assert shown.rule.stages is None


def test_an_entry_that_the_earlier_result_lacks_is_named(ctx: None) -> None:
    first = judged()
    published(first)
    late = make.entry(first.edition)
    make.enter(first.round)
    first.entries.append(late)
    last = next_round(first, (*LATER, (7, 7, 7)), rule=RULE)
    assert blockers(last) == [("carried_missing", (late.team.name,))]


def test_a_round_in_which_the_lowest_total_wins_can_not_be_added(ctx: None) -> None:
    first = judged(rule={"direction": "low"})
    published(first)
    last = next_round(first, LATER, rule=RULE)
    assert [code for code, _ in blockers(last)] == ["carried_direction"]


def test_a_round_that_is_gone_blocks_in_words(ctx: None) -> None:
    first = judged()
    last = next_round(
        first,
        LATER,
        rule=RULE | {"stages": {**RULE["stages"], "carried": [{"round": "gone", "weight": "1"}]}},
    )  # type: ignore[dict-item]
    assert [code for code, _ in blockers(last)] == ["carried_unpublished"]


def test_a_team_that_changed_its_name_keeps_its_earlier_total(ctx: None) -> None:
    first, last = two_rounds()
    published(first)
    first.entries[0].team.name = "A new name"
    db.session.flush()
    rows = {row["subject"]: row for row in content(published(last))["ranking"]}
    assert rows["A new name"]["stages"][0]["total"] == "9"


def test_a_correction_of_the_earlier_round_needs_a_new_version_of_the_later_one(ctx: None) -> None:
    first, last = two_rounds()
    published(first)
    standing = published(last)
    with pytest.raises(Conflict) as problem:
        results.finalize(round=last.round, who=last.organizer, reason="Nothing")
    assert [one["code"] for one in problem.value.extra["blockers"]] == ["unchanged"]
    mark(first, 0, 0, 1)
    published(first, reason="A mark was wrong")
    again = published(last, reason="The earlier round was corrected")
    assert again.number == 2
    assert content(again)["carried"][0]["version"] == 2
    one = team_names(first)[0]
    before, after = (
        {row["subject"]: row["total"] for row in content(version)["ranking"]} for version in (standing, again)
    )
    assert before[one] != after[one]


def test_a_correction_that_leaves_the_totals_alone_needs_none(ctx: None) -> None:
    first, last = two_rounds()
    published(first)
    published(last)
    mark(first, 0, 0, 18)
    mark(first, 0, 1, 19)
    published(first, reason="Two marks were exchanged")
    with pytest.raises(Conflict) as problem:
        results.finalize(round=last.round, who=last.organizer, reason="No difference")
    assert [one["code"] for one in problem.value.extra["blockers"]] == ["unchanged"]


def test_a_waiting_version_is_not_signed_after_a_correction(ctx: None) -> None:
    first, last = two_rounds()
    published(first)
    version = results.finalize(round=last.round, who=last.organizer)
    mark(first, 0, 0, 1)
    published(first, reason="A mark was wrong")
    with pytest.raises(Conflict) as problem:
        results.sign(result=version, who=last.auditor)
    assert problem.value.code == "corrected_since"
    results.discard(result=version, who=last.organizer, reason="Outdated")
    published(last)


def test_a_signed_version_is_not_published_by_itself_after_a_correction(ctx: None, turn_clock: Clock) -> None:
    first, last = two_rounds()
    published(first)
    version = results.finalize(round=last.round, who=last.organizer)
    results.sign(result=version, who=last.auditor)
    results.publish(result=version, who=last.organizer, at=clock.now() + timedelta(hours=1))
    mark(first, 0, 0, 1)
    published(first, reason="A mark was wrong")
    turn_clock.advance(hours=2)
    assert not results.publish_due(result=version)
    assert version.state is ResultState.SIGNED
    assert version.publish_at is None, "and it isn't tried again every five seconds"
    with pytest.raises(Conflict) as problem:
        results.publish(result=version, who=last.organizer)
    assert problem.value.code == "corrected_since"


def test_the_office_says_that_an_earlier_round_was_corrected(app: Flask, ctx: None) -> None:
    first, last = two_rounds()
    published(first)
    published(last)
    db.session.commit()
    client = make.sign_in(app.test_client(), last.organizer)
    assert "was corrected after" not in client.get(last.address()).text
    mark(first, 0, 0, 1)
    published(first, reason="A mark was wrong")
    db.session.commit()
    assert "was corrected after" in client.get(last.address()).text
    assert "was corrected after" in client.get(last.address("/v/1")).text


def test_a_disqualified_team_leaves_both_rounds(ctx: None) -> None:
    first, last = two_rounds()
    published(first)
    published(last)
    gone = first.entries[0]
    gone.state = EntryState.DISQUALIFIED
    db.session.flush()
    again = results.finalize(round=last.round, who=last.organizer, reason="Disqualified")
    assert gone.team.name not in {row["subject"] for row in content(again)["ranking"]}


# -- the public and the team --------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
@pytest.mark.parametrize("show_marks", [True, False])
def test_everybody_sees_what_each_round_gave(
    app: Flask, client: FlaskClient, ctx: None, lang: str, show_marks: bool
) -> None:
    first, last = two_rounds(show_marks=show_marks)
    published(first)
    published(last)
    db.session.commit()
    page = client.get(last.public("/results/last", lang)).text
    assert first.round.name.pick(lang).text in page
    assert "8.20" in page
    own = make.sign_in(app.test_client(), last.captain(0)).get(
        last.public(f"/team/{last.entries[0].team.key}/result/last", lang)
    )
    assert own.status_code == 200
    for figure in ("5.00", "6.60", "× 40", "× 60"):
        assert figure in own.text


def test_the_steps_of_a_snapshot_lead_to_its_total(ctx: None) -> None:
    first, last = two_rounds()
    published(first)
    snapshot = content(published(last))
    for row in snapshot["ranking"]:
        kinds = [step["kind"] for step in steps_of(snapshot, row, marks_are_public=False)]
        assert kinds == ["sheet"] * 3 + ["panel", "stages"]
        stages = steps_of(snapshot, row, marks_are_public=False)[-1]
        assert snapshots.exact(stages["total"]) == snapshots.exact(row["total"])


# -- the rule's form ----------------------------------------------------------------------------------------


def rule_form(**changed: str) -> dict[str, str]:
    return {
        "once_key": next(KEYS),
        "method": "mean",
        "over": "judge_totals",
        "weights": "as_points",
        "minimum_judges": "1",
        "direction": "high",
        "counting": "carry",
        "carried-0-round": "final",
        "carried-0-weight": "40",
        "own_weight": "６０",
        "round_total": "2",
        "round_final": "2",
        "adjust_to": "own",
        "round_adjusted": "1",
        "prize_ties": "split",
        "advance_by": "line",
        "advance_line": "7.5",
        "advance_ties": "open",
        "ties-0": "at_least",
        "tie_mark": "8",
        "ties-1": "lot",
        "tie_seed": "芙蓉 2026",
    } | changed


def unlocked() -> tuple[World, World]:
    first, last = two_rounds(rule={})
    rubric = db.session.query(Rubric).filter_by(round_id=last.round.id).one()
    rubric.locked_at = None
    db.session.commit()
    return first, last


def rule_address(world: World, lang: str = "en") -> str:
    return f"/{lang}/o/{world.edition.slug}/judging/rounds/{world.round.slug}/rule"


def test_the_form_says_everything_that_a_rule_can_say(app: Flask, client: FlaskClient, ctx: None) -> None:
    _first, last = unlocked()
    office = make.sign_in(app.test_client(), last.organizer)
    form = rule_form(version=str(last.round.version))
    assert office.post(rule_address(last), data=form).status_code == 303
    db.session.expire_all()
    rule = last.round.rule
    assert rule["stages"] == {
        "carried": [{"round": "final", "weight": "40", "full": None}],
        "own": {"weight": "60", "full": None},
        "rounding": {"weighted": None, "total": 2},
    }
    assert rule["adjustments"] == {"to": "own", "rounding": 1}
    assert rule["prizes"] == {"ties": "split"}
    assert rule["advance"] == {"by": "line", "line": "7.5"}
    assert rule["ties"] == ["at_least:8", "lot:芙蓉 2026"]
    shown = office.get(rule_address(last)).text
    for value in ('value="40"', 'value="60"', 'value="7.5"', 'value="8"', 'value="芙蓉 2026"'):
        assert value in shown
    told = client.get(f"/en/e/{last.edition.slug}/judging").text
    for words in ("this round 60", "at least 7.5", "share this prize", "seed 芙蓉 2026", "at least 8"):
        assert words in told


def test_a_rule_sent_again_as_it_stands_says_the_same(app: Flask, ctx: None) -> None:
    """Nothing is lost on the way from the rule through the form's fields and back."""
    from judging.forms.rule import RuleForm
    from judging.queries.carried import earlier_rounds
    from judging.rules import Rule

    _first, last = two_rounds()
    rule = {
        "direction": "low",
        "aggregate": {"over": "criterion", "method": "points", "points": [5, 3, 1]},
        "weights": "normalized",
        "rounding": {"criterion": 1, "weighted": 2, "total": 3},
        "minimum_judges": 2,
        "ties": ["criterion:c1", "at_least:8", "at_least:5", "earlier", "decision", "lot:s"],
        "stages": {
            "carried": [{"round": "final", "weight": "1.5", "full": "50"}],
            "own": {"weight": "2", "full": "10"},
            "rounding": {"weighted": 3, "total": 2},
        },
        "adjustments": {"to": "own", "rounding": None},
        "prizes": {"ties": "narrow"},
        "advance": {"ties": "all"},
    }
    with app.test_request_context():
        form = RuleForm(formdata=None, criteria=last.criteria, rule=rule, earlier=earlier_rounds(last.round))
        assert Rule.from_json(form.rule) == Rule.from_json(rule)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"carried-0-weight": ""}, "counting"),
        ({"carried-0-weight": "0"}, "counting"),
        ({"carried-0-weight": "-1"}, "counting"),
        ({"carried-0-weight": "1e5"}, "carried-0-weight"),
        ({"carried-0-full": "100"}, "counting"),
        ({"carried-0-round": "last"}, "counting"),
        ({"carried-0-round": "nowhere"}, "counting"),
        ({"own_weight": ""}, "own_weight"),
        ({"own_weight": "0"}, "own_weight"),
        ({"advance_line": ""}, "advance_line"),
        ({"advance_line": "NaN"}, "advance_line"),
        ({"tie_mark": ""}, "tie_mark"),
        ({"tie_seed": ""}, "tie_seed"),
        ({"tie_seed": "zq\u202ezq"}, "tie_seed"),
        ({"prize_ties": "nobody"}, "prize_ties"),
    ],
)
def test_a_rule_that_is_wrong_is_refused_at_its_field(
    app: Flask, ctx: None, changed: dict[str, str], field: str
) -> None:
    _first, last = unlocked()
    office = make.sign_in(app.test_client(), last.organizer)
    answer = office.post(rule_address(last), data=rule_form(version=str(last.round.version), **changed))
    assert answer.status_code == 422
    assert f'href="#{field}' in answer.text or f'id="{field}-error"' in answer.text
    db.session.expire_all()
    assert last.round.rule == {}


def test_the_first_score_locks_stages_too(app: Flask, ctx: None) -> None:
    _first, last = two_rounds()
    db.session.commit()
    office = make.sign_in(app.test_client(), last.organizer)
    answer = office.post(rule_address(last), data=rule_form(version=str(last.round.version)))
    assert answer.status_code == 409
    with pytest.raises(Conflict):
        rubrics.set_rule(round=last.round, rule={})


def test_the_first_round_has_no_earlier_ones_to_choose(app: Flask, ctx: None) -> None:
    first, _last = unlocked()
    office = make.sign_in(app.test_client(), first.organizer)
    assert 'name="counting"' not in office.get(rule_address(first)).text


# -- prizes and the next round ------------------------------------------------------------------------------

TIED = ((18, 18, 18), (16, 16, 16), (16, 16, 16), (10, 10, 10))


@pytest.mark.parametrize(
    ("ties", "got"),
    [
        ("widen", ["Prize 1", "Prize 2", "Prize 2", None]),
        ("narrow", ["Prize 1", None, None, None]),
        ("split", ["Prize 1", "Prize 2", "Prize 2", None]),
    ],
)
def test_a_tie_on_a_prize_line_goes_as_the_rule_says(
    client: FlaskClient, ctx: None, ties: str, got: list[str | None]
) -> None:
    world = judged(TIED, prizes=(1, 1), rule={"prizes": {"ties": ties}})
    snapshot = content(published(world))
    names = {prize["id"]: prize["name"]["en"] for prize in snapshot["prizes"]}
    by_entry = {row["entry"]: names.get(row["prize"]) for row in snapshot["ranking"]}
    assert [by_entry[entry.key] for entry in world.entries] == got
    assert ("shared_prizes" in snapshot) == (ties == "split")
    db.session.commit()
    shown = client.get(world.public("/results/final")).text
    assert ('class="shared-prize"' in shown) == (ties == "split")


def test_a_shared_prize_says_so_on_podium_table_and_own_page(
    app: Flask, client: FlaskClient, ctx: None
) -> None:
    world = judged(TIED, prizes=(1, 1), rule={"prizes": {"ties": "split"}})
    published(world)
    db.session.commit()
    page = client.get(world.public("/results/final")).text
    assert page.count('class="tier-note">shared') == 2
    assert page.count('class="shared-prize"') == 2
    own = make.sign_in(app.test_client(), world.captain(1)).get(
        world.public(f"/team/{world.entries[1].team.key}/result/final")
    )
    assert "(shared)" in own.text


@pytest.mark.parametrize(
    ("rule", "going"),
    [
        ({"advance": {"by": "line", "line": "8"}}, 3),
        ({"advance": {"by": "line", "line": "8.001"}}, 1),
        ({"advance": {"ties": "all"}}, 3),
    ],
)
def test_who_goes_on_by_a_line_or_with_all_ties(ctx: None, rule: dict[str, Any], going: int) -> None:
    places = 2 if "ties" in rule["advance"] else None
    world = judged(TIED, prizes=(), awards_prizes=False, rule=rule, advance_places=places)
    following = make.round_of(world.edition, slug="after")
    result = published(world)
    snapshot = content(result)
    assert sum(row["advances"] for row in snapshot["ranking"]) == going
    assert snapshot["next_round"] == "after"
    assert advance.advance(result=result, next_round=following, who=world.organizer).entered == going
    assert pending_result(world.round) is None
