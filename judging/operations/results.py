"""From marks to a published result: finalized, signed by a second person, published, final; corrected by
a new version.

Operations are keyword-only, write one audit record, and never commit. Each holds the round first, so
that of two
people who press at once the second one sees what the first has done.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import has_request_context
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from accounts.models import Person
from competition.models import Entry, Member, Round
from core import access, audit, clock, errors, mail
from core.db import db, lock
from core.errors import BadInput, Conflict, Refused
from judging import result_words, snapshots
from judging.models import Judge, Result, ResultState, ScoreSheet, SheetState, TieDecision
from judging.operations.common import hold_round, id_of, refuse_pending
from judging.operations.rubrics import criterion_json
from judging.queries import draft as drafts
from judging.queries import results as queries
from judging.queries.carried import corrected_since
from judging.queries.draft import Draft
from judging.queries.material import Blocker, judge_names
from judging.signals import result_final, result_published, result_superseded

MOST_DAYS_AHEAD = 366

errors.CONSTRAINTS |= {
    "two_people": Refused(
        _l("A result is signed by somebody else than the person who finalized it."), code="two_people"
    ),
    "uq_result_standing": Conflict(_l("A result of this round was published a moment ago.")),
    "uq_result_pending": Conflict(_l("A version of this result was finalized a moment ago.")),
}


def finalize(*, round: Round, who: Person, reason: str = "") -> Result:
    """Freeze the round's ranking as the next version, to be signed by somebody else.

    reason: why the published version is corrected; shown to everybody. Raises Conflict with `blockers` while
    something stands in the way or nothing has changed, BadInput when a correction comes without its reason.
    """
    hold_round(round)
    refuse_pending(round)
    standing = queries.standing_result(round)
    if standing and not reason:
        raise BadInput(fields={"reason": _l("Please say why the published result is corrected.")})
    return _freeze(round, who, reason, standing, despite_objections=False)


def _freeze(
    round: Round, who: Person | None, reason: str, standing: Result | None, *, despite_objections: bool
) -> Result:
    codes = _codes(round)
    found = drafts.draft(round, labels=codes)
    blockers = list(found.blockers)
    if not despite_objections and (count := queries.open_objections(round)):
        blockers.append(Blocker("objections", count=count))
    if blockers or found.ranking is None:
        raise _blocked(blockers)
    number = _last_number(round) + 1
    snapshot = _snapshot(found, number, reason, standing)
    if standing and snapshots.same_outcome(snapshot, queries.content(standing)):
        raise _blocked([Blocker("unchanged", count=standing.number)])
    used = set(snapshot["judges"])
    text = snapshots.canonical(snapshot)
    result = Result(
        edition_id=round.edition_id,
        round_id=round.id,
        round=round,
        number=number,
        state=ResultState.FINALIZED,
        snapshot=text,
        sha256=snapshots.sha256(text),
        judges={code: key for key, code in codes.items() if code in used},
        reason=reason,
        finalized_by=id_of(who),
        finalized_at=clock.now(),
    )
    db.session.add(result)
    db.session.flush()
    audit.record("result.finalized", result, new=_brief(result), reason=reason, actor_id=id_of(who))
    return result


def _blocked(blockers: list[Blocker]) -> Conflict:
    return Conflict(
        _l("The result can't be finalized yet: %(list)s", list=result_words.blockers_text(blockers)),
        code="blockers",
        blockers=[
            {"code": blocker.code, "items": list(blocker.items), "count": blocker.count}
            for blocker in blockers
        ],
    )


def _snapshot(found: Draft, number: int, reason: str, standing: Result | None) -> dict[str, Any]:
    assert found.ranking is not None
    round, edition = found.round, found.round.edition
    following = queries.next_round(round) if queries.lets_advance(round) else None
    names = {contender.id: name for name, contender in found.by_name.items()}
    return snapshots.build(
        edition={"slug": edition.slug, "year": edition.year, "name": edition.name.to_json()},
        round_={"slug": round.slug, "name": round.name.to_json()},
        number=number,
        previous_sha256=standing.sha256 if standing else None,
        reason=reason,
        imported_from=edition.imported_from,
        rubric=[criterion_json(criterion) for criterion in found.criteria],
        marks=found.marks,
        ranking=found.ranking,
        subjects=drafts.subjects(found),
        prizes=found.prizes,
        allotment=found.allotment,
        next_round=following.slug if following else None,
        decisions=[
            {
                "subject": names[row.entry_id],
                "position": row.position,
                "reason": row.reason,
                "decided_at": row.decided_at.isoformat(),
            }
            for row in found.decisions
        ],
        carried=[one.to_json() for one in found.carried],
    )


def _codes(round: Round) -> dict[str, str]:
    """Judge key → the code the public sees. Drawn at random once per round, so that no list of judges
    gives it away.

    Judges of an imported protocol keep the names under which it was published.
    """
    if round.edition.imported_from:
        return judge_names(round)
    codes: dict[str, str] = {}
    for known in db.session.scalars(
        select(Result.judges).where(Result.round_id == round.id).order_by(Result.number)
    ):
        codes |= {key: code for code, key in known.items()}
    fresh = [
        key
        for key in db.session.scalars(
            select(Judge.key)
            .join(ScoreSheet, ScoreSheet.judge_id == Judge.id)
            .where(ScoreSheet.round_id == round.id, ScoreSheet.state == SheetState.SUBMITTED)
            .distinct()
        )
        if key not in codes
    ]
    secrets.SystemRandom().shuffle(fresh)
    first = len(codes) + 1
    return codes | {key: f"J{number}" for number, key in enumerate(fresh, first)}


def discard(*, result: Result, who: Person, reason: str) -> Result:
    """Throw away a version that was not published, for the reason given; it keeps its number.

    Raises Conflict once it is published.
    """
    _hold_result(result)
    if result.state not in queries.PENDING:
        raise Conflict(_l("A published result can't be taken back; it can be corrected by a new version."))
    old = result.state.value
    result.state, result.publish_at = ResultState.DISCARDED, None
    db.session.flush()
    audit.record(
        "result.discarded",
        result,
        old={"state": old},
        new={"state": result.state.value},
        reason=reason,
        actor_id=id_of(who),
    )
    return result


def sign(*, result: Result, who: Person, seen_sha256: str | None = None) -> Result:
    """Confirm a finalized version as a second person. seen_sha256: the hash that stood on the page.

    Raises Refused for the person who finalized it, Conflict when it is not there to be signed (any more).
    """
    _hold_result(result)
    if result.finalized_by == who.id:
        raise Refused(
            _l("You finalized this result. It has to be signed by an auditor or another organizer."),
            code="two_people",
        )
    if result.state is not ResultState.FINALIZED:
        raise Conflict(_l("This version is not waiting for a signature (any more)."), code="not_finalized")
    if seen_sha256 is not None and seen_sha256 != result.sha256:
        raise Conflict(_l("This page shows another version. Reload it and look again."), code="stale")
    if snapshots.sha256(result.snapshot) != result.sha256:
        raise Conflict(_l("The stored snapshot doesn't match its hash; it must not be signed."), code="hash")
    _refuse_outdated(result)
    result.state, result.signed_by, result.signed_at = ResultState.SIGNED, who.id, clock.now()
    db.session.flush()
    audit.record("result.signed", result, new=_brief(result), actor_id=who.id)
    return result


def publish(*, result: Result, who: Person, at: datetime | None = None) -> Result:
    """Publish a signed version now, or let it be published at the moment `at`.

    Raises Conflict unless it is signed, BadInput for a moment in the past or too far away.
    """
    _hold_result(result)
    if result.state is not ResultState.SIGNED:
        raise Conflict(_l("Only a signed result can be published, and only once."), code="not_signed")
    _refuse_outdated(result)
    if at is None:
        return _publish_now(result, who)
    if at <= clock.now():
        raise BadInput(fields={"at": _l("This moment has passed. Choose a later one or publish now.")})
    if at > clock.now() + timedelta(days=MOST_DAYS_AHEAD):
        raise BadInput(fields={"at": _l("This is more than a year away. Please check the date.")})
    old, result.publish_at = result.publish_at, at
    db.session.flush()
    audit.record(
        "result.scheduled",
        result,
        old={"publish_at": old.isoformat() if old else None},
        new={"publish_at": at.isoformat()},
        actor_id=who.id,
    )
    return result


def unschedule(*, result: Result, who: Person) -> Result:
    """Take back the moment of publication. Raises Conflict when none is set or it has come."""
    _hold_result(result)
    if result.state is not ResultState.SIGNED or result.publish_at is None:
        raise Conflict(_l("No publication is planned (any more)."))
    old, result.publish_at = result.publish_at, None
    db.session.flush()
    audit.record("result.unscheduled", result, old={"publish_at": old.isoformat()}, actor_id=who.id)
    return result


def publish_due(*, result: Result) -> bool:
    """Publish a signed version whose moment has come; False when that is not (or no longer) so. For the job.

    One that counts totals of an earlier round which were corrected since is not published: its moment is
    taken back, and the organizers' pages say why.
    """
    _hold_result(result)
    if result.state is not ResultState.SIGNED or result.publish_at is None or result.publish_at > clock.now():
        return False
    if corrected := corrected_since(result.round, queries.content(result)):
        old, result.publish_at = result.publish_at, None
        db.session.flush()
        audit.record(
            "result.unscheduled",
            result,
            old={"publish_at": old.isoformat()},
            new={"corrected": [one.slug for one in corrected]},
        )
        return False
    _publish_now(result, None)
    return True


def _publish_now(result: Result, who: Person | None) -> Result:
    moment = clock.now()
    old = queries.standing_result(result.round)
    if old:
        old.state, old.superseded_at = ResultState.SUPERSEDED, moment
        db.session.flush()  # the database allows one standing version at a time
    days = result.round.edition.notice_days
    result.state, result.published_at = ResultState.PROVISIONAL, moment
    result.notice_until = moment + timedelta(days=days)
    db.session.flush()
    audit.record("result.published", result, new=_brief(result), actor_id=id_of(who))
    if old:
        audit.record(
            "result.superseded", old, new={"by": result.number}, reason=result.reason, actor_id=id_of(who)
        )
        result_superseded.send(old, by=result)
    result_published.send(result)
    _tell_teams(result, corrected=old is not None)
    if days == 0:
        _finish(result, who)
    return result


def make_final(*, result: Result, who: Person | None = None) -> Result:
    """End the provisional state once the notice period is over and every objection is answered.

    Raises Conflict before, or while a correction is under way.
    """
    _hold_result(result)
    if problem := _not_final_yet(result):
        raise Conflict(problem, code="not_final_yet")
    return _finish(result, who)


def final_due(*, result: Result) -> bool:
    """Make a version final if nothing stands against it; False otherwise. For the job."""
    _hold_result(result)
    if _not_final_yet(result):
        return False
    _finish(result, None)
    return True


def _not_final_yet(result: Result) -> Any:
    if result.state is not ResultState.PROVISIONAL:
        return _l("Only a provisional result can become final.")
    assert result.notice_until is not None
    if clock.now() <= result.notice_until:
        return _l("The notice period has not ended yet.")
    if queries.open_objections(result.round):
        return _l("Not every objection has been answered yet.")
    if queries.pending_result(result.round):
        return _l("A new version of this result is under way.")
    return None


def _finish(result: Result, who: Person | None) -> Result:
    result.state, result.final_at = ResultState.FINAL, clock.now()
    db.session.flush()
    audit.record("result.final", result, new=_brief(result), actor_id=id_of(who))
    result_final.send(result)
    return result


def publish_imported(*, round: Round) -> Result:
    """Publish the round of an imported protocol: no signatures, no notice period, final at once.

    Raises Conflict when the edition is not an imported one or the ranking has blockers.
    """
    hold_round(round)
    refuse_pending(round)
    if not round.edition.imported_from or queries.versions(round):
        raise Conflict(_l("Only the result of an imported protocol can be published this way, and once."))
    found = drafts.draft(round)
    if found.blockers or found.ranking is None:
        raise _blocked(list(found.blockers))
    text = snapshots.canonical(_snapshot(found, 1, "", None))
    moment = clock.now()
    result = Result(
        edition_id=round.edition_id,
        round_id=round.id,
        round=round,
        number=1,
        state=ResultState.FINAL,
        snapshot=text,
        sha256=snapshots.sha256(text),
        imported=True,
        finalized_at=moment,
        published_at=moment,
        notice_until=moment,
        final_at=moment,
    )
    db.session.add(result)
    db.session.flush()
    audit.record("result.imported", result, new=_brief(result))
    result_published.send(result)
    result_final.send(result)
    return result


def decide_tie(*, round: Round, positions: Mapping[int, int], reason: str, who: Person) -> None:
    """Record a person's order among tied entries, entry id → position (1 is best; equal ones stay tied).

    Raises BadInput without a reason or with impossible positions, Conflict when these entries are not
    what is tied.
    """
    hold_round(round)
    refuse_pending(round)
    if not reason:
        raise BadInput(fields={"reason": _l("Please give the reason for this decision.")})
    if any(not 1 <= position <= len(positions) for position in positions.values()):
        raise BadInput(fields={"position": _l("Positions go from 1 to %(most)d.", most=len(positions))})
    ties = drafts.draft(round).ties
    if set(positions) not in [{contender.id for contender in tie.contenders} for tie in ties]:
        raise Conflict(
            _l("These entries are not tied (any more). Reload the page and look again."), code="stale"
        )
    known = {
        row.entry_id: row
        for row in db.session.scalars(select(TieDecision).where(TieDecision.round_id == round.id))
    }
    old = {entry_id: row.position for entry_id, row in known.items() if entry_id in positions}
    for entry_id, position in positions.items():
        row = known.get(entry_id) or TieDecision(
            edition_id=round.edition_id, round_id=round.id, entry_id=entry_id
        )
        row.position, row.among, row.reason = position, sorted(positions), reason
        row.decided_by, row.decided_at = who.id, clock.now()
        db.session.add(row)
    db.session.flush()
    audit.record(
        "result.tie_decided",
        round,
        old={str(entry_id): position for entry_id, position in old.items()} or None,
        new={str(entry_id): position for entry_id, position in positions.items()},
        reason=reason,
        actor_id=who.id,
    )


def prepare_after_disqualification(entry: Entry, reason: str = "", **_more: Any) -> None:
    """Receiver of `competition.signals.entry_disqualified`: published results that name the entry get a
    new version.

    It is finalized in the name of whoever disqualified, and waits for a second person's signature. Where
    something
    stands in the way (a tie moves onto a prize line), the record says so and the organizers finalize by hand.
    """
    edition = entry.edition
    who: Any = access.person() if has_request_context() else None
    for round, standing in queries.standing_results(edition):
        row = queries.row_of_team(queries.content(standing), entry.team)
        if row is None:
            continue
        hold_round(round)
        if pending := queries.pending_result(round):
            pending.state, pending.publish_at = ResultState.DISCARDED, None
            db.session.flush()
            audit.record("result.discarded", pending, new={"state": "discarded"}, reason="disqualified")
        words = result_words.disqualified_reason(row["team"]["name"])
        try:
            if who is None:
                raise _blocked([Blocker("nobody")])
            _freeze(round, who, words, standing, despite_objections=True)
        except Conflict as problem:
            audit.record(
                "result.new_version_needed", standing, new={"blockers": problem.extra.get("blockers")}
            )


# -- shared -------------------------------------------------------------------------------------------------


def _hold_result(result: Result) -> None:
    hold_round(result.round)
    lock(result)


def _refuse_outdated(result: Result) -> None:
    if corrected := corrected_since(result.round, queries.content(result)):
        raise Conflict(result_words.corrected_since_text(corrected), code="corrected_since")


def _last_number(round: Round) -> int:
    statement = select(func.max(Result.number)).where(Result.round_id == round.id)
    return db.session.execute(statement).scalar_one() or 0


def _brief(result: Result) -> dict[str, Any]:
    return {"number": result.number, "state": result.state.value, "sha256": result.sha256}


def _tell_teams(result: Result, *, corrected: bool) -> None:
    """Every member with an account hears how the own team came out."""
    snapshot = queries.content(result)
    rows = {row["team"]["id"]: row for row in snapshot["ranking"]}
    prizes = {prize["id"]: prize["name"] for prize in snapshot["prizes"]}
    recipients = db.session.execute(
        select(Member.team_id, Person)
        .join(Person, Person.id == Member.person_id)
        .where(Member.edition_id == result.edition_id, Member.confirmed_at.is_not(None))
    )
    for team_id, person in recipients:
        if team_id in rows and person.is_active:
            mail.tell(
                person,
                "result_corrected" if corrected else "result",
                result_words.team_message(result, rows[team_id], prizes, corrected=corrected),
                edition_id=result.edition_id,
            )
