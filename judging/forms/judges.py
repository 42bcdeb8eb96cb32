"""What organizers write down about a judge: who she is, what she knows, how much she takes."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from accounts.addresses import normal_email
from competition.models import Edition, Track
from core.errors import BadInput
from core.forms import Form, LineField, ParagraphsField, TrilingualField
from core.languages import LANGUAGES, current_language
from judging.forms.panel import NEEDED, ChecksField, WholeField
from judging.models import Background, Judge

_COUNTRIES = [("", "–"), ("CN", _l("China")), ("KR", _l("Korea")), ("ZZ", _l("Another country"))]
BACKGROUNDS = {
    Background.INVESTOR: _l("Investor"),
    Background.INDUSTRY: _l("Industry"),
    Background.ACADEMIA: _l("University or research"),
    Background.PUBLIC: _l("Public office"),
}
_LEVELS = [
    ("", "–"),
    ("1", _l("knows it")),
    ("2", _l("knows it well")),
    ("3", _l("expert")),
]
_MOST_INTERESTS = 40
_LONGEST_INTEREST = 160


class JudgeForm(Form):
    name = LineField(_l("Name"), [InputRequired(NEEDED)], most=80)
    name_latin = LineField(_l("Name in Latin letters"), most=80)
    email = LineField(
        _l("E-mail"),
        most=254,
        description=_l("For the invitation. Without one, hand over the link or QR code."),
    )
    affiliation = TrilingualField(
        _l("Affiliation"),
        needed="none",
        description=_l(
            "Teams of the same institution are not assigned to this judge; every language counts."
        ),
    )
    interests = ParagraphsField(
        _l("Stakes in firms and funds"),
        most=4000,
        description=_l(
            "One per line: firms and funds this judge belongs to or holds shares of, by name or company"
            " number. Teams that they back or belong to are not assigned."
        ),
    )
    country = SelectField(_l("Country"), choices=[SelectChoice(*pair) for pair in _COUNTRIES])
    background = SelectField(
        _l("Background"),
        choices=[SelectChoice("", "–"), *(SelectChoice(*pair) for pair in BACKGROUNDS.items())],
        default="",
    )
    languages = ChecksField(
        _l("Languages"),
        choices=[SelectChoice(code, name) for code, (_tag, _folder, name) in LANGUAGES.items()],
    )
    takes_interpreter = BooleanField(
        _l("Judges with an interpreter"),
        description=_l("May get entries in a language this judge does not read, if an interpreter helps."),
    )
    expertise = LineField(_l("Expertise"), most=200, description=_l("Separated by commas."))
    least_load = WholeField(_l("Fewest entries per round"))
    most_load = WholeField(_l("Most entries per round"))
    is_head = BooleanField(_l("Head judge"), description=_l("Leads the panel’s discussion and decides ties."))

    tracks: tuple[Track, ...] = ()

    def validate_email(self, field: LineField) -> None:
        if field.data:
            try:
                field.data = normal_email(field.data)
            except BadInput as problem:
                raise ValidationError(problem.detail or next(iter(problem.fields.values()), "")) from problem

    def validate_interests(self, field: ParagraphsField) -> None:
        named = _lines(field.data)
        if len(named) > _MOST_INTERESTS:
            raise ValidationError(_l("Please give at most %(most)d of them.", most=_MOST_INTERESTS))
        if any(len(line) > _LONGEST_INTEREST for line in named):
            raise ValidationError(_l("A line is longer than %(max)d characters.", max=_LONGEST_INTEREST))

    @property
    def level_fields(self) -> list[SelectField]:
        """One per track of the edition, in the tracks' order."""
        return [self[_level_name(track)] for track in self.tracks]

    def values(self) -> dict[str, Any]:
        """What the operations take."""
        return {
            "name": self.name.data,
            "name_latin": self.name_latin.data or "",
            "email": self.email.data or "",
            "affiliation": self.affiliation.value,
            "interests": _lines(self.interests.data),
            "country": self.country.data or "",
            "background": Background(self.background.data) if self.background.data else None,
            "languages": list(self.languages.data or []),
            "takes_interpreter": bool(self.takes_interpreter.data),
            "expertise": [
                part.strip()
                for part in (self.expertise.data or "").replace("，", ",").split(",")
                if part.strip()
            ],
            "levels": {
                track.slug: int(field.data)
                for track, field in zip(self.tracks, self.level_fields, strict=True)
                if field.data
            },
            "least_load": self.least_load.number,
            "most_load": self.most_load.number,
            "is_head": bool(self.is_head.data),
        }


def judge_form(edition: Edition, judge: Judge | None = None) -> JudgeForm:
    """The form for a judge of the edition (a new one: None), with a level for each of its tracks."""
    lang = current_language()
    levels = {
        _level_name(track): SelectField(
            track.name.pick(lang).text, choices=[SelectChoice(*pair) for pair in _LEVELS], default=""
        )
        for track in edition.tracks
    }
    kind = type("EditionJudgeForm", (JudgeForm,), {**levels, "tracks": tuple(edition.tracks)})
    form: JudgeForm
    if judge is None:
        form = kind(languages=[], takes_interpreter=True)
        return form
    known = {_level_name(track): str(judge.levels.get(track.slug, "")) for track in edition.tracks}
    form = kind(
        name=judge.name,
        name_latin=judge.name_latin,
        email=judge.email,
        affiliation=judge.affiliation,
        interests="\n".join(judge.interests),
        country=judge.country,
        background=judge.background.value if judge.background else "",
        languages=judge.languages,
        takes_interpreter=judge.takes_interpreter,
        expertise=", ".join(judge.expertise),
        least_load="" if judge.least_load is None else str(judge.least_load),
        most_load="" if judge.most_load is None else str(judge.most_load),
        is_head=judge.is_head,
        version=judge.version,
        **known,
    )
    return form


def _level_name(track: Track) -> str:
    return f"level_{track.id}"


def _lines(text: str | None) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in (text or "").splitlines() if line.strip()))
