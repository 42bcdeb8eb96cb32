"""The demo edition's first part: people, the edition, teams and their entries, as they stood after
registration.

Rows are written directly instead of through the operations: two hundred teams are there in seconds, and
nobody's
inbox is filled with what happened months ago.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from sqlalchemy import select

from accounts.consent_texts import VERSION
from accounts.consents import REQUIRED
from accounts.models import Consent, ConsentPurpose, Grant, Person, Role
from accounts.passwords import hash_password
from competition import receipts
from competition.demo_world import DemoPerson, DemoTeam, World, build_world
from competition.models import (
    Contest,
    Country,
    Division,
    Document,
    DocumentKind,
    Edition,
    EditionState,
    Entry,
    EntryState,
    EntryVersion,
    Member,
    MemberRole,
    Milestone,
    MilestoneKind,
    Prize,
    Round,
    Stage,
    Team,
    Track,
)
from core import clock, demo, files, registries
from core.db import db
from core.languages import Trilingual, locale_of
from core.models import Sequence, StoredFile
from core.pdf import missing_parts, render
from core.text import fold, skeleton

SEOUL = ZoneInfo("Asia/Seoul")
OPENS = datetime(2026, 3, 1, 9, 0, tzinfo=SEOUL)
CLOSES = datetime(2026, 4, 30, 18, 0, tzinfo=SEOUL)
CEREMONY = datetime(2026, 6, 25, 19, 0, tzinfo=SEOUL)
PREFIX = "CKYIEC"

TRACKS = {
    "ai": Trilingual("人工智能与软件", "인공지능·소프트웨어", "AI and software"),
    "bio": Trilingual("生物医药与健康", "바이오·헬스", "Biotech and health"),
    "green": Trilingual("绿色能源与环保", "친환경·에너지", "Green energy and environment"),
    "content": Trilingual("文化创意与内容", "문화·콘텐츠", "Culture and content"),
    "manufacturing": Trilingual("智能制造与硬件", "스마트 제조·하드웨어", "Smart manufacturing and hardware"),
}
DIVISIONS = {
    "idea": Trilingual("创意组", "예비창업 부문", "Idea division"),
    "startup": Trilingual("初创组", "창업 부문", "Start-up division"),
}
ROUNDS = (
    # slug, names, opens, closes, judges per entry, places in the next round
    ("preliminary", Trilingual("初赛", "예선", "Preliminary round"), (5, 3), (5, 15), 3, 60),
    ("semi-final", Trilingual("复赛", "본선", "Semi-final"), (5, 24), (6, 5), 5, 24),
    ("final", Trilingual("决赛", "결선", "Final"), (6, 25), (6, 25), 7, None),
)
PRIZES = (
    (Trilingual("特等奖", "대상", "Grand Prize"), 1),
    (Trilingual("一等奖", "최우수상", "First Prize"), 2),
    (Trilingual("二等奖", "우수상", "Second Prize"), 5),
    (Trilingual("三等奖", "장려상", "Third Prize"), 12),
)
# Of every thirty entries so many are not accepted; the rest takes part.
_OTHER_STATES = {
    3: EntryState.DRAFT,
    9: EntryState.REJECTED,
    17: EntryState.RETURNED,
    24: EntryState.WITHDRAWN,
}
_STAGES = (Stage.IDEA, Stage.PROTOTYPE, Stage.PILOT, Stage.REVENUE)


def load(world: World) -> None:
    """Write people, edition, teams and entries of the invented world; flushes, does not commit."""
    with clock.set_by(lambda: CLOSES - timedelta(days=1)):
        password = hash_password(demo.PASSWORD)
        edition = _edition(len(world.teams))
        staff = _staff(world, edition, password)
        _contestants(world, edition, password)
    demo.sign_ins_file().write_text(_sign_ins(world, staff), encoding="utf-8")


def _edition(teams: int) -> Edition:
    contest = Contest(
        slug="ckyiec",
        name=Trilingual(
            "中韩青年创新创业大赛",
            "한중 청년 혁신창업 경진대회",
            "China–Korea Youth Innovation and Entrepreneurship Competition",
        ),
        hosts=Trilingual(
            "中韩创新创业园", "한중 혁신창업단지", "China–Korea Innovation and Entrepreneurship Park"
        ),
    )
    db.session.add(contest)
    db.session.flush()
    edition = Edition(
        contest_id=contest.id,
        slug=demo.SLUG,
        year=2026,
        name=Trilingual(
            "首届中韩青年创新创业大赛",
            "제1회 한중 청년 혁신창업 경진대회",
            "First China–Korea Youth Innovation and Entrepreneurship Competition",
        ),
        theme=Trilingual(
            "中韩合作，创新创业",
            "한중 협력, 혁신창업",
            "China–Korea cooperation, innovation and entrepreneurship",
        ),
        about=Trilingual(
            "面向中韩两国青年创业团队的创新创业大赛。团队可以单独或联合参赛，经初赛、复赛和决赛，"
            "在成都现场决出各奖项。这里的团队、人员和成绩均为虚构的演示数据。",
            "한국과 중국의 청년 창업팀을 위한 혁신창업 경진대회입니다. "
            "단독 또는 연합팀으로 참가할 수 있으며, "
            "예선과 본선을 거쳐 청두에서 열리는 결선에서 수상팀을 가립니다. "
            "여기에 나오는 팀과 사람, 점수는 모두 가상의 시연용 자료입니다.",
            "A contest for young founders from China and Korea. Teams enter alone or jointly; after a "
            "preliminary round and a semi-final the prizes are decided at the final in Chengdu. All teams, "
            "people and scores shown here are invented.",
        ),
        place=Trilingual(
            "成都 · 菁蓉国际广场", "청두 · 징룽 국제광장", "Jingrong International Plaza, Chengdu"
        ),
        issuers=Trilingual("大赛组委会", "대회 조직위원회", "Organizing Committee"),
        state=EditionState.PUBLIC,
        is_demo=True,
        team_least=1,
        team_most=8,
        notice_days=5,
        eligibility=[
            {"kind": "team_size", "least": 1, "most": 8},
            {"kind": "age", "least": 18, "most": 39},
            {"kind": "company_age", "most": 7},
            {"kind": "country", "countries": ["CN", "KR", "joint"]},
        ],
        receipt_prefix=PREFIX,
    )
    db.session.add(edition)
    db.session.flush()
    for position, (slug, name) in enumerate(TRACKS.items(), 1):
        db.session.add(Track(edition_id=edition.id, slug=slug, name=name, position=position))
    for position, (slug, name) in enumerate(DIVISIONS.items(), 1):
        db.session.add(Division(edition_id=edition.id, slug=slug, name=name, position=position))
    last = len(ROUNDS)
    for position, (slug, name, opens, closes, judges, advance) in enumerate(ROUNDS, 1):
        db.session.add(
            Round(
                edition_id=edition.id,
                slug=slug,
                name=name,
                position=position,
                scoring_opens_at=datetime(2026, *opens, 9, 0, tzinfo=SEOUL),
                scoring_closes_at=datetime(2026, *closes, 18, 0, tzinfo=SEOUL),
                judges_per_entry=judges,
                # A small demo keeps the funnel's shape: a quarter, then a tenth.
                advance_places=min(advance, max(24, teams // (4 if position == 1 else 10)))
                if advance
                else None,
                awards_prizes=position == last,
            )
        )
    for position, (name, places) in enumerate(PRIZES, 1):
        db.session.add(Prize(edition_id=edition.id, name=name, places=places, position=position))
    for kind, moment in (
        (MilestoneKind.REGISTRATION_OPENS, OPENS),
        (MilestoneKind.REGISTRATION_CLOSES, CLOSES),
        (MilestoneKind.RESULTS, CEREMONY - timedelta(minutes=30)),
        (MilestoneKind.CEREMONY, CEREMONY),
    ):
        db.session.add(Milestone(edition_id=edition.id, kind=kind, at=moment.astimezone(UTC)))
    db.session.flush()
    return edition


def _person(somebody: DemoPerson, password: str, **values: Any) -> Person:
    return Person(
        email=somebody.email,
        email_key=fold(somebody.email),
        email_confirmed_at=clock.now(),
        password_hash=password,
        name=somebody.name,
        name_latin=somebody.name_latin,
        birth_year=somebody.birth_year,
        country=somebody.country,
        language=somebody.language,
        time_zone="Asia/Seoul" if somebody.country == "KR" else "Asia/Shanghai",
        **values,
    )


def _staff(world: World, edition: Edition, password: str) -> dict[str, Person]:
    """Organizers, auditor and the site's administrator."""
    first, second = (_person(somebody, password) for somebody in world.organizers[:2])
    auditor = _person(world.auditor, password)
    admin = Person(
        email="admin@example.com",
        email_key="admin@example.com",
        email_confirmed_at=clock.now(),
        password_hash=password,
        name="Administrator",
        name_latin="Administrator",
        language="en",
        is_site_admin=True,
    )
    db.session.add_all([first, second, auditor, admin])
    db.session.flush()
    for person, role in ((first, Role.ORGANIZER), (second, Role.ORGANIZER), (auditor, Role.AUDITOR)):
        db.session.add(Grant(person_id=person.id, role=role, scope_kind="edition", scope_id=edition.id))
    return {"organizer": first, "second organizer": second, "auditor": auditor, "admin": admin}


