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
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from config import ROOT

_MEMORY = 2 * 1024**3
_LANES = {
    "files": threading.BoundedSemaphore(2),
    "pages": threading.BoundedSemaphore(2),
    "plans": threading.BoundedSemaphore(1),
}
"""How many may run at a time: what people have sent, what is made for them, what computes for minutes."""
# Seconds of waiting for each second of CPU that is allowed: a busy machine is slow, not hanging.
_PATIENCE = 5
_WAIT = 40
# How often somebody who waits for a stream is asked whether it is still wanted.
_GLANCE = 0.5

Report = Callable[[dict[str, Any]], None]


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
    return _answer(done.returncode, done.stdout, done.stderr)


def stream(
    target: str,
    arguments: dict[str, Any],
    data: bytes = b"",
    *,
    on_progress: Report,
    is_cancelled: Callable[[], bool],
    seconds: int,
    memory: int = _MEMORY,
    lane: str = "plans",
    grace: float = 30,
) -> tuple[Any, bytes]:
    """Like `call`, for work that says how far it is and may be stopped.

    The function also gets `progress`, which takes JSON-able dictionaries, and `cancelled`, which it asks now
    and then: once that is true it returns the best it has. `on_progress` gets what was reported;
    `is_cancelled` is asked about twice a second, and the process is killed `grace` seconds after it said yes.
    When this process dies, the other one finds itself cancelled.
    """
    if not _LANES[lane].acquire(timeout=_WAIT):
        raise Busy
    try:
        return _streamed(
            {"target": target, "arguments": arguments, "seconds": seconds, "memory": memory},
            data,
            on_progress,
            is_cancelled,
            grace,
        )
    finally:
        _LANES[lane].release()


def _streamed(
    request: dict[str, Any],
    data: bytes,
    on_progress: Report,
    is_cancelled: Callable[[], bool],
    grace: float,
) -> tuple[Any, bytes]:
    reports, report = os.pipe()
    cancelled, cancel = os.pipe()
    header = json.dumps(request | {"report": report, "cancelled": cancelled}).encode()
    with subprocess.Popen(
        [sys.executable, "-m", "core.isolated"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(report, cancelled),
        cwd=ROOT,
    ) as process:
        os.close(report)
        os.close(cancelled)
        said: list[bytes] = []

        def talk() -> None:
            said.extend(process.communicate(len(header).to_bytes(4, "big") + header + data))

        talking = threading.Thread(target=talk, daemon=True)
        talking.start()
        lines = _Lines(reports)
        ends = time.monotonic() + _PATIENCE * request["seconds"]
        timed_out = False
        try:
            while talking.is_alive():
                for line in lines.arrived(_GLANCE):
                    on_progress(line)
                if cancel >= 0 and is_cancelled():
                    os.close(cancel)
                    cancel = -1
                    ends = min(ends, time.monotonic() + grace)
                if time.monotonic() > ends and not timed_out:
                    timed_out = True
                    process.kill()
            while rest := lines.arrived(0):
                for line in rest:
                    on_progress(line)
        finally:
            process.kill()  # has ended by itself, unless a callback raised
            talking.join()
            for handle in (reports, cancel):
                if handle >= 0:
                    os.close(handle)
    if timed_out:
        raise IsolatedError("timeout", seconds=request["seconds"])
    return _answer(process.returncode, *said)


class _Lines:
    """Reads JSON, one object a line, from a pipe without waiting longer than told."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._rest = b""
        self._ended = False

    def arrived(self, wait: float) -> list[dict[str, Any]]:
        """What has come by now, or comes within `wait` seconds."""
        if self._ended:
            time.sleep(wait / 10)
            return []
        if not select.select([self._handle], [], [], wait)[0]:
            return []
        part = os.read(self._handle, 65536)
        self._ended = not part
        *lines, self._rest = (self._rest + part).split(b"\n")
        return [json.loads(line) for line in lines if line]


def _answer(status: int, output: bytes, errors: bytes) -> tuple[Any, bytes]:
    """What the other side found. Raises IsolatedError when it refused the work or broke down."""
    if status != 0 or len(output) < 4:
        raise IsolatedError("crashed", output=errors.decode("utf-8", "replace")[-2000:])
    length = int.from_bytes(output[:4], "big")
    answer = json.loads(output[4 : 4 + length])
    if "error" in answer:
        raise IsolatedError(answer["error"], **answer["params"])
    return answer["value"], output[4 + length :]


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
        work = getattr(importlib.import_module(module), function)
        value, data = work(data, **request["arguments"], **_watched(request))
        answer: dict[str, Any] = {"value": value}
    except IsolatedError as error:
        answer, data = {"error": error.code, "params": error.params}, b""
    except MemoryError:
        answer, data = {"error": "too_big", "params": {}}, b""
    header = json.dumps(answer).encode()
    sys.stdout.buffer.write(len(header).to_bytes(4, "big") + header + data)


def _watched(request: dict[str, Any]) -> dict[str, Any]:
    """How streamed work reports and learns that it is cancelled: nothing for work that is only called."""
    if "report" not in request:
        return {}
    handle, gone = request["report"], threading.Event()

    def report(what: dict[str, Any]) -> None:
        try:
            os.write(handle, json.dumps(what).encode() + b"\n")
        except BrokenPipeError:  # nobody is listening any more
            gone.set()

    def listen() -> None:
        os.read(request["cancelled"], 1)  # ends when the other end is closed, by whatever
        gone.set()

    threading.Thread(target=listen, daemon=True).start()
    return {"progress": report, "cancelled": gone.is_set}


if __name__ == "__main__":
    # Run as __main__ this module would be a second copy with an `IsolatedError` of its own.
    from core.isolated import main as run

    run()
