"""The organizers' side of judging: judges, rubric and rule, assignment, progress. States and counts,
never marks."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from accounts.invitations import invitation_url
from accounts.qr import qr_svg
from competition.models import Edition, Entry, Round
from competition.policy import organizer, organizer_or_auditor
from core.access import access, person
from core.db import db
from core.errors import Conflict, NotFound
from core.form_pages import form_page
from core.forms import seen_version
from core.languages import current_language
from judging.forms.judges import judge_form
from judging.forms.panel import (
    ActForm,
    AssignForm,
    CriterionForm,
    PresetForm,
    ReasonForm,
    RecuseForForm,
    ReplaceForm,
)
from judging.forms.panel_notes import NoteForm
from judging.forms.rule import RuleForm, name_of
from judging.models import Criterion, Judge, RecusalKind, Rubric
from judging.operations import judge_invitations, panel, panel_notes, recusals, rubrics, sheets
from judging.queries import office
from judging.queries.assignment import open_proposal
from judging.queries.carried import earlier_rounds
from judging.queries.conflicts import conflicts_of
from judging.queries.head_judge import notes_of
from judging.queries.pledges import signatures, terms_of
from judging.rubrics import presets, shown_bands
from judging.views.public import rule_in_words
from judging.views.shared import me

bp = Blueprint("judging_office", __name__, url_prefix="/<lang:lang>/o/<edition>/judging")

ROUND = "/rounds/<round>"


@bp.get("")
@access(organizer_or_auditor)
def overview(edition: Edition) -> str:
    """All rounds: what is set up, how far scoring is."""
    return render_template(
        "judging_office/panel_overview.html", edition=edition, lines=office.round_lines(edition)
    )


# ---- Judges


@bp.get("/judges")
@access(organizer_or_auditor)
def judges(edition: Edition) -> str:
    found = office.judges_of(edition)
    terms = terms_of(edition)
    return render_template(
        "judging_office/panel.html",
        edition=edition,
        judges=found,
        signed={one.judge.id for one in signatures(edition, terms) if one.pledge} if terms else None,
        loads=office.loads_of(edition),
        act=ActForm(),
        writable=may_write(edition),
    )


@bp.route("/judges/new", methods=["GET", "POST"])
@access(organizer, once=True)
def new_judge(edition: Edition) -> Response:
    form = judge_form(edition)

    def act() -> Response:
        judge = panel.add_judge(edition=edition, who=me(), **form.values())
        flash(_("%(name)s is on the panel. Now send or hand over the invitation.", name=judge.name), "good")
        return to_page("judge", edition, judge=judge.key)

    return form_page(form, act, "judging_office/panel_judge.html", edition=edition, judge=None)


@bp.route("/judges/<judge>", methods=["GET", "POST"])
@access(organizer, once=True)
def judge(edition: Edition, judge: Judge) -> Response:
    form = judge_form(edition, judge)

    def act() -> Response:
        panel.change_judge(judge=judge, seen=seen_version(form), who=me(), **form.values())
        flash(_("Saved."), "good")
        return to_page("judge", edition, judge=judge.key)

    return form_page(
        form, act, "judging_office/panel_judge.html", edition=edition, judge=judge, act_form=ActForm()
    )


@bp.post("/judges/<judge>/invite")
@access(organizer)
def invite(edition: Edition, judge: Judge) -> Response:
    """Make a link and show it, this once: it is stored nowhere, so a repeated send makes a new one (or
    is stale)."""
    form = ActForm()
    form.check()
    token = judge_invitations.invite_judge(judge=judge, seen=seen_version(form), who=me())
    language = judge.invitation.language if judge.invitation else current_language()
    link = invitation_url(token, language)
    return make_response(
        render_template(
            "judging_office/panel_link.html", edition=edition, judge=judge, link=link, qr=qr_svg(link)
        )
    )


@bp.post("/judges/<judge>/revoke")
@access(organizer, once=True)
def revoke(edition: Edition, judge: Judge) -> Response:
    form = ActForm()
    form.check()
    judge_invitations.revoke_judge_invitation(judge=judge, seen=seen_version(form), who=me())
    flash(_("The link of %(name)s is worth nothing now.", name=judge.name), "good")
    return to_page("judge", edition, judge=judge.key)


@bp.route("/judges/<judge>/retire", methods=["GET", "POST"])
@access(organizer, once=True)
def retire(edition: Edition, judge: Judge) -> Response:
    form = ReasonForm(version=judge.version)

    def act() -> Response:
        panel.retire_judge(judge=judge, reason=form.reason.data or "", seen=seen_version(form), who=me())
        flash(_("%(name)s no longer judges.", name=judge.name), "good")
        return to_page("judges", edition)

    return form_page(form, act, "judging_office/panel_retire.html", edition=edition, judge=judge)


# ---- Rubric and rule


@bp.get(f"{ROUND}/rubric")
@access(organizer_or_auditor)
def rubric(edition: Edition, round: Round) -> str:
    found = rubrics.rubric_of(round)
    return render_template(
        "judging_office/rubric.html",
        edition=edition,
        round=round,
        rubric=found,
        rule=rule_in_words(found, edition.rounds) if found and found.criteria else [],
        preset=presets().get(found.preset) if found else None,
        shown_bands=shown_bands,
        act=ActForm(version=found.version if found else None),
        writable=may_write(edition) and not (found and found.locked_at),
    )


@bp.route(f"{ROUND}/rubric/preset", methods=["GET", "POST"])
@access(organizer, once=True)
def preset(edition: Edition, round: Round) -> Response:
    found = rubrics.rubric_of(round)
    form = PresetForm(version=found.version if found else 0)
    form.preset.choices = [(one.id, one.contest.pick(current_language()).text) for one in presets().values()]

    def act() -> Response:
        seen = seen_version(form)
        rubrics.make_rubric(round=round, preset=form.preset.data, seen=seen if found else None, who=me())
        flash(_("The criteria of the preset stand. Everything can still be changed."), "good")
        return to_page("rubric", edition, round=round.slug)

    return form_page(
        form,
        act,
        "judging_office/rubric_presets.html",
        edition=edition,
        round=round,
        rubric=found,
        presets=presets(),
    )


@bp.route(f"{ROUND}/rubric/criteria/new", methods=["GET", "POST"])
@access(organizer, once=True)
def new_criterion(edition: Edition, round: Round) -> Response:
    found = rubrics.rubric_of(round)
    return _criterion_page(edition, round, found, None)


@bp.route(f"{ROUND}/rubric/criteria/<int:number>", methods=["GET", "POST"])
@access(organizer, once=True)
def criterion(edition: Edition, round: Round, number: int) -> Response:
    found, row = _criterion(round, number)
    return _criterion_page(edition, round, found, row)


def _criterion_page(edition: Edition, round: Round, found: Rubric | None, row: Criterion | None) -> Response:
    form = CriterionForm.showing(row, found.version if found else 0)

    def act() -> Response:
        seen = seen_version(form)
        if found is None:
            rubrics.make_rubric(round=round, criteria=[form.spec], who=me())
        else:
            rubrics.save_criterion(rubric=found, spec=form.spec, criterion=row, seen=seen, who=me())
        flash(_("Saved."), "good")
        return to_page("rubric", edition, round=round.slug)

    return form_page(
        form, act, "judging_office/rubric_criterion.html", edition=edition, round=round, criterion=row
    )


@bp.post(f"{ROUND}/rubric/criteria/<int:number>/remove")
@access(organizer, once=True)
def remove_criterion(edition: Edition, round: Round, number: int) -> Response:
    form = ActForm()
    form.check()
    found, row = _criterion(round, number)
    rubrics.remove_criterion(rubric=found, criterion=row, seen=seen_version(form), who=me())
    flash(_("The criterion is gone."), "good")
    return to_page("rubric", edition, round=round.slug)


@bp.post(f"{ROUND}/rubric/criteria/<int:number>/up")
@access(organizer, once=True)
def raise_criterion(edition: Edition, round: Round, number: int) -> Response:
    form = ActForm()
    form.check()
    found, row = _criterion(round, number)
    rubrics.move_criterion(rubric=found, criterion=row, by=-1, seen=seen_version(form), who=me())
    return to_page("rubric", edition, round=round.slug)


@bp.route(f"{ROUND}/rule", methods=["GET", "POST"])
@access(organizer, once=True)
def rule(edition: Edition, round: Round) -> Response:
    found = rubrics.rubric_of(round)
    form = RuleForm(
        criteria=found.criteria if found else (),
        rule=round.rule or {},
        earlier=earlier_rounds(round),
        version=round.version,
    )

    def act() -> Response:
        rubrics.set_rule(round=round, rule=form.rule, seen=seen_version(form), who=me())
        flash(_("The rule stands."), "good")
        return to_page("rubric", edition, round=round.slug)

    return form_page(
        form,
        act,
        "judging_office/rubric_rule.html",
        edition=edition,
        round=round,
        rubric=found,
        name_of=name_of,
    )


# ---- Assignment


@bp.get(f"{ROUND}/assignment")
@access(organizer_or_auditor)
def assignment(edition: Edition, round: Round) -> str:
    """Who judges what now, and what is to be done about it."""
    lines = office.entry_lines(round)
    waiting, untold = office.still_to_do(round)
    return render_template(
        "judging_office/assignment.html",
        edition=edition,
        round=round,
        act=ActForm(),
        lines=lines,
        proposal=open_proposal(round),
        short=[line for line in lines if line.counting < round.judges_per_entry],
        waiting=waiting,
        untold=untold,
        writable=may_write(edition),
        prefix=url_for("judging_office.assignment", edition=edition.slug, round=round.slug).removesuffix(
            "/assignment"
        ),
    )


@bp.post(f"{ROUND}/assignment/enter")
@access(organizer, once=True)
def enter(edition: Edition, round: Round) -> Response:
    """Put all accepted entries that are not in the round yet into it."""
    ActForm().check()
    count = panel.enter_round(round=round, entries=office.waiting_entries(round), who=me())
    flash(ngettext("One entry takes part now.", "%(num)d more entries take part now.", count), "good")
    return to_page("assignment", edition, round=round.slug)


@bp.post(f"{ROUND}/assignment/tell")
@access(organizer, once=True)
def tell(edition: Edition, round: Round) -> Response:
    """Tell the judges what they have to score."""
    ActForm().check()
    count = panel.tell_judges(round=round, who=me())
    flash(ngettext("One judge is told.", "%(num)d judges are told.", count), "good")
    return to_page("assignment", edition, round=round.slug)


@bp.get(f"{ROUND}/entries/<entry>")
@access(organizer_or_auditor)
def entry(edition: Edition, round: Round, entry: Entry) -> str:
    """One entry's sheets: who judges it, who could, and who may not."""
    return _entry_page(edition, round, entry, AssignForm())


