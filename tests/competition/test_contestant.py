"""The contestants' pages over HTTP: registering, members, drafting, submitting, in three languages."""

from __future__ import annotations

import gc
import io
import re
import secrets
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.models import Person
from competition.models import (
    DocumentKind,
    Edition,
    EditionState,
    Entry,
    EntryState,
    Member,
    Remark,
    Team,
)
from competition.operations import entries, teams
from core import clock, files, registries
from core.db import db
from core.languages import Trilingual
from core.models import StoredFile
from tests import factories as make
from tests.competition.test_entries import attach, complete


def key() -> str:
    return secrets.token_urlsafe(24)


def pdf(pages: int = 1) -> bytes:
    document = pikepdf.new()
    for _page in range(pages):
        document.add_blank_page()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


class Side:
    """A signed-in contestant's browser on one team's pages."""

    def __init__(self, app: Flask, who: Person, edition: Edition, team: Team | None = None) -> None:
        self.client = make.sign_in(app.test_client(), who)
        self.edition, self.team = edition.slug, team.key if team else ""

    def path(self, rest: str = "", lang: str = "en") -> str:
        base = f"/{lang}/e/{self.edition}"
        return f"{base}/team/{self.team}{rest}" if self.team else f"{base}{rest}"

    def get(self, rest: str = "", lang: str = "en") -> Any:
        return self.client.get(self.path(rest, lang), buffered=True)

    def post(self, rest: str = "", lang: str = "en", **data: Any) -> Any:
        return self.client.post(self.path(rest, lang), data={"once_key": key()} | data)

    def save(self, version: int, **values: str) -> Any:
        sent = {name.replace("__", "-"): value for name, value in values.items()}
        return self.client.post(self.path("/entry/draft"), json={"version": version, "values": sent})


@pytest.fixture
def edition(ctx: None) -> Edition:
    return make.edition(receipt_prefix="CK2026")


@pytest.fixture
def captain(edition: Edition) -> Person:
    return make.person(name="王晓明")


@pytest.fixture
def entry(edition: Edition, captain: Person) -> Entry:
    return complete(edition, captain)


@pytest.fixture
def side(app: Flask, captain: Person, edition: Edition, entry: Entry) -> Side:
    return Side(app, captain, edition, entry.team)


PAGES = (
    "",
    "/profile",
    "/members",
    "/entry",
    "/documents",
    "/submit",
    "/versions",
    "/withdraw",
    "/leave",
)
WORDS = {"zh": "尚未提交", "ko": "아직 제출되지 않았습니다", "en": "Not yet submitted"}


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_every_page_of_a_draft_says_that_it_is_not_submitted(side: Side, lang: str) -> None:
    for rest in PAGES:
        answer = side.get(rest, lang)
        assert answer.status_code == 200, rest
        assert WORDS[lang] in answer.text, rest
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_registering_a_team(app: Flask, edition: Edition, lang: str) -> None:
    who = make.person()
    side = Side(app, who, edition)
    assert side.get("/register", lang).status_code == 200
    answer = side.post("/register", lang, name="创新팀A", country="joint", affiliation="청두한중연구소")
    assert answer.status_code == 303
    team = db.session.scalars(db.select(Team).where(Team.name == "创新팀A")).one()
    assert answer.headers["Location"].endswith(f"/{lang}/e/{edition.slug}/team/{team.key}")
    assert [member.person_id for member in team.members] == [who.id]
    assert team.entry.state is EntryState.DRAFT


@pytest.mark.parametrize(
    "twin",
    ["Ｔｅａｍ　Ａｌｐｈａ", "TEAM ALPHA", "Teаm Alphа", "Team  Alpha"],
    ids=["full-width", "case", "Cyrillic", "spaces"],
)
def test_44_a_name_that_looks_the_same_is_taken(app: Flask, edition: Edition, twin: str) -> None:
    make.team(edition, name="Team Alpha")
    side = Side(app, make.person(), edition)
    answer = side.post("/register", name=twin, country="CN", affiliation="x")
    assert answer.status_code == 409
    assert "Another team of this edition has this name" in answer.text
    assert 'value="x"' in answer.text, "what was typed is kept"


