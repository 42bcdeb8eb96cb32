"""Writes on teams and who belongs to them.

`who` is the signed-in person who acts. `who=None` is for commands (imports, the demo), which no deadline
binds. Operations are keyword-only, raise `core.errors`, write one audit record each, and never commit.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from accounts import invitations
from accounts.addresses import email_key
from accounts.consents import require_consents
from accounts.models import Invitation, Person
from competition import registration
from competition.models import (
    Country,
    Edition,
    EditionState,
    Entry,
    EntryState,
    Member,
    MemberRole,
    Team,
)
from core import audit, clock, errors, mail
from core.db import db, lock
from core.errors import BadInput, Conflict
from core.text import skeleton

ADVISERS_MOST = 3
INVITATIONS_MOST = 40
"""Open invitations of one team: more than it has places, since some never answer, but no way to mail half a
city.
"""
RENEW_AFTER = timedelta(minutes=1)

_TEAM_VALUES = (
    "name",
    "name_latin",
    "country",
    "affiliation",
    "company_number",
    "founded_year",
    "investors",
    "phone",
    "shown_publicly",
)

NAME_TAKEN = Conflict(
    fields={
        "name": _l(
            "Another team of this edition has this name, or one that looks the same. Please choose another"
            " one."
        )
    },
    code="name_taken",
)
ALREADY_IN = Conflict(_l("This person is in the team already."), code="already_member")
errors.CONSTRAINTS |= {
    "uq_team_edition_id_name_key": NAME_TAKEN,
    "team.edition_id, team.name_key": NAME_TAKEN,
    "uq_member_team_id_person_id": ALREADY_IN,
    "member.team_id, member.person_id": ALREADY_IN,
}


def create_team(
    *,
    edition: Edition,
    captain: Person | None,
    name: str,
    country: Country,
    affiliation: str = "",
    name_latin: str = "",
    company_number: str = "",
    founded_year: int | None = None,
    investors: str = "",
    phone: str = "",
    shown_publicly: bool = False,
    who: Person | None = None,
) -> Team:
    """A team with its captain and an empty draft entry.

    captain=None is for imports, which add a captain without account by `add_member`. Raises `Conflict` when
    registration is not open, when the name looks like another team's, and when the captain leads another team
    of the edition already.
    """
    if who is not None:
        _require_registration(edition)
    name_key, affiliation_key = _keys(name, affiliation)
    if captain is not None:
        require_consents(captain)
        lock(captain)
        _require_leads_none(edition, captain)
    team = Team(
        edition_id=edition.id,
        name=name,
        name_key=name_key,
        name_latin=name_latin,
        country=Country(country),
        affiliation=affiliation,
        affiliation_key=affiliation_key,
        company_number=company_number,
        founded_year=founded_year,
        investors=investors,
        phone=phone,
        shown_publicly=shown_publicly,
        created_by=captain.id if captain else None,
    )
    team.edition = edition
    team.entry = Entry(edition_id=edition.id)
    team.entry.edition = edition
    _flush_name(team)
    if captain is not None:
        add_member(team=team, role=MemberRole.CAPTAIN, name=captain.name, person=captain)
    audit.record("create_team", team, new={"name": name, "country": team.country.value})
    return team


def change_team(*, team: Team, seen: int | None, who: Person | None = None, **values: Any) -> Team:
    """Set what is said of the team (those values given). Raises `Conflict` on a stale `seen` and for a taken
    name.
    """
    if unknown := set(values) - set(_TEAM_VALUES):
        raise TypeError(f"not to be set here: {', '.join(sorted(unknown))}")
    require_changeable(team, who)
    if seen is not None and team.version != seen:
        raise Conflict(
            _l(
                "Somebody of your team changed this meanwhile. Look at what stands there now, then save"
                " again."
            ),
            code="stale",
        )
    old = {name: _plain(getattr(team, name)) for name in values}
    name = values.get("name", team.name)
    affiliation = values.get("affiliation", team.affiliation)
    name_key, affiliation_key = _keys(name, affiliation)
    for key, value in (values | {"name_key": name_key, "affiliation_key": affiliation_key}).items():
        setattr(team, key, value)
    _flush_name(team)
    new = {name: _plain(value) for name, value in values.items()}
    changed = [name for name in values if old[name] != new[name]]
    if changed:
        audit.record(
            "change_team",
            team,
            old={name: old[name] for name in changed},
            new={name: new[name] for name in changed},
        )
    return team


def show_team(*, team: Team, shown: bool) -> None:
    """Agree to, or take back, that the team stands on public pages: possible at any time, whatever the
    entry's state.
    """
    if team.shown_publicly != shown:
        team.shown_publicly = shown
        audit.record("show_team", team, old={"shown_publicly": not shown}, new={"shown_publicly": shown})


def add_member(
    *,
    team: Team,
    role: MemberRole,
    name: str,
    name_latin: str = "",
    email: str = "",
    birth_year: int | None = None,
    country: str = "",
    affiliation: str = "",
    person: Person | None = None,
) -> Member:
    """Put a confirmed member into the team; without `person` one who has no account (imports, the demo).

    What is not given is taken from the person. Capacity is the caller's business.
    """
    member = Member(
        edition_id=team.edition_id,
        person_id=person.id if person else None,
        role=MemberRole(role),
        name=name or (person.name if person else ""),
        name_latin=name_latin or (person.name_latin if person else ""),
        email=email or (person.email or "" if person else ""),
        birth_year=birth_year or (person.birth_year if person else None),
        country=country or (person.country if person else ""),
        affiliation=affiliation or team.affiliation,
        position=max((known.position for known in team.members), default=0) + 1,
        confirmed_at=clock.now(),
    )
    team.members.append(member)
    _flush()
    audit.record("add_member", member, new={"team": team.key, "role": member.role.value})
    return member


def invite_member(
    *, team: Team, role: MemberRole, email: str, name: str, language: str, who: Person
) -> tuple[Invitation, str]:
    """Invite somebody by mail, by a link that the captain hands over, or both; returns the link's token too.

    With an address only its owner can accept. Raises `Conflict` when the team is full already or has too many
    open invitations; more may be invited than there are places, the first to confirm get them.
    """
    role = MemberRole(role)
    if role is MemberRole.CAPTAIN:
        raise BadInput(fields={"role": _l("A team has one captain. The captaincy can be handed over later.")})
    require_changeable(team, who)
    team = lock(team)
    _require_place(team, role)
    waiting = open_invitations(team)
    if len(waiting) >= INVITATIONS_MOST:
        raise Conflict(
            _l("Too many invitations are open. Take some back first."), code="too_many_invitations"
        )
    if email:
        key = email_key(email)
        if any(member.email and email_key(member.email) == key for member in team.members):
            raise Conflict(fields={"email": _l("This person is in the team already.")}, code="already_member")
        if any(invitation.email and email_key(invitation.email) == key for invitation in waiting):
            raise Conflict(
                fields={"email": _l("This person is invited already. You can send the invitation again.")},
                code="already_invited",
            )
    try:
        return _invite(team, role.value, email, name, language, who)
    except BadInput as problem:
        raise BadInput(fields={"email": problem.detail or _l("Please check the address.")}) from problem


def renew_invitation(*, team: Team, invitation: Invitation, who: Person) -> tuple[Invitation, str]:
    """Replace an open invitation by a fresh one: the old link dies, the mail goes out again."""
    require_changeable(team, who)
    _require_of(team, invitation)
    if invitation.created_at > clock.now() - RENEW_AFTER:
        raise Conflict(_l("This invitation went out a moment ago. Please wait a minute."), code="too_soon")
    invitations.revoke_invitation(invitation, reason="renewed")
    return _invite(team, invitation.role, invitation.email, invitation.name, invitation.language, who)


def take_back_invitation(*, team: Team, invitation: Invitation) -> None:
    """Make an open invitation's link worthless. Raises `Conflict` when it was accepted meanwhile."""
    _require_of(team, invitation)
    invitations.revoke_invitation(invitation)


