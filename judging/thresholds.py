"""From where on a diagnosis speaks up: the packaged thresholds, with what the installation sets otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from judging.diagnostic_flags import Thresholds


@dataclass(frozen=True, slots=True)
class LineBounds:
    """Probabilities of the right order from which a line is `clear`, and below which it is a `toss_up`."""

    clear: float = 0.95
    toss_up: float = 0.8


@dataclass(frozen=True, slots=True)
class DiagnosisThresholds:
    """Of the flags about judges, entries and criteria, and of prize lines."""

    flags: Thresholds = field(default_factory=Thresholds)
    lines: LineBounds = field(default_factory=LineBounds)


def thresholds_from(given: Mapping[str, float]) -> DiagnosisThresholds:
    """The packaged ones but for those `given` by name. Raises ValueError that names an unknown one."""
    flags, lines = Thresholds(), LineBounds()
    whole = {part.name for part in fields(Thresholds) if isinstance(getattr(flags, part.name), int)}
    of_flags = {part.name for part in fields(Thresholds)}
    of_lines = {part.name for part in fields(LineBounds)}
    if unknown := sorted(set(given) - of_flags - of_lines):
        known = ", ".join(sorted(of_flags | of_lines))
        raise ValueError(f"DIAGNOSIS_THRESHOLDS: there is no threshold {unknown[0]!r}; known: {known}")
    of_kind: dict[str, Any] = {
        name: int(value) if name in whole else value for name, value in given.items() if name in of_flags
    }
    return DiagnosisThresholds(
        replace(flags, **of_kind),
        replace(lines, **{name: value for name, value in given.items() if name in of_lines}),
    )
