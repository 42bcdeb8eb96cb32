"""Who wins: rubrics, panels, score sheets, ranking, results and their publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room's tables, addresses and commands."""
    from judging import demo, jobs, loaders, menus, models, result_panels  # noqa: F401
    from judging.cli import commands
    from judging.operations import judge_invitations
    from judging.thresholds import thresholds_from
    from judging.views import (
        adjustments_office,
        assignment,
        diagnosis,
        feedback,
        head_judge,
        judge,
        judge_own,
        judge_samples,
        panel,
        public,
        results,
        results_api,
        results_office,
        samples_office,
        sheet_api,
        terms_office,
        what_if,
    )

    thresholds_from(app.config["SETTINGS"].DIAGNOSIS_THRESHOLDS)  # a wrong one stops the start
    demo.register()
    judge_invitations.register()
    menus.register()
    result_panels.register()
    assert assignment.bp is panel.bp  # the pages of an assignment are the panel's
    assert diagnosis.bp is results_office.bp  # and those of a diagnosis stand beside the result
    for view in (
        *(judge, panel, public, results, results_api, results_office, sheet_api),
        *(adjustments_office, feedback, what_if),
        *(head_judge, judge_own, judge_samples, samples_office, terms_office),
    ):
        app.register_blueprint(view.bp)
    for command in commands:
        app.cli.add_command(command)