def invite_captain(*, team: Team, email: str, name: str, language: str, who: Person | None) -> Invitation:
    """Invite the person whom an import made captain to take over their place with an account of their own."""
    return _invite(team, MemberRole.CAPTAIN.value, email, name, language, who)[0]


def join_team(*, team: Team, person: Person, role: MemberRole, email: str = "") -> Member:
    """Make `person` a confirmed member, in the place that an import kept for `email` or in a free one.

    Called when an invitation is accepted; holds the team, so that the last place is given once. Raises
    `Conflict` when no place is left, the person is in already, or the team can't change any more.
    """
    require_consents(person)
    team = lock(team)
    members = db.session.scalars(select(Member).where(Member.team_id == team.id)).all()
    if any(member.person_id == person.id for member in members):
        raise ALREADY_IN
    key = email_key(email) if email else ""
    kept = next(
        (
            member
            for member in members
            if member.person_id is None
            and member.role is role
            and ((key and member.email and email_key(member.email) == key) or role is MemberRole.CAPTAIN)
        ),
        None,
    )
    if kept is not None:
        if role is MemberRole.CAPTAIN:
            _require_leads_none(team.edition, person)
        kept.person_id, kept.confirmed_at = person.id, clock.now()
        kept.email = person.email or kept.email
        kept.birth_year = kept.birth_year or person.birth_year
        _flush()
        audit.record("claim_membership", kept, new={"person": person.id})
        return kept
    if role is MemberRole.CAPTAIN:
        raise Conflict(_l("This team has a captain already."), code="has_captain")
    require_changeable(team, person)
    _require_place(team, role)
    member = add_member(team=team, role=role, name=person.name, person=person)
    _tell_captain(team, member)
    return member


