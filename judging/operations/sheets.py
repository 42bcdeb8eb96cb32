"""What judges write: marks saved one by one, each value kept for ever, then the whole sheet submitted.

A save names the version of the sheet that it was made from; a stale one is refused with both values, so
that two
tabs never overwrite each other. It also carries an `op_id`: sent again, it gets the first answer instead
of a second
save.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import orjson
from flask_babel import lazy_gettext as _l
from sqlalchemy import Table, and_, bindparam, delete, insert, select, update
from sqlalchemy.orm.attributes import set_committed_value

from accounts.consents import require_consents
from accounts.models import Person
from competition.models import EntryState, Round
from core import audit, clock
from core.db import db, lock
from core.errors import BadInput, Conflict
from core.mail import Message, tell
from core.text import deceiving_characters, tidy_text
from judging.models import (
    Criterion,
    DeclaredConflict,
    MarkChange,
    NoteKind,
    PanelNote,
    Rubric,
    ScoreSheet,
    SheetSave,
    SheetState,
    StoredMark,
)
from judging.operations.common import check_seen, device, id_of, need_reason
from judging.operations.terms import PLEDGE_MISSING, require_pledge
from judging.rubrics import MarkRefused, Scale, Totals, Weighing

LONGEST_TEXT = 4000

_sheet, _save, _mark, _change, _rubric, _criterion = (
    cast("Table", model.__table__)
    for model in (ScoreSheet, SheetSave, StoredMark, MarkChange, Rubric, Criterion)
)
_OP_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")

Given = str | int | None
"""A mark as it is sent: plain decimal text, an integer, or None for "no mark"."""


@dataclass(frozen=True, slots=True)
class CriterionState:
    """A criterion of the sheet's rubric and its mark, None for no mark; `mark_id` is the row that holds
    it."""

    id: int
    key: str
    weight: str
    scale: Scale
    steps: int | None
    mark_id: int | None


@dataclass(frozen=True, slots=True)
class AtHand:
    """What saving needs to know of a sheet; the score screen's saves read just this, in one statement."""

    id: int
    round_id: int
    version: int
    state: SheetState
    comment: str
    private_note: str
    entry_state: EntryState
    opens_at: datetime | None
    closes_at: datetime | None
    rule: Mapping[str, Any]
    pledged: bool = True

    @classmethod
    def of(cls, sheet: ScoreSheet) -> AtHand:
        round = sheet.round
        return cls(
            sheet.id,
            sheet.round_id,
            sheet.version,
            sheet.state,
            sheet.comment,
            sheet.private_note,
            sheet.entry.state,
            round.scoring_opens_at,
            round.scoring_closes_at,
            round.rule or {},
        )


@dataclass(frozen=True, slots=True)
class Saved:
    """The answer to a save: the sheet's new version, all its marks, its running total, what is still
    missing."""

    version: int
    saved_at: str
    state: str
    marks: dict[str, str]
    total: str
    missing: list[str]

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "saved_at": self.saved_at,
            "state": self.state,
            "marks": self.marks,
            "total": self.total,
            "missing": self.missing,
        }


