"""Judges of an edition, the entries of a round, and who judges what by hand, never where a tie forbids it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import selectinload

from accounts.models import Grant, Person, Role
from accounts.roles import grant_role, revoke_role
from competition.models import Edition, Entry, EntryState, Round, RoundEntry
from core import audit, clock
from core.db import db, lock
from core.errors import CONSTRAINTS, BadInput, Conflict
from core.languages import Trilingual
from core.mail import Message, tell
from core.text import skeleton
from judging.models import Background, Judge, ScoreSheet, SheetState
from judging.operations.common import check_seen, id_of, need_reason
from judging.queries.assignment import holds_something
from judging.queries.conflicts import CONFLICTS, conflicts_of

CONSTRAINTS["uq_judge_edition_id_name"] = CONSTRAINTS["judge.edition_id, judge.name"] = Conflict(
    fields={"name": _l("This edition has a judge of this name already. Add what tells them apart.")},
    code="judge_name_taken",
)


def add_judge(
    *,
    edition: Edition,
    name: str,
    name_latin: str = "",
    email: str = "",
    affiliation: Trilingual | None = None,
    country: str = "",
    languages: Sequence[str] = (),
    expertise: Sequence[str] = (),
    is_head: bool = False,
    background: Background | None = None,
    levels: Mapping[str, int] | None = None,
    interests: Sequence[str] = (),
    takes_interpreter: bool = True,
    least_load: int | None = None,
    most_load: int | None = None,
    person: Person | None = None,
    who: Person | None = None,
) -> Judge:
    """Add a judge to the edition; with `person` she can judge at once, else she is to be invited.

    levels: track slug -> 1 (knows it) to 3 (expert). interests: firms, funds and company numbers she belongs
    to or holds shares of. least_load, most_load: entries per round.
    Raises Conflict when the edition has a judge of this name, address or account, BadInput for a least load
    above the most.
    """
    values = {
        "name": name,
        "name_latin": name_latin,
        "email": email,
        "affiliation": affiliation or Trilingual(),
        "country": country,
        "languages": list(languages),
        "expertise": list(expertise),
        "is_head": is_head,
        "background": background,
        "levels": dict(levels or {}),
        "interests": list(interests),
        "takes_interpreter": takes_interpreter,
        "least_load": least_load,
        "most_load": most_load,
    }
    _refuse_crossed_loads(least_load, most_load)
    _refuse_twins(edition.id, name, email, None)
    judge = Judge(edition_id=edition.id, **values)
    db.session.add(judge)
    db.session.flush()
    audit.record("judge.added", judge, new=_judge_json(judge), actor_id=id_of(who))
    if person is not None:
        link_person(judge=judge, person=person, who=who)
    return judge


def change_judge(*, judge: Judge, seen: int | None = None, who: Person | None = None, **values: Any) -> None:
    """Change what is known of a judge; `values` as for `add_judge`, without `edition` and `person`."""
    lock(judge)
    check_seen(judge, seen)
    _refuse_twins(
        judge.edition_id, values.get("name", judge.name), values.get("email", judge.email), judge.id
    )
    _refuse_crossed_loads(
        values.get("least_load", judge.least_load), values.get("most_load", judge.most_load)
    )
    old = _judge_json(judge)
    for name, value in values.items():
        setattr(judge, name, value)
    db.session.flush()
    if judge.person is not None and judge.retired_at is None:
        _set_grants(judge, judge.person, who)
    audit.record("judge.changed", judge, old=old, new=_judge_json(judge), actor_id=id_of(who))


def link_person(*, judge: Judge, person: Person, who: Person | None = None) -> None:
    """From now on `person` is this judge: called when an invitation was accepted."""
    lock(judge)
    if judge.retired_at is not None:
        raise Conflict(_l("This judge no longer judges in this edition."), code="judge_retired")
    twin = db.session.execute(
        select(Judge.id).where(
            Judge.edition_id == judge.edition_id, Judge.person_id == person.id, Judge.id != judge.id
        )
    ).first()
    if twin is not None or (judge.person_id is not None and judge.person_id != person.id):
        raise Conflict(
            _l("This account judges in this edition already, under another invitation."), code="judge_twice"
        )
    judge.person_id = person.id
    judge.email = judge.email or person.email or ""
    db.session.flush()
    db.session.expire(judge, ["person"])
    _set_grants(judge, person, who)
    audit.record("judge.linked", judge, new={"person": person.id}, actor_id=id_of(who) or person.id)


def retire_judge(*, judge: Judge, reason: str, seen: int | None = None, who: Person | None = None) -> None:
    """End a judge's work in the edition: submitted sheets stay, begun ones no longer count, the others
    are released.

    Raises BadInput without a reason.
    """
    need_reason(reason)
    lock(judge)
    check_seen(judge, seen)
    if judge.retired_at is not None:
        return
    released = _release_open(judge, None, reason)
    judge.retired_at = clock.now()
    if judge.person is not None:
        _drop_grants(judge, judge.person)
        tell(
            judge.person,
            "judge_retired",
            lambda lang: Message(
                _("Your work as a judge has ended: %(edition)s", edition=_name(judge.edition.name, lang)),
                _("The organizers have ended your work as a judge. Thank you for what you did."),
            ),
            edition_id=judge.edition_id,
        )
    db.session.flush()
    audit.record("judge.retired", judge, new=released, reason=reason, actor_id=id_of(who))


def enter_round(*, round: Round, entries: Iterable[Entry], who: Person | None = None) -> int:
    """Put accepted entries into a round; those already in it are left. Returns how many came in.

    Raises BadInput for an entry of another edition or one that is not accepted.
    """
    lock(round)
    entries = list(entries)
    if any(entry.edition_id != round.edition_id for entry in entries):
        raise BadInput(_l("An entry of another edition can't take part in this round."))
    if wrong := [entry for entry in entries if entry.state is not EntryState.ACCEPTED]:
        raise BadInput(
            _l("Only accepted entries take part in a round; %(count)d of these are not.", count=len(wrong)),
            code="not_accepted",
        )
    inside = set(db.session.scalars(select(RoundEntry.entry_id).where(RoundEntry.round_id == round.id)))
    fresh = [entry for entry in entries if entry.id not in inside]
    for position, entry in enumerate(fresh, len(inside) + 1):
        db.session.add(
            RoundEntry(edition_id=round.edition_id, round_id=round.id, entry_id=entry.id, position=position)
        )
    db.session.flush()
    if fresh:
        audit.record(
            "round.entered", round, new={"entries": [entry.key for entry in fresh]}, actor_id=id_of(who)
        )
    return len(fresh)


def assign(*, round: Round, judge: Judge, entry: Entry, who: Person | None = None) -> ScoreSheet:
    """Assign a judge to an entry of the round by hand.

    Raises Conflict that says why it can't be: a conflict of interest, retired, already assigned, not in
    the round.
    """
    lock(round)
    if judge.edition_id != round.edition_id or judge.retired_at is not None:
        raise Conflict(_l("This judge no longer judges in this edition."), code="judge_retired")
    inside = db.session.execute(
        select(RoundEntry.id).where(RoundEntry.round_id == round.id, RoundEntry.entry_id == entry.id)
    ).first()
    if inside is None or entry.state is not EntryState.ACCEPTED:
        raise Conflict(_l("This entry does not take part in the round."), code="not_in_round")
    if _sheet_of(round, judge, entry) is not None:
        raise Conflict(_l("This judge has this entry already."), code="already_assigned")
    if found := conflicts_of(round.edition_id, [judge], [entry]).get((judge.id, entry.id)):
        raise Conflict(CONFLICTS[found], code="conflict_of_interest", fields={"judge": CONFLICTS[found]})
    sheet = ScoreSheet(edition_id=round.edition_id, round_id=round.id, judge_id=judge.id, entry_id=entry.id)
    db.session.add(sheet)
    db.session.flush()
    audit.record("sheet.assigned", sheet, new={"judge": judge.key, "entry": entry.key}, actor_id=id_of(who))
    return sheet


def unassign(*, sheet: ScoreSheet, who: Person | None = None) -> None:
    """Take an entry off a judge's list. Raises Conflict once the sheet holds anything: then she may
    recuse herself."""
    lock(sheet)
    if sheet.id in _started([sheet.id]) or sheet.state is not SheetState.OPEN:
        raise Conflict(
            _l("This sheet is begun, so it can't be taken away. The judge can be replaced instead."),
            code="sheet_started",
        )
    judge, edition, told = sheet.judge, sheet.round.edition, sheet.told_at
    title = sheet.entry.title
    audit.record(
        "sheet.unassigned", sheet, old={"judge": judge.key, "entry": sheet.entry.key}, actor_id=id_of(who)
    )
    delete_sheets([sheet.id])
    if told is not None and judge.person is not None:
        tell(
            judge.person,
            "sheet_released",
            lambda lang: Message(
                _("An entry was taken off your list: %(title)s", title=_name(title, lang)),
                _("You need not score this entry any more."),
                f"/{lang}/j",
            ),
            edition_id=edition.id,
        )


def replace_judge(*, round: Round, judge: Judge, by: Judge, reason: str, who: Person | None = None) -> int:
    """Pass everything that `judge` has not submitted in the round on to another judge; returns how many
    sheets.

    Begun sheets no longer count (as after a recusal) but stay readable. Entries which `by` has already
    are skipped.
    Raises Conflict naming the entries that `by` may not judge; then nothing is changed.
    """
    need_reason(reason)
    lock(round)
    if by.id == judge.id or by.edition_id != round.edition_id or by.retired_at is not None:
        raise Conflict(_l("Please choose another judge of this edition."), code="judge_retired")
    entries = list(
        db.session.scalars(
            select(Entry)
            .join(ScoreSheet, ScoreSheet.entry_id == Entry.id)
            .where(
                ScoreSheet.round_id == round.id,
                ScoreSheet.judge_id == judge.id,
                ScoreSheet.state == SheetState.OPEN,
            )
            .order_by(Entry.id)
        )
    )
    found = conflicts_of(round.edition_id, [by], entries)
    barred = [entry for entry in entries if (by.id, entry.id) in found]
    if barred:
        raise Conflict(
            _l(
                "%(judge)s may not judge these entries: %(entries)s. Assign others to them first.",
                judge=by.name,
                entries=", ".join(entry.team.name for entry in barred[:10]),
            ),
            code="conflict_of_interest",
        )
    had = set(
        db.session.scalars(
            select(ScoreSheet.entry_id).where(ScoreSheet.round_id == round.id, ScoreSheet.judge_id == by.id)
        )
    )
    _release_open(judge, round, reason)
    fresh = [entry for entry in entries if entry.id not in had]
    for entry in fresh:
        db.session.add(
            ScoreSheet(edition_id=round.edition_id, round_id=round.id, judge_id=by.id, entry_id=entry.id)
        )
    db.session.flush()
    audit.record(
        "judge.replaced",
        judge,
        new={"by": by.key, "round": round.slug, "entries": [entry.key for entry in fresh]},
        reason=reason,
        actor_id=id_of(who),
    )
    return len(fresh)


def tell_judges(*, round: Round, who: Person | None = None) -> int:
    """Tell every judge who has entries in the round that she was not told of yet; returns how many judges."""
    lock(round)
    moment = clock.now()
    rows = db.session.execute(
        select(Judge, func.count(ScoreSheet.id))
        .join(ScoreSheet, ScoreSheet.judge_id == Judge.id)
        .where(
            ScoreSheet.round_id == round.id,
            ScoreSheet.state == SheetState.OPEN,
            ScoreSheet.told_at.is_(None),
            Judge.person_id.is_not(None),
        )
        .group_by(Judge.id)
        .options(selectinload(Judge.person))
        .order_by(Judge.id)
    ).all()
    for judge, count in rows:
        tell(
            judge.person,
            "entries_to_score",
            lambda lang, count=count: _entries_to_score(round, count, lang),  # type: ignore[misc]
            edition_id=round.edition_id,
        )
    db.session.execute(
        update(ScoreSheet)
        .where(
            ScoreSheet.round_id == round.id,
            ScoreSheet.told_at.is_(None),
            ScoreSheet.judge_id.in_([judge.id for judge, _ in rows]),
        )
        .values(told_at=moment, version=ScoreSheet.version)
    )
    audit.record("round.judges_told", round, new={"judges": len(rows)}, actor_id=id_of(who))
    return len(rows)


def _entries_to_score(round: Round, count: int, lang: str) -> Message:
    subject = _("Entries to score: %(round)s", round=_name(round.name, lang))
    body = ngettext("Your list holds one new entry.", "Your list holds %(num)d new entries.", count)
    if round.scoring_closes_at is not None:
        faces = clock.both_clocks(round.scoring_closes_at, lang)
        until = " / ".join(f"{face.text} {face.place}" for face in faces)
        body += "\n" + _("Please submit your scores by %(until)s.", until=until)
    return Message(subject, body, f"/{lang}/j/{round.edition.slug}/{round.slug}")


def organizers(edition_id: int) -> list[Person]:
    """Who organizes the edition."""
    return list(
        db.session.scalars(
            select(Person)
            .join(Grant, Grant.person_id == Person.id)
            .where(
                Grant.role == Role.ORGANIZER,
                Grant.scope_kind == "edition",
                Grant.scope_id == edition_id,
                Person.disabled_at.is_(None),
                Person.erased_at.is_(None),
            )
            .order_by(Person.id)
        )
    )


def _started(sheet_ids: Sequence[int]) -> set[int]:
    """Those of the sheets that hold anything."""
    return set(
        db.session.scalars(select(ScoreSheet.id).where(ScoreSheet.id.in_(sheet_ids), holds_something()))
    )


def delete_sheets(sheet_ids: Sequence[int]) -> None:
    """Only sheets that hold nothing are deleted; the foreign keys of marks and saves see to that."""
    for start in range(0, len(sheet_ids), 500):
        db.session.execute(delete(ScoreSheet).where(ScoreSheet.id.in_(sheet_ids[start : start + 500])))


def _release_open(judge: Judge, round: Round | None, reason: str) -> dict[str, int]:
    """Delete the judge's unbegun sheets, recuse the begun ones (in one round, or in all)."""
    statement = select(ScoreSheet).where(ScoreSheet.judge_id == judge.id, ScoreSheet.state == SheetState.OPEN)
    if round is not None:
        statement = statement.where(ScoreSheet.round_id == round.id)
    sheets = list(db.session.scalars(statement))
    started = _started([sheet.id for sheet in sheets])
    for sheet in sheets:
        if sheet.id in started:
            sheet.state, sheet.reason = SheetState.RECUSED, reason
            audit.record("sheet.recused", sheet, reason=reason)
    unbegun = [sheet for sheet in sheets if sheet.id not in started]
    db.session.flush()
    delete_sheets([sheet.id for sheet in unbegun])
    for sheet in unbegun:
        db.session.expunge(sheet)
    return {"released": len(unbegun), "recused": len(started)}


