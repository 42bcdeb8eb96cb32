"""Contents of published versions, made by hand in the form that `AgendaVersion.content` has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from core.db import db
from roadshows.models import AgendaVersion, Roadshow

_NAMES = {"zh": "首尔", "ko": "서울", "en": "Seoul"}
CITIES = [
    {"slug": "seoul", "name": _NAMES, "zone": "Asia/Seoul", "country": "KR"},
    {
        "slug": "yantai",
        "name": {"zh": "烟台", "ko": "옌타이", "en": "Yantai"},
        "zone": "Asia/Shanghai",
        "country": "CN",
    },
]
SPEAKER = {
    "key": "speaker22222",
    "name": "金敏俊",
    "name_latin": "Kim Minjun",
    "organization": "韩国创投",
    "title": {"zh": "董事", "ko": "이사", "en": "Director"},
    "about": {"zh": "", "ko": "", "en": ""},
    "photo": "",
}


def session(key: str, starts_at: str, **values: Any) -> dict[str, Any]:
    """A speech of an hour in Seoul's hall, in Korean, interpreted into Chinese. starts_at: ISO with zone."""
    moment = datetime.fromisoformat(starts_at).astimezone(UTC)
    return {
        "key": key,
        "kind": "speech",
        "title": {"zh": f"演讲 {key}", "ko": f"강연 {key}", "en": f"Speech {key}"},
        "summary": {"zh": "", "ko": "", "en": ""},
        "track": None,
        "city": "seoul",
        "day": 1,
        "language": "ko",
        "interpreting": "ko-zh",
        "interpreter": "",
        "starts_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "minutes": 60,
        "room": 1,
        "whole_city": False,
        "speakers": [],
        "team": "",
        "sequence": 0,
        "canceled": False,
    } | values


def content(*sessions: dict[str, Any], **values: Any) -> dict[str, Any]:
    """Two cities with a day and a hall each, one field, one speaker who is shown."""
    return {
        "zone": "Asia/Seoul",
        "cities": CITIES,
        "days": [
            {
                "id": 1,
                "city": "seoul",
                "date": "2026-06-10",
                "title": {"zh": "开幕", "ko": "개막", "en": "Opening"},
            },
            {"id": 2, "city": "yantai", "date": "2026-06-12", "title": {"zh": "", "ko": "", "en": ""}},
        ],
        "venues": [
            {
                "id": 1,
                "city": "seoul",
                "name": {"zh": "国际会议中心", "ko": "코엑스", "en": "COEX"},
                "address": {"zh": "江南区", "ko": "강남구", "en": "Gangnam-gu"},
            },
            {
                "id": 2,
                "city": "yantai",
                "name": {"zh": "国际博览中心", "ko": "국제박람센터", "en": "Expo Center"},
                "address": {"zh": "", "ko": "", "en": ""},
            },
        ],
        "rooms": [
            {"id": 1, "venue": 1, "name": {"zh": "一号厅", "ko": "1홀", "en": "Hall 1"}, "capacity": 100},
            {"id": 2, "venue": 1, "name": {"zh": "二号厅", "ko": "2홀", "en": "Hall 2"}, "capacity": 60},
            {"id": 3, "venue": 2, "name": {"zh": "三号厅", "ko": "3홀", "en": "Hall 3"}, "capacity": 80},
        ],
        "tracks": [{"id": 7, "name": {"zh": "生物医药", "ko": "바이오", "en": "Biotech"}}],
        "speakers": [SPEAKER],
        "interpreters": [],
        "sessions": list(sessions),
    } | values


def publish(roadshow: Roadshow, *sessions: dict[str, Any], number: int = 1, **values: Any) -> AgendaVersion:
    """A published version, without telling anybody."""
    row = AgendaVersion(
        roadshow_id=roadshow.id,
        number=number,
        content=content(*sessions, **values),
        content_sha256=f"{number:064d}",
        published_at=datetime(2026, 5, number, tzinfo=UTC),
    )
    db.session.add(row)
    db.session.flush()
    return row
