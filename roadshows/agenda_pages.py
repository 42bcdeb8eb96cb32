"""The editor's page: a table of rooms and slots for each day and city, and what waits for a place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.languages import Run, Trilingual, current_language
from core.text import fold
from roadshows import agenda_sentences as say
from roadshows import labels
from roadshows.agenda_conflicts import Conflict
from roadshows.agenda_draft import City, Day, Draft, Room, Session, Slot, Spot
from roadshows.local_times import Place, Reading, places_for, readings


@dataclass(frozen=True, slots=True)
class Mark:
    """What is wrong with a session, for its card. level: hard or soft."""

    level: str
    text: str


@dataclass(frozen=True)
class Card:
    """A session as the editor shows it. where: its time and place in words; pair: the languages it needs an
    interpreter for, shortly; search: what a search looks at; needs: whether it needs an interpreter."""

    key: str
    title: Run
    kind: str
    track: Run | None
    track_id: int | None
    city: Run
    city_slug: str
    speakers: tuple[str, ...]
    pair: str
    pair_long: str
    interpreter: str
    minutes: int
    audience: int
    is_short: bool
    is_locked: bool
    whole_city: bool
    where: str
    slot_id: int | None
    room_id: int | None
    search: str
    mark: Mark | None


@dataclass(frozen=True)
class GridCell:
    """room_id: None for the column of the whole city."""

    room_id: int | None
    room: Run | None
    cards: Sequence[Card]


@dataclass(frozen=True)
class GridRow:
    """begins_block: after a longer break than between the others."""

    slot: Slot
    times: Sequence[Reading]
    begins_block: bool
    cells: Sequence[GridCell]


@dataclass(frozen=True)
class Grid:
    """A day in a city. whole: whether there is a column for sessions of the whole city."""

    day: Day
    city: City
    title: Run
    rooms: Sequence[tuple[Room, Run, Run]]
    whole: bool
    rows: Sequence[GridRow]


@dataclass(frozen=True)
class Waiting:
    """What has no place yet, as filtered. total: without the filter."""

    cards: Sequence[Card]
    total: int
    tracks: Sequence[tuple[int, Run]]


@dataclass(frozen=True)
class Filter:
    """q: words that title, speakers or track hold; track: an id or 0; city: a slug or ""."""

    q: str = ""
    track: int = 0
    city: str = ""


@dataclass(frozen=True)
class Problem:
    """A conflict as the list shows it. id: finds it again; links: sessions' keys and titles."""

    id: str
    level: str
    text: str
    short: str
    links: Sequence[tuple[str, Run]] = field(default_factory=tuple)


def marks(draft: Draft, conflicts: Sequence[Conflict]) -> dict[str, Mark]:
    """The weightiest of what is wrong with each session."""
    found: dict[str, Mark] = {}
    for conflict in sorted(conflicts, key=lambda one: one.severity != "hard"):
        for key in conflict.sessions:
            found.setdefault(key, Mark(conflict.severity, say.short(conflict)))
    return found


def conflict_id(conflict: Conflict) -> str:
    """The same for the same conflict, whatever else changes."""
    text = "\0".join((conflict.kind, *sorted(conflict.sessions), "", *sorted(conflict.objects)))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def problems(draft: Draft, conflicts: Sequence[Conflict]) -> list[Problem]:
    """The list of what is wrong, hard things first."""
    return [
        Problem(
            conflict_id(one),
            one.severity,
            say.sentence(one, draft),
            say.short(one),
            [(key, say.run_of(draft.session_of[key].title)) for key in one.sessions],
        )
        for one in sorted(conflicts, key=lambda one: one.severity != "hard")
    ]


def card(draft: Draft, session: Session, mark: Mark | None = None) -> Card:
    """A session's card."""
    slot = draft.slot_of.get(session.spot.slot_id or 0)
    track = draft.track_of.get(session.track_id or 0)
    city = draft.city_of[session.city_id]
    names = [name for one in session.appearances for name in (one.name, one.name_latin)]
    texts = [*session.title.to_json().values(), *(track.name.to_json().values() if track else ()), *names]
    return Card(
        session.key,
        say.run_of(session.title),
        str(labels.SESSION_KINDS[session.kind]),
        say.run_of(track.name) if track else None,
        session.track_id,
        say.run_of(city.name),
        city.slug,
        tuple(one.name for one in session.appearances),
        str(say.SHORT_PAIRS.get(session.interpreting, session.interpreting)),
        str(labels.PAIRS.get(session.interpreting, session.interpreting)),
        say.interpreter_name(draft, session.spot.interpreter_id),
        session.minutes,
        session.audience,
        slot is not None and session.minutes < slot.minutes,
        session.spot.is_locked,
        session.whole_city,
        say.place(draft, session.spot, session),
        session.spot.slot_id,
        session.spot.room_id,
        fold(" ".join(filter(None, texts))),
        mark,
    )


