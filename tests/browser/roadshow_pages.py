"""A roadshow on the browser tests' server with one of everything that its public pages can show."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from competition.models import Edition
from core import files
from core.db import db
from core.languages import Trilingual
from roadshows.models import AgendaVersion, Material, Roadshow
from tests.roadshows import agenda_contents as agendas
from tests.roadshows import factories as roadshows
from tests.roadshows.scenery import PICTURE
from tests.scenery import PDF

TOKEN = "browser-tests-participant"
NO_PAGES = {
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
    db.session.flush()
    return {
        "roadshow": roadshow.slug,
        "participant": TOKEN,
        "session_key": version.content["sessions"][0]["key"],
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
