"""The demo edition: an invented world, loaded by each room in turn through its own operations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from core import mail, registries
from core.db import db
from core.models import Mail, MailState

SLUG = "demo"
PASSWORD = "jiachi-demo-2016"  # noqa: S105 - shown to everybody who starts the demo


def load(*, size: int, seed: int) -> None:
    """Build the demo edition and commit it; every room's step runs in its order."""
    if registries.demo_world is None:
        raise RuntimeError("no room offers a demo world")
    world: Any = registries.demo_world(size, seed)
    for _order, step in sorted(registries.demo_steps.items()):
        step(world)
    # In the demo's world they arrived long ago.
    for waiting in db.session.scalars(select(Mail).where(Mail.state == MailState.QUEUED)):
        if mail.is_nobodys(waiting.address):
            waiting.state, waiting.sent_at = MailState.SENT, waiting.created_at
    db.session.commit()


def sign_ins_file() -> Path:
    """Where the demo's sign-ins are written for `run.sh` to show."""
    return Path(current_app.config["SETTINGS"].INSTANCE) / "demo-sign-ins.txt"
