"""Who takes part in the meetings: teams taken over from the contest, investors from the guests, and their
links."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from accounts.models import Person
from competition.models import Country, Entry, EntryState, Member, MemberRole, Team
from core import audit, clock
from core.db import db, lock
from core.errors import CONSTRAINTS, BadInput, Conflict
from core.languages import LANGUAGES, Trilingual, locale_of
from core.mail import Message, send
from roadshows.models import (
    Guest,
    GuestConsent,
    GuestConsentPurpose,
    GuestKind,
    GuestState,
    Meeting,
    MeetingParty,
    MeetingState,
    MetBefore,
    Participant,
    Roadshow,
    RoadshowState,
    Side,
    Told,
)
from roadshows.operations.meeting_checks import check_seen, id_of, require_running
from roadshows.operations.people import add_participant, find_participant, own_page, pages_shut, zone_of

MOST_MEETINGS = 40
CONSTRAINTS["uq_meeting_party_participant_id"] = CONSTRAINTS["meeting_party.participant_id"] = Conflict(
    _l("This person takes part in the meetings already."), code="party_exists"
)
CONSTRAINTS["uq_met_before_team_id_investor_id"] = CONSTRAINTS[
    "met_before.team_id, met_before.investor_id"
] = Conflict(_l("It is noted already that these two know each other."), code="met_before_exists")
_TEAM_LANGUAGES = {Country.CHINA: ["zh"], Country.KOREA: ["ko"], Country.JOINT: ["zh", "ko"]}


def add_party(
    *,
    roadshow: Roadshow,
    side: Side,
    participant: Participant,
    name: str,
    who: Person | None = None,
    **values: Any,
) -> MeetingParty:
    """A participant takes part as a team or as an investor. Raises Conflict when she does already.

    values: further columns (headline, about, fields, languages, entry_id, shared_at, most_meetings,
    least_meetings).
    """
    require_running(roadshow)
    _check_limits(values.get("least_meetings", 0), values.get("most_meetings", 8))
    if db.session.scalar(select(MeetingParty.id).where(MeetingParty.participant_id == participant.id)):
        raise CONSTRAINTS["uq_meeting_party_participant_id"]
    values.setdefault("languages", [participant.language])
    row = MeetingParty(roadshow_id=roadshow.id, participant_id=participant.id, side=side, name=name, **values)
    db.session.add(row)
    db.session.flush()
    audit.record("meeting_party.added", row, new={"side": side.value, "name": name}, actor_id=id_of(who))
    return row


def _check_limits(least: int, most: int) -> None:
    if not 0 <= least <= most <= MOST_MEETINGS:
        raise BadInput(
            fields={
                "least_meetings": _l(
                    "The least number must not be above the greatest, and neither above %(most)d.",
                    most=MOST_MEETINGS,
                )
            }
        )


def add_investor(
    *,
    roadshow: Roadshow,
    name: str,
    email: str,
    organization: str,
    language: str,
    who: Person | None = None,
    **values: Any,
) -> MeetingParty:
    """An investor who need not be on the guest list; somebody known by the address is taken as she is."""
    participant = find_participant(roadshow, email) or add_participant(
        roadshow=roadshow,
        name=name,
        email=email,
        organization=organization,
        language=language,
        zone=zone_of(language, roadshow),
    )
    return add_party(
        roadshow=roadshow,
        side=Side.INVESTOR,
        participant=participant,
        name=organization or name,
        who=who,
        **values,
    )


def entries_to_take(roadshow: Roadshow) -> Sequence[Entry]:
    """Accepted entries of the roadshow's edition whose teams do not take part yet, with team and members."""
    if roadshow.edition_id is None:
        return []
    here = select(MeetingParty.entry_id).where(
        MeetingParty.roadshow_id == roadshow.id, MeetingParty.entry_id.is_not(None)
    )
    return db.session.scalars(
        select(Entry)
        .where(
            Entry.edition_id == roadshow.edition_id,
            Entry.state == EntryState.ACCEPTED,
            Entry.id.not_in(here),
        )
        .options(joinedload(Entry.team).selectinload(Team.members))
        .order_by(Entry.id)
    ).all()


