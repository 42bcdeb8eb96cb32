"""What the diagnostics of a panel are given beside ratings, and what they report; also as JSON.

Figures in points count in favor of the entry, in either direction of marks; severity is positive for a strict
judge. What the data don't allow is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

from judging.diagnostic_flags import Flag
from judging.judge_pairs import AlikePair, IdenticalRows
from judging.mixed_effects import Effect
from judging.reliability import Separation, figure


@dataclass(frozen=True, slots=True)
class Belonging:
    """Which school, or which country, judges and subjects belong to, by name; who has none is absent."""

    judges: Mapping[str, str]
    subjects: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edit:
    """A judge changed what was given to a subject.

    `at`, and `standings_visible`: since when the judge could see where subjects stand (None: not yet); both
    with zone. `points`: by how much the judge's total changed.
    """

    judge: str
    subject: str
    at: datetime
    standings_visible: datetime | None
    points: float

    @property
    def late(self) -> bool:
        return self.standings_visible is not None and self.at > self.standings_visible


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """One judge beside the panel.

    `severity` with its 95 % interval and p (Holm) that it is none, in points; `discrimination` 1 as the
    panel; `spread_ratio`: standard deviation of ratings beside the panel's median; `common_mark`: the mark
    given most often and its share; `level`: the mean's place on the scale, 0 worst, 1 best; `halo`: mean
    correlation between criteria, `halo_others` that of the others, `sheet_ratio` how far marks on one sheet
    differ beside the panel's median; `agreement`: rank correlation with the others' mean; `drift`: points per
    entry in the order of judging; `own_school`, `own_country`: points more for one's own.
    """

    judge: str
    n: int
    mean: float
    spread: float | None
    spread_ratio: float | None
    severity: float | None
    severity_low: float | None
    severity_high: float | None
    severity_p: float | None
    infit: float | None
    infit_p: float | None
    outfit: float | None
    discrimination: float | None
    discrimination_p: float | None
    common_mark: float | None
    common_share: float | None
    level: float | None
    halo: float | None
    halo_others: float | None
    sheet_ratio: float | None
    agreement: float | None
    drift: Effect | None
    own_school: Effect | None
    own_country: Effect | None
    late_edits: int
    flags: tuple[Flag, ...]

    def to_json(self) -> dict[str, Any]:
        return _json(self)


@dataclass(frozen=True, slots=True)
class SubjectReport:
    """How far judges disagree about a subject: range in points, largest deleted |z| and whose it is."""

    subject: str
    n: int
    range: float
    largest_z: float | None
    judge: str | None
    flags: tuple[Flag, ...]

    def to_json(self) -> dict[str, Any]:
        return _json(self)


@dataclass(frozen=True, slots=True)
class CriterionReport:
    """How a criterion works: interval alpha, correlation with the sum of the others, mean and deviation."""

    criterion: str
    mean: float
    spread: float | None
    alpha: float | None
    rest_correlation: float | None
    flags: tuple[Flag, ...]

    def to_json(self) -> dict[str, Any]:
        return _json(self)


@dataclass(frozen=True, slots=True)
class PanelReport:
    """The whole panel. `drift`, `own_school`, `own_country`: over all judges together.

    `unseen`: codes of what could not be looked at: `no_model`, `no_order`, `no_schools`, `no_countries`,
    `no_edits`, `no_scale`, `one_criterion`.
    """

    judges: tuple[JudgeReport, ...]
    subjects: tuple[SubjectReport, ...]
    criteria: tuple[CriterionReport, ...]
    alike: tuple[AlikePair, ...]
    identical: tuple[IdenticalRows, ...]
    drift: Effect | None
    own_school: Effect | None
    own_country: Effect | None
    judge_separation: Separation | None
    subject_separation: Separation | None
    flags: tuple[Flag, ...]
    unseen: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return _json(self)


def _json(report: Any) -> Any:
    """A report as JSON: objects and lists; numbers without the noise of their last bits."""
    if hasattr(report, "to_json") and not isinstance(report, _REPORTS):
        return report.to_json()
    if is_dataclass(report):
        return {part.name: _json(getattr(report, part.name)) for part in fields(report)}
    if isinstance(report, tuple):
        return [_json(part) for part in report]
    return figure(report) if isinstance(report, float) else report


_REPORTS = (JudgeReport, SubjectReport, CriterionReport, PanelReport)
