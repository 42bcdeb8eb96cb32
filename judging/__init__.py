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
    from judging.views import (
        assignment,
        diagnosis,
        judge,
        panel,
        public,
        results,
        results_api,
        results_office,
        sheet_api,
    )

    demo.register()
    judge_invitations.register()
    menus.register()
    result_panels.register()
    assert assignment.bp is panel.bp  # the pages of an assignment are the panel's
    assert diagnosis.bp is results_office.bp  # and those of a diagnosis stand beside the result
    for view in (judge, panel, public, results, results_api, results_office, sheet_api):
        app.register_blueprint(view.bp)
    for command in commands:
        app.cli.add_command(command)
