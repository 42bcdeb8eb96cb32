"""Writes on the parts of an edition: dates, tracks, divisions, rounds, prizes.

See `competition.operations.editions`, which offers these too, for what `seen` means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from competition.models import (
    Division,
    Edition,
    EditionState,
    Entry,
    Milestone,
    MilestoneKind,
    Prize,
    Round,
    RoundEntry,
    Track,
)
from core import audit
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual

NOTHING = Trilingual()
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

SINGLE_MILESTONES = (
    MilestoneKind.REGISTRATION_OPENS,
    MilestoneKind.REGISTRATION_CLOSES,
    MilestoneKind.RESULTS,
    MilestoneKind.CEREMONY,
)
"""Kinds of which an edition has one at most; OTHER may stand there often."""

_ROUND_VALUES = (
    "name",
    "scoring_opens_at",
    "scoring_closes_at",
    "judges_per_entry",
    "advance_places",
    "awards_prizes",
    "show_marks",
)

Part = TypeVar("Part", Track, Division, Round)


def set_milestone(
    *,
    edition: Edition,
    kind: MilestoneKind,
    at: datetime,
    name: Trilingual = NOTHING,
    seen: int | None = None,
) -> Milestone:
    """Set the edition's date of `kind`; of kind OTHER another one is added, which needs a name.

    Raises `BadInput` when registration would close before it opens.
    """
    check_current(edition, seen)
    milestone = next(
        (known for known in edition.milestones if known.kind is kind and kind in SINGLE_MILESTONES), None
    )
    old = _milestone_json(milestone) if milestone else None
    if milestone is None:
        milestone = Milestone(edition=edition, kind=kind, at=at, name=name)
        db.session.add(milestone)
    else:
        milestone.at, milestone.name = at, name
    _check_milestone(edition, milestone)
    count_up(edition)
    audit.record("set_milestone", milestone, old=old, new=_milestone_json(milestone))
    return milestone


def change_milestone(*, milestone: Milestone, seen: int | None, at: datetime, name: Trilingual) -> Milestone:
    """Move or rename one date. Raises as `set_milestone` does."""
    check_current(milestone.edition, seen)
    old = _milestone_json(milestone)
    milestone.at, milestone.name = at, name
    _check_milestone(milestone.edition, milestone)
    count_up(milestone.edition)
    audit.record("set_milestone", milestone, old=old, new=_milestone_json(milestone))
    return milestone


def remove_milestone(*, milestone: Milestone, seen: int | None) -> None:
    """Take a date off the timeline; the two of registration stay once the edition is public."""
    edition = milestone.edition
    check_current(edition, seen)
    if edition.state is not EditionState.DRAFT and milestone.kind in (
        MilestoneKind.REGISTRATION_OPENS,
        MilestoneKind.REGISTRATION_CLOSES,
    ):
        raise Conflict(_l("A public edition keeps its registration dates; they can be moved."))
    audit.record("remove_milestone", milestone, old=_milestone_json(milestone))
    edition.milestones.remove(milestone)
    db.session.delete(milestone)
    count_up(edition)


def add_track(*, edition: Edition, slug: str, name: Trilingual, seen: int | None = None) -> Track:
    """Add a track at the end."""
    return _add_part(edition, seen, Track(slug=slug, name=name), edition.tracks)


def add_division(*, edition: Edition, slug: str, name: Trilingual, seen: int | None = None) -> Division:
    """Add a division at the end."""
    return _add_part(edition, seen, Division(slug=slug, name=name), edition.divisions)


def add_round(
    *,
    edition: Edition,
    slug: str,
    name: Trilingual,
    scoring_opens_at: datetime | None = None,
    scoring_closes_at: datetime | None = None,
    judges_per_entry: int = 3,
    advance_places: int | None = None,
    awards_prizes: bool = False,
    rule: dict[str, Any] | None = None,
    show_marks: bool = True,
    seen: int | None = None,
) -> Round:
    """Add a round at the end. Raises `BadInput` when scoring would close before it opens."""
    row = Round(
        slug=slug,
        name=name,
        scoring_opens_at=scoring_opens_at,
        scoring_closes_at=scoring_closes_at,
        judges_per_entry=judges_per_entry,
        advance_places=advance_places,
        awards_prizes=awards_prizes,
        rule=rule or {},
        show_marks=show_marks,
    )
    _check_round(row)
    return _add_part(edition, seen, row, edition.rounds)


def change_part(*, part: Track | Division, seen: int | None, name: Trilingual) -> None:
    """Rename a track or division."""
    check_current(part.edition, seen)
    old, part.name = part.name.to_json(), name
    count_up(part.edition)
    audit.record(f"change_{part.__tablename__}", part, old={"name": old}, new={"name": name.to_json()})


def change_round(*, round: Round, seen: int | None, **values: Any) -> Round:
    """Set the values given (`_ROUND_VALUES`). Raises `BadInput` for a window that closes before it opens."""
    check_current(round.edition, seen)
    refuse_unknown(values, _ROUND_VALUES)
    old = {name: as_json(getattr(round, name)) for name in values}
    for name, value in values.items():
        setattr(round, name, value)
    _check_round(round)
    count_up(round.edition)
    audit.record("change_round", round, old=old, new={name: as_json(value) for name, value in values.items()})
    return round


def remove_part(*, part: Track | Division | Round, seen: int | None) -> None:
    """Remove a track, division or round that nothing refers to. Raises `Conflict` when something does."""
    edition = part.edition
    check_current(edition, seen)
    in_use = Conflict(_l("This is in use by entries or judging and can't be removed."), code="in_use")
    conditions: dict[type, Any] = {
        Track: Entry.track_id == part.id,
        Division: Entry.division_id == part.id,
        Round: RoundEntry.round_id == part.id,
    }
    if _count(RoundEntry if isinstance(part, Round) else Entry, conditions[type(part)], edition=edition):
        raise in_use
    audit.record(f"remove_{part.__tablename__}", part, old={"slug": part.slug, "name": part.name.to_json()})
    try:
        with db.session.begin_nested():
            db.session.delete(part)
    except IntegrityError as error:
        raise in_use from error
    db.session.expire(edition, ["tracks", "divisions", "rounds"])
    count_up(edition)


def add_prize(
    *,
    edition: Edition,
    name: Trilingual,
    places: int = 1,
    gift: Trilingual = NOTHING,
    seen: int | None = None,
) -> Prize:
    """Add a prize below those that are there: the order is the order of rank."""
    check_current(edition, seen)
    prize = Prize(
        edition=edition, name=name, places=places, gift=gift, position=_next_position(edition.prizes)
    )
    db.session.add(prize)
    count_up(edition)
    audit.record("add_prize", prize, new={"name": name.to_json(), "places": places, "gift": gift.to_json()})
    return prize


def change_prize(*, prize: Prize, seen: int | None, name: Trilingual, places: int, gift: Trilingual) -> Prize:
    """Change a prize's names, number of places and gift."""
    check_current(prize.edition, seen)
    old = {"name": prize.name.to_json(), "places": prize.places, "gift": prize.gift.to_json()}
    prize.name, prize.places, prize.gift = name, places, gift
    count_up(prize.edition)
    audit.record(
        "change_prize",
        prize,
        old=old,
        new={"name": name.to_json(), "places": places, "gift": gift.to_json()},
    )
    return prize


