"""The clock of a search: how much time is left, whether somebody has canceled it, and telling how far it
is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Stopped = Literal["done", "time", "cancelled"]
Progress = Callable[[dict[str, Any]], None]

_ASK_EVERY = 0.1  # seconds between two looks at `cancelled`
_RESERVE = 0.03  # share of the time limit that CP-SAT may need to come back


@dataclass(frozen=True, slots=True)
class Found:
    """How a solver run ended. proven: optimal, or infeasible (then there is no solution)."""

    solver: cp_model.CpSolver
    has_plan: bool
    proven: bool


class Watch:
    """Limits of a whole search. seconds: of wall clock from now on."""

    def __init__(
        self,
        seconds: float,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._began = time.monotonic()
        self._seconds = seconds
        self._progress = progress
        self._cancelled = cancelled
        self._stopped: Stopped = "done"
        self._was_cut = False

    @property
    def stopped(self) -> Stopped:
        """What ended the search; "time" also when a step had less than its effort allows, for then the same
        needn't come out again."""
        return "time" if self._stopped == "done" and self._was_cut else self._stopped

    @property
    def spent(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        """Seconds until the limit, less what coming back may take."""
        return self._seconds * (1 - _RESERVE) - self.spent

    def is_over(self) -> bool:
        """Whether to stop; `stopped` says why."""
        if self._stopped == "done":
            if self._cancelled is not None and self._cancelled():
                self._stopped = "cancelled"
            elif self.left <= 0:
                self._stopped = "time"
        return self._stopped != "done"

    def tell(self, phase: str, placed: int, objective: int | None, bound: int | None) -> None:
        """Say how far the search is."""
        if self._progress is not None:
            self._progress(
                {
                    "phase": phase,
                    "placed": placed,
                    "objective": objective,
                    "bound": bound,
                    "seconds": round(self.spent, 3),
                }
            )

    def run(
        self, model: cp_model.CpModel, *, effort: float, seed: int, workers: int = 1, share: float = 1.0
    ) -> Found:
        """Solve within `effort` (CP-SAT's deterministic seconds, so that the same comes out every time) and,
        as an outer guard, within `share` of the time that is left."""
        from ortools.sat.python import cp_model

        solver = cp_model.CpSolver()
        parameters = solver.parameters
        parameters.num_workers = workers
        parameters.interleave_search = workers > 1
        parameters.random_seed = seed
        parameters.linearization_level = 2  # the linear relaxation is what proves and leads here
        parameters.max_deterministic_time = effort
        parameters.max_time_in_seconds = max(0.01, self.left * share)
        with self._looking_after(solver):
            status = solver.solve(model)
        proven = status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
        if not proven and not self.is_over() and solver.response_proto.deterministic_time < 0.98 * effort:
            self._was_cut = True
        return Found(solver, status in (cp_model.OPTIMAL, cp_model.FEASIBLE), proven)

    def _looking_after(self, solver: cp_model.CpSolver) -> _Looking:
        return _Looking(self._cancelled, solver)


class _Looking:
    """Stops a solver soon after somebody has canceled."""

    def __init__(self, cancelled: Callable[[], bool] | None, solver: cp_model.CpSolver) -> None:
        self._cancelled, self._solver = cancelled, solver
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._done.wait(_ASK_EVERY):
            if self._cancelled is not None and self._cancelled():
                self._solver.stop_search()
                return

    def __enter__(self) -> None:
        if self._cancelled is not None:
            self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        if self._cancelled is not None:
            self._thread.join()
