"""Whoever is erased is nowhere any more: not in one cell of one table, while results and numbers stand."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select

from accounts import export as accounts_export
from accounts import operations as accounts
from accounts.invitations import invite
from accounts.models import Person, Role
from certificates import documents, operations
from certificates.models import Certificate, CertificateState
from competition.models import Edition
from core import files, mail
from core.db import db
from core.languages import Trilingual
from judging.models import Result
from judging.operations import panel
from tests.certificates.conftest import Final
from tests.scenery import PDF
from tests.stored import everything_stored

DAY = date(2026, 6, 25)


def stored_about(*words: str) -> list[str]:
    db.session.flush()
    with db.session.no_autoflush:
        db.session.commit()
    return [
        f"{table}: {word}"
        for table, rows in everything_stored().items()
        for row in rows
        for word in words
        if word in repr(row)
    ]


def test_46_a_winner_with_a_certificate_is_exported_and_erased_everywhere(
    app: Flask, final: Final, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        edition = db.session.get_one(Edition, final.edition_id)
        fresh = operations.issue_awards(edition=edition, per_member=True, issued_on=DAY, who=None)
        winner = db.session.get_one(Person, final.winner.id)
        address = winner.email or ""
        mine = next(row for row in fresh if row.payload["name"] == winner.name)
        mine.file_id = files.keep(PDF, "application/pdf", f"{mine.number}.pdf").id
        mail.send(address, "zh", "invitation", mail.Message("邀请", "您好"))
        digest = db.session.get_one(Result, final.result_id).sha256
        assert len(stored_about(winner.name, address)) > 4

        with zipfile.ZipFile(BytesIO(b"".join(accounts_export.archive(winner.id)))) as archive:
            (exported,) = json.loads(archive.read("data.json"))["certificates"]
            assert exported["content"]["name"] == winner.name
            assert f"files/{mine.number}.pdf" in archive.namelist()

        monkeypatch.setattr("core.registries.erasure_blockers", [])
        name = winner.name
        accounts.erase(winner)
        assert stored_about(name, "Ji Jiezhekun", address) == []
        mine = db.session.get_one(Certificate, mine.id)
        assert (mine.state, mine.file_id) == (CertificateState.ISSUED, None)
        assert db.session.get_one(Result, final.result_id).sha256 == digest
        operations.follow_result(mine.edition)
        assert mine.state is CertificateState.ISSUED, "erased, not taken back"
        monkeypatch.setattr(operations, "render_all", lambda pages: [PDF for _page in pages])
        db.session.commit()
        operations.render_pending()
        assert db.session.get_one(Certificate, mine.id).file_id is None, "no new PDF without a name"
        path = documents.check_path(db.session.get_one(Certificate, mine.id))
    page = app.test_client().get(f"/ko{path}")
    assert page.status_code == 200
    assert "익명" in page.text
    assert "𠮷㛃喆堃" not in page.text
    with app.app_context():
        mine = db.session.scalars(select(Certificate).where(Certificate.number == exported["number"])).one()
        monkeypatch.setattr(operations, "award_recipients", lambda *_given, **_more: [])
        operations.follow_result(mine.edition)
        assert mine.state is CertificateState.REVOKED, "a correction takes it back like everybody else's"


def test_46_a_judge_is_erased_from_the_records_too(app: Flask) -> None:
    from tests import factories as make

    with app.app_context():
        edition = make.edition()
        who = make.person(name="남궁별", name_latin="Namgung Byeol", email="byeol@judges.kr")
        judge = panel.add_judge(
            edition=edition,
            name=who.name,
            name_latin=who.name_latin,
            email=who.email or "",
            affiliation=Trilingual.same("별빛연구소"),
            country="KR",
            languages=["ko"],
            person=who,
            who=None,
        )
        invite(role=Role.JUDGE, scope_kind="judge", scope_id=judge.id, email=who.email or "", language="ko")
        assert stored_about("남궁별", "별빛연구소")
        accounts.erase(who)
        assert stored_about("남궁별", "Namgung Byeol", "byeol@judges.kr", "별빛연구소") == []


def test_an_erasure_while_the_pdf_is_made_leaves_no_pdf(
    app: Flask, final: Final, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        edition = db.session.get_one(Edition, final.edition_id)
        operations.issue_awards(edition=edition, per_member=True, issued_on=DAY, who=None)
        db.session.commit()
        monkeypatch.setattr("core.registries.erasure_blockers", [])

        def slowly(pages: list[object]) -> list[bytes]:
            accounts.erase(db.session.get_one(Person, final.winner.id))
            db.session.commit()
            return [PDF for _page in pages]

        monkeypatch.setattr(operations, "render_all", slowly)
        operations.render_pending()
        erased = [row for row in db.session.scalars(select(Certificate)) if not row.payload["name"]]
        assert len(erased) == 1
        assert erased[0].file_id is None
