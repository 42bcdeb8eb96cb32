"""Long work in a process of its own says how far it is, stops when told to, and never outlives who asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core import isolated

pytestmark = pytest.mark.no_database
HERE = "tests.core.streaming:"


def never() -> bool:
    return False


def test_what_is_reported_arrives_in_order_and_whole() -> None:
    seen: list[dict[str, Any]] = []
    value, data = isolated.stream(
        f"{HERE}count", {"to": 5000}, b"ab" * 10**6, on_progress=seen.append, is_cancelled=never, seconds=20
    )
    assert value == {"cancelled": False}
    assert data == b"ab" * 2 * 10**6
    assert seen == [{"number": number} for number in range(5000)]


def test_work_that_is_cancelled_gives_the_best_so_far() -> None:
    seen: list[dict[str, Any]] = []
    value, _data = isolated.stream(
        f"{HERE}until_stopped", {}, on_progress=seen.append, is_cancelled=lambda: bool(seen), seconds=20
    )
    assert value == "best so far"
    assert seen == [{"phase": "working"}]


def test_work_that_does_not_listen_is_killed() -> None:
    seen: list[dict[str, Any]] = []
    with pytest.raises(isolated.IsolatedError) as caught:
        isolated.stream(
            f"{HERE}deaf", {}, on_progress=seen.append, is_cancelled=lambda: bool(seen), seconds=20, grace=0.1
        )
    assert caught.value.code == "timeout"


def test_work_ends_when_whoever_watches_fails() -> None:
    """The lane is free again and the process gone, though `on_progress` raised."""

    def fail(_what: dict[str, Any]) -> None:
        raise ConnectionError

    open_before = len(list(Path("/proc/self/fd").iterdir()))
    for _time in range(2):
        with pytest.raises(ConnectionError):
            isolated.stream(f"{HERE}deaf", {}, on_progress=fail, is_cancelled=never, seconds=20)
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before


def test_a_refusal_comes_with_its_code_and_params() -> None:
    with pytest.raises(isolated.IsolatedError) as caught:
        isolated.stream(f"{HERE}refuse", {}, on_progress=print, is_cancelled=never, seconds=20)
    assert (caught.value.code, caught.value.params) == ("no_problem", {"field": "slots"})


def test_work_that_breaks_down_says_so() -> None:
    with pytest.raises(isolated.IsolatedError) as caught:
        isolated.stream("tests.core.hanging:nothing", {}, on_progress=print, is_cancelled=never, seconds=20)
    assert caught.value.code == "crashed"
