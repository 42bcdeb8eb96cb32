"""Numbers without gaps: taken in the transaction that uses them, given back when it does not come about."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite

from core.db import db
from core.models import Sequence


def take(name: str) -> int:
    """The next number of the counter `name`, beginning with 1. Whoever comes second waits for the first's
    commit.
    """
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(Sequence)
        .values(name=name, value=1)
        .on_conflict_do_update(index_elements=[Sequence.name], set_={"value": Sequence.value + 1})
        .returning(Sequence.value)
    )
    return int(db.session.execute(statement).scalar_one())