def test_31_an_invisible_character_in_a_name_is_refused(app: Flask, edition: Edition) -> None:
    side = Side(app, make.person(), edition)
    for name in ("队\u200b名", "abc\u202edef", "\u3164", "   ", "a\0b"):
        answer = side.post("/register", name=name, country="CN", affiliation="x")
        assert answer.status_code == 422, ascii(name)
    assert db.session.scalar(db.select(db.func.count()).select_from(Team)) == 0


def test_a_name_of_one_edition_is_free_in_another(app: Flask, edition: Edition) -> None:
    other = make.edition()
    make.team(other, name="Team Alpha")
    answer = Side(app, make.person(), edition).post(
        "/register", name="Team Alpha", country="KR", affiliation="x"
    )
    assert answer.status_code == 303


def test_investors_are_asked_for_and_frozen_with_the_submission_only_where_there_are_any(
    app: Flask, edition: Edition
) -> None:
    side = Side(app, make.person(), edition)
    values = {"name": "芯片队", "country": "CN", "affiliation": "x"}
    assert side.post("/register", **values, investors="锦江资本, Hanbit Ventures").status_code == 303
    team = db.session.scalars(db.select(Team).where(Team.name == "芯片队")).one()
    content = entries.receipts.content_of(team.entry)
    assert content["team"]["investors"] == "锦江资本, Hanbit Ventures"
    plain = make.team(edition)
    assert "investors" not in entries.receipts.content_of(plain.entry)["team"]


def test_a_wrong_company_number_warns_and_never_blocks(app: Flask, edition: Edition) -> None:
    side = Side(app, make.person(), edition)
    answer = side.post(
        "/register", name="芯片队", country="CN", affiliation="x", company_number="91330100799655058C"
    )
    assert answer.status_code == 303
    page = side.client.get(answer.headers["Location"]).text
    assert "pass the check" in page


@pytest.mark.parametrize("number", ["91330100799655058B", "124-81-00998", ""])
def test_a_right_company_number_brings_no_warning(app: Flask, edition: Edition, number: str) -> None:
    country = "KR" if "-" in number else "CN"
    side = Side(app, make.person(), edition)
    answer = side.post("/register", name="芯片队", country=country, affiliation="x", company_number=number)
    assert "pass the check" not in side.client.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 81),
        ("country", "unknown"),
        ("country", "DE"),
        ("founded_year", "1e999"),
        ("founded_year", "3000"),
        ("founded_year", "sNaN"),
        ("phone", "hello"),
        ("affiliation", ""),
        ("affiliation", "x" * 161),
        ("company_number", "x" * 41),
    ],
)
def test_bad_input_is_named_and_nothing_is_stored(
    app: Flask, edition: Edition, field: str, value: str
) -> None:
    side = Side(app, make.person(), edition)
    good = {"name": "好名字", "country": "CN", "affiliation": "某大学"}
    answer = side.post("/register", **(good | {field: value}))
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert db.session.scalar(db.select(db.func.count()).select_from(Team)) == 0


def test_full_width_digits_of_a_year_and_national_phones_are_understood(app: Flask, edition: Edition) -> None:
    side = Side(app, make.person(), edition)
    answer = side.post(
        "/register",
        name="测试队",
        country="KR",
        affiliation="x",
        founded_year="２０２３",
        phone="010-1234-5678",
    )
    assert answer.status_code == 303
    team = db.session.scalars(db.select(Team)).one()
    assert (team.founded_year, team.phone) == (2023, "+821012345678")


@pytest.mark.parametrize(
    ("days", "word"), [(-30, "Registration is not open yet"), (30, "Registration is closed")]
)
def test_outside_the_dates_a_page_says_so(
    app: Flask, turn_clock: Any, days: int, word: str, ctx: None
) -> None:
    edition = make.edition()
    turn_clock.advance(days=days)
    side = Side(app, make.person(), edition)
    assert word in side.get("/register").text
    answer = side.post("/register", name="迟到队", country="CN", affiliation="x")
    assert answer.status_code == 409
    assert db.session.scalar(db.select(db.func.count()).select_from(Team)) == 0


