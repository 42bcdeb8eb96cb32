"""Who computes which kind of plan: each part of the room registers its own function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from roadshows.models import PlanKind, PlanRun


class Watch(Protocol):
    """What a computation is given to say how far it is and to learn whether it is still wanted; both fit
    `core.isolated.stream`."""

    def progress(self, what: dict[str, Any]) -> None:
        """Keep what the page shows: `phase`, `placed`, `of`, `objective`, `bound`, `seconds`."""

    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""


@dataclass(frozen=True)
class Found:
    """What a run came to. outcome: JSON, kept in the run; basis_sha256: of the problem it was computed from;
    is_usable: whether there is something to apply (a canceled run without is canceled, one with is done)."""

    outcome: dict[str, Any]
    basis_sha256: str = ""
    is_usable: bool = True


@dataclass
class Handlers:
    """By kind. compute: reads the problem, ends its transaction (`core.db.release`), computes, returns. It
    raises `core.errors.Problem` when there is nothing to compute, whose `detail` is not kept but whose code
    is."""

    compute: dict[PlanKind, Callable[[PlanRun, Watch], Found]] = field(default_factory=dict)


HANDLERS = Handlers()
