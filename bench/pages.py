"""CPU per request as a multiple of a bare Flask "hello", both through the same gunicorn with the same
settings.

CPU is what the worker processes used (user and system, from /proc) divided by the requests sent; client and
database
server run elsewhere. Statements are counted inside the worker by SQLAlchemy's own event.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.rows import Row
from tests.serving import Browser, Server, serving

BARE = "bench.bare:create_app()"
COUNTING = "bench.counting:create_app()"
ROUNDS = 5
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Page:
    """One kind of request: how it is sent, how often a round, and what it may cost."""

    name: str
    path: str
    target: float
    requests: int
    headers: dict[str, str]
    method: str = "GET"
    body: Callable[[int], bytes] | None = None
    statements: int | None = 8
    expected: int = 200


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return _measure(Path(folder))


def _measure(folder: Path) -> list[Row]:
    rows: list[Row] = []
    with serving(folder / "bare", wsgi_app=BARE) as bare, serving(folder / "site") as site:
        from bench import scenery

        pages = scenery.prepare(site)
        hello = Page("bare Flask hello", "/readyz", 1, 2000, {})
        for page in (hello, *pages):
            _send(bare if page is hello else site, page, max(20, page.requests // 10))
        # Rounds alternate between the bare application and the pages, so that a slow moment hits both.
        base: list[float] = []
        costs: dict[str, list[float]] = {page.name: [] for page in pages}
        for _round in range(ROUNDS):
            base.append(_cost(bare, hello))
            for page in pages:
                costs[page.name].append(_cost(site, page))
        hello_cost = statistics.median(base)
        rows.append(Row("bare Flask hello", hello_cost * 1000, "CPU ms"))
        for page in pages:
            value = statistics.median(costs[page.name])
            rows.append(Row(page.name, value * 1000, "CPU ms", hello_cost * 1000, page.target))
        for number, resident in enumerate(sorted(_resident(site)), 1):
            rows.append(Row(f"worker {number} resident", resident, "MiB", None, 130))
    with serving(folder / "counted", wsgi_app=COUNTING) as counted:
        from bench import scenery

        rows += [
            Row(f"{page.name}: statements", _statements(counted, page), "SQL", None, page.statements)
            for page in scenery.prepare(counted)
            if page.statements is not None
        ]
    return rows


def _cost(server: Server, page: Page) -> float:
    before = _cpu(server)
    _send(server, page, page.requests)
    return (_cpu(server) - before) / page.requests


def _workers(server: Server) -> Iterator[int]:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return (int(child) for child in children.split())


def _cpu(server: Server) -> float:
    """Seconds of CPU that the workers have used so far."""
    total = 0
    for worker in _workers(server):
        fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def _resident(server: Server) -> list[float]:
    """Resident memory of each worker in MiB, shared pages included."""
    return [
        int(Path(f"/proc/{worker}/statm").read_text().split()[1]) * _PAGE / 1024 / 1024
        for worker in _workers(server)
    ]


def _send(server: Server, page: Page, count: int) -> list[http.client.HTTPMessage]:
    """Send `count` requests over four kept connections; any unexpected status ends the measurement."""
    connections = 4
    numbers = iter(range(count))
    lock = threading.Lock()
    problems: list[str] = []
    heads: list[http.client.HTTPMessage] = []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.url).port or 80, timeout=60)
        while not problems:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            body = page.body(number) if page.body else None
            connection.request(page.method, page.path, body, page.headers)
            answer = connection.getresponse()
            content = answer.read()
            heads.append(answer.headers)
            if answer.status != page.expected:
                problems.append(f"{page.name}: {answer.status} {content[:300]!r}")
        connection.close()

    if page.body:  # saves carry the version before them: one after the other
        connections = 1
    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise RuntimeError(problems[0])
    return heads


def _statements(server: Server, page: Page) -> int:
    """SQL statements of one request after two to warm up."""
    heads = _send(server, page, 3)
    return int(heads[-1]["X-Statements"])


def cookie_of(browser: Browser) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.jar)


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()