def test_a_person_leads_one_team_in_an_edition(
    app: Flask, side: Side, edition: Edition, entry: Entry
) -> None:
    outside = Side(app, entries.captain_person(entry.team), edition)  # type: ignore[arg-type]
    assert "You lead a team in this edition already" in outside.get("/register").text
    answer = outside.post("/register", name="第二支队", country="CN", affiliation="x")
    assert answer.status_code == 409


def test_19_foreign_fields_of_a_form_are_ignored(app: Flask, edition: Edition) -> None:
    other = make.edition()
    side = Side(app, make.person(), edition)
    side.post(
        "/register",
        name="老实队",
        country="CN",
        affiliation="x",
        edition_id=str(other.id),
        state="accepted",
        created_by="1",
        extended_until="2099-01-01",
        key="aaaaaaaaaaaa",
    )
    team = db.session.scalars(db.select(Team)).one()
    assert team.edition_id == edition.id
    assert team.key != "aaaaaaaaaaaa"
    assert team.extended_until is None
    assert team.entry.state is EntryState.DRAFT


# --- who may see and do what ---


def test_strangers_and_other_teams_see_nothing(
    app: Flask, side: Side, edition: Edition, entry: Entry
) -> None:
    entries.submit_entry(entry=entry, who=entries.captain_person(entry.team), pledged=True)
    rests = (*PAGES, "/receipt", "/receipt.pdf", "/files/business_plan", "/versions/1")
    stranger = Side(app, make.person(), edition, entry.team)
    rival_captain = make.person()
    make.team(edition, rival_captain)
    rival = Side(app, rival_captain, edition, entry.team)
    nobody = app.test_client()
    for rest in rests:
        assert stranger.get(rest).status_code == 403, rest
        assert rival.get(rest).status_code == 403, rest
        assert nobody.get(side.path(rest)).status_code == 302, rest


def test_17_a_team_under_another_edition_is_not_there(app: Flask, captain: Person, entry: Entry) -> None:
    other = make.edition()
    wrong = Side(app, captain, other, entry.team)
    for rest in (*PAGES, "/receipt", "/files/business_plan"):
        assert wrong.get(rest).status_code == 404, rest


def test_a_draft_edition_does_not_exist_for_contestants(app: Flask, ctx: None) -> None:
    edition = make.edition(state=EditionState.DRAFT)
    assert Side(app, make.person(), edition).get("/register").status_code == 404
    assert Side(app, make.organizer(edition), edition).get("/register").status_code == 200


def test_an_adviser_reads_and_does_not_write(app: Flask, edition: Edition, entry: Entry) -> None:
    adviser = make.person()
    teams.add_member(team=entry.team, role="adviser", name=adviser.name, person=adviser)
    side = Side(app, adviser, edition, entry.team)
    assert side.get("/entry").status_code == 200
    assert side.save(entry.version, sector="x").status_code == 403
    assert side.post("/entry", version=str(entry.version)).status_code == 403
    assert side.post("/documents/logo").status_code == 403
    assert side.post("/members/invite", role="member", language="zh").status_code == 403


def test_only_the_captain_submits_invites_and_withdraws(app: Flask, edition: Edition, entry: Entry) -> None:
    mate = make.person()
    teams.add_member(team=entry.team, role="member", name=mate.name, person=mate)
    side = Side(app, mate, edition, entry.team)
    assert side.save(entry.version, sector="教育").status_code == 200
    assert "Only the captain can submit" in side.get("/submit").text
    assert side.post("/submit", pledged="y", seen="0" * 64).status_code == 403
    assert side.post("/members/invite", role="member", language="zh").status_code == 403
    assert side.get("/withdraw").status_code == 403


def test_21_who_left_sees_nothing_from_that_moment_on(app: Flask, edition: Edition, entry: Entry) -> None:
    mate = make.person()
    teams.add_member(team=entry.team, role="member", name=mate.name, person=mate)
    side = Side(app, mate, edition, entry.team)
    assert side.get("/files/business_plan").status_code == 200
    assert side.post("/leave").status_code == 303
    assert side.get("/files/business_plan").status_code == 403
    assert side.get().status_code == 403


# --- members ---


def links_in(text: str) -> list[str]:
    return re.findall(r'value="(https?://[^"]*/invitation/[^"]+)"', text)


