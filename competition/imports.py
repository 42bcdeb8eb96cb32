"""Teams out of a table: read, checked row by row in the person's language, then stored all or not at all.

An imported entry is submitted at once and gets its receipt number; documents can be added by the team later.
A captain with an e-mail address is invited, by the outbox, to take the team over; until then nobody can sign
in for it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select

from accounts.addresses import email_key, normal_email, normal_phone
from competition import team_table
from competition.company_numbers import looks_right
from competition.models import (
    Country,
    Division,
    Edition,
    Entry,
    Stage,
    Team,
    Track,
)
from competition.operations.entries import HOLDS_PLACE
from competition.team_table import BY_KEY, COLUMNS, HEADER_WORDS, Someone
from core import clock
from core.db import db
from core.errors import BadInput
from core.jobs import every
from core.languages import Trilingual
from core.models import StoredFile
from core.spreadsheets import Row, Table, read_table
from core.text import deceiving_characters, fold, skeleton, tidy_line, tidy_text

_LANGUAGE_OF = {Country.CHINA: "zh", Country.KOREA: "ko"}
_MOST_PROBLEMS = 500
KEPT_TYPE = "application/x-jiachi-import"
"""Marks stored files that are tables waiting for their confirmation."""


@dataclass(frozen=True)
class RowProblem:
    """What is wrong in one row (0: in the whole table), in which column, and how to mend it."""

    row: int
    column: Trilingual | None
    text: Any
    is_error: bool = True


@dataclass
class TeamRow:
    """One team out of a row that has no error."""

    number: int
    team: dict[str, Any]
    entry: dict[str, Any]
    captain: Someone
    members: list[Someone] = field(default_factory=list)
    advisers: list[Someone] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """What an import would do. It can be carried out when there is no error."""

    rows: list[TeamRow]
    problems: list[RowProblem]
    ignored: list[str]
    invitations: int

    @property
    def errors(self) -> list[RowProblem]:
        return [problem for problem in self.problems if problem.is_error]


class _Bad(Exception):
    """A cell that can't be used; holds the sentence that says why."""

    def __init__(self, text: Any) -> None:
        super().__init__(text)
        self.text = text


def read(data: bytes, filename: str) -> Table:
    """The table in a file; takes up to some seconds. Raises `BadInput` (field "file") when there is none."""
    return read_table(data, filename, expected=list(HEADER_WORDS))


def pack(table: Table) -> bytes:
    """A table that was read, kept between the report and its confirmation."""
    return json.dumps(
        {
            "header": table.header,
            "rows": [[row.number, row.cells] for row in table.rows],
            "marks": [[*place, mark] for place, mark in table.marks.items()],
        },
        ensure_ascii=False,
    ).encode()


def unpack(data: bytes) -> Table:
    """What `pack` kept."""
    kept = json.loads(data)
    return Table(
        tuple(kept["header"]),
        [Row(number, tuple(cells)) for number, cells in kept["rows"]],
        {(row, column): mark for row, column, mark in kept["marks"]},
    )


@every(6 * 3600, "forget_imports")
def forget_imports() -> int:
    """Drop tables that nobody confirmed within a day; their bytes go with the next sweep."""
    limit = clock.now() - timedelta(hours=24)
    dropped = db.session.execute(
        delete(StoredFile).where(StoredFile.media_type == KEPT_TYPE, StoredFile.created_at < limit)
    )
    db.session.commit()
    return int(dropped.rowcount)  # type: ignore[attr-defined]


def plan(edition: Edition, table: Table) -> Plan:
    """Check a table row by row without storing anything.

    Raises `BadInput` (field "file") when it has not the columns that are needed.
    """
    keys, ignored = _keys(table)
    return _Planner(edition, table, keys).plan(ignored)


def _keys(table: Table) -> tuple[dict[int, str], list[str]]:
    """Which column of the file is which, and the headers nobody knows."""
    keys: dict[int, str] = {}
    ignored = []
    for place, word in enumerate(table.header):
        key = HEADER_WORDS.get(fold(word))
        if key is None:
            if word:
                ignored.append(word)
        elif key in keys.values():
            raise BadInput(fields={"file": _l("The column “%(name)s” stands there twice.", name=word)})
        else:
            keys[place] = key
    found = set(keys.values())
    missing = [column.names for column in COLUMNS if column.needed and column.key not in found]
    if not found & {"title_zh", "title_ko", "title_en"}:
        missing.append(BY_KEY["title_en"].names)
    if missing:
        names = ", ".join(f"{name.zh} / {name.ko} / {name.en}" for name in missing)
        raise BadInput(fields={"file": _l("The table lacks these columns: %(names)s.", names=names)})
    return keys, ignored


