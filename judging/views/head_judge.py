"""The head judge's pages: how a round stands, what the panel says, and a second look asked of one judge.

What is seen here before the result is seen by nobody else but the organizers; the first look is written down.
"""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from competition.models import Edition, Entry, Round
from core.access import access
from core.errors import NotFound
from core.form_pages import form_page
from core.forms import seen_version
from core.text import fold
from judging.forms.panel import ReasonForm
from judging.forms.panel_notes import NoteForm
from judging.models import Judge, SheetState
from judging.operations import panel_notes, sheets
from judging.policy import head_judge
from judging.queries import head_judge as queries
from judging.queries import office
from judging.views.shared import me, standings_seen

bp = Blueprint("head_judge", __name__, url_prefix="/<lang:lang>/j/<edition>/<round>/panel")


@bp.get("")
@access(head_judge, hidden=True)
def overview(edition: Edition, round: Round) -> str:
    """Every entry with all submitted totals and how far they are apart."""
    standings_seen(round)
    limit = _limit()
    panel = queries.panel_of(round, judges=queries.as_judges(edition, me().id))
    return render_template(
        "judge/panel.html",
        edition=edition,
        round=round,
        panel=panel,
        limit=limit,
        apart=[line for line in panel.lines if panel.far_apart(line, limit)],
        window=sheets.scoring_window(round),
    )


@bp.route("/<entry>", methods=["GET", "POST"])
@access(head_judge, hidden=True, once=True)
def about(edition: Edition, round: Round, entry: Entry) -> Response:
    """One entry: totals by judge and criterion, and the panel's notes; sending the form adds one."""
    if request.method == "GET":
        standings_seen(round)
    panel = queries.panel_of(round, judges=queries.as_judges(edition, me().id), entry=entry)
    if not panel.lines:
        raise NotFound
    form = NoteForm()
    line, limit = panel.lines[0], _limit()

    def act() -> Response:
        panel_notes.write_note(round=round, entry=entry, text=form.text.data or "", who=me())
        flash(_("The note is written."), "good")
        return _to("about", edition, round, entry=entry.key)

    return form_page(
        form,
        act,
        "judge/panel_entry.html",
        edition=edition,
        round=round,
        entry=entry,
        panel=panel,
        line=line,
        far_apart=panel.far_apart(line, limit),
        limit=limit,
        notes=queries.notes_of(round, entry),
        window=sheets.scoring_window(round),
    )


@bp.route("/<entry>/judges/<judge>/second-look", methods=["GET", "POST"])
@access(head_judge, hidden=True, once=True)
def second_look(edition: Edition, round: Round, entry: Entry, judge: Judge) -> Response:
    """Ask one judge to look at her submitted sheet again, with a reason."""
    sheet = office.sheet_for(round, judge, entry)
    own = queries.as_judges(edition, me().id)
    if sheet is None or sheet.state is SheetState.RECUSED or queries.is_barred(round, own, entry):
        raise NotFound
    form = ReasonForm(version=sheet.version)

    def act() -> Response:
        panel_notes.ask_second_look(
            sheet=sheet, reason=form.reason.data or "", seen=seen_version(form), who=me()
        )
        flash(_("%(name)s is asked to look at the sheet again.", name=judge.name), "good")
        return _to("about", edition, round, entry=entry.key)

    return form_page(
        form,
        act,
        "judge/second_look.html",
        edition=edition,
        round=round,
        entry=entry,
        judge=judge,
        sheet=sheet,
        window=sheets.scoring_window(round),
    )


def _limit() -> int:
    """Percent of the full mark, out of the address; the usual one for anything but 1 to 100."""
    asked = fold(request.args.get("limit", "")[:10])
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 3 else 0
    return number if 1 <= number <= 100 else queries.DEFAULT_LIMIT


def _to(view: str, edition: Edition, round: Round, **values: Any) -> Response:
    target = url_for(f"head_judge.{view}", edition=edition.slug, round=round.slug, **values)
    return cast("Response", redirect(target, 303))