def test_an_invitation_is_shown_as_a_link_once_made(app: Flask, side: Side) -> None:
    answer = side.post(
        "/members/invite", role="member", language="ko", name="민수", email="minsu@example.com"
    )
    assert answer.status_code == 303
    page = side.get("/members").text
    (link,) = links_in(page)
    assert "/ko/invitation/" in link
    assert "minsu@example.com" in page


def test_an_invited_person_confirms_and_is_in(app: Flask, side: Side, edition: Edition, entry: Entry) -> None:
    side.post("/members/invite", role="member", language="en")
    (link,) = links_in(side.get("/members").text)
    mate = make.person(name="李雷")
    browser = make.sign_in(app.test_client(), mate)
    path = link.partition("//")[2].partition("/")[2]
    shown = browser.get("/" + path)
    assert entry.team.name in shown.text
    assert len(entry.team.members) == 1, "looking at a link changes nothing"
    answer = browser.post("/" + path, data={"once_key": key()})
    assert answer.status_code == 303, answer.text
    db.session.expire_all()
    assert {member.person_id for member in entry.team.members} >= {mate.id}
    assert Side(app, mate, edition, entry.team).get().status_code == 200


def test_the_same_address_is_not_invited_twice(side: Side) -> None:
    first = side.post("/members/invite", role="member", language="en", email="Li@Example.com")
    assert first.status_code == 303
    again = side.post("/members/invite", role="member", language="en", email="li@example.com")
    assert again.status_code == 409
    assert "invited already" in again.text


@pytest.mark.parametrize("address", ["not an address", "a@x.com\r\nBcc: b@y.com", "a@x.com, b@x.com"])
def test_34_an_invitation_goes_to_one_address(side: Side, address: str) -> None:
    answer = side.post("/members/invite", role="member", language="en", email=address)
    assert answer.status_code == 422


def test_inviting_again_kills_the_old_link(app: Flask, side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    side.post("/members/invite", role="member", language="en")
    page = side.get("/members").text
    (old,) = links_in(page)
    (renew,) = re.findall(r'action="([^"]*/renew)"', page)
    too_soon = side.client.post(renew, data={"once_key": key()})
    assert too_soon.status_code == 409
    monkeypatch.setattr(teams, "RENEW_AFTER", timedelta(seconds=-1))
    assert side.client.post(renew, data={"once_key": key()}).status_code == 303
    (new,) = links_in(side.get("/members").text)
    assert new != old
    gone = make.sign_in(app.test_client(), make.person()).get("/" + old.partition("//")[2].partition("/")[2])
    assert gone.status_code == 410


def test_an_invitation_of_another_team_is_not_there(side: Side, edition: Edition) -> None:
    other = make.team(edition)
    who = entries.captain_person(other)
    assert who is not None
    invitation, _token = teams.invite_member(
        team=other, role="member", email="", name="", language="en", who=who
    )
    db.session.commit()
    assert side.post(f"/members/invitations/{invitation.id}/take-back").status_code == 404


def test_captaincy_is_handed_over_and_the_old_captain_stays(
    app: Flask, side: Side, edition: Edition, entry: Entry, captain: Person
) -> None:
    mate = make.person(name="김민수")
    member = teams.add_member(team=entry.team, role="member", name=mate.name, person=mate)
    db.session.commit()
    assert "김민수" in side.get(f"/members/{member.id}/captain").text
    assert side.post(f"/members/{member.id}/captain").status_code == 303
    assert side.post("/members/invite", role="member", language="en").status_code == 403
    assert Side(app, mate, edition, entry.team).get("/withdraw").status_code == 200
    assert side.get("/entry").status_code == 200


def test_a_removed_member_is_told_and_the_captain_cannot_be_removed(side: Side, entry: Entry) -> None:
    mate = make.person(language="ko")
    member = teams.add_member(team=entry.team, role="member", name=mate.name, person=mate)
    db.session.commit()
    captain = next(row for row in entry.team.members if row.role == "captain")
    assert side.post(f"/members/{captain.id}/remove").status_code == 409
    assert side.post(f"/members/{member.id}/remove").status_code == 303
    assert db.session.scalars(db.select(Member).where(Member.person_id == mate.id)).first() is None


def test_a_member_of_another_team_is_not_there(side: Side, edition: Edition) -> None:
    stranger = make.team(edition).members[0]
    db.session.commit()
    for act in ("remove", "captain", "guardian"):
        assert side.get(f"/members/{stranger.id}/{act}").status_code == 404


def test_a_guardian_is_asked_for_by_the_page(side: Side, entry: Entry) -> None:
    child = teams.add_member(team=entry.team, role="member", name="小童", birth_year=clock.now().year - 12)
    db.session.commit()
    assert "May be under 14" in side.get("/members").text
    unsigned = side.post(f"/members/{child.id}/guardian", guardian_name="王妈妈")
    assert unsigned.status_code == 422
    assert side.post(f"/members/{child.id}/guardian", guardian_name="王妈妈", agreed="y").status_code == 303
    assert "王妈妈" in side.get("/members").text


# --- drafting ---


def test_autosave_stores_one_language_and_leaves_the_others(side: Side, entry: Entry) -> None:
    seen = entry.version
    answer = side.save(seen, title__en="Smart mushrooms")
    assert answer.status_code == 200, answer.text
    assert answer.json["version"] == seen + 1
    db.session.expire_all()
    assert entry.title == Trilingual("智能菌菇农场", "스마트 버섯 농장", "Smart mushrooms")


def test_27_a_stale_autosave_gets_both_values(side: Side, entry: Entry) -> None:
    seen = entry.version
    side.save(seen, sector="农业")
    late = side.save(seen, sector="教育")
    assert late.status_code == 409
    assert late.json["current"]["sector"] == "农业"
    assert late.json["version"] == seen + 1
    assert side.save(late.json["version"], sector="教育").status_code == 200


def test_a_stale_form_shows_what_a_teammate_wrote(side: Side, entry: Entry) -> None:
    seen = entry.version
    side.save(seen, sector="农业科技")
    answer = side.post("/entry", version=str(seen), **{"title-zh": "新名字", "sector": "教育科技"})
    assert answer.status_code == 409
    assert "A teammate saved these meanwhile" in answer.text
    assert "农业科技" in answer.text
    assert 'value="教育科技"' in answer.text
    fresh = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)
    assert fresh
    saved = side.post("/entry", version=fresh.group(1), **{"title-zh": "新名字", "sector": "教育科技"})
    assert saved.status_code == 303


