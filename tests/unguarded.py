"""The application with one guard switched off, for race tests: with it gone the damage has to show.

Only the process that serves such an application is changed; nothing in the product can be told to do this.
`serving(…, wsgi_app="tests.unguarded:without_once_keys()", environment=ONE_PROCESS)`.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, text
from sqlalchemy.orm.attributes import set_committed_value

from app import create_app

ONE_PROCESS = {"WEB_WORKERS": "1"}
"""What the rendezvous of several requests needs; damage in one process is damage enough."""


class Rendezvous:
    """Holds whoever arrives until `parties` have, so that all have looked before anybody acts; who waits in
    vain goes on after some seconds."""

    def __init__(self, parties: int) -> None:
        self._barrier = threading.Barrier(parties)

    def meet(self) -> None:
        try:
            self._barrier.wait(20)
        except threading.BrokenBarrierError:
            return


def without_once_keys() -> Flask:
    """A form sent again is carried out again."""
    from core import access

    app = create_app()
    access._once = lambda act: act()  # type: ignore[assignment]
    return app


def without_submission_check() -> Flask:
    """A submission does not ask whether the same content stands submitted already; forms are not keyed
    either."""
    from competition.operations import entries

    app = without_once_keys()
    ask = entries.last_version

    def forgetful(entry: Any) -> Any:
        last = ask(entry)
        return last and SimpleNamespace(number=last.number, content_sha256="", content=last.content)

    entries.last_version = forgetful  # type: ignore[assignment]
    return app


def without_holding(parties: int) -> Flask:
    """Nothing is held while places are counted: no write transaction on SQLite, no row lock on PostgreSQL.
    All `parties` count before anybody takes a place."""
    from competition.operations import entries, teams
    from core import db as database

    app = create_app()
    event.remove(Engine, "begin", database._begin)
    _replace_everywhere(database.lock, lambda row: row)
    meeting = Rendezvous(parties)
    for room in (entries, teams):
        room._require_place = _then_meet(room._require_place, meeting)  # type: ignore[attr-defined]
    return app


def without_holding_roadshows(parties: int) -> Flask:
    """Nothing is held while the places of a roadshow are counted: all `parties` count before anybody takes
    one."""
    from core import db as database
    from roadshows.operations import guests

    app = create_app()
    event.remove(Engine, "begin", database._begin)
    _replace_everywhere(database.lock, lambda row: row)
    meeting, decide = Rendezvous(parties), guests._place_or_wait

    def decide_and_meet(roadshow: Any) -> Any:
        state = decide(roadshow)
        meeting.meet()
        return state

    guests._place_or_wait = decide_and_meet
    return app


def without_meeting_places(parties: int) -> Flask:
    """Nothing is held while a free table is looked for, and the database takes two meetings at one. All
    `parties` look before anybody sits down."""
    from core import db as database
    from core.db import db
    from roadshows.operations import meetings

    app = create_app()
    with app.app_context():
        for name in ("pair", "team_slot", "investor_slot", "table"):
            db.session.execute(text(f"DROP INDEX IF EXISTS uq_meeting_{name}"))
        db.session.commit()
        db.engine.dispose()
    event.remove(Engine, "begin", database._begin)
    _replace_everywhere(database.lock, lambda row: row)
    meeting = Rendezvous(parties)
    place_in = meetings._place_in

    def sit_down(*given: Any) -> Any:
        place = place_in(*given)
        meeting.meet()
        return place

    meetings._place_in = sit_down  # type: ignore[assignment]
    return app


def without_versions() -> Flask:
    """Saves do not look at the version that the page was made from, nor at operations they know."""
    from competition.operations import entries
    from judging.operations import sheets

    app = create_app()
    _without_version_counter(app)
    save_marks, state, save_draft = sheets.save_marks, sheets._state, entries.save_draft
    sheets.save_marks = lambda **given: save_marks(**given | {"seen": None})  # type: ignore[assignment]
    sheets._state = lambda sheet, _op_id: state(sheet, "")  # type: ignore[assignment]
    entries.save_draft = lambda **given: save_draft(**given | {"seen": None})  # type: ignore[assignment]
    return app


def without_result_states() -> Flask:
    """Finalizing, signing and publishing do not ask whether it was done already."""
    from core.db import db
    from judging.models import ResultState
    from judging.operations import results
    from judging.queries import results as queries

    app = create_app()
    with app.app_context():
        db.session.execute(text("DROP INDEX IF EXISTS uq_result_pending"))
        db.session.commit()
        db.engine.dispose()
    results.refuse_pending = lambda _round: None  # type: ignore[assignment]
    queries.standing_result = lambda _round: None  # type: ignore[assignment]
    pretended: ContextVar[Any] = ContextVar("pretended")
    hold = results._hold_result

    def hold_and_forget(result: Any) -> None:
        hold(result)  # on PostgreSQL this reads the state anew
        set_committed_value(result, "state", pretended.get())

    def as_if(operation: Callable[..., Any], state: Any) -> Callable[..., Any]:
        def careless(**given: Any) -> Any:
            pretended.set(state)
            return operation(**given)

        return careless

    results._hold_result = hold_and_forget  # type: ignore[assignment]
    results.sign = as_if(results.sign, ResultState.FINALIZED)  # type: ignore[assignment]
    results.publish = as_if(results.publish, ResultState.SIGNED)  # type: ignore[assignment]
    return app


def without_looking_at_others_steps() -> Flask:
    """A step in the agenda does not ask what others did since its page was made."""
    from roadshows.operations import agenda_steps

    app = create_app()
    agenda_steps._others = lambda _roadshow, _draft, _seen: ()  # type: ignore[assignment]
    return app


def _then_meet(check: Callable[..., Any], meeting: Rendezvous) -> Callable[..., Any]:
    def checked(*given: Any) -> None:
        check(*given)
        meeting.meet()

    return checked


def _without_version_counter(app: Flask) -> None:
    """`UPDATE entry` names no version any more."""
    from competition.models import Entry

    with app.app_context():
        Entry.__mapper__.version_id_col = None


def _replace_everywhere(known: Any, other: Any) -> None:
    """Replace a function under every name by which a module of ours imported it."""
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()) if hasattr(module, "__dict__") else ():
            if value is known:
                setattr(module, name, other)
