"""Make an empty PostgreSQL database for the tests: .venv/bin/python tools/postgresql.py create NAME
[ADDRESS]."""

from __future__ import annotations

import sys

import psycopg
from psycopg import sql

DEFAULT_ADDRESS = "postgresql://postgres@127.0.0.1:5432/postgres"


def main(arguments: list[str]) -> int:
    if len(arguments) not in (2, 3) or arguments[0] != "create" or "test" not in arguments[1]:
        print(__doc__, "The name must contain 'test'.", file=sys.stderr)
        return 2
    name = arguments[1]
    address = arguments[2] if len(arguments) == 3 else DEFAULT_ADDRESS
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.OperationalError as error:
        print(f"PostgreSQL does not answer at {address}: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
