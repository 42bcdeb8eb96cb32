"""Accounts by themselves: what other rooms do when an invitation is accepted is tested there."""

from __future__ import annotations

import pytest

from accounts import invitations


@pytest.fixture(autouse=True)
def own_invitations(monkeypatch: pytest.MonkeyPatch) -> None:
    for registry in ("on_accepted", "describe", "landing"):
        monkeypatch.setattr(invitations, registry, {})
