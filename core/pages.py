"""Public pages as cached bytes: rendered once, served with an ETag until something public changes.

Every table whose rows the public may see sets `public_page = True`; any change to such a row counts up one
number
in the same transaction. A cached page is served only while that number is the one it was rendered under, so a
page
taken back is gone with the commit that took it back.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, g, request
from sqlalchemy import event, insert, update
from sqlalchemy.orm import Session

from core import clock
from core.db import db
from core.models import PublicVersion

_MOST_PAGES = 2000
_MAX_AGE = 5


@dataclass(frozen=True)
class _Page:
    version: int
    until: datetime | None
    status: int
    body: bytes
    zipped: bytes
    etag: str
    content_type: str


_pages: OrderedDict[tuple[Any, ...], _Page] = OrderedDict()
_lock = threading.Lock()


def changes_at(moment: datetime | None) -> None:
    """Tell, while a public page is rendered, that it will look different from `moment` on (an embargo, a
    deadline)."""
    if moment is not None and moment > clock.now():
        soonest: datetime | None = g.get("page_until")
        g.page_until = min(soonest, moment) if soonest else moment


def cached(arguments: tuple[str, ...], render: Callable[[], Response]) -> Response:
    """The page at this address, from memory if nothing public has changed since it was made."""
    key = (request.path, *((name, request.args.get(name, "")[:80]) for name in arguments))
    version = current_version()
    page = _pages.get(key)
    if page is None or page.version != version or (page.until is not None and page.until <= clock.now()):
        response = render()
        if response.status_code != 200:
            return response
        body = response.get_data()
        page = _Page(
            version,
            g.get("page_until"),
            response.status_code,
            body,
            gzip.compress(body, 6, mtime=0),
            hashlib.sha256(body).hexdigest()[:24],
            response.content_type,
        )
        with _lock:
            _pages[key] = page
            _pages.move_to_end(key)
            while len(_pages) > _MOST_PAGES:
                _pages.popitem(last=False)
    return _answer(page)


def current_version() -> int:
    """The number of the last public change; one indexed read outside the session, to stay cheap."""
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT value FROM public_version WHERE id = 1")
        row = cursor.fetchone()
        return int(row[0]) if row else 0
    finally:
        connection.close()


def _answer(page: _Page) -> Response:
    etag = f'W/"{page.etag}"'
    if page.etag in request.headers.get("If-None-Match", ""):
        response = Response(status=304)
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = Response(page.zipped, page.status, content_type=page.content_type)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = Response(page.body, page.status, content_type=page.content_type)
    response.headers["ETag"] = etag
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = f"public, max-age={_MAX_AGE}, must-revalidate"
    return response


def touch(session: Session | None = None) -> None:
    """Count up: what the public sees has changed. Happens by itself for rows of tables marked
    `public_page`."""
    session = session or db.session()
    if session.info.get("public_touched"):
        return
    session.info["public_touched"] = True
    counted = session.execute(update(PublicVersion).values(value=PublicVersion.value + 1))
    if counted.rowcount == 0:  # type: ignore[attr-defined]
        session.execute(insert(PublicVersion).values(id=1, value=1))


@event.listens_for(Session, "after_flush")
def _touch_by_itself(session: Session, _context: Any) -> None:
    changed = (
        row
        for group in (session.new, session.deleted, session.dirty)
        for row in group
        if getattr(row, "public_page", False)
        and (row in session.new or row in session.deleted or session.is_modified(row))
    )
    if next(changed, None) is not None:
        touch(session)


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _forget_touch(session: Session) -> None:
    session.info.pop("public_touched", None)
