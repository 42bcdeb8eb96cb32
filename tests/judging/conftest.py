"""Browsers that share nothing with the test but the database."""

from __future__ import annotations

from typing import Any

import pytest
from flask import has_app_context
from flask.testing import FlaskClient

from core.db import db


class Browser(FlaskClient):
    """Serves each request in an application context of its own, as a server does.

    What the test has written until then is committed first, so that no lock of the test is in the way.
    """

    def open(self, *args: Any, **options: Any) -> Any:
        if has_app_context():
            db.session.commit()
        with self.application.app_context():
            return super().open(*args, **options)


@pytest.fixture(autouse=True)
def own_contexts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "app" in request.fixturenames:
        monkeypatch.setattr(request.getfixturevalue("app"), "test_client_class", Browser)
