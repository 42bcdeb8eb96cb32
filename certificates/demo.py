"""The demo's certificates: issued for the final's winners, their PDFs made by the usual job."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from certificates.operations import issue_awards
from certificates.queries import award_recipients
from competition.models import Edition
from core import demo, registries
from core.db import db


def issue(_world: Any) -> None:
    edition = db.session.scalars(select(Edition).where(Edition.slug == demo.SLUG)).one()
    if award_recipients(edition, per_member=False):
        issue_awards(edition=edition, per_member=False, issued_on=date(2026, 6, 25), who=None)


def register() -> None:
    registries.demo_steps[30] = issue
