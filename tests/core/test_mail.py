"""What stands in the outbox reaches a mail server, once it does, under the same number however often."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import select

from accounts import jobs as account_jobs
from core import jobs, mail
from core.db import db
from core.models import Mail, MailState
from tests.conftest import Clock

ADDRESS = "hana@jiachi.kr"


class MailServer(socketserver.ThreadingTCPServer):
    """As much of SMTP as a sender needs."""

    allow_reuse_address = daemon_threads = True
    refuses = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.recipients: list[str] = []
        self.messages: list[bytes] = []


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer
    answers: ClassVar = {"EHLO": "250 hello", "QUIT": "221 bye", "DATA": "354 go on"}

    def handle(self) -> None:
        self._say("220 ready")
        for raw in self.rfile:
            line = raw.decode().strip()
            command = line[:4].upper()
            if command == "RCPT":
                self.server.recipients.append(line.upper())
                self._say("550 nobody of that name" if self.server.refuses else "250 fine")
                continue
            self._say(self.answers.get(command, "250 fine"))
            if command == "DATA":
                self.server.messages.append(self._read_message())
                self._say("250 taken")

    def _read_message(self) -> bytes:
        lines = []
        for raw in self.rfile:
            if raw == b".\r\n":
                break
            lines.append(raw)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with MailServer() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        settings = app.config["SETTINGS"]
        for name, value in (
            ("SMTP_HOST", "127.0.0.1"),
            ("SMTP_PORT", running.server_address[1]),
            ("SMTP_TLS", "none"),
        ):
            monkeypatch.setattr(settings, name, value)
        yield running
        running.shutdown()


def put(address: str = ADDRESS, kind: str = "test") -> str:
    """A mail in the outbox; its Message-ID."""
    mail.send(address, "ko", kind, mail.Message("접수되었습니다 · 已提交", "감사합니다.\n谢谢。", "/ko/me"))
    db.session.commit()
    number = db.session.scalars(select(Mail.message_id).order_by(Mail.id.desc())).first() or ""
    db.session.rollback()  # whoever sends is not to wait for this test
    return number


def row_of(message_id: str) -> Mail:
    return db.session.scalars(select(Mail).where(Mail.message_id == message_id)).one()


def test_the_elected_worker_sends_what_is_in_the_outbox_once(
    app: Flask, ctx: None, server: MailServer
) -> None:
    number = put()
    job = next(job for job in jobs.periodic if job.run is mail.deliver_due)
    jobs.run_once(app, job)
    jobs.run_once(app, job)
    row = row_of(number)
    assert row.state is MailState.SENT
    assert row.sent_at
    assert server.recipients == [f"RCPT TO:<{ADDRESS.upper()}>"]
    [sent] = [message_from_bytes(text, policy=policy.SMTP) for text in server.messages]
    assert sent["Subject"] == "접수되었습니다 · 已提交"
    assert sent["Message-ID"] == number
    assert "谢谢。" in sent.get_content()  # type: ignore[attr-defined]
    assert "/ko/me" in sent.get_content()  # type: ignore[attr-defined]


def test_what_a_server_refuses_is_tried_again_later_under_the_same_number(
    ctx: None, server: MailServer, turn_clock: Clock
) -> None:
    number = put()
    server.refuses = True
    assert mail.deliver_due() == 0
    row = row_of(number)
    assert (row.state, row.attempts) == (MailState.QUEUED, 1)
    assert "nobody of that name" in row.last_error
    assert mail.deliver_due() == 0
    assert len(server.recipients) == 1, "not before its time"
    server.refuses = False
    turn_clock.advance(minutes=3)
    assert mail.deliver_due() == 1
    assert message_from_bytes(server.messages[0])["Message-ID"] == number


def test_eight_tries_and_it_is_the_organizers_to_pass_on(
    ctx: None, server: MailServer, turn_clock: Clock
) -> None:
    number, server.refuses = put(), True
    for _ in range(9):
        mail.deliver_due()
        turn_clock.advance(days=1)
    row = row_of(number)
    assert (row.state, row.attempts) == (MailState.FAILED, 8)


@pytest.mark.parametrize("address", ["a@example.com", "b@park.example", "c@mail.test", "d@sub.example.org"])
def test_people_of_examples_are_not_written_to(ctx: None, server: MailServer, address: str) -> None:
    number = put(address)
    mail.deliver_due()
    row = row_of(number)
    assert row.state is MailState.FAILED
    assert not server.recipients


def test_without_a_mail_server_everything_stays_readable(ctx: None) -> None:
    number = put()
    assert mail.deliver_due() == 0
    row = row_of(number)
    assert (row.state, bool(row.body)) == (MailState.QUEUED, True)


def test_a_secret_that_expired_unsent_never_leaves_as_an_empty_mail(
    ctx: None, server: MailServer, turn_clock: Clock
) -> None:
    number = put(kind="reset_password")
    turn_clock.advance(hours=2)
    account_jobs.forget()
    assert mail.deliver_due() == 0
    row = row_of(number)
    assert (row.state, row.body) == (MailState.FAILED, "")
    assert not server.recipients


CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:开幕 · 개막\r\nEND:VCALENDAR\r\n"


def test_an_invitation_goes_along_as_an_alternative_that_mail_programs_can_accept(
    app: Flask, ctx: None, server: MailServer
) -> None:
    row = mail.send(
        ADDRESS,
        "ko",
        "test",
        mail.Message("초대", "본문"),
        calendar=CALENDAR,
        calendar_method="REQUEST",
    )
    db.session.commit()
    number = row.message_id
    db.session.rollback()
    assert mail.deliver_due() == 1
    assert row_of(number).state is MailState.SENT
    [sent] = [message_from_bytes(text, policy=policy.SMTP) for text in server.messages]
    assert sent.get_content_type() == "multipart/alternative"
    plain, calendar = sent.iter_parts()  # type: ignore[attr-defined]
    assert plain.get_content_type() == "text/plain"
    assert calendar.get_content_type() == "text/calendar"
    assert (calendar.get_param("method"), calendar.get_content_charset()) == ("REQUEST", "utf-8")
    assert calendar.get_content_disposition() is None
    assert calendar.get_content().splitlines() == CALENDAR.splitlines()


def test_several_invitations_are_a_file_each(ctx: None) -> None:
    row = mail.send(
        ADDRESS,
        "ko",
        "test",
        mail.Message("초대", "본문"),
        calendar=CALENDAR + CALENDAR.replace("开幕", "闭幕"),
        calendar_method="REQUEST",
    )
    db.session.flush()
    sent = message_from_bytes(mail.compose(row, "a@jiachi.kr").as_bytes(), policy=policy.SMTP)
    plain, first, second = sent.iter_parts()  # type: ignore[attr-defined]
    assert plain.get_content().strip() == "본문"
    assert [part.get_filename() for part in (first, second)] == ["1.ics", "2.ics"]
    assert {part.get_param("method") for part in (first, second)} == {"REQUEST"}
    assert "开幕" in first.get_content()
    assert second.get_content().count("BEGIN:VCALENDAR") == 1
    assert "闭幕" in second.get_content()


def test_a_mail_without_a_calendar_has_one_part(ctx: None) -> None:
    number = put()
    assert mail.compose(row_of(number), "a@jiachi.kr").get_content_type() == "text/plain"


@pytest.mark.parametrize("method", ["", "CANCEL", "REQ"])
def test_the_method_on_the_envelope_is_the_one_inside(ctx: None, method: str) -> None:
    with pytest.raises(ValueError, match="method"):
        mail.send(ADDRESS, "ko", "test", mail.Message("a", "b"), calendar=CALENDAR, calendar_method=method)
