"""Teams and entries as a table (XLSX, CSV) or as JSON, in the columns that an import reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, selectinload

from competition.models import Edition, Entry, Member, MemberRole, Team
from competition.team_table import COLUMNS, Someone, write_people
from core.db import db
from core.languages import Trilingual
from core.spreadsheets import CSV_TYPE, XLSX_TYPE, Sheet, write_csv, write_xlsx

FORMATS = {"xlsx": XLSX_TYPE, "csv": CSV_TYPE, "json": "application/json; charset=utf-8"}


def export_teams(edition: Edition, kind: str, lang: str) -> bytes:
    """All teams of the edition as `kind` (xlsx, csv, json), headers in `lang`; JSON has the columns' keys."""
    return write(edition.slug, rows_of(edition), kind, lang)


def rows_of(edition: Edition) -> list[list[str]]:
    """One row of texts per team, in the order of `COLUMNS`, by receipt number."""
    return [_row(entry) for entry in _entries(edition)]


def write(slug: str, rows: Sequence[Sequence[str]], kind: str, lang: str) -> bytes:
    """The rows as a file of `kind`; asks the database nothing."""
    if kind == "json":
        teams = [{column.key: value for column, value in zip(COLUMNS, row, strict=True)} for row in rows]
        return json.dumps({"edition": slug, "teams": teams}, ensure_ascii=False, indent=1).encode()
    return _table(kind, lang, rows)


def template(kind: str, lang: str) -> bytes:
    """An import's columns with one invented team of each country, as `kind` (xlsx, csv)."""
    return _table(kind, lang, [_example(row) for row in _EXAMPLES], export_only=False)


def _table(kind: str, lang: str, rows: Sequence[Sequence[str]], *, export_only: bool = True) -> bytes:
    places = [place for place, column in enumerate(COLUMNS) if export_only or not column.export_only]
    header = [getattr(COLUMNS[place].names, lang) for place in places]
    chosen = [[row[place] for place in places] for row in rows]
    if kind == "csv":
        return write_csv(header, chosen)
    return write_xlsx([Sheet({"zh": "参赛团队", "ko": "참가팀", "en": "Teams"}[lang], header, chosen)])


def _entries(edition: Edition) -> Sequence[Entry]:
    return db.session.scalars(
        select(Entry)
        .join(Entry.team)
        .where(Entry.edition_id == edition.id)
        .options(contains_eager(Entry.team).selectinload(Team.members), selectinload(Entry.track))
        .options(selectinload(Entry.division))
        .order_by(Entry.receipt_number.nulls_last(), Entry.id)
    ).all()


def _row(entry: Entry) -> list[str]:
    team = entry.team
    captain = next((member for member in team.members if member.role is MemberRole.CAPTAIN), None)
    values: dict[str, Any] = {
        "receipt_number": entry.receipt_number,
        "state": entry.state.value,
        "submitted_at": entry.submitted_at.isoformat(timespec="seconds") if entry.submitted_at else "",
        "name": team.name,
        "name_latin": team.name_latin,
        "country": team.country.value,
        "affiliation": team.affiliation,
        "company_number": team.company_number,
        "founded_year": team.founded_year,
        "investors": team.investors,
        "phone": team.phone,
        "shown_publicly": "yes" if team.shown_publicly else "no",
        "track": entry.track.slug if entry.track else "",
        "division": entry.division.slug if entry.division else "",
        **_texts("title", entry.title),
        **_texts("summary", entry.summary),
        "sector": entry.sector,
        "stage": entry.stage.value if entry.stage else "",
        "video_url": entry.video_url,
        "earlier_prize": entry.earlier_prize,
        "captain_name": captain.name if captain else "",
        "captain_name_latin": captain.name_latin if captain else "",
        "captain_email": captain.email if captain else "",
        "captain_birth_year": captain.birth_year if captain else "",
        "members": _people(team, MemberRole.MEMBER),
        "advisers": _people(team, MemberRole.ADVISER),
    }
    return ["" if values[column.key] is None else str(values[column.key]) for column in COLUMNS]


def _texts(name: str, text: Trilingual | None) -> dict[str, str]:
    return {f"{name}_{lang}": piece for lang, piece in (text or Trilingual()).to_json().items()}


def _people(team: Team, role: MemberRole) -> str:
    return write_people([_someone(member) for member in team.members if member.role is role])


def _someone(member: Member) -> Someone:
    return Someone(member.name or "—", member.name_latin, member.email, member.birth_year)


_EXAMPLES: tuple[dict[str, str], ...] = (
    {
        "name": "蓉城创新队",
        "name_latin": "Rongcheng Innovators",
        "country": "CN",
        "affiliation": "蓉城科技大学",
        "phone": "+86 138 0013 8000",
        "shown_publicly": "yes",
        "title_zh": "智能茶园管理平台",
        "title_en": "Smart tea garden platform",
        "summary_zh": "用传感器和图像识别帮助茶农。",
        "stage": "prototype",
        "captain_name": "王小明",
        "captain_name_latin": "Wang Xiaoming",
        "captain_email": "wang@example.com",
        "captain_birth_year": "1999",
        "members": "李丽 | Li Li | li@example.com | 2000; 赵强",
        "advisers": "陈教授",
    },
    {
        "name": "한강랩",
        "name_latin": "Hangang Lab",
        "country": "KR",
        "affiliation": "한강대학교",
        "phone": "+82 10-1234-5678",
        "shown_publicly": "no",
        "title_ko": "어르신 돌봄 로봇",
        "title_en": "Companion robot for the elderly",
        "summary_ko": "혼자 사는 어르신의 하루를 돕습니다.",
        "stage": "pilot",
        "captain_name": "김민준",
        "captain_name_latin": "Kim Minjun",
        "captain_email": "kim@example.com",
        "captain_birth_year": "1998",
    },
)


def _example(values: dict[str, str]) -> list[str]:
    return [values.get(column.key, "") for column in COLUMNS]
