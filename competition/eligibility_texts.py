"""Eligibility in words: a rule as everybody reads it, and what came out of it for one team."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from competition import labels
from competition.eligibility import Facts, Finding, examine
from competition.models import Country
from core.languages import Trilingual, current_language


def country_name(code: str) -> str:
    """The country of a team, as shown."""
    return str(labels.COUNTRIES[Country(code)])


def country_codes() -> list[str]:
    """The countries of teams in the order in which the page's readers put them."""
    return ["KR", "CN", "joint"] if current_language() == "ko" else ["CN", "KR", "joint"]


def words_of_rule(rule: Mapping[str, Any]) -> str:
    """One rule for a page that concerns nobody in particular: the organizers' own words, else ours."""
    return rule_text(examine(Facts(year=2000), [rule])[0])


def rule_text(finding: Finding) -> str:
    """What the rule demands."""
    if finding.text:
        own = Trilingual.from_json({key: str(value) for key, value in finding.text.items()})
        return own.pick(current_language()).text
    params = finding.params
    kind = finding.code.rpartition("_")[0]
    if kind == "age":
        what = {
            "all": _("Age of every member"),
            "captain": _("Age of the captain"),
            "average": _("Average age of the members"),
        }[params["who"]]
        return _("%(what)s: %(range)s", what=what, range=_range(params))
    if kind == "team_size":
        return _("%(what)s: %(range)s", what=_("Members of the team, captain included"), range=_range(params))
    if kind == "company_age":
        return _("%(what)s: %(range)s", what=_("Years since the company was founded"), range=_range(params))
    if kind == "country":
        names = _(", ").join(country_name(code) for code in country_codes() if code in params["countries"])
        return _("%(what)s: %(range)s", what=_("Country of the team"), range=names)
    if finding.code == "earlier_prize_allowed":
        return _("Earlier prizes of the project are no obstacle")
    if kind == "earlier_prize":
        return _("The project has won no prize in another contest")
    return _("A rule that the organizers check themselves")


def outcome_text(finding: Finding) -> str:
    """What came out of it for the team; "" when there is nothing to add to "kept"."""
    params: dict[str, Any] = dict(finding.params)
    code = finding.code
    if code == "age_broken":
        if params["who"] == "average":
            return _("The average is %(average)s.", average=params["average"])
        return ngettext("%(num)d person is outside.", "%(num)d people are outside.", params["count"])
    if code == "age_unknown":
        if not params["count"]:
            return _("Nobody is in the team yet.")
        return ngettext(
            "The birth year of %(num)d person is not known; it can be added in the profile.",
            "The birth years of %(num)d people are not known; they can be added in their profiles.",
            params["count"],
        )
    plain = {
        "team_size_broken": lambda: _("The team has %(size)d now.", size=params["size"]),
        "team_size_kept": lambda: _("The team has %(size)d now.", size=params["size"]),
        "company_age_broken": lambda: _("By the founding year it is %(age)d.", age=params["age"]),
        "company_age_none": lambda: _("No founding year is given, so the team counts as not founded yet."),
        "company_age_elsewhere": lambda: _("Doesn't concern the division you chose."),
        "country_broken": lambda: _("Your team: %(country)s.", country=country_name(params["country"])),
        "country_unknown": lambda: _("The team's country is not stated."),
        "earlier_prize_broken": lambda: _("You named: %(prize)s", prize=params["prize"]),
        "unreadable": lambda: _("The organizers will look at this one."),
    }
    return plain[code]() if code in plain else ""


def _range(params: Mapping[str, Any]) -> str:
    least, most = params.get("least"), params.get("most")
    if least is not None and most is not None:
        return _("%(least)d to %(most)d", least=least, most=most)
    if least is not None:
        return _("%(least)d or more", least=least)
    return _("%(most)d at most", most=most)
