"""The form of looking at a ranking by another rule; it is sent in the address and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice

from core.forms import Form
from judging.forms.panel import WholeField
from judging.forms.rule import METHODS, OVER

AS_PUBLISHED = ("", _l("as the rule says"))
TIE_CHAINS: dict[str, list[str]] = {
    "none": [],
    "digits": ["more_digits"],
    "untrimmed": ["untrimmed_total", "more_digits"],
    "countback": ["countback"],
    "head_to_head": ["head_to_head"],
    "spread": ["lower_spread"],
}
_TIE_NAMES = [
    AS_PUBLISHED,
    ("none", _l("by nothing: ranks are shared")),
    ("digits", _l("by the total before rounding")),
    ("untrimmed", _l("by the total of all judges")),
    ("countback", _l("by who has more of the highest marks")),
    ("head_to_head", _l("by whom more judges put first")),
    ("spread", _l("by on whom the judges agree more")),
]
_PRIZE_TIES = [
    AS_PUBLISHED,
    ("open", _l("the head judge decides")),
    ("widen", _l("all get the prize")),
    ("narrow", _l("none gets the prize")),
    ("split", _l("they share the prize")),
]


def _choices(pairs: Any) -> list[SelectChoice]:
    return [SelectChoice(*pair) for pair in pairs]


class WhatIfForm(Form):
    """Parts of the rule to say something else; what is left open stays as published."""

    class Meta(Form.Meta):
        csrf = False  # nothing is written

    over = SelectField(_l("The method is applied"), choices=_choices([AS_PUBLISHED, *OVER]), default="")
    method = SelectField(_l("Method"), choices=_choices([AS_PUBLISHED, *METHODS]), default="")
    drop_high = WholeField(_l("Highest marks left out"))
    drop_low = WholeField(_l("Lowest marks left out"))
    drop_from = WholeField(_l("Only from this many judges on"), least=1)
    ties = SelectField(_l("Equal totals are told apart"), choices=_choices(_TIE_NAMES), default="")
    prizes = SelectField(
        _l("Equal entries on the last place of a prize"), choices=_choices(_PRIZE_TIES), default=""
    )
    reset = BooleanField(_l("Earlier rounds don’t count"))

    def changes(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """The keys of the round's rule that the form changes, as `flask rank` reads them."""
        asked = {
            "over": self.over.data or None,
            "method": self.method.data or None,
            "drop_high": self.drop_high.number,
            "drop_low": self.drop_low.number,
            "drop_from": self.drop_from.number,
        }
        changed: dict[str, Any] = {}
        if wanted := {key: value for key, value in asked.items() if value is not None}:
            changed["aggregate"] = {**(rule.get("aggregate") or {}), **wanted}
        if self.ties.data:
            changed["ties"] = TIE_CHAINS[self.ties.data]
        if self.prizes.data:
            changed["prizes"] = {"ties": self.prizes.data}
        if self.reset.data:
            changed["stages"] = None
        return changed
