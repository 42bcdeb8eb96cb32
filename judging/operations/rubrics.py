"""How a round is judged: its criteria and the rule of its official total, both locked at the first score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import event, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapper, object_session

from accounts.models import Person
from competition.models import Edition, Round
from core import audit, clock
from core.db import db, lock
from core.errors import BadInput, Conflict
from core.quoting import name_problem
from judging.models import Criterion, Rubric
from judging.operations.common import check_seen, id_of
from judging.problems import RuleError
from judging.queries.carried import earlier_rounds
from judging.rubrics import (
    MOST_CRITERIA,
    Band,
    CriterionSpec,
    MarkRefused,
    SpecRefused,
    fresh_key,
    presets,
    weight_problem,
)
from judging.rules import Rule


def rubric_of(round: Round) -> Rubric | None:
    """The round's rubric, or None while there is none."""
    return db.session.execute(select(Rubric).where(Rubric.round_id == round.id)).scalar_one_or_none()


def make_rubric(
    *,
    round: Round,
    criteria: Iterable[CriterionSpec] = (),
    preset: str | None = None,
    seen: int | None = None,
    who: Person | None = None,
) -> Rubric:
    """Give the round these criteria, or those of a preset; replaces what was there while nothing is scored.

    Raises BadInput for a criterion that can't be marked or an unknown preset, Conflict once scores exist.
    """
    source = presets().get(preset) if preset else None
    if preset and source is None:
        raise BadInput(fields={"preset": _l("Please choose one of the presets.")})
    specs = list(source.criteria if source else criteria)
    if len(specs) > MOST_CRITERIA:
        raise BadInput(_l("A rubric has at most %(most)d criteria.", most=MOST_CRITERIA))
    rubric = rubric_of(round)
    old: list[dict[str, Any]] = []
    if rubric is None:
        rubric = Rubric(edition_id=round.edition_id, round_id=round.id)
        db.session.add(rubric)
        db.session.flush()
    else:
        refuse_when_locked(rubric, seen)
        old = [criterion_json(criterion) for criterion in rubric.criteria]
        for criterion in list(rubric.criteria):
            db.session.delete(criterion)
        db.session.flush()
        db.session.expire(rubric, ["criteria"])
    rubric.preset = source.id if source else ""
    rubric.evidence = source.evidence if source else ""
    rubric.source = source.source if source else ""
    rubric.changed_at = clock.now()
    for spec in specs:
        _append(rubric, spec)
    db.session.flush()
    audit.record(
        "rubric.made",
        rubric,
        old=old or None,
        new={"preset": rubric.preset, "criteria": [criterion_json(one) for one in rubric.criteria]},
        actor_id=id_of(who),
    )
    return rubric


def save_criterion(
    *,
    rubric: Rubric,
    spec: CriterionSpec,
    criterion: Criterion | None = None,
    seen: int | None = None,
    who: Person | None = None,
) -> Criterion:
    """Change `criterion` to what `spec` says, or add one. A changed criterion keeps its key unless spec
    has one."""
    refuse_when_locked(rubric, seen)
    old = None
    if criterion is None:
        if len(rubric.criteria) >= MOST_CRITERIA:
            raise BadInput(_l("A rubric has at most %(most)d criteria.", most=MOST_CRITERIA))
        criterion = _append(rubric, spec)
    else:
        old = criterion_json(criterion)
        _write(criterion, spec)
        if spec.key and spec.key != criterion.key:
            criterion.key = _checked_key(rubric, spec)
    rubric.changed_at = clock.now()
    db.session.flush()
    audit.record(
        "rubric.criterion_changed" if old else "rubric.criterion_added",
        rubric,
        old=old,
        new=criterion_json(criterion),
        actor_id=id_of(who),
    )
    return criterion


def remove_criterion(
    *, rubric: Rubric, criterion: Criterion, seen: int | None = None, who: Person | None = None
) -> None:
    """Take a criterion out."""
    refuse_when_locked(rubric, seen)
    old = criterion_json(criterion)
    rubric.criteria.remove(criterion)
    db.session.delete(criterion)
    for position, row in enumerate(rubric.criteria, 1):
        row.position = position
    rubric.changed_at = clock.now()
    db.session.flush()
    audit.record("rubric.criterion_removed", rubric, old=old, actor_id=id_of(who))