def _entry_page(
    edition: Edition, round: Round, entry: Entry, form: AssignForm, note: NoteForm | None = None
) -> str:
    found = office.judges_of(edition)
    lines = [line for line in office.entry_lines(round) if line.id == entry.id]
    if not lines:
        raise NotFound
    taken = {cell.judge_id for cell in lines[0].cells}
    free = [judge for judge in found if judge.id not in taken and judge.retired_at is None]
    conflicts = conflicts_of(edition.id, free, [entry])
    form.judge.choices = [(judge.key, judge.name) for judge in free if (judge.id, entry.id) not in conflicts]
    form.entry.choices = [(entry.key, "")]
    return render_template(
        "judging_office/assignment_entry.html",
        edition=edition,
        round=round,
        entry=entry,
        line=lines[0],
        barred=[
            (judge, panel.CONFLICTS[conflicts[judge.id, entry.id]])
            for judge in free
            if (judge.id, entry.id) in conflicts
        ],
        form=form,
        note_form=note or NoteForm(formdata=None),
        notes=notes_of(round, entry),
        act=ActForm(),
        writable=may_write(edition),
    )


@bp.post(f"{ROUND}/entries/<entry>/notes")
@access(organizer, once=True)
def write_note(edition: Edition, round: Round, entry: Entry) -> Response:
    """A note for the head judge and the other organizers."""
    form = NoteForm()
    if form.validate():
        panel_notes.write_note(round=round, entry=entry, text=form.text.data or "", who=me())
        flash(_("The note is written."), "good")
        return to_page("entry", edition, round=round.slug, entry=entry.key)
    return make_response(_entry_page(edition, round, entry, AssignForm(formdata=None), form), 422)


