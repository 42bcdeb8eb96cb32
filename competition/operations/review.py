"""What organizers decide about entries: accept, return, reject, disqualify, extend; and telling the teams.

A decision names the stamp of the entry that the person saw: a newer submission or a colleague's decision is
never overruled unseen, while a team's drafting on in between hinders nobody. Every confirmed member with an
account is told, in their own language. Operations never commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from accounts.models import Person
from competition import labels, registration, signals
from competition.models import Edition, EditionState, Entry, EntryState, Member, Remark, RoundEntry, Team
from competition.operations.entries import restore_submitted
from core import audit, clock, mail
from core.access import Who
from core.db import db, lock
from core.errors import BadInput, Conflict
from core.languages import Trilingual

_UNDECIDED = (EntryState.SUBMITTED, EntryState.RETURNED)
_FROM = {
    EntryState.ACCEPTED: (*_UNDECIDED, EntryState.REJECTED),
    EntryState.RETURNED: (EntryState.SUBMITTED, EntryState.ACCEPTED),
    EntryState.REJECTED: (*_UNDECIDED, EntryState.ACCEPTED),
    EntryState.DISQUALIFIED: (*_UNDECIDED, EntryState.ACCEPTED),
}
"""Which states a decision may start from."""


@dataclass(frozen=True)
class Picked:
    """An entry picked from a list, with the stamp that it had there."""

    key: str
    seen: str


def stamp(state: str, submitted_at: datetime | None, decided_at: datetime | None) -> str:
    """What a decision rests on: the state, the last submission and the last decision, as one short word."""
    return f"{state}-{_digits(submitted_at)}-{_digits(decided_at)}"


def _digits(moment: datetime | None) -> str:
    """The moment in UTC without its zone: the list of entries has moments that never had one."""
    if moment is None:
        return "0"
    return (moment.replace(tzinfo=None) if moment.tzinfo else moment).isoformat()


def stamp_of(entry: Entry) -> str:
    return stamp(entry.state.value, entry.submitted_at, entry.decided_at)


def accept_entry(*, entry: Entry, seen: str | None, who: Who | None) -> Entry:
    """Take the entry, as it was last submitted, into the contest (审核通过 / 접수 승인).

    Changes that the team never submitted are undone. Raises `Conflict` when the state doesn't allow it or
    `seen` is stale.
    """
    entry = _decide(entry, seen, EntryState.ACCEPTED, who, reason="")
    restore_submitted(entry=entry)
    _tell(entry, "entry_accepted", _accepted)
    return entry


def return_entry(
    *,
    entry: Entry,
    seen: str | None,
    comments: Mapping[str, str],
    who: Who | None,
    until: datetime | None = None,
) -> Entry:
    """Ask for more (补充材料 / 서류 보완 요청): `comments` by field name, "" for a general one.

    until: the team may mend the entry until then even after the deadline. Raises `BadInput` without a comment
    and when the team would have no time left to mend anything.
    """
    told = {field: text for field, text in comments.items() if text}
    if not told:
        raise BadInput(_l("Say what is missing, in at least one comment."), code="no_comment")
    if unknown := set(told) - set(labels.ENTRY_FIELDS) - {""}:
        raise BadInput(code="unknown_field", fields=dict.fromkeys(unknown, _l("There is no such field.")))
    _check_until(entry, until)
    entry = _decide(entry, seen, EntryState.RETURNED, who, reason="", comments=told)
    if until is not None:
        entry.team.extended_until = until
    for field, text in told.items():
        entry.remarks.append(Remark(field=field, comment=text, written_by=who.id if who else None))
    db.session.flush()
    deadline = registration.deadline_of(entry.team)
    _tell(entry, "entry_returned", lambda entry, lang: _returned(entry, lang, told, deadline))
    return entry


def reject_entry(*, entry: Entry, seen: str | None, reason: str, who: Who | None) -> Entry:
    """Not accepted (审核未通过 / 불승인), for a reason that the team reads. Raises `BadInput` without one."""
    _need(reason)
    entry = _decide(entry, seen, EntryState.REJECTED, who, reason=reason)
    _tell(entry, "entry_rejected", _rejected)
    return entry


def disqualify_entry(*, entry: Entry, seen: str | None, reason: str, who: Who | None) -> Entry:
    """Take an entry out (取消参赛资格 / 참가 자격 취소), before or after results are published.

    Rooms above hear `signals.entry_disqualified` in the same transaction and prepare a new version of results
    that name the entry.
    """
    _need(reason)
    entry = _decide(entry, seen, EntryState.DISQUALIFIED, who, reason=reason)
    _tell(entry, "entry_disqualified", _disqualified)
    signals.entry_disqualified.send(entry, reason=reason)
    return entry


def extend_deadline(*, team: Team, seen: int | None, until: datetime, reason: str, who: Who | None) -> Team:
    """Give one team more time, for a reason that is recorded. Raises `BadInput` when `until` gives none."""
    _need(reason)
    _require_changeable(team.edition)
    if seen is not None and team.version != seen:
        raise _changed()
    general = registration.closes_at(team.edition)
    if until <= clock.now() or (general is not None and until <= general):
        raise BadInput(fields={"until": _l("This has to be later than the deadline for everybody.")})
    old, team.extended_until = team.extended_until, until
    db.session.flush()
    audit.record(
        "extend_deadline",
        team,
        old={"extended_until": old.isoformat() if old else None},
        new={"extended_until": until.isoformat()},
        reason=reason,
    )
    _tell(team.entry, "deadline_extended", lambda entry, lang: _extended(entry, lang, until))
    return team


def decide_many(
    *,
    edition: Edition,
    picked: Sequence[Picked],
    decision: EntryState,
    who: Who | None,
    reason: str = "",
    until: datetime | None = None,
) -> int:
    """The same decision on many entries, all or none; returns how many.

    reason: the comment of a return, the reason of a rejection. Raises `Conflict` naming the entries that were
    changed or decided on meanwhile.
    """
    entries = load_picked(edition, [pick.key for pick in picked])
    seen = {pick.key: pick.seen for pick in picked}
    gone = [entry for entry in entries if stamp_of(entry) != seen[entry.key]]
    stuck = [entry for entry in entries if entry not in gone and not may_become(entry, decision)]
    if gone or stuck or len(entries) != len(seen):
        names = ", ".join(entry.receipt_number or entry.team.name for entry in [*gone, *stuck][:20])
        raise Conflict(
            _l("Some of these entries were changed or decided on meanwhile: %(names)s.", names=names),
            code="stale",
        )
    for entry in entries:
        if decision is EntryState.ACCEPTED:
            accept_entry(entry=entry, seen=None, who=who)
        elif decision is EntryState.RETURNED:
            return_entry(entry=entry, seen=None, comments={"": reason}, who=who, until=until)
        elif decision is EntryState.REJECTED:
            reject_entry(entry=entry, seen=None, reason=reason, who=who)
        else:
            raise BadInput(code="no_decision")
    return len(entries)


def load_picked(edition: Edition, keys: Sequence[str]) -> list[Entry]:
    """The entries of `edition` with these keys and their teams, by receipt number."""
    return list(
        db.session.scalars(
            select(Entry)
            .join(Entry.team)
            .where(Entry.edition_id == edition.id, Entry.key.in_(keys))
            .options(contains_eager(Entry.team))
            .order_by(Entry.receipt_number, Entry.id)
        )
    )


def may_become(entry: Entry, state: EntryState) -> bool:
    """True when this decision can be taken on the entry as it stands."""
    return entry.state in _FROM[state]


def _decide(
    entry: Entry,
    seen: str | None,
    state: EntryState,
    who: Who | None,
    *,
    reason: str,
    comments: Mapping[str, str] | None = None,
) -> Entry:
    _require_changeable(entry.edition)
    entry = lock(entry)
    if seen is not None and stamp_of(entry) != seen:
        raise _changed()
    if not may_become(entry, state):
        raise Conflict(
            _l("This entry is “%(state)s”; that can't be done now.", state=labels.ENTRY_STATES[entry.state]),
            code="wrong_state",
        )
    if state in (EntryState.RETURNED, EntryState.REJECTED) and _in_a_round(entry):
        raise Conflict(
            _l("This entry is being judged. It can be disqualified, but not taken back."), code="in_a_round"
        )
    old = entry.state
    entry.state, entry.reason, entry.decided_at = state, reason, clock.now()
    db.session.flush()
    audit.record(
        f"{state.value}_entry",
        entry,
        old={"state": old.value},
        new={"state": state.value} | ({"comments": dict(comments)} if comments else {}),
        reason=reason,
        actor_id=who.id if who else None,
    )
    return entry


def _in_a_round(entry: Entry) -> bool:
    return (
        db.session.execute(select(RoundEntry.id).where(RoundEntry.entry_id == entry.id)).first() is not None
    )


def _check_until(entry: Entry, until: datetime | None) -> None:
    """A returned entry that nobody may mend any more would be a trap."""
    moment = clock.now()
    deadline = registration.deadline_of(entry.team)
    if until is not None and until <= moment:
        raise BadInput(fields={"until": _l("This has to be later than now.")})
    if until is None and deadline is not None and deadline <= moment:
        raise BadInput(fields={"until": _l("The deadline has passed: say until when this may be mended.")})


def _require_changeable(edition: Edition) -> None:
    if edition.state is EditionState.ARCHIVED:
        raise Conflict(_l("This edition is archived; nothing in it can be changed."), code="archived")


def _need(reason: str) -> None:
    if not reason.strip():
        raise BadInput(fields={"reason": _l("Please give the reason. The team reads it.")})


def _changed() -> Conflict:
    return Conflict(
        _l("This was changed meanwhile. Look at what stands there now, then decide again."),
        code="stale",
    )


# --- telling the team ---


def _tell(entry: Entry, kind: str, write: Callable[[Entry, str], mail.Message]) -> None:
    people = db.session.scalars(
        select(Person)
        .join(Member, Member.person_id == Person.id)
        .where(Member.team_id == entry.team_id, Member.confirmed_at.is_not(None))
        .order_by(Member.position)
    ).all()
    for person in people:
        if person.is_active:
            mail.tell(person, kind, lambda lang: write(entry, lang), edition_id=entry.edition_id)


def _page(entry: Entry, lang: str) -> str:
    return f"/{lang}/e/{entry.edition.slug}/team/{entry.team.key}"


def _names(entry: Entry, lang: str) -> dict[str, str]:
    title = (entry.title or Trilingual()).pick(lang).text or entry.team.name
    return {
        "team": entry.team.name,
        "title": title,
        "edition": entry.edition.name.pick(lang).text,
        "receipt": entry.receipt_number or "",
    }


def _accepted(entry: Entry, lang: str) -> mail.Message:
    names = _names(entry, lang)
    return mail.Message(
        _("Accepted: %(title)s", title=names["title"]),
        _(
            "The entry “%(title)s” of the team %(team)s (receipt %(receipt)s) was accepted for %(edition)s."
            " Nothing has to be done now; the timeline says what comes next.",
            **names,
        ),
        _page(entry, lang),
    )


def _returned(
    entry: Entry, lang: str, comments: Mapping[str, str], deadline: datetime | None
) -> mail.Message:
    names = _names(entry, lang)
    lines = [
        f"- {labels.ENTRY_FIELDS[field]}{_(': ')}{text}" if field else f"- {text}"
        for field, text in comments.items()
    ]
    parts = [
        _(
            "Please complete the entry “%(title)s” of the team %(team)s (receipt %(receipt)s)"
            " and submit it again.",
            **names,
        ),
        "\n".join(lines),
    ]
    if deadline is not None:
        parts.append(_("This is possible until %(when)s.", when=_both_clocks(deadline, lang)))
    parts.append(_("The entry counts as submitted again only after you have submitted it."))
    return mail.Message(
        _("Request for additional documents: %(title)s", title=names["title"]),
        "\n\n".join(parts),
        _page(entry, lang),
    )


def _rejected(entry: Entry, lang: str) -> mail.Message:
    names = _names(entry, lang)
    return mail.Message(
        _("Not accepted: %(title)s", title=names["title"]),
        _(
            "The entry “%(title)s” of the team %(team)s (receipt %(receipt)s) was not accepted"
            " for %(edition)s.",
            **names,
        )
        + "\n\n"
        + _("Reason: %(reason)s", reason=entry.reason),
        _page(entry, lang),
    )


def _disqualified(entry: Entry, lang: str) -> mail.Message:
    names = _names(entry, lang)
    return mail.Message(
        _("Disqualified: %(title)s", title=names["title"]),
        _(
            "The team %(team)s (receipt %(receipt)s) no longer takes part in %(edition)s.",
            **names,
        )
        + "\n\n"
        + _("Reason: %(reason)s", reason=entry.reason),
        _page(entry, lang),
    )


def _extended(entry: Entry, lang: str, until: datetime) -> mail.Message:
    names = _names(entry, lang)
    return mail.Message(
        _("More time for the team %(team)s", team=names["team"]),
        _(
            "The team %(team)s may work on its entry and submit it until %(when)s.",
            team=names["team"],
            when=_both_clocks(until, lang),
        ),
        _page(entry, lang),
    )


def _both_clocks(moment: datetime, lang: str) -> str:
    return " / ".join(f"{face.text} {face.place}" for face in clock.both_clocks(moment, lang))
