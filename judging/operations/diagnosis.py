"""The diagnosis of a round is computed when somebody looks at it, in a process of its own, and kept.

What is kept is no fact but a memory of a computation: it has no audit record, and it is written in a
transaction of its own, so that nobody waits for it and a page that only reads stays one.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from core import clock, isolated
from core.db import db, may_write, release
from core.errors import MissingPart
from judging.models import Diagnosis
from judging.queries import diagnosis as queries
from judging.queries.diagnosis import Posed

SECONDS = 60
PATIENCE = 25.0
"""How long somebody waits for what somebody else is computing."""

_REASONS = {
    "timeout": _l("It took more than %(seconds)d seconds and was stopped.", seconds=SECONDS),
    "too_big": _l("It needs more memory than it may have."),
    "crashed": _l("The computation broke off."),
}


def diagnosis_of(*, posed: Posed) -> dict[str, Any]:
    """What `judging.diagnosis.diagnose` says of the round: as kept, or computed now.

    The request's transaction ends when something has to be computed: nobody waits for the database
    meanwhile. Raises MissingPart when it can't be computed, with the reason, or when somebody else is still
    at it.
    """
    found = queries.kept(posed)
    if found is not None:
        return found
    release()
    with _alone(posed.round_id):
        found = queries.kept(posed)  # somebody else may have been at it
        release()
        if found is None:
            found = _compute(posed)
            _keep(posed, found)
    return found


def _compute(posed: Posed) -> dict[str, Any]:
    try:
        _summary, answer = isolated.call(
            "judging.diagnosis_process:diagnose", {}, posed.text.encode(), seconds=SECONDS, lane="pages"
        )
    except isolated.IsolatedError as error:
        if error.code == "part_missing":
            raise MissingPart(
                _l(
                    "Figures need the package %(package)s, which is not installed here.",
                    package=error.params["package"],
                ),
                code="part_missing",
            ) from error
        if error.code == "diagnosis":
            reason: Any = error.params["reason"]
        else:
            reason = _REASONS.get(error.code, _REASONS["crashed"])
            current_app.logger.warning("diagnosis failed: %s", error.params.get("output", error.code))
        raise MissingPart(reason, code="diagnosis_failed") from error
    found: dict[str, Any] = json.loads(answer)
    return found


def _keep(posed: Posed, found: dict[str, Any]) -> None:
    token = may_write.set(True)
    try:
        with Session(db.engine) as session, session.begin():
            row = session.scalars(
                select(Diagnosis).where(Diagnosis.round_id == posed.round_id)
            ).one_or_none() or Diagnosis(round_id=posed.round_id)
            row.basis_sha256, row.content, row.computed_at = posed.sha256, found, clock.now()
            session.add(row)
    except (IntegrityError, OperationalError):
        # Another machine was faster, or the database is busy: this look is answered all the same.
        current_app.logger.info("diagnosis of round %s not kept", posed.round_id)
    finally:
        may_write.reset(token)


@contextmanager
def _alone(round_id: int) -> Iterator[None]:
    """Hold the round's computation on this machine, in whichever process; a crash releases it, too."""
    folder = current_app.config["SETTINGS"].INSTANCE / "locks"
    folder.mkdir(exist_ok=True)
    with (folder / f"diagnosis-{round_id}").open("a") as file:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise MissingPart(
                        _l("The figures are being computed. Please look again in a minute."),
                        code="being_computed",
                        headers={"Retry-After": "30"},
                    ) from None
                time.sleep(0.1)
        yield
