"""What can be wrong with an agenda to plan and why there may be no plan: codes and parameters for
translators, English sentences for files.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.quoting import quoted

MOST_NAMED = 12  # names that a sentence lists; `objects` holds all

PROBLEMS = {
    "empty": "must not be empty",
    "duplicate_id": "%(name)s stands in it twice",
    "unknown": "%(name)s is not among the %(where)s",
    "out_of_range": "%(name)s: must be a whole number from %(least)s to %(most)s, not %(found)s",
    "ends_early": "%(name)s: ends before it starts",
}


class AgendaError(ValueError):
    """A problem that can't be posed.

    `field` is the part of `Problem`, `code` a key of PROBLEMS, `params` fill it; str() is the sentence.
    """

    def __init__(self, field: str, code: str, **params: object) -> None:
        self.field = field
        self.code = code
        self.params = {
            name: quoted(value) if name == "name" else str(value) for name, value in params.items()
        }
        super().__init__(f"{field}: {PROBLEMS[code] % self.params}")


class SolverMissing(ImportError):
    """The solver isn't installed; `packages` says what would do."""

    def __init__(self, *packages: str) -> None:
        self.packages = packages
        super().__init__(f"this needs {' or '.join(packages)}: pip install {packages[0]}")


def named(names: Sequence[str]) -> str:
    """Names as a sentence lists them, a dozen at most."""
    shown = ", ".join(quoted(name) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