def move_criterion(
    *, rubric: Rubric, criterion: Criterion, by: int, seen: int | None = None, who: Person | None = None
) -> None:
    """Move a criterion up (by = -1) or down (by = 1) in the order."""
    refuse_when_locked(rubric, seen)
    rows = list(rubric.criteria)
    at = rows.index(criterion)
    to = min(max(at + by, 0), len(rows) - 1)
    rows.insert(to, rows.pop(at))
    for position, row in enumerate(rows, 1):
        row.position = position
    rubric.changed_at = clock.now()
    db.session.flush()
    db.session.expire(rubric, ["criteria"])
    audit.record("rubric.order", rubric, new=[row.key for row in rows], actor_id=id_of(who))


def set_rule(
    *, round: Round, rule: Mapping[str, Any], seen: int | None = None, who: Person | None = None
) -> Rule:
    """Set how the round's official total is formed. Returns the completed rule with the rubric's criteria.

    `rule` is a rule as `flask rank` reads it; criteria come from the rubric, decisions from the tie
    decisions, so
    neither may stand in it. Raises BadInput with the field that is wrong, Conflict once scores exist.
    """
    rubric = rubric_of(round)
    if rubric is not None:
        refuse_when_locked(rubric)
    lock(round)
    check_seen(round, seen)
    kept = {key: value for key, value in rule.items() if key not in ("criteria", "decisions")}
    try:
        complete = Rule.from_json(kept | {"criteria": rule_criteria(rubric.criteria if rubric else ())})
    except RuleError as error:
        raise BadInput(fields={error.path or "rule": rule_problem(error)}) from error
    if set(complete.carried_slugs) - {earlier.slug for earlier in earlier_rounds(round)}:
        raise BadInput(
            fields={"stages.carried": _l("Only earlier rounds of this edition can count in this one.")}
        )
    if rubric is not None:
        rubric.changed_at = clock.now()
    old, round.rule = round.rule, kept
    db.session.flush()
    audit.record("round.rule", round, old=old, new=kept, actor_id=id_of(who))
    return complete


def rule_criteria(criteria: Iterable[Criterion]) -> dict[str, dict[str, str]]:
    """The `criteria` part of a ranking rule."""
    return {
        row.key: {
            "weight": row.weight,
            "min": row.scale.least_text,
            "max": row.scale.most_text,
            "step": row.scale.step_text,
        }
        for row in criteria
    }


def rule_problem(error: RuleError) -> Any:
    """A rule's mistake in words for the person."""
    texts = {
        "drops_too_many": _l("Dropping this many marks needs more judges: raise the number to drop from."),
        "unknown_criterion": _l("The tie rule names a criterion that is not in the rubric."),
        "no_weight": _l("At least one criterion needs a weight greater than 0."),
        "repeated": _l("The same tie step stands in the list twice."),
        "not_an_integer": _l("Please type a whole number."),
        "not_a_number": _l("Please type a number, for example 8 or 8.5."),
        "not_positive": _l("Please type a number greater than 0."),
        "too_many_digits": _l("Please type a number with fewer digits."),
        "full_of_some": _l("Please give the full mark of every round that counts, or of none."),
    }
    return texts.get(
        error.code, _l("This part of the rule can't be used: %(part)s.", part=error.path or "rule")
    )


def refuse_when_locked(rubric: Rubric, seen: int | None = None) -> None:
    """Hold the rubric for a change; raises Conflict when it is locked or no longer as the page showed it."""
    lock(rubric)
    if rubric.locked_at is not None:
        raise Conflict(
            _l("Scoring has begun, so the criteria and the rule can no longer be changed."),
            code="rubric_locked",
        )
    check_seen(rubric, seen)


def criterion_json(row: Criterion) -> dict[str, Any]:
    """A criterion for the audit record and for snapshots."""
    return {
        "key": row.key,
        "name": row.name.to_json(),
        "weight": row.weight,
        "min": row.scale.least_text,
        "max": row.scale.most_text,
        "step": row.scale.step_text,
    }