def test_the_form_works_without_a_script(side: Side, entry: Entry, edition: Edition) -> None:
    answer = side.post(
        "/entry",
        version=str(entry.version),
        then="documents",
        **{
            "title-zh": "一",
            "summary-ko": "둘\r\n셋",
            "track": edition.tracks[0].slug,
            "division": "",
            "stage": "pilot",
            "video_url": "https://www.bilibili.com/video/BV1",
        },
    )
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/documents")
    db.session.expire_all()
    assert entry.title == Trilingual(zh="一")
    assert entry.summary.ko == "둘\n셋"
    assert entry.division is None
    assert entry.stage == "pilot"


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/v",
        "javascript:alert(1)",
        "https://",
        "https://user@example.com/",
        "https://localhost/",
        "//example.com",
        'https://example.com/"onclick',
        "https://example.com:99999/",
    ],
)
def test_30_a_video_is_an_https_link_or_nothing(side: Side, entry: Entry, address: str) -> None:
    answer = side.save(entry.version, video_url=address)
    assert answer.status_code == 422
    assert "video_url" in answer.json["fields"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title-zh": "x" * 201}, "title-zh"),
        ({"title-zh": "a\u202eb"}, "title-zh"),
        ({"track": "no-such-track"}, "track"),
        ({"stage": "1e999"}, "stage"),
        ({"sector": 5}, "sector"),
        ({"sector": None}, "sector"),
        ({"sector": ["a"]}, "sector"),
    ],
)
def test_autosave_refuses_what_can_not_be_stored(
    side: Side, entry: Entry, values: dict[str, Any], field: str
) -> None:
    answer = side.client.post(side.path("/entry/draft"), json={"version": entry.version, "values": values})
    assert answer.status_code == 422
    assert field in answer.json["fields"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"[" * 100_000, "application/json", 400),
        (b'{"version": 1, "values": {"sector": "\\ud800"}}', "application/json", 400),
        (b'{"version": 1, "values": {"sector": "a\\u0000"}}', "application/json", 400),
        (b'{"version": 1, "version": 2, "values": {"sector": "a"}}', "application/json", 400),
        (b'{"version": 1e999, "values": {"sector": "a"}}', "application/json", 422),
        (b'{"version": 1, "values": {}}', "application/json", 422),
        (b'{"version": 1, "values": {"state": "accepted"}}', "application/json", 422),
        (b"\xff\xfe", "application/json", 400),
        (b'{"version": 1}', "text/plain", 415),
        (b" " * 300_000, "application/json", 413),
    ],
    ids=["deep", "surrogate", "nul", "twice", "huge", "empty", "foreign", "utf8", "kind", "large"],
)
def test_29_odd_json_is_refused(side: Side, entry: Entry, body: bytes, kind: str, status: int) -> None:
    before = entry.version
    answer = side.client.post(side.path("/entry/draft"), data=body, content_type=kind)
    assert answer.status_code == status
    db.session.expire_all()
    assert entry.version == before


