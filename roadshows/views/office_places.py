"""Where and when: cities, days, venues, rooms, slots, ways between venues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from competition.forms.organizer import number_field
from core import clock, files
from core.access import access
from core.db import release
from core.errors import BadInput, NotFound
from core.forms import Form, seen_version
from core.languages import current_language
from core.limits import UPLOADS, by_person, limiter
from roadshows import policy
from roadshows.forms import places as forms
from roadshows.forms.office import SeenForm
from roadshows.local_times import places_for, readings
from roadshows.models import Day, Roadshow, Slot, Venue
from roadshows.operations import places as operations
from roadshows.operations import timetable
from roadshows.queries import office as queries
from roadshows.views.office import place_of
from roadshows.views.office_shared import Answer, apart, attempt, bp, me, page, saved, seen

UPLOAD_BODY = files.PICTURE.most + 1024 * 1024


@bp.get("/<roadshow>/places")
@access(policy.organizer_or_auditor)
def places(roadshow: Roadshow) -> Answer:
    venues = queries.venues_of(roadshow)
    special: dict[Any, Any] = {}
    for one in queries.holidays_around(day.date for day in roadshow.days):
        special.setdefault(one.date, []).append(one)
    return page(
        "places.html",
        roadshow,
        (_("Places and days"), ""),
        venues=venues,
        slots=queries.slots_by_day(roadshow),
        special=special,
        travel=queries.travel_of(roadshow),
        offset=_offset,
    )


def _offset(zone: str) -> str:
    """How a zone's clock stands now, as UTC+9 or UTC+5:30."""
    ahead = clock.now().astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = int(ahead.total_seconds()) // 60
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}:{rest:02}" if rest else f"UTC{sign}{hours}"


# --- cities, days, venues, rooms: a page for one more and a page for each ---


@dataclass(frozen=True)
class PartKind:
    """How one kind of part is filled in and written."""

    form: Any
    rows: Callable[[Roadshow], list[Any]]
    add: Callable[[Roadshow, Any], Any]
    change: Callable[[Roadshow, Any, Any], Any]
    remove: Callable[[Any, int], Any]
    title: Any


KINDS: dict[str, PartKind] = {
    "cities": PartKind(
        forms.CityForm,
        lambda roadshow: list(roadshow.cities),
        lambda roadshow, form: operations.add_city(
            roadshow=roadshow, seen=seen(form), **form.values(roadshow)
        ),
        lambda roadshow, part, form: operations.change_city(
            city=part, seen=seen(form), **form.values(roadshow)
        ),
        lambda part, number: operations.remove_city(city=part, seen=number),
        _l("Add a city"),
    ),
    "days": PartKind(
        forms.DayForm,
        lambda roadshow: list(roadshow.days),
        lambda roadshow, form: timetable.add_day(roadshow=roadshow, seen=seen(form), **form.values(roadshow)),
        lambda roadshow, part, form: timetable.change_day(day=part, seen=seen(form), **form.values(roadshow)),
        lambda part, number: timetable.remove_day(day=part, seen=number),
        _l("Add a day"),
    ),
    "venues": PartKind(
        forms.VenueForm,
        queries.venues_of,
        lambda roadshow, form: operations.add_venue(
            roadshow=roadshow, seen=seen(form), **form.values(roadshow)
        ),
        lambda roadshow, part, form: operations.change_venue(
            venue=part, seen=seen(form), **form.values(roadshow)
        ),
        lambda part, number: operations.remove_venue(venue=part, seen=number),
        _l("Add a venue"),
    ),
    "rooms": PartKind(
        forms.RoomForm,
        lambda roadshow: [room for venue in queries.venues_of(roadshow) for room in venue.rooms],
        lambda roadshow, form: operations.add_room(
            roadshow=roadshow, seen=seen(form), **form.values(roadshow)
        ),
        lambda roadshow, part, form: operations.change_room(
            room=part, seen=seen(form), **form.values(roadshow)
        ),
        lambda part, number: operations.remove_room(room=part, seen=number),
        _l("Add a room"),
    ),
}
_KIND = "<any(cities, days, venues, rooms):kind>"


def _part_of(roadshow: Roadshow, kind: str, number: int) -> Any:
    found = next((row for row in KINDS[kind].rows(roadshow) if row.id == number), None)
    if found is None:
        raise NotFound
    return found


