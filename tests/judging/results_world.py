"""A round that has been judged, for the tests of results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Person
from competition.models import Edition, Entry, Prize, Round
from core import clock
from core.db import db
from core.languages import Trilingual
from judging.models import Criterion, Judge, Result, ScoreSheet, SheetState, StoredMark
from judging.operations import results
from tests import factories as make


@dataclass
class World:
    """An edition with one scored round, two organizers and an auditor."""

    edition: Edition
    round: Round
    criteria: list[Criterion]
    entries: list[Entry]
    judges: list[Judge]
    organizer: Person
    other: Person
    auditor: Person
    sheets: dict[tuple[int, int], ScoreSheet] = field(default_factory=dict)

    def captain(self, number: int) -> Person:
        """The captain of entry `number`."""
        person = db.session.get(Person, self.entries[number].team.members[0].person_id)
        assert person is not None
        return person

    def address(self, path: str = "", lang: str = "en") -> str:
        """A page of the round's results in the organizers' office."""
        return f"/{lang}/o/{self.edition.slug}/judging/results/{self.round.slug}{path}"

    def public(self, path: str = "", lang: str = "en") -> str:
        return f"/{lang}/e/{self.edition.slug}{path}"


def judged(
    steps: Sequence[Sequence[int]] = ((19, 18, 17), (15, 14, 13), (11, 10, 9), (7, 6, 5)),
    *,
    criteria: int = 1,
    prizes: Sequence[int] = (1, 2),
    notice_days: int = 5,
    edition: Edition | None = None,
    **round_values: Any,
) -> World:
    """Entries with `steps[entry][judge]` half points on each of `criteria` criteria, all sheets submitted."""
    of = edition or make.edition(notice_days=notice_days)
    round_ = make.round_of(of, **{"slug": "final"} | round_values)
    rubric = make.rubric(round_, criteria=criteria, locked_at=clock.now())
    entries = [make.entry(of) for _ in steps]
    make.enter(round_, *entries)
    judges = [make.judge(of, name=f"심사위원 {number}") for number in range(1, len(steps[0]) + 1)]
    world = World(
        of,
        round_,
        list(rubric.criteria),
        entries,
        judges,
        make.organizer(of, name="李组织"),
        make.organizer(of, name="박운영"),
        make.auditor(of, name="Audit Or"),
    )
    for place, row in enumerate(steps):
        for judge, mark in enumerate(row):
            sheet = make.sheet(
                round_,
                judges[judge],
                entries[place],
                state=SheetState.SUBMITTED,
                submitted_at=clock.now(),
                comment=f"Comment {place}-{judge}",
                private_note=f"Secret {place}-{judge}",
            )
            world.sheets[place, judge] = sheet
            for criterion in rubric.criteria:
                db.session.add(StoredMark(sheet_id=sheet.id, criterion_id=criterion.id, steps=mark))
    if edition is None:
        for position, places in enumerate(prizes, 1):
            name = Trilingual(f"{position}等奖", f"{position}등상", f"Prize {position}")
            db.session.add(Prize(edition_id=of.id, name=name, places=places, position=position))
    db.session.flush()
    return world


def mark(world: World, entry: int, judge: int, steps: int) -> None:
    """Change a stored mark on every criterion, as a reopened and resubmitted sheet would."""
    for row in world.sheets[entry, judge].marks:
        row.steps = steps
    db.session.flush()
    db.session.expire(world.sheets[entry, judge])


def published(world: World, reason: str = "") -> Result:
    """Finalize, sign and publish now."""
    result = results.finalize(round=world.round, who=world.organizer, reason=reason)
    results.sign(result=result, who=world.auditor)
    return results.publish(result=result, who=world.organizer)


def next_round(world: World, steps: Sequence[Sequence[int]], **round_values: Any) -> World:
    """A later round of the same entries and judges, `steps[entry][judge]` half points on each criterion."""
    round_ = make.round_of(world.edition, **{"slug": "last"} | round_values)
    rubric = make.rubric(round_, criteria=len(world.criteria), locked_at=clock.now())
    make.enter(round_, *world.entries)
    later = World(
        world.edition,
        round_,
        list(rubric.criteria),
        world.entries,
        world.judges,
        world.organizer,
        world.other,
        world.auditor,
    )
    for place, row in enumerate(steps):
        for judge, mark_ in enumerate(row):
            sheet = make.sheet(
                round_,
                world.judges[judge],
                world.entries[place],
                state=SheetState.SUBMITTED,
                submitted_at=clock.now(),
            )
            later.sheets[place, judge] = sheet
            for criterion in rubric.criteria:
                db.session.add(StoredMark(sheet_id=sheet.id, criterion_id=criterion.id, steps=mark_))
    db.session.flush()
    return later


def team_names(world: World) -> list[str]:
    """The teams' names in the order of the entries."""
    return [entry.team.name for entry in world.entries]