def take_teams(
    *, roadshow: Roadshow, entry_keys: Collection[str], who: Person | None = None
) -> list[MeetingParty]:
    """The chosen accepted entries take part, each with its captain and with what it says of itself; the card
    is shown once the captain agrees. Raises Conflict naming teams whose captain takes part already."""
    lock(roadshow)
    made, twice = [], []
    chosen = [entry for entry in entries_to_take(roadshow) if entry.key in entry_keys]
    accounts = _accounts(member for entry in chosen for member in entry.team.members)
    for entry in chosen:
        captain = next((row for row in entry.team.members if row.role is MemberRole.CAPTAIN), None)
        if captain is None:
            continue
        account = accounts.get(captain.person_id or 0)
        participant = _captain_as_participant(roadshow, captain, account, entry.team)
        if db.session.scalar(select(MeetingParty.id).where(MeetingParty.participant_id == participant.id)):
            twice.append(entry.team.name)
            continue
        made.append(
            add_party(
                roadshow=roadshow,
                side=Side.TEAM,
                participant=participant,
                name=entry.team.name,
                who=who,
                entry_id=entry.id,
                headline=entry.title,
                about=entry.summary,
                fields=[entry.sector] if entry.sector else [],
                languages=_TEAM_LANGUAGES.get(entry.team.country, [participant.language]),
            )
        )
    if twice:
        raise Conflict(
            _l(
                "The captain of these teams takes part for another team already: %(names)s.",
                names=", ".join(twice),
            ),
            code="captain_twice",
        )
    return made


def _accounts(members: Iterable[Member]) -> dict[int, Person]:
    ids = {member.person_id for member in members if member.person_id is not None}
    return {row.id: row for row in db.session.scalars(select(Person).where(Person.id.in_(ids)))}


def _captain_as_participant(
    roadshow: Roadshow, captain: Member, person: Person | None, team: Team
) -> Participant:
    email = (person.email if person is not None else None) or captain.email
    known = find_participant(roadshow, email)
    if known is not None:
        if known.person_id is None:
            known.person_id = captain.person_id
        return known
    language = person.language if person is not None else "en"
    return add_participant(
        roadshow=roadshow,
        name=captain.name,
        name_latin=captain.name_latin,
        email=email,
        organization=team.affiliation or team.name,
        language=language if language in LANGUAGES else "en",
        person_id=captain.person_id,
        zone=zone_of(language, roadshow),
    )


def guests_to_take(roadshow: Roadshow) -> Sequence[Guest]:
    """Investors on the guest list, confirmed or invited, who do not take part yet."""
    here = select(MeetingParty.participant_id).where(MeetingParty.roadshow_id == roadshow.id)
    return db.session.scalars(
        select(Guest)
        .join(Participant, Participant.id == Guest.participant_id)
        .where(
            Guest.roadshow_id == roadshow.id,
            Guest.kind == GuestKind.INVESTOR,
            Guest.state.in_([GuestState.CONFIRMED, GuestState.INVITED]),
            Guest.participant_id.not_in(here),
            Participant.erased_at.is_(None),
        )
        .order_by(Guest.id)
    ).all()


def take_investors(
    *, roadshow: Roadshow, participant_keys: Collection[str], who: Person | None = None
) -> list[MeetingParty]:
    """The chosen guests take part; the card of those who agreed to that when they registered is shown."""
    lock(roadshow)
    agreed = set(
        db.session.scalars(
            select(GuestConsent.guest_id).where(
                GuestConsent.roadshow_id == roadshow.id,
                GuestConsent.purpose == GuestConsentPurpose.CARD,
                GuestConsent.withdrawn_at.is_(None),
            )
        )
    )
    return [
        add_party(
            roadshow=roadshow,
            side=Side.INVESTOR,
            participant=guest.participant,
            name=guest.participant.organization or guest.participant.name,
            who=who,
            headline=Trilingual.same(guest.participant.position),
            shared_at=clock.now() if guest.id in agreed else None,
        )
        for guest in guests_to_take(roadshow)
        if guest.participant.key in participant_keys
    ]


def edit_party(*, party: MeetingParty, seen: int | None, who: Person | None = None, **values: Any) -> None:
    """Change what organizers may: name, languages, fields and how many meetings."""
    check_seen(party, seen)
    _check_limits(values["least_meetings"], values["most_meetings"])
    old = {name: getattr(party, name) for name in values}
    for name, value in values.items():
        setattr(party, name, value)
    db.session.flush()
    audit.record("meeting_party.changed", party, old=old, new=values, actor_id=id_of(who))