def _sheet_of(round: Round, judge: Judge, entry: Entry) -> ScoreSheet | None:
    return db.session.execute(
        select(ScoreSheet).where(
            ScoreSheet.round_id == round.id,
            ScoreSheet.judge_id == judge.id,
            ScoreSheet.entry_id == entry.id,
        )
    ).scalar_one_or_none()


def _set_grants(judge: Judge, person: Person, who: Person | None) -> None:
    """The grants that go with being this judge: judge, and head judge if she is."""
    scope = ("edition", judge.edition_id)
    for role, wanted in ((Role.JUDGE, True), (Role.HEAD_JUDGE, judge.is_head)):
        if wanted:
            grant_role(
                person=person, role=role, scope_kind=scope[0], scope_id=scope[1], granted_by=id_of(who)
            )
        else:
            revoke_role(person=person, role=role, scope_kind=scope[0], scope_id=scope[1])


def _drop_grants(judge: Judge, person: Person) -> None:
    for role in (Role.JUDGE, Role.HEAD_JUDGE):
        revoke_role(person=person, role=role, scope_kind="edition", scope_id=judge.edition_id)


def _refuse_twins(edition_id: int, name: str, email: str, own_id: int | None) -> None:
    rows = db.session.execute(
        select(Judge.id, Judge.name, Judge.email).where(Judge.edition_id == edition_id)
    ).all()
    for row in rows:
        if row.id == own_id:
            continue
        if skeleton(row.name) == skeleton(name):
            raise Conflict(
                fields={
                    "name": _l("This edition has a judge of this name already. Add what tells them apart.")
                },
                code="judge_name_taken",
            )
        if email and row.email.casefold() == email.casefold():
            raise Conflict(
                fields={"email": _l("This edition has a judge with this e-mail address already.")},
                code="judge_email_taken",
            )


def _refuse_crossed_loads(least: int | None, most: int | None) -> None:
    if least is not None and most is not None and least > most:
        raise BadInput(
            fields={"most_load": _l("This is less than the fewest entries. Please change one of them.")},
            code="loads_crossed",
        )


def _judge_json(judge: Judge) -> dict[str, Any]:
    return {
        "name": judge.name,
        "name_latin": judge.name_latin,
        "email": judge.email,
        "affiliation": judge.affiliation.to_json(),
        "country": judge.country,
        "languages": judge.languages,
        "expertise": judge.expertise,
        "is_head": judge.is_head,
        "background": judge.background and str(judge.background),
        "levels": judge.levels,
        "interests": judge.interests,
        "takes_interpreter": judge.takes_interpreter,
        "least_load": judge.least_load,
        "most_load": judge.most_load,
    }


def _name(text: Trilingual, lang: str) -> str:
    return text.pick(lang).text
