"""Forms for people and sessions: who speaks and interprets, and what is in the program."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, FieldList, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from competition.forms.organizer import CHOOSE, NEEDED, number_field
from core.forms import Form, LineField, TrilingualField
from core.languages import LANGUAGES, current_language
from roadshows import labels
from roadshows.forms.office import LocalTimeField, choices_of
from roadshows.models import (
    AppearanceKind,
    Interpreter,
    Participant,
    Session,
    SessionKind,
    SessionTrack,
    Speaker,
)
from roadshows.operations.program import AUTOMATIC, LONGEST, MOST_SPEAKERS, Part
from roadshows.operations.speakers import BASICS
from roadshows.zones import USUAL

OWN_LANGUAGE = [SelectChoice(code, name) for code, (_tag, _folder, name) in LANGUAGES.items()]
LEAST_ROWS = 3


class ChecksField(SelectMultipleField):
    """Several choices as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PersonForm(Form):
    """A person, and as what the person is there."""

    name = LineField(_l("Name"), [InputRequired(NEEDED)], most=80)
    name_latin = LineField(_l("Name in Latin letters"), most=80)
    organization = LineField(_l("Organization"), most=200)
    position = LineField(_l("Position"), most=120)
    email = LineField(_l("E-mail"), most=254, description=_l("For the link to the person's own page."))
    phone = LineField(_l("Telephone"), most=40)
    language = SelectField(_l("Language of messages"), choices=OWN_LANGUAGE)
    zone = SelectField(
        _l("Own clock"), choices=[SelectChoice(zone, zone.replace("_", " ")) for zone in USUAL]
    )
    speaks = BooleanField(_l("Speaks, pitches, moderates or signs"))
    title = TrilingualField(_l("As the program prints it"), needed="")
    about = TrilingualField(_l("About the person"), paragraphs=True, needed="")
    is_shown = BooleanField(_l("Stands on the public page of speakers"), default=True)
    interprets = BooleanField(_l("Interprets"))
    pairs = ChecksField(_l("Between"), choices=choices_of(labels.PAIRS))
    most_in_a_row = number_field(_l("Slots in a row at most"), least=1, most=50, needed=False)

    def ready(self, participant: Participant | None) -> None:
        """A clock that is not one of the usual ones stays choosable."""
        if participant is not None and participant.zone not in USUAL:
            self.zone.choices = [  # type: ignore[assignment]
                *(self.zone.choices or []),
                SelectChoice(participant.zone, participant.zone),
            ]

    @staticmethod
    def shown(
        participant: Participant, speaker: Speaker | None, interpreter: Interpreter | None
    ) -> dict[str, Any]:
        found: dict[str, Any] = {name: getattr(participant, name) for name in BASICS}
        found |= {"speaks": speaker is not None, "interprets": interpreter is not None}
        found |= {"is_shown": speaker.is_shown if speaker else True, "most_in_a_row": 4}
        if speaker is not None:
            found |= {"title": speaker.title, "about": speaker.about}
        if interpreter is not None:
            found |= {"pairs": interpreter.pairs, "most_in_a_row": interpreter.most_in_a_row}
        return found

    def basics(self) -> dict[str, Any]:
        return {name: self[name].data or "" for name in BASICS}


class AbsenceForm(Form):
    """When somebody can't be had, by the clock of a city."""

    city = SelectField(_l("By the clock of"), [InputRequired(CHOOSE)], coerce=int)
    starts_at = LocalTimeField(_l("From"), [InputRequired(NEEDED)])
    ends_at = LocalTimeField(_l("Until"), [InputRequired(NEEDED)])


class PhotoForm(Form):
    photo = FileField(_l("Portrait (PNG or JPEG)"))


