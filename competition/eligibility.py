"""May this team enter? Rules are data, facts are plain values, the answer is one finding per rule.

A rule is a JSON object with a `kind`, its parameters and, if the organizers want their own words, a `text`
(`{"zh": …, "ko": …, "en": …}`). Every kind takes `"severity": "warning"` when the organizers rather look
themselves than stop anybody (default "blocking").

| kind | parameters |
|---|---|
| `age` | `least`, `most` (years, both optional), `who`: `all` (default), `captain` or `average` |
| `team_size` | `least`, `most`: captain and members, without advisers |
| `company_age` | `most`; `divisions`: slugs it is limited to (default: every division) |
| `country` | `countries`: any of `CN`, `KR`, `joint` |
| `earlier_prize` | `allowed`: false refuses a project that names an earlier prize |

Only years are known of births and foundings (no dates are collected), so age is the edition's year minus that
year: the age that a person reaches in the edition's year. A rule that can't be read never stops a team: it
becomes a warning that the organizers look at it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

KINDS = ("age", "team_size", "company_age", "country", "earlier_prize")
COUNTRIES = ("CN", "KR", "joint")
AGES_OF = ("all", "captain", "average")


class Level(enum.StrEnum):
    """OK: the rule is kept. WARNING: somebody has to look or something is unknown. BLOCKING: it is broken."""

    OK = "ok"
    WARNING = "warning"
    BLOCKING = "blocking"


@dataclass(frozen=True)
class Facts:
    """What is known of a team. `birth_years` are those of captain and members (None: not given), the
    captain's first.
    """

    year: int
    birth_years: Sequence[int | None] = ()
    country: str = ""
    founded_year: int | None = None
    division: str = ""
    earlier_prize: str = ""

    @property
    def size(self) -> int:
        return len(self.birth_years)


@dataclass(frozen=True)
class Finding:
    """What one rule says about the facts. `code` and `params` make the sentence, `text` is the organizers'
    own.
    """

    level: Level
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    text: Mapping[str, str] | None = None

    @property
    def is_blocking(self) -> bool:
        return self.level is Level.BLOCKING


class UnreadableRule(ValueError):
    """A rule of an unknown kind or with impossible parameters."""


def examine(facts: Facts, rules: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """One finding per rule, in the rules' order. Never raises: an unreadable rule is a warning."""
    return [_examine_one(facts, rule) for rule in rules]


def check_rule(rule: Any) -> None:
    """Raise `UnreadableRule` unless `rule` is one that `examine` understands."""
    if not isinstance(rule, Mapping):
        raise UnreadableRule("a rule is an object")
    examiner = _EXAMINERS.get(rule.get("kind", ""))
    if examiner is None:
        raise UnreadableRule(f"unknown kind {rule.get('kind')!r}")
    if rule.get("severity", "blocking") not in ("blocking", "warning"):
        raise UnreadableRule("severity is blocking or warning")
    examiner(Facts(year=2000, birth_years=(1980,), founded_year=1999), rule)


def _examine_one(facts: Facts, rule: Any) -> Finding:
    text = rule.get("text") if isinstance(rule, Mapping) else None
    text = text if isinstance(text, Mapping) and any(text.values()) else None
    try:
        check_rule(rule)
        level, code, params = _EXAMINERS[rule["kind"]](facts, rule)
    except UnreadableRule:
        return Finding(Level.WARNING, "unreadable", {}, text)
    if level is Level.BLOCKING and rule.get("severity") == "warning":
        level = Level.WARNING
    return Finding(level, code, params, text)


Answer = tuple[Level, str, dict[str, Any]]


def _age(facts: Facts, rule: Mapping[str, Any]) -> Answer:
    least, most = _limits(rule)
    who = rule.get("who", "all")
    if who not in AGES_OF:
        raise UnreadableRule("who is all, captain or average")
    years = list(facts.birth_years[:1] if who == "captain" else facts.birth_years)
    ages = [facts.year - year for year in years if year is not None]
    unknown = len(years) - len(ages)
    params: dict[str, Any] = {"least": least, "most": most, "who": who}
    if who == "average" and ages:
        average = Fraction(sum(ages), len(ages))
        params["average"] = f"{float(average):.1f}"
        outside = 0 if _within(average, least, most) else 1
    else:
        outside = sum(not _within(age, least, most) for age in ages)
    if outside and not (who == "average" and unknown):
        return Level.BLOCKING, "age_broken", params | {"count": outside}
    if unknown or not years:
        return Level.WARNING, "age_unknown", params | {"count": unknown}
    return Level.OK, "age_kept", params


def _team_size(facts: Facts, rule: Mapping[str, Any]) -> Answer:
    least, most = _limits(rule)
    params = {"least": least, "most": most, "size": facts.size}
    if _within(facts.size, least, most):
        return Level.OK, "team_size_kept", params
    return Level.BLOCKING, "team_size_broken", params


def _company_age(facts: Facts, rule: Mapping[str, Any]) -> Answer:
    most = _number(rule.get("most"))
    if most is None:
        raise UnreadableRule("most is missing")
    divisions = rule.get("divisions") or []
    if not isinstance(divisions, list) or not all(isinstance(slug, str) for slug in divisions):
        raise UnreadableRule("divisions is a list of slugs")
    params: dict[str, Any] = {"most": most}
    if divisions and facts.division not in divisions:
        return Level.OK, "company_age_elsewhere", params
    if facts.founded_year is None:
        return Level.OK, "company_age_none", params
    params["age"] = max(0, facts.year - facts.founded_year)
    if params["age"] > most:
        return Level.BLOCKING, "company_age_broken", params
    return Level.OK, "company_age_kept", params


def _country(facts: Facts, rule: Mapping[str, Any]) -> Answer:
    countries = rule.get("countries")
    if not isinstance(countries, list) or not countries or any(code not in COUNTRIES for code in countries):
        raise UnreadableRule("countries lists CN, KR or joint")
    params = {"countries": list(countries), "country": facts.country}
    if facts.country in countries:
        return Level.OK, "country_kept", params
    if facts.country not in COUNTRIES:
        return Level.WARNING, "country_unknown", params
    return Level.BLOCKING, "country_broken", params


def _earlier_prize(facts: Facts, rule: Mapping[str, Any]) -> Answer:
    allowed = rule.get("allowed", False)
    if not isinstance(allowed, bool):
        raise UnreadableRule("allowed is true or false")
    if not facts.earlier_prize:
        return Level.OK, "earlier_prize_none", {}
    if allowed:
        return Level.OK, "earlier_prize_allowed", {}
    return Level.BLOCKING, "earlier_prize_broken", {"prize": facts.earlier_prize}


_EXAMINERS: dict[str, Callable[[Facts, Mapping[str, Any]], Answer]] = {
    "age": _age,
    "team_size": _team_size,
    "company_age": _company_age,
    "country": _country,
    "earlier_prize": _earlier_prize,
}


def _within(value: int | Fraction, least: int | None, most: int | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def _limits(rule: Mapping[str, Any]) -> tuple[int | None, int | None]:
    least, most = _number(rule.get("least")), _number(rule.get("most"))
    if (least is None and most is None) or (least is not None and most is not None and least > most):
        raise UnreadableRule("least, most or both, in this order")
    return least, most


def _number(value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1000:
        raise UnreadableRule("a limit is a whole number from 0 to 1000")
    return value
