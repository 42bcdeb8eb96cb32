"""The judge's pages: rounds, the list of a round, one screen per entry."""

from __future__ import annotations

import secrets
from typing import cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.models import Person, Role
from competition.models import Document, DocumentKind
from core import files
from core.access import SIGNED_IN, access, person
from core.db import db
from core.errors import BadInput, Conflict, NotFound, Problem
from core.forms import seen_version
from core.languages import current_language
from judging.forms.judge import MARK, RecuseForm, marks_sent
from judging.loaders import Desk
from judging.models import ScoreSheet, SheetState
from judging.operations import recusals, sheets
from judging.operations.sheets import AtHand
from judging.policy import assigned_judge
from judging.queries import judge as queries
from judging.queries.head_judge import open_second_look, rounds_to_lead
from judging.queries.pledges import has_pledged
from judging.queries.wishes import editions_to_wish_in
from judging.rubrics import Weighing, shown_bands

bp = Blueprint("judge", __name__, url_prefix="/<lang:lang>/j")

SHOWN_DOCUMENTS = (DocumentKind.PITCH_DECK, DocumentKind.BUSINESS_PLAN)
_SHEET = "/<edition_slug>/<round_slug>/<sheet>"


@bp.get("")
@access(SIGNED_IN)
def rounds() -> str:
    """The rounds in which the signed-in person judges, or leads the panel."""
    led = [
        one.scope_id for one in _me().grants if one.role == Role.HEAD_JUDGE and one.scope_kind == "edition"
    ]
    wishing = editions_to_wish_in(_me().id)
    return render_template(
        "judge/rounds.html",
        rounds=queries.rounds_of(_me().id),
        led=rounds_to_lead(sorted(led)),
        wishing=wishing,
    )


@bp.get("/<edition_slug>/<desk>")
@access(SIGNED_IN)
def entries(desk: Desk, **_url: str) -> str:
    """The entries of a round that are the signed-in judge's."""
    found = queries.sheets_of(desk.judge_id, desk.round_id, desk.rule)
    rows = found.rows
    return render_template(
        "judge/entries.html",
        edition=desk.edition,
        round=desk.round,
        rows=rows,
        submitted=sum(row.state == "locked" for row in rows),
        whole=sum(row.state in ("assigned", "scoring", "locked") for row in rows),
        pledged=desk.pledged,
        own=found.distribution(
            lang=current_language(), high_is_better=desk.rule.get("direction", "high") == "high"
        ),
        samples=desk.samples,
        samples_done=desk.samples_done,
        leads=_me().holds(Role.HEAD_JUDGE, "edition", desk.edition_id),
        window=sheets.window_of(desk.round.scoring_opens_at, desk.round.scoring_closes_at),
        prefix=url_for("judge.entries", edition_slug=desk.edition.slug, desk=desk.round.slug),
    )


@bp.route(_SHEET, methods=["GET", "POST"])
@access(assigned_judge, hidden=True, once=True)
def sheet(sheet: ScoreSheet, **_url: str) -> Response:
    """One entry: what is judged beside what is asked. Sending the form saves, or saves and submits."""
    if not has_pledged(sheet.judge):
        return _to_pledge(sheet)
    problem: Problem | None = None
    if request.method == "POST":
        try:
            return _save(sheet)
        except (BadInput, Conflict) as error:
            db.session.rollback()
            problem = error
    response = make_response(_show(sheet, problem))
    response.status_code = problem.status if problem else 200
    return response


def _save(sheet: ScoreSheet) -> Response:
    criteria = sheets.criteria_of(AtHand.of(sheet))
    marks = marks_sent(request.form, [one.key for one in criteria])
    before = {one.key: None if one.steps is None else one.scale.text(one.steps) for one in criteria}
    texts = {name: request.form.get(name, "") for name in ("comment", "private_note")}
    if marks != before or any(text.strip() != getattr(sheet, name) for name, text in texts.items()):
        saved = sheets.save_marks(
            sheet=sheet,
            seen=seen_version(),
            op_id=f"form-{request.form['once_key']}",
            marks=marks,
            who=_me(),
            **texts,
        )
        seen = saved.version
    else:
        seen = seen_version()
    if request.form.get("act") != "submit":
        flash(_("Saved, but not submitted yet."), "good")
        return cast("Response", redirect(_address(sheet), 303))
    sheets.submit_sheet(sheet=sheet, seen=seen, who=_me())
    following = queries.place_of(sheet).open_after
    title = sheet.entry.title.pick(_me().language).text
    if not following:
        flash(_("“%(title)s” is submitted. That was the last one: thank you.", title=title), "good")
        return cast("Response", redirect(_list_address(sheet), 303))
    flash(_("“%(title)s” is submitted. Here is the next entry.", title=title), "good")
    return cast("Response", redirect(_address(sheet, following), 303))