def withdraw_party(*, party: MeetingParty, seen: int | None, who: Person | None = None) -> None:
    """The party takes part no more; meetings that stand have to be canceled before."""
    check_seen(party, seen)
    lock(party.roadshow)
    standing = db.session.scalar(
        select(func.count()).where(
            (Meeting.team_id == party.id) | (Meeting.investor_id == party.id),
            Meeting.state == MeetingState.PLANNED,
        )
    )
    if standing:
        raise Conflict(
            _l("%(name)s still has meetings. Please cancel them first.", name=party.name), code="has_meetings"
        )
    party.withdrawn_at = clock.now()
    db.session.flush()
    audit.record("meeting_party.withdrawn", party, actor_id=id_of(who))


def return_party(*, party: MeetingParty, seen: int | None, who: Person | None = None) -> None:
    """A party that was taken out takes part again."""
    check_seen(party, seen)
    require_running(party.roadshow)
    party.withdrawn_at = None
    db.session.flush()
    audit.record("meeting_party.returned", party, actor_id=id_of(who))


def invite_parties(*, parties: Sequence[MeetingParty], who: Person | None = None) -> int:
    """Mail each party the link to its own page; returns how many have an address. Raises Conflict while the
    event is not public: the link would lead nowhere."""
    if parties and parties[0].roadshow.state is not RoadshowState.PUBLIC:
        raise pages_shut()
    sent = 0
    for party in parties:
        participant = party.participant
        if not participant.email or participant.erased_at is not None or party.withdrawn_at is not None:
            continue
        with force_locale(locale_of(participant.language)):
            message = _invitation(party)
        mail = send(
            participant.email,
            participant.language,
            "meeting_invitation",
            message,
            person_id=participant.person_id,
            roadshow_id=party.roadshow_id,
        )
        db.session.flush()
        earlier = select(func.count()).where(
            Told.participant_id == participant.id, Told.kind == "meeting_invitation"
        )
        db.session.add(
            Told(
                roadshow_id=party.roadshow_id,
                participant_id=participant.id,
                kind="meeting_invitation",
                item=f"party:{party.key}",
                item_version=(db.session.scalar(earlier) or 0) + 1,
                mail_id=mail.id,
            )
        )
        audit.record("meeting_party.invited", party, actor_id=id_of(who))
        sent += 1
    db.session.flush()
    return sent


def _invitation(party: MeetingParty) -> Message:
    lang = party.participant.language
    event = party.roadshow.name.pick(lang).text
    return Message(
        _("One-to-one meetings: %(event)s", event=event),
        _(
            "%(name)s takes part in the one-to-one meetings of %(event)s.\n\nOn your own page you can show "
            "your card to the other side, say whom you must meet, would like to meet or would rather not "
            "meet, and at which times you can come. What you would rather not is told to nobody.\n\n"
            "The address below is yours alone, please don't pass it on.",
            name=party.name,
            event=event,
        ),
        own_page(party.participant, lang, "/meetings"),
    )


def note_met_before(
    *, roadshow: Roadshow, team: MeetingParty, investor: MeetingParty, who: Person | None = None
) -> MetBefore:
    """Note that the two know each other already."""
    if team.side is not Side.TEAM or investor.side is not Side.INVESTOR:
        raise BadInput(_l("Please choose a team and an investor."))
    known = db.session.scalar(
        select(MetBefore.id).where(MetBefore.team_id == team.id, MetBefore.investor_id == investor.id)
    )
    if known:
        raise CONSTRAINTS["uq_met_before_team_id_investor_id"]
    row = MetBefore(roadshow_id=roadshow.id, team_id=team.id, investor_id=investor.id)
    db.session.add(row)
    db.session.flush()
    audit.record(
        "met_before.noted", row, new={"team": team.key, "investor": investor.key}, actor_id=id_of(who)
    )
    return row


def forget_met_before(
    *, roadshow: Roadshow, team: MeetingParty, investor: MeetingParty, who: Person | None = None
) -> None:
    """Take such a note back."""
    row = db.session.scalars(
        select(MetBefore).where(MetBefore.team_id == team.id, MetBefore.investor_id == investor.id)
    ).one_or_none()
    if row is None:
        raise Conflict(_l("This note was taken back already."), code="met_before_gone")
    audit.record(
        "met_before.forgotten", row, old={"team": team.key, "investor": investor.key}, actor_id=id_of(who)
    )
    db.session.delete(row)
    db.session.flush()
