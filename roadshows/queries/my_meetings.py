"""What a participant's own page shows of the meetings: own card and wishes, cards of the other side,
timetable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core.db import db
from roadshows.meeting_lines import end_of
from roadshows.models import (
    Absence,
    Meeting,
    MeetingParty,
    MeetingSlot,
    MeetingState,
    MeetingWish,
    Participant,
    Roadshow,
    RoadshowState,
    Side,
    Wish,
)
from roadshows.queries.meetings import slots_of


def party_of(participant: Participant) -> MeetingParty | None:
    """The participant's part in the meetings, if any."""
    return db.session.scalars(
        select(MeetingParty)
        .where(MeetingParty.participant_id == participant.id)
        .options(joinedload(MeetingParty.roadshow))
    ).one_or_none()


def other_side(party: MeetingParty) -> Side:
    return Side.INVESTOR if party.side is Side.TEAM else Side.TEAM


@dataclass(frozen=True)
class Card:
    """A card of the other side and what one's own wish about it is."""

    party: MeetingParty
    wish: Wish | None


def cards_for(party: MeetingParty) -> list[Card]:
    """Cards of the other side whose owners agreed, by name, with the party's own wishes."""
    rows = db.session.execute(
        select(MeetingParty, MeetingWish.wish)
        .join(Participant, Participant.id == MeetingParty.participant_id)
        .outerjoin(MeetingWish, (MeetingWish.about_id == MeetingParty.id) & (MeetingWish.from_id == party.id))
        .where(
            MeetingParty.roadshow_id == party.roadshow_id,
            MeetingParty.side == other_side(party),
            MeetingParty.shared_at.is_not(None),
            MeetingParty.withdrawn_at.is_(None),
            Participant.erased_at.is_(None),
        )
        .order_by(MeetingParty.name, MeetingParty.id)
    ).unique()
    return [Card(row[0], row[1]) for row in rows]


def card_of(party: MeetingParty, key: str) -> MeetingParty | None:
    """A party of the other side by its key, as far as one can know of it: its card is shown, or a wish about
    it stands."""
    found = db.session.scalars(
        select(MeetingParty).where(
            MeetingParty.roadshow_id == party.roadshow_id,
            MeetingParty.side == other_side(party),
            MeetingParty.key == key,
        )
    ).one_or_none()
    if found is None or (found.shared_at is not None and found.withdrawn_at is None):
        return found
    wished = select(MeetingWish.id).where(MeetingWish.from_id == party.id, MeetingWish.about_id == found.id)
    return found if db.session.scalar(wished) else None


def timetable_of(party: MeetingParty) -> Sequence[Meeting]:
    """The party's meetings that it was told of, canceled ones too, in the order of time."""
    return db.session.scalars(
        select(Meeting)
        .join(MeetingSlot, MeetingSlot.id == Meeting.slot_id)
        .where(
            (Meeting.team_id == party.id) | (Meeting.investor_id == party.id), Meeting.told_at.is_not(None)
        )
        .options(
            joinedload(Meeting.team),
            joinedload(Meeting.investor),
            joinedload(Meeting.slot),
            joinedload(Meeting.interpreter),
        )
        .order_by(MeetingSlot.starts_at, Meeting.id)
    ).all()


@dataclass(frozen=True)
class SlotChoice:
    """A slot and whether the party can come then."""

    slot: MeetingSlot
    can: bool


def times_of(party: MeetingParty) -> list[SlotChoice]:
    """All slots in the order of time."""
    away = [
        (row.starts_at, row.ends_at)
        for row in db.session.execute(
            select(Absence.starts_at, Absence.ends_at).where(Absence.participant_id == party.participant_id)
        )
    ]
    return [
        SlotChoice(slot, not any(start < end_of(slot) and slot.starts_at < end for start, end in away))
        for slot in slots_of(party.roadshow)
    ]


@dataclass(frozen=True)
class Waiting:
    """A roadshow's meetings in which a signed-in person takes part, for the first page."""

    roadshow: Roadshow
    party: MeetingParty
    meetings: int


def parties_of_person(person_id: int) -> list[Waiting]:
    """Of public roadshows that are not over, by the deadline for wishes."""
    rows = db.session.execute(
        select(MeetingParty, Roadshow)
        .join(Participant, Participant.id == MeetingParty.participant_id)
        .join(Roadshow, Roadshow.id == MeetingParty.roadshow_id)
        .where(
            Participant.person_id == person_id,
            Participant.erased_at.is_(None),
            MeetingParty.withdrawn_at.is_(None),
            Roadshow.state == RoadshowState.PUBLIC,
        )
        .order_by(Roadshow.id)
    ).all()
    if not rows:
        return []
    ids = [row[0].id for row in rows]
    planned = db.session.execute(
        select(Meeting.team_id, Meeting.investor_id).where(
            (Meeting.team_id.in_(ids)) | (Meeting.investor_id.in_(ids)),
            Meeting.state == MeetingState.PLANNED,
            Meeting.told_at.is_not(None),
        )
    ).all()
    return [
        Waiting(row[1], row[0], sum(row[0].id in (one.team_id, one.investor_id) for one in planned))
        for row in rows
    ]
