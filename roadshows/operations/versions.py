"""Publishing the agenda: the draft becomes a numbered version that never changes again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from accounts.models import Person
from core import audit
from core.db import db, lock
from core.errors import CONSTRAINTS, Conflict
from core.languages import Trilingual
from roadshows import agenda_posed, signals
from roadshows.agenda_conflicts import Conflict as AgendaConflict
from roadshows.agenda_content import Content, content_of, sha256_of
from roadshows.agenda_draft import Draft
from roadshows.models import AgendaVersion, Roadshow, RoadshowState
from roadshows.queries import agenda as queries

CONSTRAINTS["uq_agenda_version_roadshow_id_number"] = CONSTRAINTS[
    "agenda_version.roadshow_id, agenda_version.number"
] = Conflict(
    _l("Somebody else published the agenda a moment ago. Look at that version first."), code="published_twice"
)


@dataclass(frozen=True)
class Obstacle:
    """What speaks against publishing. level: "block" or "warn". code: empty, unchanged, conflicts, unplaced,
    seats, hidden, languages. count: of how many sessions or conflicts."""

    level: Literal["block", "warn"]
    code: str
    count: int

    def __str__(self) -> str:
        return _in_words(self.code, self.count)


@dataclass(frozen=True)
class Ready:
    """A draft looked at before it is published. content: what the new version would say."""

    draft: Draft
    conflicts: Sequence[AgendaConflict]
    content: Content
    previous: AgendaVersion | None
    obstacles: Sequence[Obstacle]

    @property
    def is_blocked(self) -> bool:
        return any(one.level == "block" for one in self.obstacles)


def look(roadshow: Roadshow) -> Ready:
    """The draft as a version would say it, and what speaks against publishing it. Writes nothing."""
    draft = queries.read_draft(roadshow)
    previous = queries.last_version(roadshow)
    content = content_of(draft, queries.read_texts(roadshow), previous.content if previous else None)
    found = agenda_posed.found_conflicts(draft, agenda_posed.to_check(draft))
    return Ready(draft, found, content, previous, _obstacles(roadshow, draft, found, content, previous))


def publish_agenda(
    *, roadshow: Roadshow, note: Trilingual = Trilingual(), seen: int, who: Person | None = None
) -> AgendaVersion:
    """Publish the draft as it was seen at revision `seen`, and let those know who listen.

    Raises Conflict when the draft has changed since, when the event is canceled or over, or when something
    blocks it: hard conflicts, nothing placed, nothing new.
    """
    lock(roadshow)
    check_open(roadshow)
    if roadshow.agenda_revision != seen:
        raise Conflict(
            _l("The agenda was changed meanwhile. Look at the difference again before publishing it."),
            code="stale_agenda",
            revision=roadshow.agenda_revision,
        )
    ready = look(roadshow)
    blocking = [one for one in ready.obstacles if one.level == "block"]
    if blocking:
        raise Conflict(
            " ".join(map(str, blocking)),
            code="agenda_blocked",
            blockers=[{"code": one.code, "count": one.count, "detail": str(one)} for one in blocking],
        )
    version = AgendaVersion(
        roadshow_id=roadshow.id,
        roadshow=roadshow,
        number=ready.previous.number + 1 if ready.previous else 1,
        content=ready.content,
        content_sha256=sha256_of(ready.content),
        note=note,
        published_by=who.id if who else None,
    )
    db.session.add(version)
    db.session.flush()
    audit.record(
        "agenda.published",
        version,
        new={"number": version.number, "sha256": version.content_sha256, "revision": seen},
        actor_id=who.id if who else None,
    )
    signals.agenda_published.send(roadshow, version=version, previous=ready.previous)
    return version


def check_open(roadshow: Roadshow) -> None:
    """Raise Conflict when the event is canceled or over: nothing of its agenda changes any more."""
    if roadshow.state is RoadshowState.CANCELED:
        raise Conflict(_l("This event is canceled; its agenda stays as it is."), code="roadshow_canceled")
    if roadshow.state is RoadshowState.CLOSED:
        raise Conflict(_l("This event is over; its agenda stays as it is."), code="roadshow_closed")


def _obstacles(
    roadshow: Roadshow,
    draft: Draft,
    found: Sequence[AgendaConflict],
    content: Content,
    previous: AgendaVersion | None,
) -> list[Obstacle]:
    placed = [session for session in draft.sessions if session.is_placed]
    half = [one for one in placed if not (one.title.zh and one.title.ko and one.title.en)]
    unchanged = previous is not None and previous.content_sha256 == sha256_of(content)
    counted = (
        ("block", "empty", 0 if placed or previous else 1),
        ("block", "unchanged", int(unchanged)),
        ("block", "conflicts", sum(one.severity == "hard" for one in found)),
        ("warn", "unplaced", len(draft.sessions) - len(placed)),
        ("warn", "seats", sum(one.severity == "soft" for one in found)),
        ("warn", "languages", len(half)),
        ("warn", "hidden", int(roadshow.state is RoadshowState.DRAFT)),
    )
    return [Obstacle(level, code, count) for level, code, count in counted if count]  # type: ignore[arg-type]


def _in_words(code: str, count: int) -> str:
    if code == "conflicts":
        return ngettext(
            "%(num)d conflict has to be settled first.", "%(num)d conflicts have to be settled first.", count
        )
    if code == "unplaced":
        return ngettext(
            "%(num)d session has no place yet and will not be published.",
            "%(num)d sessions have no place yet and will not be published.",
            count,
        )
    if code == "seats":
        return ngettext(
            "%(num)d session expects more people than its room has seats.",
            "%(num)d sessions expect more people than their rooms have seats.",
            count,
        )
    if code == "languages":
        return ngettext(
            "%(num)d session has no title in one of the three languages.",
            "%(num)d sessions have no title in one of the three languages.",
            count,
        )
    return str(_PLAIN[code])


_PLAIN = {
    "empty": _l("Nothing is placed yet: there is nothing to publish."),
    "unchanged": _l("Nothing has changed since the last version."),
    "hidden": _l("The event itself is still a draft: the public sees the agenda once the event is public."),
}
