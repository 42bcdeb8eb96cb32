"""Writes on contests and editions: making, changing, publishing, archiving and cloning them and their parts.

Operations are keyword-only, write one audit record, and never commit. `seen` is the edition's version that
the person saw; every change to an edition or one of its parts counts it up, so that two organizers never
overwrite each other unnoticed. `seen=None` is for code that has just read the edition (imports, the demo).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select

from accounts.models import Grant, Role
from competition import signals
from competition.models import (
    Contest,
    Division,
    Edition,
    EditionState,
    Entry,
    Milestone,
    MilestoneKind,
    Prize,
    Round,
    Track,
)
from competition.operations.edition_parts import (
    NOTHING,
    SINGLE_MILESTONES,
    SLUG,
    add_division,
    add_prize,
    add_round,
    add_track,
    as_json,
    change_milestone,
    change_part,
    change_prize,
    change_round,
    changed_meanwhile,
    check_current,
    count_up,
    refuse_unknown,
    remove_milestone,
    remove_part,
    remove_prize,
    set_milestone,
)
from core import audit, errors
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual

__all__ = [
    "SINGLE_MILESTONES",
    "add_division",
    "add_prize",
    "add_round",
    "add_track",
    "archive_edition",
    "change_basics",
    "change_contest",
    "change_entry_rules",
    "change_milestone",
    "change_part",
    "change_prize",
    "change_round",
    "check_current",
    "clone_edition",
    "create_contest",
    "create_edition",
    "default_prefix",
    "missing_for_publication",
    "publish_edition",
    "remove_milestone",
    "remove_part",
    "remove_prize",
    "reopen_edition",
    "set_eligibility",
    "set_milestone",
]

_RESERVED = {"new", "contests", "judging", "roadshows", "zh", "ko", "en"}
_BASICS = ("year", "name", "theme", "about", "place", "issuers")
_ENTRY_RULES = ("entry_places", "team_least", "team_most", "notice_days", "receipt_prefix")


def _taken() -> Conflict:
    return Conflict(
        fields={"slug": _l("This address is taken. Please choose another one.")}, code="slug_taken"
    )


errors.CONSTRAINTS |= {
    name: _taken() for name in ("contest.slug", "uq_contest_slug", "edition.slug", "uq_edition_slug")
}


def create_contest(*, slug: str, name: Trilingual, hosts: Trilingual = NOTHING) -> Contest:
    """A contest without editions. Raises `BadInput` for an unusable slug, `Conflict` for one taken."""
    _check_slug(slug, taken=select(Contest.id).where(Contest.slug == slug))
    contest = Contest(slug=slug, name=name, hosts=hosts)
    db.session.add(contest)
    audit.record("create_contest", contest, new={"slug": slug, "name": name.to_json()})
    return contest


def change_contest(*, contest: Contest, seen: int, name: Trilingual, hosts: Trilingual) -> Contest:
    """New name and hosts. Raises `Conflict` when the contest was changed after `seen`."""
    if contest.version != seen:
        raise changed_meanwhile()
    old = {"name": contest.name.to_json(), "hosts": contest.hosts.to_json()}
    contest.name, contest.hosts = name, hosts
    audit.record("change_contest", contest, old=old, new={"name": name.to_json(), "hosts": hosts.to_json()})
    return contest


def create_edition(
    *,
    contest: Contest,
    slug: str,
    year: int,
    name: Trilingual,
    theme: Trilingual = NOTHING,
    about: Trilingual = NOTHING,
    place: Trilingual = NOTHING,
    issuers: Trilingual = NOTHING,
    receipt_prefix: str = "",
    entry_places: int | None = None,
    team_least: int = 1,
    team_most: int = 8,
    notice_days: int = 5,
    eligibility: list[dict[str, Any]] | None = None,
    state: EditionState = EditionState.DRAFT,
    is_demo: bool = False,
    imported_from: str = "",
    organizer_id: int | None = None,
) -> Edition:
    """A new edition, by default a draft that only its organizers see.

    organizer_id: the person who becomes its first organizer. receipt_prefix defaults to the slug in capitals.
    Raises `BadInput` for an unusable slug or team size, `Conflict` for a slug that is taken.
    """
    _check_slug(slug, taken=select(Edition.id).where(Edition.slug == slug))
    _check_entry_rules(
        {
            "team_least": team_least,
            "team_most": team_most,
            "entry_places": entry_places,
            "notice_days": notice_days,
        }
    )
    edition = Edition(
        contest=contest,
        slug=slug,
        year=year,
        name=name,
        theme=theme,
        about=about,
        place=place,
        issuers=issuers,
        receipt_prefix=receipt_prefix or default_prefix(slug),
        entry_places=entry_places,
        team_least=team_least,
        team_most=team_most,
        notice_days=notice_days,
        eligibility=eligibility or [],
        state=state,
        is_demo=is_demo,
        imported_from=imported_from,
    )
    db.session.add(edition)
    _record("create_edition", edition, new={"slug": slug, "name": name.to_json()})
    if organizer_id is not None:
        db.session.add(
            Grant(
                person_id=organizer_id,
                role=Role.ORGANIZER,
                scope_kind="edition",
                scope_id=edition.id,
                granted_by=organizer_id,
            )
        )
    return edition


def default_prefix(slug: str) -> str:
    """What receipt numbers begin with when nobody chose it: the slug in capitals, 20 characters at most."""
    return slug.upper()[:20].strip("-")


def change_basics(*, edition: Edition, seen: int | None, **values: Any) -> Edition:
    """Set year, name, theme, about, place, issuers (those given). Raises `Conflict` on a stale `seen`."""
    return _change(edition, seen, "change_edition", _BASICS, values)


def change_entry_rules(*, edition: Edition, seen: int | None, **values: Any) -> Edition:
    """Set entry_places, team_least, team_most, notice_days, receipt_prefix (those given).

    Raises `BadInput` for impossible numbers, `Conflict` on a stale `seen` or a prefix that receipts bear.
    """
    prefix = values.get("receipt_prefix", edition.receipt_prefix)
    if prefix != edition.receipt_prefix and _has_receipts(edition):
        raise Conflict(
            fields={"receipt_prefix": _l("Receipts with the old prefix are already out; it stays as it is.")}
        )
    _check_entry_rules({name: values.get(name, getattr(edition, name)) for name in _ENTRY_RULES})
    return _change(edition, seen, "change_entry_rules", _ENTRY_RULES, values)


def set_eligibility(*, edition: Edition, seen: int | None, rules: list[dict[str, Any]]) -> Edition:
    """Replace the eligibility rules (see `competition.eligibility`). Raises `Conflict` on a stale `seen`."""
    return _change(edition, seen, "set_eligibility", ("eligibility",), {"eligibility": rules})


def publish_edition(*, edition: Edition, seen: int | None) -> Edition:
    """Make a draft public. Raises `Conflict` naming what is missing: nobody could register otherwise."""
    check_current(edition, seen)
    if edition.state is not EditionState.DRAFT:
        raise Conflict(_l("This edition is public already."))
    if missing := missing_for_publication(edition):
        raise Conflict(missing[0], code="not_ready")
    return _set_state(edition, EditionState.PUBLIC, "publish_edition")


def missing_for_publication(edition: Edition) -> list[Any]:
    """What an edition still needs before it may be shown, each as a sentence; empty when it is ready."""
    kinds = {milestone.kind for milestone in edition.milestones}
    checks = (
        (edition.name, _l("The edition needs a name.")),
        (MilestoneKind.REGISTRATION_OPENS in kinds, _l("Set the date on which registration opens.")),
        (MilestoneKind.REGISTRATION_CLOSES in kinds, _l("Set the registration deadline.")),
        (edition.tracks, _l("Add at least one track.")),
    )
    return [text for sound, text in checks if not sound]


def archive_edition(*, edition: Edition, seen: int | None) -> Edition:
    """Close the books: everybody can read on, nothing can be changed any more."""
    check_current(edition, seen)
    if edition.state is not EditionState.PUBLIC:
        raise Conflict(_l("Only a public edition can be archived."))
    return _set_state(edition, EditionState.ARCHIVED, "archive_edition")


def reopen_edition(*, edition: Edition, seen: int | None, reason: str) -> Edition:
    """Take an archived edition back into use, for the reason given."""
    if seen is not None and edition.version != seen:
        raise changed_meanwhile()
    if edition.state is not EditionState.ARCHIVED:
        raise Conflict(_l("This edition is not archived."))
    return _set_state(edition, EditionState.PUBLIC, "reopen_edition", reason=reason)


def clone_edition(
    *,
    source: Edition,
    slug: str,
    year: int,
    name: Trilingual,
    days: int | None = None,
    organizer_id: int | None = None,
) -> Edition:
    """A draft with everything of `source` but its teams, people and results.

    Dates move by `days`, or by whole calendar years from the source's year to `year`. Rooms above copy what
    is theirs (rubrics) when they hear `signals.edition_cloned`. Raises as `create_edition` does.
    """

    def moved(moment: datetime | None) -> datetime | None:
        if moment is None:
            return None
        return moment + timedelta(days=days) if days is not None else _years_later(moment, year - source.year)

    clone = create_edition(
        contest=source.contest,
        slug=slug,
        year=year,
        name=name,
        theme=source.theme,
        about=source.about,
        place=source.place,
        issuers=source.issuers,
        entry_places=source.entry_places,
        team_least=source.team_least,
        team_most=source.team_most,
        notice_days=source.notice_days,
        eligibility=[dict(rule) for rule in source.eligibility],
        organizer_id=organizer_id,
    )
    clone.cloned_from_id = source.id
    for track in source.tracks:
        clone.tracks.append(Track(slug=track.slug, name=track.name, position=track.position))
    for division in source.divisions:
        clone.divisions.append(Division(slug=division.slug, name=division.name, position=division.position))
    for milestone in source.milestones:
        at = moved(milestone.at)
        assert at is not None
        clone.milestones.append(Milestone(kind=milestone.kind, name=milestone.name, at=at))
    for prize in source.prizes:
        clone.prizes.append(
            Prize(name=prize.name, position=prize.position, places=prize.places, gift=prize.gift)
        )
    for old in source.rounds:
        clone.rounds.append(
            Round(
                slug=old.slug,
                name=old.name,
                position=old.position,
                scoring_opens_at=moved(old.scoring_opens_at),
                scoring_closes_at=moved(old.scoring_closes_at),
                judges_per_entry=old.judges_per_entry,
                advance_places=old.advance_places,
                awards_prizes=old.awards_prizes,
                rule=dict(old.rule),
                show_marks=old.show_marks,
            )
        )
    db.session.flush()
    _record("clone_edition", clone, new={"from": source.slug})
    signals.edition_cloned.send(source, clone=clone)
    return clone


def _years_later(moment: datetime, years: int) -> datetime:
    """The same calendar date `years` later; February 29 becomes March 1 where there is none."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)