def test_autosave_says_when_a_submitted_entry_has_changed(side: Side, entry: Entry, captain: Person) -> None:
    entries.submit_entry(entry=entry, who=captain, pledged=True)
    db.session.commit()
    assert "Not yet submitted" not in side.get().text
    answer = side.save(entry.version, sector="新能源")
    assert answer.json["changed"] is True
    assert "Changed, but not yet submitted again" in side.get().text


def test_a_text_is_shown_as_it_was_typed(side: Side, entry: Entry) -> None:
    bad = '"><img src=x onerror=alert(1)>{{7*7}}'
    assert side.save(entry.version, title__zh=bad, sector="</textarea><svg/onload=1>").status_code == 200
    for rest in ("", "/entry", "/submit"):
        page = side.get(rest).text
        assert "<img src=x" not in page
        assert "<svg/onload" not in page
        assert "{{7*7}}" in page or rest == ""


# --- documents ---


def send(side: Side, kind: str, data: bytes, name: str = "plan.pdf") -> Any:
    return side.client.post(
        side.path(f"/documents/{kind}"),
        data={"file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
    )


def test_a_plan_is_uploaded_replaced_and_read_again(side: Side, entry: Entry) -> None:
    assert send(side, "business_plan", pdf(1), "计划书 사업계획서.pdf").status_code == 303
    newer = pdf(2)
    assert send(side, "business_plan", newer, "v2.pdf").status_code == 303
    answer = side.get("/files/business_plan")
    assert answer.data == newer
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert db.session.scalar(db.select(db.func.count()).select_from(StoredFile)) == 1


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("business_plan", b"<html><script>alert(1)</script>"),
        ("business_plan", b"\x89PNG\r\n\x1a\n"),
        ("business_plan", b"%PDF-1.4 garbage"),
        ("business_plan", b""),
        ("logo", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("logo", b"%PDF-1.4"),
    ],
)
def test_37_a_file_of_the_wrong_kind_is_refused_in_words(side: Side, kind: str, data: bytes) -> None:
    answer = send(side, kind, data, "plan.pdf")
    assert answer.status_code == 422
    assert "field-error" in answer.text


# Werkzeug leaves the temporary file of a body that it stops reading to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_38_a_file_over_the_limit_is_refused(side: Side, entry: Entry) -> None:
    before = db.session.scalar(db.select(db.func.count()).select_from(StoredFile))
    answer = send(side, "business_plan", b"%PDF-" + b"0" * (51 * 1024 * 1024))
    assert answer.status_code == 422
    assert "larger than 50 MB" in answer.text
    answer = send(side, "business_plan", b"%PDF-" + b"0" * (53 * 1024 * 1024))
    assert answer.status_code == 413
    del answer
    gc.collect()
    assert db.session.scalar(db.select(db.func.count()).select_from(StoredFile)) == before


def test_a_removed_document_stays_in_the_version_that_named_it(
    side: Side, entry: Entry, captain: Person
) -> None:
    entries.submit_entry(entry=entry, who=captain, pledged=True)
    db.session.commit()
    assert side.post("/documents/business_plan/remove").status_code == 303
    assert side.get("/files/business_plan").status_code == 404
    assert side.get("/versions/1/files/business_plan").status_code == 200
    assert side.get("/versions/1/files/logo").status_code == 404
    assert side.get("/versions/2").status_code == 404


