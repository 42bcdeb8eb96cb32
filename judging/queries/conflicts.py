"""Which judges are tied to which teams, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from flask_babel import lazy_gettext as _l
from sqlalchemy import String, cast, func, select, true

from accounts.models import Person
from competition.models import Member, Team
from core.db import db
from judging.conflicts import Ties, conflict
from judging.models import DeclaredConflict, Judge

CONFLICTS = {
    "member": _l("This judge belongs to the team."),
    "affiliation": _l("This judge and the team come from the same institution."),
    "mail_domain": _l("This judge and the team use mail addresses of the same institution."),
    "company_number": _l(
        "This judge has a stake in the team’s company: the company numbers belong together."
    ),
    "investor": _l("This judge has a stake in the team, or in somebody who backs it."),
    "declared": _l("A conflict of interest with this team is recorded for this judge."),
}


OWN_CONFLICTS = {
    "member": _l("You belong to this team."),
    "affiliation": _l("You and this team come from the same institution."),
    "mail_domain": _l("You and this team use mail addresses of the same institution."),
    "company_number": _l("You have a stake in this team’s company."),
    "investor": _l("You have a stake in this team, or in somebody who backs it."),
    "declared": _l("Recorded below."),
}
"""The same, said to the judge herself."""

_DECLARED = (
    select(func.aggregate_strings(cast(DeclaredConflict.judge_id, String), ","))
    .where(DeclaredConflict.team_id == Team.id)
    .correlate(Team)
    .scalar_subquery()
)


class Entrant(Protocol):
    """What is asked of an entry."""

    @property
    def id(self) -> int: ...

    @property
    def team_id(self) -> int: ...


def conflicts_of(
    edition_id: int, judges: Sequence[Judge], entries: Sequence[Entrant]
) -> dict[tuple[int, int], str]:
    """(judge id, entry id) -> why this judge may not judge this entry; only pairs for which something
    speaks. What was declared comes before what is found. One statement."""
    if not judges or not entries:
        return {}
    teams = [entry.team_id for entry in entries]
    rows = db.session.execute(
        select(
            Team.id,
            Team.affiliation,
            Team.name,
            Team.name_latin,
            Team.company_number,
            Team.investors,
            Member.person_id,
            Member.email,
            Member.affiliation,
            Person.email,
            _DECLARED.label("declared"),
        )
        .outerjoin(Member, Member.team_id == Team.id)
        .outerjoin(Person, Person.id == Member.person_id)
        .where(Team.edition_id == edition_id, Team.id.in_(teams) if len(teams) <= 500 else true())
    )
    people: dict[int, list[int | None]] = {}
    addresses: dict[int, list[str | None]] = {}
    places: dict[int, set[str]] = {}
    stakes: dict[int, tuple[str, ...]] = {}
    declared: set[tuple[int, int]] = set()
    for team_id, affiliation, *said, person_id, email, own_affiliation, account, apart in rows:
        stakes[team_id] = tuple(said)
        declared |= {(int(judge_id), team_id) for judge_id in (apart or "").split(",") if judge_id}
        people.setdefault(team_id, []).append(person_id)
        addresses.setdefault(team_id, []).extend((email, account))
        places.setdefault(team_id, set()).update((affiliation, own_affiliation or ""))
    teams_ties = {
        entry.id: Ties.of(
            people.get(entry.team_id, ()),
            addresses.get(entry.team_id, ()),
            places.get(entry.team_id, ()),
            stakes.get(entry.team_id, ()),
        )
        for entry in entries
    }
    found: dict[tuple[int, int], str] = {}
    for judge in judges:
        own = Ties.of(
            [judge.person_id],
            [judge.email, judge.person.email if judge.person else None],
            [judge.affiliation.zh, judge.affiliation.ko, judge.affiliation.en],
            judge.interests,
        )
        for entry in entries:
            if (judge.id, entry.team_id) in declared:
                found[judge.id, entry.id] = "declared"
            elif why := conflict(own, teams_ties[entry.id]):
                found[judge.id, entry.id] = why
    return found
