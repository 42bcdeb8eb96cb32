"""The end of a ranking rule in sentences: earlier rounds, bonus and deductions, prizes, who goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from core.languages import Trilingual
from judging.exact import plain
from judging.rules import Rule
from judging.stages import Stage, Stages


@dataclass(frozen=True, slots=True)
class Setting:
    """What the words need to know of the round besides its rule.

    `rounds`: slug → name of the earlier rounds. `prizes`, `advances`: whether it gives prizes and lets
    entries go on, `places` how many. `adjusts`: whether a bonus or a deduction was or may be made.
    """

    rounds: Mapping[str, Trilingual] = field(default_factory=dict)
    prizes: bool = False
    advances: bool = False
    places: int | None = None
    adjusts: bool = False


def setting_of(snapshot: Mapping[str, Any]) -> Setting:
    """The setting of a finalized result."""
    return Setting(
        rounds={one["round"]: Trilingual.from_json(one["name"]) for one in snapshot.get("carried", ())},
        prizes=bool(snapshot["prizes"]),
        advances=any(row["advances"] is not None for row in snapshot["ranking"]),
        adjusts=any(row.get("adjustments") for row in snapshot["ranking"]),
    )


_PRIZE_TIES = {
    "open": _l(
        "Where equal entries stand on the last place of a prize, the head judge decides, with a reason that "
        "is published."
    ),
    "widen": _l("Where equal entries stand on the last place of a prize, all of them get it."),
    "narrow": _l(
        "Where equal entries stand on the last place of a prize, none of them gets it; they get the next "
        "prize that has a place for each of them."
    ),
    "split": _l("Where equal entries stand on the last place of a prize, they share it."),
}


def ending_sentences(rule: Rule, setting: Setting, lang: str) -> list[str]:
    """What becomes of the round's own total before entries are ranked."""
    adjusting = _adjusting(rule) if setting.adjusts else []
    own = adjusting if rule.adjusting.to == "own" else []
    final = adjusting if rule.adjusting.to == "total" else []
    return [*own, *_staging(rule, setting, lang), *final]


def outcome_sentences(rule: Rule, setting: Setting) -> list[str]:
    """Who gets a prize where places are short, and who goes on."""
    said = [str(_PRIZE_TIES[rule.prize_ties])] if setting.prizes else []
    if not setting.advances:
        return said
    if rule.advance.by == "line":
        assert rule.advance.line is not None
        line = plain(rule.advance.line)
        return [
            *said,
            _("Everybody whose total is %(line)s or lower goes on to the next round.", line=line)
            if rule.low_totals_win
            else _("Everybody whose total reaches %(line)s goes on to the next round.", line=line),
        ]
    best = (
        ngettext(
            "The best entry goes on to the next round.",
            "The best %(num)d entries go on to the next round.",
            setting.places,
        )
        if setting.places
        else _("The best entries go on to the next round.")
    )
    last = (
        _("Of equal entries on the last place all go on.")
        if rule.advance.ties == "all"
        else _("Of equal entries on the last place the head judge decides who goes on.")
    )
    return [*said, f"{best} {last}"]


def _staging(rule: Rule, setting: Setting, lang: str) -> list[str]:
    stages = rule.stages
    if stages is None:
        if not setting.rounds:
            return []
        return [_("Totals of earlier rounds don't count: every entry starts from zero.")]
    said = []
    if stages.own.full is not None:
        fulls = "; ".join(
            f"{_name(stage, setting, lang)} {plain(stage.full)}" for stage in stages.all if stage.full
        )
        said.append(_("Each round's total is made percent of its full mark first (%(fulls)s).", fulls=fulls))
    shares = "; ".join(f"{_name(stage, setting, lang)} {_share(stages, stage)}" for stage in stages.all)
    said.append(_("The final total is put together of the rounds: %(shares)s.", shares=shares))
    if (places := stages.rounding_weighted) is not None:
        said[-1] += " " + (
            ngettext(
                "Each part is rounded half up to %(num)d decimal.",
                "Each part is rounded half up to %(num)d decimals.",
                places,
            )
            if places
            else _("Each part is rounded half up to a whole number.")
        )
    if (places := stages.rounding_total) is not None:
        said[-1] += " " + (
            ngettext(
                "The final total is rounded half up to %(num)d decimal.",
                "The final total is rounded half up to %(num)d decimals.",
                places,
            )
            if places
            else _("The final total is rounded half up to a whole number.")
        )
    return said


def _name(stage: Stage, setting: Setting, lang: str) -> str:
    if not stage.round:
        return _("this round")
    name = setting.rounds.get(stage.round, Trilingual.same(stage.round)).pick(lang).text
    return _("“%(round)s”", round=name)


def _share(stages: Stages, stage: Stage) -> str:
    """In percent where that is exact, else as parts: 1/3."""
    share = stages.share(stage)
    percent = share * 100
    return f"{plain(percent)} %" if 10**4 % percent.denominator == 0 else str(share)


def _adjusting(rule: Rule) -> list[str]:
    text = (
        _(
            "The organizers may add a bonus to this round's total or a deduction, with a reason that is "
            "published."
        )
        if rule.adjusting.to == "own"
        else _("The organizers may add a bonus to the total or a deduction, with a reason that is published.")
    )
    if (places := rule.adjusting.rounding) is not None:
        text += " " + (
            ngettext(
                "This is rounded half up to %(num)d decimal.",
                "This is rounded half up to %(num)d decimals.",
                places,
            )
            if places
            else _("This is rounded half up to a whole number.")
        )
    return [text]
