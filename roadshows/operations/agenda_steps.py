"""What all steps of editing the agenda share: compared with what the editor saw, stored, logged, recorded,
taken back.

Several people edit at once. A step made from an older revision is carried out when what others did meanwhile
touches neither its sessions nor the cells it fills; else it is refused, with what they did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, func, select, update

from accounts.models import Person
from core import audit, clock
from core.db import db, lock
from core.errors import BadInput, Conflict
from core.languages import current_language
from roadshows.agenda_draft import Draft, Session, Spot
from roadshows.models import AgendaChange, Roadshow
from roadshows.models import Session as SessionRow
from roadshows.operations.versions import check_open
from roadshows.queries import agenda as queries

UNDO, REDO = "undo", "redo"
Wish = Callable[[Draft], Mapping[str, Spot]]


@dataclass(frozen=True)
class Done:
    """What a step led to. draft: as it stands now; touched: keys of the sessions that stand otherwise now;
    others: what others did since the editor's revision. Nothing touched: the draft was so already, and the
    revision stays."""

    draft: Draft
    touched: tuple[str, ...]
    others: Sequence[AgendaChange]


def undo(*, roadshow: Roadshow, seen: int, who: Person | None = None) -> Done:
    """Take back the editor's own last step. Raises Conflict without one, or when its sessions do not stand
    as it left them any more."""
    lock(roadshow)
    change = last_step(roadshow, who)
    if change is None:
        raise Conflict(_l("There is nothing to take back."), code="nothing_to_undo")
    done = carry_out(roadshow, UNDO, _back(change.after, change.before), seen, who, alone=True)
    change.undone_at = clock.now()
    db.session.flush()
    return done


def redo(*, roadshow: Roadshow, seen: int, who: Person | None = None) -> Done:
    """Do again what the editor took back last. Raises Conflict as `undo` does."""
    lock(roadshow)
    change = next_step(roadshow, who)
    if change is None:
        raise Conflict(_l("There is nothing to do again."), code="nothing_to_redo")
    done = carry_out(roadshow, REDO, _back(change.before, change.after), seen, who, alone=True)
    change.undone_at = None
    db.session.flush()
    return done


def last_step(roadshow: Roadshow, who: Person | None) -> AgendaChange | None:
    """The editor's own last step that stands, which `undo` would take back."""
    return db.session.scalars(
        _own(roadshow, who).where(AgendaChange.undone_at.is_(None)).order_by(AgendaChange.revision.desc())
    ).first()


def next_step(roadshow: Roadshow, who: Person | None) -> AgendaChange | None:
    """The step that `redo` would do again: the first taken back after the last that stands."""
    stands = (
        _own(roadshow, who)
        .where(AgendaChange.undone_at.is_(None))
        .with_only_columns(func.coalesce(func.max(AgendaChange.revision), 0))
        .scalar_subquery()
    )
    return db.session.scalars(
        _own(roadshow, who)
        .where(AgendaChange.undone_at.is_not(None), AgendaChange.revision > stands)
        .order_by(AgendaChange.revision)
    ).first()


def changes_since(roadshow: Roadshow, seen: int) -> Sequence[AgendaChange]:
    """The steps after revision `seen`, in their order."""
    return db.session.scalars(
        select(AgendaChange)
        .where(AgendaChange.roadshow_id == roadshow.id, AgendaChange.revision > seen)
        .order_by(AgendaChange.revision)
    ).all()


def _own(roadshow: Roadshow, who: Person | None) -> Any:
    return select(AgendaChange).where(
        AgendaChange.roadshow_id == roadshow.id,
        AgendaChange.made_by == (who.id if who else None),
        AgendaChange.kind.not_in((UNDO, REDO)),
    )


def carry_out(
    roadshow: Roadshow, kind: str, wish: Wish, seen: int, who: Person | None, *, alone: bool = False
) -> Done:
    """Compare, change, log, record. alone: the wish itself looks whether its sessions stand as expected."""
    lock(roadshow)
    check_open(roadshow)
    draft = queries.read_draft(roadshow)
    others = _others(roadshow, draft, seen)
    asked = wish(draft)
    wanted = {key: spot for key, spot in asked.items() if spot != draft.session_of[key].spot}
    if not alone:
        _refuse_clash(draft, others, asked)
    if not wanted:
        return Done(draft, (), others)
    before = {key: draft.session_of[key].spot for key in wanted}
    _store(roadshow, draft.revision, wanted)
    change = AgendaChange(
        roadshow_id=roadshow.id,
        revision=draft.revision + 1,
        kind=kind,
        before={key: spot.to_json() for key, spot in before.items()},
        after={key: spot.to_json() for key, spot in wanted.items()},
        made_by=who.id if who else None,
    )
    db.session.add(change)
    db.session.flush()
    audit.record(
        f"agenda.{kind.partition(' ')[0]}",
        change,
        old=change.before,
        new=change.after,
        actor_id=change.made_by,
    )
    after = replace(with_spots(draft, wanted), revision=change.revision)
    return Done(after, tuple(wanted), others)


