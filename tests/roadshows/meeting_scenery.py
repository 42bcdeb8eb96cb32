"""Meetings of the roadshow in `tests.scenery`: what the parts of their addresses stand for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from accounts.sessions import sha256
from core import clock
from core.db import db
from roadshows.models import (
    FollowUp,
    Meeting,
    MeetingWish,
    Outcome,
    OutcomeStage,
    Participant,
    PlanKind,
    PlanRun,
    PlanState,
    Roadshow,
    Side,
    Wish,
)
from tests.roadshows import factories as make


def build(roadshow: Roadshow, token: str) -> dict[str, Any]:
    """The participant with this secret is a team; one meeting with an investor that both know of, one outcome
    and one task, an open proposal."""
    who = db.session.scalars(select(Participant).where(Participant.link_sha256 == sha256(token))).one()
    team = make.party(roadshow, Side.TEAM, participant=who)
    investor = make.party(roadshow, Side.INVESTOR)
    ahead = make.day(roadshow.cities[0], (clock.now() + timedelta(days=20)).date())
    slot = make.meeting_slot(ahead)
    make.meeting_slot(ahead, slot.starts_at + timedelta(minutes=30))
    meeting = Meeting(
        roadshow_id=roadshow.id,
        team_id=team.id,
        investor_id=investor.id,
        slot_id=slot.id,
        table=1,
        told_at=clock.now(),
    )
    outcome = Outcome(
        roadshow_id=roadshow.id,
        team_id=team.id,
        investor_id=investor.id,
        stage=OutcomeStage.CONTACT,
        on=date(2026, 6, 11),
    )
    task = FollowUp(roadshow_id=roadshow.id, title="Send the plan")
    run = PlanRun(
        roadshow_id=roadshow.id,
        number=1,
        kind=PlanKind.MEETINGS,
        state=PlanState.DONE,
        settings={"met_before": "lower", "keep": True, "seed": 1},
        basis_sha256="0" * 64,
        outcome={
            "status": "optimal",
            "gap": 0.0,
            "objective": 8,
            "bound": 8,
            "conflict": [],
            "meetings": [[team.key, investor.key, str(slot.id)]],
            "counts": {"new": 0, "moved": 0, "kept": 1, "canceled": 0},
            "must": [0, 0],
            "like": [1, 1],
            "load": {team.key: 1, investor.key: 1},
        },
    )
    wish = MeetingWish(roadshow_id=roadshow.id, from_id=team.id, about_id=investor.id, wish=Wish.LIKE)
    db.session.add_all([meeting, outcome, task, run, wish])
    db.session.flush()
    return {
        "party": team.key,
        "meeting": meeting.key,
        "meeting_slot": slot.id,
        "outcome": outcome.id,
        "follow_up": task.id,
        "meeting_office:number": run.number,
    }
