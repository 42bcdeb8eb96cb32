"""The slots of a day: added as a series, changed one by one, taken away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from core.access import access
from core.errors import BadInput, NotFound
from core.forms import Form, seen_version
from roadshows import policy
from roadshows.forms import places as forms
from roadshows.forms.office import SeenForm
from roadshows.local_times import places_for, readings
from roadshows.models import Day, Roadshow, Slot
from roadshows.operations import timetable
from roadshows.queries import office as queries
from roadshows.views.office import place_of
from roadshows.views.office_places import called
from roadshows.views.office_shared import Answer, attempt, bp, page, saved, seen


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
        (called("days", day), ""),
        status=status,
        form=form,
        day=day,
        called=called("days", day),
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
        (called("days", day), url_for("roadshow_office.slots", roadshow=roadshow.slug, part=day.id)),
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
