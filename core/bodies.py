"""Request bodies: no larger than the view declared, no slower than a poor phone, and read to the end before
the database is asked for anything, so that nobody's stalled connection holds a lock.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from flask import request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

_GRACE = 15
"""Seconds that any body may take."""
_SLOWEST = 20_000
"""Bytes a second that a body has to come with beyond that."""
_MOST_DRAINED = 64 * 1024 * 1024
_PIECE = 64 * 1024
_UNKNOWN_LENGTH = 120
"""Seconds for a body that doesn't tell its length."""


def take(limit: int) -> None:
    """Read the request's body, a form's files to disk. Raises 413 beyond `limit` bytes, 400 when the client
    goes away or takes too long."""
    request.max_content_length = limit
    length = request.content_length
    body = request.environ["wsgi.input"] = _Counted(request.environ["wsgi.input"])
    connection = request.environ.get("gunicorn.socket")
    # By the limit, not by what the client announces: whoever promises a terabyte gets no time for it.
    allowed = _UNKNOWN_LENGTH if length is None else _GRACE + min(length, limit) / _SLOWEST
    try:
        with _watched(connection, allowed):
            if request.mimetype in ("multipart/form-data", "application/x-www-form-urlencoded"):
                request.form  # noqa: B018 - looking at it parses it
            else:
                request.get_data(cache=True)
            if length is not None:
                body.drain(length)
                if body.count < length:
                    raise ClientDisconnected
    except RequestEntityTooLarge:
        # Who is cut off while sending sees a broken connection instead of the reason.
        with _watched(connection, _GRACE):
            body.drain(_MOST_DRAINED)
        raise


class _Counted:
    """A stream of bytes that knows how many were read."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._stream.read(size)
        self.count += len(data)
        return data

    def readline(self, size: int = -1) -> bytes:
        data: bytes = self._stream.readline(size)
        self.count += len(data)
        return data

    def drain(self, most: int) -> None:
        """Read on and forget, until `most` bytes came in all or nothing comes any more."""
        while self.count < most and self.read(min(_PIECE, most - self.count)):
            pass


_waiting: dict[int, tuple[Any, float]] = {}
_changed = threading.Condition()
_watchman: threading.Thread | None = None


@contextlib.contextmanager
def _watched(connection: Any, seconds: float) -> Iterator[None]:
    """Let the connection's receiving side be closed after so many seconds: a read that waits ends then."""
    if connection is None:
        yield
        return
    number = threading.get_ident()
    with _changed:
        _waiting[number] = (connection, time.monotonic() + seconds)
        _start_watchman()
    try:
        yield
    finally:
        with _changed:
            _waiting.pop(number, None)


def _start_watchman() -> None:
    global _watchman  # noqa: PLW0603 - one for each process, begun with its first body
    if _watchman is None or not _watchman.is_alive():
        _watchman = threading.Thread(target=_watch, name="slow bodies", daemon=True)
        _watchman.start()
    _changed.notify()


def _watch() -> None:
    while True:
        with _changed:
            while not _waiting:
                _changed.wait()
            late = [one for one, until in _waiting.values() if until < time.monotonic()]
        for connection in late:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        time.sleep(1)
