"""What a move in the agenda's editor costs on the server: 150 sessions, through the real HTTP stack.

Each figure is the median over many moves; the request is sent on a kept connection from the same machine.
"""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.rows import Row
from tests.roadshows import draft_worlds
from tests.serving import Server, browser_of, looking_into, serving

SESSIONS = 150
MOVES = 60
TARGET = 50.0  # milliseconds


def run() -> list[Row]:
    """Rows in milliseconds."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "site") as site:
        with looking_into(site):
            made = draft_worlds.week(SESSIONS, placed=SESSIONS - 1)
            slug, organizer = made.roadshow.slug, made.organizer.id
            session = made.sessions[-1].key
            slots = [one.id for one in made.slots[-16:]]
            room = made.rooms[-1].id
        desk = _Desk(site, organizer, slug)
        moves = [desk.move(session, slots[number % len(slots)], room, number) for number in range(MOVES)]
        cells = [desk.get(f"/sessions/{session}/cells")[0] for _number in range(20)]
        tag = desk.get(f"?seen={MOVES}")[1]
        polls = [desk.get(f"?seen={MOVES}", tag)[0] for _number in range(50)]
        pages = [desk.get("", path=f"/en/o/roadshows/{slug}/agenda")[0] for _number in range(10)]
    return [
        Row(f"editor: a move among {SESSIONS} sessions", statistics.median(moves), "ms", target=TARGET),
        Row("editor: the cells of a session picked up", statistics.median(cells), "ms", target=TARGET),
        Row("editor: nothing new (304)", statistics.median(polls), "ms"),
        Row("editor: the whole page", statistics.median(pages), "ms"),
    ]


class _Desk:
    """An organizer's browser on a connection that is kept."""

    def __init__(self, site: Server, organizer: int, slug: str) -> None:
        browser = browser_of(site, organizer)
        cookie = next(iter(browser.jar))
        self._url = f"/api/v1/roadshows/{slug}/draft-agenda"
        self._headers = {"Cookie": f"{cookie.name}={cookie.value}", "Content-Type": "application/json"}
        self._headers["X-CSRFToken"] = browser.hidden(f"/en/o/roadshows/{slug}/agenda/plans")["csrf_token"]
        for cookie in browser.jar:
            self._headers["Cookie"] = f"{cookie.name}={cookie.value}"
        self._connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=30)

    def move(self, session: str, slot: int, room: int, seen: int) -> float:
        """Milliseconds of one move."""
        step = {"do": "place", "seen": seen, "session": session, "slot": slot, "room": room}
        return self._send("POST", f"{self._url}/steps", json.dumps(step), {}, 200)[0]

    def get(self, rest: str, tag: str = "", path: str = "") -> tuple[float, str]:
        """Milliseconds of one reading, and its ETag."""
        headers = {"If-None-Match": tag} if tag else {}
        return self._send("GET", path or self._url + rest, None, headers, 304 if tag else 200)

    def _send(
        self, method: str, path: str, body: str | None, headers: dict[str, Any], expected: int
    ) -> tuple[float, str]:
        began = time.perf_counter()
        self._connection.request(method, path, body, self._headers | headers)
        answer = self._connection.getresponse()
        answer.read()
        spent = 1000 * (time.perf_counter() - began)
        if answer.status != expected:
            raise RuntimeError(f"{method} {path}: {answer.status}, not {expected}")
        return spent, answer.getheader("ETag") or ""
