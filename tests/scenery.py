"""Two editions of the same shape with everything in them, and a person for each role, for tests that try
every address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from accounts import invitations, tokens
from accounts.models import Grant, Person, Role, SignIn, TokenPurpose
from certificates import operations as certificates
from certificates.documents import check_path
from competition.models import (
    Document,
    DocumentKind,
    Edition,
    EditionState,
    Entry,
    EntryState,
    Member,
    MemberRole,
    Prize,
    Remark,
    Round,
    Stage,
)
from competition.operations.entries import submit_entry
from core import clock, files
from core.db import db
from core.languages import Trilingual
from core.models import Mail, Notice
from judging.models import Judge, Result, ScoreSheet, SheetState
from judging.operations import adjustments, objections, results, samples, sheets
from roadshows.models import PlanKind, PlanState
from roadshows.operations import plan_runs
from roadshows.operations.versions import publish_agenda
from tests import factories as make
from tests.roadshows import draft_worlds
from tests.roadshows import factories as roadshows

ROLES = (
    "anonymous",
    "stranger",
    "contestant",
    "teammate",
    "adviser",
    "other contestant",
    "judge",
    "other judge",
    "head judge",
    "judge elsewhere",
    "organizer",
    "organizer elsewhere",
    "auditor",
    "admin",
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass
class Scenery:
    """`people`: role → person's id. `values`: what the URL parts stand for, by name or by `endpoint:name`;
    `away` holds the same for the other edition."""

    people: dict[str, int] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    away: dict[str, Any] = field(default_factory=dict)

    def value(self, endpoint: str, name: str, *, away: bool = False) -> Any:
        """What stands for the URL part `name`; a new part has to be given a value here."""
        values = self.values | self.away if away else self.values
        for known in (f"{endpoint}:{name}", f"{endpoint.partition('.')[0]}:{name}", name):
            if known in values:
                return values[known]
        raise KeyError(f"tests/scenery.py has no value for the URL part {name!r} of {endpoint}")

    def path(self, app: Flask, rule: Any, **other: Any) -> str:
        """The rule's address, filled with things of the first edition unless given otherwise."""
        values = {name: self.value(rule.endpoint, name) for name in rule.arguments} | other
        with app.test_request_context():
            built = rule.build(values, append_unknown=False)
        assert built is not None, (rule, values)
        return str(built[1]) + self.values.get(f"{rule.endpoint.partition('.')[0]}:query", "")

    def client(self, app: Flask, role: str) -> FlaskClient:
        """A browser of its own for the role."""
        browser = app.test_client()
        if role in self.people:
            with app.app_context():
                make.sign_in(browser, db.session.get_one(Person, self.people[role]))
        return browser


def build() -> Scenery:
    """Write the rows; the caller commits."""
    scenery = Scenery()
    home, away = make.edition(slug="home"), make.edition(slug="away")
    people = {role: make.person() for role in ROLES if role != "anonymous"}
    people["admin"].is_site_admin = True
    for role, edition, right in (
        ("organizer", home, Role.ORGANIZER),
        ("organizer elsewhere", away, Role.ORGANIZER),
        ("auditor", home, Role.AUDITOR),
    ):
        make.grant(people[role], right, edition)
    scenery.people = {role: who.id for role, who in people.items()}
    second = make.organizer(home)
    bystander = make.person(password_hash="none", email_confirmed_at=None)
    sign_in = SignIn(token_sha256="0" * 64, person_id=bystander.id, expires_at=clock.now())
    notice = Notice(person_id=bystander.id, kind="test", subject="To the bystander", body="…")
    lost = Mail(
        message_id="<lost@example.com>",
        edition_id=home.id,
        address="lost@example.com",
        language="en",
        kind="test",
        subject="Lost",
        body="…",
    )
    db.session.add_all([sign_in, notice, lost])
    reset, _code = tokens.make_token(bystander, TokenPurpose.RESET_PASSWORD)
    confirm, _code = tokens.make_token(bystander, TokenPurpose.CONFIRM_EMAIL, code=True)
    change, _code = tokens.make_token(bystander, TokenPurpose.CHANGE_EMAIL, new_email="new@example.com")
    db.session.flush()

    scenery.values = {
        "lang": "en",
        "code": "en",
        "edition": home.slug,
        "edition_slug": home.slug,
        "own_judge": home.slug,
        "kind": "business_plan",
        "purpose": "news",
        "decision": "return",
        "format": "csv",
        "accounts.reset_link:token": reset,
        "accounts.confirm_link:token": confirm,
        "accounts.new_email_link:token": change,
        "accounts:number": bystander.id,
        "accounts.open_notice:number": notice.id,
        "accounts.end_sign_in:number": sign_in.id,
        "mail": lost.id,
        "number": 1,
    }
    team_values = _team(home, people)
    scenery.values |= team_values
    _judging(home, people, second, scenery.values)
    elsewhere: dict[str, Any] = {
        "edition": away.slug,
        "edition_slug": away.slug,
        "own_judge": away.slug,
    }
    strangers = {role: make.person() for role in ("contestant", "teammate", "adviser", "other contestant")}
    elsewhere |= _team(away, strangers)
    _judging(
        away,
        people
        | strangers
        | {"judge": people["judge elsewhere"], "other judge": make.person()}
        | {"head judge": make.person(), "organizer": people["organizer elsewhere"]},
        make.organizer(away),
        elsewhere,
    )
    scenery.values |= _roadshow(home, "token-of-the-first")
    elsewhere |= _roadshow(away, "token-of-the-second")
    scenery.away = elsewhere
    invitation, token = invitations.invite(
        role="auditor", scope_kind="edition", scope_id=home.id, email="newcomer@example.com", mail=False
    )
    db.session.flush()
    scenery.values |= {"accounts.invitation:token": token, "invitation": invitation.id}
    _settings(home, scenery.values)
    db.session.flush()
    return scenery