def _store(roadshow: Roadshow, revision: int, wanted: Mapping[str, Spot]) -> None:
    """Only the placements: neither the sessions' versions count up, which forms about their texts carry, nor
    the roadshow's; nor do public pages change, which show what is published."""
    counted = db.session.execute(
        update(Roadshow)
        .where(Roadshow.id == roadshow.id, Roadshow.agenda_revision == revision)
        .values(agenda_revision=revision + 1)
        .execution_options(synchronize_session=False)
    )
    if counted.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(
            _l("Somebody else changed the agenda at the same moment. Please try again."), code="stale"
        )
    db.session.refresh(roadshow, ["agenda_revision"])
    table = SessionRow.__table__
    db.session.execute(
        update(table)  # type: ignore[arg-type]
        .where(table.c.key == bindparam("of"), table.c.roadshow_id == roadshow.id)
        .values(
            slot_id=bindparam("slot"),
            room_id=bindparam("room"),
            interpreter_id=bindparam("interpreter"),
            is_locked=bindparam("locked"),
        ),
        [{"of": key, **spot.to_json()} for key, spot in wanted.items()],
    )
    for row in db.session.identity_map.values():
        if isinstance(row, SessionRow) and row.key in wanted:
            db.session.expire(row, ["slot_id", "room_id", "interpreter_id", "is_locked"])


def _others(roadshow: Roadshow, draft: Draft, seen: int) -> Sequence[AgendaChange]:
    if seen == draft.revision:
        return ()
    found = changes_since(roadshow, seen) if 0 <= seen < draft.revision else ()
    if len(found) != draft.revision - seen:  # a revision without a step: other parts count up too
        raise Conflict(
            _l(
                "Sessions, rooms or times themselves were changed meanwhile. Nothing was overwritten; look"
                " again and repeat the step if it still fits."
            ),
            code="stale_agenda",
        )
    return found


def _refuse_clash(draft: Draft, others: Sequence[AgendaChange], asked: Mapping[str, Spot]) -> None:
    """Raise Conflict when what others did touches the sessions asked about or fills the cells they go to."""
    cells = {(spot.slot_id, spot.room_id) for spot in asked.values() if spot.slot_id is not None}
    clashing = [
        change
        for change in others
        if change.after.keys() & asked.keys()
        or cells & {(spot["slot"], spot["room"]) for spot in change.after.values()}
    ]
    if not clashing:
        return
    names = {
        row.id: row.name
        for row in db.session.execute(
            select(Person.id, Person.name).where(Person.id.in_({one.made_by for one in clashing}))
        )
    }
    keys = dict.fromkeys(key for change in clashing for key in change.after)
    titles = [
        draft.session_of[key].title.pick(current_language()).text for key in keys if key in draft.session_of
    ]
    raise Conflict(
        _l(
            "%(name)s changed this meanwhile: %(list)s. Nothing was overwritten; look again and repeat the"
            " step if it still fits.",
            name=" · ".join(dict.fromkeys(names.get(one.made_by, "–") for one in clashing)),
            list=" · ".join(titles[:3]) + (" …" if len(titles) > 3 else ""),
        ),
        code="stale_agenda",
        changes=[
            {
                "revision": one.revision,
                "kind": one.kind,
                "by": names.get(one.made_by, ""),
                "sessions": list(one.after),
            }
            for one in clashing
        ],
    )


def _back(expected: Mapping[str, Any], to: Mapping[str, Any]) -> Wish:
    """The spots `to`, if the sessions stand as `expected`."""

    def wish(draft: Draft) -> dict[str, Spot]:
        wanted = {key: Spot.from_json(spot) for key, spot in to.items()}
        for key, spot in wanted.items():
            session = draft.session_of.get(key)
            if session is None or session.spot != Spot.from_json(expected[key]):
                raise Conflict(
                    _l(
                        "This can't be taken back any more: %(title)s was changed since.",
                        title=session.title.pick(current_language()).text if session else key,
                    ),
                    code="stale_step",
                )
            if spot.slot_id is not None:
                check_cell(draft, session, spot.slot_id, spot.room_id)
                check_interpreter(draft, session, spot.interpreter_id)
        return wanted

    return wish


def with_spots(draft: Draft, spots: Mapping[str, Spot]) -> Draft:
    """The draft with some sessions standing elsewhere."""
    return replace(
        draft,
        sessions=[
            replace(session, spot=spots[session.key]) if session.key in spots else session
            for session in draft.sessions
        ],
    )


def check_cell(draft: Draft, session: Session, slot_id: int, room_id: int | None) -> None:
    """Raise BadInput for a slot or room that isn't there."""
    wrong = {}
    if slot_id not in draft.slot_of:
        wrong["slot"] = _l("There is no such time any more.")
    if room_id is None and not session.whole_city:
        wrong["room"] = _l("Please choose a room.")
    elif room_id is not None and room_id not in draft.room_of:
        wrong["room"] = _l("There is no such room any more.")
    if wrong:
        raise BadInput(_l("The session can't be put there."), fields=wrong)


def check_interpreter(draft: Draft, session: Session, interpreter_id: int | None) -> None:
    if interpreter_id is not None and interpreter_id not in draft.interpreter_of:
        raise BadInput(fields={"interpreter": _l("There is no such interpreter any more.")})
    if interpreter_id is not None and not session.interpreting:
        raise BadInput(fields={"interpreter": _l("This session needs no interpreter.")})
