"""Work that never ends, or ends badly, for tests of `core.isolated` and of who calls it."""

from __future__ import annotations

import os
import signal


def forever(_data: bytes) -> tuple[None, bytes]:
    while True:
        pass


def die(_data: bytes) -> tuple[None, bytes]:
    os.kill(os.getpid(), signal.SIGKILL)
    return None, b""
