"""The database: one session a request, aware UTC times, named constraints, write transactions that don't
deadlock.

SQLite runs in WAL mode with foreign keys on. A request that may write opens its transaction with BEGIN
IMMEDIATE,
so that what it read stays true until it commits; PostgreSQL gets the same guarantee from `lock`.
"""

from __future__ import annotations

import enum
import sqlite3
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Engine, Enum, MetaData, event, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from core.languages import Trilingual

may_write: ContextVar[bool] = ContextVar("may_write", default=True)
"""False while a request that only reads (GET, HEAD) is served."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC. A naive time raises: it is a bug, not a guess to be made."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}: times are aware, in UTC")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JSONValue(TypeDecorator[Any]):
    """JSON, as JSONB on PostgreSQL."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())


class TrilingualText(TypeDecorator[Trilingual]):
    """A `Trilingual`, stored as `{"zh": …, "ko": …, "en": …}`."""

    impl = JSONValue
    cache_ok = True

    def process_bind_param(self, value: Trilingual | None, dialect: Dialect) -> dict[str, str] | None:
        return None if value is None else value.to_json()

    def process_result_value(self, value: dict[str, str] | None, dialect: Dialect) -> Trilingual | None:
        return None if value is None else Trilingual.from_json(value)


def enum_column(kind: type[enum.StrEnum], name: str) -> Enum:
    """A string column with a CHECK that admits the members' values only; `name` names the CHECK."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class Versioned:
    """Compare-and-set: every UPDATE names the version it read; a lost race raises `StaleDataError`."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy hands the class over
        return {"version_id_col": cls.version}


T = TypeVar("T", bound=Base)


def lock(row: T) -> T:
    """Hold `row` until the commit, so that nobody else decides on the same state; returns it refreshed.

    SQLite needs nothing here: a writing request holds the whole database from its first statement on.
    """
    if db.engine.dialect.name == "sqlite":
        return row
    keys = [
        getattr(type(row), str(column.key)) == getattr(row, str(column.key))
        for column in row.__mapper__.primary_key
    ]
    held = select(type(row)).where(*keys).with_for_update(of=type(row))  # not what it is joined with
    statement = held.execution_options(populate_existing=True)
    return db.session.execute(statement).scalar_one()


def release() -> None:
    """End the transaction without writing, before slow work (password hashing, rendering) that must not hold
    a lock."""
    db.session.rollback()


def init_app(app: Flask) -> None:
    options: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
    }
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        options["connect_args"] = {"timeout": 15}
    else:
        options |= {"pool_size": 16, "max_overflow": 48, "pool_pre_ping": True}
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
    db.init_app(app)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # The driver's own transaction handling begins too late and never IMMEDIATE; `_begin` does it instead.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "busy_timeout = 15000",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if may_write.get() else "BEGIN")
