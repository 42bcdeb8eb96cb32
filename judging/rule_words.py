"""A ranking rule said in sentences, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from core.languages import Trilingual
from judging.exact import plain
from judging.rules import Rule

_METHODS = {
    ("judge_totals", "mean"): _l("The total is the mean of all judges' totals."),
    ("judge_totals", "median"): _l("The total is the median of the judges' totals."),
    ("judge_totals", "sum"): _l("The total is the sum of the judges' totals."),
    ("judge_totals", "rank_sum"): _l(
        "Each judge's totals give an order; the places that an entry gets from all judges are added up, "
        "and the lowest sum wins."
    ),
    ("judge_totals", "borda"): _l(
        "Each judge's totals give an order; an entry gets one point for every entry it leaves behind, and "
        "the points of all judges are added up."
    ),
    ("judge_totals", "points"): _l(
        "Each judge's totals give an order, and the order gives points (%(points)s, then none); the "
        "points of all judges are added up."
    ),
    ("judge_totals", "schulze"): _l(
        "Each judge's totals give an order; entries are compared in pairs by Schulze's method, and an "
        "entry's total is the number of entries that don't beat it."
    ),
    ("judge_totals", "t_score"): _l(
        "Each judge's totals are standardized to mean 50 and deviation 10, so that strict and lenient "
        "judges weigh the same; the total is the mean of these."
    ),
    ("criterion", "mean"): _l("On each criterion the marks of all judges are averaged."),
    ("criterion", "median"): _l("On each criterion the median of the judges' marks counts."),
    ("criterion", "sum"): _l("On each criterion the marks of all judges are added up."),
    ("criterion", "rank_sum"): _l(
        "On each criterion each judge's marks give an order; the places from all judges are added up, and "
        "the lowest sum wins."
    ),
    ("criterion", "borda"): _l(
        "On each criterion each judge's marks give an order; an entry gets one point for every entry it "
        "leaves behind."
    ),
    ("criterion", "points"): _l(
        "On each criterion the mean of all judges gives an order, and the order gives points (%(points)s, "
        "then none)."
    ),
    ("criterion", "schulze"): _l(
        "Each judge's marks on each criterion give an order; entries are compared in pairs by Schulze's "
        "method, and an entry's total is the number of entries that don't beat it."
    ),
    ("criterion", "t_score"): _l(
        "On each criterion each judge's marks are standardized to mean 50 and deviation 10, and then "
        "averaged."
    ),
}

_TIES = {
    "untrimmed_total": _l("the total of all judges, none left out"),
    "more_digits": _l("the total before rounding"),
    "median": _l("the median of all judges"),
    "countback": _l("who has more of the highest mark, then of the next"),
    "head_to_head": _l("whom more judges put first"),
    "lower_spread": _l("on whom the judges agree more"),
    "earlier": _l("who submitted earlier"),
    "calibrated": _l("the score after correction for strict and lenient judges"),
    "decision": _l("a decision of the head judge, with its reason"),
}

_NOTES = {
    "unequal_panels": _l("This rule adds up what judges give, and not all entries have as many judges."),
    "incomplete_sheets": _l("Sheets on which a criterion is not marked were left out."),
}


def sentences(rule: Rule, names: Mapping[str, Trilingual], lang: str) -> list[str]:
    """How the rule makes a total and a rank, step by step. `names`: criterion key → its name."""
    said = [*_weighing(rule), *_method(rule)]
    if rule.over == "criterion" and rule.method != "schulze":
        said.append(_combining(rule))
    said.append(_rounding(rule))
    if rule.minimum_judges > 1:
        said.append(
            ngettext(
                "An entry needs the marks of at least %(num)d judge.",
                "An entry needs the marks of at least %(num)d judges.",
                rule.minimum_judges,
            )
        )
    if rule.direction == "low":
        said.append(_("A lower mark is a better one."))
    said.append(_ties(rule, names, lang))
    return [sentence for sentence in said if sentence]


def notes(codes: Sequence[str]) -> list[str]:
    """What a reader of a ranking should know; `codes` are those of `judging.ranking.Ranking.notes`."""
    return [str(_NOTES[code]) for code in codes]


def tie_step(kind: str, argument: str, names: Mapping[str, Trilingual], lang: str) -> str:
    """What a step of the tie chain compares."""
    if kind == "criterion":
        name = names.get(argument, Trilingual.same(argument)).pick(lang).text
        return _("the result on “%(criterion)s”", criterion=name)
    if kind == "at_least":
        return _("how many judges gave at least %(mark)s", mark=argument)
    if kind == "lot":
        return _("a lot that everybody can draw again (seed %(seed)s)", seed=argument)
    return str(_TIES[kind])


def _weighing(rule: Rule) -> list[str]:
    if rule.over != "judge_totals":
        return []
    if rule.weights == "normalized":
        text = _(
            "Each judge's marks are weighted, the weights adding up to one, and added up to this judge's "
            "total."
        )
    elif any(criterion.weight != 1 for criterion in rule.criteria.values()):
        text = _("Each judge's marks are multiplied by the weights and added up to this judge's total.")
    else:
        text = _("Each judge's marks are added up to this judge's total.")
    if rule.rounding_weighted is not None:
        text += " " + _places(rule.rounding_weighted)
    return [text]


def _method(rule: Rule) -> list[str]:
    if rule.method != "trimmed_mean":
        text = str(_METHODS[rule.over, rule.method])
        points = "–".join(plain(figure) for figure in rule.points)
        return [text % {"points": points} if rule.method == "points" else text]
    dropped: dict[str, Any] = {"high": rule.drop_high, "low": rule.drop_low, "least": rule.drop_from}
    if rule.over == "judge_totals":
        return [
            _(
                "Of the judges' totals the highest (%(high)d) and the lowest (%(low)d) are left out, and "
                "the mean of the others is the total.",
                **dropped,
            ),
            _("With fewer than %(least)d judges none is left out.", **dropped),
        ]
    return [
        _(
            "On each criterion the highest (%(high)d) and the lowest (%(low)d) of the judges' marks are "
            "left out, and the others are averaged.",
            **dropped,
        ),
        _("With fewer than %(least)d judges none is left out.", **dropped),
    ]


def _combining(rule: Rule) -> str:
    parts = []
    if rule.rounding_criterion is not None:
        parts.append(_places(rule.rounding_criterion))
    if rule.weights == "normalized":
        parts.append(_("Each result is weighted, the weights adding up to one."))
    elif any(criterion.weight != 1 for criterion in rule.criteria.values()):
        parts.append(_("Each result is multiplied by the weight of its criterion."))
    if rule.rounding_weighted is not None and len(parts) > (rule.rounding_criterion is not None):
        parts.append(_places(rule.rounding_weighted))
    parts.append(_("The total is the sum over all criteria."))
    return " ".join(parts)


def _places(places: int) -> str:
    if places == 0:
        return _("This is rounded half up to a whole number.")
    return ngettext(
        "This is rounded half up to %(num)d decimal.",
        "This is rounded half up to %(num)d decimals.",
        places,
    )


def _rounding(rule: Rule) -> str:
    if rule.rounding_total is None:
        return _("The total itself is exact; six decimals are shown.")
    if rule.rounding_total == 0:
        return _("The total is rounded half up to a whole number.")
    return ngettext(
        "The total is rounded half up to %(num)d decimal.",
        "The total is rounded half up to %(num)d decimals.",
        rule.rounding_total,
    )


def _ties(rule: Rule, names: Mapping[str, Trilingual], lang: str) -> str:
    shared = _("Entries that are still equal share a rank (1, 1, 3).")
    if not rule.ties:
        return _("Entries with equal totals share a rank (1, 1, 3).")
    steps = "; ".join(
        f"{number}. {tie_step(step.kind, step.argument, names, lang)}"
        for number, step in enumerate(rule.ties, 1)
    )
    return _("Entries with equal totals are told apart by: %(steps)s.", steps=steps) + " " + shared
