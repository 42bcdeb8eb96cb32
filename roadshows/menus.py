"""This room's part of the side navigation and the tabs of a roadshow's public pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import current_app, g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select

from competition.models import Edition
from core import registries
from core.access import declared_of
from core.db import db
from core.languages import current_language
from core.registries import MenuEntry
from roadshows import policy
from roadshows.models import Roadshow, RoadshowState

_OFFICE = (
    (_l("Overview"), "roadshow_office.overview"),
    (_l("Settings"), "roadshow_office.settings"),
    (_l("Places and days"), "roadshow_office.places"),
    (_l("People"), "roadshow_office.people"),
    (_l("Program"), "roadshow_office.program"),
    (_l("Agenda"), "agenda_office.editor"),
    (_l("Guests"), "guest_office.guests"),
    (_l("Check-in"), "door_office.door"),
    (_l("Meetings"), "meeting_office.meetings"),
    (_l("Messages"), "message_office.messages"),
    (_l("To print"), "print_office.printables"),
    (_l("Afterwards"), "afterwards_office.report"),
)
_PUBLIC = (
    (_l("Overview"), "roadshows.roadshow"),
    (_l("Agenda"), "roadshows.agenda"),
    (_l("Now and next"), "roadshows.now"),
    (_l("Speakers"), "roadshows.speakers"),
    (_l("Venues"), "roadshows.venues"),
    (_l("Materials"), "roadshows.materials"),
)


def entries(who: Any) -> Iterable[MenuEntry]:
    """The list of roadshows for who may run any, and the pages of the one at hand."""
    if policy.may_create(who) or any(grant.scope_kind == policy.SCOPE for grant in who.grants):
        yield MenuEntry(_("Roadshows"), f"/{current_language()}/o/roadshows", _("Organizing"))
    roadshow = g.get("loaded", {}).get("roadshow")
    if not isinstance(roadshow, Roadshow) or not policy.organizer_or_auditor(who, roadshow=roadshow):
        return
    group = roadshow.name.pick(current_language()).text
    for label, endpoint in _OFFICE:
        declared = declared_of(current_app, endpoint)
        if declared is not None and declared.rule(who, roadshow=roadshow):
            yield MenuEntry(label, url_for(endpoint, roadshow=roadshow.slug), group)


def tabs(roadshow: Roadshow) -> list[MenuEntry]:
    """The navigation of a roadshow's public pages."""
    return [
        MenuEntry(label, url_for(endpoint, roadshow=roadshow.slug))
        for label, endpoint in _PUBLIC
        if endpoint in current_app.view_functions
    ]


def edition_tab(edition: Edition) -> Iterable[MenuEntry]:
    """The way from a contest edition to the roadshows its teams travel with, once there is one."""
    shown = (Roadshow.edition_id == edition.id) & (Roadshow.state != RoadshowState.DRAFT)
    if db.session.scalar(select(exists().where(shown))):
        yield MenuEntry(_l("Roadshows"), url_for("roadshows.index"))


def register() -> None:
    """Fill the registries, once however many applications are made."""
    if entries not in registries.menu_sources:
        registries.menu_sources.append(entries)
        registries.edition_tabs.append(edition_tab)
