"""From the editor to the inbox: what publishing the draft, and calling it all off, tells people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar

from core.db import db
from core.languages import Trilingual
from core.models import Mail
from roadshows import message_jobs
from roadshows.operations import agenda
from roadshows.operations.settings import cancel_roadshow
from roadshows.operations.versions import publish_agenda
from tests.conftest import Clock
from tests.roadshows import draft_worlds


def mails_since(last: list[Mail]) -> list[Mail]:
    known = {mail.id for mail in last}
    return [mail for mail in db.session.query(Mail).order_by(Mail.id) if mail.id not in known]


def test_publish_move_publish_cancel(ctx: None, turn_clock: Clock) -> None:
    turn_clock.set(datetime(2026, 6, 1, 3, tzinfo=UTC))
    day = draft_worlds.day()
    roadshow, moved = day.roadshow, day.sessions[0]
    publish_agenda(roadshow=roadshow, seen=roadshow.agenda_revision, who=day.organizer)
    db.session.commit()
    invited = mails_since([])
    speakers = [speaker.participant.email for speaker in day.speakers[:2]]
    assert [mail.address for mail in invited] == speakers
    assert {mail.calendar_method for mail in invited} == {"REQUEST"}

    agenda.place_session(
        roadshow=roadshow,
        key=moved.key,
        slot_id=day.slots[3].id,
        room_id=day.rooms[1].id,
        seen=roadshow.agenda_revision,
        who=day.organizer,
    )
    publish_agenda(roadshow=roadshow, seen=roadshow.agenda_revision, who=day.organizer)
    db.session.commit()
    [told] = mails_since(invited)
    assert told.address == speakers[0]
    assert "10:00–10:20" in told.body.partition("From now on:")[0]
    assert "11:00–11:20" in told.body.partition("From now on:")[2]
    [event] = icalendar.Calendar.from_ical(told.calendar).walk("VEVENT")
    assert (event["UID"], event["SEQUENCE"]) == (f"{moved.key}@localhost", 2)

    before = [*invited, told]
    reason = Trilingual("台风", "태풍", "Typhoon")
    cancel_roadshow(roadshow=roadshow, seen=roadshow.version, reason=reason)
    db.session.commit()
    last = mails_since(before)
    assert {mail.kind for mail in last} == {"roadshow_canceled"}
    # Speakers and the interpreter: one each, with or without a session.
    assert len(last) == len({mail.address for mail in last}) == 4
    assert [mail.calendar_method for mail in last if mail.address in speakers] == ["CANCEL", "CANCEL"]

    turn_clock.set(day.slots[0].starts_at - timedelta(minutes=60))
    message_jobs.send_what_is_due()
    assert mails_since([*before, *last]) == []