def _append(rubric: Rubric, spec: CriterionSpec) -> Criterion:
    criterion = Criterion(rubric=rubric, position=len(rubric.criteria) + 1, key="")
    with db.session.no_autoflush:
        criterion.key = _checked_key(rubric, spec, criterion)
        _write(criterion, spec)
    db.session.add(criterion)
    return criterion


def _checked_key(rubric: Rubric, spec: CriterionSpec, own: Criterion | None = None) -> str:
    taken = {row.key for row in rubric.criteria if row is not own}
    key = spec.key or fresh_key(spec.name, taken)
    if key in taken or len(key) > 80 or name_problem(key):
        raise BadInput(
            fields={"key": _l("Every criterion needs a key of its own, of 80 characters at most.")}
        )
    return key


def _write(criterion: Criterion, spec: CriterionSpec) -> None:
    try:
        scale = spec.scale
    except SpecRefused as refused:
        raise BadInput(fields={refused.field: spec_problem(refused)}) from refused
    if weight_problem(spec.weight):
        raise BadInput(
            fields={"weight": _l("A weight is a number from 0 to 10,000 with four decimals at most.")}
        )
    if not spec.name:
        raise BadInput(fields={"name": _l("Please write this in at least one language.")})
    criterion.name, criterion.hint, criterion.weight = spec.name, spec.hint, spec.weight
    criterion.places, criterion.least, criterion.most, criterion.step = (
        scale.places,
        scale.least,
        scale.most,
        scale.step,
    )
    criterion.anchors = [_checked_band(band, criterion).to_json() for band in spec.bands]


def _checked_band(band: Band, criterion: Criterion) -> Band:
    try:
        criterion.scale.steps(band.least)
    except MarkRefused as refused:
        raise BadInput(
            fields={
                "bands": _l("%(mark)s is no mark that judges can give on this criterion.", mark=band.least)
            }
        ) from refused
    return band


def spec_problem(refused: SpecRefused) -> Any:
    """A scale's mistake in words for the person."""
    return {
        "number": _l("Please type a number, for example 8 or 8.5."),
        "places": _l("Marks have four decimals at most."),
        "range": _l("The highest mark must be above the lowest, and not above 100,000."),
        "step": _l("The step must be greater than 0, and not too small for the range."),
        "steps": _l("The range from the lowest to the highest mark must be a whole number of steps."),
    }[refused.code]


def copy_rubrics(edition: Edition, *, clone: Edition) -> None:
    """A cloned edition starts with the rubrics of its source, unlocked; rounds correspond by slug."""
    sources = db.session.execute(
        select(Round.slug, Rubric)
        .join(Rubric, Rubric.round_id == Round.id)
        .where(Round.edition_id == edition.id)
    ).all()
    targets = {round.slug: round for round in clone.rounds}
    for slug, source in sources:
        if slug not in targets:
            continue
        rubric = make_rubric(
            round=targets[slug],
            criteria=[
                CriterionSpec(
                    key=row.key,
                    name=row.name,
                    hint=row.hint,
                    weight=row.weight,
                    least=row.scale.least_text,
                    most=row.scale.most_text,
                    step=row.scale.step_text,
                    bands=tuple(row.bands),
                )
                for row in source.criteria
            ],
        )
        rubric.preset, rubric.evidence, rubric.source = source.preset, source.evidence, source.source
    db.session.flush()


@event.listens_for(Criterion, "before_insert")
@event.listens_for(Criterion, "before_update")
@event.listens_for(Criterion, "before_delete")
def _guard_locked(_mapper: Mapper[Any], _connection: Connection, criterion: Criterion) -> None:
    """Whatever the caller, a locked rubric's criteria stay as they are."""
    session = object_session(criterion)
    if criterion.rubric is None or session is None:
        return
    if criterion.rubric.locked_at is not None and session.is_modified(criterion):
        raise Conflict(
            _l("Scoring has begun, so the criteria and the rule can no longer be changed."),
            code="rubric_locked",
        )
