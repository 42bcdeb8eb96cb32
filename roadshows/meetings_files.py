"""Files of the format meetings/1: an instance in, completely checked, and what was found out.

Slots, tables, interpreters, teams and investors with what they can do, and the pairs that are wanted, as the
README beside the instances in tests/data/scheduling says; a few keys more say what stands already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.json_fields import Field, FieldError, read_json
from roadshows.meetings import NO_SLOT, MeetingsError, Problem, Timetable

FORMAT = "meetings/1"
LARGEST_FILE = 64 * 1024 * 1024  # bytes
MOST_SLOTS, MOST_PEOPLE, MOST_PAIRS, MOST_CELLS = 500, 5_000, 500_000, 20_000_000

_GREATEST_VALUE = 10**5
_MOST_PLACES = 3
_MOST_COUNT = 100_000
_MOST_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Instance:
    """A file as a problem. scale: whole points of the problem for one point of the file (values may have
    decimals).
    """

    name: str
    problem: Problem
    scale: int


@dataclass(frozen=True, slots=True)
class _People:
    ids: Mapping[str, int]
    free: NDArray[np.bool_]
    least: list[int]
    most: list[int]


def read_instance(data: bytes, name: str) -> Instance:
    """Read an instance from the bytes of the file `name`. Raises FieldError naming the field."""
    try:
        return _instance(read_json(data, LARGEST_FILE))
    except FieldError as error:
        error.name = name
        raise


def _instance(top: Field) -> Instance:
    found = top.get("format")
    if found.value != FORMAT:
        raise found.refuse("wrong_format", wanted=FORMAT)
    name = top.find("name")
    slots = _slots(top.get("slots"))
    teams, investors = _people(top.get("teams"), slots), _people(top.get("investors"), slots)
    pairs = top.get("pairs")
    numbers, values, interpreted = _pairs(pairs, teams, investors)
    if len(numbers) * len(slots) > MOST_CELLS:
        raise pairs.refuse("too_many", found=len(numbers), most=MOST_CELLS // len(slots))
    scale = _scale(values)
    must = np.zeros(len(numbers), bool)
    if (wanted := top.find("must")) is not None:
        must[wanted.distinct(lambda item: _pair_number(item, numbers, teams, investors))] = True
    interpreters = top.find("interpreters")
    team, investor = np.array(list(numbers), np.int32).reshape(-1, 2).T
    try:
        problem = Problem(
            slots=list(slots),
            teams=list(teams.ids),
            investors=list(investors.ids),
            team=team,
            investor=investor,
            value=np.array([int(value * scale) for value in values], np.int64),
            tables=_counts(top.get("tables"), len(slots)),
            interpreted=np.array(interpreted, bool),
            must=must,
            interpreters=None if interpreters is None else _counts(interpreters, len(slots)),
            team_free=teams.free,
            investor_free=investors.free,
            team_most=np.array(teams.most),
            investor_most=np.array(investors.most),
            team_least=np.array(teams.least),
            investor_least=np.array(investors.least),
            fixed=_held(top.find("fixed"), numbers, teams, investors, slots),
            base=_held(top.find("base"), numbers, teams, investors, slots),
        )
    except MeetingsError as error:
        raise FieldError(error.field, "refused", reason=error) from None
    return Instance(name.text() if name else "", problem, scale)


def _slots(field: Field) -> dict[str, int]:
    """Ids and their order; slots with times must not overlap, for nobody is in two at once."""
    items = _some(field, MOST_SLOTS)
    ids = _ids(field, items)
    spans = []
    for item in items:
        start, minutes = item.find("start"), item.find("minutes")
        length = None if minutes is None else minutes.whole(1, _MOST_MINUTES)
        if start is not None:
            began = _moment(start)
            try:
                spans.append((began, began + timedelta(minutes=length or 0), item))
            except OverflowError:
                raise start.refuse("refused", reason="is too late") from None
    spans.sort(key=lambda span: span[:2])
    for (_, end, first), (start_, _, second) in pairwise(spans):
        if start_ < end:
            raise second.refuse("refused", reason=f"begins before {first.path} ends")
    return ids


def _moment(field: Field) -> datetime:
    try:
        found = datetime.fromisoformat(field.text())
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise field.refuse("refused", reason="must be a time with offset such as 2027-05-12T09:00:00+09:00")
    return found


def _people(field: Field, slots: Mapping[str, int]) -> _People:
    items = _some(field, MOST_PEOPLE)
    free = np.ones((len(items), len(slots)), bool)
    least, most = [], []
    for place, item in enumerate(items):
        away = item.find("unavailable")
        if away is not None:
            free[place, [slots[slot.known(slots, "the slots")] for slot in away.items()]] = False
        greatest, smallest = item.get("max_meetings"), item.find("min_meetings")
        most.append(greatest.whole(0, _MOST_COUNT))
        least.append(0 if smallest is None else smallest.whole(0, _MOST_COUNT))
        if smallest is not None and least[-1] > most[-1]:
            raise smallest.refuse("refused", reason=f"is above max_meetings, {most[-1]}")
    return _People(_ids(field, items), free, least, most)


def _some(field: Field, most: int) -> list[Field]:
    items = field.items(most)
    if not items:
        raise field.refuse("empty")
    return items


def _ids(field: Field, items: Sequence[Field]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, item in enumerate(items):
        own = item.get("id")
        name = own.name()
        if name in found:
            raise own.refuse("duplicate_id", first=f"{field.path}[{found[name]}]")
        found[name] = place
    return found


def _pairs(
    field: Field, teams: _People, investors: _People
) -> tuple[dict[tuple[int, int], int], list[Decimal], list[bool]]:
    """Pairs of numbers and their places, values, whether an interpreter is needed."""
    numbers: dict[tuple[int, int], int] = {}
    values, interpreted = [], []
    for place, item in enumerate(field.items(MOST_PAIRS)):
        pair = (
            teams.ids[item.get("team").known(teams.ids, "the teams")],
            investors.ids[item.get("investor").known(investors.ids, "the investors")],
        )
        if pair in numbers:
            raise item.refuse("refused", reason=f"is the same pair as {field.path}[{numbers[pair]}]")
        numbers[pair] = place
        values.append(item.get("value").number(-_GREATEST_VALUE, _GREATEST_VALUE, _MOST_PLACES))
        speaks = item.find("interp")
        interpreted.append(speaks is not None and speaks.flag())
    return numbers, values, interpreted


def _pair_number(
    field: Field, numbers: Mapping[tuple[int, int], int], teams: _People, investors: _People
) -> int:
    """The place of a pair that stands as [team, investor]."""
    if not isinstance(field.value, list) or len(field.value) != 2:
        raise field.refuse("refused", reason="must be a pair [team, investor]")
    team, investor = field.items()
    pair = (
        teams.ids[team.known(teams.ids, "the teams")],
        investors.ids[investor.known(investors.ids, "the investors")],
    )
    if pair not in numbers:
        raise field.refuse("refused", reason="is not among the pairs")
    return numbers[pair]


def _held(
    field: Field | None,
    numbers: Mapping[tuple[int, int], int],
    teams: _People,
    investors: _People,
    slots: Mapping[str, int],
) -> NDArray[np.int64]:
    """Slots of meetings that stand as {"team", "investor", "slot"}; NO_SLOT for the other pairs."""
    found = np.full(len(numbers), NO_SLOT, np.int64)
    for item in [] if field is None else field.items(MOST_PAIRS):
        pair = Field([item.get("team").value, item.get("investor").value], item.path)
        place = _pair_number(pair, numbers, teams, investors)
        if found[place] != NO_SLOT:
            raise item.refuse("refused", reason="is a meeting that stands in the list twice")
        found[place] = slots[item.get("slot").known(slots, "the slots")]
    return found


def _counts(field: Field, slots: int) -> NDArray[np.int64]:
    """One number for all slots, or a list with one for each."""
    if not isinstance(field.value, list):
        return np.full(slots, field.whole(0, _MOST_COUNT))
    items = field.items()
    if len(items) != slots:
        raise field.refuse("refused", reason=f"has {len(items)} numbers for {slots} slots")
    return np.array([item.whole(0, _MOST_COUNT) for item in items])


def _scale(values: Sequence[Decimal]) -> int:
    places = (max(0, -int(value.normalize().as_tuple().exponent)) for value in values)
    return int(10 ** max(places, default=0))


def result_json(instance: Instance, found: Timetable, *, seed: int, seconds: float) -> dict[str, Any]:
    """What the command writes: the solution and its proof, or the rules that collide."""
    result: dict[str, Any] = {
        "format": FORMAT,
        "name": instance.name,
        "status": found.status,
        "stopped": found.stopped,
        "objective": points(found.objective, instance.scale),
        "bound": points(found.bound, instance.scale),
        "gap": found.gap,
        "seconds": round(seconds, 3),
        "seed": seed,
        "meetings": [
            {"team": team, "investor": investor, "slot": slot} for team, investor, slot in found.meetings
        ],
        "conflict": [
            {"rule": part.rule, "objects": list(part.objects), "message": part.message, "params": part.params}
            for part in found.conflict
        ],
    }
    base = instance.problem.base
    if (base != NO_SLOT).any():
        stood = base != NO_SLOT
        held = found.slot != NO_SLOT
        result["kept"] = int((stood & (found.slot == base)).sum())
        result["moved"] = int((stood & held & (found.slot != base)).sum())
        result["given_up"] = int((stood & ~held).sum())
    return result


def points(value: int | None, scale: int) -> int | float | None:
    """In points of the file; a decimal number only where values are."""
    if value is None or scale == 1:
        return value
    return value // scale if value % scale == 0 else value / scale
