"""What an open editor is sent after a step, or after others' steps: only what stands otherwise now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import get_template_attribute
from sqlalchemy import func, select

from accounts.models import Person
from core.db import db
from roadshows import agenda_pages, agenda_posed, agenda_sentences
from roadshows.agenda_conflicts import Cell
from roadshows.agenda_draft import Draft
from roadshows.models import AgendaChange, Roadshow, Session
from roadshows.operations import agenda_steps

_CARD = "roadshow_office/agenda_card.html"


def update(
    *, roadshow: Roadshow, draft: Draft, keys: Iterable[str], who: Person | None, said: str = ""
) -> dict[str, Any]:
    """JSON: `revision`; `program`, whose change asks for a new page; `cards` by session key with cell and
    HTML; `marks` of all that is in a conflict; counts; what can be undone; `said`, for the live region."""
    conflicts = agenda_posed.found_conflicts(draft, agenda_posed.to_check(draft))
    marked = agenda_pages.marks(draft, conflicts)
    show = get_template_attribute(_CARD, "card")
    cards = {}
    for key in keys:
        if (session := draft.session_of.get(key)) is None:
            continue
        card = agenda_pages.card(draft, session, marked.get(key))
        cards[key] = {"slot": card.slot_id, "room": card.room_id, "html": show(card, roadshow, True)}
    return {
        "revision": draft.revision,
        "program": agenda_pages.program_sha256(draft),
        "said": said,
        "cards": cards,
        "marks": {key: {"level": mark.level, "text": mark.text} for key, mark in marked.items()},
        "hard": sum(one.severity == "hard" for one in conflicts),
        "soft": sum(one.severity == "soft" for one in conflicts),
        "waiting": sum(not session.is_placed for session in draft.sessions),
        "undo": agenda_steps.last_step(roadshow, who) is not None,
        "redo": agenda_steps.next_step(roadshow, who) is not None,
    }


def touched(changes: Iterable[AgendaChange]) -> list[str]:
    """The sessions that steps moved, each once."""
    return list(dict.fromkeys(key for change in changes for key in change.after))


def whose(changes: Iterable[AgendaChange], who: Person | None) -> list[str]:
    """The names of the others who made steps."""
    own = who.id if who else None
    ids = {one.made_by for one in changes if one.made_by not in (None, own)}
    return (
        list(db.session.scalars(select(Person.name).where(Person.id.in_(ids)).order_by(Person.id)))
        if ids
        else []
    )


def cells(draft: Draft, key: str) -> dict[str, dict[str, Any]]:
    """JSON by "slot/room" (an empty room: the whole city): `free`, `why` not (and in `short`), `over` (people
    without a seat), `interpreter` (who would)."""
    names = draft.names
    found = agenda_posed.found_cells(draft, agenda_posed.to_check(draft), key)
    said: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, str]] = {}  # hundreds say the same

    def words(cell: Cell) -> tuple[str, str]:
        why = cell.codes, cell.sessions
        if why not in said:
            said[why] = agenda_sentences.why_not(cell, draft), agenda_sentences.reasons(cell)
        return said[why]

    return {
        f"{slot}/{room or ''}": {
            "free": cell.is_free,
            "why": words(cell)[0],
            "short": words(cell)[1],
            "over": cell.over,
            "interpreter": names.get(cell.interpreter or "", ""),
        }
        for (slot, room), cell in found.items()
    }


def tag(roadshow: Roadshow) -> str:
    """What changes whenever an open editor has something to learn; one statement."""
    count, versions = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Session.version), 0)).where(
            Session.roadshow_id == roadshow.id
        )
    ).one()
    return f"{roadshow.agenda_revision}.{count}.{versions}"
