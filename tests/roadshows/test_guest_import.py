"""Invitation lists out of XLSX and CSV: what comes in, what is refused and why, and out again."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from core.db import db
from core.errors import BadInput, Conflict
from core.models import AuditRecord, Mail
from core.spreadsheets import Sheet, read_table, write_csv, write_xlsx
from roadshows import guest_exports, guest_import
from roadshows.guest_table import COLUMNS, MOST_ROWS
from roadshows.models import Guest, GuestKind, GuestState, Roadshow
from roadshows.operations.guest_import import MOST_TOLD, import_guests
from roadshows.queries.guests import GuestFilter, all_guests
from tests import factories as people
from tests.roadshows import factories as make

HEADER = ["姓名", "Kind of guest", "이메일", "language", "needs_interpreting", "rank", "phone"]
GOOD = ["王小明", "政府", "wang@example.com", "", "是", "1", "138 0013 8000"]


def plan(roadshow: Roadshow, *rows: list[str], header: list[str] = HEADER) -> guest_import.Plan:
    return guest_import.plan(roadshow, guest_import.read(write_csv(header, rows), "guests.csv"))


def said(found: guest_import.Plan) -> list[tuple[int, str, str]]:
    return [
        (problem.row, problem.column.en if problem.column else "", str(problem.text))
        for problem in found.problems
    ]


def test_rows_become_invited_guests(ctx: None) -> None:
    roadshow = make.roadshow()
    who = make.organizer(roadshow)
    korean = ["김민준", "투자자", "kim@example.com", "", "no", "", "010-1234-5678"]
    found = plan(roadshow, GOOD, korean, ["Ann Lee", "press", "", "", "", "", ""])
    assert said(found) == []
    first, second, third = import_guests(roadshow=roadshow, plan=found, is_told=True, who=who)
    assert (first.kind, first.state, first.rank) == (GuestKind.GOVERNMENT, GuestState.INVITED, 1)
    assert (first.participant.language, first.needs_interpreting) == ("zh", True)
    assert first.participant.phone == "+8613800138000"
    assert (second.participant.language, second.participant.phone) == ("ko", "+821012345678")
    assert (third.participant.language, third.participant.email_key) == ("en", None)
    assert sorted(db.session.scalars(select(Mail.language))) == ["ko", "zh"]
    assert db.session.scalar(
        select(func.count(AuditRecord.id)).where(AuditRecord.action == "guest.imported")
    ) == (3)


@pytest.mark.parametrize(
    ("place", "value", "column", "text"),
    [
        (0, "", "Full name", "Please fill this in."),
        (0, "\u202eevil", "Full name", "U+202E"),
        (0, "x" * 81, "Full name", "longer than 80"),
        (1, "king", "Kind of guest", "government"),
        (2, "no address", "E-mail", "one e-mail address"),
        (2, "a@example.com; b@example.com", "E-mail", "one e-mail address"),
        (3, "fr", "Language", "zh, ko or en"),
        (4, "perhaps", "Interpreting", "yes or no"),
        (5, "0", "Rank", "1 to 9999"),
        (5, "1e999", "Rank", "1 to 9999"),
        (5, "NaN", "Rank", "1 to 9999"),
        (6, "12", "Phone", "country code"),
    ],
)
def test_each_bad_cell_is_named_and_nothing_comes_in(
    ctx: None, place: int, value: str, column: str, text: str
) -> None:
    roadshow = make.roadshow()
    good = [*GOOD[:-1], "+86 138 0013 8000"]
    bad = [value if number == place else cell for number, cell in enumerate(good)]
    found = plan(roadshow, ["李丽", "press", "li@example.com", "", "", "", ""], bad)
    assert [(row, name) for row, name, _text in said(found)] == [(3, column)]
    assert text in said(found)[0][2]
    with pytest.raises(Conflict, match="has_errors"):
        import_guests(roadshow=roadshow, plan=found)
    assert db.session.scalar(select(func.count(Guest.id))) == 0


def test_one_address_stands_for_one_guest(ctx: None) -> None:
    roadshow = make.roadshow()
    known = make.participant(roadshow, email="speaker@example.com")
    guest = make.guest(roadshow)
    rows = [
        ["甲", "press", "same@example.com", "", "", "", ""],
        ["乙", "press", "SAME@example.com", "", "", "", ""],
        ["丙", "press", guest.participant.email.upper(), "", "", "", ""],
        ["丁", "press", "speaker@example.com", "", "", "", ""],
    ]
    found = plan(roadshow, *rows)
    assert [row for row, _column, _text in said(found)] == [3, 4]
    made = import_guests(roadshow=roadshow, plan=plan(roadshow, rows[0], rows[3]))
    assert made[1].participant_id == known.id
    assert known.name.startswith("金敏俊"), "a speaker's own data are not overwritten"


@pytest.mark.parametrize(
    "header", [["name"], ["kind"], ["name", "kind", "姓名"], ["x"], ["name", "kind", "kind of guest"]]
)
def test_a_table_without_the_columns_is_refused(ctx: None, header: list[str]) -> None:
    with pytest.raises(BadInput):
        plan(make.roadshow(), ["x"] * len(header), header=header)


def test_ten_thousand_rows_with_broken_addresses_are_answered_clearly(ctx: None) -> None:
    roadshow = make.roadshow()
    rows = [[f"客人{number}", "press", f"broken{number}@@example"] for number in range(MOST_ROWS)]
    data = write_xlsx([Sheet("Guests", ["name", "kind", "email"], rows)])
    found = guest_import.plan(roadshow, guest_import.read(data, "guests.xlsx"))
    assert found.error_count == MOST_ROWS
    assert len(found.problems) == guest_import.MOST_PROBLEMS
    assert [problem.row for problem in found.problems[:3]] == [2, 3, 4]
    assert found.rows == []


def test_one_row_too_many_is_refused_with_the_number(ctx: None) -> None:
    rows = [["x", "press"]] * (MOST_ROWS + 1)
    with pytest.raises(BadInput) as refused:
        guest_import.read(write_csv(["name", "kind"], rows), "guests.csv")
    assert "10000" in str(refused.value.fields["file"])


def test_thousands_come_in_but_are_not_written_to_in_one_go(ctx: None) -> None:
    roadshow = make.roadshow()
    rows = [["x", "press", f"guest{n}@example.com", "", "", "", ""] for n in range(MOST_TOLD + 1)]
    found = plan(roadshow, *rows)
    with pytest.raises(Conflict, match="too_many_mails"):
        import_guests(roadshow=roadshow, plan=found, is_told=True)
    assert len(import_guests(roadshow=roadshow, plan=found)) == MOST_TOLD + 1


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_goes_out_comes_in_again(ctx: None, kind: str) -> None:
    here, there = make.roadshow(), make.roadshow()
    make.guest(here, participant=make.participant(here, name="=1+1", organization="'@x"), rank=3, seat="A-1")
    make.guest(here, needs="two\nlines", needs_interpreting=True)
    rows = guest_exports.rows_of(here, all_guests(here, GuestFilter()))
    table = read_table(guest_exports.write(rows, kind, "ko"), f"guests.{kind}")
    assert table.header == tuple(column.names.ko for column in COLUMNS)
    found = guest_import.plan(there, table)
    assert said(found) == []
    import_guests(roadshow=there, plan=found)
    again = guest_exports.rows_of(there, all_guests(there, GuestFilter()))
    kept = len([column for column in COLUMNS if not column.export_only])
    assert [row[:kept] for row in again] == [row[:kept] for row in rows]


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_template_can_be_imported(ctx: None, kind: str, lang: str) -> None:
    data = guest_exports.template(kind, lang)
    found = guest_import.plan(make.roadshow(), guest_import.read(data, f"template.{kind}"))
    assert said(found) == []
    assert len(found.rows) == 2


# --- the page ---


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_checked_shown_confirmed(ctx: None, app: Flask, lang: str) -> None:
    roadshow = make.roadshow()
    browser = people.sign_in(app.test_client(), make.organizer(roadshow))
    here = f"/{lang}/o/roadshows/{roadshow.slug}/guests/import"
    assert browser.get(here).status_code == 200
    bad = send(browser, here, [["李丽", "press", "broken", "", "", "", ""]])
    assert bad.status_code == 422
    page = send(browser, here, [GOOD]).get_data(as_text=True)
    token = page.split('name="token"')[1].split('value="')[1].split('"')[0]
    done = browser.post(f"{here}/confirm", data={"token": token, "once_key": "c" * 20})
    assert done.status_code == 303
    assert db.session.scalar(select(func.count(Guest.id))) == 1
    other = make.roadshow()
    elsewhere = people.sign_in(app.test_client(), make.organizer(other))
    stolen = elsewhere.post(
        f"/{lang}/o/roadshows/{other.slug}/guests/import/confirm",
        data={"token": token, "once_key": "d" * 20},
    )
    assert stolen.status_code == 422


def send(browser: FlaskClient, here: str, rows: list[list[str]]) -> Any:
    file = (io.BytesIO(write_csv(HEADER, rows)), "guests.csv")
    return browser.post(here, data={"file": file}, content_type="multipart/form-data")