def _called(kind: str, part: Any) -> str:
    if kind == "days":
        return f"{clock.short_day(part.date, current_language())} · {_name(part.city.name)}"
    return _name(part.name)


def _name(text: Any) -> str:
    return str(text.pick(current_language()).text)


@bp.route(f"/<roadshow>/places/{_KIND}/new", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def new_place(roadshow: Roadshow, kind: str) -> Answer:
    known = KINDS[kind]
    form = known.form(data=_fresh(roadshow, kind))
    form.ready(roadshow, None)
    status = 200
    if form.validate_on_submit():
        made: list[Any] = []
        if (problem := attempt(form, lambda: made.append(known.add(roadshow, form)))) is None:
            if kind == "days":
                return saved("slots", roadshow, _("The day is there. Now it needs slots."), part=made[0].id)
            return saved("places", roadshow)
        status = problem.status
    elif form.errors:
        status = 422
    return page(
        "place_new.html",
        roadshow,
        (_("Places and days"), url_for("roadshow_office.places", roadshow=roadshow.slug)),
        (known.title, ""),
        status=status,
        form=form,
        kind=kind,
        heading=known.title,
    )


def _fresh(roadshow: Roadshow, kind: str) -> dict[str, Any]:
    """What the form for one more begins with; a part of the address may choose city or venue."""
    within = request.args.get("in", type=int)
    if kind == "cities":
        return {"zone": roadshow.zone}
    if kind == "days":
        last = max((day.date for day in roadshow.days), default=None)
        return {"city": within, "date": last + timedelta(days=1) if last else date(clock.now().year, 12, 1)}
    return {"city": within} if kind == "venues" else {"venue": within, "capacity": 100}


@bp.route(f"/<roadshow>/places/{_KIND}/<int:part>", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def place_part(roadshow: Roadshow, kind: str, part: int) -> Answer:
    row, known = _part_of(roadshow, kind, part), KINDS[kind]
    form = known.form(data=known.form.shown(row))
    form.ready(roadshow, row)
    status = 200
    if form.validate_on_submit():
        if (problem := attempt(form, lambda: known.change(roadshow, row, form))) is None:
            return saved("places", roadshow)
        status = problem.status
    elif form.errors:
        status = 422
    return _part_page(roadshow, kind, row, form, status)


def _part_page(
    roadshow: Roadshow, kind: str, row: Any, form: Form, status: int, map_form: Form | None = None
) -> Answer:
    if kind == "venues":
        map_form = map_form or forms.MapForm(formdata=None)
        apart(map_form, "map")
    return page(
        "place_part.html",
        roadshow,
        (_("Places and days"), url_for("roadshow_office.places", roadshow=roadshow.slug)),
        (_called(kind, row), ""),
        status=status,
        form=form,
        map_form=map_form,
        limit=files.PICTURE.most,
        kind=kind,
        part=row,
        called=_called(kind, row),
    )


@bp.post(f"/<roadshow>/places/{_KIND}/<int:part>/remove")
@access(policy.organizer, once=True)
def remove_place(roadshow: Roadshow, kind: str, part: int) -> Answer:
    row, sent = _part_of(roadshow, kind, part), SeenForm()
    number = seen_version(sent)
    problem = attempt(sent, lambda: KINDS[kind].remove(row, number))
    if problem is not None:
        form = KINDS[kind].form(formdata=None, data=KINDS[kind].form.shown(row))
        form.ready(roadshow, row)
        form.add_problem(problem)
        return _part_page(roadshow, kind, row, form, problem.status)
    return saved("places", roadshow, _("Removed."))


# --- a venue's plan ---


def _venue(roadshow: Roadshow, number: int) -> Venue:
    found: Venue = _part_of(roadshow, "venues", number)
    return found


@bp.post("/<roadshow>/places/venues/<int:part>/map")
@limiter.limit(UPLOADS, key_func=by_person)
@access(policy.organizer, body_limit=UPLOAD_BODY)
def set_map(roadshow: Roadshow, part: int) -> Answer:
    """Take the plan. Not declared `once`: the same picture sent again changes nothing by itself."""
    form = forms.MapForm()
    release()  # redrawing a picture takes seconds; nobody else shall wait for it

    def act() -> None:
        file = files.receive(request.files.get("map"), files.PICTURE, uploaded_by=me().id, field="map")
        operations.set_map(venue=_venue(roadshow, part), file=file)

    if (problem := attempt(form, act)) is not None:
        row = _venue(roadshow, part)
        fresh = forms.VenueForm(formdata=None, data=forms.VenueForm.shown(row))
        fresh.ready(roadshow, row)
        return _part_page(roadshow, "venues", row, fresh, problem.status, form)
    return saved("place_part", roadshow, _("The plan stands beside the venue."), kind="venues", part=part)


@bp.post("/<roadshow>/places/venues/<int:part>/map/remove")
@access(policy.organizer, once=True)
def remove_map(roadshow: Roadshow, part: int) -> Answer:
    SeenForm().check()
    operations.set_map(venue=_venue(roadshow, part), file=None)
    return saved("place_part", roadshow, _("Removed."), kind="venues", part=part)


@bp.get("/<roadshow>/places/venues/<int:part>/map")
@access(policy.organizer_or_auditor)
def venue_map(roadshow: Roadshow, part: int) -> Response:
    file = _venue(roadshow, part).map_file
    if file is None:
        raise NotFound
    return files.respond(file, inline=True)


# --- ways ---


@bp.route("/<roadshow>/places/travel", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def travel(roadshow: Roadshow) -> Answer:
    """Minutes between each two venues; what is left empty is not known."""
    venues = queries.venues_of(roadshow)
    known = queries.travel_of(roadshow)
    pairs = list(combinations(sorted(venues, key=lambda venue: venue.id), 2))
    form = _travel_form(pairs, known)
    status = 200
    if form.validate_on_submit():
        minutes = {(one.id, other.id): form[f"way_{one.id}_{other.id}"].data for one, other in pairs}
        problem = attempt(
            form, lambda: operations.set_travel(roadshow=roadshow, seen=seen(form), minutes=minutes)
        )
        if problem is None:
            return saved("places", roadshow)
        status = problem.status
    elif form.errors:
        status = 422
    return page(
        "travel.html",
        roadshow,
        (_("Places and days"), url_for("roadshow_office.places", roadshow=roadshow.slug)),
        (_("Ways between venues"), ""),
        status=status,
        form=form,
        pairs=pairs,
    )


def _travel_form(pairs: list[tuple[Venue, Venue]], known: dict[tuple[int, int], int]) -> Form:
    """A form with a field for each two venues."""
    fields = {
        f"way_{one.id}_{other.id}": number_field(
            f"{_name(one.name)} – {_name(other.name)}", most=operations.LONGEST_WAY, needed=False
        )
        for one, other in pairs
    }
    form = type("TravelForm", (Form,), fields)
    return form(data={f"way_{one}_{other}": minutes for (one, other), minutes in known.items()})  # type: ignore[no-any-return]


# --- slots ---


def _day(roadshow: Roadshow, number: int) -> Day:
    found = queries.day_of(roadshow, number)
    if found is None:
        raise NotFound
    return found


@bp.route("/<roadshow>/places/days/<int:part>/slots", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def slots(roadshow: Roadshow, part: int) -> Answer:
    day = _day(roadshow, part)
    standing = timetable.slots_of(day)
    form = forms.SlotsForm(data=_next_series(day, standing))
    status = 200
    if form.validate_on_submit():

        def act() -> None:
            first = form.first.data
            assert first is not None
            timetable.add_slots(
                day=day,
                seen=seen(form),
                first=first,
                minutes=form.minutes.data or 0,
                count=form.count.data or 0,
                pause=form.pause.data or 0,
                block=form.block.data,
            )

        if (problem := attempt(form, act)) is None:
            number = form.count.data or 0
            return saved(
                "slots",
                roadshow,
                ngettext("%(num)d slot was added.", "%(num)d slots were added.", number),
                part=part,
            )
        status = problem.status
    elif form.errors:
        status = 422
    return _slots_page(roadshow, day, form, status)


def _next_series(day: Day, standing: list[Slot]) -> dict[str, Any]:
    """The series goes on where the day's last slot ends."""
    found: dict[str, Any] = {"first": time(9, 30), "minutes": 20, "count": 6, "pause": 0, "block": "am"}
    if standing:
        last = standing[-1]
        end = (last.starts_at + timedelta(minutes=last.minutes)).astimezone(ZoneInfo(day.city.zone))
        usual = Counter(slot.minutes for slot in standing).most_common(1)[0][0]
        if end.date() == day.date:
            block = last.block if last.block in ("am", "pm") and end.hour != 12 else "pm"
            found |= {"first": end.time(), "minutes": usual, "block": block}
    return found


def _slots_page(roadshow: Roadshow, day: Day, form: Form, status: int = 200) -> Answer:
    standing = timetable.slots_of(day)
    cities = [place_of(city) for city in roadshow.cities]
    here = place_of(day.city)
    return page(
        "slots.html",
        roadshow,
        (_("Places and days"), url_for("roadshow_office.places", roadshow=roadshow.slug)),
        (_called("days", day), ""),
        status=status,
        form=form,
        day=day,
        called=_called("days", day),
        lines=[(slot, _times(slot, here, cities)) for slot in standing],
        placed=queries.sessions_in_slots(standing),
    )


def _times(slot: Slot, here: Any, cities: list[Any]) -> Any:
    end = slot.starts_at + timedelta(minutes=slot.minutes)
    return readings(slot.starts_at, end, places_for(here, cities, slot.starts_at))


@bp.route("/<roadshow>/places/slots/<int:slot>", methods=["GET", "POST"])
@access(policy.organizer, once=True)
def slot(roadshow: Roadshow, slot: int) -> Answer:
    row = queries.slot_of(roadshow, slot)
    if row is None:
        raise NotFound
    day = row.day
    begins = row.starts_at.astimezone(ZoneInfo(day.city.zone)).time()
    form = forms.SlotForm(data={"at": begins, "minutes": row.minutes, "block": row.block})
    form.keep_block(row)
    status = 200
    if form.validate_on_submit():

        def act() -> None:
            assert form.at.data is not None
            timetable.change_slot(
                slot=row,
                seen=seen(form),
                at=form.at.data,
                minutes=form.minutes.data or 0,
                block=form.block.data,
            )

        if (problem := attempt(form, _as_field(act))) is None:
            return saved("slots", roadshow, part=day.id)
        status = problem.status
    elif form.errors:
        status = 422
    return page(
        "slot.html",
        roadshow,
        (_("Places and days"), url_for("roadshow_office.places", roadshow=roadshow.slug)),
        (_called("days", day), url_for("roadshow_office.slots", roadshow=roadshow.slug, part=day.id)),
        (f"{begins:%H:%M}", ""),
        status=status,
        form=form,
        day=day,
        begins=f"{begins:%H:%M}",
    )


def _as_field(act: Callable[[], None]) -> Callable[[], None]:
    """The form of one slot calls its beginning `at`."""

    def carry_out() -> None:
        try:
            act()
        except BadInput as problem:
            names = {"first": "at", "count": "at"}
            fields = {names.get(name, name): text for name, text in problem.fields.items()}
            raise BadInput(problem.detail, fields=fields, code=problem.code) from problem

    return carry_out


@bp.post("/<roadshow>/places/days/<int:part>/slots/remove")
@access(policy.organizer, once=True)
def remove_slots(roadshow: Roadshow, part: int) -> Answer:
    """Take away the slots that were picked."""
    day, sent = _day(roadshow, part), SeenForm()
    number = seen_version(sent)
    picked = {text for text in request.form.getlist("pick") if text.isascii() and text.isdigit()}
    chosen = [row for row in timetable.slots_of(day) if str(row.id) in picked]
    form = forms.SlotsForm(formdata=None, data=_next_series(day, timetable.slots_of(day)))
    if not chosen:
        form.add_problem(BadInput(_("Pick at least one slot.")))
        return _slots_page(roadshow, day, form, 422)
    problem = attempt(form, lambda: timetable.remove_slots(day=day, seen=number, slots=chosen))
    if problem is not None:
        return _slots_page(roadshow, day, form, problem.status)
    return saved(
        "slots",
        roadshow,
        ngettext("%(num)d slot was removed.", "%(num)d slots were removed.", len(chosen)),
        part=part,
    )
