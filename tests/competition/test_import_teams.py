"""Teams out of XLSX and CSV: what comes in, what is refused and how that is said; export and back again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from accounts import invitations
from accounts.models import Invitation
from competition import exports, imports
from competition.models import (
    Country,
    Division,
    Edition,
    Entry,
    EntryState,
    Member,
    MemberRole,
    Stage,
    Team,
    Track,
)
from competition.operations import team_import
from competition.team_table import COLUMNS, Someone, read_people, write_people
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import AuditRecord, Mail
from core.spreadsheets import read_table, write_csv
from tests import factories as make

HEADER = ["team name", "country", "title_zh", "team captain", "captain_email"]
GOOD = ["茶香队", "CN", "智能茶园", "王小明", "wang@example.com"]


def plan(edition: Edition, header: list[str], *rows: list[str]) -> imports.Plan:
    return imports.plan(edition, imports.read(write_csv(header, rows), "teams.csv"))


def problems(found: imports.Plan) -> list[tuple[int, str, str]]:
    return [
        (problem.row, problem.column.en if problem.column else "", str(problem.text))
        for problem in found.errors
    ]


def test_imported_entries_are_submitted_with_receipts(ctx: None) -> None:
    edition = make.edition(receipt_prefix="CKY")
    who = make.organizer(edition)
    found = plan(edition, HEADER, GOOD, ["한강랩", "한국", "로봇", "김민준", "kim@example.com"])
    assert found.errors == []
    entries = team_import.import_teams(edition=edition, plan=found, who=who)
    assert [entry.state for entry in entries] == [EntryState.SUBMITTED] * 2
    assert [entry.receipt_number for entry in entries] == ["CKY-000001", "CKY-000002"]
    assert entries[1].team.country is Country.KOREA
    assert entries[0].versions[0].content["title"]["zh"] == "智能茶园"
    assert entries[0].track_id == edition.tracks[0].id
    captain = entries[0].team.members[0]
    assert (captain.role, captain.person_id, captain.name) == (MemberRole.CAPTAIN, None, "王小明")
    assert db.session.scalar(select(func.count()).where(AuditRecord.action == "import_entry")) == 2


def test_a_captain_is_invited_in_the_language_of_the_country_and_takes_the_team_over(ctx: None) -> None:
    edition = make.edition()
    found = plan(edition, HEADER, GOOD, ["한강랩", "KR", "로봇", "김민준", "kim@example.com"])
    entries = team_import.import_teams(edition=edition, plan=found, who=None)
    mails = db.session.scalars(select(Mail).where(Mail.edition_id == edition.id).order_by(Mail.id)).all()
    assert [(mail.address, mail.language) for mail in mails] == [
        ("wang@example.com", "zh"),
        ("kim@example.com", "ko"),
    ]
    token = mails[0].body.rpartition("/invitation/")[2]
    person = make.person(email="wang@example.com")
    invitations.accept_invitation(token=token.strip(), person=person)
    assert entries[0].team.members[0].person_id == person.id
    assert db.session.scalar(select(func.count()).select_from(Invitation)) == 2


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"team name": ""}, "Team name", "fill this in"),
        ({"team name": "x" * 81}, "Team name", "longer than 80"),
        ({"team name": "a\u202eb"}, "Team name", "can't be seen"),
        ({"country": "Mars"}, "Country", "CN, KR or joint"),
        ({"title_zh": ""}, "Project name (English)", "at least one language"),
        ({"captain_email": "a@b@c"}, "Captain's e-mail", "e-mail address"),
        ({"captain_email": "a@x.com\r\nBcc: b@x.com"}, "Captain's e-mail", "e-mail address"),
        ({"founded_year": "last year"}, "Year of founding", "four digits"),
        ({"founded_year": "1e999"}, "Year of founding", "four digits"),
        ({"phone": "call me"}, "Phone", "country code"),
        ({"track": "unknown"}, "Track", "Please write one of: ai"),
        ({"stage": "done"}, "Stage", "idea, prototype"),
        ({"video_url": "javascript:alert(1)"}, "Video link", "https://"),
        ({"video_url": "http://example.com"}, "Video link", "https://"),
        ({"shown_publicly": "maybe"}, "Agreed to be shown", "yes or no"),
        ({"members": "A | B | C | D | E"}, "Team members", "parted by semicolons"),
        ({"members": "A; B; C; D; E; F; G; H"}, "Team members", "a team has 8 at most"),
        ({"members": "Li || wang@example.com"}, "Team members", "same e-mail address"),
    ],
)
def test_a_bad_row_says_what_where_and_how_to_mend(
    ctx: None, change: dict[str, str], column: str, says: str
) -> None:
    edition = make.edition()
    values = dict(zip(HEADER, GOOD, strict=True)) | change
    found = plan(edition, list(values), list(values.values()))
    told = problems(found)
    assert told, "nothing was said"
    assert (told[0][0], told[0][1]) == (2, column)
    assert says in told[0][2]
    with pytest.raises(Conflict):
        team_import.import_teams(edition=edition, plan=found, who=None)
    assert db.session.scalar(select(func.count()).select_from(Team)) == 0


def test_names_that_look_alike_are_found_within_the_table_and_the_edition(ctx: None) -> None:
    edition = make.edition()
    make.team(edition, name="Team A")
    rows = [
        ["Ｔｅａｍ Ａ", *GOOD[1:4], ""],
        ["创新팀A", *GOOD[1:4], ""],
        ["创新팀А", *GOOD[1:4], ""],  # the last letter is Cyrillic
    ]
    told = problems(plan(edition, HEADER, *rows))
    assert [(row, column) for row, column, _text in told] == [(2, "Team name"), (4, "Team name")]
    assert "Team A" in told[0][2]
    assert "Row 3" in told[1][2]


def test_a_person_leads_one_team_of_the_table(ctx: None) -> None:
    edition = make.edition()
    told = problems(plan(edition, HEADER, GOOD, ["第二队", *GOOD[1:]]))
    assert told == [
        (3, "Captain's e-mail", "Row 2 has the same captain; a person leads one team in an edition.")
    ]


def test_places_are_counted_before_anything_is_stored(ctx: None) -> None:
    edition = make.edition(entry_places=2)
    make.entry(edition)
    told = problems(plan(edition, HEADER, GOOD, ["第二队", *GOOD[1:4], ""]))
    assert told == [(0, "", "The edition has 2 places, 1 are taken, the table holds 2 teams.")]


def test_headers_are_known_in_three_languages_and_by_key(ctx: None) -> None:
    edition = make.edition()
    for lang in ("zh", "ko", "en"):
        header = [getattr(column.names, lang) for column in COLUMNS]
        data = write_csv(header, [])
        keys, ignored = imports._keys(imports.read(data, "x.csv"))
        assert list(keys.values()) == [column.key for column in COLUMNS]
        assert ignored == []
    assert plan(edition, [*HEADER, "Bemerkung"], [*GOOD, "x"]).ignored == ["Bemerkung"]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (["team name", "country"], "Project name (English)"),
        (["a", "b"], "团队名称"),
        ([*HEADER, "团队名称"], "twice"),
    ],
)
def test_a_table_without_its_columns_is_refused(ctx: None, header: list[str], says: str) -> None:
    with pytest.raises(BadInput) as refused:
        plan(make.edition(), header, ["x"] * len(header))
    assert says in str(refused.value.fields["file"])


def test_an_empty_table_says_so(ctx: None) -> None:
    assert problems(plan(make.edition(), HEADER)) == [(0, "", "The table has no rows below its header.")]


def test_the_report_speaks_the_persons_language(app: Flask) -> None:
    with app.test_request_context("/zh/"):
        edition = make.edition()
        told = plan(edition, HEADER, ["", "Mars", "", "", "x"]).errors
        with force_locale("zh_Hans"):
            assert "请填写" in " ".join(str(problem.text) for problem in told)
        with force_locale("ko"):
            assert "적어 주십시오" in " ".join(str(problem.text) for problem in told)


def full_team(edition: Edition, name: str, **values: Any) -> None:
    track = db.session.scalars(select(Track).where(Track.edition_id == edition.id)).one()
    division = db.session.scalars(select(Division).where(Division.edition_id == edition.id)).one()
    team = make.team(
        edition,
        name=name,
        name_latin="=HYPERLINK(1)",
        country=Country.JOINT,
        affiliation="+86 university",
        phone="+821012345678",
        company_number="00123",
        investors="锦江资本, Hanbit Ventures",
        founded_year=2020,
        shown_publicly=True,
        **values,
    )
    for role, person in ((MemberRole.MEMBER, "李|丽; x"), (MemberRole.ADVISER, "@陈教授")):
        db.session.add(
            Member(
                edition_id=edition.id,
                team_id=team.id,
                role=role,
                name=person,
                email="" if role is MemberRole.ADVISER else f"li-{team.key}@example.com",
                birth_year=2001 if role is MemberRole.MEMBER else None,
                position=5 if role is MemberRole.MEMBER else 6,
            )
        )
    make.entry(
        edition,
        EntryState.SUBMITTED,
        team=team,
        title=Trilingual("-1+1", "＝차", "@tea"),
        summary=Trilingual("第一段\n\n第二段", "", "'quoted"),
        track_id=track.id,
        division_id=division.id,
        sector="농업",
        stage=Stage.PILOT,
        video_url="https://example.com/v?a=1",
        earlier_prize="-",
    )


def table_of(edition: Edition) -> list[dict[str, str]]:
    """The exported teams without what an import gives anew."""
    db.session.expire_all()
    teams = json.loads(exports.export_teams(edition, "json", "en"))["teams"]
    left_out = {column.key for column in COLUMNS if column.export_only}
    return [{key: value for key, value in team.items() if key not in left_out} for team in teams]


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_36_what_is_exported_comes_back_equal(ctx: None, kind: str, lang: str) -> None:
    source, target = make.edition(), make.edition()
    full_team(source, "=1+1 팀")
    full_team(source, "+82 10-1234")
    data = exports.export_teams(source, kind, lang)
    found = imports.plan(target, imports.unpack(imports.pack(imports.read(data, f"t.{kind}"))))
    assert problems(found) == []
    team_import.import_teams(edition=target, plan=found, who=None)
    assert table_of(target) == table_of(source)
    assert len(table_of(target)) == 2


def test_the_template_can_be_imported(ctx: None) -> None:
    for kind, lang in (("csv", "ko"), ("xlsx", "zh")):
        edition = make.edition()
        found = imports.plan(edition, imports.read(exports.template(kind, lang), f"template.{kind}"))
        assert problems(found) == []
        assert len(team_import.import_teams(edition=edition, plan=found, who=None)) == 2


def test_exports_hold_nothing_of_other_editions(ctx: None) -> None:
    edition, other = make.edition(), make.edition()
    full_team(other, "别届队")
    assert table_of(edition) == []


SOMEONE = st.builds(
    Someone,
    st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=8),
    st.sampled_from(["", "Li Li", "a|b;c\\"]),
    st.sampled_from(["", "li@example.com"]),
    st.one_of(st.none(), st.integers(1900, 2100)),
)


@given(st.lists(SOMEONE, max_size=5))
def test_people_survive_their_cell(people: list[Someone]) -> None:
    assert read_people(write_people(people)) == people


# --- the command ---


def run(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(args=["import-teams", *arguments])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "teams.csv"
    file.write_bytes(write_csv(HEADER, [GOOD]))
    return file


def test_the_command_reports_stores_and_answers(ctx: None, app: Flask, table: Path) -> None:
    edition = make.edition(receipt_prefix="CLI")
    db.session.commit()
    dry = run(app, str(table), "--edition", edition.slug, "--dry-run")
    assert dry.exit_code == 0
    assert json.loads(dry.stdout) == {
        "edition": edition.slug,
        "teams": 1,
        "invitations": 1,
        "stored": False,
        "receipts": [],
    }
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 0
    db.session.rollback()
    done = run(app, str(table), "--edition", edition.slug)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["receipts"] == ["CLI-000001"]
    again = run(app, str(table), "--edition", edition.slug)
    assert again.exit_code == 2
    assert "row 2, Team name" in again.stderr


def test_the_command_names_what_is_wrong(ctx: None, app: Flask, table: Path, tmp_path: Path) -> None:
    edition = make.edition()
    db.session.commit()
    unknown = run(app, str(table), "--edition", "nowhere")
    assert (unknown.exit_code, "nowhere" in unknown.stderr) == (2, True)
    absent = run(app, str(tmp_path / "absent.csv"), "--edition", edition.slug)
    assert absent.exit_code == 2
    assert "absent.csv" in absent.stderr
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"no workbook")
    refused = run(app, str(bad), "--edition", edition.slug)
    assert refused.exit_code == 2
    assert "XLSX workbook" in refused.stderr


def test_a_hundred_teams_are_imported_in_one_go(ctx: None, count_queries: Any) -> None:
    edition = make.edition()
    rows = [[f"团队{number}", "CN", f"项目{number}", "王", ""] for number in range(100)]
    found = plan(edition, HEADER, *rows)
    with count_queries() as seen:
        team_import.import_teams(edition=edition, plan=found, who=None)
    assert sum(statement.startswith("SELECT") for statement in seen) <= 3
    assert len(seen) <= 6 * 100 + 10
    assert read_table(exports.export_teams(edition, "csv", "zh"), "x.csv").rows[99].cells[3] == "团队99"
