"""JSON bodies of programs, read strictly: what two readers could understand differently is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l

from core.errors import Problem

_MOST_DEPTH = 20
_LONGEST_INTEGER = 16


@dataclass(frozen=True, slots=True)
class NotExact:
    """A JSON number that is no plain integer: a fraction, an exponent, -0, NaN, Infinity, or far too long."""

    text: str


class Unreadable(Problem):
    """400: the body is no JSON, or JSON that is not to be trusted."""

    code = "unreadable_json"


class WrongKind(Problem):
    """415: the body does not say that it is JSON."""

    status = 415
    code = "wrong_content_type"


def body_object() -> dict[str, Any]:
    """The request's JSON object. Numbers that are not plain integers come as `NotExact`, never as floats.

    Raises WrongKind for another content type, Unreadable for invalid UTF-8, duplicate keys, too deep
    nesting, lone
    surrogates, NUL characters, anything after the value, and for a value that is no object.
    """
    if request.mimetype != "application/json":
        raise WrongKind(_l("Please send JSON (Content-Type: application/json)."))
    found = read(request.get_data(cache=True))
    if not isinstance(found, dict):
        raise Unreadable(_l("Please send a JSON object."))
    return found


def read(data: bytes) -> Any:
    """`data` as a JSON value; see `body_object`."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=NotExact,
            parse_int=_integer,
            parse_constant=NotExact,
        )
        _check(value, 0)
    except UnicodeDecodeError as error:
        raise Unreadable(_l("The text is not valid UTF-8.")) from error
    except RecursionError as error:
        raise Unreadable(_l("The JSON is nested too deeply.")) from error
    except ValueError as error:
        raise Unreadable(_l("This is not valid JSON.")) from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable(_l("A key stands twice in the same JSON object."))
    return found


def _integer(text: str) -> int | NotExact:
    if len(text) > _LONGEST_INTEGER or text == "-0":
        return NotExact(text[:_LONGEST_INTEGER])
    return int(text)


def _check(value: Any, depth: int) -> None:
    if depth > _MOST_DEPTH:
        raise Unreadable(_l("The JSON is nested too deeply."))
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise Unreadable(_l("The text holds characters that can't be stored."))
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check(key, depth)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)
