"""The organizers' side of sample entries: what judges mark first, with the marks a good judge would give."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from competition.models import Edition, Round
from competition.policy import organizer, organizer_or_auditor
from core import files
from core.access import access
from core.db import db, lock, release
from core.errors import BadInput, Conflict, NotFound, Problem, Refused
from core.forms import seen_version
from core.limits import UPLOADS, by_person, limiter
from judging.forms.judge import MARK, marks_sent
from judging.forms.panel import ActForm
from judging.forms.samples import SampleForm
from judging.models import SampleEntry
from judging.operations import samples as operations
from judging.queries import samples as queries
from judging.queries.judge import criteria_of
from judging.views.shared import me

bp = Blueprint(
    "samples_office", __name__, url_prefix="/<lang:lang>/o/<edition>/judging/rounds/<round>/samples"
)

_UPLOAD_BODY = 52 * 1024 * 1024


@bp.get("")
@access(organizer_or_auditor)
def overview(edition: Edition, round: Round) -> str:
    """The round's sample entries and how many judges have scored each."""
    return render_template(
        "judging_office/samples.html",
        edition=edition,
        round=round,
        lines=queries.sample_lines(round),
        most=operations.MOST,
        has_criteria=bool(criteria_of(round.id)),
        writable=organizer(me(), edition=edition),
    )


@bp.route("/new", methods=["GET", "POST"])
@access(organizer, once=True)
def new(edition: Edition, round: Round) -> Response:
    return _form_page(edition, round, None)


@bp.route("/<sample>", methods=["GET", "POST"])
@access(organizer, once=True)
def one(edition: Edition, round: Round, sample: SampleEntry) -> Response:
    return _form_page(edition, round, sample)


def _form_page(edition: Edition, round: Round, sample: SampleEntry | None) -> Response:
    form = SampleForm.showing(sample)
    problem: Problem | None = None
    status = 200
    if request.method == "POST":
        try:
            if form.validate():
                return _save(edition, round, sample, form)
            status = 422
        except (BadInput, Conflict) as error:
            db.session.rollback()
            problem, status = error, error.status
            marks = {name: text for name, text in error.fields.items() if "." in name}
            form.add_problem(
                type(error)(error.detail, fields={k: v for k, v in error.fields.items() if k not in marks})
            )
    return make_response(_page(edition, round, sample, form, problem), status)


def _save(edition: Edition, round: Round, sample: SampleEntry | None, form: SampleForm) -> Response:
    criteria = criteria_of(round.id)
    values: dict[str, Any] = {
        "title": form.title.value,
        "summary": form.summary.value,
        "note": form.note.value,
        "reference": marks_sent(request.form, [criterion.key for criterion in criteria]),
    }
    if sample is None:
        sample = operations.add_sample(round=round, who=me(), **values)
        flash(_("The sample entry is added. A document can be put beside it now."), "good")
        return _to("one", edition, round, sample=sample.key)
    operations.change_sample(sample=sample, seen=seen_version(form), who=me(), **values)
    flash(_("Saved."), "good")
    return _to("overview", edition, round)


def _page(
    edition: Edition,
    round: Round,
    sample: SampleEntry | None,
    form: SampleForm,
    problem: Problem | None = None,
    file_problem: Any = "",
) -> str:
    typed = request.form if request.method == "POST" and not file_problem else None
    known = sample.reference if sample else {}
    fields = problem.fields if problem else {}
    return render_template(
        "judging_office/sample.html",
        edition=edition,
        round=round,
        sample=sample,
        form=form,
        criteria=[
            {
                "row": row,
                "field": MARK + row.key,
                "value": typed.get(MARK + row.key, "") if typed is not None else known.get(row.key, ""),
                "error": fields.get(f"reference.{row.key}", "") or fields.get(f"marks.{row.key}", ""),
            }
            for row in criteria_of(round.id)
        ],
        locked=sample is not None and operations.is_scored(sample),
        act=ActForm(formdata=None, version=sample.version if sample else None),
        accepts=files.PDF,
        file_problem=file_problem,
    )


@bp.post("/<sample>/file")
@limiter.limit(UPLOADS, key_func=by_person)
@access(organizer, body_limit=_UPLOAD_BODY)
def upload(edition: Edition, round: Round, sample: SampleEntry) -> Response:
    """Take the sample's PDF. Not declared `once`: the same file sent again changes nothing by itself."""
    try:
        who_id = me().id
        release()  # reading a large file takes seconds; nobody else shall wait for it
        file = files.receive(request.files.get("file"), files.PDF, uploaded_by=who_id, field="file")
        if not organizer(me(), edition=edition):
            raise Refused
        operations.attach_file(sample=sample, file=file, who=me())
    except (BadInput, Conflict) as problem:
        text = problem.fields.get("file") or problem.detail
        db.session.rollback()
        return make_response(
            _page(edition, round, sample, SampleForm(formdata=None), None, text), problem.status
        )
    flash(_("The document stands beside the sample entry."), "good")
    return _to("one", edition, round, sample=sample.key)


@bp.post("/<sample>/file/remove")
@access(organizer, once=True)
def remove_file(edition: Edition, round: Round, sample: SampleEntry) -> Response:
    ActForm().check()
    operations.attach_file(sample=sample, file=None, who=me())
    flash(_("The document is gone."), "good")
    return _to("one", edition, round, sample=sample.key)


@bp.get("/<sample>/file")
@access(organizer_or_auditor)
def document(edition: Edition, round: Round, sample: SampleEntry) -> Response:
    if sample.file is None:
        raise NotFound
    return files.respond(sample.file, inline=True)


@bp.post("/<sample>/remove")
@access(organizer, once=True)
def remove(edition: Edition, round: Round, sample: SampleEntry) -> Response:
    form = ActForm()
    form.check()
    lock(sample)
    operations.remove_sample(sample=sample, seen=seen_version(form), who=me())
    flash(_("The sample entry is gone."), "good")
    return _to("overview", edition, round)


def _to(view: str, edition: Edition, round: Round, **values: Any) -> Response:
    target = url_for(f"samples_office.{view}", edition=edition.slug, round=round.slug, **values)
    return cast("Response", redirect(target, 303))
