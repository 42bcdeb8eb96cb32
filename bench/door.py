"""Five hundred guests at the door on three devices: what comes in half an hour, as fast as answers come,
and every report sent twice."""

from __future__ import annotations

import http.client
import json
import secrets
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.rows import Row
from tests.serving import Server, looking_into, serving

GUESTS = 500
DEVICES = 3
HALF_AN_HOUR = 1800


@dataclass
class Device:
    """One device: what it has to scan, and how long each answer took, in seconds."""

    server: Server
    path: str
    token: str
    codes: list[str]
    seconds: list[float] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    list_seconds: float = 0.0
    list_bytes: int = 0

    def work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.server.url).port or 80, timeout=60)
        begun = time.perf_counter()
        self.list_bytes = len(self._send(connection, [], stamp=""))
        self.list_seconds = time.perf_counter() - begun
        for code in self.codes:
            report = {"nonce": secrets.token_hex(16), "at": _now(), "code": code}
            for again in (False, True):
                begun = time.perf_counter()
                answer = json.loads(self._send(connection, [report]))["answers"][0]
                if not again:
                    self.seconds.append(time.perf_counter() - begun)
                    self.outcomes.append(answer["outcome"])
        connection.close()

    def _send(self, connection: http.client.HTTPConnection, reports: list[Any], **more: str) -> bytes:
        body = json.dumps({"sent_at": _now(), "reports": reports, **more})
        headers = {"Content-Type": "application/json", "X-Door-Token": self.token}
        connection.request("POST", self.path, body, headers)
        response = connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {content[:300]!r}")
        return content


def _now() -> str:
    return datetime.now(UTC).isoformat()


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "door") as server:
        devices = _prepare(server)
        threads = [threading.Thread(target=device.work) for device in devices]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        total = time.perf_counter() - begun
        entries = _entries(server)
    seconds = sorted(second for device in devices for second in device.seconds)
    admitted = sum(device.outcomes.count("admitted") for device in devices)
    slowest = max(device.list_seconds for device in devices)
    return [
        Row(f"list of {GUESTS} guests, the slowest of {DEVICES}", slowest * 1000, "ms", None, 2000),
        Row("list, as sent", devices[0].list_bytes / 1024, "KiB"),
        Row("one scan, median", statistics.median(seconds) * 1000, "ms", None, 300),
        Row("one scan, 95 of 100", seconds[int(len(seconds) * 0.95)] * 1000, "ms", None, 1000),
        Row(f"{GUESTS} scans, each sent twice", total, "s", None, HALF_AN_HOUR),
        Row("let in", admitted, "guests", None, GUESTS, at_least=True),
        Row("entries", entries, "rows", None, GUESTS),
    ]


def _prepare(server: Server) -> list[Device]:
    from core import clock
    from core.db import db
    from roadshows.local_times import local_date
    from roadshows.operations import door
    from roadshows.tickets import make_code
    from tests.roadshows import factories as make

    with looking_into(server):
        roadshow = make.roadshow(slug="bench-door")
        make.day(roadshow.cities[0], local_date(clock.now(), roadshow.zone))
        guests = [make.guest(roadshow) for _ in range(GUESTS)]
        codes = [
            make_code(roadshow_id=roadshow.id, key=guest.participant.key, number=guest.ticket)
            for guest in guests
        ]
        tokens = [
            door.make_device(roadshow=roadshow, name=f"device {number}")[1] for number in range(DEVICES)
        ]
        db.session.commit()
        path = f"/api/v1/roadshows/{roadshow.slug}/door/sync"
    return [Device(server, path, token, codes[number::DEVICES]) for number, token in enumerate(tokens)]


def _entries(server: Server) -> int:
    from sqlalchemy import func, select

    from core.db import db
    from roadshows.models import Attendance

    with looking_into(server):
        return db.session.scalar(select(func.count(Attendance.id))) or 0