def remove_member(*, team: Team, member: Member, who: Person) -> None:
    """Take a member out of the team; their access ends at once. Raises `Conflict` for the captain."""
    require_changeable(team, who)
    if member.role is MemberRole.CAPTAIN:
        raise Conflict(_l("Hand the captaincy over first."), code="is_captain")
    _delete_member(team, member, "remove_member")
    person = db.session.get(Person, member.person_id) if member.person_id else None
    if person is not None and person.is_active:
        name, slug = team.name, team.edition.slug

        def write(lang: str) -> mail.Message:
            return mail.Message(
                _("You are no longer in the team %(team)s", team=name),
                _(
                    "The captain took you out of the team. If you think this is a mistake, please talk to"
                    " the captain."
                ),
                f"/{lang}/e/{slug}",
            )

        mail.tell(person, "member_removed", write, edition_id=team.edition_id)


def leave_team(*, team: Team, who: Person) -> None:
    """The person's own way out, open at any time; only a captain has to hand over first."""
    member = next((known for known in team.members if known.person_id == who.id), None)
    if member is None:
        raise errors.NotFound
    if member.role is MemberRole.CAPTAIN:
        raise Conflict(_l("Hand the captaincy over first."), code="is_captain")
    _delete_member(team, member, "leave_team")


def hand_over(*, team: Team, to: Member, who: Person) -> None:
    """Make a confirmed member with an account the captain, and the captain a member."""
    require_changeable(team, who)
    team = lock(team)
    if (
        to.team_id != team.id
        or to.role is not MemberRole.MEMBER
        or to.person_id is None
        or not to.confirmed_at
    ):
        raise Conflict(_l("Only a confirmed member can become captain."), code="no_member")
    _require_leads_none(team.edition, db.session.get_one(Person, to.person_id))
    old = captain_of(team)
    if old is not None:
        old.role = MemberRole.MEMBER
        _flush()  # the index allows one captain at any moment
        old.position, to.position = to.position, old.position
    to.role = MemberRole.CAPTAIN
    _flush()
    audit.record(
        "hand_over_captaincy",
        team,
        old={"captain": old.id if old else None},
        new={"captain": to.id},
    )


def record_guardian_consent(*, team: Team, member: Member, guardian_name: str, who: Person) -> None:
    """Note which guardian agreed that a child under 14 takes part, and when it was said."""
    require_changeable(team, who)
    if not guardian_name:
        raise BadInput(fields={"guardian_name": _l("Please write the guardian's name.")})
    member.guardian_name, member.guardian_consent_at = guardian_name, clock.now()
    _flush()
    audit.record("guardian_consent", member, new={"team": team.key})


def captain_of(team: Team) -> Member | None:
    return next((member for member in team.members if member.role is MemberRole.CAPTAIN), None)


def open_invitations(team: Team) -> list[Invitation]:
    """The team's invitations that can still be accepted, the oldest first."""
    return list(
        db.session.scalars(
            select(Invitation)
            .where(
                Invitation.scope_kind == "team",
                Invitation.scope_id == team.id,
                Invitation.revoked_at.is_(None),
                Invitation.accepted_at.is_(None),
                Invitation.expires_at > clock.now(),
            )
            .order_by(Invitation.id)
        )
    )


def why_unchangeable(team: Team) -> Any:
    """Why the team and its entry can't be changed now, in words; "" when they can."""
    if team.edition.state is EditionState.ARCHIVED:
        return _l("This edition is archived; nothing in it can be changed.")
    said = {
        EntryState.ACCEPTED: _l(
            "The entry is accepted and stays as it is. Please ask the organizers if something has to be"
            " mended."
        ),
        EntryState.REJECTED: _l("This entry was not accepted; it can't be changed any more."),
        EntryState.DISQUALIFIED: _l("This entry was disqualified; it can't be changed any more."),
        EntryState.WITHDRAWN: _l("This entry was withdrawn. Take it up again to work on it."),
    }.get(team.entry.state)
    if said:
        return said
    if not registration.is_open_for(team, clock.now()):
        return _l(
            "The deadline has passed; nothing can be changed any more. Only the organizers can extend it"
            " for a team."
        )
    return ""


