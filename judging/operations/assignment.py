"""An assignment is proposed by the solver, looked at by an organizer, then applied or thrown away.

Operations are keyword-only, write one audit record, and never commit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import insert, select

from accounts.models import Person
from competition.models import Entry, Round
from core import audit, clock, isolated
from core.db import db, lock
from core.errors import CONSTRAINTS, Conflict
from core.mail import Message, tell
from judging.models import AssignmentProposal, Judge, ProposalState, ScoreSheet
from judging.operations.common import check_seen, id_of
from judging.operations.panel import delete_sheets
from judging.panel_settings import Basis, PanelSettings, problem
from judging.queries import assignment as queries

SECONDS = 20
_MEMORY = 3 * 1024**3

CONSTRAINTS["uq_assignment_proposal_open"] = CONSTRAINTS["assignment_proposal.round_id"] = Conflict(
    _l("Somebody else proposed an assignment a moment ago. Look at that one first."), code="proposal_open"
)


@dataclass(frozen=True, slots=True)
class Infeasible:
    """There is no such assignment: the smallest set of rules found that can't be kept together.

    `conflict`: rows with `rule` (a code), `objects` (keys) and `params`, as the solver gives them.
    """

    conflict: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Posed:
    """A round's assignment problem as it was read; `text` is its canonical JSON for the solver."""

    basis: Basis
    settings: PanelSettings
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def pose(*, round: Round, settings: PanelSettings) -> Posed:
    """Read what an assignment is computed from. Raises Conflict without entries or judges."""
    basis = queries.basis_of(round)
    if not basis.entries:
        raise Conflict(_l("No entry takes part in this round yet."), code="no_entries")
    if all(judge.retired for judge in basis.judges):
        raise Conflict(_l("This edition has no judges yet."), code="no_judges")
    return Posed(basis, settings, json.dumps(problem(basis, settings), ensure_ascii=False))


def solve(posed: Posed) -> dict[str, Any]:
    """The solver's answer, from a process of its own; the database is not needed meanwhile.

    Raises Conflict when no solver is installed or nothing is found within `SECONDS`.
    """
    try:
        _summary, answer = isolated.call(
            "judging.assignment_process:solve_json",
            {"seed": posed.settings.seed, "seconds": SECONDS},
            posed.text.encode(),
            seconds=3 * SECONDS,
            memory=_MEMORY,
            lane="pages",
        )
    except isolated.IsolatedError as error:
        if error.code == "solver_missing":
            raise Conflict(
                _l(
                    "The solver is not installed here. Please install %(package)s.",
                    package=error.params["packages"][0],
                ),
                code="solver_missing",
            ) from error
        raise
    found: dict[str, Any] = json.loads(answer)
    if found["status"] == "unknown":
        raise Conflict(
            _l(
                "No assignment was found in %(seconds)d seconds. Ask for fewer things at once.",
                seconds=SECONDS,
            ),
            code="no_assignment_found",
        )
    return found


def propose(
    *, round: Round, posed: Posed, answer: Mapping[str, Any], who: Person | None = None
) -> AssignmentProposal | Infeasible:
    """Keep the solver's answer for somebody to look at; an open proposal of the round makes way for it."""
    if answer["status"] == "infeasible":
        return Infeasible(answer["conflict"])
    lock(round)
    _set_aside(round, who)
    found = AssignmentProposal(
        edition_id=round.edition_id,
        round_id=round.id,
        round=round,
        number=queries.last_number(round) + 1,
        settings=posed.settings.to_json(),
        outcome={**answer, **_differences(posed.basis, answer["pairs"])},
        basis_sha256=posed.sha256,
        made_by=id_of(who),
    )
    db.session.add(found)
    db.session.flush()
    audit.record(
        "assignment.proposed",
        found,
        new={
            "settings": found.settings,
            "objective": answer["objective"],
            "bound": answer["bound"],
        },
        actor_id=id_of(who),
    )
    return found


def _differences(basis: Basis, pairs: Sequence[Sequence[str]]) -> dict[str, Any]:
    before = set(basis.begun) | set(basis.standing)
    after = {(judge, entry) for judge, entry in pairs}
    wishes = basis.wishes
    return {
        "added": sorted(map(list, after - before)),
        "removed": sorted(map(list, before - after)),
        "wishes_met": sum(wish > 0 and pair in after for pair, wish in wishes.items()),
        "wishes_made": sum(wish > 0 for wish in wishes.values()),
        "unwanted": sum(wish < 0 and pair in after for pair, wish in wishes.items()),
    }


