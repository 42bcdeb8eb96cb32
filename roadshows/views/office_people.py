"""Speakers and interpreters: the list, each person's page, absences, portrait, the link to their own page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core import clock, files
from core.access import access
from core.db import release
from core.errors import BadInput, NotFound
from core.forms import seen_version
from core.languages import current_language
from core.limits import UPLOADS, by_person, limiter
from roadshows import policy
from roadshows.forms import program as forms
from roadshows.forms.office import SeenForm
from roadshows.local_times import Place, local_date, places_for, readings
from roadshows.models import Participant, Roadshow, Session
from roadshows.operations import speakers as operations
from roadshows.queries import office as queries
from roadshows.slot_times import NoSuchTime, moment
from roadshows.views.office import place_of
from roadshows.views.office_places import UPLOAD_BODY
from roadshows.views.office_shared import Answer, apart, attempt, bp, me, page, rest_on, saved, seen

ONLY: dict[str, Any] = {
    "speakers": _l("Speakers"),
    "interpreters": _l("Interpreters"),
    "no-absence": _l("Told of no absence"),
    "no-session": _l("In no session yet"),
}


@bp.get("/<roadshow>/people")
@access(policy.organizer_or_auditor)
def people(roadshow: Roadshow) -> Answer:
    only = request.args.get("only", "")
    text = request.args.get("q", "").strip().casefold()[:80]
    everybody = queries.people_of(roadshow)
    shown = [one for one in everybody if _fits(one, only) and text in _words(one.participant)]
    return page(
        "people.html",
        roadshow,
        (_("People"), ""),
        everybody=everybody,
        people=shown,
        only=only,
        q=request.args.get("q", "")[:80],
        choices=ONLY,
    )


def _fits(one: queries.Somebody, only: str) -> bool:
    return {
        "speakers": one.speaker is not None,
        "interpreters": one.interpreter is not None,
        "no-absence": not one.participant.absences,
        "no-session": not one.sessions,
    }.get(only, True)


def _words(who: Participant) -> str:
    return f"{who.name}\n{who.name_latin}\n{who.organization}\n{who.email}".casefold()


@bp.route("/<roadshow>/people/new", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def new_person(roadshow: Roadshow) -> Answer:
    task = request.args.get("as", "")
    form = forms.PersonForm(
        data={
            "language": current_language(),
            "zone": roadshow.zone,
            "speaks": task != "interpreter",
            "interprets": task == "interpreter",
            "is_shown": True,
            "most_in_a_row": 4,
        }
    )
    form.ready(None)
    status = 200
    if form.validate_on_submit():
        made: list[Participant] = []

        def act() -> None:
            _needs_a_task(form)
            participant = operations.add_person(roadshow=roadshow, **form.basics())
            _set_tasks(participant, form)
            made.append(participant)

        if (problem := attempt(form, act)) is None:
            return saved(
                "person", roadshow, _("%(name)s is on the list.", name=made[0].name), attendee=made[0].key
            )
        status = problem.status
    elif form.errors:
        status = 422
    return page(
        "person_new.html",
        roadshow,
        (_("People"), url_for("roadshow_office.people", roadshow=roadshow.slug)),
        (_("Add a person"), ""),
        status=status,
        form=form,
    )


def _needs_a_task(form: forms.PersonForm) -> None:
    if not form.speaks.data and not form.interprets.data:
        raise BadInput(fields={"speaks": _l("Choose what the person does: speak, interpret, or both.")})


def _set_tasks(participant: Participant, form: forms.PersonForm) -> None:
    if form.speaks.data:
        operations.let_speak(
            participant=participant,
            title=form.title.value,
            about=form.about.value,
            is_shown=form.is_shown.data,
        )
    else:
        operations.stop_speaking(participant=participant)
    if form.interprets.data:
        operations.let_interpret(
            participant=participant,
            pairs=form.pairs.data or [],
            most_in_a_row=form.most_in_a_row.data or 4,
        )
    else:
        operations.stop_interpreting(participant=participant)


@bp.route("/<roadshow>/people/<attendee>", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def person(roadshow: Roadshow, attendee: Participant) -> Answer:
    form = _person_form(attendee)
    status = 200
    if form.validate_on_submit():

        def act() -> None:
            _needs_a_task(form)
            operations.change_person(participant=attendee, seen=seen(form), **form.basics())
            _set_tasks(attendee, form)

        if (problem := attempt(form, act)) is None:
            return saved("person", roadshow, attendee=attendee.key)
        status = problem.status
    elif form.errors:
        status = 422
    return _person_page(roadshow, attendee, form, status=status)


def _person_form(attendee: Participant, *, empty: bool = False) -> forms.PersonForm:
    known = forms.PersonForm.shown(
        attendee, operations.speaker_of(attendee), operations.interpreter_of(attendee)
    )
    form = forms.PersonForm(formdata=None, data=known) if empty else forms.PersonForm(data=known)
    form.ready(attendee)
    return form


def _person_page(
    roadshow: Roadshow,
    attendee: Participant,
    form: forms.PersonForm | None = None,
    *,
    absence: forms.AbsenceForm | None = None,
    photo: forms.PhotoForm | None = None,
    status: int = 200,
) -> Answer:
    form = form or _person_form(attendee, empty=True)
    if absence is None:
        absence = forms.AbsenceForm(formdata=None, data=_usual_absence(roadshow))
        _offer_cities(absence, roadshow)
    photo = photo or forms.PhotoForm(formdata=None)
    for other, prefix in ((absence, "absence"), (photo, "portrait")):
        apart(other, prefix)
    rest_on(form, attendee.version)
    cities = [place_of(city) for city in roadshow.cities]
    return page(
        "person.html",
        roadshow,
        (_("People"), url_for("roadshow_office.people", roadshow=roadshow.slug)),
        (attendee.name, ""),
        status=status,
        form=form,
        absence=absence,
        photo=photo,
        attendee=attendee,
        speaker=operations.speaker_of(attendee),
        absences=[(row, _absence_times(row, roadshow, cities)) for row in attendee.absences],
        sessions=[(row, session_times(row, cities)) for row in queries.sessions_of(attendee)],
        limit=files.PICTURE.most,
    )


def _usual_absence(roadshow: Roadshow) -> dict[str, Any]:
    """The first day from morning to noon, so that the day need not be looked for."""
    if not roadshow.days:
        return {}
    day = roadshow.days[0]
    return {
        "city": day.city_id,
        "starts_at": f"{day.date:%Y-%m-%d}T09:00",
        "ends_at": f"{day.date:%Y-%m-%d}T12:00",
    }


def _offer_cities(form: forms.AbsenceForm, roadshow: Roadshow) -> None:
    lang = current_language()
    form.city.choices = [(row.id, row.name.pick(lang).text) for row in roadshow.cities]


def _absence_times(row: Any, roadshow: Roadshow, cities: list[Place]) -> Any:
    """(day, readings) by the clock of the event's first city and the other one."""
    here = cities[0] if cities else Place(roadshow.name, roadshow.zone)
    shown = readings(row.starts_at, row.ends_at, places_for(here, cities, row.starts_at))
    return _local_day(row.starts_at, here.zone), shown


