"""What organizers send about the agenda."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from core.forms import Form, TrilingualField

WHOEVER, NOBODY = "whoever", "nobody"
WHOLE_CITY = "whole"

Groups = Mapping[str, Sequence[tuple[str, str]]]


class StepForm(Form):
    """One step as a button of the editor's page sends it: JSON as the API takes it."""

    step = HiddenField()


class MoveForm(Form):
    """Where a session goes. `version` is the revision of the agenda that the page showed."""

    slot = SelectField(_l("Time"))
    room = SelectField(_l("Room"))
    interpreter = SelectField(_l("Interpreter"))

    def offer(self, slots: Groups, rooms: Groups, interpreters: Sequence[tuple[str, Any]]) -> None:
        """What can be chosen."""
        self.slot.choices = _grouped(slots)
        self.room.choices = _grouped(rooms)
        self.interpreter.choices = [SelectChoice(*pair) for pair in interpreters]
        if not interpreters:
            del self.interpreter


class PlanForm(Form):
    """What is to be planned."""

    what = RadioField(
        _l("What may move"),
        choices=[
            SelectChoice("rest", _l("nothing that stands: only what has no place yet gets one")),
            SelectChoice("repair", _l("as few sessions as it takes to keep all rules")),
            SelectChoice("all", _l("everything that is not locked, for the best agenda")),
        ],
        default="rest",
    )
    seconds = RadioField(
        _l("How long to search"),
        choices=[
            SelectChoice("20", _l("up to 20 seconds")),
            SelectChoice("60", _l("up to a minute")),
            SelectChoice("300", _l("up to five minutes")),
        ],
        default="20",
    )


class PublishForm(Form):
    """A word with the new version. `version` is the revision of the agenda that the page showed."""

    note = TrilingualField(
        _l("What is new, in a sentence"),
        needed="none",
        description=_l("Shown with the version; may stay empty."),
    )


def _grouped(groups: Groups) -> list[SelectChoice]:
    return [SelectChoice(*pair, {}, name) for name, pairs in groups.items() for pair in pairs]
