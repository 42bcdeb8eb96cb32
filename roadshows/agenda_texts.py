"""Why there is no agenda, and what is wrong with one, in the reader's language.

Codes are those of `roadshows.agenda_words` (causes) and `roadshows.agenda_conflicts` (conflicts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from roadshows.agenda_conflicts import Conflict

_CAUSES: Mapping[str, Any] = {
    "too_long": _l("“%(event)s” takes %(minutes)s minutes; the longest slot has %(longest)s."),
    "no_city": _l("“%(event)s” is to be in %(city)s, where no room has a slot."),
    "no_slot": _l("“%(event)s” has no slot left: it can’t be in any slot of its city."),
    "no_interpreter": _l("Nobody interprets %(pair)s, which is needed by: %(names)s."),
    "no_interpreter_there": _l(
        "“%(event)s” needs an interpreter for %(pair)s; none of them is there in the slots left for it: "
        "%(names)s."
    ),
    "lock_city": _l("“%(event)s” belongs in %(city)s and is locked into another city."),
    "lock_slot": _l("“%(event)s” is locked into the slot %(slot)s, in which it can’t be."),
    "lock_taken": _l("“%(event)s” is locked into a place that is taken: %(slot)s, %(room)s."),
    "lock_interpreter": _l("“%(event)s” is locked to %(interpreter)s, who can’t interpret it."),
    "lock_nowhere": _l("The lock of “%(event)s” leaves it no place."),
    "cells_needed": _l("%(count)s sessions need a slot and room each: %(names)s."),
    "cells_exist": _l(
        "For these sessions there are only %(cells)s places (slots: %(slots)s, rooms: %(rooms)s)."
    ),
    "city_needed": _l("%(count)s sessions are to be in %(city)s."),
    "city_exist": _l("%(city)s has only %(cells)s places, counting every slot of every room."),
    "speaker_sessions": _l("%(speaker)s speaks at %(count)s sessions: %(names)s."),
    "speaker_slots": _l("For these sessions only %(slots)s slots are possible."),
    "interpreter_sessions": _l("%(count)s sessions need an interpreter for %(pair)s: %(names)s."),
    "interpreter_slots": _l("%(interpreters)s can interpret in %(slots)s slots altogether."),
    "interpreter_rest": _l("A break is due after %(most)s slots in a row, which leaves %(slots)s slots."),
    "together": _l("These sessions can’t all be placed: %(names)s."),
    "speaker": _l("%(speaker)s can be in one place at a time and speaks at: %(names)s."),
    "engagement": _l("%(person)s is busy elsewhere."),
    "travel": _l("Going from one venue to another takes time."),
    "stretch": _l("%(interpreter)s interprets no more than %(most)s slots in a row."),
    "interpreters": _l("An interpreter for %(pair)s is needed by: %(names)s."),
    "unavailable": _l("“%(event)s” can’t be in these slots: %(names)s."),
    "interpreter_unavailable": _l("%(interpreter)s isn’t there in these slots: %(names)s."),
    "length": _l("“%(event)s” takes %(minutes)s minutes, more than some slots have."),
    "lock": _l("“%(event)s” is locked."),
    "blocked": _l("%(count)s places are taken by what isn’t planned here."),
    "rooms": _l("A room holds one session at a time."),
}

# Which parameter lists objects, and how many objects stand before those.
_LISTS: Mapping[str, tuple[str, int]] = {
    "no_interpreter": ("names", 0),
    "no_interpreter_there": ("names", 1),
    "cells_needed": ("names", 0),
    "speaker_sessions": ("names", 1),
    "interpreter_sessions": ("names", 0),
    "interpreter_slots": ("interpreters", 0),
    "together": ("names", 0),
    "speaker": ("names", 1),
    "interpreters": ("names", 0),
    "unavailable": ("names", 1),
    "interpreter_unavailable": ("names", 1),
}

_CONFLICTS: Mapping[str, Any] = {
    "room_taken": _l("The room is taken at this time."),
    "city": _l("Session, slot and room aren’t in one city."),
    "too_long": _l("The session is longer than the slot."),
    "unavailable_event": _l("The session can’t be in this slot."),
    "unavailable_speaker": _l("A speaker is busy elsewhere."),
    "speaker_twice": _l("A speaker would be in two places at once."),
    "speaker_travel": _l("A speaker hasn’t the time to get from one venue to the other."),
    "interpreter_missing": _l("No interpreter is free for it."),
    "interpreter_unneeded": _l("The session has an interpreter and needs none."),
    "interpreter_pair": _l("The interpreter doesn’t have this language pair."),
    "unavailable_interpreter": _l("The interpreter isn’t there."),
    "interpreter_twice": _l("The interpreter would be in two places at once."),
    "interpreter_travel": _l("The interpreter hasn’t the time to get from one venue to the other."),
    "interpreter_stretch": _l("The interpreter would work too many slots in a row."),
    "capacity": _l("More people are expected than the room has seats."),
}

# Each of these stands in the way by itself; the others only collide together.
_ALONE = frozenset(
    [
        "too_long",
        "no_city",
        "no_slot",
        "no_interpreter",
        "no_interpreter_there",
        "lock_city",
        "lock_slot",
        "lock_taken",
        "lock_interpreter",
        "lock_nowhere",
    ]
)
_MOST_NAMES = 12
_MOST_SENTENCES = 12


def is_collision(conflict: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the rules only collide together, so that giving up any one of them would do."""
    return len(conflict) > 1 and not all(part["rule"] in _ALONE for part in conflict)


