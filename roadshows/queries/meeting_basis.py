"""Reads what a timetable of meetings is computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.db import db
from roadshows.meeting_basis import Basis, PartyBasis, SlotBasis, StandingMeeting
from roadshows.models import (
    Meeting,
    MeetingParty,
    MeetingSlot,
    MeetingState,
    MeetingWish,
    PlanKind,
    PlanRun,
    Roadshow,
    Side,
)
from roadshows.operations.meetings import languages_of
from roadshows.queries import meetings as queries


@dataclass(frozen=True)
class Read:
    """The rows and the basis made from them; parties by key, slots in the basis's order."""

    basis: Basis
    parties: dict[str, MeetingParty]
    slots: Sequence[MeetingSlot]
    meetings: Sequence[Meeting]


def read(roadshow: Roadshow, *, repair: bool = False) -> Read:
    """Everything about the roadshow's meetings as it stands. Who canceled a meeting is away in its slot, and
    the two are not paired again; for a repair no pair is whose meeting people were told is canceled."""
    rows_of_all = queries.meetings_of(roadshow, canceled=True)
    meetings = [row for row in rows_of_all if row.state is not MeetingState.CANCELED]
    canceled = [row for row in rows_of_all if row.state is MeetingState.CANCELED]
    meeting = {key for row in meetings for key in (row.team_id, row.investor_id)}
    rows = [
        row
        for row in queries.parties_of(roadshow, with_withdrawn=True)
        if row.withdrawn_at is None or row.id in meeting
    ]
    slots = queries.slots_of(roadshow)
    busy = queries.busy_of(roadshow)
    keys = {row.id: row.key for row in rows}
    withdrawn = {row.id for row in rows if row.withdrawn_at is not None}
    wishes = {
        (keys[row.from_id], keys[row.about_id]): row.wish.value
        for row in db.session.execute(
            select(MeetingWish.from_id, MeetingWish.about_id, MeetingWish.wish)
            .where(MeetingWish.roadshow_id == roadshow.id)
            .order_by(MeetingWish.from_id, MeetingWish.about_id)
        )
        if row.from_id in keys and row.about_id in keys and not {row.from_id, row.about_id} & withdrawn
    }
    met = {
        (keys[team], keys[investor])
        for team, investor in queries.noted_met(roadshow) | queries.held_before(roadshow)
        if team in keys and investor in keys
    }
    places = {slot.id: place for place, slot in enumerate(slots)}
    not_then: dict[int, set[int]] = {}
    for gone in canceled:
        if gone.canceled_by is not None:
            party_id = gone.team_id if gone.canceled_by is Side.TEAM else gone.investor_id
            not_then.setdefault(party_id, set()).add(places[gone.slot_id])
    basis = Basis(
        tuple(
            SlotBasis(str(slot.id), slot.tables, slot.interpreters, queries.is_closed(slot)) for slot in slots
        ),
        tuple(_party(row, busy, slots, not_then) for row in rows if row.side is Side.TEAM),
        tuple(_party(row, busy, slots, not_then) for row in rows if row.side is Side.INVESTOR),
        wishes,
        frozenset(met),
        tuple(
            StandingMeeting(
                row.team.key,
                row.investor.key,
                places[row.slot_id],
                row.is_locked or row.state is not MeetingState.PLANNED or queries.is_closed(row.slot),
            )
            for row in meetings
        ),
        frozenset(
            (row.team.key, row.investor.key)
            for row in canceled
            if row.canceled_by is not None or (repair and row.told_at is not None)
        ),
    )
    return Read(basis, {row.key: row for row in rows}, slots, meetings)


def _party(
    row: MeetingParty,
    busy: queries.Busy,
    slots: Sequence[MeetingSlot],
    not_then: Mapping[int, set[int]],
) -> PartyBasis:
    return PartyBasis(
        row.key,
        frozenset(languages_of(row)),
        row.most_meetings,
        row.least_meetings,
        busy.slots(row.participant_id, slots) | not_then.get(row.id, set()),
    )


def runs_of(roadshow: Roadshow, most: int = 30) -> Sequence[PlanRun]:
    """The latest runs of the meetings' planner, the latest first."""
    return db.session.scalars(
        select(PlanRun)
        .where(PlanRun.roadshow_id == roadshow.id, PlanRun.kind == PlanKind.MEETINGS)
        .order_by(PlanRun.number.desc())
        .limit(most)
    ).all()


def run_numbered(roadshow: Roadshow, number: int) -> PlanRun | None:
    return db.session.scalars(
        select(PlanRun).where(
            PlanRun.roadshow_id == roadshow.id,
            PlanRun.kind == PlanKind.MEETINGS,
            PlanRun.number == number,
        )
    ).one_or_none()


def next_number(roadshow: Roadshow) -> int:
    last = runs_of(roadshow, 1)
    return last[0].number + 1 if last else 1
