"""Published versions of the agenda: the list, each one, differences, publishing, going back."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from core import clock
from core.access import access
from core.db import db
from core.errors import BadInput, Conflict, NotFound
from core.forms import seen_version
from roadshows import agenda_pages, agenda_version_pages
from roadshows.agenda_diff import counts, difference
from roadshows.forms.agenda import PublishForm, StepForm
from roadshows.models import AgendaVersion, Roadshow
from roadshows.operations import agenda
from roadshows.operations.telling import to_be_told
from roadshows.operations.versions import Ready, look, publish_agenda
from roadshows.policy import organizer, organizer_or_auditor
from roadshows.published import read
from roadshows.queries import agenda as queries
from roadshows.views.agenda_shared import bp, me, page


def _versions_url(roadshow: Roadshow) -> str:
    return url_for("agenda_office.versions", roadshow=roadshow.slug)


@bp.get("/versions")
@access(organizer_or_auditor)
def versions(roadshow: Roadshow) -> Response:
    found = queries.versions(roadshow)
    before = {one.number: one for one in found}
    words = {
        one.number: agenda_version_pages.count_words(
            counts(difference(_content(before.get(one.number - 1)), one.content))
        )
        for one in found
    }
    return page(
        "agenda_versions.html",
        roadshow,
        (_("Versions"), ""),
        versions=found,
        words=words,
        names=queries.people_names({one.published_by for one in found}),
    )


@bp.get("/versions/<int:number>")
@access(organizer_or_auditor)
def version(roadshow: Roadshow, number: int) -> Response:
    """One version, and what differs from another one (`?against=`, else the one before)."""
    found = _found(roadshow, number)
    wanted = request.args.get("against", "")
    other = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else number - 1
    against = queries.version(roadshow, other) if other != number else None
    older, newer = (found, against) if against and against.number > number else (against, found)
    names = queries.participant_names(roadshow)
    rows = difference(_content(older), newer.content)
    return page(
        "agenda_version.html",
        roadshow,
        (_("Versions"), _versions_url(roadshow)),
        (_("Version %(number)d", number=number), ""),
        version=found,
        older=older.number if older else 0,
        newer=newer.number,
        against=against.number if against else 0,
        numbers=queries.numbers(roadshow),
        days=agenda_version_pages.days(found.content, names),
        changes=agenda_version_pages.changes(rows, _content(older), newer.content, names),
        who=queries.people_names({found.published_by}).get(found.published_by or 0, ""),
        act=StepForm(formdata=None, version=roadshow.agenda_revision),
    )


@bp.post("/versions/<int:number>/restore")
@access(organizer, once=True)
def restore(roadshow: Roadshow, number: int) -> Response:
    """Make the draft stand as this version says."""
    form = StepForm()
    form.check()
    done, lost = agenda.restore_version(version=_found(roadshow, number), seen=seen_version(form), who=me())
    if done.touched:
        text = ngettext(
            "The draft stands as in version %(number)d again: %(num)d session moved. Undo takes it back.",
            "The draft stands as in version %(number)d again: %(num)d sessions moved. Undo takes it back.",
            len(done.touched),
            number=number,
        )
    else:
        text = _("The draft stands as in version %(number)d already.", number=number)
    flash(text, "good")
    if lost:
        flash(
            _(
                "These can’t stand as they did, since they, their room or their time are gone: %(list)s.",
                list=_(", ").join(lost),
            ),
            "warning",
        )
    return redirect(url_for("agenda_office.editor", roadshow=roadshow.slug), 303)  # type: ignore[return-value]


@bp.route("/publish", methods=["GET", "POST"])
@access(organizer, once=True)
def publish(roadshow: Roadshow) -> Response:
    """Look at what a new version would change and whom it would tell; then publish."""
    form = PublishForm()
    status = 200
    if request.method == "POST":
        try:
            if form.validate():
                return _publish(roadshow, form)
            status = 422
        except (BadInput, Conflict) as problem:
            db.session.rollback()
            form.add_problem(problem)
            status = problem.status
    ready = look(roadshow)
    form.version.data = ready.draft.revision
    return _publish_page(roadshow, form, ready, status)


def _publish(roadshow: Roadshow, form: PublishForm) -> Response:
    new = publish_agenda(roadshow=roadshow, note=form.note.value, seen=seen_version(form), who=me())
    flash(_("Version %(number)d is published.", number=new.number), "good")
    return redirect(  # type: ignore[return-value]
        url_for("agenda_office.version", roadshow=roadshow.slug, number=new.number), 303
    )


def _publish_page(roadshow: Roadshow, form: PublishForm, ready: Ready, status: int) -> Response:
    old = _content(ready.previous)
    rows = difference(old, ready.content)
    names = queries.participant_names(roadshow)
    number = ready.previous.number + 1 if ready.previous else 1
    agenda_to_be = read(ready.content, number=number, published_at=clock.now())
    return page(
        "agenda_publish.html",
        roadshow,
        (_("Publish the agenda"), ""),
        status=status,
        form=form,
        ready=ready,
        next_number=number,
        problems=[one for one in agenda_pages.problems(ready.draft, ready.conflicts) if one.level == "hard"],
        changes=agenda_version_pages.changes(rows, old, ready.content, names),
        counts=agenda_version_pages.count_words(counts(rows)),
        told=agenda_version_pages.told(to_be_told(roadshow, agenda_to_be)),
    )


def _content(version: AgendaVersion | None) -> dict[str, object] | None:
    return version.content if version else None


def _found(roadshow: Roadshow, number: int) -> AgendaVersion:
    found = queries.version(roadshow, number)
    if found is None:
        raise NotFound
    return found
