"""What a party says for itself before the meetings are planned: its card, its wishes, when it can come.

A wish is nobody's business but its owner's: audit records say that wishes were changed, never which.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core import audit, clock
from core.db import db, lock
from core.errors import CONSTRAINTS, BadInput, Conflict
from core.languages import Trilingual
from roadshows import free_times
from roadshows.models import Absence, MeetingParty, MeetingSlot, MeetingWish, Roadshow, RoadshowState, Wish
from roadshows.operations.meeting_checks import check_seen
from roadshows.operations.parties import MOST_MEETINGS

CONSTRAINTS["uq_meeting_wish_from_id_about_id"] = CONSTRAINTS[
    "meeting_wish.from_id, meeting_wish.about_id"
] = Conflict(
    _l("This wish was sent twice at once. Please look whether it stands as meant."), code="wish_twice"
)


def wishes_open(roadshow: Roadshow) -> bool:
    """Until the second of the deadline itself, while the event is public."""
    closes = roadshow.wishes_close_at
    on_time = closes is None or clock.now().replace(microsecond=0) <= closes
    return on_time and roadshow.state is RoadshowState.PUBLIC


def _require_open(party: MeetingParty) -> None:
    if party.withdrawn_at is not None:
        raise Conflict(_l("You take part in the meetings no more."), code="party_withdrawn")
    if not wishes_open(party.roadshow):
        raise Conflict(
            _l("The time for wishes is over. Please write to the organizers if something has changed."),
            code="wishes_closed",
        )


def save_card(
    *,
    party: MeetingParty,
    seen: int | None,
    headline: Trilingual,
    about: Trilingual,
    fields: Sequence[str],
    languages: Sequence[str],
    most_meetings: int,
    shared: bool,
) -> None:
    """The party's own card, in how many meetings it would take part, and whether the other side may see the
    card: from then on until taken back."""
    check_seen(party, seen)
    if party.roadshow.state is not RoadshowState.PUBLIC:
        raise Conflict(_l("This event is over or canceled."), code="roadshow_not_public")
    if not languages:
        raise BadInput(fields={"languages": _l("Please choose at least one language.")})
    if not max(1, party.least_meetings) <= most_meetings <= MOST_MEETINGS:
        raise BadInput(
            fields={
                "most_meetings": _l(
                    "Please give %(least)d to %(most)d meetings.",
                    least=max(1, party.least_meetings),
                    most=MOST_MEETINGS,
                )
            }
        )
    old = {"shared": party.shared_at is not None, "most_meetings": party.most_meetings}
    party.headline, party.about = headline, about
    party.fields, party.languages = list(fields), list(languages)
    party.most_meetings = most_meetings
    if not shared:
        party.shared_at = None
    elif party.shared_at is None:
        party.shared_at = clock.now()
    db.session.flush()
    audit.record(
        "meeting_party.card_saved", party, old=old, new={"shared": shared, "most_meetings": most_meetings}
    )


def set_wish(*, party: MeetingParty, about: MeetingParty, wish: Wish | None) -> None:
    """What `party` wishes about a card of the other side that it can see; None takes the wish back.

    Raises Conflict after the deadline, or when that card is shown no more.
    """
    _require_open(party)
    if about.roadshow_id != party.roadshow_id or about.side is party.side:
        raise BadInput(_l("Wishes go to the other side only."))
    lock(party)
    row = db.session.scalars(
        select(MeetingWish).where(MeetingWish.from_id == party.id, MeetingWish.about_id == about.id)
    ).one_or_none()
    if wish is None:
        if row is None:
            return
        db.session.delete(row)
    elif about.shared_at is None or about.withdrawn_at is not None:
        raise Conflict(_l("This card is not shown any more."), code="card_gone")
    elif row is None:
        db.session.add(
            MeetingWish(roadshow_id=party.roadshow_id, from_id=party.id, about_id=about.id, wish=wish)
        )
    else:
        row.wish, row.changed_at = wish, clock.now()
    db.session.flush()
    audit.record("meeting_party.wishes_changed", party)


def set_times(*, party: MeetingParty, slots: Sequence[MeetingSlot], can: Collection[int]) -> None:
    """In which of `slots` (all of the roadshow) the party can come: those whose ids are in `can`. Absences
    that were noted otherwise are kept outside of these slots."""
    _require_open(party)
    participant = party.participant
    lock(participant)
    rows = db.session.scalars(select(Absence).where(Absence.participant_id == participant.id)).all()
    before = sorted((row.starts_at, row.ends_at) for row in rows)
    away = list(before)
    for slot in slots:
        stretch = (slot.starts_at, slot.starts_at + timedelta(minutes=slot.minutes))
        if slot.id in can:
            away = free_times.without(away, stretch)
        elif not any(start <= stretch[0] and stretch[1] <= end for start, end in away):
            away = free_times.with_slot(away, stretch)
    if sorted(away) == before:
        return
    for row in rows:
        if (row.starts_at, row.ends_at) not in away:
            db.session.delete(row)
    for start, end in away:
        if (start, end) not in before:
            db.session.add(
                Absence(
                    roadshow_id=party.roadshow_id,
                    participant_id=participant.id,
                    starts_at=start,
                    ends_at=end,
                )
            )
    db.session.flush()
    db.session.expire(participant, ["absences"])
    audit.record(
        "participant.absences_changed",
        participant,
        old=[[start.isoformat(), end.isoformat()] for start, end in before],
        new=[[start.isoformat(), end.isoformat()] for start, end in sorted(away)],
    )
