"""A roadshow on the browser tests' server with one of everything that its public pages can show."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from competition.models import Edition
from core import files
from core.db import db
from core.languages import Trilingual
from roadshows.agenda_posed import room_id, slot_id
from roadshows.models import AgendaVersion, Material, PlanKind, PlanState, Roadshow, Session
from roadshows.operations import door, plan_runs
from tests.roadshows import agenda_contents as agendas
from tests.roadshows import factories as roadshows
from tests.roadshows import meeting_scenery
from tests.roadshows.scenery import PICTURE
from tests.scenery import PDF

TOKEN = "browser-tests-participant"
NO_PAGES = {
    "afterwards_office.report_pdf",
    "meeting_office.party_lists",
    "meeting_office.table_cards",
    "meeting_office.timetable_file",
    "print_office.door_signs",
    "roadshows.material",
    "roadshows.photo",
    "roadshows.plan",
}
"""Files and pictures."""


def parts(edition: Edition) -> dict[str, Any]:
    """Values for the parts of the addresses; a roadshow of the edition is made if there is none."""
    found = db.session.scalars(select(Roadshow).where(Roadshow.edition_id == edition.id)).first()
    roadshow = found or roadshows.roadshow(slug="browser", edition_id=edition.id)
    who = roadshows.participant(roadshow, TOKEN, language="zh")
    roadshows.speaker(roadshow, participant=who)
    if not roadshow.days:
        roadshows.day(roadshow.cities[0])
    picture = files.keep(PICTURE, "image/png", "picture.png")
    slides = files.keep(PDF, "application/pdf", "slides.pdf")
    venue = roadshows.venue(roadshow.cities[0], map_file_id=picture.id)
    roadshows.room(venue)
    title = Trilingual("手册", "안내서", "Guide")
    material = Material(roadshow_id=roadshow.id, title=title, file_id=slides.id, is_public=True)
    db.session.add(material)
    if not db.session.scalars(select(AgendaVersion).where(AgendaVersion.roadshow_id == roadshow.id)).first():
        _publish(roadshow, who.key)
    version = db.session.scalars(
        select(AgendaVersion)
        .where(AgendaVersion.roadshow_id == roadshow.id)
        .order_by(AgendaVersion.number.desc())
    ).first()
    assert version is not None
    _plan(roadshow)
    db.session.flush()
    return {
        "roadshow": roadshow.slug,
        "participant": TOKEN,
        "session_key": version.content["sessions"][0]["key"],
        "guest": roadshows.guest(roadshow, participant=who).participant.key,
        "device": _device(roadshow),
        "agenda_office:number": 1,
        **meeting_scenery.build(roadshow, TOKEN),
    }


def _device(roadshow: Roadshow) -> str:
    """A device that stands at the door, by the secret of its link."""
    _row, secret = door.make_device(roadshow=roadshow, name="正门 · 정문")
    return secret


def _plan(roadshow: Roadshow) -> None:
    """A proposal for the agenda that waits to be looked at: what has no place goes where another session
    stands."""
    of = select(Session).where(Session.roadshow_id == roadshow.id, Session.whole_city.is_(False))
    waiting = db.session.scalars(of.where(Session.slot_id.is_(None))).first()
    placed = db.session.scalars(of.where(Session.slot_id.is_not(None))).first()
    if waiting is None or placed is None:
        return
    run = plan_runs.ask_plan(
        roadshow=roadshow, kind=PlanKind.AGENDA, settings={"what": "rest", "seconds": 20}
    )
    slot, room = slot_id(placed.slot_id), room_id(placed.room_id or 0)
    run.state = PlanState.DONE
    run.outcome = {
        "status": "feasible",
        "objective": 40,
        "bound": 30,
        "placements": [{"event": waiting.key, "slot": slot, "room": room}],
        "unplaced": [],
    }


def _publish(roadshow: Roadshow, speaker: str) -> None:
    moderated = {"key": speaker, "kind": "moderator"}
    agendas.publish(
        roadshow,
        agendas.session("browsersess1", "2026-06-09T15:15Z", track=7, speakers=[moderated]),
        agendas.session("browsersess2", "2099-06-10T03:00Z", kind="break", room=None, whole_city=True),
        agendas.session("browsersess3", "2099-06-10T04:00Z", kind="signing", canceled=True, sequence=1),
        speakers=[agendas.SPEAKER | {"key": speaker}],
    )
