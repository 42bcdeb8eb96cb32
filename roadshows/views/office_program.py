"""The program: the list of sessions, each session's page, teams' pitches, tracks, materials, export."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from competition.models import Entry, Member
from core import clock, files, spreadsheets
from core.access import access
from core.db import release
from core.errors import BadInput, NotFound
from core.forms import Form, seen_version
from core.languages import current_language
from core.limits import COSTLY, UPLOADS, by_person, limiter
from roadshows import policy, program_table
from roadshows.forms import program as forms
from roadshows.forms.office import CancelSessionForm, SeenForm
from roadshows.models import Roadshow, Session, SessionState, SessionTrack, Speaker
from roadshows.operations import program as operations
from roadshows.queries import office as queries
from roadshows.views.office import place_of
from roadshows.views.office_people import session_times
from roadshows.views.office_shared import Answer, apart, attempt, bp, me, page, rest_on, saved, seen

MATERIAL_BODY = files.PDF.most + 1024 * 1024
FORMATS = {"xlsx": spreadsheets.XLSX_TYPE, "csv": spreadsheets.CSV_TYPE}


@bp.get("/<roadshow>/program")
@access(policy.organizer_or_auditor)
def program(roadshow: Roadshow) -> Answer:
    wanted = _wanted()
    cities = [place_of(city) for city in roadshow.cities]
    return page(
        "program.html",
        roadshow,
        (_("Program"), ""),
        wanted=wanted,
        is_filtered=wanted != queries.Wanted(),
        lines=[(row, session_times(row, cities)) for row in queries.list_sessions(roadshow, wanted)],
        tracks=operations.tracks_of(roadshow),
    )


def _wanted() -> queries.Wanted:
    given = request.args
    return queries.Wanted(
        text=given.get("q", "").strip()[:80],
        kind=given.get("kind", ""),
        city=given.get("city", 0, type=int),
        track=given.get("track", 0, type=int),
        state=given.get("state", ""),
        place=given.get("place", "") if given.get("place") in ("placed", "unplaced") else "",
    )


@bp.get("/<roadshow>/program.<any(xlsx, csv):kind>")
@limiter.limit(COSTLY)
@access(policy.organizer_or_auditor)
def export(roadshow: Roadshow, kind: str) -> Response:
    """All sessions as a table, with the times of the event's clocks."""
    lang, slug = current_language(), roadshow.slug
    rows = program_table.rows_of(queries.list_sessions(roadshow, queries.Wanted()), lang)
    header = program_table.header()
    release()  # writing a workbook takes a moment, and nobody else has to wait for it
    if kind == "csv":
        data = spreadsheets.write_csv(header, rows)
    else:
        data = spreadsheets.write_xlsx([spreadsheets.Sheet(str(_("Program")), header, rows)])
    response = Response(data, content_type=FORMATS[kind])
    name = f"{slug}-program-{clock.now():%Y%m%d}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


# --- one session ---


class _Choices:
    """What a session's form offers."""

    def __init__(self, roadshow: Roadshow, session: Session | None = None) -> None:
        self.cities: list[Any] = list(roadshow.cities)
        self.tracks: list[SessionTrack] = operations.tracks_of(roadshow)
        self.speakers: list[Speaker] = queries.speakers_of(roadshow)
        self.entries: list[Entry] = queries.accepted_entries(roadshow)
        own = session.entry if session is not None else None
        if own is not None and own not in self.entries:
            self.entries.append(own)  # withdrawn since, but it is what the pitch is about

    def offer(self, form: forms.SessionForm) -> None:
        form.ready(self.cities, self.tracks, self.entries, self.speakers)

    def chosen(self, form: forms.SessionForm) -> dict[str, Any]:
        return form.chosen(self.cities, self.tracks, self.entries, self.speakers)


