"""How commands answer: exit codes that scripts rely on, and results that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import NoReturn

import click

NO, BAD_INPUT, MISSING = 1, 2, 3
"""Exit codes: the answer is "no"; the input can't be used; a part is not installed."""

readable_file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
"""The type of a command's argument that names a file to read."""


def fail(message: str, code: int) -> NoReturn:
    """Say on standard error what is wrong, and leave with `code`."""
    click.echo(message, err=True)
    raise SystemExit(code)


def write_json(out: Path | None, result: dict[str, object], *, not_over: Path) -> None:
    """Write `result` to standard output, or replace `out` in one step, so that nobody ever reads half a
    result. Leaves with BAD_INPUT when `out` is the input `not_over` or can't be written."""
    import orjson

    data = orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    if out is None:
        click.echo(data, nl=False)
        return
    check_out(out, not_over)
    try:
        if out.exists() and not out.is_file():  # /dev/stdout, a pipe
            out.write_bytes(data)
            return
        with tempfile.TemporaryDirectory(prefix=".draft-", dir=out.parent) as folder:
            draft = Path(folder) / "draft"
            draft.write_bytes(data)
            os.replace(draft, out)
    except OSError as error:
        fail(f"{out}: {error.strerror}", BAD_INPUT)


def check_out(out: Path | None, not_over: Path) -> None:
    """Leave with BAD_INPUT when the result would be written over the input."""
    if out is not None and out.exists() and out.samefile(not_over):
        fail(f"{out}: is the input; choose another file", BAD_INPUT)