@bp.post(f"{ROUND}/entries/<entry>/assign")
@access(organizer, once=True)
def assign(edition: Edition, round: Round, entry: Entry) -> Response:
    form = AssignForm()
    form.judge.choices = [(judge.key, judge.name) for judge in office.judges_of(edition)]
    form.entry.choices = [(entry.key, "")]
    form.entry.data = entry.key
    status = 422
    if form.validate():
        judge = next(one for one in office.judges_of(edition) if one.key == form.judge.data)
        try:
            panel.assign(round=round, judge=judge, entry=entry, who=me())
        except Conflict as problem:
            db.session.rollback()
            form.add_problem(problem)
            status = problem.status
        else:
            flash(_("%(name)s judges this entry.", name=judge.name), "good")
            return to_page("entry", edition, round=round.slug, entry=entry.key)
    return make_response(_entry_page(edition, round, entry, form), status)


@bp.post(f"{ROUND}/entries/<entry>/judges/<judge>/remove")
@access(organizer, once=True)
def unassign(edition: Edition, round: Round, entry: Entry, judge: Judge) -> Response:
    ActForm().check()
    sheet = office.sheet_for(round, judge, entry)
    if sheet is None:
        raise NotFound
    panel.unassign(sheet=sheet, who=me())
    flash(_("%(name)s no longer judges this entry.", name=judge.name), "good")
    return to_page("entry", edition, round=round.slug, entry=entry.key)


