"""Requests that name another port of the same host."""

from __future__ import annotations

import http.client
from collections.abc import Iterable
from urllib.parse import urlsplit

from tests.serving import Server


def etags(server: Server, path: str, *, ports: Iterable[int]) -> set[str]:
    address = urlsplit(server.url)
    found = set()
    for port in ports:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        connection.request("GET", path, headers={"Host": f"127.0.0.1:{port}"})
        answer = connection.getresponse()
        assert answer.status == 200
        found.add(answer.headers["ETag"])
        connection.close()
    return found