def save_marks(
    *,
    sheet: ScoreSheet | AtHand,
    seen: int | None,
    op_id: str,
    marks: Mapping[str, Given],
    comment: str | None = None,
    private_note: str | None = None,
    who: Person | None = None,
) -> Saved:
    """Save marks (by criterion key) and texts of a sheet; None leaves a text as it is. Four to six
    statements.

    seen: the version that the page was made from, None for callers without a page.
    Raises BadInput with a message per field (`marks.KEY`, `comment`, …) and Conflict: `stale` with what
    is stored and
    what was sent, `op_reused`, `sheet_submitted`, `recused`, `scoring_not_open`, `scoring_closed`,
    `entry_out`,
    `no_rubric`, `pledge_missing`. Nothing is stored then.
    """
    if not isinstance(op_id, str) or not _OP_ID.fullmatch(op_id):
        raise BadInput(fields={"op_id": _l("Please reload the page and send the form again.")})
    sent: dict[str, Any] = {"marks": dict(marks)}
    if comment is not None:
        sent["comment"] = comment
    if private_note is not None:
        sent["private_note"] = private_note
    payload = hashlib.sha256(orjson.dumps(sent | {"version": seen}, option=orjson.OPT_SORT_KEYS)).hexdigest()

    at_hand = sheet if isinstance(sheet, AtHand) else AtHand.of(sheet)
    if not at_hand.pledged:
        raise PLEDGE_MISSING
    if who is not None and isinstance(sheet, ScoreSheet):
        require_pledge(sheet.judge)
    rows = _state(at_hand, op_id)
    if rows and rows[0].payload_sha256 is not None:
        if rows[0].payload_sha256 != payload:
            raise Conflict(
                _l("This save was sent before with other contents. Reload the page to see what is stored."),
                code="op_reused",
            )
        return Saved(**rows[0].answer)
    refuse_unless_scoring(at_hand)
    if not rows:
        raise Conflict(_l("This round has no scoring rubric yet."), code="no_rubric")
    criteria = [_criterion_state(row) for row in rows]
    if seen is not None and seen != at_hand.version:
        raise stale(at_hand, criteria, sent)
    steps = _checked_marks(criteria, marks)
    texts = _checked_texts(comment=comment, private_note=private_note)

    after = [replace(one, steps=steps[one.key]) if one.key in steps else one for one in criteria]
    moment = clock.now()
    now = replace(
        at_hand,
        version=at_hand.version + 1,
        comment=texts.get("comment", at_hand.comment),
        private_note=texts.get("private_note", at_hand.private_note),
    )
    _count_version(now)
    saved = _saved(now, after, moment)
    save_id = db.session.execute(
        _SAVE,
        {
            "sheet_id": now.id,
            "op_id": op_id,
            "payload_sha256": payload,
            "answer": saved.to_json(),
            "version": now.version,
            "comment": texts.get("comment"),
            "private_note": texts.get("private_note"),
            "person_id": id_of(who),
            "at": moment,
            "device": device(),
        },
    ).scalar_one()
    changed = [(old, new) for old, new in zip(criteria, after, strict=True) if old.steps != new.steps]
    if changed:
        _store(now.id, save_id, changed)
        if rows[0].locked_at is None:
            _lock_rubric(rows[0], moment)
    if isinstance(sheet, ScoreSheet):
        set_committed_value(sheet, "version", now.version)
        for name, text in texts.items():
            set_committed_value(sheet, name, text)
        db.session.expire(sheet, ["marks"])
    return saved


def submit_sheet(*, sheet: ScoreSheet, seen: int | None = None, who: Person | None = None) -> None:
    """The judge is done with an entry: from now on the sheet counts, and only an organizer can reopen it.

    Raises Conflict as `save_marks`, and BadInput naming the criteria that have no mark yet.
    """
    if who is not None:
        require_consents(who)
        require_pledge(sheet.judge)
    lock(sheet)
    if sheet.state is SheetState.SUBMITTED:
        return
    at_hand = AtHand.of(sheet)
    refuse_unless_scoring(at_hand)
    criteria = criteria_of(at_hand)
    if not criteria:
        raise Conflict(_l("This round has no scoring rubric yet."), code="no_rubric")
    if seen is not None and seen != sheet.version:
        raise stale(at_hand, criteria, {})
    if missing := [one for one in criteria if one.steps is None]:
        raise BadInput(
            _l("Please score every criterion before submitting."),
            code="marks_missing",
            fields={f"marks.{one.key}": _l("This criterion has no score yet.") for one in missing},
        )
    sheet.state, sheet.submitted_at = SheetState.SUBMITTED, clock.now()
    db.session.flush()
    settle_second_looks(sheet)
    audit.record(
        "sheet.submitted",
        sheet,
        new={one.key: one.scale.text(one.steps) for one in criteria if one.steps is not None},
        actor_id=id_of(who),
    )