class SessionForm(Form):
    """A session: what it is, in which city and language, who is in it."""

    kind = SelectField(_l("Kind"), choices=choices_of(labels.SESSION_KINDS))
    title = TrilingualField(_l("Title"))
    summary = TrilingualField(_l("What it is about"), paragraphs=True, needed="")
    city = SelectField(_l("City"), [InputRequired(CHOOSE)], coerce=int)
    track = SelectField(_l("Track"), choices=[], default="")
    minutes = number_field(_l("Minutes"), least=1, most=LONGEST)
    audience = number_field(_l("Expected audience"), most=100_000)
    whole_city = BooleanField(
        _l("Nothing else takes place in this city meanwhile"),
        description=_l("An opening, a break, a signing ceremony."),
    )
    language = SelectField(_l("Language spoken"), choices=choices_of(labels.LANGUAGES))
    interpreting = SelectField(
        _l("Interpreting"),
        choices=[
            SelectChoice(AUTOMATIC, _l("As language and city suggest")),
            SelectChoice("", _l("None")),
            *choices_of(labels.PAIRS),
        ],
    )
    entry = SelectField(_l("Team, for a pitch"), choices=[], default="")
    moderator = SelectField(_l("Moderator"), choices=[], default="")
    speakers = FieldList(
        SelectField(choices=[], default=""), min_entries=LEAST_ROWS, max_entries=MOST_SPEAKERS
    )

    def ready(
        self,
        cities: list[Any],
        tracks: list[SessionTrack],
        entries: list[Any],
        speakers: list[Speaker],
    ) -> None:
        """Offer what there is to choose from."""
        lang = current_language()
        nobody = SelectChoice("", "–")
        self.city.choices = [(row.id, row.name.pick(lang).text) for row in cities]
        self.track.choices = [  # type: ignore[assignment]
            nobody,
            *[SelectChoice(str(row.id), row.name.pick(lang).text) for row in tracks],
        ]
        self.entry.choices = [  # type: ignore[assignment]
            nobody,
            *[SelectChoice(row.key, row.team.name) for row in entries],
        ]
        people = [SelectChoice(row.participant.key, _who(row)) for row in speakers]
        for field in (self.moderator, *self.speakers):
            field.choices = [nobody, *people]

    def chosen(
        self, cities: list[Any], tracks: list[SessionTrack], entries: list[Any], speakers: list[Speaker]
    ) -> dict[str, Any]:
        """What `operations.program` takes: rows instead of keys."""
        by_key = {row.participant.key: row for row in speakers}
        parts: dict[str, Part] = {}
        for field in self.speakers:
            if field.data:
                parts.setdefault(field.data, Part(by_key[field.data]))
        if self.moderator.data:
            parts[self.moderator.data] = Part(by_key[self.moderator.data], AppearanceKind.MODERATOR)
        return {
            "kind": SessionKind(self.kind.data),
            "title": self.title.value,
            "summary": self.summary.value,
            "city": next(row for row in cities if row.id == self.city.data),
            "track": next((row for row in tracks if str(row.id) == self.track.data), None),
            "minutes": self.minutes.data,
            "audience": self.audience.data,
            "whole_city": self.whole_city.data,
            "language": self.language.data,
            "interpreting": self.interpreting.data,
            "entry": next((row for row in entries if row.key == self.entry.data), None),
            "parts": list(parts.values()),
        }

    @staticmethod
    def shown(session: Session) -> dict[str, Any]:
        people = [row for row in session.appearances if row.kind is AppearanceKind.SPEAKER]
        lead = next((row for row in session.appearances if row.kind is AppearanceKind.MODERATOR), None)
        keys = [row.speaker.participant.key for row in people]
        return {
            "kind": session.kind.value,
            "title": session.title,
            "summary": session.summary,
            "city": session.city_id,
            "track": str(session.track_id or ""),
            "minutes": session.minutes,
            "audience": session.audience,
            "whole_city": session.whole_city,
            "language": session.language,
            "interpreting": session.interpreting,
            "entry": session.entry.key if session.entry else "",
            "moderator": lead.speaker.participant.key if lead else "",
            "speakers": [*keys, ""] if len(keys) >= LEAST_ROWS else keys,
        }


def _who(speaker: Speaker) -> str:
    who = speaker.participant
    return " · ".join(text for text in (who.name, who.name_latin, who.organization) if text)


class TeamsForm(Form):
    """Teams whose pitches are put into the program."""

    city = SelectField(_l("City"), [InputRequired(CHOOSE)], coerce=int)
    minutes = number_field(_l("Minutes each"), least=1, most=LONGEST)
    language = SelectField(
        _l("Language spoken"),
        choices=[SelectChoice("", _l("By the team's country")), *choices_of(labels.LANGUAGES)],
    )


class TrackForm(Form):
    name = TrilingualField(_l("Name in three languages"))


class MaterialForm(Form):
    session = SelectField(_l("Belongs to"), choices=[], default="")
    title = TrilingualField(_l("Title"))
    is_public = BooleanField(_l("Everybody may see it"))
    file = FileField(_l("File (PDF, PNG or JPEG)"))

    def ready(self, sessions: list[Session]) -> None:
        lang = current_language()
        self.session.choices = [  # type: ignore[assignment]
            SelectChoice("", _l("The whole event")),
            *[SelectChoice(row.key, row.title.pick(lang).text) for row in sessions],
        ]
