"""Which figures of a judge, or of the whole panel, ask a person to look; see judging/diagnostic_flags.py."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from judging.diagnostic_flags import Flag, Thresholds
from judging.judge_figures import PanelModel
from judging.mixed_effects import Effect
from judging.panel_reports import JudgeReport


def judge_flags(
    report: JudgeReport, limits: Thresholds, model: PanelModel | None, panel_share: float, marks: int
) -> Iterator[Flag]:
    """The flags of one judge. `panel_share`: of the panel's commonest mark; `marks`: how many the judge
    gave.
    """

    def flag(code: str, threshold: str = "", **figures: float | None) -> Flag:
        known = {name: value for name, value in figures.items() if value is not None}
        return Flag(code, "judge", (report.judge,), known, threshold)

    severity, p = report.severity, report.severity_p
    far = limits.severity_spreads * math.sqrt(model.judge) if model else math.inf
    if severity is not None and p is not None and abs(severity) > far and p < limits.severity_p:
        yield flag("strict" if severity > 0 else "lenient", "severity_spreads", severity=severity, p=p)
    if report.infit is not None and report.infit_p is not None and report.infit_p < limits.p:
        if report.infit > limits.misfit_high:
            yield flag("erratic", "misfit_high", infit=report.infit, p=report.infit_p)
        if report.infit < limits.misfit_low:
            yield flag("muted", "misfit_low", infit=report.infit, p=report.infit_p)
    if report.n >= limits.least_ratings:
        yield from _of_enough_ratings(report, limits, flag)
    share = report.common_share
    usual = max(limits.straight_lining, 2 * panel_share)
    if share is not None and marks >= 2 * limits.least_ratings and share > usual:
        yield flag("straight_lining", "straight_lining", share=share, mark=report.common_mark)
    for code, effect in (("own_school", report.own_school), ("own_country", report.own_country)):
        if effect is not None and effect.value > 0 and effect.p < limits.p:
            yield flag(code, "p", effect=effect.value, p=effect.p, n=effect.n)
    if report.drift is not None and report.drift.p < limits.p:
        yield flag("drift", "p", slope=report.drift.value, p=report.drift.p)
    if report.late_edits:
        yield flag("late_edits", count=report.late_edits)


def _of_enough_ratings(report: JudgeReport, limits: Thresholds, flag: Callable[..., Flag]) -> Iterator[Flag]:
    """Those that say nothing about a judge of few entries."""
    slope, p = report.discrimination, report.discrimination_p
    if slope is not None and p is not None and p < limits.p:
        if slope < limits.weak_discrimination:
            yield flag("weak_discrimination", "weak_discrimination", discrimination=slope, p=p)
        if slope > limits.extreme_discrimination:
            yield flag("extreme_discrimination", "extreme_discrimination", discrimination=slope, p=p)
    if report.spread_ratio is not None and report.spread_ratio < limits.restricted_range:
        yield flag("restricted_range", "restricted_range", ratio=report.spread_ratio)
    if report.level is not None and report.level > limits.lenient_level:
        yield flag("lenient_level", "lenient_level", level=report.level)
    if report.level is not None and report.level < limits.strict_level:
        yield flag("strict_level", "strict_level", level=report.level)
    own, others = report.halo, report.halo_others
    if own is not None and others is not None and own - others > limits.halo:
        yield flag("halo", "halo", correlation=own, others=others)
    if report.sheet_ratio is not None and report.sheet_ratio < limits.even_sheets:
        yield flag("even_sheets", "even_sheets", ratio=report.sheet_ratio)
    if report.agreement is not None and report.agreement < limits.disagreement:
        yield flag("disagreement", "disagreement", agreement=report.agreement)


def panel_flags(
    drift: Effect | None, own_school: Effect | None, own_country: Effect | None, limits: Thresholds
) -> Iterator[Flag]:
    """The flags of all judges together."""
    if drift is not None and drift.p < limits.p:
        yield Flag("drift", "panel", (), {"slope": drift.value, "p": drift.p}, "p")
    for code, effect in (("own_school", own_school), ("own_country", own_country)):
        if effect is not None and effect.value > 0 and effect.p < limits.p:
            yield Flag(code, "panel", (), {"effect": effect.value, "p": effect.p, "n": effect.n}, "p")
