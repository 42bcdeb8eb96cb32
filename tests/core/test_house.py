"""The house stands: addresses are declared, the database guards itself, times are aware."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError, StatementError

from core import access
from core.access import PUBLIC
from core.db import db
from tests import factories as make


def test_an_undeclared_address_stops_the_app(app: Flask) -> None:
    naked = Flask("naked", static_folder=None)
    naked.add_url_rule("/open", "open", lambda: "anyone")
    with pytest.raises(RuntimeError, match="open"):
        access.refuse_undeclared(naked)
    naked.view_functions["open"] = access.access(PUBLIC)(lambda: "declared")
    access.refuse_undeclared(naked)


def test_a_naive_time_is_refused(ctx: None) -> None:
    edition = make.edition()
    edition.created_at = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(StatementError, match="naive"):
        db.session.flush()


def test_the_database_refuses_to_mix_editions(ctx: None) -> None:
    one, other = make.edition(), make.edition()
    entry = make.entry(one)
    entry.track_id = other.tracks[0].id
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_the_database_refuses_a_submitted_entry_without_receipt(ctx: None) -> None:
    entry = make.team(make.edition()).entry
    entry.state = "submitted"
    with pytest.raises(IntegrityError, match="receipt"):
        db.session.flush()


@pytest.mark.parametrize(
    "target",
    [
        "//evil",
        "/\\evil",
        "https:evil",
        "/%2f%2fevil",
        "javascript:alert(1)",
        "/a\tb",
        "/a\nb",
        "／evil",
        "",
        "/x//y",
    ],
)
def test_next_is_a_local_path_or_nothing(target: str) -> None:
    assert access.local_path(target) is None


def test_next_keeps_an_honest_path() -> None:
    assert access.local_path("/zh/e/demo?page=2") == "/zh/e/demo?page=2"
