"""Sample entries that all judges of a round mark first, to find a common measure. They never count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, func, select

from accounts.models import Person
from competition.models import Round
from core import audit
from core.db import db, lock
from core.errors import CONSTRAINTS, BadInput, Conflict
from core.languages import Trilingual
from core.models import StoredFile
from judging.models import Criterion, Judge, SampleEntry, SampleSheet
from judging.operations.common import check_seen, id_of
from judging.operations.rubrics import rubric_of
from judging.operations.sheets import mark_problem
from judging.rubrics import MarkRefused

MOST = 5
"""Sample entries of one round: more would cost judges the time that the real ones need."""
_VALUES = ("title", "summary", "reference", "note")
CONSTRAINTS["uq_sample_sheet_sample_id_judge_id"] = CONSTRAINTS[
    "sample_sheet.sample_id, sample_sheet.judge_id"
] = Conflict(_l("You have scored this sample entry already."), code="sample_sent")


def add_sample(
    *,
    round: Round,
    title: Trilingual,
    summary: Trilingual,
    reference: Mapping[str, str | None],
    note: Trilingual,
    who: Person | None = None,
) -> SampleEntry:
    """Add a sample entry. reference: criterion key -> the mark that a good judge would give.

    Raises BadInput (`reference.KEY`, `title`), Conflict without a rubric or beyond the fifth.
    """
    lock(round)
    count, last = db.session.execute(
        select(func.count(SampleEntry.id), func.max(SampleEntry.position)).where(
            SampleEntry.round_id == round.id
        )
    ).one()
    if count >= MOST:
        raise Conflict(_l("A round has at most %(most)d sample entries.", most=MOST), code="too_many")
    checked = checked_marks(criteria_of(round), reference, "reference.")
    _need_title(title)
    sample = SampleEntry(
        edition_id=round.edition_id,
        round_id=round.id,
        position=(last or 0) + 1,
        title=title,
        summary=summary,
        reference=checked,
        note=note,
    )
    db.session.add(sample)
    db.session.flush()
    audit.record("sample.added", sample, new=_json(sample), actor_id=id_of(who))
    return sample


def change_sample(
    *, sample: SampleEntry, seen: int | None = None, who: Person | None = None, **values: Any
) -> None:
    """Change title, summary, reference or note; once a judge has sent a sheet, the note alone."""
    lock(sample)
    check_seen(sample, seen)
    if unknown := set(values) - set(_VALUES):
        raise TypeError(f"not to be set here: {', '.join(sorted(unknown))}")
    if "reference" in values:
        values["reference"] = checked_marks(criteria_of(sample.round), values["reference"], "reference.")
    if "title" in values:
        _need_title(values["title"])
    changed = {name: value for name, value in values.items() if value != getattr(sample, name)}
    if set(changed) - {"note"}:
        _refuse_when_scored(sample)
    if not changed:
        return
    old = _json(sample)
    for name, value in changed.items():
        setattr(sample, name, value)
    db.session.flush()
    audit.record("sample.changed", sample, old=old, new=_json(sample), actor_id=id_of(who))


def attach_file(*, sample: SampleEntry, file: StoredFile | None, who: Person | None = None) -> None:
    """Set or (None) take away the sample entry's document; not once a judge has sent a sheet."""
    lock(sample)
    _refuse_when_scored(sample)
    old = sample.file.name if sample.file else None
    sample.file_id = file.id if file else None
    db.session.flush()
    db.session.expire(sample, ["file"])
    audit.record(
        "sample.changed",
        sample,
        old={"file": old},
        new={"file": file.name if file else None},
        actor_id=id_of(who),
    )


def remove_sample(*, sample: SampleEntry, seen: int | None = None, who: Person | None = None) -> None:
    """Remove a sample entry that no judge has scored."""
    lock(sample)
    check_seen(sample, seen)
    _refuse_when_scored(sample)
    audit.record("sample.removed", sample, old=_json(sample), actor_id=id_of(who))
    db.session.delete(sample)
    db.session.flush()


def send_sample_sheet(
    *, sample: SampleEntry, judge: Judge, marks: Mapping[str, str | None], who: Person | None = None
) -> SampleSheet:
    """A judge's marks for a sample entry, once and for all: what she is shown next would change them.

    Raises BadInput (`marks.KEY`) for a mark that is missing or can't stand, Conflict when hers is sent
    already.
    """
    lock(sample)
    known = exists().where(SampleSheet.sample_id == sample.id, SampleSheet.judge_id == judge.id)
    if db.session.scalar(select(known)):
        raise Conflict(_l("You have scored this sample entry already."), code="sample_sent")
    checked = checked_marks(criteria_of(sample.round), marks, "marks.")
    sheet = SampleSheet(sample_id=sample.id, judge_id=judge.id, marks=checked)
    db.session.add(sheet)
    db.session.flush()
    audit.record(
        "sample.sent",
        sheet,
        new={"sample": sample.key, "judge": judge.key} | {"marks": checked},
        edition_id=sample.edition_id,
        actor_id=id_of(who),
    )
    return sheet


def criteria_of(round: Round) -> Sequence[Criterion]:
    """The round's criteria in order; raises Conflict while there are none."""
    rubric = rubric_of(round)
    if rubric is None or not rubric.criteria:
        raise Conflict(_l("This round has no scoring rubric yet."), code="no_rubric")
    return rubric.criteria


def checked_marks(
    criteria: Sequence[Criterion], marks: Mapping[str, str | None], prefix: str
) -> dict[str, str]:
    """A mark for every criterion, each as it is written plainly. Raises BadInput naming `prefix` + key."""
    found: dict[str, str] = {}
    wrong: dict[str, Any] = {}
    for criterion in criteria:
        given = marks.get(criterion.key)
        if given is None:
            wrong[prefix + criterion.key] = _l("This criterion has no score yet.")
            continue
        try:
            found[criterion.key] = criterion.scale.text(criterion.scale.steps(given))
        except MarkRefused as refused:
            wrong[prefix + criterion.key] = mark_problem(refused.code, criterion.scale)
    if wrong:
        raise BadInput(fields=wrong)
    return found


def is_scored(sample: SampleEntry) -> bool:
    """Whether a judge has sent a sheet for it: then only its note may change."""
    return bool(db.session.scalar(select(exists().where(SampleSheet.sample_id == sample.id))))


def _refuse_when_scored(sample: SampleEntry) -> None:
    if is_scored(sample):
        raise Conflict(
            _l("A judge has scored this sample entry already, so only its note can still change."),
            code="sample_scored",
        )


def _need_title(title: Trilingual) -> None:
    if not title:
        raise BadInput(fields={"title": _l("Please write this in at least one language.")})


def _json(sample: SampleEntry) -> dict[str, Any]:
    return {
        "title": sample.title.to_json(),
        "summary": sample.summary.to_json(),
        "reference": sample.reference,
        "note": sample.note.to_json(),
    }