def cause_sentences(conflict: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[str]:
    """Why there is no agenda: one sentence for each part of a result's `conflict`, at most a dozen; ids of
    sessions, people, slots and rooms become names (id → name; an id without one stays)."""
    found = [_cause(part, names) for part in conflict[:_MOST_SENTENCES]]
    if more := len(conflict) - len(found):
        found.append(ngettext("and %(num)d more like it", "and %(num)d more like these", more))
    return found


def _cause(part: Mapping[str, Any], names: Mapping[str, str]) -> str:
    params = {key: _named(text, names) for key, text in part["params"].items()}
    if part["rule"] in _LISTS:
        key, skipped = _LISTS[part["rule"]]
        params[key] = _listed([names.get(one, one) for one in part["objects"][skipped:]])
    template = _CAUSES.get(part["rule"])
    return _named(part["message"], names) if template is None else str(template) % params


def conflict_sentence(conflict: Conflict) -> str:
    """What is wrong, without names: who is meant stands beside it."""
    return reason(conflict.kind)


def reason(kind: str) -> str:
    """What a kind of conflict means, also as the reason why a cell is busy."""
    return str(_CONFLICTS[kind])


def proof_in_words(outcome: Mapping[str, Any]) -> str:
    """How good an agenda is, as far as is proven; `outcome` has objective, bound, gap, moved and
    moves_bound.
    """
    if outcome["objective"] is None:
        return _("Some sessions have no place yet.")
    if not outcome["gap"]:
        return _("Proven: no better agenda exists under these rules.")
    percent = f"{100 * float(outcome['gap']):.1f}"
    return _(
        "At most %(percent)s %% of its price could be saved; whether that is possible isn’t known.",
        percent=percent,
    )


def moves_in_words(moved: int, least: int) -> str:
    """How many sessions move, and whether fewer would do."""
    if moved == least:
        return ngettext(
            "%(num)d session moves; proven to be the fewest.",
            "%(num)d sessions move; proven to be the fewest.",
            moved,
        )
    return ngettext(
        "%(num)d session moves; at least %(least)d must.",
        "%(num)d sessions move; at least %(least)d must.",
        moved,
        least=least,
    )


def _listed(names: Sequence[str]) -> str:
    shown = _(", ").join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return _("%(names)s and %(count)d more", names=shown, count=more) if more > 0 else shown


def _named(text: str, names: Mapping[str, str]) -> str:
    """Ids stand quoted in parameters; here the names stand instead, or the id alone."""
    if len(text) > 1 and text[0] == text[-1] == "'":
        return names.get(text[1:-1], text[1:-1])
    return text
