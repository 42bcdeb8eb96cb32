"""Heavy or risky work (PDF, spreadsheets, pictures) in a process of its own: limited, killed when it hangs.

The web workers stay small because the libraries load only there, and a file made to eat memory or time takes
down
nothing but its own process.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import threading
from typing import Any

from config import ROOT

_MEMORY = 2 * 1024**3
_LANES = {"files": threading.BoundedSemaphore(2), "pages": threading.BoundedSemaphore(2)}
"""How many may run at a time: what people have sent, and what is made for them."""
# Seconds of waiting for each second of CPU that is allowed: a busy machine is slow, not hanging.
_PATIENCE = 5
_WAIT = 40


class Busy(Exception):
    """There was no room for too long; nothing is known about the file."""


class IsolatedError(Exception):
    """The work was refused (`code` and `params` say why, for a message in the person's language)."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def call(
    target: str,
    arguments: dict[str, Any],
    data: bytes = b"",
    *,
    seconds: int = 30,
    memory: int = _MEMORY,
    lane: str = "files",
) -> tuple[Any, bytes]:
    """Run `module:function` in a fresh process of at most `memory` bytes of its own; few of a lane run at a
    time.

    The function gets `data` and the JSON-able `arguments`, and returns `(JSON-able, bytes)`. Raises
    `IsolatedError`
    with the function's own code, or `timeout` or `crashed`, and `Busy` when there is no room for too long.
    """
    header = json.dumps(
        {"target": target, "arguments": arguments, "seconds": seconds, "memory": memory}
    ).encode()
    if not _LANES[lane].acquire(timeout=_WAIT):
        raise Busy
    try:
        done = subprocess.run(
            [sys.executable, "-m", "core.isolated"],
            input=len(header).to_bytes(4, "big") + header + data,
            capture_output=True,
            timeout=_PATIENCE * seconds,
            cwd=ROOT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise IsolatedError("timeout", seconds=seconds) from error
    finally:
        _LANES[lane].release()
    if done.returncode != 0 or len(done.stdout) < 4:
        raise IsolatedError("crashed", output=done.stderr.decode("utf-8", "replace")[-2000:])
    length = int.from_bytes(done.stdout[:4], "big")
    answer = json.loads(done.stdout[4 : 4 + length])
    if "error" in answer:
        raise IsolatedError(answer["error"], **answer["params"])
    return answer["value"], done.stdout[4 + length :]


def main() -> None:
    """The other side of `call`: one request from standard input, one answer to standard output."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # more only get into each other's way here
    incoming = sys.stdin.buffer.read()
    length = int.from_bytes(incoming[:4], "big")
    request = json.loads(incoming[4 : 4 + length])
    seconds = int(request["seconds"])
    data = incoming[4 + length :]
    del incoming
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_DATA, (request["memory"], request["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    module, _, function = request["target"].partition(":")
    try:
        value, data = getattr(importlib.import_module(module), function)(data, **request["arguments"])
        answer: dict[str, Any] = {"value": value}
    except IsolatedError as error:
        answer, data = {"error": error.code, "params": error.params}, b""
    except MemoryError:
        answer, data = {"error": "too_big", "params": {}}, b""
    header = json.dumps(answer).encode()
    sys.stdout.buffer.write(len(header).to_bytes(4, "big") + header + data)


if __name__ == "__main__":
    # Run as __main__ this module would be a second copy with an `IsolatedError` of its own.
    from core.isolated import main as run

    run()