# --- submitting ---


def submit(side: Side, lang: str = "en", **data: Any) -> Any:
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', side.get("/submit", lang).text)
    return side.post("/submit", lang, **({"pledged": "y", "seen": seen.group(1) if seen else ""} | data))


RECEIPT_WORDS = {"zh": "受理编号", "ko": "접수번호", "en": "Receipt number"}


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_submitting_leads_to_a_receipt(side: Side, entry: Entry, lang: str) -> None:
    answer = submit(side, lang)
    assert answer.status_code == 303
    page = side.client.get(answer.headers["Location"]).text
    assert RECEIPT_WORDS[lang] in page
    assert "CK2026-000001" in page
    db.session.expire_all()
    assert entries.last_version(entry).content_sha256 in page  # type: ignore[union-attr]
    assert side.get("/versions/1", lang).status_code == 200
    assert side.get("/versions", lang).status_code == 200


@pytest.mark.parametrize("lang", ["zh", "ko"])
def test_the_receipt_is_a_pdf_that_can_be_read(side: Side, tmp_path: Path, lang: str) -> None:
    assert side.get("/receipt.pdf", lang).status_code == 404, "nothing was submitted yet"
    submit(side)
    answer = side.get("/receipt.pdf", lang)
    assert answer.content_type == "application/pdf"
    file = tmp_path / "receipt.pdf"
    file.write_bytes(answer.data)
    text = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
    assert "CK2026-000001" in text
    assert RECEIPT_WORDS[lang] in text
    assert {"zh": "智能菌菇农场", "ko": "스마트 버섯 농장"}[lang] in text


def test_without_the_pledge_the_page_says_what_is_missing(side: Side) -> None:
    answer = submit(side, pledged="")
    assert answer.status_code == 422
    assert "confirm the statement of originality" in answer.text


def test_24_the_same_form_sent_twice_is_one_submission(side: Side, entry: Entry) -> None:
    seen = entries.receipts.sha256(entries.receipts.content_of(entry))
    data = {"once_key": key(), "pledged": "y", "seen": seen}
    first = side.client.post(side.path("/submit"), data=data)
    again = side.client.post(side.path("/submit"), data=data)
    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    db.session.expire_all()
    assert len(entry.versions) == 1


def test_26_a_page_looked_at_before_a_change_can_not_be_submitted(side: Side, entry: Entry) -> None:
    stale = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', side.get("/submit").text)
    assert stale
    side.save(entry.version, sector="新能源")
    answer = side.post("/submit", pledged="y", seen=stale.group(1))
    assert answer.status_code == 409
    db.session.expire_all()
    assert entry.state is EntryState.DRAFT


def test_a_changed_submission_lists_what_changed(side: Side, entry: Entry) -> None:
    submit(side)
    db.session.expire_all()
    side.save(entry.version, title__ko="새 이름", sector="新能源")
    assert submit(side).status_code == 303
    page = side.get("/versions").text
    assert "스마트 버섯 농장" in page
    assert "새 이름" in page
    assert "CK2026-000001" in side.get("/receipt").text


def test_the_rules_are_explained_before_submitting(app: Flask, ctx: None) -> None:
    edition = make.edition(
        eligibility=[
            {"kind": "age", "most": 25},
            {"kind": "country", "countries": ["KR"], "severity": "warning"},
            {"kind": "nonsense"},
        ]
    )
    captain = make.person(birth_year=1980)
    entry = complete(edition, captain)
    entry.team.members[0].birth_year = 1980
    side = Side(app, captain, edition, entry.team)
    page = side.get("/submit").text
    assert "Age of every member: 25 at most" in page
    assert "1 person is outside." in page
    assert "To be checked" in page
    assert "A rule that the organizers check themselves" in page
    assert 'name="pledged"' not in page
    seen = entries.receipts.sha256(entries.receipts.content_of(entry))
    assert side.post("/submit", pledged="y", seen=seen).status_code == 409


