"""Servers of the race tests, and many people who press at the very same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from tests.serving import Server, serving

T = TypeVar("T")


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real thing, as users run it."""
    with serving(tmp_path_factory.mktemp("races") / "instance") as running:
        yield running


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Run all `acts` in threads that wait for each other before they begin; answers in order."""
    barrier = threading.Barrier(len(acts))

    def begin(act: Callable[[], T]) -> T:
        barrier.wait(30)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(begin, acts))