def _show(sheet: ScoreSheet, problem: Problem | None) -> str:
    me = _me()
    place = queries.place_of(sheet)
    at_hand = AtHand.of(sheet)
    state = {one.key: one for one in sheets.criteria_of(at_hand)}
    typed = request.form if problem else None
    fields = problem.fields if problem else {}
    criteria = []
    for row in queries.criteria_of(sheet.round_id):
        scale, steps = row.scale, state[row.key].steps
        stored = "" if steps is None else scale.text(steps)
        criteria.append(
            {
                "row": row,
                "scale": scale,
                "field": MARK + row.key,
                "stored": stored,
                "value": typed.get(MARK + row.key, "") if typed else stored,
                "error": fields.get(f"marks.{row.key}", ""),
                "bands": shown_bands(scale, row.bands),
            }
        )
    documents = _documents(sheet)
    return render_template(
        "judge/sheet.html",
        sheet=sheet,
        entry=sheet.entry,
        round=sheet.round,
        edition=sheet.round.edition,
        me=me,
        criteria=criteria,
        weighing=Weighing.of(sheet.round.rule or {}),
        total=sheets.stored_json(at_hand, list(state.values()))["total"],
        texts={
            name: typed.get(name, "") if typed else getattr(sheet, name)
            for name in ("comment", "private_note")
        },
        problem=problem,
        place=place,
        documents=documents,
        second_look=open_second_look(sheet) if sheet.state is SheetState.OPEN and sheet.reason else None,
        window=sheets.scoring_window(sheet.round),
        writable=sheet.state is SheetState.OPEN
        and sheets.scoring_window(sheet.round) == "open"
        and bool(criteria)
        and place.number > 0,
        once_key=secrets.token_urlsafe(24),
        here=_address(sheet),
        list_url=_list_address(sheet),
    )


@bp.route(f"{_SHEET}/recuse", methods=["GET", "POST"])
@access(assigned_judge, hidden=True, once=True)
def recuse(sheet: ScoreSheet, **_url: str) -> Response:
    """Step back from one entry, with a reason."""
    form = RecuseForm(version=sheet.version)
    status = 200
    if form.validate_on_submit():
        try:
            recusals.recuse(sheet=sheet, reason=form.reason.data, seen=seen_version(form), who=_me())
        except (BadInput, Conflict) as problem:
            db.session.rollback()
            form.add_problem(problem)
            status = problem.status
        else:
            flash(_("You have stepped back from this entry. The organizers are told."), "good")
            return cast("Response", redirect(_list_address(sheet), 303))
    elif request.method == "POST":
        status = 422
    page = render_template(
        "judge/recuse.html",
        form=form,
        sheet=sheet,
        entry=sheet.entry,
        edition=sheet.round.edition,
        here=_address(sheet),
    )
    return make_response(page, status)


@bp.get(f"{_SHEET}/files/<kind>")
@access(assigned_judge, hidden=True)
def document(sheet: ScoreSheet, kind: str, **_url: str) -> Response:
    """A document of the entry, shown inside the page; closed to a judge who has stepped back."""
    if not has_pledged(sheet.judge):
        return _to_pledge(sheet)
    found = next((row for row in _documents(sheet) if row.kind.value == kind), None)
    if found is None:
        raise NotFound
    return files.respond(found.file, inline=True)


def _to_pledge(sheet: ScoreSheet) -> Response:
    """Sheets and documents are closed until the judges' pledge is signed; then one comes back here."""
    target = url_for("judge_own.pledge", own_judge=sheet.round.edition.slug, next=_address(sheet))
    return cast("Response", redirect(target, 303))


def _documents(sheet: ScoreSheet) -> list[Document]:
    if sheet.state is SheetState.RECUSED:
        return []
    kinds = {row.kind: row for row in sheet.entry.documents}
    return [kinds[kind] for kind in SHOWN_DOCUMENTS if kind in kinds]


def _address(sheet: ScoreSheet, entry_key: str = "") -> str:
    return url_for(
        "judge.sheet",
        edition_slug=sheet.round.edition.slug,
        round_slug=sheet.round.slug,
        sheet=entry_key or sheet.entry.key,
    )


def _list_address(sheet: ScoreSheet) -> str:
    return url_for("judge.entries", edition_slug=sheet.round.edition.slug, desk=sheet.round.slug)


def _me() -> Person:
    return cast("Person", person())