def grids(draft: Draft, marked: Mapping[str, Mark]) -> list[Grid]:
    """A table for each day that has slots, by date and city."""
    order = {city.id: place for place, city in enumerate(draft.cities)}
    cards: dict[tuple[int, int | None], list[Card]] = {}
    for session in draft.placed():
        where = (session.spot.slot_id or 0, session.spot.room_id)
        cards.setdefault(where, []).append(card(draft, session, marked.get(session.key)))
    return [
        _grid(draft, day, cards)
        for day in sorted(draft.days, key=lambda day: (day.date, order[day.city_id]))
        if any(slot.day_id == day.id for slot in draft.slots)
    ]


def waiting(draft: Draft, marked: Mapping[str, Mark], wanted: Filter) -> Waiting:
    """What has no place yet."""
    unplaced = [session for session in draft.sessions if not session.is_placed]
    cards = [card(draft, session, marked.get(session.key)) for session in unplaced]
    tracks = {one.track_id: one.track for one in cards if one.track_id and one.track}
    return Waiting(
        [one for one in cards if _is_wanted(one, wanted)],
        len(cards),
        sorted(tracks.items(), key=lambda pair: pair[1].text),
    )


def program_sha256(draft: Draft) -> str:
    """The fingerprint of all that a page shows besides where sessions stand: when it changes, the page has to
    be made anew."""
    lines = [
        current_language(),
        *(repr((one.id, one.day_id, one.starts_at, one.minutes)) for one in draft.slots),
        *(repr((one.id, one.name, one.capacity)) for one in draft.rooms),
        *(repr((one.id, one.name)) for one in draft.tracks),
        *(
            repr((one.key, one.title, one.track_id, one.city_id, one.interpreting, one.minutes, one.audience))
            + repr((one.appearances, one.whole_city, one.kind))
            for one in draft.sessions
        ),
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def places(draft: Draft, city: City) -> list[Place]:
    """The clock of a city and another one that matters."""
    others = [Place(one.name, one.zone) for one in draft.cities if one.id != city.id]
    return [Place(city.name, city.zone), *others]


def times(draft: Draft, slot: Slot) -> list[Reading]:
    """A slot as read in its city and in another."""
    here, *others = places(draft, draft.city_of_slot(slot))
    return readings(slot.starts_at, slot.ends_at, places_for(here, others, slot.starts_at))


def room_name(draft: Draft, room_id: int | None) -> Run | None:
    """The room's name, or None for the whole city."""
    room = draft.room_of.get(room_id or 0)
    return say.run_of(room.name) if room else None


def standing(draft: Draft, session: Session) -> Spot:
    """Where it stands."""
    return draft.session_of[session.key].spot


def _grid(draft: Draft, day: Day, cards: Mapping[tuple[int, int | None], list[Card]]) -> Grid:
    city = draft.city_of[day.city_id]
    slots = [slot for slot in draft.slots if slot.day_id == day.id]
    here = [room for room in draft.rooms if draft.venue_of[room.venue_id].city_id == city.id]
    used = {room for (slot, room) in cards if draft.slot_of[slot].day_id == day.id}
    rooms = here + [room for room in draft.rooms if room.id in used and room not in here]
    whole = any(one.whole_city and one.city_id == city.id for one in draft.sessions) or None in used
    columns: list[int | None] = [*([None] if whole else []), *(room.id for room in rooms)]
    rows = []
    for place, slot in enumerate(slots):
        before = slots[place - 1] if place else None
        cells = [
            GridCell(column, room_name(draft, column), cards.get((slot.id, column), ())) for column in columns
        ]
        gap = before is not None and (before.block != slot.block or before.ends_at < slot.starts_at)
        rows.append(GridRow(slot, times(draft, slot), gap, cells))
    named = [(room, say.run_of(room.name), say.run_of(draft.venue_of[room.venue_id].name)) for room in rooms]
    return Grid(day, city, say.run_of(day.title), named, whole, rows)


def _is_wanted(one: Card, wanted: Filter) -> bool:
    return (
        all(word in one.search for word in fold(wanted.q).split())
        and wanted.track in (0, one.track_id)
        and wanted.city in ("", one.city_slug)
    )


def title_of(content: Mapping[str, str]) -> Run:
    """A text of a published version in the reader's language."""
    return Trilingual.from_json(dict(content)).pick(current_language())