def _contestants(world: World, edition: Edition, password: str) -> None:
    tracks = {track.slug: track.id for track in edition.tracks}
    divisions = {division.slug: division.id for division in edition.divisions}
    documents = _sample_documents()
    count = 0
    for number, team in enumerate(world.teams):
        state = EntryState.ACCEPTED if number < 3 else _OTHER_STATES.get(number % 30, EntryState.ACCEPTED)
        people = [_person(member, password) for member in team.members]
        db.session.add_all(people)
        db.session.flush()
        for person in people:
            for purpose in (*REQUIRED, ConsentPurpose.PUBLICATION):
                db.session.add(
                    Consent(
                        person_id=person.id, purpose=purpose, text_version=VERSION, language=person.language
                    )
                )
        row = _team(edition, team, people)
        submitted = OPENS + (CLOSES - OPENS) * (
            0.1 + 0.85 * ((number * 37) % len(world.teams)) / len(world.teams)
        )
        was_submitted = state not in (EntryState.DRAFT, EntryState.WITHDRAWN)
        if was_submitted:
            count += 1
        entry = Entry(
            edition_id=edition.id,
            team_id=row.id,
            track_id=tracks[team.track],
            division_id=divisions[team.division],
            state=state,
            title=Trilingual(**team.title),
            summary=Trilingual(**team.summary),
            sector=team.sector,
            stage=_stage(team.stage, number),
            pledged_at=submitted if was_submitted else None,
            pledged_by=people[0].id if was_submitted else None,
            receipt_number=f"{PREFIX}-{count:06d}" if was_submitted else None,
            submitted_at=submitted if was_submitted else None,
            decided_at=CLOSES + timedelta(days=2) if was_submitted else None,
        )
        db.session.add(entry)
        db.session.flush()
        for kind, file in documents.items():
            db.session.add(Document(entry_id=entry.id, kind=kind, file_id=file.id))
        if was_submitted:
            db.session.flush()
            db.session.add(_version(entry, people[0], submitted))
    db.session.add(Sequence(name=f"receipt:{edition.id}", value=count))
    db.session.flush()


