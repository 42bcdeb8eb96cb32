"""A roadshow with teams, investors and slots for the tests of meetings."""

from __future__ import annotations

import importlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from accounts.models import Person
from core import clock
from core.db import db
from roadshows.models import Meeting, MeetingParty, MeetingSlot, MeetingWish, Roadshow, Side, Wish
from tests.roadshows import factories as make


@dataclass
class MeetingWorld:
    """One event in Seoul ten days ahead; everybody's secret is `word`, the side and its number:
    `secret-team-0`."""

    roadshow: Roadshow
    organizer: Person
    teams: list[MeetingParty] = field(default_factory=list)
    investors: list[MeetingParty] = field(default_factory=list)
    slots: list[MeetingSlot] = field(default_factory=list)

    def wish(self, one: MeetingParty, about: MeetingParty, wish: Wish) -> None:
        db.session.add(
            MeetingWish(roadshow_id=self.roadshow.id, from_id=one.id, about_id=about.id, wish=wish)
        )
        db.session.flush()

    def meeting(
        self, team: int, investor: int, slot: int, table: int = 1, told: bool = True, **values: Any
    ) -> Meeting:
        row = Meeting(
            roadshow_id=self.roadshow.id,
            team_id=self.teams[team].id,
            investor_id=self.investors[investor].id,
            slot_id=self.slots[slot].id,
            table=table,
            told_at=clock.now() if told else None,
            **values,
        )
        db.session.add(row)
        db.session.flush()
        return row

    def path(self, rest: str = "", lang: str = "en") -> str:
        return f"/{lang}/o/roadshows/{self.roadshow.slug}/meetings{rest}"

    def my(self, secret: str, rest: str = "/meetings", lang: str = "en") -> str:
        return f"/{lang}/roadshows/{self.roadshow.slug}/my/{secret}{rest}"


def world(
    teams: int = 2, investors: int = 2, slots: int = 3, tables: int = 2, word: str = "secret", **values: Any
) -> MeetingWorld:
    """Everybody speaks Chinese and Korean and shows a card; nobody has wished anything."""
    values.setdefault("wishes_close_at", clock.now() + timedelta(days=5))
    roadshow = make.roadshow(**values)
    found = MeetingWorld(roadshow, make.organizer(roadshow))
    day = make.day(roadshow.cities[0], (clock.now() + timedelta(days=10)).date())
    for number in range(teams):
        who = make.participant(roadshow, f"{word}-team-{number}", organization=f"Team {number}")
        found.teams.append(make.party(roadshow, Side.TEAM, participant=who))
    for number in range(investors):
        who = make.participant(roadshow, f"{word}-investor-{number}", organization=f"Fund {number}")
        found.investors.append(make.party(roadshow, Side.INVESTOR, participant=who))
    first = make.meeting_slot(day, tables=tables)
    found.slots.append(first)
    for number in range(1, slots):
        start = first.starts_at + timedelta(minutes=25 * number)
        found.slots.append(make.meeting_slot(day, start, tables=tables))
    return found


def post(client: Any, url: str, **form: Any) -> Any:
    """Send a form with a key of its own."""
    return client.post(url, data={"once_key": secrets.token_urlsafe(24)} | form)


def stream(
    target: str,
    arguments: dict[str, Any],
    data: bytes,
    *,
    on_progress: Any,
    is_cancelled: Any,
    **_limits: Any,
) -> tuple[Any, bytes]:
    """In place of `core.isolated.stream`: without a process of its own, whose start takes seconds."""
    module, _, function = target.partition(":")
    found: tuple[Any, bytes] = getattr(importlib.import_module(module), function)(
        data, progress=on_progress, cancelled=is_cancelled, **arguments
    )
    return found
