"""Certificates come from final results, once each; their page tells the truth about them."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from certificates import documents, operations
from certificates.models import Certificate, CertificateState
from competition.models import Edition, Member
from core import clock, files
from core.db import db
from core.errors import Conflict
from core.models import Mail, Notice
from judging.models import Result, ResultState
from tests import factories as make
from tests.certificates.conftest import Final

DAY = date(2026, 6, 25)


def issue(final: Final, *, per_member: bool = False) -> list[str]:
    """Issue and render; the numbers, best prize first."""
    edition = db.session.get_one(Edition, final.edition_id)
    fresh = operations.issue_awards(edition=edition, per_member=per_member, issued_on=DAY, who=None)
    numbers = [certificate.number for certificate in fresh]
    db.session.commit()
    return numbers


def address(number: str, lang: str = "en") -> str:
    certificate = db.session.scalars(select(Certificate).where(Certificate.number == number)).one()
    return f"/{lang}{documents.check_path(certificate)}"


def test_every_winner_gets_one_and_doing_it_again_issues_none(app: Flask, final: Final) -> None:
    with app.app_context():
        numbers = issue(final)
        assert len(numbers) == len(set(numbers)) == 2
        assert issue(final) == []


def test_one_for_each_member_names_the_person_and_the_team(app: Flask, final: Final) -> None:
    with app.app_context():
        issue(final, per_member=True)
        payload = db.session.scalars(select(Certificate.payload).order_by(Certificate.id)).first()
        assert payload is not None
        assert (payload["name"], payload["name_latin"], payload["member_of"]) == (
            "𠮷㛃喆堃",
            "Ji Jiezhekun",
            "창신팀 Lab",
        )
        assert payload["prize"]["ko"] == "1등상"


def test_a_result_that_is_not_final_gives_nobody_a_certificate(app: Flask, final: Final) -> None:
    with app.app_context():
        result = db.session.get_one(Result, final.result_id)
        result.state, result.final_at = ResultState.PROVISIONAL, None
        db.session.flush()
        with pytest.raises(Conflict) as refused:
            issue(final)
        assert refused.value.code == "no_final_result"


def test_the_pdf_holds_all_three_scripts_and_its_code_leads_to_the_page(
    app: Flask, final: Final, tmp_path: Path
) -> None:
    with app.app_context():
        number = issue(final, per_member=True)[0]
        assert operations.render_pending() == 2
        certificate = db.session.scalars(select(Certificate).where(Certificate.number == number)).one()
        assert certificate.file is not None
        pdf = tmp_path / "certificate.pdf"
        pdf.write_bytes(files.read(certificate.file))
        expected = app.config["SETTINGS"].base_url + documents.check_path(certificate)
    text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    for words in (
        "𠮷㛃喆堃",
        "창신팀 Lab",
        "一等奖",
        "1등상",
        "First Prize",
        "Ji Jiezhekun",
        number,
        "二〇二六年六月二十五日",
    ):
        assert words in text
    subprocess.run(["pdftoppm", "-r", "110", "-png", "-singlefile", pdf, tmp_path / "page"], check=True)
    codes = zxingcpp.read_barcodes(Image.open(tmp_path / "page.png"))
    assert [code.text for code in codes] == [expected]
    fonts = subprocess.run(["pdffonts", pdf], capture_output=True, text=True, check=True).stdout
    assert "Noto-Serif-CJK-KR" in fonts
    assert "Noto-Serif-CJK-SC" in fonts


def test_the_winner_is_told_when_the_pdf_is_there(app: Flask, final: Final) -> None:
    with app.app_context():
        issue(final)
        assert db.session.scalar(select(func.count(Mail.id)).where(Mail.kind == "certificate")) == 0
        operations.render_pending()
        told = db.session.scalars(
            select(Notice).where(Notice.kind == "certificate", Notice.person_id == final.winner.id)
        ).one()
        assert "一等奖" in told.subject
        assert told.path == f"/zh/e/{final.edition}/team/{final.team}"


def test_a_name_too_long_for_the_page_does_not_hold_up_the_others(app: Flask, final: Final) -> None:
    with app.app_context():
        issue(final)
        first = db.session.scalars(select(Certificate).order_by(Certificate.id)).first()
        assert first is not None
        first.payload = first.payload | {"name": "很长的名字 " * 700}
        db.session.commit()
        operations.render_pending()
        made = db.session.scalars(select(Certificate.file_id).order_by(Certificate.id)).all()
        assert [file is not None for file in made] == [False, True]


@pytest.mark.parametrize(
    ("lang", "valid", "revoked"),
    [("zh", "真实有效", "撤销"), ("ko", "유효한 상장", "발급 취소"), ("en", "is valid", "revoked on")],
)
def test_the_page_says_valid_then_revoked(
    app: Flask, client: FlaskClient, final: Final, lang: str, valid: str, revoked: str
) -> None:
    with app.app_context():
        number = issue(final)[0]
        path = address(number, lang)
    page = client.get(path)
    assert page.status_code == 200
    assert valid in page.text
    assert "창신팀 Lab" in page.text
    with app.app_context():
        certificate = db.session.scalars(select(Certificate).where(Certificate.number == number)).one()
        operations.revoke(certificate=certificate, reason="Printed twice", who=None)
        db.session.commit()
    page = client.get(path)
    assert revoked in page.text
    assert valid not in page.text
    assert "Printed twice" not in page.text


def test_the_page_shows_name_and_award_only(app: Flask, client: FlaskClient, final: Final) -> None:
    with app.app_context():
        path = address(issue(final)[0])
    page = client.get(path).text
    assert "First Prize" in page
    for private in (final.winner.email or "?", final.winner.name, "9.00"):
        assert private not in page


@pytest.mark.parametrize("change", ["number", "code", "no code", "case"])
def test_43_a_changed_number_or_code_finds_nothing(
    app: Flask, client: FlaskClient, final: Final, change: str
) -> None:
    with app.app_context():
        first, second = issue(final)
        path, other = address(first), address(second)
    wrong = {
        "number": path.replace(first, second),
        "code": path.partition("?")[0] + "?" + other.partition("?")[2],
        "no code": path.partition("?")[0],
        "case": path.replace(first, first.lower()),
    }[change]
    assert client.get(wrong).status_code == 404
    assert client.get(path).status_code == 200


def test_the_bare_address_follows_the_browsers_language(
    app: Flask, client: FlaskClient, final: Final
) -> None:
    with app.app_context():
        path = address(issue(final)[0])[3:]
    answer = client.get(path, headers={"Accept-Language": "ko-KR,ko;q=0.9"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/ko{path}"
    assert client.get("/c/CKYIEC-2026-A-000123-V?s=AAAA").status_code == 404


def test_replacing_points_from_the_old_number_to_the_new(
    app: Flask, client: FlaskClient, final: Final
) -> None:
    with app.app_context():
        number = issue(final, per_member=True)[0]
        old = db.session.scalars(select(Certificate).where(Certificate.number == number)).one()
        with pytest.raises(Conflict) as refused:
            operations.reissue(certificate=old, issued_on=DAY, who=None)
        assert refused.value.code == "unchanged"
        row = db.session.get_one(Member, old.member_id)
        row.name_latin = "Ji Zhekun"
        db.session.flush()
        fresh = operations.reissue(certificate=old, issued_on=DAY, who=None)
        fresh_number, path = fresh.number, address(number)
        db.session.commit()
    page = client.get(path).text
    assert "replaced" in page
    assert fresh_number in page


def test_a_corrected_result_takes_the_certificate_with_it(app: Flask, final: Final) -> None:
    with app.app_context():
        first, second = issue(final)
        result = db.session.get_one(Result, final.result_id)
        result.state, result.superseded_at = ResultState.SUPERSEDED, clock.now()
        db.session.flush()
        edition = db.session.get_one(Edition, final.edition_id)
        assert operations.follow_result(edition) == 2
        states = set(db.session.scalars(select(Certificate.state)))
        assert states == {CertificateState.REVOKED}
        assert {first, second} == set(db.session.scalars(select(Certificate.number)))


def test_members_download_their_own_and_nobody_elses(app: Flask, final: Final) -> None:
    with app.app_context():
        first, second = issue(final)
        operations.render_pending()
    path = f"/en/e/{final.edition}/team/{final.team}/certificates"
    with app.app_context():
        winner = make.sign_in(app.test_client(), final.winner)
        stranger = make.sign_in(app.test_client(), final.stranger)
    with winner.get(f"{path}/{first}.pdf") as answer:
        assert answer.status_code == 200
        assert answer.data.startswith(b"%PDF-")
        assert answer.headers["Cache-Control"] == "no-store"
    assert winner.get(f"{path}/{second}.pdf").status_code == 404
    assert stranger.get(f"{path}/{first}.pdf").status_code == 404


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_the_office_issues_and_revokes(app: Flask, final: Final, lang: str) -> None:
    with app.app_context():
        office = make.sign_in(app.test_client(), final.organizer)
    path = f"/{lang}/o/{final.edition}/certificates"
    assert office.get(path).status_code == 200
    form = {"recipients": "team", "issued_on": "2026-06-25", "once_key": "k" * 24}
    assert office.post(path, data=form).status_code == 303
    assert office.post(path, data=form).status_code == 303
    with app.app_context():
        number = db.session.scalars(select(Certificate.number).order_by(Certificate.id)).first()
        assert db.session.scalar(select(func.count(Certificate.id))) == 2
    assert number in office.get(path).text
    refused = office.post(f"{path}/{number}/revoke", data={"reason": "", "once_key": "r" * 24})
    assert refused.status_code == 422
    done = office.post(f"{path}/{number}/revoke", data={"reason": "Typing error", "once_key": "s" * 24})
    assert done.status_code == 303
    with app.app_context():
        states = db.session.execute(select(Certificate.number, Certificate.state)).all()
        assert dict(states)[number] is CertificateState.REVOKED  # type: ignore[arg-type]


def test_a_certificate_of_another_edition_is_not_there(app: Flask, final: Final) -> None:
    with app.app_context():
        number = issue(final)[0]
        other = make.edition()
        who = make.organizer(other)
        elsewhere = make.sign_in(app.test_client(), who)
        slug = other.slug
    assert elsewhere.get(f"/en/o/{slug}/certificates/{number}/revoke").status_code == 404
    assert elsewhere.get(f"/en/o/{final.edition}/certificates").status_code == 403
