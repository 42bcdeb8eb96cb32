"""What the database keeps as it is, even from somebody with SQL in hand."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from core.db import db
from judging.models import Criterion, MarkChange, Result, Rubric
from judging.operations import results
from tests import factories as make
from tests.scenery import build


def refused(statement: str, **values: object) -> None:
    with pytest.raises(IntegrityError, match="stays as it is"), db.session.begin_nested():
        db.session.execute(text(statement), values)


def test_a_snapshot_a_saved_mark_and_a_criterion_in_use_are_never_changed(ctx: None) -> None:
    build()
    result = db.session.scalars(select(Result)).first()
    change = db.session.scalars(select(MarkChange)).first()
    locked = db.session.scalars(
        select(Criterion).join(Rubric, Rubric.id == Criterion.rubric_id).where(Rubric.locked_at.is_not(None))
    ).first()
    assert result
    assert change
    assert locked
    refused("UPDATE result SET snapshot = '{}' WHERE id = :id", id=result.id)
    refused("UPDATE result SET finalized_by = NULL WHERE id = :id", id=result.id)
    refused("UPDATE mark_change SET new_steps = 1000 WHERE id = :id", id=change.id)
    refused("UPDATE criterion SET weight = '2' WHERE id = :id", id=locked.id)


def test_what_may_change_still_does(ctx: None) -> None:
    build()
    result = db.session.scalars(select(Result).where(Result.signed_by.is_(None))).first()
    assert result
    results.discard(result=result, reason="A mark was typed wrongly.", who=make.person())
    db.session.execute(text("UPDATE criterion SET weight = weight"))
    open_rubric = db.session.scalars(select(Rubric).where(Rubric.locked_at.is_(None))).first()
    assert open_rubric
    db.session.execute(
        text("UPDATE criterion SET weight = '2' WHERE rubric_id = :id"), {"id": open_rubric.id}
    )
