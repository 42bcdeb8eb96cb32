"""Work that reports and may be stopped, for tests of `core.isolated.stream`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from core.isolated import IsolatedError

Progress = Callable[[dict[str, Any]], None]
Cancelled = Callable[[], bool]


def count(data: bytes, *, to: int, progress: Progress, cancelled: Cancelled) -> tuple[Any, bytes]:
    """Report each number."""
    for number in range(to):
        progress({"number": number})
    return {"cancelled": cancelled()}, data * 2


def until_stopped(_data: bytes, *, progress: Progress, cancelled: Cancelled) -> tuple[Any, bytes]:
    """Work until told to stop, then give the best so far."""
    progress({"phase": "working"})
    while not cancelled():
        time.sleep(0.01)
    return "best so far", b""


def deaf(_data: bytes, *, progress: Progress, cancelled: Cancelled) -> tuple[Any, bytes]:
    """Never ask whether to stop."""
    progress({"phase": "working"})
    while True:
        time.sleep(0.01)


def refuse(_data: bytes, *, progress: Progress, cancelled: Cancelled) -> tuple[Any, bytes]:
    """Say why not."""
    raise IsolatedError("no_problem", field="slots")