def _stage(stage: str, number: int) -> Stage:
    return Stage(stage) if stage in set(Stage) else _STAGES[number % len(_STAGES)]


def _team(edition: Edition, team: DemoTeam, people: list[Person]) -> Team:
    language = people[0].language
    affiliation = Trilingual(**team.affiliation).pick(language).text
    row = Team(
        edition_id=edition.id,
        name=team.name,
        name_latin=team.name_latin,
        name_key=skeleton(team.name),
        country=Country(team.country),
        affiliation=affiliation,
        affiliation_key=skeleton(affiliation),
        company_number=team.company_number or "",
        founded_year=team.founded_year,
        shown_publicly=True,
        created_by=people[0].id,
    )
    db.session.add(row)
    db.session.flush()
    for position, (person, somebody) in enumerate(zip(people, team.members, strict=True), 1):
        db.session.add(
            Member(
                edition_id=edition.id,
                team_id=row.id,
                person_id=person.id,
                role=MemberRole.CAPTAIN if position == 1 else MemberRole.MEMBER,
                name=person.name,
                name_latin=person.name_latin,
                email=person.email or "",
                birth_year=person.birth_year,
                country=somebody.country,
                affiliation=affiliation,
                position=position,
                confirmed_at=clock.now(),
            )
        )
    for somebody in team.advisers:
        db.session.add(
            Member(
                edition_id=edition.id,
                team_id=row.id,
                role=MemberRole.ADVISER,
                name=somebody.name,
                name_latin=somebody.name_latin,
                country=somebody.country,
                affiliation=affiliation,
                position=len(people) + 1,
                confirmed_at=clock.now(),
            )
        )
    return row


def _version(entry: Entry, captain: Person, submitted: datetime) -> EntryVersion:
    content = receipts.content_of(entry)
    return EntryVersion(
        entry_id=entry.id,
        number=1,
        submitted_at=submitted,
        submitted_by=captain.id,
        content=content,
        content_sha256=receipts.sha256(content),
    )


def _sample_documents() -> dict[DocumentKind, StoredFile]:
    """One plan and one deck for all demo entries, in three languages; none where PDFs can't be made."""
    if missing_parts():
        return {}
    made = {}
    for kind in (DocumentKind.BUSINESS_PLAN, DocumentKind.PITCH_DECK):
        with force_locale(locale_of("en")):
            data = render("contestant/sample_document.html", kind=kind.value)
        made[kind] = files.keep(data, "application/pdf", f"{kind.value}.pdf")
    return made


def _sign_ins(world: World, staff: dict[str, Person]) -> str:
    """The lines that `run.sh` prints."""
    rows = [(role, person.email) for role, person in staff.items()]
    rows += [
        ("head judge" if number == world.head_judge else "judge", world.judges[number].person.email)
        for number in (world.head_judge, world.head_judge + 1)
    ]
    rows += [("captain", team.members[0].email) for team in world.teams[:1]]
    lines = [f"  {role:17} {email}" for role, email in rows]
    return "\n".join([f"Demo sign-ins, all with the password {demo.PASSWORD}:", *lines]) + "\n"


def edition() -> Edition:
    """The demo edition that `load` wrote."""
    return db.session.scalars(select(Edition).where(Edition.slug == demo.SLUG)).one()


def register() -> None:
    registries.demo_world = lambda size, seed: build_world(size=size, seed=seed)
    registries.demo_steps[10] = load