def _team(of: Edition, people: dict[str, Person]) -> dict[str, Any]:
    """The contestant's team with teammate and adviser, all documents, a submitted version and an open
    invitation; and a second team."""
    team = make.team(of, people["contestant"], shown_publicly=True)
    for role, kind in (("teammate", MemberRole.MEMBER), ("adviser", MemberRole.ADVISER)):
        who = people[role]
        db.session.add(
            Member(
                edition_id=of.id,
                team_id=team.id,
                person_id=who.id,
                role=kind,
                name=who.name,
                email=who.email or "",
                birth_year=who.birth_year,
                position=2,
                confirmed_at=clock.now(),
            )
        )
    other = make.entry(of, team=make.team(of, people["other contestant"]))
    entry = team.entry
    entry.title = Trilingual("智能农业", "스마트 농업", "Smart farming")
    entry.summary = Trilingual("简介", "개요", "Summary")
    entry.track_id, entry.division_id = of.tracks[0].id, of.divisions[0].id
    entry.stage = Stage.IDEA
    for kind in DocumentKind:
        logo = kind is DocumentKind.LOGO
        media_type = "image/png" if logo else "application/pdf"
        file = files.keep(PDF + kind.value.encode(), media_type, f"{kind.value}.pdf")
        db.session.add(Document(entry_id=entry.id, kind=kind, file_id=file.id))
    db.session.flush()
    db.session.refresh(team)
    db.session.refresh(entry)
    submit_entry(entry=entry, who=None, pledged=True)
    entry.state = EntryState.ACCEPTED
    db.session.add(Remark(entry_id=entry.id, field="title", comment="Please mend this."))
    invitation, token = invitations.invite(
        role="member", scope_kind="team", scope_id=team.id, email="member@example.com", mail=False
    )
    db.session.flush()
    mate = next(row for row in team.members if row.role is MemberRole.MEMBER)
    return {
        "team": team.key,
        "entry": entry.key,
        "sheet": entry.key,
        "own_sheet": entry.key,
        "entry_key": entry.key,
        "wished_entry": entry.key,
        "teammate": mate.id,
        "invited": invitation.id,
        "team_invitation_token": token,
        "other_team": other.team.key,
        "other_entry": other.key,
    }