# ---- Progress


@bp.get(f"{ROUND}/progress")
@access(organizer_or_auditor)
def progress(edition: Edition, round: Round) -> str:
    """Who has submitted what; counts only, for scores stay with their judges until the results."""
    lines = office.entry_lines(round)
    return render_template(
        "judging_office/progress.html",
        edition=edition,
        round=round,
        lines=lines,
        rows=office.judge_progress(lines),
        window=sheets.scoring_window(round),
        writable=may_write(edition),
        prefix=url_for("judging_office.progress", edition=edition.slug, round=round.slug).removesuffix(
            "/progress"
        ),
    )


@bp.route(f"{ROUND}/entries/<entry>/judges/<judge>/reopen", methods=["GET", "POST"])
@access(organizer, once=True)
def reopen(edition: Edition, round: Round, entry: Entry, judge: Judge) -> Response:
    sheet = office.sheet_for(round, judge, entry)
    if sheet is None:
        raise NotFound
    form = ReasonForm(version=sheet.version)

    def act() -> Response:
        sheets.reopen_sheet(sheet=sheet, reason=form.reason.data or "", seen=seen_version(form), who=me())
        flash(_("The sheet is open again, and %(name)s is told why.", name=judge.name), "good")
        return to_page("entry", edition, round=round.slug, entry=entry.key)

    return form_page(
        form,
        act,
        "judging_office/progress_reopen.html",
        edition=edition,
        round=round,
        entry=entry,
        judge=judge,
        sheet=sheet,
    )


@bp.route(f"{ROUND}/entries/<entry>/judges/<judge>/recuse", methods=["GET", "POST"])
@access(organizer, once=True)
def recuse(edition: Edition, round: Round, entry: Entry, judge: Judge) -> Response:
    """Take a judge off an entry for good, also after her sheet is submitted."""
    sheet = office.sheet_for(round, judge, entry)
    if sheet is None:
        raise NotFound
    form = RecuseForForm(version=sheet.version)

    def act() -> Response:
        recusals.recuse_for(
            sheet=sheet,
            kind=RecusalKind(form.kind.data),
            reason=form.reason.data or "",
            seen=seen_version(form),
            who=me(),
        )
        flash(
            _("%(name)s and this team are kept apart now. Somebody else can be assigned.", name=judge.name),
            "good",
        )
        return to_page("entry", edition, round=round.slug, entry=entry.key)

    return form_page(
        form,
        act,
        "judging_office/panel_recuse.html",
        edition=edition,
        round=round,
        entry=entry,
        judge=judge,
        sheet=sheet,
    )


@bp.route(f"{ROUND}/judges/<judge>/replace", methods=["GET", "POST"])
@access(organizer, once=True)
def replace(edition: Edition, round: Round, judge: Judge) -> Response:
    form = ReplaceForm()
    others = {
        one.key: one for one in office.judges_of(edition) if one.id != judge.id and one.retired_at is None
    }
    form.by.choices = [(key, one.name) for key, one in others.items()]

    def act() -> Response:
        count = panel.replace_judge(
            round=round,
            judge=judge,
            by=others[str(form.by.data)],
            reason=form.reason.data or "",
            who=me(),
        )
        flash(ngettext("One entry was passed on.", "%(num)d entries were passed on.", count), "good")
        return to_page("progress", edition, round=round.slug)

    return form_page(
        form, act, "judging_office/progress_replace.html", edition=edition, round=round, judge=judge
    )


# ---- What the views share


def _criterion(round: Round, number: int) -> tuple[Rubric, Criterion]:
    found = rubrics.rubric_of(round)
    row = next((one for one in found.criteria if one.position == number), None) if found else None
    if found is None or row is None:
        raise NotFound
    return found, row


def may_write(edition: Edition) -> bool:
    who = person()
    return who is not None and organizer(who, edition=edition)


def to_page(view: str, edition: Edition, **values: Any) -> Response:
    return cast("Response", redirect(url_for(f"judging_office.{view}", edition=edition.slug, **values), 303))
