"""What a timetable of meetings is like, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from roadshows import meetings_texts


def quality(outcome: Mapping[str, Any]) -> str:
    """How good a timetable is, as far as is proven; "" for none."""
    if outcome.get("objective") is None:
        return ""
    if not outcome.get("gap"):
        return _("Proven: no other timetable fulfills the wishes better.")
    percent = 100 * float(outcome["gap"])
    return _(
        "At most %(percent)s %% short of the best possible; the time was up.",
        percent=f"{percent:.2f}",
    )


def sentences(
    conflict: Sequence[Mapping[str, Any]], names: Mapping[str, str], slots: Mapping[str, str]
) -> list[str]:
    """One sentence for each of the rules that collide; keys of parties and slots become their names."""
    return meetings_texts.sentences(conflict, {**names, **slots})
