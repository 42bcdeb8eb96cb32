"""A team objects to a provisional result; the organizers answer; both stay on record."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from accounts.models import Grant, Person, Role
from competition.models import Entry, Member, RoundEntry, Team
from core import audit, clock, mail
from core.db import db, lock
from core.errors import BadInput, Conflict, NotFound
from core.languages import current_language
from judging import result_words
from judging.models import Objection, ObjectionOutcome, Result, ResultState
from judging.operations.common import id_of

MOST_PER_TEAM = 5
LONGEST = 4000


def raise_objection(*, result: Result, team: Team, who: Person, reason: str) -> Objection:
    """Object to a provisional result in the name of a team that takes part in the round.

    The notice period's last second still counts. Raises BadInput without a reason, Conflict outside the
    notice period (naming its end), for a replaced version, and beyond five objections of one team to one
    version.
    """
    lock(result)
    if not reason or len(reason) > LONGEST:
        raise BadInput(
            fields={"reason": _l("Please write the reason, in %(most)d characters at most.", most=LONGEST)}
        )
    if not _takes_part(result, team):
        raise NotFound
    if problem := closed(result):
        raise Conflict(problem, code="notice_over")
    if _count(result, team) >= MOST_PER_TEAM:
        raise Conflict(
            _l("Your team has objected %(most)d times to this version already.", most=MOST_PER_TEAM)
        )
    objection = Objection(
        edition_id=result.edition_id,
        result_id=result.id,
        team_id=team.id,
        person_id=who.id,
        reason=reason,
        result=result,
        team=team,
        raised_at=clock.now(),
    )
    db.session.add(objection)
    db.session.flush()
    audit.record("objection.raised", objection, new={"reason": reason}, actor_id=who.id)
    for person in _organizers(result.edition_id):
        mail.tell(
            person, "objection", result_words.objection_message(objection), edition_id=result.edition_id
        )
    return objection


def closed(result: Result) -> str | None:
    """Why no objection can be raised against this version now, with the date; None while it can."""
    if result.state is ResultState.SUPERSEDED:
        return _("This version has been replaced. Look at the one that stands now.")
    until = result.notice_until
    if until is None or result.imported:
        return _("There is no notice period for this result.")
    if result.state is not ResultState.PROVISIONAL or clock.now() > until:
        return _(
            "The notice period ended on %(until)s. Objections are no longer possible.",
            until=result_words.both_clocks(until, current_language()),
        )
    return None


def answer_objection(
    *, objection: Objection, outcome: ObjectionOutcome, answer: str, who: Person
) -> Objection:
    """Uphold or dismiss an objection, once, with a text that its team reads.

    An upheld objection changes no result by itself: the organizers put it right and finalize a new version.
    """
    lock(objection)
    if not answer or len(answer) > LONGEST:
        raise BadInput(
            fields={"answer": _l("Please write the answer, in %(most)d characters at most.", most=LONGEST)}
        )
    if objection.outcome is not None:
        raise Conflict(_l("This objection was answered already."), code="answered")
    answered_by = who.id
    objection.outcome, objection.answer = outcome, answer
    objection.answered_by, objection.answered_at = answered_by, clock.now()
    db.session.flush()
    audit.record(
        "objection.answered",
        objection,
        new={"outcome": outcome.value, "answer": answer},
        actor_id=id_of(who),
    )
    for person in _team_people(objection.team_id):
        mail.tell(
            person,
            "objection_answered",
            result_words.answer_message(objection),
            edition_id=objection.edition_id,
        )
    return objection


def _takes_part(result: Result, team: Team) -> bool:
    found = db.session.execute(
        select(RoundEntry.id)
        .join(Entry, Entry.id == RoundEntry.entry_id)
        .where(RoundEntry.round_id == result.round_id, Entry.team_id == team.id)
    ).first()
    return found is not None


def _count(result: Result, team: Team) -> int:
    statement = select(func.count(Objection.id)).where(
        Objection.result_id == result.id, Objection.team_id == team.id
    )
    return db.session.execute(statement).scalar_one()


def _organizers(edition_id: int) -> list[Person]:
    people = db.session.scalars(
        select(Person)
        .join(Grant, Grant.person_id == Person.id)
        .where(Grant.scope_kind == "edition", Grant.scope_id == edition_id, Grant.role == Role.ORGANIZER)
    )
    return [person for person in people if person.is_active]


def _team_people(team_id: int) -> list[Person]:
    people = db.session.scalars(
        select(Person)
        .join(Member, Member.person_id == Person.id)
        .where(Member.team_id == team_id, Member.confirmed_at.is_not(None))
    )
    return [person for person in people if person.is_active]
