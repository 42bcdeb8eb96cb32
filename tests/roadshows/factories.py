"""One function per noun of the room: builds a plausible row, adds it to the session, flushes, returns it."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import Grant, Person, Role
from accounts.sessions import sha256
from core import clock
from core.db import db
from core.languages import Trilingual
from core.text import fold
from roadshows.local_times import at
from roadshows.models import (
    Day,
    Guest,
    GuestKind,
    GuestSource,
    GuestState,
    HostCity,
    Interpreter,
    MeetingParty,
    MeetingSlot,
    Participant,
    Roadshow,
    RoadshowSeries,
    RoadshowState,
    Room,
    Session,
    SessionKind,
    Side,
    Slot,
    Speaker,
    Venue,
)
from tests import factories as make

_count = itertools.count(1)
SERIES_NAME = Trilingual("菁蓉汇", "징룽후이", "Jingronghui")
ROADSHOW_NAME = Trilingual("四川创新创业推介会", "쓰촨 혁신창업 설명회", "Sichuan Innovation Roadshow")
SEOUL_NAME = Trilingual("首尔", "서울", "Seoul")
YANTAI_NAME = Trilingual("烟台", "옌타이", "Yantai")


def _add(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row


def roadshow(**values: Any) -> Roadshow:
    """A public roadshow in Seoul, without days; registration is open."""
    number = next(_count)
    series = _add(RoadshowSeries(slug=f"series-{number}", name=SERIES_NAME))
    moment = clock.now()
    row = _add(
        Roadshow(
            **{
                "series_id": series.id,
                "slug": f"roadshow-{number}",
                "name": ROADSHOW_NAME,
                "state": RoadshowState.PUBLIC,
                "zone": "Asia/Seoul",
                "registration_opens_at": moment - timedelta(days=10),
                "registration_closes_at": moment + timedelta(days=10),
            }
            | values
        )
    )
    city(row)
    db.session.refresh(row)
    return row


def city(of: Roadshow, **values: Any) -> HostCity:
    """Seoul, unless told otherwise."""
    return _add(
        HostCity(
            **{
                "roadshow_id": of.id,
                "slug": "seoul",
                "name": SEOUL_NAME,
                "country": "KR",
                "zone": "Asia/Seoul",
            }
            | values
        )
    )


def yantai(of: Roadshow) -> HostCity:
    return city(of, slug="yantai", name=YANTAI_NAME, country="CN", zone="Asia/Shanghai", position=2)


def organizer(of: Roadshow, **values: Any) -> Person:
    """Somebody who runs this roadshow and nothing else."""
    who = make.person(**values)
    _add(Grant(person_id=who.id, role=Role.ORGANIZER, scope_kind="roadshow", scope_id=of.id))
    db.session.expire(who, ["grants"])
    return who


def day(of: HostCity, on: date = date(2026, 6, 10), **values: Any) -> Day:
    return _add(Day(**{"roadshow_id": of.roadshow_id, "city_id": of.id, "date": on} | values))


def venue(of: HostCity, **values: Any) -> Venue:
    number = next(_count)
    name = Trilingual(f"会场{number}", f"행사장{number}", f"Venue {number}")
    return _add(Venue(**{"roadshow_id": of.roadshow_id, "city_id": of.id, "name": name} | values))


def room(of: Venue, **values: Any) -> Room:
    number = next(_count)
    name = Trilingual(f"{number}号厅", f"{number}홀", f"Hall {number}")
    return _add(
        Room(**{"roadshow_id": of.roadshow_id, "venue_id": of.id, "name": name, "capacity": 100} | values)
    )


def slots(of: Day, count: int = 4, hour: int = 10, minutes: int = 20, block: str = "am") -> list[Slot]:
    """Slots one after the other from that hour of the city's clock on."""
    first = at(of.date, hour, 0, of.city.zone)
    return [
        _add(
            Slot(
                roadshow_id=of.roadshow_id,
                day_id=of.id,
                starts_at=first + timedelta(minutes=minutes * place),
                minutes=minutes,
                block=block,
            )
        )
        for place in range(count)
    ]


def session(of: Roadshow, **values: Any) -> Session:
    """A speech of twenty minutes in the first city, not placed yet."""
    number = next(_count)
    return _add(
        Session(
            **{
                "roadshow_id": of.id,
                "kind": SessionKind.SPEECH,
                "title": Trilingual(f"演讲{number}", f"강연{number}", f"Speech {number}"),
                "city_id": of.cities[0].id,
                "minutes": 20,
                "audience": 50,
            }
            | values
        )
    )


def participant(of: Roadshow, token: str = "", **values: Any) -> Participant:
    """Somebody with an address; `token`: the secret of the own page."""
    number = next(_count)
    email = values.pop("email", f"guest{number}@example.com")
    return _add(
        Participant(
            **{
                "roadshow_id": of.id,
                "name": f"金敏俊{number}",
                "name_latin": f"Kim Minjun {number}",
                "organization": f"株式会社{number}",
                "email": email,
                "email_key": fold(email) if email else None,
                "language": "en",
                "link_sha256": sha256(token) if token else None,
            }
            | values
        )
    )


def speaker(of: Roadshow, **values: Any) -> Speaker:
    who = values.pop("participant", None) or participant(of)
    return _add(Speaker(roadshow_id=of.id, participant_id=who.id, **values))


def interpreter(of: Roadshow, **values: Any) -> Interpreter:
    who = values.pop("participant", None) or participant(of)
    return _add(Interpreter(**{"roadshow_id": of.id, "participant_id": who.id, "pairs": ["ko-zh"]} | values))


def guest(of: Roadshow, **values: Any) -> Guest:
    """A confirmed guest from a company."""
    who = values.pop("participant", None) or participant(of)
    return _add(
        Guest(
            **{
                "roadshow_id": of.id,
                "participant_id": who.id,
                "kind": GuestKind.COMPANY,
                "state": GuestState.CONFIRMED,
                "source": GuestSource.REGISTRATION,
            }
            | values
        )
    )


def party(of: Roadshow, side: Side = Side.INVESTOR, **values: Any) -> MeetingParty:
    """A party at the meetings whose card is shown."""
    who = values.pop("participant", None) or participant(of)
    return _add(
        MeetingParty(
            **{
                "roadshow_id": of.id,
                "participant_id": who.id,
                "side": side,
                "name": who.organization,
                "languages": ["zh", "ko"],
                "shared_at": clock.now(),
            }
            | values
        )
    )


def meeting_slot(of: Day, starts_at: datetime | None = None, **values: Any) -> MeetingSlot:
    starts_at = starts_at or at(of.date, 14, 0, of.city.zone)
    return _add(
        MeetingSlot(
            **{
                "roadshow_id": of.roadshow_id,
                "day_id": of.id,
                "starts_at": starts_at,
                "minutes": 20,
                "tables": 10,
                "interpreters": 5,
            }
            | values
        )
    )
