"""What organizers send about messages: a letter, and to whom."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from core.forms import Form, TrilingualField
from roadshows.models import GuestKind
from roadshows.operations.letters import GROUPS

GROUP_WORDS = {
    "speakers": _l("Speakers"),
    "interpreters": _l("Interpreters"),
    "teams": _l("Teams at the meetings"),
    "investors": _l("Investors at the meetings"),
    "confirmed": _l("Guests with a ticket"),
    "waiting": _l("Guests on the waiting list"),
    "applied": _l("Guests waiting for approval"),
    "invited": _l("Invited guests without an answer"),
}
KIND_WORDS = {
    GuestKind.GOVERNMENT.value: _l("Government"),
    GuestKind.INVESTOR.value: _l("Investor"),
    GuestKind.INCUBATOR.value: _l("Incubator"),
    GuestKind.COMPANY.value: _l("Company"),
    GuestKind.PRESS.value: _l("Press"),
    GuestKind.TEAM.value: _l("Team"),
    GuestKind.OTHER.value: _l("Other"),
}


class LetterForm(Form):
    """To which groups, to guests of which kinds, and what. expected: how many people the preview named."""

    groups = SelectMultipleField(
        _l("To"),
        [InputRequired(_l("Please choose at least one group."))],
        choices=[SelectChoice(name, GROUP_WORDS[name]) for name in GROUPS],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    kinds = SelectMultipleField(
        _l("Only guests of these kinds"),
        choices=[SelectChoice(value, word) for value, word in KIND_WORDS.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    subject = TrilingualField(_l("Subject"))
    body = TrilingualField(_l("Text"), paragraphs=True)
    expected = IntegerField(widget=HiddenInput())

    def guest_kinds(self) -> list[GuestKind]:
        return [GuestKind(kind) for kind in self.kinds.data or ()]