_MARKS = {
    "formula": _l("This cell holds a formula. Please paste its value instead."),
    "long_number": _l("A number this long has lost its last digits. Please format the column as text."),
}


class _Planner:
    """Checks the rows of one table against one edition."""

    def __init__(self, edition: Edition, table: Table, keys: dict[int, str]) -> None:
        self.edition = edition
        self.table = table
        self.keys = keys
        self.problems: list[RowProblem] = []
        self.tracks = _words_of(edition.tracks)
        self.divisions = _words_of(edition.divisions)
        taken = db.session.execute(select(Team.name_key, Team.name).where(Team.edition_id == edition.id))
        self.known = {row[0]: row[1] for row in taken}
        self.names: dict[str, int] = {}
        self.captains: dict[str, int] = {}

    def plan(self, ignored: list[str]) -> Plan:
        rows = [found for row in self.table.rows if (found := self._row(row)) is not None]
        self._check_places(len(rows))
        invitations = sum(bool(row.captain.email) for row in rows)
        return Plan(rows, sorted(self.problems, key=lambda problem: problem.row), ignored, invitations)

    def _check_places(self, count: int) -> None:
        if not self.table.rows:
            self.problems.append(RowProblem(0, None, _l("The table has no rows below its header.")))
        places = self.edition.entry_places
        if places is None:
            return
        taken = db.session.execute(
            select(func.count())
            .select_from(Entry)
            .where(Entry.edition_id == self.edition.id, Entry.state.in_(HOLDS_PLACE))
        ).scalar_one()
        if taken + count > places:
            text = _l(
                "The edition has %(places)d places, %(taken)d are taken, the table holds %(count)d teams.",
                places=places,
                taken=taken,
                count=count,
            )
            self.problems.append(RowProblem(0, None, text))

    def _say(self, row: Row, key: str, text: Any, *, is_error: bool = True) -> None:
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(RowProblem(row.number, BY_KEY[key].names, text, is_error))

    def _row(self, row: Row) -> TeamRow | None:
        before = sum(problem.is_error for problem in self.problems)
        cells = self._cells(row)

        def read(key: str, how: Callable[[str], Any]) -> Any:
            try:
                return how(cells.get(key, ""))
            except _Bad as bad:
                self._say(row, key, bad.text)
                return None

        country = read("country", _country)
        region = country.value if country in (Country.CHINA, Country.KOREA) else ""
        team = {
            "name": read("name", _needed),
            "name_latin": cells.get("name_latin", ""),
            "country": country,
            "affiliation": cells.get("affiliation", ""),
            "company_number": cells.get("company_number", ""),
            "founded_year": read("founded_year", _year),
            "investors": cells.get("investors", ""),
            "phone": read("phone", lambda text: _phone(text, region)),
            "shown_publicly": read("shown_publicly", _yes),
        }
        entry = {
            "title": self._texts(row, cells, "title"),
            "summary": self._texts(row, cells, "summary", needed=False),
            "track_id": read("track", lambda text: _part(text, self.tracks, self.edition.tracks)),
            "division_id": read("division", lambda text: _part(text, self.divisions, self.edition.divisions)),
            "sector": cells.get("sector", ""),
            "stage": read("stage", _stage),
            "video_url": read("video_url", _https),
            "earlier_prize": cells.get("earlier_prize", ""),
        }
        captain = Someone(
            read("captain_name", _needed) or "",
            cells.get("captain_name_latin", ""),
            read("captain_email", _email) or "",
            read("captain_birth_year", _year),
        )
        members = read("members", _people) or []
        advisers = read("advisers", _people) or []
        self._check_team(row, team, captain, members)
        if sum(problem.is_error for problem in self.problems) > before:
            return None
        self._hint(row, team, captain)
        return TeamRow(row.number, team, entry, captain, members, advisers)

    def _cells(self, row: Row) -> dict[str, str]:
        """Tidied texts by key; what is too long or deceiving is reported and left empty."""
        cells = {}
        for place, key in self.keys.items():
            column, text = BY_KEY[key], row.cells[place]
            if column.export_only:
                continue
            if mark := self.table.marks.get((row.number, place)):
                self._say(row, key, _MARKS.get(mark, _MARKS["formula"]))
                continue
            text = tidy_text(text) if key.startswith("summary_") else tidy_line(text)
            if bad := deceiving_characters(text):
                self._say(
                    row,
                    key,
                    _l(
                        "This holds characters that can't be seen or printed: %(list)s.",
                        list=", ".join(bad[:5]),
                    ),
                )
            elif len(text) > column.most:
                self._say(row, key, _l("This is longer than %(most)d characters.", most=column.most))
            else:
                cells[key] = text
        return cells

    def _texts(self, row: Row, cells: dict[str, str], name: str, *, needed: bool = True) -> Trilingual:
        text = Trilingual(*(cells.get(f"{name}_{lang}", "") for lang in ("zh", "ko", "en")))
        if needed and not text:
            self._say(row, f"{name}_en", _l("Please write this in at least one language."))
        return text

    def _check_team(
        self, row: Row, team: dict[str, Any], captain: Someone, members: Sequence[Someone]
    ) -> None:
        if team["name"]:
            key = skeleton(team["name"])
            if not key or len(key) > 160:
                self._say(row, "name", _l("Please write the team's name."))
            elif key in self.known:
                self._say(
                    row,
                    "name",
                    _l(
                        "A team of this edition has this name, or one that looks the same: %(name)s.",
                        name=self.known[key],
                    ),
                )
            elif key in self.names:
                self._say(
                    row,
                    "name",
                    _l("Row %(row)d has this name, or one that looks the same.", row=self.names[key]),
                )
            else:
                self.names[key] = row.number
        if captain.email:
            other = self.captains.setdefault(email_key(captain.email), row.number)
            if other != row.number:
                self._say(
                    row,
                    "captain_email",
                    _l("Row %(row)d has the same captain; a person leads one team in an edition.", row=other),
                )
        size = 1 + len(members)
        if size > self.edition.team_most:
            self._say(
                row,
                "members",
                _l(
                    "With the captain these are %(size)d people; a team has %(most)d at most.",
                    size=size,
                    most=self.edition.team_most,
                ),
            )
        addresses = Counter(email_key(someone.email) for someone in (captain, *members) if someone.email)
        if any(number > 1 for number in addresses.values()):
            self._say(row, "members", _l("Two people of this team have the same e-mail address."))

    def _hint(self, row: Row, team: dict[str, Any], captain: Someone) -> None:
        if not captain.email:
            text = _l("Without an address the captain can't be invited to take the team over.")
            self._say(row, "captain_email", text, is_error=False)
        if not looks_right(team["company_number"], team["country"]):
            text = _l("The check digit of this number is not right; please compare it.")
            self._say(row, "company_number", text, is_error=False)