def require_changeable(team: Team, who: Person | None) -> None:
    """Raise `Conflict` when contestants can't change the team now; commands (`who=None`) always can."""
    if who is not None and (why := why_unchangeable(team)):
        raise Conflict(why, code="closed")


def _require_registration(edition: Edition) -> None:
    if registration.phase(edition, clock.now()) is not registration.Phase.OPEN:
        raise Conflict(_l("Registration is not open."), code="closed")


def _require_leads_none(edition: Edition, person: Person) -> None:
    leading = db.session.execute(
        select(Team.name)
        .join(Member, Member.team_id == Team.id)
        .join(Entry, Entry.team_id == Team.id)
        .where(
            Team.edition_id == edition.id,
            Member.person_id == person.id,
            Member.role == MemberRole.CAPTAIN,
            Entry.state.not_in((EntryState.WITHDRAWN, EntryState.DISQUALIFIED)),
        )
    ).scalar()
    if leading is not None:
        raise Conflict(
            _l("A person can lead one team in an edition and is captain of %(team)s already.", team=leading),
            code="leads_another",
        )


def _require_place(team: Team, role: MemberRole) -> None:
    """Raise `Conflict` when the team has no place for `role`; counts afresh, the caller holds the team."""
    roles = (MemberRole.ADVISER,) if role is MemberRole.ADVISER else (MemberRole.CAPTAIN, MemberRole.MEMBER)
    taken = db.session.execute(
        select(func.count()).select_from(Member).where(Member.team_id == team.id, Member.role.in_(roles))
    ).scalar_one()
    most = ADVISERS_MOST if role is MemberRole.ADVISER else team.edition.team_most
    if taken >= most:
        text = (
            _l("The team has its %(most)d advisers already.", most=most)
            if role is MemberRole.ADVISER
            else _l("The team is full: it may have %(most)d members.", most=most)
        )
        raise Conflict(text, code="team_full")


def _require_of(team: Team, invitation: Invitation) -> None:
    if (invitation.scope_kind, invitation.scope_id) != ("team", team.id):
        raise errors.NotFound


def _invite(
    team: Team, role: str, email: str, name: str, language: str, who: Person | None
) -> tuple[Invitation, str]:
    return invitations.invite(
        role=role,
        scope_kind="team",
        scope_id=team.id,
        email=email,
        name=name,
        language=language,
        invited_by=who.id if who else None,
        edition_id=team.edition_id,
    )


def _delete_member(team: Team, member: Member, action: str) -> None:
    if member.team_id != team.id:
        raise errors.NotFound
    audit.record(action, member, old={"team": team.key, "role": member.role.value})
    team.members.remove(member)
    db.session.delete(member)
    _flush()


def _tell_captain(team: Team, member: Member) -> None:
    captain = captain_of(team)
    person = db.session.get(Person, captain.person_id) if captain and captain.person_id else None
    if person is None:
        return
    team_name, name, path = team.name, member.name, f"/e/{team.edition.slug}/team/{team.key}/members"

    def write(lang: str) -> mail.Message:
        return mail.Message(
            _("%(name)s joined the team %(team)s", name=name, team=team_name),
            _("The invitation was confirmed. The team's page shows who is in and who has not answered yet."),
            f"/{lang}{path}",
        )

    mail.tell(person, "member_joined", write, edition_id=team.edition_id)


def _keys(name: str, affiliation: str) -> tuple[str, str]:
    name_key = skeleton(name)
    if not name or not name_key:
        raise BadInput(fields={"name": _l("Please write the team's name.")})
    if len(name) > 80 or len(name_key) > 160:
        raise BadInput(fields={"name": _l("This name is too long.")})
    return name_key, skeleton(affiliation)[:160]


def _flush_name(team: Team) -> None:
    taken = select(Team.id).where(
        Team.edition_id == team.edition_id, Team.name_key == team.name_key, Team.id != (team.id or 0)
    )
    with db.session.no_autoflush:
        if db.session.execute(taken).first():
            raise NAME_TAKEN
    db.session.add(team)
    _flush()


def _flush() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        raise errors.from_database(error) from error


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Country) else value
