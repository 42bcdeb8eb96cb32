"""The invented world of the demo edition: teams with their projects, judges with their habits, organizers.

Pure data: no database, no web. The same size, number of judges, seed and year give the same world, whatever
the day. Nobody and nothing in it is real: people are drawn from lists of names, schools and companies are
made up, addresses lie in the domains that RFC 2606 keeps for examples, company numbers have a right check
digit and no owner.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from competition.demo_brands import (
    INVESTORS,
    MAKERSPACES,
    OFFICES,
    T3,
    UNIVERSITIES,
    Brander,
    chinese_company_number,
    company,
    korean_company_number,
)
from competition.demo_names import Namer
from competition.demo_projects import Project, deal, with_progress

TRACKS = ("ai", "bio", "green", "content", "manufacturing")
LANGUAGES = ("zh", "ko", "en")
LARGEST = 2000
MOST_JUDGES = 300

_OWN_LANGUAGE = {"CN": "zh", "KR": "ko"}
_KINDS = ("investor", "professor", "founder", "professor", "investor", "official", "founder")
_STAGES = {
    "idea": (("idea", 5), ("prototype", 5)),
    "startup": (("prototype", 2), ("pilot", 5), ("revenue", 4)),
}


@dataclass(frozen=True)
class DemoPerson:
    """A person. `name` is in its own script, `name_latin` surname first.

    `language` is the interface's, zh, ko or en; `country` CN or KR.
    """

    name: str
    name_latin: str
    email: str
    language: str
    birth_year: int
    country: str
    phone: None = None


@dataclass(frozen=True)
class DemoTeam:
    """A team with its entry; `members[0]` is the captain.

    `country` is CN, KR or joint, `division` idea or startup, `stage` a value of `competition.models.Stage`.
    `sector` is in the captain's language, as `Entry.sector` is one plain text. Start-ups alone have a
    `company_number` and a `founded_year`. `strength`, 0 to 1, is the quality that judges see through their
    habits: a total out of 100 may be drawn as `40 + 55 * strength - judge.severity + gauss(0, judge.noise)`.
    """

    name: str
    name_latin: str
    country: str
    affiliation: T3
    members: tuple[DemoPerson, ...]
    advisers: tuple[DemoPerson, ...]
    track: str
    division: str
    title: T3
    summary: T3
    sector: str
    stage: str
    company_number: str | None
    founded_year: int | None
    strength: float


@dataclass(frozen=True)
class DemoJudge:
    """A judge, whose `kind` is investor, professor, founder or official; `expertise` names tracks.

    In points out of 100: `severity` is how far marks lie below what others give, `noise` their standard
    deviation.
    """

    person: DemoPerson
    affiliation: T3
    country: str
    languages: tuple[str, ...]
    expertise: tuple[str, ...]
    kind: str
    severity: float
    noise: float


@dataclass(frozen=True)
class World:
    """Everybody and everything of the demo edition; `judges[head_judge]` is the head judge."""

    teams: tuple[DemoTeam, ...]
    judges: tuple[DemoJudge, ...]
    organizers: tuple[DemoPerson, ...]
    auditor: DemoPerson
    head_judge: int


def build_world(*, size: int = 240, judges: int = 30, seed: int = 2016, year: int = 2026) -> World:
    """The world with `size` teams, as it is in `year` (ages and founding years follow it).

    Raises ValueError unless 1 <= size <= 2000 and 1 <= judges <= 300.
    """
    if not 1 <= size <= LARGEST:
        raise ValueError(f"size must be between 1 and {LARGEST}, not {size}")
    if not 1 <= judges <= MOST_JUDGES:
        raise ValueError(f"judges must be between 1 and {MOST_JUDGES}, not {judges}")
    return _Builder(seed, year).world(size, judges)


class _Builder:
    def __init__(self, seed: int, year: int) -> None:
        self._chance = random.Random(seed)
        self._year = year
        self._namer = Namer(self._chance)
        self._brander = Brander(self._chance)
        self._emails: set[str] = set()
        self._judges: set[str] = set()
        self._companies = {"CN": 0, "KR": 0}

    def world(self, size: int, judges: int) -> World:
        organizers = tuple(
            self._person(country, self._born(29, 46), email=f"organizer{number}@example.com")
            for number, country in enumerate(("CN", "KR", "CN"), 1)
        )
        auditor = self._person("KR", self._born(38, 58), email="auditor@example.com")
        panel = tuple(self._judge(number) for number in range(judges))
        teams = tuple(
            self._team(country, project) for country, project in deal(self._countries(size), self._chance)
        )
        return World(teams, panel, organizers, auditor, head_judge=self._head(panel))

    # ── People ───────────────────────────────────────────────────────────────────────────────

    def _born(self, youngest: int, oldest: int) -> int:
        return self._year - self._chance.randint(youngest, oldest)

    def _person(
        self,
        country: str,
        birth_year: int,
        *,
        email: str = "",
        domain: str = "example.com",
        english: float = 0.0,
    ) -> DemoPerson:
        name, latin = self._namer.name(country, birth_year)
        language = "en" if self._chance.random() < english else _OWN_LANGUAGE[country]
        return DemoPerson(
            name=name,
            name_latin=latin,
            email=email or self._email(latin, domain),
            language=language,
            birth_year=birth_year,
            country=country,
        )

    def _email(self, latin: str, domain: str) -> str:
        local = ".".join(reversed(re.findall("[a-z]+", latin.lower())))
        number = 1
        while (address := f"{local}{number if number > 1 else ''}@{domain}") in self._emails:
            number += 1
        self._emails.add(address)
        return address

    # ── Teams ────────────────────────────────────────────────────────────────────────────────

    def _countries(self, size: int) -> list[str]:
        """52 % Chinese, 38 % Korean, the rest joint, in random order."""
        chinese, korean = (size * 52 + 50) // 100, (size * 38 + 50) // 100
        countries = ["CN"] * chinese + ["KR"] * korean
        countries = (countries + ["joint"] * size)[:size]
        self._chance.shuffle(countries)
        return countries

    def _team(self, country: str, project: Project) -> DemoTeam:
        lead = self._chance.choice(("CN", "KR")) if country == "joint" else country
        startup = self._chance.random() < 0.42
        name, latin = (
            self._brander.joint_team(lead, project.track)
            if country == "joint"
            else self._brander.team(lead, project.track, company=startup)
        )
        if startup:
            affiliation = (
                company(lead, name, latin) if country != "joint" else self._company(lead, project.track)
            )
        else:
            pool = UNIVERSITIES if self._chance.random() < 0.88 else MAKERSPACES
            affiliation = self._chance.choice(pool[lead])
        stages, weights = zip(*_STAGES["startup" if startup else "idea"], strict=True)
        stage = self._chance.choices(stages, weights)[0]
        return DemoTeam(
            name=name,
            name_latin=latin,
            country=country,
            affiliation=affiliation,
            members=self._members(country, lead, affiliation, startup=startup),
            advisers=self._advisers(lead, affiliation) if self._chance.random() < 0.55 else (),
            track=project.track,
            division="startup" if startup else "idea",
            title=project.title,
            summary=with_progress(project.summary, stage, self._chance),
            sector=project.sector[_OWN_LANGUAGE[lead]],
            stage=stage,
            company_number=self._company_number(lead) if startup else None,
            founded_year=self._founded(stage) if startup else None,
            strength=round(self._chance.betavariate(3.2, 2.8), 4),
        )

    def _members(self, country: str, lead: str, affiliation: T3, *, startup: bool) -> tuple[DemoPerson, ...]:
        other = {"CN": "KR", "KR": "CN"}[lead]
        count = self._chance.choices((2, 3, 4, 5), (2, 4, 4, 3))[0]
        countries = [lead] * count
        if country == "joint":
            for place in range(1, count):
                countries[place] = other if place == 1 else self._chance.choice((lead, other))
        youngest, oldest = (23, 35) if startup else (19, 29)
        english = 0.12 if country == "joint" else 0.01
        own = [_domain(affiliation), "example.com"]
        return tuple(
            self._person(
                home,
                self._born(youngest, oldest),
                domain=self._chance.choice(own) if home == lead else "example.com",
                english=english,
            )
            for home in countries
        )

    def _advisers(self, lead: str, affiliation: T3) -> tuple[DemoPerson, ...]:
        school = affiliation if affiliation in UNIVERSITIES[lead] else self._chance.choice(UNIVERSITIES[lead])
        return (self._person(lead, self._born(40, 62), domain=_domain(school)),)

    def _company(self, country: str, track: str) -> T3:
        return company(country, *self._brander.team(country, track, company=True))

    def _founded(self, stage: str) -> int:
        """Who compares last year's revenue with the year before has existed for two years at least."""
        ages, weights = ((2, 3, 4, 5), (4, 4, 3, 1)) if stage == "revenue" else ((0, 1, 2, 3), (2, 4, 3, 2))
        return self._year - self._chance.choices(ages, weights)[0]

    def _company_number(self, country: str) -> str:
        self._companies[country] += 1
        number = chinese_company_number if country == "CN" else korean_company_number
        return number(self._companies[country])

    # ── Judges ───────────────────────────────────────────────────────────────────────────────

    def _judge(self, number: int) -> DemoJudge:
        """Countries, kinds and tracks take turns, so that a panel of any size is mixed."""
        country = ("CN", "KR")[number % 2]
        kind = _KINDS[number % len(_KINDS)]
        first = TRACKS[number % len(TRACKS)]
        others = [track for track in TRACKS if track != first]
        affiliation = {
            "investor": lambda: self._chance.choice(INVESTORS[country]),
            "professor": lambda: self._chance.choice(UNIVERSITIES[country]),
            "founder": lambda: self._company(country, first),
            "official": lambda: self._chance.choice(OFFICES[country]),
        }[kind]()
        languages = [_OWN_LANGUAGE[country]]
        if self._chance.random() < 0.3:
            languages.append({"zh": "ko", "ko": "zh"}[languages[0]])
        if self._chance.random() < 0.7:
            languages.append("en")
        email = f"judge{number + 1}@example.com"
        # Two judges of one name could not be told apart in an edition.
        person = self._person(country, self._born(36, 64), email=email, english=0.08)
        while person.name in self._judges:
            person = self._person(country, self._born(36, 64), email=email, english=0.08)
        self._judges.add(person.name)
        return DemoJudge(
            person=person,
            affiliation=affiliation,
            country=country,
            languages=tuple(languages),
            expertise=(first, *self._chance.sample(others, self._chance.choice((0, 1, 1, 2)))),
            kind=kind,
            severity=round(self._chance.gauss(0, 2.8), 2),
            noise=round(self._chance.uniform(2.0, 5.5), 2),
        )

    @staticmethod
    def _head(panel: tuple[DemoJudge, ...]) -> int:
        """A professor who judges evenly, if there is one."""
        professors = [place for place, judge in enumerate(panel) if judge.kind == "professor"]
        return min(professors or [0], key=lambda place: (panel[place].noise, place))


def _domain(affiliation: T3) -> str:
    return re.sub("[^a-z]", "", affiliation["en"].split()[0].lower()) + ".example"
