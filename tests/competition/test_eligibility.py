"""Eligibility: rules as data, facts in, findings out; pure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competition.eligibility import Facts, Level, UnreadableRule, check_rule, examine


def one(rule: dict[str, Any], **facts: Any) -> tuple[Level, str]:
    (found,) = examine(Facts(**({"year": 2026} | facts)), [rule])
    return found.level, found.code


@pytest.mark.parametrize(
    ("birth_years", "level", "code"),
    [
        ((1991, 2000), Level.OK, "age_kept"),
        ((1990, 2000), Level.BLOCKING, "age_broken"),
        ((2008,), Level.OK, "age_kept"),
        ((2009,), Level.BLOCKING, "age_broken"),
        ((2000, None), Level.WARNING, "age_unknown"),
        ((1950, None), Level.BLOCKING, "age_broken"),
        ((), Level.WARNING, "age_unknown"),
    ],
)
def test_everybodys_age(birth_years: tuple[int | None, ...], level: Level, code: str) -> None:
    assert one({"kind": "age", "least": 18, "most": 35}, birth_years=birth_years) == (level, code)


def test_the_captains_age_alone() -> None:
    rule = {"kind": "age", "most": 35, "who": "captain"}
    assert one(rule, birth_years=(2000, 1950)) == (Level.OK, "age_kept")
    assert one(rule, birth_years=(1950, 2000)) == (Level.BLOCKING, "age_broken")


def test_the_average_age_is_exact() -> None:
    rule = {"kind": "age", "most": 35, "who": "average"}
    # 34, 35, 36: exactly 35; one year more is one third too much.
    assert one(rule, birth_years=(1992, 1991, 1990))[0] is Level.OK
    assert one(rule, birth_years=(1991, 1991, 1990))[0] is Level.BLOCKING
    assert one(rule, birth_years=(1950, None))[0] is Level.WARNING, "who is unknown may pull it down"


def test_team_size() -> None:
    rule = {"kind": "team_size", "least": 2, "most": 3}
    levels = [one(rule, birth_years=(None,) * size)[0] for size in range(5)]
    assert levels == [Level.BLOCKING, Level.BLOCKING, Level.OK, Level.OK, Level.BLOCKING]


def test_company_age_counts_by_years_and_may_concern_one_division() -> None:
    rule = {"kind": "company_age", "most": 7, "divisions": ["startup"]}
    assert one(rule, founded_year=2019, division="startup") == (Level.OK, "company_age_kept")
    assert one(rule, founded_year=2018, division="startup") == (Level.BLOCKING, "company_age_broken")
    assert one(rule, founded_year=1990, division="idea") == (Level.OK, "company_age_elsewhere")
    assert one(rule, division="startup") == (Level.OK, "company_age_none")


def test_country() -> None:
    rule = {"kind": "country", "countries": ["KR", "joint"]}
    assert one(rule, country="joint")[0] is Level.OK
    assert one(rule, country="CN")[0] is Level.BLOCKING
    assert one(rule, country="unknown") == (Level.WARNING, "country_unknown")


def test_earlier_prize() -> None:
    assert one({"kind": "earlier_prize"}, earlier_prize="2025 某大赛")[0] is Level.BLOCKING
    assert one({"kind": "earlier_prize"})[0] is Level.OK
    assert one({"kind": "earlier_prize", "allowed": True}, earlier_prize="x")[0] is Level.OK


def test_a_rule_may_only_warn() -> None:
    rule = {"kind": "country", "countries": ["KR"], "severity": "warning"}
    assert one(rule, country="CN") == (Level.WARNING, "country_broken")


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kind": "nonsense"},
        {"kind": "age"},
        {"kind": "age", "least": 40, "most": 20},
        {"kind": "age", "most": "35"},
        {"kind": "age", "most": True},
        {"kind": "age", "most": 35, "who": "judge"},
        {"kind": "team_size", "least": -1},
        {"kind": "country", "countries": []},
        {"kind": "country", "countries": ["DE"]},
        {"kind": "company_age"},
        {"kind": "company_age", "most": 7, "divisions": "startup"},
        {"kind": "earlier_prize", "allowed": "no"},
        {"kind": "country", "countries": ["KR"], "severity": "fatal"},
        "age",
        None,
    ],
)
def test_an_unreadable_rule_stops_nobody(rule: Any) -> None:
    (found,) = examine(Facts(year=2026), [rule])
    assert (found.level, found.code) == (Level.WARNING, "unreadable")
    with pytest.raises(UnreadableRule):
        check_rule(rule)


def test_findings_keep_the_order_and_the_organizers_words() -> None:
    rules = [
        {"kind": "country", "countries": ["CN"], "text": {"zh": "仅限中国团队", "ko": "", "en": ""}},
        {"kind": "team_size", "most": 5, "text": {"zh": "", "ko": "", "en": ""}},
    ]
    first, second = examine(Facts(year=2026, country="CN", birth_years=(2000,)), rules)
    assert first.text == {"zh": "仅限中国团队", "ko": "", "en": ""}
    assert second.text is None


_plain = st.sampled_from(
    [None, True, 0, 5, 35, -1, 10**9, 1.5, float("nan"), "", "35", "CN", "all", "average"]
)
_values = _plain | st.lists(_plain, max_size=2) | st.dictionaries(st.sampled_from(["zh", "x"]), _plain)


@given(
    rule=st.fixed_dictionaries(
        {"kind": st.sampled_from(["age", "team_size", "company_age", "country", "earlier_prize"])},
        optional=dict.fromkeys(
            ("least", "most", "who", "countries", "divisions", "allowed", "severity", "text"), _values
        ),
    ),
    birth_years=st.lists(st.none() | st.integers(1900, 2030), max_size=10),
    founded=st.none() | st.integers(1900, 2030),
)
def test_no_rule_and_no_facts_ever_raise(
    rule: dict[str, Any], birth_years: list[int | None], founded: int | None
) -> None:
    facts = Facts(year=2026, birth_years=birth_years, founded_year=founded)
    assert len(examine(facts, [rule])) == 1