@bp.route("/<roadshow>/program/new", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def new_session(roadshow: Roadshow) -> Answer:
    choices = _Choices(roadshow)
    form = forms.SessionForm(data={"minutes": 20, "audience": 0, "language": "zh", "interpreting": "auto"})
    choices.offer(form)
    status = 200
    if form.validate_on_submit():
        problem = attempt(form, lambda: operations.add_session(roadshow=roadshow, **choices.chosen(form)))
        if problem is None:
            return saved(
                "program", roadshow, _("The session is in the program. It has no time and room yet.")
            )
        status = problem.status
    elif form.errors:
        status = 422
    return page(
        "session_new.html",
        roadshow,
        (_("Program"), url_for("roadshow_office.program", roadshow=roadshow.slug)),
        (_("Add a session"), ""),
        status=status,
        form=form,
    )


@bp.route("/<roadshow>/program/<item>", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def session(roadshow: Roadshow, item: Session) -> Answer:
    choices = _Choices(roadshow, item)
    form = forms.SessionForm(data=forms.SessionForm.shown(item))
    choices.offer(form)
    status = 200
    if form.validate_on_submit():
        problem = attempt(
            form,
            lambda: operations.change_session(session=item, seen=seen(form), **choices.chosen(form)),
        )
        if problem is None:
            return saved("program", roadshow)
        status = problem.status
    elif form.errors:
        status = 422
    return _session_page(roadshow, item, form, status=status)


def _session_page(
    roadshow: Roadshow,
    item: Session,
    form: forms.SessionForm | None = None,
    *,
    cancel: CancelSessionForm | None = None,
    status: int = 200,
) -> Answer:
    if form is None:
        form = forms.SessionForm(formdata=None, data=forms.SessionForm.shown(item))
        _Choices(roadshow, item).offer(form)
    cancel = cancel or CancelSessionForm(formdata=None)
    apart(cancel, "cancel")
    for one in (form, cancel):
        rest_on(one, item.version)
    members = _members(item)
    return page(
        "session.html",
        roadshow,
        (_("Program"), url_for("roadshow_office.program", roadshow=roadshow.slug)),
        (item.title.pick(current_language()).text, ""),
        status=status,
        form=form,
        cancel=cancel,
        item=item,
        times=session_times(item, [place_of(city) for city in roadshow.cities]),
        members=members,
        is_published=operations.was_published(item),
        is_canceled=item.state is SessionState.CANCELED,
    )


def _members(item: Session) -> list[Member]:
    """Members of the pitching team who don't speak yet."""
    if item.entry is None or item.state is SessionState.CANCELED:
        return []
    speaking = {row.speaker.participant.person_id for row in item.appearances}
    return [row for row in item.entry.team.members if row.confirmed_at and row.person_id not in speaking]


def _refused(roadshow: Roadshow, item: Session, problem: Any) -> Answer:
    form = forms.SessionForm(formdata=None, data=forms.SessionForm.shown(item))
    _Choices(roadshow, item).offer(form)
    form.add_problem(problem)
    return _session_page(roadshow, item, form, status=problem.status)


@bp.post("/<roadshow>/program/<item>/cancel")
@access(policy.organizer, once=True)
def cancel_session(roadshow: Roadshow, item: Session) -> Answer:
    form = CancelSessionForm()
    if not form.validate_on_submit():
        return _session_page(roadshow, item, cancel=form, status=422)
    problem = attempt(
        form,
        lambda: operations.cancel_session(session=item, seen=seen(form), reason=form.reason.data or ""),
    )
    if problem is not None:
        return _session_page(roadshow, item, cancel=form, status=problem.status)
    return saved(
        "program",
        roadshow,
        _("The session is canceled. People are told when the agenda is published the next time."),
    )


@bp.post("/<roadshow>/program/<item>/remove")
@access(policy.organizer, once=True)
def remove_session(roadshow: Roadshow, item: Session) -> Answer:
    sent = SeenForm()
    number = seen_version(sent)
    problem = attempt(sent, lambda: operations.remove_session(session=item, seen=number))
    if problem is not None:
        return _refused(roadshow, item, problem)
    return saved("program", roadshow, _("Removed."))


@bp.post("/<roadshow>/program/<item>/members/<int:member>")
@access(policy.organizer, once=True)
def let_member_speak(roadshow: Roadshow, item: Session, member: int) -> Answer:
    sent = SeenForm()
    number = seen_version(sent)
    team = item.entry.team.members if item.entry else []
    found = next((row for row in team if row.id == member), None)
    if found is None:
        raise NotFound
    problem = attempt(sent, lambda: operations.let_member_speak(session=item, seen=number, member=found))
    if problem is not None:
        return _refused(roadshow, item, problem)
    return saved("session", roadshow, item=item.key)


# --- teams ---


@bp.route("/<roadshow>/program/teams", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def teams(roadshow: Roadshow) -> Answer:
    """A pitch for each team that is picked, with its captain as speaker."""
    entries = queries.accepted_entries(roadshow)
    form = forms.TeamsForm(data={"minutes": 20})
    lang = current_language()
    form.city.choices = [(row.id, row.name.pick(lang).text) for row in roadshow.cities]
    picked = set(request.form.getlist("pick"))
    status = 200
    if form.validate_on_submit():
        made: list[Session] = []

        def act() -> None:
            chosen = [row for row in entries if row.key in picked]
            if not chosen:
                raise BadInput(_l("Pick at least one team."))
            made.extend(
                operations.take_teams(
                    roadshow=roadshow,
                    entries=chosen,
                    city=next(row for row in roadshow.cities if row.id == form.city.data),
                    minutes=form.minutes.data or 0,
                    language=form.language.data or "",
                )
            )

        if (problem := attempt(form, act)) is None:
            return saved(
                "program",
                roadshow,
                ngettext("%(num)d pitch was added.", "%(num)d pitches were added.", len(made)),
            )
        status = problem.status
    elif form.errors:
        status = 422
    return page(
        "teams.html",
        roadshow,
        (_("Program"), url_for("roadshow_office.program", roadshow=roadshow.slug)),
        (_("Take teams over"), ""),
        status=status,
        form=form,
        entries=entries,
        pitched=operations.pitched_entries(roadshow),
        picked=picked,
    )


# --- tracks ---


@bp.route("/<roadshow>/program/tracks", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def tracks(roadshow: Roadshow) -> Answer:
    form, status = forms.TrackForm(), 200
    if form.validate_on_submit():
        problem = attempt(
            form,
            lambda: operations.add_track(roadshow=roadshow, seen=seen(form), name=form.name.value),
        )
        if problem is None:
            return saved("tracks", roadshow)
        status = problem.status
    elif form.errors:
        status = 422
    return _tracks_page(roadshow, form, None, status)


def _tracks_page(roadshow: Roadshow, form: Form, part: SessionTrack | None, status: int) -> Answer:
    above = url_for("roadshow_office.tracks", roadshow=roadshow.slug)
    where = [(_("Program"), url_for("roadshow_office.program", roadshow=roadshow.slug))]
    where.append((_("Tracks"), above if part else ""))
    if part is not None:
        where.append((part.name.pick(current_language()).text, ""))
    return page(
        "track.html" if part else "tracks.html",
        roadshow,
        *where,
        status=status,
        form=form,
        part=part,
        parts=operations.tracks_of(roadshow),
    )


def _track(roadshow: Roadshow, number: int) -> SessionTrack:
    found = queries.track_of(roadshow, number)
    if found is None:
        raise NotFound
    return found


@bp.route("/<roadshow>/program/tracks/<int:part>", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def track(roadshow: Roadshow, part: int) -> Answer:
    row = _track(roadshow, part)
    form, status = forms.TrackForm(data={"name": row.name}), 200
    if form.validate_on_submit():
        problem = attempt(
            form,
            lambda: operations.change_track(
                roadshow=roadshow, track=row, seen=seen(form), name=form.name.value
            ),
        )
        if problem is None:
            return saved("tracks", roadshow)
        status = problem.status
    elif form.errors:
        status = 422
    return _tracks_page(roadshow, form, row, status)


@bp.post("/<roadshow>/program/tracks/<int:part>/remove")
@access(policy.organizer, once=True)
def remove_track(roadshow: Roadshow, part: int) -> Answer:
    operations.remove_track(roadshow=roadshow, track=_track(roadshow, part), seen=seen_version(SeenForm()))
    return saved("tracks", roadshow, _("Removed."))


# --- materials ---


@bp.get("/<roadshow>/program/materials")
@access(policy.organizer_or_auditor)
def materials(roadshow: Roadshow) -> Answer:
    return _materials_page(roadshow, forms.MaterialForm(formdata=None))


def _materials_page(roadshow: Roadshow, form: forms.MaterialForm, status: int = 200) -> Answer:
    form.ready(queries.session_titles(roadshow))
    return page(
        "materials.html",
        roadshow,
        (_("Program"), url_for("roadshow_office.program", roadshow=roadshow.slug)),
        (_("Materials"), ""),
        status=status,
        form=form,
        materials=queries.materials_of(roadshow),
        limit=files.PDF.most,
    )


@bp.post("/<roadshow>/program/materials")
@limiter.limit(UPLOADS, key_func=by_person)
@access(policy.organizer, body_limit=MATERIAL_BODY)
def add_material(roadshow: Roadshow) -> Answer:
    """Take a file. Not declared `once`: the same file under the same title is kept once anyway."""
    form = forms.MaterialForm()
    form.ready(queries.session_titles(roadshow))
    if not form.validate_on_submit():
        return _materials_page(roadshow, form, 422)

    release()  # reading a large file takes seconds; nobody else shall wait for it

    def act() -> None:
        upload = request.files.get("file")
        kind = files.PICTURE if upload and _is_picture(upload) else files.PDF
        file = files.receive(upload, kind, uploaded_by=me().id, field="file")
        operations.add_material(
            roadshow=roadshow,
            session=next(
                (row for row in queries.session_titles(roadshow) if row.key == form.session.data), None
            ),
            title=form.title.value,
            file=file,
            is_public=form.is_public.data,
        )

    if (problem := attempt(form, act)) is not None:
        return _materials_page(roadshow, form, problem.status)
    return saved("materials", roadshow)


def _is_picture(upload: Any) -> bool:
    begin = upload.stream.read(16)
    upload.stream.seek(0)
    return files.sniff(begin) in files.PICTURE.media_types


@bp.post("/<roadshow>/program/materials/<int:part>/<any(show, hide, remove):do>")
@access(policy.organizer, once=True)
def change_material(roadshow: Roadshow, part: int, do: str) -> Answer:
    SeenForm().check()
    found = queries.material_of(roadshow, part)
    if found is None:
        raise NotFound
    if do == "remove":
        operations.remove_material(material=found)
    else:
        operations.show_material(material=found, is_public=do == "show")
    return saved("materials", roadshow)


@bp.get("/<roadshow>/program/materials/<int:part>/file")
@access(policy.organizer_or_auditor)
def material(roadshow: Roadshow, part: int) -> Response:
    found = queries.material_of(roadshow, part)
    if found is None:
        raise NotFound
    return files.respond(found.file)
