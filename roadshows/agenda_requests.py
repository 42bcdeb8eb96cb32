"""What an editor asks for, by the API or by a form, checked and carried out as one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from accounts.models import Person
from core.errors import BadInput
from roadshows.models import Roadshow
from roadshows.operations import agenda, agenda_steps
from roadshows.operations.agenda_steps import Done

_NUMBER = _l("This has to be a whole number.")
_TEXT = _l("This has to be text.")
_MOST_SPOTS = 20

STEPS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "place": (frozenset({"session", "slot", "room"}), frozenset({"interpreter"})),
    "unplace": (frozenset({"session"}), frozenset()),
    "interpreter": (frozenset({"session", "interpreter"}), frozenset()),
    "lock": (frozenset({"session"}), frozenset()),
    "unlock": (frozenset({"session"}), frozenset()),
    "swap": (frozenset({"session", "other"}), frozenset()),
    "repair": (frozenset({"spots"}), frozenset()),
    "undo": (frozenset(), frozenset()),
    "redo": (frozenset(), frozenset()),
}
"""What each step needs, and what it may have: `session` and `other` are keys; `slot`, `room`, `interpreter`
are ids, null for none (an absent `interpreter`: whoever is free); `spots` is a list of objects with session,
slot, room and interpreter."""


def carry_out(*, roadshow: Roadshow, asked: Mapping[str, Any], who: Person | None) -> Done:
    """Carry out {"do": one of STEPS, "seen": revision, …}. Raises BadInput naming what can't be read, and
    what the operations raise."""
    step = _checked(asked)
    here: Any = {"roadshow": roadshow, "seen": asked["seen"], "who": who}
    key = asked.get("session", "")
    match step:
        case "place":
            person = asked.get("interpreter", agenda.WHOEVER)
            return agenda.place_session(
                key=key, slot_id=asked["slot"], room_id=asked["room"], interpreter_id=person, **here
            )
        case "unplace":
            return agenda.unplace_session(key=key, **here)
        case "interpreter":
            return agenda.set_interpreter(key=key, interpreter_id=asked["interpreter"], **here)
        case "lock" | "unlock":
            return agenda.set_lock(key=key, is_locked=step == "lock", **here)
        case "swap":
            return agenda.swap_sessions(key=key, other=asked["other"], **here)
        case "repair":
            spots = {one["session"]: (one["slot"], one["room"], one["interpreter"]) for one in asked["spots"]}
            return agenda.rearrange(spots=spots, **here)
        case "undo":
            return agenda_steps.undo(**here)
        case _:
            return agenda_steps.redo(**here)


def _checked(asked: Mapping[str, Any]) -> str:
    """The step's name, once everything it needs is there and of the right kind."""
    step = asked.get("do")
    if not isinstance(step, str) or step not in STEPS:
        raise BadInput(
            _l("This can't be carried out."),
            fields={"do": _l("This has to be one of %(list)s.", list=", ".join(STEPS))},
        )
    needed, allowed = STEPS[step]
    wrong: dict[str, Any] = {
        name: _l("This is not known here.") for name in asked if name not in needed | allowed | {"do", "seen"}
    }
    wrong |= {name: _l("This is missing.") for name in needed | {"seen"} if name not in asked}
    wrong |= _wrong_kinds(asked)
    if wrong:
        raise BadInput(_l("This can't be carried out."), fields=wrong)
    return step


def _wrong_kinds(asked: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    for name in ("session", "other"):
        if name in asked and (not isinstance(asked[name], str) or len(asked[name]) > 40):
            wrong[where + name] = _TEXT
    for name, empty in (("seen", False), ("slot", False), ("room", True), ("interpreter", True)):
        if name in asked and not _is_id(asked[name], empty):
            wrong[where + name] = _NUMBER
    if "spots" in asked:
        wrong |= _wrong_spots(asked["spots"])
    return wrong


def _wrong_spots(spots: Any) -> dict[str, Any]:
    if not isinstance(spots, list) or not 0 < len(spots) <= _MOST_SPOTS:
        return {"spots": _l("This has to be a list of places.")}
    wrong: dict[str, Any] = {}
    for number, one in enumerate(spots):
        where = f"spots.{number}."
        if not isinstance(one, dict) or one.keys() != {"session", "slot", "room", "interpreter"}:
            wrong[where.rstrip(".")] = _l("This has to be an object with session, slot, room, interpreter.")
        else:
            wrong |= _wrong_kinds(one, where)
    return wrong


def _is_id(value: Any, empty: bool) -> bool:
    if value is None:
        return empty
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
