"""What organizers ask of an assignment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from core.forms import Form
from judging.forms.panel import NEEDED, WholeField
from judging.models import Background
from judging.panel_settings import PanelSettings

BACKGROUNDS = {
    Background.INVESTOR: _l("Investor"),
    Background.INDUSTRY: _l("Industry"),
    Background.ACADEMIA: _l("Academia"),
    Background.PUBLIC: _l("Public sector"),
}
_MUCH = [("0", _l("does not matter")), ("1", _l("a little")), ("2", _l("as usual")), ("4", _l("very much"))]
_USUAL = PanelSettings()
_WEIGHTS = ("expertise", "wishes", "even_load", "mixing", "few_interpreters")


def _weight(label: Any) -> SelectField:
    return SelectField(label, choices=[SelectChoice(*pair) for pair in _MUCH])


class ProposalForm(Form):
    """The settings of a proposal; `.settings` is what the operation takes."""

    per_entry = WholeField(_l("Judges per entry"), [InputRequired(NEEDED)], least=1, most=100)
    mode = RadioField(
        _l("What may change"),
        choices=[
            SelectChoice("afresh", _l("everything that is not begun: the best assignment for all")),
            SelectChoice("few_changes", _l("as little as possible: only what the rules need (repair)")),
            SelectChoice("fill", _l("nothing that stands: only what is missing is added")),
        ],
    )
    load_slack = WholeField(_l("Loads may differ from the mean by"), [InputRequired(NEEDED)], most=1000)
    least_cn = WholeField(_l("From China"))
    least_kr = WholeField(_l("From Korea"))
    least_investor = WholeField(_l("Investors"))
    least_academia = WholeField(_l("From academia"))
    languages = RadioField(
        _l("Languages"),
        choices=[
            SelectChoice("interpreter", _l("a judge who doesn’t read the entry gets an interpreter")),
            SelectChoice("own", _l("judges only get what they can read")),
            SelectChoice("any", _l("do not look at languages")),
        ],
    )
    interpreters = WholeField(
        _l("Interpreted sheets at most"), description=_l("Empty: as many as the best assignment needs.")
    )
    expertise = _weight(_l("Judges know the field"))
    wishes = _weight(_l("Judges’ own wishes"))
    even_load = _weight(_l("Even loads"))
    mixing = _weight(_l("Changing company"))
    few_interpreters = _weight(_l("Few interpreters"))
    connected = BooleanField(
        _l("All judges are comparable"),
        description=_l("No group of judges and entries is cut off from the others."),
    )
    allow_short = BooleanField(
        _l("Fill what can be filled"),
        description=_l("An entry that too few judges may judge gets those there are."),
    )
    seed = WholeField(
        _l("Draw"), [InputRequired(NEEDED)], description=_l("Decides among equally good assignments.")
    )

    @classmethod
    def showing(cls, settings: PanelSettings) -> ProposalForm:
        def text(number: int | None) -> str:
            return "" if number is None else str(number)

        return cls(
            per_entry=text(settings.per_entry),
            mode=settings.mode,
            load_slack=text(settings.load_slack),
            least_cn=text(settings.least_of_country.get("CN")),
            least_kr=text(settings.least_of_country.get("KR")),
            least_investor=text(settings.least_of_background.get(Background.INVESTOR.value)),
            least_academia=text(settings.least_of_background.get(Background.ACADEMIA.value)),
            languages=settings.languages,
            interpreters=text(settings.interpreters),
            connected=settings.connected,
            allow_short=settings.allow_short,
            seed=text(settings.seed),
            **{name: _shown(name, getattr(settings, name)) for name in _WEIGHTS},
        )

    def settings(self, standing: PanelSettings) -> PanelSettings:
        """What was asked; parts that the form doesn't show stay as they stand."""
        country = {"CN": self.least_cn.number, "KR": self.least_kr.number}
        background = dict(standing.least_of_background) | {
            Background.INVESTOR.value: self.least_investor.number,
            Background.ACADEMIA.value: self.least_academia.number,
        }
        return replace(
            standing,
            per_entry=self.per_entry.number or 1,
            mode=self.mode.data,
            load_slack=self.load_slack.number or 0,
            languages=self.languages.data,
            interpreters=self.interpreters.number,
            least_of_country={label: least for label, least in country.items() if least},
            least_of_background={label: least for label, least in background.items() if least},
            connected=bool(self.connected.data),
            allow_short=bool(self.allow_short.data),
            seed=self.seed.number or 0,
            **{name: getattr(_USUAL, name) * int(self[name].data) // 2 for name in _WEIGHTS},
        )


def _shown(name: str, weight: int) -> str:
    """The choice that comes nearest to a weight."""
    usual = getattr(_USUAL, name)
    return min((key for key, _label in _MUCH), key=lambda key: abs(usual * int(key) // 2 - weight))