def _set_aside(round: Round, who: Person | None) -> None:
    if (old := queries.open_proposal(round)) is not None:
        old.state, old.decided_at, old.decided_by = ProposalState.DISCARDED, clock.now(), id_of(who)
        db.session.flush()


def discard_proposal(
    *, proposal: AssignmentProposal, seen: int | None = None, who: Person | None = None
) -> None:
    """Throw a proposal away. Raises Conflict when it is decided already."""
    lock(proposal)
    check_seen(proposal, seen)
    _need_open(proposal)
    proposal.state, proposal.decided_at, proposal.decided_by = (
        ProposalState.DISCARDED,
        clock.now(),
        id_of(who),
    )
    db.session.flush()
    audit.record("assignment.discarded", proposal, actor_id=id_of(who))


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a proposal changed: sheets made, sheets taken away, judges told of the latter."""

    added: int
    removed: int
    told: int


def apply_proposal(
    *, proposal: AssignmentProposal, seen: int | None = None, who: Person | None = None
) -> Applied:
    """Make the round's sheets as the proposal says. Begun sheets are never touched.

    Raises Conflict when it is decided already or computed from a state that no longer stands.
    """
    round = lock(proposal.round)
    check_seen(proposal, seen)
    _need_open(proposal)
    posed = pose(round=round, settings=PanelSettings.from_json(proposal.settings))
    basis = posed.basis
    if posed.sha256 != proposal.basis_sha256:
        raise Conflict(
            _l("Judges, entries or sheets have changed since this was proposed. Please propose again."),
            code="stale_proposal",
        )
    judges = {judge.key: judge for judge in queries.judges_of_round(round)}
    wanted = {(judge, entry) for judge, entry in proposal.outcome["pairs"]}
    gone = set(basis.standing) - wanted
    fresh = sorted(wanted - set(basis.standing) - set(basis.begun))
    told = _take_away(round, gone, judges)
    entry_ids = {
        row.key: row.id
        for row in db.session.execute(select(Entry.key, Entry.id).where(Entry.edition_id == round.edition_id))
    }
    moment = clock.now()
    if fresh:
        db.session.execute(
            insert(ScoreSheet),
            [
                {
                    "edition_id": round.edition_id,
                    "round_id": round.id,
                    "judge_id": judges[judge].id,
                    "entry_id": entry_ids[entry],
                    "assigned_at": moment,
                }
                for judge, entry in fresh
            ],
        )
    proposal.state, proposal.decided_at, proposal.decided_by = ProposalState.APPLIED, moment, id_of(who)
    planned = round.judges_per_entry
    round.judges_per_entry = posed.settings.per_entry  # what is short of judges is measured by it from now on
    db.session.flush()
    audit.record(
        "assignment.applied",
        proposal,
        old={"released": sorted(map(list, gone)), "judges_per_entry": planned},
        new={"assigned": [list(pair) for pair in fresh], "judges_per_entry": round.judges_per_entry},
        actor_id=id_of(who),
    )
    return Applied(len(fresh), len(gone), told)


def _need_open(proposal: AssignmentProposal) -> None:
    if proposal.state is not ProposalState.OPEN:
        raise Conflict(_l("This proposal was applied or discarded already."), code="proposal_decided")


def _take_away(round: Round, gone: set[tuple[str, str]], judges: Mapping[str, Judge]) -> int:
    """Delete unbegun sheets; judges who knew of theirs are told how many. Returns how many judges."""
    if not gone:
        return 0
    rows = db.session.execute(
        select(ScoreSheet.id, ScoreSheet.told_at, Judge.key.label("judge"), Entry.key.label("entry"))
        .join(Judge, Judge.id == ScoreSheet.judge_id)
        .join(Entry, Entry.id == ScoreSheet.entry_id)
        .where(ScoreSheet.round_id == round.id)
    ).all()
    ours = [row for row in rows if (row.judge, row.entry) in gone]
    delete_sheets([row.id for row in ours])
    knew: dict[str, int] = {}
    for row in ours:
        if row.told_at is not None and judges[row.judge].person is not None:
            knew[row.judge] = knew.get(row.judge, 0) + 1
    for key, count in knew.items():
        tell(
            judges[key].person,
            "sheets_released",
            lambda lang, count=count: _taken_off(round, count, lang),  # type: ignore[misc]
            edition_id=round.edition_id,
        )
    return len(knew)


def _taken_off(round: Round, count: int, lang: str) -> Message:
    return Message(
        _("Your list has changed: %(round)s", round=round.name.pick(lang).text),
        ngettext(
            "One entry that you had not begun is scored by somebody else now.",
            "%(num)d entries that you had not begun are scored by others now.",
            count,
        ),
        f"/{lang}/j/{round.edition.slug}/{round.slug}",
    )
