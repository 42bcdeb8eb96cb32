"""The server is killed while judges save and teams submit; `./run.sh soak kills` does it ten times as
often."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import kills, soak

pytestmark = pytest.mark.server


@pytest.mark.timeout(300)
def test_a_power_cut_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    found = kills.run(tmp_path, histories=soak.HISTORIES // 10)
    assert found.is_sound, found
    assert found.histories == soak.HISTORIES // 10
    assert found.answered > 20
    assert found.in_flight > 0, "no cut fell into the middle of anything"


@pytest.mark.timeout(300)
def test_without_knowing_operations_a_power_cut_is_noticed(tmp_path: Path) -> None:
    found = kills.run(tmp_path, histories=1, wsgi_app="tests.unguarded:without_versions()")
    assert not found.is_sound