def reopen_sheet(
    *, sheet: ScoreSheet, reason: str, seen: int | None = None, who: Person | None = None
) -> None:
    """An organizer gives a sheet back to its judge, who is told why (退回重评 / 채점 재개).

    What was declared between judge and team goes with the recusal that is taken back.
    Raises BadInput without a reason, Conflict for a sheet that is open or whose judge is retired.
    """
    give_back(sheet=sheet, reason=reason, seen=seen, who=who)
    if sheet.judge.person is None:
        return
    title, edition, round = sheet.entry.title, sheet.round.edition, sheet.round
    path = f"j/{edition.slug}/{round.slug}/{sheet.entry.key}"

    def write(lang: str) -> Message:
        return Message(
            str(_l("A score sheet was given back to you: %(title)s", title=title.pick(lang).text)),
            str(_l("Please look at it and submit it again. Reason: %(reason)s", reason=reason)),
            f"/{lang}/{path}",
        )

    tell(sheet.judge.person, "sheet_reopened", write, edition_id=sheet.edition_id)


def give_back(*, sheet: ScoreSheet, reason: str, seen: int | None = None, who: Person | None = None) -> None:
    """The same without telling the judge: that is left to who calls."""
    need_reason(reason)
    lock(sheet)
    check_seen(sheet, seen)
    if sheet.state is SheetState.OPEN:
        raise Conflict(_l("This sheet is open already."), code="sheet_open")
    if sheet.judge.retired_at is not None:
        raise Conflict(_l("This judge no longer judges in this edition."), code="judge_retired")
    old = sheet.state
    if sheet.recusal is not None:
        db.session.execute(
            delete(DeclaredConflict).where(
                DeclaredConflict.judge_id == sheet.judge_id,
                DeclaredConflict.team_id == sheet.entry.team_id,
            )
        )
    sheet.state, sheet.submitted_at, sheet.reason, sheet.recusal = SheetState.OPEN, None, reason, None
    db.session.flush()
    audit.record(
        "sheet.reopened", sheet, old=str(old), new=str(sheet.state), reason=reason, actor_id=id_of(who)
    )


def settle_second_looks(sheet: ScoreSheet) -> None:
    """Nobody waits for a second look at this sheet any more."""
    db.session.execute(
        update(PanelNote)
        .where(
            PanelNote.sheet_id == sheet.id,
            PanelNote.kind == NoteKind.SECOND_LOOK,
            PanelNote.settled_at.is_(None),
        )
        .values(settled_at=clock.now())
    )


def refuse_unless_scoring(sheet: AtHand) -> None:
    """Raise Conflict unless the judge may write on the sheet right now, by the server's clock."""
    if sheet.state is SheetState.SUBMITTED:
        raise Conflict(
            _l("This sheet is submitted and locked. Only an organizer or the head judge can give it back."),
            code="sheet_submitted",
        )
    if sheet.state is SheetState.RECUSED:
        raise Conflict(_l("This sheet is closed by recusal."), code="recused")
    if sheet.entry_state is not EntryState.ACCEPTED:
        raise Conflict(_l("This entry no longer takes part."), code="entry_out")
    window = window_of(sheet.opens_at, sheet.closes_at)
    if window == "before":
        raise Conflict(_l("Scoring of this round has not begun yet."), code="scoring_not_open")
    if window == "after":
        raise Conflict(
            _l(
                "Scoring of this round has closed. What was not sent stays in this browser;"
                " please tell the organizers."
            ),
            code="scoring_closed",
        )


def scoring_window(round: Round) -> str:
    """`before`, `open` or `after`; at exactly the closing second scores are still taken."""
    return window_of(round.scoring_opens_at, round.scoring_closes_at)


