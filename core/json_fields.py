"""JSON files field by field: what is there is checked where it stands, or refused with file and field."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from core.quoting import name_problem, quoted

_LONGEST_NUMBER = 40

MESSAGES = {
    "too_large": "is larger than %(most)s bytes",
    "not_utf8": "is not UTF-8 text; save the file as UTF-8",
    "not_json": "is not JSON: %(reason)s",
    "nested": "is nested too deeply",
    "repeated_key": "the key %(key)s stands twice in one object",
    "missing": "is missing",
    "not_an_object": "must be an object {…}, not %(value)s",
    "not_a_list": "must be a list […], not %(value)s",
    "not_text": "must be text, not %(value)s",
    "not_true_or_false": "must be true or false, not %(value)s",
    "not_whole": "must be a whole number from %(least)s to %(most)s, not %(value)s",
    "not_a_number": "must be a number from %(least)s to %(most)s with at most %(places)s decimals,"
    " not %(value)s",
    "name_empty": "must not be empty",
    "name_too_long": "is longer than %(most)s characters",
    "name_bad_character": "contains the character %(character)s",
    "wrong_format": "must be %(wanted)s, not %(value)s",
    "not_a_pair": "must be a pair [judge, team], not %(value)s",
    "duplicate_id": "the id %(value)s was used before, in %(first)s",
    "unknown": "%(value)s is not among %(where)s",
    "twice": "%(value)s stands in the list twice",
    "too_many": "has %(found)s items; at most %(most)s are possible",
    "empty": "must not be empty",
    "min_above_max": "the least load, %(least)s, is above the greatest, %(most)s",
    "needs": "needs %(other)s, too",
    "refused": "%(reason)s",
}


class FieldError(ValueError):
    """A file can't be used.

    `name` is the file, `path` the field ("judges[3].max_load"; "" is all of it), `code` a key of MESSAGES
    with `params`; str() is the sentence.
    """

    def __init__(self, path: str, code: str, **params: object) -> None:
        self.name = ""
        self.path = path
        self.code = code
        self.params = {key: str(value) for key, value in params.items()}
        super().__init__(MESSAGES[code] % self.params)

    def __str__(self) -> str:
        return ": ".join(part for part in (self.name, self.path, str(self.args[0])) if part)


@dataclass(frozen=True, slots=True)
class Field:
    """A value and where it stands."""

    value: Any
    path: str = ""

    def refuse(self, code: str, **params: object) -> FieldError:
        """The error to raise for this field; its value is among the parameters."""
        return FieldError(self.path, code, **({"value": quoted(self.value)} | params))

    def get(self, key: str) -> Field:
        """The member of that name. Raises FieldError when it is missing or null."""
        found = self.find(key)
        if found is None:
            raise FieldError(self._below(key), "missing")
        return found

    def find(self, key: str) -> Field | None:
        """The member of that name; None when it is missing or null."""
        members = self.members()
        value = members.get(key)
        return None if value is None else Field(value, self._below(key))

    def members(self) -> dict[str, Any]:
        """All members of an object."""
        if not isinstance(self.value, dict):
            raise self.refuse("not_an_object")
        return self.value

    def fields(self) -> Iterator[tuple[Field, Field]]:
        """Keys and values of an object."""
        for key, value in self.members().items():
            yield Field(key, self._below(key)), Field(value, self._below(key))

    def items(self, most: int = 10_000_000) -> list[Field]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.refuse("not_a_list")
        if len(self.value) > most:
            raise self.refuse("too_many", found=len(self.value), most=most)
        return [Field(value, f"{self.path}[{place}]") for place, value in enumerate(self.value)]

    def text(self) -> str:
        """Any text."""
        if not isinstance(self.value, str):
            raise self.refuse("not_text")
        return self.value

    def name(self) -> str:
        """Text that can name something: not empty, not too long, no control characters."""
        found = self.text()
        if problem := name_problem(found):
            code, params = problem
            raise self.refuse(f"name_{code}", **params)
        return found

    def flag(self) -> bool:
        """true or false."""
        if not isinstance(self.value, bool):
            raise self.refuse("not_true_or_false")
        return self.value

    def whole(self, least: int, most: int) -> int:
        """A whole number; 3.0 is not one."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.refuse("not_whole", least=least, most=most)
        return value

    def number(self, least: int, most: int, places: int) -> Decimal:
        """An exact decimal number."""
        value = self.value
        if isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        fine = isinstance(value, Decimal) and value.is_finite() and least <= value <= most
        if not fine or value != round(value, places):
            raise self.refuse("not_a_number", least=least, most=most, places=places)
        return Decimal(value)

    def known(self, among: Any, where: str) -> str:
        """A text that stands among others."""
        found = self.text()
        if found not in among:
            raise self.refuse("unknown", where=where)
        return found

    def distinct(self, read: Callable[[Field], Any]) -> list[Any]:
        """The items of a list as `read` reads them, none of them twice."""
        seen: set[Any] = set()
        found = []
        for item in self.items():
            value = read(item)
            if value in seen:
                raise item.refuse("twice")
            seen.add(value)
            found.append(value)
        return found

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def read_json(data: bytes, largest: int) -> Field:
    """The whole of a JSON file in UTF-8; numbers with a point stay exact decimals, and NaN is none.

    Raises FieldError.
    """
    if len(data) > largest:
        raise FieldError("", "too_large", most=largest)
    try:
        text = data.decode("utf-8-sig")
        parsed = json.loads(
            text,
            parse_float=_number,
            parse_int=_number,
            parse_constant=str,
            object_pairs_hook=_unique,
        )
    except UnicodeDecodeError:
        raise FieldError("", "not_utf8") from None
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise FieldError("", "not_json", reason=reason) from None
    except RecursionError:
        raise FieldError("", "nested") from None
    return Field(parsed)


def _number(text: str) -> int | Decimal | str:
    """The number; one that is far too long stays text, so that the field it stands in is named as wrong."""
    if len(text) > _LONGEST_NUMBER:
        return text
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise FieldError("", "repeated_key", key=quoted(key))
        found[key] = value
    return found
