"""The agenda for programs and for the editor's page: how it stands, where a session could go, steps."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, jsonify, make_response, request
from flask_babel import gettext as _

from accounts.models import Person
from core.access import access, person
from core.db import db
from core.errors import Conflict, NotFound, Problem
from core.strict_json import body_object
from roadshows import agenda_requests, agenda_sentences, agenda_updates
from roadshows.models import Roadshow
from roadshows.operations import agenda_steps
from roadshows.policy import organizer, organizer_or_auditor
from roadshows.queries.agenda import read_draft

bp = Blueprint("agenda_api", __name__, url_prefix="/api/v1/roadshows/<roadshow>/draft-agenda")

_BODY_LIMIT = 16 * 1024
_OLDEST = 200  # steps: who has seen less is told all


@bp.get("")
@access(organizer_or_auditor)
def read(roadshow: Roadshow) -> Response:
    """What stands otherwise since `?seen=REVISION` (without: everything), with an ETag for asking again."""
    tag = f'W/"{agenda_updates.tag(roadshow)}"'
    if tag in request.headers.get("If-None-Match", ""):
        response = make_response("", 304)
    else:
        response = jsonify(_since(roadshow, request.args.get("seen", "")))
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.get("/sessions/<agenda_session>/cells")
@access(organizer_or_auditor)
def cells(roadshow: Roadshow, agenda_session: str) -> Response:
    """What the session would find in each cell: free, or why not."""
    draft = read_draft(roadshow)
    if agenda_session not in draft.session_of:
        raise NotFound
    return jsonify({"revision": draft.revision, "cells": agenda_updates.cells(draft, agenda_session)})


@bp.post("/steps")
@access(organizer, body_limit=_BODY_LIMIT)
def step(roadshow: Roadshow) -> Response:
    """Carry out one step; see `roadshows.agenda_requests`. A stale one gets 409 with what changed meanwhile
    and how the agenda stands now."""
    asked = body_object()
    who = _me()
    try:
        done = agenda_requests.carry_out(roadshow=roadshow, asked=asked, who=who)
    except Problem as problem:
        db.session.rollback()
        if isinstance(problem, Conflict):
            problem.extra["update"] = _since(roadshow, str(asked.get("seen", "")))
        raise
    kind = str(asked["do"])
    said = agenda_sentences.said(done.draft, done.touched, kind)
    keys = dict.fromkeys([*done.touched, *agenda_updates.touched(done.others)])
    if names := agenda_updates.whose(done.others, who):
        said += " " + _("Meanwhile changed by %(names)s.", names=_(", ").join(names))
    return jsonify(agenda_updates.update(roadshow=roadshow, draft=done.draft, keys=keys, who=who, said=said))


def _since(roadshow: Roadshow, seen: str) -> dict[str, Any]:
    draft = read_draft(roadshow)
    known = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1
    said, keys = "", list(draft.session_of)
    changes = agenda_steps.changes_since(roadshow, known) if 0 <= draft.revision - known <= _OLDEST else ()
    if len(changes) == draft.revision - known:
        keys = agenda_updates.touched(changes)
        names = agenda_updates.whose(changes, _me())
        said = _("Changed by %(names)s.", names=_(", ").join(names)) if names else ""
    return agenda_updates.update(roadshow=roadshow, draft=draft, keys=keys, who=_me(), said=said)


def _me() -> Person:
    return cast("Person", person())