def remove_prize(*, prize: Prize, seen: int | None) -> None:
    """Remove a prize. Raises `Conflict` when a result has awarded it."""
    edition = prize.edition
    check_current(edition, seen)
    audit.record("remove_prize", prize, old={"name": prize.name.to_json(), "places": prize.places})
    try:
        with db.session.begin_nested():
            db.session.delete(prize)
    except IntegrityError as error:
        raise Conflict(_l("This prize was awarded and can't be removed."), code="in_use") from error
    db.session.expire(edition, ["prizes"])
    count_up(edition)


def check_current(edition: Edition, seen: int | None) -> None:
    """Raise `Conflict` when the edition is archived or was changed after the version `seen`."""
    if edition.state is EditionState.ARCHIVED:
        raise Conflict(_l("This edition is archived; nothing in it can be changed."), code="archived")
    if seen is not None and edition.version != seen:
        raise changed_meanwhile()


def changed_meanwhile() -> Conflict:
    return Conflict(
        _l("Somebody changed these settings meanwhile. Look at what stands there now, then save again."),
        code="stale",
    )


def count_up(edition: Edition) -> None:
    """Write the edition's row even if only a part of it changed, so that its version counts up."""
    flag_modified(edition, "year")
    db.session.flush()


def as_json(value: Any) -> Any:
    """A column's value as the audit keeps it."""
    if isinstance(value, Trilingual):
        return value.to_json()
    return value.isoformat() if isinstance(value, datetime) else value


def refuse_unknown(values: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    if unknown := set(values) - set(allowed):
        raise TypeError(f"not to be set here: {', '.join(sorted(unknown))}")


def _add_part(edition: Edition, seen: int | None, row: Part, siblings: list[Part]) -> Part:
    check_current(edition, seen)
    if not SLUG.fullmatch(row.slug) or len(row.slug) > 40:
        raise BadInput(fields={"slug": _l("Use small letters a–z, digits and single hyphens.")})
    if any(known.slug == row.slug for known in siblings):
        raise Conflict(fields={"slug": _l("This address is taken. Please choose another one.")})
    row.position = _next_position(siblings)
    siblings.append(row)
    db.session.add(row)
    count_up(edition)
    audit.record(f"add_{row.__tablename__}", row, new={"slug": row.slug, "name": row.name.to_json()})
    return row


def _next_position(siblings: list[Any]) -> int:
    return max((row.position for row in siblings), default=0) + 1


def _check_milestone(edition: Edition, milestone: Milestone) -> None:
    if milestone.kind is MilestoneKind.OTHER and not milestone.name:
        raise BadInput(fields={"name": _l("Please write this in at least one language.")})
    dates = {known.kind: known.at for known in edition.milestones if known is not milestone}
    dates[milestone.kind] = milestone.at
    opens = dates.get(MilestoneKind.REGISTRATION_OPENS)
    closes = dates.get(MilestoneKind.REGISTRATION_CLOSES)
    if opens and closes and closes <= opens:
        raise BadInput(fields={"at": _l("Registration has to close after it opens.")})


def _milestone_json(milestone: Milestone) -> dict[str, Any]:
    return {
        "kind": milestone.kind.value,
        "at": milestone.at.isoformat(),
        "name": (milestone.name or NOTHING).to_json(),
    }


def _check_round(row: Round) -> None:
    if row.scoring_opens_at and row.scoring_closes_at and row.scoring_closes_at <= row.scoring_opens_at:
        raise BadInput(fields={"scoring_closes_at": _l("Scoring has to close after it opens.")})
    if row.judges_per_entry < 1:
        raise BadInput(fields={"judges_per_entry": _l("At least one judge has to score each entry.")})


def _count(table: type[Entry | RoundEntry], condition: Any, *, edition: Edition) -> int:
    statement = select(func.count()).select_from(table).where(table.edition_id == edition.id, condition)
    return db.session.execute(statement).scalar_one()