def session_times(row: Session, cities: list[Place]) -> Any:
    """(day, readings) of where the session is placed; None without a place."""
    if row.slot is None:
        return None
    here = place_of(row.city)
    end = row.slot.starts_at + timedelta(minutes=row.minutes)
    shown = readings(row.slot.starts_at, end, places_for(here, cities, row.slot.starts_at))
    return _local_day(row.slot.starts_at, here.zone), shown


def _local_day(at: Any, zone: str) -> str:
    return clock.short_day(local_date(at, zone), current_language())


@bp.post("/<roadshow>/people/<attendee>/remove")
@access(policy.organizer, once=True)
def remove_person(roadshow: Roadshow, attendee: Participant) -> Answer:
    sent = SeenForm()
    number, name = seen_version(sent), attendee.name
    problem = attempt(sent, lambda: operations.remove_person(participant=attendee, seen=number))
    if problem is not None:
        form = _person_form(attendee, empty=True)
        form.add_problem(problem)
        return _person_page(roadshow, attendee, form, status=problem.status)
    return saved("people", roadshow, _("%(name)s is off the list.", name=name))


@bp.post("/<roadshow>/people/<attendee>/absences")
@access(policy.organizer, once=True)
def add_absence(roadshow: Roadshow, attendee: Participant) -> Answer:
    form = forms.AbsenceForm()
    _offer_cities(form, roadshow)
    status = 422
    if form.validate_on_submit():

        def act() -> None:
            zone = next(row.zone for row in roadshow.cities if row.id == form.city.data)
            operations.add_absence(
                participant=attendee,
                starts_at=_moment(form.starts_at, zone),
                ends_at=_moment(form.ends_at, zone),
            )

        if (problem := attempt(form, act)) is None:
            return saved("person", roadshow, attendee=attendee.key)
        status = problem.status
    return _person_page(roadshow, attendee, absence=form, status=status)


