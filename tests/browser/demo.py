"""The demo edition on the browser tests' server, with one of everything that a page can show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from accounts.invitations import invite
from accounts.models import Person
from certificates.documents import check_path
from certificates.models import Certificate
from competition import demo as competition_demo
from competition.models import (
    DocumentKind,
    Edition,
    Entry,
    EntryState,
    MemberRole,
    Milestone,
    Round,
)
from core import clock, demo, files
from core.db import db
from core.languages import Trilingual
from core.models import Mail, StoredFile
from judging.models import Judge, SampleEntry, ScoreSheet, SheetState
from judging.operations import samples
from judging.queries.judge import criteria_of
from roadshows.demo import SLUG
from roadshows.models import Absence, Roadshow, Session, SessionTrack, Slot
from tests import factories as make
from tests.browser import roadshow_pages
from tests.serving import Server

_PLACES = ("cities", "days", "venues", "rooms")


@dataclass(frozen=True)
class Demo:
    """Who looks at what: ids of people by part, and values for the parts of addresses by part."""

    people: dict[str, int]
    parts: dict[str, dict[str, Any]]
    check: str


def value(parts: dict[str, Any], endpoint: str, name: str) -> Any:
    """What stands for a part of an address: on this page, on those of its blueprint, or anywhere."""
    keys = (f"{endpoint}:{name}", f"{endpoint.partition('.')[0]}:{name}", name)
    return next((parts[key] for key in keys if key in parts), None)


def load(server: Server, plan: Path, patch: pytest.MonkeyPatch) -> Demo:
    """The smallest demo edition. One small PDF stands for all documents: WeasyPrint is not what is tested."""
    with server.app.app_context():
        stored: list[StoredFile] = []

        def documents() -> dict[DocumentKind, StoredFile]:
            stored.append(files.keep(plan.read_bytes(), "application/pdf", "plan.pdf"))
            return {DocumentKind.BUSINESS_PLAN: stored[0], DocumentKind.PITCH_DECK: stored[0]}

        patch.setattr(competition_demo, "_sample_documents", documents)
        patch.setattr(db.session, "commit", db.session.flush)
        demo.load(size=24, seed=2016)
        patch.undo()
        edition = db.session.scalars(select(Edition).where(Edition.slug == demo.SLUG)).one()
        for certificate in db.session.scalars(select(Certificate)):
            certificate.file_id = stored[0].id
        found = _look_up(edition)
        db.session.commit()
    return found


def _look_up(edition: Edition) -> Demo:
    moment = clock.now()
    final = next(round for round in edition.rounds if round.slug == "final")
    final.scoring_closes_at = moment + timedelta(days=3)
    sheet = db.session.scalars(select(ScoreSheet).where(ScoreSheet.round_id == final.id)).first()
    assert sheet is not None
    sheet.state, sheet.submitted_at = SheetState.OPEN, None
    certificate = db.session.scalars(select(Certificate).order_by(Certificate.id)).first()
    assert certificate is not None
    winner = db.session.scalars(select(Entry).where(Entry.team_id == certificate.team_id)).one()
    draft = db.session.scalars(select(Entry).where(Entry.state == EntryState.DRAFT)).first()
    assert draft is not None
    draft.team.extended_until = moment + timedelta(days=2)
    milestone = db.session.scalars(select(Milestone).where(Milestone.edition_id == edition.id)).first()
    mail = db.session.scalars(select(Mail).where(Mail.edition_id == edition.id)).first()
    assert milestone is not None
    assert mail is not None
    judge = sheet.judge
    head = db.session.scalars(
        select(Judge).where(Judge.edition_id == edition.id, Judge.is_head.is_(True))
    ).first()
    assert head is not None
    sample = _sample(final)
    make.proposal(final, [(judge, sheet.entry)])

    def captain(entry: Entry) -> int:
        return next(m.person_id for m in entry.team.members if m.role is MemberRole.CAPTAIN and m.person_id)

    def team_parts(entry: Entry) -> dict[str, Any]:
        mate = next(m for m in entry.team.members if m.role is MemberRole.MEMBER)
        return {
            "edition": edition.slug,
            "team": entry.team.key,
            "teammate": mate.id,
            "round": "final",
            "number": 1,
        }

    def person(email: str) -> int:
        return db.session.scalars(select(Person.id).where(Person.email == email)).one()

    shown = roadshow_pages.parts(edition)
    _invitation, token = invite(
        role="member", scope_kind="team", scope_id=draft.team_id, language="zh", invited_by=captain(draft)
    )
    office = _roadshow_office() | {
        "edition": edition.slug,
        "entry": winner.key,
        "entry_key": winner.key,
        "round": "final",
        "judge": judge.key,
        "sample": sample.key,
        "number": 1,
        "certificate": certificate.number,
        "mail": mail.id,
        "picture": "rank-intervals",
        "part": {
            "dates": milestone.id,
            "tracks": edition.tracks[0].id,
            "divisions": edition.divisions[0].id,
            "rounds": final.id,
            "prizes": edition.prizes[0].id,
        },
    }
    return Demo(
        people={
            "organizer": person("organizer1@example.com"),
            "admin": person("admin@example.com"),
            "judge": judge.person_id or 0,
            "head judge": head.person_id or 0,
            "winner": captain(winner),
            "newcomer": captain(draft),
        },
        parts={
            "visitor": {"edition": edition.slug, "round": "final", "number": 1, "token": token} | shown,
            "organizer": office | shown,
            "admin": office | {"number": captain(winner)},
            "judge": {
                "edition_slug": edition.slug,
                "round_slug": "final",
                "desk": "final",
                "sheet": sheet.entry.key,
                "own_judge": edition.slug,
                "wished_entry": sheet.entry.key,
                "sample": sample.key,
            },
            "head judge": {
                "edition": edition.slug,
                "round": "final",
                "entry": sheet.entry.key,
                "judge": judge.key,
            },
            "winner": team_parts(winner),
            "newcomer": team_parts(draft),
        },
        check=check_path(certificate),
    )


def _roadshow_office() -> dict[str, Any]:
    """What the pages of the demo roadshow's office are about."""
    roadshow = db.session.scalars(select(Roadshow).where(Roadshow.slug == SLUG)).one()
    its = {"roadshow_id": roadshow.id}
    pitches = select(Session).filter_by(**its).where(Session.entry_id.is_not(None))
    pitch = db.session.scalars(pitches).first()
    slot = db.session.scalars(select(Slot).filter_by(**its).order_by(Slot.starts_at)).first()
    absent = db.session.scalars(select(Absence).filter_by(**its)).first()
    track = db.session.scalars(select(SessionTrack).filter_by(**its)).first()
    assert pitch is not None
    assert slot is not None
    assert absent is not None
    assert track is not None
    venue = roadshow.venues[0]
    return {
        "roadshow": roadshow.slug,
        "agenda_session": pitch.key,
        "roadshow_office:item": pitch.key,
        "roadshow_office:attendee": absent.participant.key,
        "roadshow_office:slot": slot.id,
        "roadshow_office.slots:part": slot.day_id,
        "roadshow_office.track:part": track.id,
        "roadshow_office.partner:part": roadshow.partners[0].id,
        "roadshow_office.new_place:kind": _PLACES,
        "roadshow_office.place_part:kind": _PLACES,
        "roadshow_office.place_part:part": {
            "cities": roadshow.cities[0].id,
            "days": slot.day_id,
            "venues": venue.id,
            "rooms": venue.rooms[0].id,
        },
    }


def _sample(of: Round) -> SampleEntry:
    criteria = criteria_of(of.id)
    return samples.add_sample(
        round=of,
        title=Trilingual("样例", "예시", "Sample"),
        summary=Trilingual("简介", "개요", "Summary"),
        reference={row.key: row.scale.most_text for row in criteria},
        note=Trilingual("理由", "이유", "Why"),
    )