def _judging(of: Edition, people: dict[str, Person], second: Person, values: dict[str, Any]) -> None:
    """Four rounds: `heat` being scored, `secret` finalized but unpublished, `semi` provisional with an
    objection, `final` final with a certificate."""
    entry = db.session.query(Entry).filter_by(key=values["entry"]).one()
    other = db.session.query(Entry).filter_by(key=values["other_entry"]).one()
    judges = [make.judge(of, people["judge"]), make.judge(of, people["other judge"])]
    sample_key = ""
    head = make.judge(of, people["head judge"], is_head=True)
    make.grant(people["head judge"], Role.HEAD_JUDGE, of)
    prize = Prize(edition_id=of.id, name=Trilingual("一等奖", "1등상", "First Prize"))
    db.session.add(prize)
    db.session.flush()
    rounds: dict[str, Round] = {}
    published: dict[str, Result] = {}
    prefix = "" if of.slug == "home" else f"{of.slug}-"
    for name in ("heat", "secret", "semi", "final"):
        rounds[name] = stage = make.round_of(of, slug=f"{prefix}{name}", awards_prizes=name == "final")
        make.rubric(stage)
        make.enter(stage, entry, other)
        if name == "heat":
            make.sheet(stage, judges[0], entry)
            make.sheet(stage, judges[1], other)
            make.proposal(stage, [(judges[0], entry), (judges[1], other)])
            sample_key = _sample(stage, judges[1])
            adjustments.adjust_entry(
                round=stage,
                entry=entry,
                points="2.5",
                reason="Shown at the fair",
                who=people["organizer"],
            )
            continue
        for number, judge in enumerate(judges):
            for about in (entry, other):
                _score(make.sheet(stage, judge, about), "9.5" if about is entry else f"{number + 6}")
        result = results.finalize(round=stage, who=people["organizer"])
        if name == "secret":
            continue
        of.notice_days = 0 if name == "final" else 5
        results.sign(result=result, who=second)
        published[name] = results.publish(result=result, who=people["organizer"])
    objection = objections.raise_objection(
        result=published["semi"], team=entry.team, who=people["contestant"], reason="Wrong sum."
    )
    certificate = certificates.issue_awards(
        edition=of, per_member=False, issued_on=clock.now().date(), who=None
    )[0]
    certificate.file_id = files.keep(PDF, "application/pdf", f"{certificate.number}.pdf").id
    db.session.flush()
    values |= {
        "round": rounds["heat"].slug,
        "round_slug": rounds["heat"].slug,
        "desk": rounds["heat"].slug,
        "results:round": rounds["semi"].slug,
        "results_office:round": rounds["semi"].slug,
        "feedback:round": rounds["semi"].slug,
        "results_office:picture": "rank-intervals",
        "secret_round": rounds["secret"].slug,
        "final_round": rounds["final"].slug,
        "sample": sample_key,
        "judge": judges[0].key,
        "head": head.key,
        "objection": objection.id,
        "certificate": certificate.number,
        "certificates:number": certificate.number,
        "certificates:query": "?" + check_path(certificate).partition("?")[2],
    }


def _sample(of: Round, scored_by: Judge) -> str:
    """A sample entry with a document that one judge has scored; its key."""
    made = samples.add_sample(
        round=of,
        title=Trilingual("样例", "예시", "Sample"),
        summary=Trilingual(),
        reference={"c1": "8", "c2": "7"},
        note=Trilingual(),
    )
    samples.attach_file(sample=made, file=files.keep(PDF, "application/pdf", "sample.pdf"))
    samples.send_sample_sheet(sample=made, judge=scored_by, marks={"c1": "7", "c2": "7"})
    return made.key


def _roadshow(of: Edition, token: str) -> dict[str, Any]:
    """A roadshow of the edition and somebody with a link of the own."""
    roadshow = roadshows.roadshow(slug=f"{of.slug}-roadshow", edition_id=of.id)
    roadshows.guest(roadshow, participant=roadshows.participant(roadshow, token))
    day = draft_worlds.day(roadshow)
    publish_agenda(roadshow=roadshow, seen=roadshow.agenda_revision)
    run = plan_runs.ask_plan(
        roadshow=roadshow, kind=PlanKind.AGENDA, settings={"what": "rest", "seconds": 20}
    )
    run.state = PlanState.DONE
    run.outcome = {"status": "optimal", "placements": [], "unplaced": []}
    return {
        "roadshow": roadshow.slug,
        "participant": token,
        "agenda_session": day.sessions[0].key,
        "agenda_office:number": 1,
    }


def _score(sheet: ScoreSheet, mark: str) -> None:
    sheets.save_marks(sheet=sheet, seen=None, op_id=f"scenery-{sheet.id}", marks={"c1": mark, "c2": mark})
    sheets.submit_sheet(sheet=sheet)
    assert sheet.state is SheetState.SUBMITTED


def _settings(of: Edition, values: dict[str, Any]) -> None:
    """Numbers of the edition's own parts, as its settings pages name them."""
    values |= {"part": of.tracks[0].id, "organizer.import_template:kind": "csv"}
    for page in ("settings_parts", "settings_part", "remove_part"):
        values[f"organizer.{page}:kind"] = "tracks"
    grant = db.session.query(Grant).filter_by(scope_kind="edition", scope_id=of.id, role=Role.AUDITOR).first()
    if grant is not None:
        values["grant"] = grant.id


def draft_edition() -> Edition:
    """An edition that nobody but its staff may know of."""
    return make.edition(
        slug="hidden", state=EditionState.DRAFT, name=Trilingual("秘密大赛", "비밀 대회", "Hidden Contest")
    )


__all__ = ["PDF", "ROLES", "Judge", "Scenery", "build", "draft_edition"]