def _moment(field: Any, zone: str) -> Any:
    try:
        return moment(field.local.date(), field.local.time(), zone)
    except NoSuchTime as error:
        text = _l("The clocks of this city skip that time on this day.")
        raise BadInput(fields={field.name: text}) from error


@bp.post("/<roadshow>/people/<attendee>/absences/<int:absence>/remove")
@access(policy.organizer, once=True)
def remove_absence(roadshow: Roadshow, attendee: Participant, absence: int) -> Answer:
    SeenForm().check()
    found = queries.absence_of(attendee, absence)
    if found is None:
        raise NotFound
    operations.remove_absence(absence=found)
    return saved("person", roadshow, _("Removed."), attendee=attendee.key)


@bp.post("/<roadshow>/people/<attendee>/photo")
@limiter.limit(UPLOADS, key_func=by_person)
@access(policy.organizer, body_limit=UPLOAD_BODY)
def set_photo(roadshow: Roadshow, attendee: Participant) -> Answer:
    """Take the portrait. Not declared `once`: the same picture sent again changes nothing by itself."""
    form = forms.PhotoForm()
    release()  # redrawing a picture takes seconds; nobody else shall wait for it

    def act() -> None:
        file = files.receive(request.files.get("photo"), files.PICTURE, uploaded_by=me().id, field="photo")
        speaker = operations.speaker_of(attendee)
        if speaker is None:
            raise BadInput(fields={"photo": _l("Only speakers have a portrait.")})
        operations.set_photo(speaker=speaker, file=file)

    if (problem := attempt(form, act)) is not None:
        return _person_page(roadshow, attendee, photo=form, status=problem.status)
    return saved("person", roadshow, attendee=attendee.key)


@bp.post("/<roadshow>/people/<attendee>/photo/remove")
@access(policy.organizer, once=True)
def remove_photo(roadshow: Roadshow, attendee: Participant) -> Answer:
    SeenForm().check()
    speaker = operations.speaker_of(attendee)
    if speaker is None:
        raise NotFound
    operations.set_photo(speaker=speaker, file=None)
    return saved("person", roadshow, _("Removed."), attendee=attendee.key)


@bp.get("/<roadshow>/people/<attendee>/photo")
@access(policy.organizer_or_auditor)
def photo(roadshow: Roadshow, attendee: Participant) -> Response:
    speaker = operations.speaker_of(attendee)
    if speaker is None or speaker.photo is None:
        raise NotFound
    return files.respond(speaker.photo, inline=True)


@bp.post("/<roadshow>/people/<attendee>/link")
@access(policy.organizer, once=True)
def send_link(roadshow: Roadshow, attendee: Participant) -> Answer:
    """The link goes to the person by mail; a fresh one, if that was asked for (`renew`)."""
    sent = SeenForm()
    sent.check()
    renew = request.form.get("renew") == "y"
    problem = attempt(sent, lambda: operations.send_link(participant=attendee, renew=renew))
    if problem is not None:
        form = _person_form(attendee, empty=True)
        form.add_problem(problem)
        return _person_page(roadshow, attendee, form, status=problem.status)
    return saved(
        "person",
        roadshow,
        _("A link is on its way to %(email)s.", email=attendee.email),
        attendee=attendee.key,
    )
