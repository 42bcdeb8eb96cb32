"""The invented world of the demo edition: the same every time, in three languages, and nobody's own."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from stdnum.cn import uscc
from stdnum.kr import brn

from competition.demo_brands import chinese_company_number, korean_company_number
from competition.demo_names import chinese_latin, korean_latin, pinyin, romanize, settle_particles
from competition.demo_projects import deal
from competition.demo_world import DemoPerson, World, build_world
from competition.models import Stage
from core.text import deceiving_characters, fold, skeleton, tidy_line

pytestmark = pytest.mark.no_database
ROOT = Path(__file__).parents[2]


@cache
def world_of(size: int) -> World:
    return build_world(size=size)


@pytest.fixture(params=[1, 7, 240, 2000])
def world(request: pytest.FixtureRequest) -> World:
    return world_of(request.param)


def people_of(world: World) -> Iterator[DemoPerson]:
    yield from world.organizers
    yield world.auditor
    yield from (judge.person for judge in world.judges)
    for team in world.teams:
        yield from team.members
        yield from team.advisers


def trilingual_texts_of(world: World) -> Iterator[dict[str, str]]:
    for team in world.teams:
        yield from (team.title, team.summary, team.affiliation)
    yield from (judge.affiliation for judge in world.judges)


def texts_in(value: Any) -> Iterator[str]:
    """Every string anywhere inside dataclasses, dictionaries and tuples."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, tuple):
        for part in value:
            yield from texts_in(part)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from texts_in(getattr(value, name))


def has_han(text: str) -> bool:
    return bool(re.search("[一-鿿]", text))


def has_hangul(text: str) -> bool:
    return bool(re.search("[가-힣]", text))


# ── The same world every time ───────────────────────────────────────────────────────────────


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    assert build_world(size=60, judges=12) == build_world(size=60, judges=12)
    assert build_world(size=60, judges=12) != build_world(size=60, judges=12, seed=2017)


