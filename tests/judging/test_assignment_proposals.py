"""An assignment is proposed, looked at, applied: rules kept, begun sheets untouched, collisions in words."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from competition.models import Edition, Entry, Round
from core.db import db
from core.errors import Conflict
from core.languages import Trilingual
from core.models import AuditRecord, Notice
from judging.models import (
    AssignmentProposal,
    Background,
    Inclination,
    Judge,
    JudgeWish,
    ProposalState,
    ScoreSheet,
    SheetState,
)
from judging.operations import assignment, panel, recusals, sheets
from judging.operations.assignment import Applied, Infeasible
from judging.panel_settings import PanelSettings, repairing
from tests import factories as make

ONE = PanelSettings(per_entry=1, languages="any")


@pytest.fixture
def edition(ctx: None) -> Edition:
    return make.edition()


@pytest.fixture
def round(edition: Edition) -> Round:
    found = make.round_of(edition)
    make.rubric(found)
    return found


def entries_of(round: Round, count: int, **values: Any) -> list[Entry]:
    entries = [make.entry(round.edition, **values) for _ in range(count)]
    panel.enter_round(round=round, entries=entries)
    return entries


def judges_of(edition: Edition, count: int, **values: Any) -> list[Judge]:
    first = len(db.session.scalars(select(Judge.id)).all())
    return [panel.add_judge(edition=edition, name=f"J{first + at}", **values) for at in range(count)]


def sheets_in(round: Round) -> list[ScoreSheet]:
    return list(db.session.scalars(select(ScoreSheet).where(ScoreSheet.round_id == round.id)))


def pairs_in(round: Round) -> set[tuple[int, int]]:
    return {(sheet.judge_id, sheet.entry_id) for sheet in sheets_in(round)}


def proposed(round: Round, settings: PanelSettings) -> AssignmentProposal | Infeasible:
    posed = assignment.pose(round=round, settings=settings)
    return assignment.propose(round=round, posed=posed, answer=assignment.solve(posed))


def applied(round: Round, settings: PanelSettings) -> Applied:
    found = proposed(round, settings)
    assert isinstance(found, AssignmentProposal)
    return assignment.apply_proposal(proposal=found)


def collisions(round: Round, settings: PanelSettings) -> list[str]:
    found = proposed(round, settings)
    assert isinstance(found, Infeasible)
    return [row["rule"] for row in found.conflict]


def begin(sheet: ScoreSheet) -> None:
    sheets.save_marks(sheet=sheet, seen=None, op_id=f"begin-{sheet.id:06}", marks={"c1": "8"})


def submit(sheet: ScoreSheet) -> None:
    sheets.save_marks(sheet=sheet, seen=None, op_id=f"done-{sheet.id:06}", marks={"c1": "8", "c2": "7"})
    sheets.submit_sheet(sheet=sheet)


def test_loads_are_even_panels_rotate_and_the_same_question_gets_the_same_answer(
    edition: Edition, round: Round
) -> None:
    entries_of(round, 12)
    judges_of(edition, 6)
    asked = PanelSettings(per_entry=3, languages="any", seed=5)
    done = applied(round, asked)
    assert (done.added, done.removed) == (36, 0)
    assert set(Counter(judge for judge, _entry in pairs_in(round)).values()) == {6}
    panels: dict[int, set[int]] = {}
    for judge, entry in pairs_in(round):
        panels.setdefault(entry, set()).add(judge)
    assert len({frozenset(found) for found in panels.values()}) >= 8, "panels rotate"
    again = proposed(round, asked)
    assert isinstance(again, AssignmentProposal)
    assert (again.outcome["added"], again.outcome["removed"]) == ([], [])
    assert again.outcome["gap"] == 0
    assert len(again.outcome["components"]) == 1


def test_begun_and_submitted_sheets_never_move(edition: Edition, round: Round) -> None:
    entries_of(round, 10)
    judges_of(edition, 2)
    applied(round, ONE)
    fixed = sorted(sheets_in(round), key=lambda sheet: sheet.judge_id)
    for sheet in (fixed[0], fixed[5]):
        begin(sheet)
    for sheet in (fixed[1], fixed[6]):
        submit(sheet)
    kept = {(fixed[at].judge_id, fixed[at].entry_id) for at in (0, 1, 5, 6)}
    judges_of(edition, 3)
    applied(round, replace(ONE, load_slack=0))
    assert kept <= pairs_in(round)
    assert sorted(Counter(judge for judge, _entry in pairs_in(round)).values()) == [2, 2, 2, 2, 2]


def test_a_retired_judges_submitted_sheet_counts_and_she_gets_nothing_more(
    edition: Edition, round: Round
) -> None:
    entry = entries_of(round, 2)[0]
    gone, *_others = judges_of(edition, 3)
    submit(panel.assign(round=round, judge=gone, entry=entry))
    panel.retire_judge(judge=gone, reason="moved away")
    applied(round, PanelSettings(per_entry=2, languages="any"))
    panels = Counter(entry for _judge, entry in pairs_in(round))
    assert set(panels.values()) == {2}
    assert [judge for judge, _entry in pairs_in(round)].count(gone.id) == 1


def test_repair_after_a_recusal_changes_one_pair_only(edition: Edition, round: Round) -> None:
    entries_of(round, 12)
    judges_of(edition, 6)
    asked = PanelSettings(per_entry=3, languages="any")
    applied(round, asked)
    before = pairs_in(round)
    lost = sheets_in(round)[7]
    recusals.recuse(sheet=lost, reason="cousin")
    done = applied(round, repairing(asked))
    assert (done.added, done.removed) == (1, 0)
    fresh = pairs_in(round) - before
    assert {entry for _judge, entry in fresh} == {lost.entry_id}
    states = Counter(sheet.state for sheet in sheets_in(round))
    assert states == {SheetState.RECUSED: 1, SheetState.OPEN: 36}


def test_conflicts_are_never_crossed_and_the_cause_is_named(edition: Edition, round: Round) -> None:
    team = make.team(edition, affiliation="四川大学")
    entry = make.entry(edition, team=team)
    panel.enter_round(round=round, entries=[entry])
    entries_of(round, 4)
    panel.add_judge(edition=edition, name="Own", affiliation=Trilingual(zh="四川大学"))
    panel.add_judge(edition=edition, name="Free")
    two = PanelSettings(per_entry=2, languages="any")
    assert collisions(round, two) == ["too_few_judges"]
    assert sheets_in(round) == []
    assert applied(round, replace(two, allow_short=True)).added == 9
    judged = db.session.scalars(
        select(Judge.name)
        .join(ScoreSheet, ScoreSheet.judge_id == Judge.id)
        .where(ScoreSheet.entry_id == entry.id)
    ).all()
    assert judged == ["Free"]


def test_every_panel_gets_the_countries_and_backgrounds_asked_for(edition: Edition, round: Round) -> None:
    entries_of(round, 6)
    judges_of(edition, 3, country="CN")
    judges_of(edition, 3, country="KR")
    for judge in db.session.scalars(select(Judge).order_by(Judge.id)).all()[1::3]:
        judge.background = Background.INVESTOR
    db.session.flush()
    asked = PanelSettings(
        per_entry=3,
        languages="any",
        least_of_country={"CN": 1, "KR": 1},
        least_of_background={"investor": 1},
        load_slack=3,
    )
    applied(round, asked)
    of = {judge.id: judge for judge in db.session.scalars(select(Judge))}
    panels: dict[int, list[Judge]] = {}
    for judge, entry in pairs_in(round):
        panels.setdefault(entry, []).append(of[judge])
    for found in panels.values():
        assert {judge.country for judge in found} == {"CN", "KR"}
        assert Background.INVESTOR in {judge.background for judge in found}
    missing = collisions(round, replace(asked, least_of_background={"academia": 1}))
    assert set(missing) == {"too_few_of_label"}, "each entry lacks somebody by itself"


def test_wishes_and_fields_decide_among_the_possible(edition: Edition, round: Round) -> None:
    entries = entries_of(round, 2)
    one, other = judges_of(edition, 2)
    for entry in entries:
        wish = Inclination.GLADLY if entry is entries[1] else Inclination.RATHER_NOT
        db.session.add(JudgeWish(edition_id=edition.id, judge_id=one.id, entry_id=entry.id, wish=wish))
    db.session.flush()
    found = proposed(round, replace(ONE, load_slack=0))
    assert isinstance(found, AssignmentProposal)
    assert (found.outcome["wishes_met"], found.outcome["wishes_made"], found.outcome["unwanted"]) == (1, 1, 0)
    assignment.apply_proposal(proposal=found)
    assert pairs_in(round) == {(one.id, entries[1].id), (other.id, entries[0].id)}


def test_a_stale_proposal_is_not_applied(edition: Edition, round: Round) -> None:
    entries_of(round, 2)
    judges_of(edition, 2)
    found = proposed(round, ONE)
    assert isinstance(found, AssignmentProposal)
    judges_of(edition, 1)
    with pytest.raises(Conflict) as refused:
        assignment.apply_proposal(proposal=found)
    assert refused.value.code == "stale_proposal"
    assert sheets_in(round) == []


def test_a_proposal_is_decided_once(edition: Edition, round: Round) -> None:
    entries_of(round, 2)
    judges_of(edition, 2)
    first = proposed(round, ONE)
    second = proposed(round, ONE)
    assert isinstance(first, AssignmentProposal)
    assert isinstance(second, AssignmentProposal)
    assert (first.state, second.state) == (ProposalState.DISCARDED, ProposalState.OPEN)
    assignment.apply_proposal(proposal=second)
    for act in (assignment.apply_proposal, assignment.discard_proposal):
        with pytest.raises(Conflict) as refused:
            act(proposal=second)
        assert refused.value.code == "proposal_decided"
    done = db.session.scalars(select(AuditRecord.action).where(AuditRecord.action.like("assignment.%"))).all()
    assert done == ["assignment.proposed", "assignment.proposed", "assignment.applied"]


def test_a_told_judge_hears_that_entries_were_taken_off(edition: Edition, round: Round) -> None:
    entries_of(round, 4)
    who = make.person(language="zh")
    panel.add_judge(edition=edition, name="Told", person=who)
    applied(round, replace(ONE))
    panel.tell_judges(round=round)
    judges_of(edition, 3)
    done = applied(round, replace(ONE, load_slack=0))
    assert done.told == 1
    said = db.session.scalars(select(Notice).where(Notice.person_id == who.id).order_by(Notice.id)).all()[-1]
    assert said.subject.startswith("您的评审列表有变化")
    assert "3" in said.body


def test_nothing_to_assign_says_so(edition: Edition, round: Round) -> None:
    with pytest.raises(Conflict) as refused:
        proposed(round, ONE)
    assert refused.value.code == "no_entries"
    entries_of(round, 1)
    with pytest.raises(Conflict) as refused:
        proposed(round, ONE)
    assert refused.value.code == "no_judges"


# ---- Pages


@pytest.fixture
def client(app: Any, edition: Edition) -> FlaskClient:
    return make.sign_in(app.test_client(), make.organizer(edition))


def place(edition: Edition, round: Round, page: str = "", lang: str = "en") -> str:
    return f"/{lang}/o/{edition.slug}/judging/rounds/{round.slug}/assignment{page}"


FORM = {
    "per_entry": "2",
    "mode": "afresh",
    "load_slack": "2",
    "languages": "any",
    "connected": "y",
    "expertise": "2",
    "wishes": "2",
    "even_load": "2",
    "mixing": "2",
    "few_interpreters": "2",
    "seed": "1",
}


def send(client: FlaskClient, url: str, **values: Any) -> Any:
    once_key = hashlib.sha256(f"{url} {sorted(values.items())}".encode()).hexdigest()
    return client.post(url, data={"once_key": once_key} | values)


@pytest.mark.own_process
def test_an_organizer_proposes_looks_and_applies_as_the_site_does(
    client: FlaskClient, edition: Edition, round: Round
) -> None:
    entries_of(round, 6)
    judges_of(edition, 4)
    assert "Propose an assignment" in client.get(place(edition, round)).get_data(as_text=True)
    answer = send(client, place(edition, round, "/propose"), **FORM | {"per_entry": "２"})
    assert answer.status_code == 303
    page = client.get(answer.location).get_data(as_text=True)
    for words in ("Proven: no better assignment", "All judges can be compared", "New sheets", "<svg"):
        assert words in page
    assert sheets_in(round) == []
    assert send(client, f"{answer.location}/apply", version="1").status_code == 303
    assert len(sheets_in(round)) == 12
    assert "was applied" in client.get(answer.location).get_data(as_text=True)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "needs 2 judges, and only 1 may judge it"),
        ("zh", "需要 2 位评委"),
        ("ko", "심사위원 2명이 필요한데"),
    ],
)
def test_what_collides_stands_on_the_page_with_names(
    client: FlaskClient, edition: Edition, round: Round, lang: str, words: str
) -> None:
    entry = entries_of(round, 1)[0]
    judges_of(edition, 1)
    answer = send(client, place(edition, round, "/propose", lang), **FORM)
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert words in page
    assert f"“{entry.team.name}”" in page
    assert entry.key not in page


def test_repair_is_one_button_and_discard_changes_nothing(
    client: FlaskClient, edition: Edition, round: Round
) -> None:
    entries_of(round, 4)
    judges_of(edition, 3)
    applied(round, PanelSettings(per_entry=1, languages="any"))
    recusals.recuse(sheet=sheets_in(round)[0], reason="cousin")
    assert "Repair with few changes" in client.get(place(edition, round)).get_data(as_text=True)
    answer = send(client, place(edition, round, "/repair"))
    assert answer.status_code == 303
    assert send(client, f"{answer.location}/discard", version="9").status_code == 409
    assert send(client, f"{answer.location}/discard", version="1").status_code == 303
    assert len(sheets_in(round)) == 4


def test_a_stale_proposal_leads_back_to_asking(client: FlaskClient, edition: Edition, round: Round) -> None:
    entries_of(round, 2)
    judges_of(edition, 2)
    answer = send(client, place(edition, round, "/propose"), **FORM)
    panel.add_judge(edition=edition, name="Late")
    db.session.commit()
    applying = send(client, f"{answer.location}/apply", version="1")
    assert applying.location.endswith("/propose")
    assert "have changed since this was proposed" in client.get(applying.location).get_data(as_text=True)


@pytest.mark.parametrize(
    "bad",
    [
        {"per_entry": "0"},
        {"per_entry": "x"},
        {"per_entry": "1.5"},
        {"per_entry": ""},
        {"per_entry": "1000"},
        {"mode": "magic"},
        {"languages": "all"},
        {"expertise": "99"},
        {"interpreters": "-1"},
        {"load_slack": "NaN"},
    ],
)
def test_a_wrong_question_is_answered_beside_its_field(
    client: FlaskClient, edition: Edition, round: Round, bad: dict[str, str]
) -> None:
    entries_of(round, 1)
    judges_of(edition, 2)
    answer = send(client, place(edition, round, "/propose"), **FORM | bad)
    assert answer.status_code == 422
    assert "error-summary" in answer.get_data(as_text=True)
    assert db.session.scalars(select(AssignmentProposal)).all() == []


def test_a_proposal_of_another_round_or_edition_is_not_found(
    client: FlaskClient, edition: Edition, round: Round
) -> None:
    entries_of(round, 1)
    judges_of(edition, 2)
    proposed(round, ONE)
    other = make.round_of(edition)
    db.session.commit()
    assert client.get(place(edition, round, "/proposals/1")).status_code == 200
    assert client.get(place(edition, other, "/proposals/1")).status_code == 404
    assert client.get(place(edition, round, "/proposals/2")).status_code == 404
