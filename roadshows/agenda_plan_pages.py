"""A planning run in plain words: how far it is, how good what it found is, what would move, what collides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from core.languages import Run
from roadshows import agenda_sentences as say
from roadshows import labels
from roadshows.agenda_draft import Draft
from roadshows.agenda_posed import room_id, slot_id
from roadshows.agenda_texts import cause_sentences
from roadshows.operations.agenda_plans import spots_of

_PHASES: dict[str, Any] = {
    "queued": _l("Waits for its turn"),
    "starting": _l("Starts"),
    "check": _l("Checks whether the rules can be kept at all"),
    "frame": _l("Spreads tracks over rooms and halves of days"),
    "place": _l("Looks for a place for each session"),
    "improve": _l("Makes the plan better"),
    "prove": _l("Looks whether anything better is possible"),
}
_FAILURES: dict[str, Any] = {
    "solver_missing": _l("The solver is not installed here. Please install ortools."),
    "timeout": _l("The planner did not come to an end and was stopped."),
    "crashed": _l("The planner broke down. Please try again; if it stays, tell those who run the site."),
    "busy": _l("Other plans are being computed. Please try again in a few minutes."),
    "lost": _l("The server was restarted twice while this was computed. Please try again."),
    "nothing_to_plan": _l("There is nothing to plan: every session has its place."),
}
_UNKNOWN_FAILURE = _l(
    "This could not be computed. Please try again; if it stays, tell those who run the site."
)


@dataclass(frozen=True)
class Progress:
    """How far a run is. share: placed of all in percent; gap: in words, "" while there is nothing to say."""

    phase: str
    placed: int
    of: int
    share: int
    gap: str
    seconds: int


@dataclass(frozen=True)
class Move:
    """What the proposal would change for one session. old: "" when it had no place; stays: only its
    interpreter is another one."""

    key: str
    title: Run
    old: str
    new: str
    stays: bool


@dataclass(frozen=True)
class Proposal:
    """What a run found. quality: in plain words; limits: why it stopped early, or ""."""

    placed: int
    unplaced: Sequence[Run]
    moves: Sequence[Move]
    quality: str
    limits: str

    @property
    def counts(self) -> dict[str, int]:
        """How many get a place, move, and get another interpreter only."""
        return {
            "new": sum(not one.old for one in self.moves),
            "moved": sum(bool(one.old) and not one.stays for one in self.moves),
            "interpreter": sum(one.stays for one in self.moves),
        }


def progress(kept: Mapping[str, Any], is_queued: bool) -> Progress:
    """What the job has kept of a run."""
    phase = "queued" if is_queued else str(kept.get("phase", "starting"))
    placed, of = int(kept.get("placed") or 0), int(kept.get("of") or 0)
    return Progress(
        str(_PHASES.get(phase, _PHASES["starting"])),
        placed,
        of,
        round(100 * placed / of) if of else 0,
        gap_in_words(kept.get("objective"), kept.get("bound")) if placed == of and of else "",
        int(kept.get("seconds") or 0),
    )


def gap_in_words(objective: int | None, bound: int | None) -> str:
    """How far from the best possible a plan with this price is at most."""
    if objective is None or bound is None:
        return ""
    if objective <= bound:
        return _("Proven: no agenda is better.")
    short = 100 * (objective - bound) / max(1, objective)
    percent = math.ceil(10 * short) / 10 if short < 10 else math.ceil(short)
    return _("At most %(percent)s short of the best possible.", percent=f"{percent:g} %")


def proposal(outcome: Mapping[str, Any], draft: Draft) -> Proposal:
    """What would move, compared with the draft as it stands now."""
    spots = spots_of(dict(outcome), draft)
    moves = []
    for key, spot in spots.items():
        session = draft.session_of[key]
        if spot == session.spot or spot.slot_id not in draft.slot_of:
            continue
        if spot.room_id is not None and spot.room_id not in draft.room_of:
            continue
        moves.append(
            Move(
                key,
                say.run_of(session.title),
                _place(draft, key, session.spot) if session.is_placed else "",
                _place(draft, key, spot),
                (spot.slot_id, spot.room_id) == (session.spot.slot_id, session.spot.room_id),
            )
        )
    unplaced = [
        say.run_of(draft.session_of[key].title) for key in outcome["unplaced"] if key in draft.session_of
    ]
    return Proposal(len(spots), unplaced, moves, _quality(outcome, unplaced), _limits(outcome))


def failure(outcome: Mapping[str, Any]) -> str:
    """Why a run came to nothing."""
    return str(_FAILURES.get(outcome["error"], _UNKNOWN_FAILURE))


def collisions(outcome: Mapping[str, Any], draft: Draft) -> list[str]:
    """The rules that can't all be kept, in the reader's language."""
    return cause_sentences(outcome.get("conflict", ()), _names(draft))


def _names(draft: Draft) -> dict[str, str]:
    """What the planner's ids are called."""
    sessions = {one.key: say.words(one.title) for one in draft.sessions}
    slots = {slot_id(one.id): say.time_of(draft, one.id) for one in draft.slots}
    rooms = {room_id(one.id): say.words(one.name) for one in draft.rooms}
    cities = {one.slug: say.words(one.name) for one in draft.cities}
    pairs = {key: str(words) for key, words in labels.PAIRS.items()}
    return sessions | slots | rooms | cities | pairs | draft.names


def _place(draft: Draft, key: str, spot: Any) -> str:
    where = say.place(draft, spot, draft.session_of[key])
    name = say.interpreter_name(draft, spot.interpreter_id)
    return f"{where} · {name}" if name else where


def _quality(outcome: Mapping[str, Any], unplaced: Sequence[Run]) -> str:
    if unplaced:
        return ngettext(
            "%(num)d session found no place in the time given.",
            "%(num)d sessions found no place in the time given.",
            len(unplaced),
        )
    words = gap_in_words(outcome.get("objective"), outcome.get("bound"))
    moved, least = outcome.get("moved"), outcome.get("moves_bound")
    if moved is None or least is None:
        return words
    if moved <= least:
        return words + " " + _("Fewer moves are not possible.")
    return (
        words
        + " "
        + ngettext(
            "At least %(num)d move is needed in any case.",
            "At least %(num)d moves are needed in any case.",
            least,
        )
    )


def _limits(outcome: Mapping[str, Any]) -> str:
    return {
        "time": _("The time was up: with more time it may get better."),
        "cancelled": _("You stopped the search: this is the best found until then."),
    }.get(str(outcome.get("stopped")), "")
