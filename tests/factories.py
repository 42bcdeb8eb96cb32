"""One function per noun: builds a plausible row, adds it to the session, flushes, returns it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from accounts.consent_texts import VERSION
from accounts.consents import REQUIRED
from accounts.models import Consent, Grant, Person, Role, SignIn
from accounts.sessions import sha256
from competition.models import (
    Contest,
    Country,
    Division,
    Edition,
    EditionState,
    Entry,
    EntryState,
    Member,
    MemberRole,
    Milestone,
    MilestoneKind,
    Round,
    RoundEntry,
    Team,
    Track,
)
from core import clock
from core.db import db
from core.languages import Trilingual
from core.text import fold, skeleton
from judging.models import AssignmentProposal, Criterion, Judge, Rubric, ScoreSheet
from judging.panel_settings import PanelSettings

_count = itertools.count(1)


def person(**values: Any) -> Person:
    """A confirmed person who agreed to what is needed, without a usable password."""
    number = next(_count)
    email = values.pop("email", f"person{number}@example.com")
    row = Person(
        **{
            "email": email,
            "email_key": fold(email),
            "name": f"王小明{number}",
            "name_latin": f"Wang Xiaoming {number}",
            "language": "en",
            "birth_year": 1995,
            "email_confirmed_at": clock.now(),
        }
        | values
    )
    _add(row)
    for purpose in REQUIRED:
        db.session.add(
            Consent(person_id=row.id, purpose=purpose, text_version=VERSION, language=row.language)
        )
    db.session.flush()
    return row


def grant(who: Person, role: Role, edition: Edition) -> Grant:
    row = _add(Grant(person_id=who.id, role=role, scope_kind="edition", scope_id=edition.id))
    db.session.expire(who, ["grants"])
    return row


def organizer(edition: Edition, **values: Any) -> Person:
    who = person(**values)
    grant(who, Role.ORGANIZER, edition)
    return who


def auditor(edition: Edition, **values: Any) -> Person:
    who = person(**values)
    grant(who, Role.AUDITOR, edition)
    return who


def edition(**values: Any) -> Edition:
    """A public edition with a track, a division and registration open for ten more days."""
    number = next(_count)
    contest = _add(Contest(slug=f"contest-{number}", name=Trilingual("大赛", "대회", "Contest")))
    row = _add(
        Edition(
            **{
                "contest_id": contest.id,
                "slug": f"edition-{number}",
                "year": 2026,
                "name": Trilingual("第一届大赛", "제1회 대회", "First Contest"),
                "theme": Trilingual("中韩合作，创新创业", "한중 협력, 혁신창업", "China–Korea cooperation"),
                "state": EditionState.PUBLIC,
                "receipt_prefix": f"R{number}",
            }
            | values
        )
    )
    _add(Track(edition_id=row.id, slug="ai", name=Trilingual("人工智能", "인공지능", "AI")))
    _add(Division(edition_id=row.id, slug="idea", name=Trilingual("创意组", "예비창업 부문", "Idea")))
    moment = clock.now()
    _add(Milestone(edition_id=row.id, kind=MilestoneKind.REGISTRATION_OPENS, at=moment - timedelta(days=10)))
    _add(Milestone(edition_id=row.id, kind=MilestoneKind.REGISTRATION_CLOSES, at=moment + timedelta(days=10)))
    return row


def team(of: Edition, captain: Person | None = None, **values: Any) -> Team:
    """A team with its captain (a fresh person unless given) and a draft entry."""
    number = next(_count)
    captain = captain or person()
    name = values.pop("name", f"蓉城创新队{number}")
    affiliation = values.pop("affiliation", f"蓉城科技大学{number}")
    row = _add(
        Team(
            **{
                "edition_id": of.id,
                "name": name,
                "name_key": skeleton(name),
                "country": Country.CHINA,
                "affiliation": affiliation,
                "affiliation_key": skeleton(affiliation),
                "created_by": captain.id,
            }
            | values
        )
    )
    _add(
        Member(
            edition_id=of.id,
            team_id=row.id,
            person_id=captain.id,
            role=MemberRole.CAPTAIN,
            name=captain.name,
            name_latin=captain.name_latin,
            email=captain.email or "",
            birth_year=captain.birth_year,
            confirmed_at=clock.now(),
        )
    )
    _add(Entry(edition_id=of.id, team_id=row.id))
    db.session.refresh(row)
    return row


def entry(of: Edition, state: EntryState = EntryState.ACCEPTED, **values: Any) -> Entry:
    """An entry of a fresh team, by default accepted."""
    number = next(_count)
    owner = values.pop("team", None) or team(of)
    row: Entry = owner.entry
    track = of.tracks[0] if of.tracks else None
    for name, value in (
        {
            "state": state,
            "title": Trilingual(f"项目{number}", f"아이템{number}", f"Project {number}"),
            "summary": Trilingual(f"简介{number}", f"개요{number}", f"Summary {number}"),
            "track_id": track.id if track else None,
            "division_id": of.divisions[0].id if of.divisions else None,
            "submitted_at": clock.now(),
            "receipt_number": f"{of.receipt_prefix}-{number:04d}",
        }
        | values
    ).items():
        setattr(row, name, value)
    db.session.flush()
    return row


def round_of(of: Edition, **values: Any) -> Round:
    """A round without entries, scoring open."""
    number = next(_count)
    moment = clock.now()
    return _add(
        Round(
            **{
                "edition_id": of.id,
                "slug": f"round-{number}",
                "position": number,
                "name": Trilingual("初赛", "예선", "Preliminary"),
                "scoring_opens_at": moment - timedelta(days=1),
                "scoring_closes_at": moment + timedelta(days=5),
                "awards_prizes": True,
                "judges_per_entry": 1,
            }
            | values
        )
    )


def rubric(of: Round, criteria: int = 2, **values: Any) -> Rubric:
    """A rubric of `criteria` criteria of 0 to 10 points in halves, weight 1."""
    row = _add(Rubric(edition_id=of.edition_id, round_id=of.id, **values))
    for position in range(1, criteria + 1):
        _add(
            Criterion(
                rubric_id=row.id,
                position=position,
                key=f"c{position}",
                name=Trilingual(f"评分项{position}", f"심사 항목{position}", f"Criterion {position}"),
                places=1,
                least=0,
                most=100,
                step=5,
            )
        )
    db.session.refresh(row)
    return row


def enter(of: Round, *entries: Entry) -> None:
    """Put entries into a round."""
    for position, row in enumerate(entries, 1):
        _add(RoundEntry(edition_id=of.edition_id, round_id=of.id, entry_id=row.id, position=position))


def judge(of: Edition, who: Person | None = None, **values: Any) -> Judge:
    """A judge with an account and the judge's grant."""
    who = who or person()
    grant(who, Role.JUDGE, of)
    return _add(
        Judge(
            **{
                "edition_id": of.id,
                "person_id": who.id,
                "name": who.name,
                "country": "CN",
                "languages": ["zh"],
            }
            | values
        )
    )


