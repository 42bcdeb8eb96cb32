"""Who gets which prize and who goes on: places are filled by rank, and ties on a line go as the rule says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from judging.exact import plain
from judging.problems import RuleError
from judging.rule_reading import as_object, choice, number

PRIZE_TIES = ("open", "widen", "narrow", "split")
ADVANCE_BY = ("places", "line")
ADVANCE_TIES = ("open", "all")


@dataclass(frozen=True, slots=True)
class PrizeLine:
    """A prize and how many places it has; the best rank first. `name` is three-language text."""

    id: int
    name: Mapping[str, str]
    places: int


@dataclass(frozen=True, slots=True)
class Advance:
    """Who goes on into the next round.

    by `places`: the first so many as the round has places for; by `line`: all whose total reaches `line`
    (where the lowest total wins: doesn't exceed it). ties: what becomes of those who share a rank across the
    last place: `open`, a person decides; `all` of them go on.
    """

    by: str = "places"
    line: Fraction | None = None
    ties: str = "open"

    def to_json(self) -> dict[str, Any]:
        return {
            "by": self.by,
            "line": None if self.line is None else plain(self.line),
            "ties": self.ties,
        }


@dataclass(frozen=True, slots=True)
class OpenTie:
    """Subjects that share a rank across a line: `fit` of them still have a place above it, the others don't.

    `line` is "prize" or "advance"; `prize` the id of the prize above the line.
    """

    line: str
    subjects: tuple[str, ...]
    fit: int
    prize: int | None = None


@dataclass(frozen=True, slots=True)
class SharedPrize:
    """More subjects than places: the `places` that were left of a prize belong to all of them together."""

    prize: int
    subjects: tuple[str, ...]
    places: int

    def to_json(self) -> dict[str, Any]:
        return {"prize": self.prize, "subjects": list(self.subjects), "places": self.places}


@dataclass(frozen=True, slots=True)
class Allotment:
    """Who gets which prize (subject → prize id), who goes on (None: nobody was to), what is still open, and
    which prizes are shared by more subjects than they have places.
    """

    prizes: Mapping[str, int]
    advancing: frozenset[str] | None
    open_ties: tuple[OpenTie, ...]
    shared: tuple[SharedPrize, ...] = ()


def allot(
    ranks: Sequence[tuple[str, int]],
    prizes: Sequence[PrizeLine],
    advance_places: int | None,
    *,
    prize_ties: str = "open",
    advance: Advance | None = None,
    totals: Mapping[str, Fraction] | None = None,
    low_totals_win: bool = False,
) -> Allotment:
    """Give prizes and places in the next round by rank.

    ranks: (subject, rank) from the best on, those of one rank together, who always get the same. prize_ties
    says what happens where a prize's last place runs through them:

    - `open`: nobody of them gets anything yet; the tie is open. Places are counted as if it were decided.
    - `widen`: all of them get the prize above the line.
    - `narrow`: none of them does; they get the next prize that has a place for each of them, or none.
    - `split`: all of them get the prize above the line, marked as shared.

    In the last three the following prizes keep their number of places, counted from the end of the tied.
    advance: see `Advance`; by `line` it needs the `totals` and takes no account of `advance_places`.
    """
    groups = [tuple(subject for subject, _ in group) for _, group in groupby(ranks, key=lambda pair: pair[1])]
    advance = advance or Advance()
    if prize_ties == "open":
        got, open_ties = _by_places(groups, prizes)
        shared: list[SharedPrize] = []
    else:
        got, shared = _by_ladder(groups, prizes, prize_ties)
        open_ties = []
    if advance.by == "line":
        if advance.line is None or totals is None:
            raise ValueError("advancing by a line needs the line and the totals")
        line = advance.line
        going = {
            subject
            for group in groups
            for subject in group
            if (totals[subject] <= line if low_totals_win else totals[subject] >= line)
        }
        return Allotment(got, frozenset(going), tuple(open_ties), tuple(shared))
    if advance_places is None:
        return Allotment(got, None, tuple(open_ties), tuple(shared))
    chosen, on_line = _going(groups, advance_places, advance.ties)
    return Allotment(got, chosen, _in_order(groups, open_ties + on_line), tuple(shared))


def _in_order(groups: Sequence[tuple[str, ...]], ties: Sequence[OpenTie]) -> tuple[OpenTie, ...]:
    place = {group: number for number, group in enumerate(groups)}
    return tuple(sorted(ties, key=lambda tie: place[tie.subjects]))


def _by_places(
    groups: Sequence[tuple[str, ...]], prizes: Sequence[PrizeLine]
) -> tuple[dict[str, int], list[OpenTie]]:
    """Prize k goes to the places from the sum of the prizes before it on; a tie across a line stays open."""
    got: dict[str, int] = {}
    open_ties: list[OpenTie] = []
    before = 0
    for subjects in groups:
        end = before + len(subjects)
        above = 0
        for prize in prizes:
            below = above + prize.places
            if above <= before and end <= below:
                got.update(dict.fromkeys(subjects, prize.id))
            elif before < below < end:
                open_ties.append(OpenTie("prize", subjects, below - before, prize.id))
            above = below
        before = end
    return got, open_ties


def _by_ladder(
    groups: Sequence[tuple[str, ...]], prizes: Sequence[PrizeLine], ties: str
) -> tuple[dict[str, int], list[SharedPrize]]:
    """Prizes are given out one after the other; a tie on a line ends the prize there."""
    got: dict[str, int] = {}
    shared: list[SharedPrize] = []
    ladder = [prize for prize in prizes if prize.places > 0]
    step, left = 0, ladder[0].places if ladder else 0

    def next_prize() -> None:
        nonlocal step, left
        step += 1
        left = ladder[step].places if step < len(ladder) else 0

    for subjects in groups:
        if ties == "narrow":
            while step < len(ladder) and len(subjects) > left:
                next_prize()
        if step == len(ladder):
            break
        got.update(dict.fromkeys(subjects, ladder[step].id))
        if len(subjects) > left and ties == "split":
            shared.append(SharedPrize(ladder[step].id, subjects, left))
        left -= len(subjects)
        if left <= 0:
            next_prize()
    return got, shared


def _going(groups: Sequence[tuple[str, ...]], places: int, ties: str) -> tuple[frozenset[str], list[OpenTie]]:
    going: set[str] = set()
    before = 0
    for subjects in groups:
        end = before + len(subjects)
        if end <= places or (before < places and ties == "all"):
            going.update(subjects)
        elif before < places:
            return frozenset(going), [OpenTie("advance", subjects, places - before)]
        before = end
    return frozenset(going), []


def read_prize_ties(data: object) -> str:
    """The rule's key `prizes`."""
    return choice(as_object(data, "prizes", ("ties",), optional=True), "ties", "prizes.", PRIZE_TIES)


def read_advance(data: object) -> Advance:
    """The rule's key `advance`."""
    given = as_object(data, "advance", ("by", "line", "ties"), optional=True)
    by = choice(given, "by", "advance.", ADVANCE_BY)
    line = given.get("line")
    if by == "line" and line is None:
        raise RuleError("advance.line", "line_missing")
    if by != "line" and line is not None:
        raise RuleError("advance.line", "line_unused")
    return Advance(
        by,
        None if line is None else number(line, "advance.line"),
        choice(given, "ties", "advance.", ADVANCE_TIES),
    )