def _change(
    edition: Edition, seen: int | None, action: str, allowed: tuple[str, ...], values: Mapping[str, Any]
) -> Edition:
    check_current(edition, seen)
    refuse_unknown(values, allowed)
    old = {name: as_json(getattr(edition, name)) for name in values}
    for name, value in values.items():
        setattr(edition, name, value)
    count_up(edition)
    _record(action, edition, old=old, new={name: as_json(value) for name, value in values.items()})
    return edition


def _set_state(edition: Edition, state: EditionState, action: str, *, reason: str = "") -> Edition:
    old, edition.state = edition.state, state
    db.session.flush()
    _record(action, edition, old={"state": old.value}, new={"state": state.value}, reason=reason)
    return edition


def _record(action: str, edition: Edition, *, old: Any = None, new: Any = None, reason: str = "") -> None:
    db.session.flush()
    audit.record(action, edition, old=old, new=new, reason=reason, edition_id=edition.id)


def _check_slug(slug: str, *, taken: Select[Any]) -> None:
    if not SLUG.fullmatch(slug) or not 2 <= len(slug) <= 60 or slug in _RESERVED:
        raise BadInput(fields={"slug": _l("Use 2 to 60 small letters a–z, digits and single hyphens.")})
    if db.session.execute(taken).first():
        raise _taken()


def _check_entry_rules(values: Mapping[str, Any]) -> None:
    if values["team_least"] < 1 or values["team_most"] < values["team_least"]:
        raise BadInput(fields={"team_most": _l("The largest team can't be smaller than the smallest.")})
    for name in ("entry_places", "notice_days"):
        if values[name] is not None and values[name] < 0:
            raise BadInput(fields={name: _l("This can't be below zero.")})


def _has_receipts(edition: Edition) -> bool:
    statement = select(func.count()).select_from(Entry)
    return bool(
        db.session.execute(
            statement.where(Entry.edition_id == edition.id, Entry.receipt_number.is_not(None))
        ).scalar_one()
    )