def window_of(opens_at: datetime | None, closes_at: datetime | None) -> str:
    """The same for two moments."""
    moment = clock.now()
    if opens_at is not None and moment < opens_at:
        return "before"
    if closes_at is not None and moment.replace(microsecond=0) > closes_at:
        return "after"
    return "open"


def stale(sheet: AtHand, criteria: Sequence[CriterionState], sent: Mapping[str, Any]) -> Conflict:
    """409 with both values: what is stored and what was sent."""
    return Conflict(
        _l("This sheet was changed in another window. Please choose which values stay."),
        code="stale",
        stored=stored_json(sheet, criteria),
        sent=dict(sent),
    )


def stored_json(sheet: AtHand, criteria: Sequence[CriterionState]) -> dict[str, Any]:
    """The whole sheet for its own judge."""
    return _saved(sheet, criteria, None).to_json() | {
        "comment": sheet.comment,
        "private_note": sheet.private_note,
    }


def criteria_of(sheet: AtHand) -> list[CriterionState]:
    """The criteria of the sheet's rubric with its marks, in order; [] while the round has no rubric."""
    return [_criterion_state(row) for row in _state(sheet, "")]


# The statements of a save are made once: making them anew costs more than running them.
_STATE = (
    select(
        _rubric.c.id.label("rubric_id"),
        _rubric.c.version.label("rubric_version"),
        _rubric.c.locked_at,
        _criterion.c.id,
        _criterion.c.key,
        _criterion.c.weight,
        _criterion.c.places,
        _criterion.c.least,
        _criterion.c.most,
        _criterion.c.step,
        _mark.c.id.label("mark_id"),
        _mark.c.steps,
        _save.c.payload_sha256,
        _save.c.answer,
    )
    .select_from(
        _rubric.join(_criterion, _criterion.c.rubric_id == _rubric.c.id)
        .outerjoin(
            _mark, and_(_mark.c.criterion_id == _criterion.c.id, _mark.c.sheet_id == bindparam("sheet"))
        )
        .outerjoin(_save, and_(_save.c.sheet_id == bindparam("sheet"), _save.c.op_id == bindparam("op")))
    )
    .where(_rubric.c.round_id == bindparam("round"))
    .order_by(_criterion.c.position)
)
_COUNT_VERSION = (
    update(_sheet)
    .where(
        _sheet.c.id == bindparam("sheet"),
        _sheet.c.version == bindparam("seen"),
        _sheet.c.state == SheetState.OPEN,
    )
    .values(
        version=bindparam("new_version"), comment=bindparam("new_comment"), private_note=bindparam("new_note")
    )
)
_SAVE = insert(_save).returning(_save.c.id)
_CHANGE = insert(_change)
_NEW_MARK = insert(_mark)
_OTHER_MARK = update(_mark).where(_mark.c.id == bindparam("mark")).values(steps=bindparam("new_steps"))


def _state(sheet: AtHand, op_id: str) -> Sequence[Any]:
    """Rubric, criteria, marks and an earlier save of this `op_id`, in one statement."""
    return db.session.execute(_STATE, {"sheet": sheet.id, "op": op_id, "round": sheet.round_id}).all()


def _criterion_state(row: Any) -> CriterionState:
    scale = Scale(row.places, row.least, row.most, row.step)
    return CriterionState(row.id, row.key, row.weight, scale, row.steps, row.mark_id)


def _checked_marks(criteria: Sequence[CriterionState], marks: Mapping[str, Given]) -> dict[str, int | None]:
    scales = {one.key: one.scale for one in criteria}
    found: dict[str, int | None] = {}
    wrong: dict[str, Any] = {}
    for key, given in marks.items():
        if key not in scales:
            wrong["marks"] = _l("This sheet has no such criterion.")
        elif given is None:
            found[key] = None
        else:
            try:
                found[key] = scales[key].steps(given)
            except MarkRefused as refused:
                wrong[f"marks.{key}"] = mark_problem(refused.code, scales[key])
    if wrong:
        raise BadInput(_l("This can't stand as a score."), fields=wrong)
    return found


