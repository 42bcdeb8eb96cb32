"""The demo's roadshow: two days in two cities after the contest, with speakers, guests and parties.

Everything goes through the room's own operations; times follow the demo's contest, not the day on which it is
loaded. The same world gives the same roadshow.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from competition import demo as competition_demo
from competition.demo_brands import INVESTORS, MAKERSPACES, OFFICES, UNIVERSITIES
from competition.demo_names import Namer
from competition.models import Edition, Entry, EntryState, RoundEntry
from core import clock, demo, registries
from core.db import db
from core.languages import Trilingual
from roadshows import demo_program as texts
from roadshows.demo_agenda import place_everything
from roadshows.guest_consent_texts import REQUIRED
from roadshows.models import (
    AppearanceKind,
    Day,
    Guest,
    GuestConsentPurpose,
    GuestKind,
    GuestSource,
    GuestState,
    HostCity,
    MeetingParty,
    MeetingWish,
    Participant,
    PartnerKind,
    Roadshow,
    Session,
    SessionKind,
    SessionTrack,
    Side,
    Slot,
    Speaker,
    Wish,
)
from roadshows.operations import creation, places, program, settings, speakers
from roadshows.operations.guest_consents import give_consents
from roadshows.operations.people import add_participant
from roadshows.operations.versions import publish_agenda

SLUG = "seoul-2026"
_LANGUAGE = {"CN": "zh", "KR": "ko"}
_ZONE = {"CN": "Asia/Shanghai", "KR": "Asia/Seoul"}
_PLACES = 60


def load(world: Any) -> None:
    """Write the roadshow of the demo edition; flushes, does not commit."""
    edition = db.session.scalars(select(Edition).where(Edition.slug == demo.SLUG)).one()
    with clock.set_by(lambda: competition_demo.CEREMONY + timedelta(days=2)):
        _Builder(edition, len(world.teams)).build()


class _Builder:
    def __init__(self, edition: Edition, size: int) -> None:
        self.edition = edition
        self.dice = random.Random(f"roadshow {size}")
        self.namer = Namer(self.dice)
        self.addresses = 0
        self.first_day = (competition_demo.CEREMONY + texts.AFTER_CEREMONY).date()

    def build(self) -> None:
        roadshow = self._begin()
        self._venues(roadshow)
        tracks = [program.add_track(roadshow=roadshow, seen=None, name=name) for name in texts.TRACKS]
        db.session.flush()
        self._talks(roadshow, tracks[0])
        self._pitches(roadshow, tracks[1])
        for country, pairs in texts.INTERPRETERS:
            who = self._somebody(
                roadshow, country, Trilingual("口译协会", "통역협회", "Interpreters' guild"), ""
            )
            speakers.let_interpret(participant=who, pairs=pairs, most_in_a_row=4)
        self._guests(roadshow)
        self._parties(roadshow)
        place_everything(roadshow)
        settings.publish_roadshow(roadshow=roadshow, seen=None)
        publish_agenda(roadshow=roadshow, seen=roadshow.agenda_revision)

    def _begin(self) -> Roadshow:
        opens = datetime.combine(competition_demo.CEREMONY.date(), competition_demo.CEREMONY.timetz())
        first = opens + texts.AFTER_CEREMONY
        roadshow = creation.create_roadshow(
            series=creation.create_series(slug="jingronghui", name=texts.SERIES),
            edition=self.edition,
            slug=SLUG,
            name=texts.NAME,
            theme=texts.THEME,
            preset=texts.plan(),
            first_day=self.first_day,
            about=texts.ABOUT,
            contact_email="roadshow@example.com",
            registration_opens_at=opens + timedelta(days=1),
            registration_closes_at=first - timedelta(days=3),
            wishes_close_at=first - timedelta(days=2),
            places=_PLACES,
            seats_by_rank=True,
            is_demo=True,
        )
        hosts = self.edition.contest.hosts
        for kind, name in (
            (PartnerKind.HOST, hosts),
            (PartnerKind.ORGANIZER, self.edition.issuers),
            (PartnerKind.SUPPORTER, Trilingual(**INVESTORS["KR"][0])),
            (PartnerKind.MEDIA, texts.PRESS["KR"]),
        ):
            settings.add_partner(roadshow=roadshow, seen=None, kind=kind, name=name)
        return roadshow

    def _venues(self, roadshow: Roadshow) -> None:
        by_city = {venue.city.slug: venue for venue in roadshow.venues}
        for plan in texts.VENUES:
            venue = by_city[plan.city]
            places.change_venue(
                venue=venue,
                seen=None,
                city=venue.city,
                name=plan.name,
                address=plan.address,
                directions=plan.directions,
            )
        one, other = sorted(venue.id for venue in roadshow.venues)
        places.set_travel(roadshow=roadshow, seen=None, minutes={(one, other): texts.TRAVEL_MINUTES})

    # --- people ---

    def _somebody(
        self, roadshow: Roadshow, country: str, organization: Trilingual, position: str
    ) -> Participant:
        name, latin = self.namer.name(country, self.first_day.year - self.dice.randint(30, 58))
        self.addresses += 1
        language = _LANGUAGE[country]
        return add_participant(
            roadshow=roadshow,
            name=name,
            name_latin=latin,
            email=f"roadshow{self.addresses}@example.com",
            organization=organization.pick(language).text,
            position=position,
            language=language,
            zone=_ZONE[country],
        )

    def _speaker(self, roadshow: Roadshow, country: str, pool: Any) -> Speaker:
        organization = Trilingual(**self.dice.choice(pool[country]))
        who = self._somebody(roadshow, country, organization, "")
        return speakers.let_speak(participant=who, title=organization)

    def _talks(self, roadshow: Roadshow, track: SessionTrack) -> None:
        cities = {city.slug: city for city in roadshow.cities}
        common = db.session.scalars(
            select(Session).where(
                Session.roadshow_id == roadshow.id,
                Session.kind.in_([SessionKind.SPEECH, SessionKind.SIGNING]),
            )
        ).all()
        for session in common:
            country = "KR" if session.language == "ko" else "CN"
            speaker = self._speaker(roadshow, country, OFFICES)
            self._let_speak(roadshow, session, [program.Part(speaker)])
        for talk in texts.TALKS:
            pools = (OFFICES, INVESTORS, UNIVERSITIES)
            people = [
                self._speaker(roadshow, talk.country if number % 2 == 0 else "CN", self.dice.choice(pools))
                for number in range(talk.people)
            ]
            parts = [program.Part(speaker) for speaker in people]
            if len(parts) > 1:
                parts = [*parts[1:], program.Part(people[0], AppearanceKind.MODERATOR)]
            program.add_session(
                roadshow=roadshow,
                city=cities[talk.city],
                parts=parts,
                kind=SessionKind(talk.kind),
                title=talk.title,
                track=track,
                language=talk.language,
                interpreting=program.AUTOMATIC,
                minutes=20,
                audience=120 if talk.city == "seoul" else 80,
            )
        self._absence(people[0].participant, cities["seoul"])

    def _let_speak(self, roadshow: Roadshow, session: Session, parts: list[program.Part]) -> None:
        program.change_session(
            session=session,
            seen=None,
            city=session.city,
            parts=parts,
            kind=session.kind,
            title=session.title,
            language=session.language,
            interpreting=session.interpreting,
            minutes=session.minutes,
            audience=150 if session.city.slug == "seoul" else 100,
            whole_city=True,
        )

    def _absence(self, who: Participant, city: HostCity) -> None:
        """Who speaks in Yantai last can't come to Seoul."""
        first = min(slot.starts_at for slot in db.session.scalars(_slots_in(city)))
        speakers.add_absence(participant=who, starts_at=first, ends_at=first + timedelta(hours=9))

    def _pitches(self, roadshow: Roadshow, track: SessionTrack) -> None:
        """The contest's finalists; one of them has no place in the agenda yet."""
        last = max(self.edition.rounds, key=lambda round: round.position, default=None)
        chosen = select(Entry).where(Entry.edition_id == self.edition.id, Entry.state == EntryState.ACCEPTED)
        finalists = chosen.join(RoundEntry, RoundEntry.entry_id == Entry.id).where(
            RoundEntry.round_id == (last.id if last else None)
        )
        entries = list(db.session.scalars(finalists.order_by(Entry.id)))
        entries = entries or list(db.session.scalars(chosen.order_by(Entry.id)))
        begin = 0
        for city in roadshow.cities:
            count = texts.PITCHES[city.slug]
            made = program.take_teams(
                roadshow=roadshow, entries=entries[begin : begin + count], city=city, minutes=20
            )
            begin += count
            for session in made:
                session.track_id, session.audience = track.id, 60
        db.session.flush()

    def _guests(self, roadshow: Roadshow) -> None:
        pools = {
            "investor": INVESTORS,
            "company": INVESTORS,
            "incubator": MAKERSPACES,
            "government": OFFICES,
            "other": UNIVERSITIES,
            "team": UNIVERSITIES,
        }
        kinds = [kind for kind, number in texts.GUESTS for _again in range(number)]
        for number, kind in enumerate(kinds):
            country = "KR" if number % 3 else "CN"
            organization = (
                texts.PRESS[country]
                if kind == "press"
                else Trilingual(**self.dice.choice(pools[kind][country]))
            )
            who = self._somebody(roadshow, country, organization, texts.POSITIONS[kind][country])
            state = texts.STATES[number % len(texts.STATES)]
            if number % 20 == 19:
                state = "refused" if number % 40 == 19 else "withdrawn"
            guest = Guest(
                roadshow_id=roadshow.id,
                participant_id=who.id,
                kind=GuestKind(kind),
                state=GuestState(state),
                source=GuestSource.INVITATION if kind == "government" else GuestSource.REGISTRATION,
                needs_interpreting=self.dice.random() < 0.4,
                rank=1 + number % 8 if kind == "government" else None,
            )
            db.session.add(guest)
            db.session.flush()
            give_consents(guest=guest, purposes=_agreed(guest, number), language=who.language)

    def _parties(self, roadshow: Roadshow) -> None:
        """Teams that pitch and confirmed investors, with what they wish of each other."""
        teams = self._team_parties(roadshow)
        guests = db.session.scalars(
            select(Guest)
            .where(
                Guest.roadshow_id == roadshow.id,
                Guest.kind == GuestKind.INVESTOR,
                Guest.state == GuestState.CONFIRMED,
            )
            .order_by(Guest.id)
        ).all()
        investors = [
            MeetingParty(
                roadshow_id=roadshow.id,
                participant_id=guest.participant_id,
                side=Side.INVESTOR,
                name=guest.participant.organization,
                headline=texts.INTERESTS[number % len(texts.INTERESTS)],
                languages=[guest.participant.language, *(["en"] if number % 2 else [])],
                shared_at=clock.now(),
                most_meetings=6,
            )
            for number, guest in enumerate(guests)
        ]
        db.session.add_all([*teams, *investors])
        db.session.flush()
        for side, others in ((teams, investors), (investors, teams)):
            for party in side:
                liked = self.dice.sample(others, min(4, len(others)))
                for place, other in enumerate(liked):
                    wish = (Wish.MUST, Wish.LIKE, Wish.LIKE, Wish.NO)[place]
                    db.session.add(
                        MeetingWish(roadshow_id=roadshow.id, from_id=party.id, about_id=other.id, wish=wish)
                    )
        db.session.flush()

    def _team_parties(self, roadshow: Roadshow) -> list[MeetingParty]:
        pitches = db.session.scalars(
            select(Session)
            .where(Session.roadshow_id == roadshow.id, Session.entry_id.is_not(None))
            .order_by(Session.id)
        ).all()
        found = []
        for session in pitches:
            entry, captain = session.entry, session.appearances[0].speaker.participant
            assert entry is not None
            found.append(
                MeetingParty(
                    roadshow_id=roadshow.id,
                    participant_id=captain.id,
                    side=Side.TEAM,
                    entry_id=entry.id,
                    name=entry.team.name,
                    headline=entry.title,
                    about=entry.summary,
                    fields=[entry.sector] if entry.sector else [],
                    languages=[captain.language],
                    shared_at=clock.now(),
                    most_meetings=4,
                )
            )
        return found


def _agreed(guest: Guest, number: int) -> list[GuestConsentPurpose]:
    """What the guest with this number has agreed to: nothing before answering an invitation, then what coming
    needs; investors show their card, and three in four don't mind pictures."""
    if guest.state is GuestState.INVITED:
        return []
    purposes = [*REQUIRED]
    if guest.kind is GuestKind.INVESTOR:
        purposes.append(GuestConsentPurpose.CARD)
    if number % 4:
        purposes.append(GuestConsentPurpose.PHOTOS)
    return purposes


def _slots_in(city: HostCity) -> Any:
    days = select(Day.id).where(Day.city_id == city.id)
    return select(Slot).where(Slot.day_id.in_(days)).order_by(Slot.starts_at)


def register() -> None:
    registries.demo_steps[40] = load
