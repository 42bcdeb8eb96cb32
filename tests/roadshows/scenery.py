"""A roadshow with everything in it, for tests that try every address."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from accounts import invitations
from accounts.models import Grant
from accounts.sessions import sha256
from competition.models import Edition, Entry, EntryState
from core import clock, files
from core.db import db
from core.languages import Trilingual
from core.models import random_key
from roadshows.local_times import local_date
from roadshows.models import (
    CalendarFeed,
    Guest,
    HolidayKind,
    Material,
    Participant,
    PartnerKind,
    PlanKind,
    PlanState,
    Roadshow,
    Scan,
    SessionKind,
)
from roadshows.operations import door, plan_runs, program, speakers
from roadshows.operations import settings as operations
from roadshows.operations.people import standing_link
from roadshows.operations.versions import publish_agenda
from tests.roadshows import agenda_contents as agendas
from tests.roadshows import draft_worlds, meeting_scenery
from tests.roadshows import factories as make

PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 32
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def of_edition(of: Edition) -> dict[str, Any]:
    """A roadshow of the edition, and what stands for the parts of its addresses: `part`, `blueprint:part` or
    `endpoint:part`."""
    roadshow = make.roadshow(slug=f"{of.slug}-roadshow", edition_id=of.id)
    guest = make.guest(roadshow)
    who = guest.participant
    token = standing_link(participant=who)  # one that a mail with the link leaves as it is
    values = {"roadshow": roadshow.slug, "participant": token}
    for name, value in _office(of, roadshow).items():
        values[f"roadshow_office.{name}" if ":" in name else f"roadshow_office:{name}"] = value
    return (
        values
        | _agenda(roadshow)
        | _shown(roadshow, who, token)
        | _door(roadshow, guest)
        | meeting_scenery.build(roadshow, token)
    )


def _door(roadshow: Roadshow, guest: Guest) -> dict[str, Any]:
    """A device at the door, and a guest whom it has let in."""
    make.day(roadshow.cities[0], local_date(clock.now(), roadshow.zone))
    db.session.refresh(roadshow)
    device, token = door.make_device(roadshow=roadshow, name="Left of the entrance")
    report = door.Report("scenery-of-the-door", clock.now(), guest=guest.participant.key)
    door.take_reports(roadshow=roadshow, device=device, sent_at=clock.now(), reports=[report])
    scan = db.session.query(Scan).filter_by(roadshow_id=roadshow.id).one()
    return {
        "guest": guest.participant.key,
        "device": token,
        "door_office.revoke_device:number": device.id,
        "door_office.undo:number": scan.id,
        "guest_my:purpose": "photos",
        "guest_office:decision": "refuse",
        "guest_office.import_template:kind": "csv",
    }


def _agenda(roadshow: Roadshow) -> dict[str, Any]:
    """A day's agenda, published, and a plan to look at."""
    day = draft_worlds.day(roadshow)
    publish_agenda(roadshow=roadshow, seen=roadshow.agenda_revision)
    run = plan_runs.ask_plan(
        roadshow=roadshow, kind=PlanKind.AGENDA, settings={"what": "rest", "seconds": 20}
    )
    run.state = PlanState.DONE
    run.outcome = {"status": "optimal", "placements": [], "unplaced": []}
    return {"agenda_session": day.sessions[0].key, "agenda_office:number": 1}


def _office(of: Edition, roadshow: Roadshow) -> dict[str, Any]:
    """What the pages of the roadshow office are about: `page:part of the address` → value."""
    city = roadshow.cities[0]
    picture = files.keep(PICTURE, "image/png", "plan.png")
    venue = make.venue(city, map_file_id=picture.id)
    make.venue(make.yantai(roadshow))
    make.room(venue)
    day = make.day(city, date(2026, 6, 9))
    slot = make.slots(day)[0]
    speaker = make.speaker(roadshow, photo_file_id=picture.id)
    absence = speakers.add_absence(
        participant=speaker.participant, starts_at=slot.starts_at, ends_at=slot.starts_at + timedelta(hours=1)
    )
    accepted = db.session.query(Entry).filter_by(edition_id=of.id, state=EntryState.ACCEPTED)
    entry = accepted.order_by(Entry.id).first()
    assert entry is not None
    pitch = make.session(roadshow, kind=SessionKind.PITCH, entry_id=entry.id)
    track = program.add_track(roadshow=roadshow, seen=None, name=Trilingual(en="Robots"))
    material = program.add_material(
        roadshow=roadshow,
        session=pitch,
        title=Trilingual(en="Slides"),
        file=files.keep(PDF, "application/pdf", "slides.pdf"),
        is_public=False,
    )
    partner = operations.add_partner(
        roadshow=roadshow, seen=None, kind=PartnerKind.HOST, name=Trilingual(en="The park")
    )
    note = operations.note_holiday(
        country="CN",
        date=date(2026, 6, 12 if of.slug == "home" else 13),
        kind=HolidayKind.WORKING,
        name=Trilingual(en="Worked"),
    )
    who = make.organizer(roadshow)
    invited, _token = invitations.invite(role="auditor", scope_kind="roadshow", scope_id=roadshow.id)
    db.session.flush()
    grant = db.session.query(Grant).filter_by(person_id=who.id).one()
    member = entry.team.members[1]
    found: dict[str, Any] = {
        "revoke_invitation:invitation": invited.id,
        "revoke_grant:grant": grant.id,
        "let_member_speak:member": member.id,
        "remove_absence:absence": absence.id,
        "slot:slot": slot.id,
        "export:kind": "csv",
        "change_material:part": material.id,
        "change_material:do": "show",
        "material:part": material.id,
        "new_place:kind": "rooms",
    }
    for page in ("slots", "remove_slots"):
        found[f"{page}:part"] = day.id
    for page in ("place_part", "remove_place"):
        found |= {f"{page}:kind": "venues", f"{page}:part": venue.id}
    for page in ("set_map", "remove_map", "venue_map"):
        found[f"{page}:part"] = venue.id
    for page in ("track", "remove_track"):
        found[f"{page}:part"] = track.id
    for page in ("partner", "remove_partner"):
        found[f"{page}:part"] = partner.id
    found["remove_holiday:part"] = note.id
    return found | {"attendee": speaker.participant.key, "item": pitch.key}


def _shown(roadshow: Roadshow, who: Participant, token: str) -> dict[str, Any]:
    """A published session with a speaker who has a photo, a venue with a plan, a file to take away, and a
    calendar of one's own."""
    picture = files.keep(PICTURE, "image/png", "picture.png")
    venue = make.venue(roadshow.cities[0], map_file_id=picture.id)
    slides = files.keep(PDF, "application/pdf", "slides.pdf")
    material = Material(
        roadshow_id=roadshow.id, title=Trilingual.same("Slides"), file_id=slides.id, is_public=True
    )
    feed = CalendarFeed(
        roadshow_id=roadshow.id, participant_id=who.id, token_sha256=sha256(f"calendar-{token}")
    )
    db.session.add_all([material, feed])
    session = agendas.session(
        random_key(), "2026-06-10T01:00Z", speakers=[{"key": who.key, "kind": "speaker"}]
    )
    agendas.publish(
        roadshow, session, number=2, speakers=[agendas.SPEAKER | {"key": who.key, "photo": picture.key}]
    )
    db.session.flush()
    return {
        "session_key": session["key"],
        "speaker_key": who.key,
        "venue_number": venue.id,
        "material_number": material.id,
        "feed": f"calendar-{token}",
    }