def mark_problem(code: str, scale: Scale) -> Any:
    """Why a mark can't stand, in words."""
    if code == "off_step":
        return _l("Scores go in steps of %(step)s.", step=scale.step_text)
    if code in ("above", "below"):
        return _l("Scores go from %(least)s to %(most)s.", least=scale.least_text, most=scale.most_text)
    return _l("Please type a number, for example 8 or 8.5.")


def _checked_texts(**texts: str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in texts.items():
        if text is None:
            continue
        if bad := deceiving_characters(text):
            raise BadInput(
                fields={
                    name: _l(
                        "This holds characters that can't be seen or printed: %(list)s.",
                        list=", ".join(bad[:5]),
                    )
                }
            )
        tidied = tidy_text(text)
        if len(tidied) > LONGEST_TEXT:
            raise BadInput(
                fields={name: _l("This text is longer than %(most)d characters.", most=LONGEST_TEXT)}
            )
        found[name] = tidied
    return found


def _count_version(now: AtHand) -> None:
    """Compare-and-set: the UPDATE names the version that was read; whoever comes second finds no row."""
    moved = db.session.execute(
        _COUNT_VERSION,
        {
            "sheet": now.id,
            "seen": now.version - 1,
            "new_version": now.version,
            "new_comment": now.comment,
            "new_note": now.private_note,
        },
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(
            _l("Somebody else changed this a moment ago. Reload the page and look again."), code="stale"
        )


def _store(sheet_id: int, save_id: int, changed: Sequence[tuple[CriterionState, CriterionState]]) -> None:
    db.session.execute(
        _CHANGE,
        [
            {
                "save_id": save_id,
                "sheet_id": sheet_id,
                "criterion_id": new.id,
                "old_steps": old.steps,
                "new_steps": new.steps,
            }
            for old, new in changed
        ],
    )
    fresh = [new for old, new in changed if old.mark_id is None]
    kept = [new for old, new in changed if old.mark_id is not None and new.steps is not None]
    gone = [old.mark_id for old, new in changed if old.mark_id is not None and new.steps is None]
    if fresh:
        db.session.execute(
            _NEW_MARK,
            [{"sheet_id": sheet_id, "criterion_id": new.id, "steps": new.steps} for new in fresh],
        )
    if kept:
        db.session.execute(_OTHER_MARK, [{"mark": new.mark_id, "new_steps": new.steps} for new in kept])
    if gone:
        db.session.execute(delete(_mark).where(_mark.c.id.in_(gone)))


def _lock_rubric(row: Any, moment: datetime) -> None:
    """The first score locks criteria and rule; a change of either at this very moment makes the score
    wait."""
    rubric = lock(db.session.get_one(Rubric, row.rubric_id))
    # Another judge's first score may have locked it meanwhile, and that is the one change that does no harm.
    locked_meanwhile = rubric.locked_at is not None
    if rubric.version != row.rubric_version + locked_meanwhile:
        raise Conflict(
            _l("Somebody else changed this a moment ago. Reload the page and look again."), code="stale"
        )
    if not locked_meanwhile:
        rubric.locked_at = moment
        db.session.flush()


def _saved(sheet: AtHand, criteria: Sequence[CriterionState], moment: datetime | None) -> Saved:
    given = [(one, one.steps) for one in criteria if one.steps is not None]
    totals = Totals(((one.id, one.weight, one.scale) for one in criteria), Weighing.of(sheet.rule))
    return Saved(
        version=sheet.version,
        saved_at=moment.isoformat(timespec="seconds") if moment else "",
        state=str(sheet.state),
        marks={one.key: one.scale.text(steps) for one, steps in given},
        total=totals.text((one.id, steps) for one, steps in given),
        missing=[one.key for one in criteria if one.steps is None],
    )
