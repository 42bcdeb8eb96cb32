"""Rows that the database itself keeps as they are, whoever asks: triggers, where a CHECK can't look back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import DDL, event

from core.db import Base


def never_changes(model: type[Base], columns: Sequence[str] = (), *, once: str = "") -> None:
    """An UPDATE that gives one of `columns` (default: any) another value fails with an IntegrityError.

    once: a condition in SQL over OLD from which on this holds; without it, it holds from the INSERT on. Rows
    may be deleted: foreign keys say when.
    """
    table = Base.metadata.tables[model.__tablename__]
    for dialect, statements in _sql(table.name, columns or table.columns.keys(), once).items():
        for statement in statements:
            event.listen(table, "after_create", DDL(statement.replace("%", "%%")).execute_if(dialect=dialect))


def _sql(table: str, columns: Sequence[str], once: str = "") -> dict[str, list[str]]:
    """The statements that make the guard, by dialect. A migration holds its own copy of them."""

    def changed(differs: str) -> str:
        any_changed = " OR ".join(f'OLD."{name}" {differs} NEW."{name}"' for name in columns)
        return f"({any_changed})" + (f" AND ({once})" if once else "")

    named = ", ".join(f'"{name}"' for name in columns)
    return {
        "sqlite": [
            (
                f"CREATE TRIGGER {table}_stays BEFORE UPDATE OF {named} ON {table} FOR EACH ROW "
                f"WHEN {changed('IS NOT')} BEGIN SELECT RAISE(ABORT, '{table} stays as it is'); END"
            )
        ],
        "postgresql": [
            (
                f"CREATE OR REPLACE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {changed('IS DISTINCT FROM')} THEN RAISE EXCEPTION '{table} stays as it is' "
                f"USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
            ),
            (
                f"CREATE TRIGGER {table}_stays BEFORE UPDATE OF {named} ON {table} FOR EACH ROW "
                f"EXECUTE FUNCTION {table}_stays()"
            ),
        ],
    }
