"""All that lies in the database, to compare, to search, or to put back."""

from __future__ import annotations

from typing import Any

from core.db import db


def everything_stored() -> dict[str, list[Any]]:
    """All rows of all tables."""
    found = {}
    with db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            order = list(table.primary_key.columns)
            rows = connection.execute(table.select().order_by(*order)).mappings()
            found[table.name] = [dict(row) for row in rows]
    return found


def restore(stored: dict[str, list[Any]]) -> None:
    """Put all tables back to what `everything_stored` found."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        tables = db.metadata.sorted_tables
        for table in reversed(tables):
            connection.execute(table.delete())
        for table in tables:
            if rows := stored[table.name]:
                connection.execute(table.insert(), rows)
