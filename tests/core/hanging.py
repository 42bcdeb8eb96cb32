"""Work that never ends, for the test of `core.isolated`."""

from __future__ import annotations


def forever(_data: bytes) -> tuple[None, bytes]:
    while True:
        pass
