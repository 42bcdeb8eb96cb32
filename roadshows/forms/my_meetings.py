"""What a party at the meetings sends from its own page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from core.forms import Form, LineField, ParagraphsField, TrilingualField
from roadshows.forms.meetings import CHOOSE, LANGUAGE_CHOICES, NEEDED, ChecksField, CountField, sound_fields
from roadshows.labels_of_meetings import QUESTIONS
from roadshows.models import Feedback, MeetingParty


class CardForm(Form):
    headline = TrilingualField(_l("In one sentence"), needed="any")
    about = TrilingualField(_l("More about it"), paragraphs=True, needed="none")
    fields = LineField(
        _l("Fields"), [Optional(), sound_fields], most=200, description=_l("Set apart by commas.")
    )
    languages = ChecksField(_l("We can talk in"), [InputRequired(CHOOSE)], choices=LANGUAGE_CHOICES)
    most_meetings = CountField(_l("Meetings at most"), [InputRequired(NEEDED)], least=1, most=40)
    shared = BooleanField(
        _l("Show this card to the other side"),
        description=_l("Name, sentence, text, fields and languages; never the address or telephone number."),
    )

    @classmethod
    def showing(cls, party: MeetingParty) -> CardForm:
        return cls(
            headline=party.headline,
            about=party.about,
            fields=", ".join(party.fields),
            languages=party.languages,
            most_meetings=str(party.most_meetings),
            shared=party.shared_at is not None,
            version=party.version,
        )


class TimesForm(Form):
    can = ChecksField(_l("When we can come"))


class DeclineForm(Form):
    reason = ParagraphsField(
        _l("Reason"),
        [Optional()],
        most=500,
        description=_l("For the organizers; the other side does not read it."),
    )


_MARKS = [SelectChoice(str(mark), str(mark)) for mark in range(1, 6)]


class FeedbackForm(Form):
    """One mark from 1 to 5 for each of `QUESTIONS`; each may be left out."""

    whole = RadioField(QUESTIONS["whole"], [Optional()], choices=_MARKS, validate_choice=True)
    program = RadioField(QUESTIONS["program"], [Optional()], choices=_MARKS)
    meetings = RadioField(QUESTIONS["meetings"], [Optional()], choices=_MARKS)
    interpreting = RadioField(QUESTIONS["interpreting"], [Optional()], choices=_MARKS)
    organization = RadioField(QUESTIONS["organization"], [Optional()], choices=_MARKS)
    comment = ParagraphsField(_l("What should we do better?"), [Optional()], most=2000)

    @classmethod
    def showing(cls, given: Feedback | None) -> FeedbackForm:
        if given is None:
            return cls()
        return cls(comment=given.comment, **{name: str(mark) for name, mark in given.marks.items()})

    @property
    def marks(self) -> dict[str, int]:
        return {name: int(self[name].data) for name in QUESTIONS if self[name].data}