def _words_of(parts: Sequence[Track | Division]) -> dict[str, int]:
    """Every word by which a track or division may be called, folded -> its id."""
    return {
        fold(word): part.id
        for part in parts
        for word in (part.slug, part.name.zh, part.name.ko, part.name.en)
        if word
    }


def _needed(text: str) -> str:
    if not text:
        raise _Bad(_l("Please fill this in."))
    return text


def _country(text: str) -> Country:
    country = team_table.COUNTRY_WORDS.get(fold(_needed(text)))
    if country is None:
        raise _Bad(_l("Please write CN, KR or joint."))
    return country


def _part(text: str, words: dict[str, int], parts: Sequence[Track | Division]) -> int | None:
    if not text:
        if len(parts) > 1:
            raise _Bad(_l("Please write one of: %(names)s.", names=", ".join(part.slug for part in parts)))
        return parts[0].id if parts else None
    if fold(text) not in words:
        raise _Bad(_l("Please write one of: %(names)s.", names=", ".join(part.slug for part in parts)))
    return words[fold(text)]


def _stage(text: str) -> Stage | None:
    stage = team_table.STAGE_WORDS.get(fold(text))
    if text and stage is None:
        raise _Bad(_l("Please write idea, prototype, pilot or revenue."))
    return stage


def _yes(text: str) -> bool:
    word = fold(text)
    if word not in team_table.YES_WORDS | team_table.NO_WORDS:
        raise _Bad(_l("Please write yes or no."))
    return word in team_table.YES_WORDS


def _year(text: str) -> int | None:
    try:
        return team_table.read_year(text)
    except ValueError as error:
        raise _Bad(_l("Please write a year with four digits, for example 2024.")) from error


def _phone(text: str, region: str) -> str:
    try:
        return normal_phone(text, region)
    except BadInput as problem:
        raise _Bad(problem.detail) from problem


def _email(text: str) -> str:
    if not text:
        return ""
    try:
        return normal_email(text)
    except BadInput as problem:
        raise _Bad(problem.detail) from problem


def _https(text: str) -> str:
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        sound = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        sound = False
    if not sound or any(character.isspace() or character in '"<>\\^`{|}' for character in text):
        raise _Bad(_l("Please write an address that begins with https://."))
    return text


def _people(text: str) -> list[Someone]:
    try:
        found = team_table.read_people(text)
    except ValueError as error:
        raise _Bad(
            _l(
                "Please write each person as: name | Latin name | e-mail | year of birth; parted by"
                " semicolons."
            )
        ) from error
    for someone in found:
        if max(len(someone.name), len(someone.name_latin)) > 80:
            raise _Bad(_l("This is longer than %(most)d characters.", most=80))
        _email(someone.email)
    return found
