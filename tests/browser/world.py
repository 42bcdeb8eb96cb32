"""What stands before the walk begins: an edition that is open, two teams accepted earlier, a staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from accounts.models import Role
from competition.models import Edition, MilestoneKind
from competition.operations import edition_parts, editions
from core import clock
from core.db import db
from core.languages import Trilingual
from judging.operations import rubrics
from judging.rubrics import Band, CriterionSpec
from tests import factories
from tests.serving import Server

EDITION = Trilingual("芙蓉杯青年创业大赛", "무궁화배 청년 창업 경진대회", "Hibiscus Cup for Young Founders")
PRIZE = Trilingual("一等奖", "최우수상", "First Prize")
ROUND = Trilingual("决赛", "결선", "Final")
CRITERIA = (
    ("idea", Trilingual("创新性", "혁신성", "Novelty"), "10", "0.5", "2"),
    ("market", Trilingual("市场前景", "시장성", "Market"), "10", "0.5", "1"),
    ("team", Trilingual("团队能力", "팀 역량", "Team"), "10", "1", "1"),
)
_BANDS = tuple(
    Band(least, name)
    for least, name in (
        ("8", Trilingual("优秀", "우수", "Excellent")),
        ("5", Trilingual("良好", "양호", "Good")),
        ("0", Trilingual("一般", "보통", "Fair")),
    )
)


@dataclass(frozen=True)
class World:
    """Addresses and people of one walk."""

    edition: str
    organizer: int
    auditor: int
    rivals: tuple[str, str]


def build(server: Server, lang: str, *, name: str = "") -> World:
    """An edition of its own for a walk in `lang`; everything by the rooms' operations."""
    name = name or lang
    moment = clock.now()
    with server.app.app_context():
        contest = editions.create_contest(slug=f"cup-{name}", name=EDITION)
        db.session.flush()
        edition = editions.create_edition(
            contest=contest,
            slug=f"cup-{name}-{moment.year}",
            year=moment.year,
            name=EDITION,
            theme=Trilingual("中韩合作，创新创业", "한중 협력, 혁신창업", "China–Korea cooperation"),
            issuers=Trilingual("大赛组委会", "대회 조직위원회", "Organizing Committee"),
            team_most=4,
        )
        edition_parts.add_track(edition=edition, slug="ai", name=Trilingual("人工智能", "인공지능", "AI"))
        for kind, days in ((MilestoneKind.REGISTRATION_OPENS, -10), (MilestoneKind.REGISTRATION_CLOSES, 10)):
            edition_parts.set_milestone(edition=edition, kind=kind, at=moment + timedelta(days=days))
        edition_parts.add_prize(edition=edition, name=PRIZE, places=1)
        round = edition_parts.add_round(
            edition=edition,
            slug="final",
            name=ROUND,
            scoring_opens_at=moment - timedelta(hours=1),
            scoring_closes_at=moment + timedelta(days=20),
            judges_per_entry=1,
            awards_prizes=True,
        )
        editions.set_eligibility(
            edition=edition, seen=None, rules=[{"kind": "team_size", "least": 1, "most": 4}]
        )
        editions.publish_edition(edition=edition, seen=None)
        rubrics.make_rubric(
            round=round,
            criteria=[
                CriterionSpec(name, most=most, step=step, weight=weight, key=key, bands=_BANDS)
                for key, name, most, step, weight in CRITERIA
            ],
        )
        rubrics.set_rule(
            round=round,
            rule={"aggregate": {"over": "judge_totals", "method": "mean"}, "rounding": {"total": 2}},
        )
        organizer = factories.organizer(edition, language=lang, name="陈组委", name_latin="Chen Zuwei")
        auditor = factories.person(language=lang, name="박감사", name_latin="Park Gamsa")
        factories.grant(auditor, Role.AUDITOR, edition)
        rivals = tuple(factories.entry(edition) for _ in range(2))
        keys = (rivals[0].key, rivals[1].key)
        slug = edition.slug
        people = organizer.id, auditor.id
        db.session.commit()
    return World(slug, *people, keys)


def edition_of(world: World) -> Edition:
    """The row, inside an application context."""
    from sqlalchemy import select

    return db.session.scalars(select(Edition).where(Edition.slug == world.edition)).one()
