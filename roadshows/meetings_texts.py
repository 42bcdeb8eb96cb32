"""Why a timetable of meetings can't be, and how good one is, in the reader's language.

Codes are those of `roadshows.meetings_words`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

_SENTENCES: Mapping[str, Any] = {
    "no_common_slot": _l(
        "“%(team)s” and “%(investor)s” must meet, but no slot suits both. Ask one of them for another time, "
        "or give up the “must”."
    ),
    "no_slot_beside_fixed": _l(
        "“%(team)s” and “%(investor)s” must meet, but whenever both are available, fixed meetings, their own "
        "or others, leave no room. Release one of those."
    ),
    "must_over_most": _l(
        "“%(person)s” has %(count)s meetings that must be held and may have %(most)s: with %(names)s."
    ),
    "must_over_slots": _l(
        "“%(person)s” has %(count)s meetings that must be held, and only %(slots)s slots suit any of them: "
        "with %(names)s."
    ),
    "least_over_partners": _l(
        "“%(person)s” is promised %(least)s meetings, and only %(partners)s partners are possible."
    ),
    "least_over_slots": _l(
        "“%(person)s” is promised %(least)s meetings, and only %(slots)s slots suit both “%(person)s” and a "
        "possible partner."
    ),
    "fixed_unavailable": _l(
        "The meeting of “%(team)s” and “%(investor)s” is fixed to %(slot)s, when “%(person)s” is not "
        "available."
    ),
    "fixed_together": _l("“%(person)s” has %(count)s meetings fixed to %(slot)s: with %(names)s."),
    "fixed_over_tables": _l("%(count)s meetings are fixed to %(slot)s, which has %(tables)s tables."),
    "fixed_over_interpreters": _l(
        "%(count)s meetings with interpreting are fixed to %(slot)s, which has %(interpreters)s interpreters."
    ),
    "must_meet": _l(
        "Meetings that must be held (%(count)s in all; slots that suit any of them: %(slots)s): %(names)s."
    ),
    "fixed": _l("Fixed meetings (%(count)s in all): %(names)s."),
    "least": _l("Meetings promised, taken together: %(places)s, to %(names)s."),
    "most": _l("Meetings possible at most, taken together: %(places)s, for %(names)s."),
    "one_at_a_time": _l(
        "One meeting at a time makes no more than %(places)s in the slots that matter, for %(names)s."
    ),
    "tables": _l("Tables for no more than %(places)s meetings, taken together, in %(names)s."),
    "interpreters": _l("Interpreters for no more than %(places)s meetings, taken together, in %(names)s."),
    "tables_in_all": _l(
        "All %(count)s slots together hold %(places)s meetings at most, by their tables and by who is "
        "available."
    ),
    "interpreters_in_all": _l(
        "All %(count)s slots together hold %(places)s meetings with interpreting at most."
    ),
}

# Each of these stands in the way by itself; the others only collide together.
_ALONE = frozenset(
    [
        *("no_common_slot", "no_slot_beside_fixed", "must_over_most", "must_over_slots"),
        *("least_over_partners", "least_over_slots", "fixed_unavailable", "fixed_together"),
        *("fixed_over_tables", "fixed_over_interpreters"),
    ]
)
_MOST_SENTENCES = 12
_QUOTED = re.compile(r"'([^']*)'")
_AND_MORE = re.compile(r" and (\d+) more$")


def is_collision(conflict: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the rules only collide together, so that giving up any one of them would do."""
    return len(conflict) > 1 and not all(row["rule"] in _ALONE for row in conflict)


def sentences(conflict: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[str]:
    """One sentence per colliding rule, at most a dozen. names: of teams and investors and the times of slots,
    by id, as they are to be read.
    """
    found = [_sentence(row, names) for row in conflict[:_MOST_SENTENCES]]
    if more := len(conflict) - len(found):
        found.append(ngettext("and %(num)d more like it", "and %(num)d more like these", more))
    return found


def _sentence(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    params = {
        key: _listed(text, names) if key == "names" else _named(text, names)
        for key, text in row["params"].items()
    }
    return str(_SENTENCES[row["rule"]]) % params


def _named(text: str, names: Mapping[str, str]) -> str:
    """The solver quotes the ids it names; here the names stand instead."""
    return _QUOTED.sub(lambda found: names.get(found[1], found[1]), text)


def _listed(text: str, names: Mapping[str, str]) -> str:
    """A list of the solver in the reader's language."""
    more = _AND_MORE.search(text)
    listed = text[: more.start()] if more else text
    shown = _named(listed.replace("', '", "'" + _(", ") + "'"), names)
    return _("%(names)s and %(count)d more", names=shown, count=int(more[1])) if more else shown


def gap_in_words(outcome: Mapping[str, Any]) -> str:
    """How good a timetable is, as far as is proven."""
    if not outcome["gap"]:
        return _("Proven: no better timetable exists under these rules.")
    percent = 100 * float(outcome["gap"])
    return _("At most %(percent)s %% short of the best possible.", percent=f"{percent:.2f}")