def sheet(of: Round, by: Judge, about: Entry, **values: Any) -> ScoreSheet:
    return _add(
        ScoreSheet(edition_id=of.edition_id, round_id=of.id, judge_id=by.id, entry_id=about.id, **values)
    )


def proposal(of: Round, pairs: Sequence[tuple[Judge, Entry]], **values: Any) -> AssignmentProposal:
    """An open proposal of an assignment, as the solver would have answered."""
    named = [[by.key, about.key] for by, about in pairs]
    outcome = {
        "status": "optimal",
        "pairs": named,
        "added": named,
        "removed": [],
        "objective": 0,
        "bound": 0,
        "gap": 0,
        "components": [{}],
        "bridges": [],
        "wishes": {"interpreted": 0, "repeated_meetings": 0},
        "wishes_met": 0,
        "wishes_made": 0,
        "unwanted": 0,
        "algebraic_connectivity": 1.0,
    }
    return _add(
        AssignmentProposal(
            edition_id=of.edition_id,
            round_id=of.id,
            round=of,
            number=1,
            settings=PanelSettings(per_entry=1).to_json(),
            outcome=outcome,
            basis_sha256="0" * 64,
            **values,
        )
    )


def sign_in(client: FlaskClient, who: Person) -> FlaskClient:
    """Give the client a signed-in session of `who`; commits."""
    token = f"token-{next(_count)}-{who.id}"
    db.session.add(
        SignIn(
            token_sha256=sha256(token),
            person_id=who.id,
            expires_at=clock.now() + timedelta(days=30),
            seen_at=clock.now(),
        )
    )
    db.session.commit()
    with client.session_transaction() as session:
        session.clear()
        session["_user_id"] = token
        session["_fresh"] = True
    return client


def _add(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row