def test_a_returned_entry_shows_each_comment_beside_its_field(
    side: Side, entry: Entry, captain: Person
) -> None:
    entries.submit_entry(entry=entry, who=captain, pledged=True)
    entry.state = EntryState.RETURNED
    entry.remarks.append(Remark(field="summary", comment="请补充市场分析"))
    entry.remarks.append(Remark(field="business_plan", comment="第三页缺失"))
    db.session.commit()
    assert "请补充市场分析" in side.get("/entry").text
    assert "第三页缺失" in side.get("/documents").text
    hub = side.get().text
    assert "请补充市场分析" in hub
    assert "Returned for correction" in hub
    # Sending back unchanged is possible: the answer may have been given elsewhere.
    assert submit(side).status_code == 303
    assert "请补充市场分析" not in side.get("/entry").text


def test_a_rejected_team_reads_the_reason(side: Side, entry: Entry, captain: Person) -> None:
    entries.submit_entry(entry=entry, who=captain, pledged=True)
    entry.state, entry.reason = EntryState.REJECTED, "不符合参赛条件"
    db.session.commit()
    assert "不符合参赛条件" in side.get().text


def test_withdrawing_needs_a_reason_and_can_be_undone(side: Side, entry: Entry) -> None:
    submit(side)
    assert side.post("/withdraw").status_code == 422
    assert side.post("/withdraw", reason="时间冲突").status_code == 303
    assert "时间冲突" in side.get().text
    assert side.post("/resume").status_code == 303
    db.session.expire_all()
    assert entry.state is EntryState.DRAFT
    assert "Not yet submitted" in side.get().text
    submit(side)
    db.session.expire_all()
    assert (entry.state, entry.receipt_number) == (EntryState.SUBMITTED, "CK2026-000001")


def test_after_the_deadline_nothing_can_be_changed_and_the_page_says_so(
    app: Flask, ctx: None, turn_clock: Any
) -> None:
    edition = make.edition()
    captain = make.person()
    entry = complete(edition, captain)
    turn_clock.advance(days=11)
    side = Side(app, captain, edition, entry.team)
    assert "The deadline has passed" in side.get().text
    assert 'id="entry-form"' not in side.get("/entry").text
    assert side.save(entry.version, sector="x").status_code == 409
    assert send(side, "pitch_deck", pdf()).status_code == 409
    assert side.post("/members/invite", role="member", language="en").status_code == 409


def test_public_display_can_be_taken_back_at_any_time(app: Flask, ctx: None, turn_clock: Any) -> None:
    edition = make.edition()
    captain = make.person()
    entry = complete(edition, captain)
    entry.team.shown_publicly = True
    turn_clock.advance(days=11)
    side = Side(app, captain, edition, entry.team)
    assert side.post("/shown", shown="").status_code == 303
    db.session.expire_all()
    assert not entry.team.shown_publicly


# --- cost ---


def test_a_page_asks_the_database_little_however_many_members(
    app: Flask,
    edition: Edition,
    captain: Person,
    entry: Entry,
    count_queries: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registries, "team_panels", [])  # what later rooms ask for is counted there
    side = Side(app, captain, edition, entry.team)
    rests = ("", "/members", "/entry", "/documents", "/submit", "/profile")

    def statements() -> dict[str, int]:
        counted = {}
        for rest in rests:
            with count_queries() as seen:
                assert side.get(rest).status_code == 200
            counted[rest] = len(seen)
        return counted

    few = statements()
    assert max(few.values()) <= 8, few
    for number in range(4):
        mate = make.person()
        teams.add_member(team=entry.team, role="member", name=f"队员{number}", person=mate)
        teams.invite_member(
            team=entry.team, role="member", email="", name=f"{number}", language="en", who=captain
        )
    attach(entry, b"x", who=captain)
    file = files.keep(b"\x89PNG", "image/png", "logo.png")
    entries.attach_document(entry=entry, kind=DocumentKind.LOGO, upload=file, who=captain)
    db.session.commit()
    assert statements() == few
    entries.submit_entry(entry=entry, who=captain, pledged=True)
    for state in (EntryState.SUBMITTED, EntryState.RETURNED, EntryState.ACCEPTED):
        entry.state = state
        db.session.commit()
        assert max(statements().values()) <= 8, state


def test_a_page_is_not_changed_by_looking_at_it(side: Side, client: FlaskClient, entry: Entry) -> None:
    before = entry.version
    for rest in PAGES:
        side.get(rest)
    db.session.expire_all()
    assert entry.version == before
