"""Forms for where and when: cities, days, venues, rooms, slots."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from competition.forms.organizer import CHOOSE, number_field
from core.forms import Form, LineField, TrilingualField
from core.languages import current_language
from roadshows import labels
from roadshows.forms.office import choices_of, day_field, time_field
from roadshows.models import Day, HostCity, Roadshow, Room, Slot, Venue
from roadshows.slot_times import MOST_IN_A_SERIES
from roadshows.zones import COUNTRIES, all_zones


def _named(rows: list[Any]) -> list[SelectChoice]:
    return [SelectChoice(row.id, row.name.pick(current_language()).text) for row in rows]


def _chosen(rows: list[Any], number: int | None) -> Any:
    return next(row for row in rows if row.id == number)


class CityForm(Form):
    slug = LineField(_l("Short name in addresses"), most=40, description=_l("For example seoul."))
    name = TrilingualField(_l("Name in three languages"))
    country = SelectField(
        _l("Country"), choices=[SelectChoice(code, labels.COUNTRIES[code]) for code in COUNTRIES]
    )
    zone = SelectField(
        _l("Clock"),
        choices=[SelectChoice(zone, zone.replace("_", " ")) for zone in all_zones()],
        description=_l("The time zone by which every time in this city is told."),
    )

    def ready(self, roadshow: Roadshow, part: HostCity | None) -> None:
        """Fit the form to what it is about."""
        if part is not None:
            del self.slug

    def values(self, roadshow: Roadshow) -> dict[str, Any]:
        found = {"name": self.name.value, "country": self.country.data, "zone": self.zone.data}
        return found | ({"slug": self.slug.data or ""} if "slug" in self else {})

    @staticmethod
    def shown(part: HostCity) -> dict[str, Any]:
        return {"name": part.name, "country": part.country, "zone": part.zone}


class DayForm(Form):
    city = SelectField(_l("City"), [InputRequired(CHOOSE)], coerce=int)
    date = day_field(_l("Date"))
    title = TrilingualField(_l("Title of the day"), needed="")

    def ready(self, roadshow: Roadshow, part: Day | None) -> None:
        if part is None:
            self.city.choices = _named(roadshow.cities)  # type: ignore[assignment]
        else:
            del self.city

    def values(self, roadshow: Roadshow) -> dict[str, Any]:
        found: dict[str, Any] = {"date": self.date.data, "title": self.title.value}
        return found | ({"city": _chosen(roadshow.cities, self.city.data)} if "city" in self else {})

    @staticmethod
    def shown(part: Day) -> dict[str, Any]:
        return {"date": part.date, "title": part.title}


class VenueForm(Form):
    city = SelectField(_l("City"), [InputRequired(CHOOSE)], coerce=int)
    name = TrilingualField(_l("Name in three languages"))
    address = TrilingualField(_l("Postal address"), needed="")
    directions = TrilingualField(_l("How to get there"), paragraphs=True, needed="")

    def ready(self, roadshow: Roadshow, part: Venue | None) -> None:
        self.city.choices = _named(roadshow.cities)  # type: ignore[assignment]

    def values(self, roadshow: Roadshow) -> dict[str, Any]:
        return {
            "city": _chosen(roadshow.cities, self.city.data),
            "name": self.name.value,
            "address": self.address.value,
            "directions": self.directions.value,
        }

    @staticmethod
    def shown(part: Venue) -> dict[str, Any]:
        return {
            "city": part.city_id,
            "name": part.name,
            "address": part.address,
            "directions": part.directions,
        }


class RoomForm(Form):
    venue = SelectField(_l("Venue"), [InputRequired(CHOOSE)], coerce=int)
    name = TrilingualField(_l("Name in three languages"))
    capacity = number_field(_l("Seats"))

    def ready(self, roadshow: Roadshow, part: Room | None) -> None:
        self.venue.choices = _named(roadshow.venues)  # type: ignore[assignment]

    def values(self, roadshow: Roadshow) -> dict[str, Any]:
        return {
            "venue": _chosen(roadshow.venues, self.venue.data),
            "name": self.name.value,
            "capacity": self.capacity.data,
        }

    @staticmethod
    def shown(part: Room) -> dict[str, Any]:
        return {"venue": part.venue_id, "name": part.name, "capacity": part.capacity}


class MapForm(Form):
    map = FileField(_l("Plan as a picture (PNG or JPEG)"))


class SlotsForm(Form):
    """One slot or several after another."""

    first = time_field(_l("First begins at"))
    minutes = number_field(_l("Minutes each"), least=1, most=720)
    count = number_field(_l("How many"), least=1, most=MOST_IN_A_SERIES)
    pause = number_field(_l("Minutes between two"), most=240)
    block = SelectField(
        _l("Part of the day"),
        choices=choices_of(labels.BLOCKS),
        description=_l("Sessions of a track are kept together within a part of the day."),
    )


class SlotForm(Form):
    at = time_field(_l("Begins at"))
    minutes = number_field(_l("Minutes"), least=1, most=720)
    block = SelectField(_l("Part of the day"), choices=choices_of(labels.BLOCKS))

    def keep_block(self, slot: Slot) -> None:
        """A block of another name, from an import, stays choosable."""
        if slot.block not in labels.BLOCKS:
            self.block.choices = [*choices_of(labels.BLOCKS), SelectChoice(slot.block, slot.block)]