def test_the_world_does_not_depend_on_the_order_in_which_python_hashes_strings() -> None:
    program = (
        "import hashlib; from competition.demo_world import build_world;"
        "print(hashlib.sha256(repr(build_world(size=40, judges=6)).encode()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_numbers_out_of_range_are_refused() -> None:
    for wrong in ({"size": 0}, {"size": 2001}, {"judges": 0}, {"judges": 301}):
        with pytest.raises(ValueError, match="must be between"):
            build_world(**wrong)


def test_240_teams_are_built_in_less_than_three_seconds() -> None:
    start = time.process_time()
    build_world(seed=1)
    assert time.process_time() - start < 3


def test_importing_the_world_loads_neither_faker_nor_the_pinyin_tables() -> None:
    program = "import sys, competition.demo_world; print(*{'faker', 'pypinyin'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


# ── Everything once ─────────────────────────────────────────────────────────────────────────


def test_nobody_shares_an_address_and_all_addresses_are_examples(world: World) -> None:
    addresses = [person.email for person in people_of(world)]
    assert len({fold(address) for address in addresses}) == len(addresses)
    for address in addresses:
        assert re.fullmatch(r"[a-z]+(\.[a-z]+)*\d*@([a-z]+\.example|example\.com)", address), address


def test_no_two_teams_look_alike(world: World) -> None:
    """Under the plain folding and under the skeleton that the database keeps unique."""
    for key in (fold, skeleton):
        assert len({key(team.name) for team in world.teams}) == len(world.teams)


def test_no_two_projects_have_the_same_title_in_any_language(world: World) -> None:
    for language in ("zh", "ko", "en"):
        assert len({fold(team.title[language]) for team in world.teams}) == len(world.teams)


def test_no_two_companies_share_a_name_or_a_number(world: World) -> None:
    startups = [team for team in world.teams if team.division == "startup"]
    for values in (
        [team.company_number for team in startups],
        [team.affiliation["en"] for team in startups],
        [team.affiliation["zh"] for team in startups],
    ):
        assert len(set(values)) == len(startups)


# ── Three languages ─────────────────────────────────────────────────────────────────────────


def test_every_text_is_there_in_three_languages_and_in_the_right_script(world: World) -> None:
    for text in trilingual_texts_of(world):
        assert list(text) == ["zh", "ko", "en"]
        assert has_han(text["zh"]), text
        assert not has_hangul(text["zh"]), text
        assert has_hangul(text["ko"]), text
        assert not has_han(text["ko"]), text
        assert not has_han(text["en"]), text
        assert not has_hangul(text["en"]), text
        assert re.match("[A-Z]", text["en"]), text


def test_every_text_is_tidy_and_no_template_shows_through(world: World) -> None:
    for text in texts_in(world):
        assert text, "empty text"
        assert unicodedata.is_normalized("NFC", text), text
        assert deceiving_characters(text) == [], text
        assert tidy_line(text) == text
        assert not re.search(r"[{}]|을/를|은/는|이/가|과/와|으로/로", text), text


def test_summaries_are_two_to_four_sentences(world: World) -> None:
    for team in world.teams:
        assert 2 <= team.summary["zh"].count("。") <= 4
        assert 2 <= len(re.findall(r"다\.(?:\s|$)", team.summary["ko"])) <= 5
        assert 2 <= len(re.findall(r"\.(?:\s|$)", team.summary["en"])) <= 4


def test_texts_fit_their_columns(world: World) -> None:
    for team in world.teams:
        assert max(len(team.name), len(team.name_latin), len(team.sector)) <= 80
        assert max(map(len, team.affiliation.values())) <= 160
        assert max(map(len, team.title.values())) <= 120
    for person in people_of(world):
        assert max(len(person.name), len(person.name_latin)) <= 80


def test_a_person_has_a_name_in_the_own_script_and_one_in_latin_letters(world: World) -> None:
    for person in people_of(world):
        assert re.fullmatch("[一-鿿·]{2,8}" if person.country == "CN" else "[가-힣]{2,4}", person.name)
        assert re.fullmatch("[A-Z][a-z]*( [A-Z][a-z]+)?", person.name_latin), person
        assert person.phone is None


def test_a_team_is_named_in_the_script_of_its_country(world: World) -> None:
    for team in world.teams:
        assert re.fullmatch(r"[A-Z][A-Za-z]*( [A-Z][A-Za-z]*)*", team.name_latin), team.name_latin
        if team.country == "CN":
            assert has_han(team.name)
            assert not has_hangul(team.name)
        if team.country == "KR":
            assert has_hangul(team.name)
            assert not has_han(team.name)


# ── Who they are ────────────────────────────────────────────────────────────────────────────


def test_the_mix_of_countries_tracks_and_divisions() -> None:
    teams = world_of(240).teams
    assert Counter(team.country for team in teams) == {"CN": 125, "KR": 91, "joint": 24}
    tracks = Counter(team.track for team in teams)
    assert set(tracks) == {"ai", "bio", "green", "content", "manufacturing"}
    assert min(tracks.values()) >= 40
    assert 0.3 < sum(team.division == "startup" for team in teams) / len(teams) < 0.55


def test_every_idea_comes_once_before_any_comes_again() -> None:
    """So that a small demo is as varied as it can be; an idea is told by its track and sector."""
    dealt = [project for _, project in deal(["joint"] * 130, random.Random(1))]
    for half in (dealt[:65], dealt[65:]):
        assert len({(project.track, project.sector["en"]) for project in half}) == 65


def test_projects_of_one_country_go_to_no_team_of_the_other() -> None:
    for country, project in deal(["CN", "KR", "joint", "KR"] * 100, random.Random(2)):
        assert project.home is None or country in (project.home, "joint")


def test_240_teams_need_no_project_twice() -> None:
    assert not any("pilot)" in team.title["en"] for team in world_of(240).teams)


def test_teams_have_two_to_five_members_of_the_right_countries_and_ages(world: World) -> None:
    for team in world.teams:
        countries = {person.country for person in team.members}
        assert countries == ({"CN", "KR"} if team.country == "joint" else {team.country})
        assert 2 <= len(team.members) <= 5
        assert len(team.advisers) <= 1
        assert all(18 <= 2026 - person.birth_year <= 35 for person in team.members)
        assert all(2026 - person.birth_year >= 40 for person in team.advisers)
        assert 0 <= team.strength <= 1


def test_ages_follow_the_year_of_the_edition() -> None:
    for team in build_world(size=60, year=2016).teams:
        assert all(18 <= 2016 - person.birth_year <= 35 for person in team.members)
        assert team.founded_year is None or 2011 <= team.founded_year <= 2016


def test_start_ups_alone_are_founded_and_have_a_company_number(world: World) -> None:
    for team in world.teams:
        Stage(team.stage)
        if team.division == "idea":
            assert (team.company_number, team.founded_year) == (None, None)
            assert team.stage in ("idea", "prototype")
        else:
            assert team.founded_year is not None
            assert 2021 <= team.founded_year <= (2024 if team.stage == "revenue" else 2026)


def test_company_numbers_are_valid_and_nobodys(world: World) -> None:
    for team in world.teams:
        number = team.company_number
        if number is None:
            continue
        if number.startswith("9199"):
            assert uscc.is_valid(number)
            assert number[2:8] == "990000"  # no region of GB/T 2260
        else:
            assert brn.is_valid(number)
            assert number.startswith("999-")  # no tax office
            assert korean_check_digit(number) == int(number[-1])


def korean_check_digit(number: str) -> int:
    """By the rule of the National Tax Service; `stdnum.kr.brn` looks at the form only."""
    digits = [int(digit) for digit in number if digit.isdigit()][:9]
    total = sum(digit * weight for digit, weight in zip(digits, [1, 3, 7, 1, 3, 7, 1, 3, 5], strict=True))
    return (10 - (total + digits[8] * 5 // 10) % 10) % 10


def test_the_check_digit_rule_agrees_with_published_numbers() -> None:
    for number in ("124-81-00998", "220-81-62517", "123-45-67891"):
        assert korean_check_digit(number) == int(number[-1])
    assert uscc.is_valid(chinese_company_number(99999))
    assert len(korean_company_number(9999)) == 12


@pytest.mark.parametrize("number", [1, 5, 30, 300])
def test_judges_are_mixed_and_every_track_has_experts(number: int) -> None:
    world = build_world(size=1, judges=number)
    assert len(world.judges) == number
    for judge in world.judges:
        assert judge.person.country == judge.country
        assert judge.languages[0] == {"CN": "zh", "KR": "ko"}[judge.country]
        assert len(set(judge.languages)) == len(judge.languages)
        assert 1 <= len(judge.expertise) == len(set(judge.expertise)) <= 3
        assert judge.noise > 0
        assert 36 <= 2026 - judge.person.birth_year <= 64
    if number >= 5:
        assert {track for judge in world.judges for track in judge.expertise} == {
            "ai",
            "bio",
            "green",
            "content",
            "manufacturing",
        }
    if number >= 30:
        assert {judge.kind for judge in world.judges} == {"investor", "professor", "founder", "official"}
        assert world.judges[world.head_judge].kind == "professor"
        assert abs(sum(judge.severity for judge in world.judges) / number) < 1.5
    assert 0 <= world.head_judge < number


def test_organizers_and_the_auditor_are_different_people() -> None:
    world = world_of(7)
    assert len(world.organizers) == 3
    assert {person.country for person in world.organizers} == {"CN", "KR"}
    assert world.auditor not in world.organizers


# ── Latin letters and particles ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("surname", "given", "latin"),
    [
        ("李", "晓明", "Li Xiaoming"),
        ("欧阳", "静", "Ouyang Jing"),
        ("尉迟", "子墨", "Yuchi Zimo"),
        ("吕", "一鸣", "Lyu Yiming"),
        ("单", "悦", "Shan Yue"),
        ("曾", "航", "Zeng Hang"),
        ("仇", "知行", "Qiu Zhixing"),
        ("解", "睿", "Xie Rui"),
    ],
)
def test_chinese_names_in_pinyin(surname: str, given: str, latin: str) -> None:
    assert chinese_latin(surname, given) == latin


@pytest.mark.parametrize(
    ("surname", "given", "latin"),
    [
        ("김", "민준", "Kim Minjun"),
        ("이", "예은", "Lee Yeeun"),
        ("박", "한결", "Park Hangyeol"),
        ("최", "봄", "Choi Bom"),
        ("남궁", "솔", "Namkoong Sol"),
        ("곽", "혜진", "Kwak Hyejin"),
        ("탁", "우석", "Tak Useok"),
    ],
)
def test_korean_names_as_on_a_passport(surname: str, given: str, latin: str) -> None:
    assert korean_latin(surname, given) == latin


def test_every_hangul_syllable_has_a_latin_form_and_other_characters_stay() -> None:
    for code in range(0xAC00, 0xD7A4):
        assert re.fullmatch("[a-z]+", romanize(chr(code)))
    assert romanize("윤슬 AI") == "yunseul AI"
    assert romanize(unicodedata.normalize("NFD", "한별")) == "hanbyeol"
    assert pinyin("绿能") == "Lyuneng"


@pytest.mark.parametrize(
    ("written", "settled"),
    [
        ("인삼밭을/를", "인삼밭을"),
        ("해조류을/를", "해조류를"),
        ("어르신이/가", "어르신이"),
        ("간호사은/는", "간호사는"),
        ("볏짚과/와", "볏짚과"),
        ("보드게임으로/로", "보드게임으로"),
        ("교실으로/로", "교실로"),
        ("선체 블록으로/로 바꾸고 부재을/를", "선체 블록으로 바꾸고 부재를"),
        ("소리을/를 글으로/로", "소리를 글로"),
        ("과실이/가 과/와", "과실이 과/와"),
    ],
)
def test_korean_particles_follow_the_last_syllable(written: str, settled: str) -> None:
    assert settle_particles(written) == settled
