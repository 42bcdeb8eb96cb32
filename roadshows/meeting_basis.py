"""What a timetable of meetings is computed from, and the planner's problem that it poses: no web, no
database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NO_SLOT = -1
_UNASKED = 1
"""What a meeting is worth that stands though nobody wished for it."""


@dataclass(frozen=True, slots=True)
class SlotBasis:
    """A stretch of time with its tables and interpreters. closed: it has begun or is too near to be
    changed."""

    key: str
    tables: int
    interpreters: int
    closed: bool = False


@dataclass(frozen=True, slots=True)
class PartyBasis:
    """A team or an investor. busy: indices of slots in which it can't be had. languages: in which it
    talks."""

    key: str
    languages: frozenset[str]
    most: int
    least: int
    busy: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class StandingMeeting:
    """A meeting that stands. fixed: it stays where it is (locked, held, begun)."""

    team: str
    investor: str
    slot: int
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What an organizer asks for.

    met_before: "lower" (worth less) or "exclude". keep: an equally good timetable close to what stands.
    """

    met_before: str = "lower"
    keep: bool = True
    seed: int = 1

    def to_json(self) -> dict[str, Any]:
        return {"met_before": self.met_before, "keep": self.keep, "seed": self.seed}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Settings:
        return cls(
            str(value.get("met_before", "lower")), bool(value.get("keep", True)), int(value.get("seed", 1))
        )


@dataclass(frozen=True, slots=True)
class Basis:
    """All of it. wishes: (from, about) → "must", "like" or "no". met: (team, investor) who know each
    other."""

    slots: Sequence[SlotBasis]
    teams: Sequence[PartyBasis]
    investors: Sequence[PartyBasis]
    wishes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    met: frozenset[tuple[str, str]] = frozenset()
    standing: Sequence[StandingMeeting] = ()
    declined: frozenset[tuple[str, str]] = frozenset()

    def meeting_at(self) -> dict[tuple[str, str], StandingMeeting]:
        return {(one.team, one.investor): one for one in self.standing}


Value = Callable[[str, str, bool, bool], tuple[int, bool] | None]
"""(team's wish, investor's wish, met before, exclude those) → worth and whether it must be held; None:
never."""


def needs_interpreter(one: PartyBasis, other: PartyBasis) -> bool:
    """They share no language; of somebody who named none nothing is known."""
    return bool(one.languages) and bool(other.languages) and not one.languages & other.languages


def wanted_pairs(basis: Basis, settings: Settings, value: Value) -> dict[tuple[str, str], tuple[int, bool]]:
    """(team, investor) → worth and must, of all who wish to meet and may; meetings that are fixed belong to
    them whatever was wished."""
    standing = basis.meeting_at()
    exclude = settings.met_before == "exclude"
    found: dict[tuple[str, str], tuple[int, bool]] = {}
    for team in basis.teams:
        for investor in basis.investors:
            pair = (team.key, investor.key)
            wishes = basis.wishes.get(pair, ""), basis.wishes.get((investor.key, team.key), "")
            stands = standing.get(pair)
            if stands is None and (pair in basis.declined or not any(wishes)):
                continue
            worth = value(*wishes, pair in basis.met, exclude) if any(wishes) else (_UNASKED, False)
            if stands is not None and stands.fixed:
                found[pair] = (max(worth[0], _UNASKED), False) if worth else (_UNASKED, False)
            elif worth is not None and worth[0] > 0:
                found[pair] = worth
    return found


def problem(basis: Basis, settings: Settings, value: Value, *, repair: bool = False) -> dict[str, Any]:
    """The fields of `roadshows.meetings_problem.Problem` as JSON: lists stand for arrays.

    Closed slots take nothing but what is fixed in them. A limit below what is fixed already makes way. Nobody
    must have more meetings than there are people to have them with: a refusal for that reason would tell who
    rather would not. repair: nothing has to be met, the standing timetable is only added to.
    """
    pairs = wanted_pairs(basis, settings, value)
    standing = basis.meeting_at()
    teams = {one.key: place for place, one in enumerate(basis.teams)}
    investors = {one.key: place for place, one in enumerate(basis.investors)}
    fixed = [standing[pair].slot if pair in standing and standing[pair].fixed else NO_SLOT for pair in pairs]
    at_fixed: dict[str, set[int]] = {}
    for pair, slot in zip(pairs, fixed, strict=True):
        if slot != NO_SLOT:
            for key in pair:
                at_fixed.setdefault(key, set()).add(slot)
    parties = {one.key: one for one in (*basis.teams, *basis.investors)}
    partners = Counter(key for pair in pairs for key in pair)

    def free(one: PartyBasis) -> list[bool]:
        held = at_fixed.get(one.key, set())
        return [
            place in held or not (slot.closed or place in one.busy) for place, slot in enumerate(basis.slots)
        ]

    def most(one: PartyBasis) -> int:
        return max(one.most, len(at_fixed.get(one.key, ())))

    def least(one: PartyBasis) -> int:
        return 0 if repair else min(one.least, partners[one.key])

    interpreted = [needs_interpreter(parties[team], parties[investor]) for team, investor in pairs]
    tables, interpreters = _places(basis, fixed, interpreted)
    return {
        "slots": [slot.key for slot in basis.slots],
        "teams": list(teams),
        "investors": list(investors),
        "team": [teams[team] for team, _investor in pairs],
        "investor": [investors[investor] for _team, investor in pairs],
        "value": [worth for worth, _must in pairs.values()],
        "must": [must and not repair for _worth, must in pairs.values()],
        "interpreted": interpreted,
        "tables": tables,
        "interpreters": interpreters,
        "team_free": [free(one) for one in basis.teams],
        "investor_free": [free(one) for one in basis.investors],
        "team_most": [most(one) for one in basis.teams],
        "investor_most": [most(one) for one in basis.investors],
        "team_least": [least(one) for one in basis.teams],
        "investor_least": [least(one) for one in basis.investors],
        "fixed": fixed,
        "base": [standing[pair].slot if settings.keep and pair in standing else NO_SLOT for pair in pairs],
    }


def _places(basis: Basis, fixed: Sequence[int], interpreted: Sequence[bool]) -> tuple[list[int], list[int]]:
    """Tables and interpreters of each slot: never fewer than what is fixed there takes already."""
    tables, interpreters = [0] * len(basis.slots), [0] * len(basis.slots)
    for slot, through in zip(fixed, interpreted, strict=True):
        if slot != NO_SLOT:
            tables[slot] += 1
            interpreters[slot] += through
    return (
        [max(slot.tables, taken) for slot, taken in zip(basis.slots, tables, strict=True)],
        [max(slot.interpreters, taken) for slot, taken in zip(basis.slots, interpreters, strict=True)],
    )


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """How far one party's wishes are met by a timetable: meetings, and of its must meets and would likes how
    many it has. What stands against a wish is nobody's business and not told."""

    key: str
    meetings: int
    must_met: int
    must_made: int
    like_met: int
    like_made: int


def satisfaction(basis: Basis, meetings: Sequence[tuple[str, str]]) -> dict[str, Satisfaction]:
    """Of every party, by key."""
    partners: dict[str, set[str]] = {}
    for team, investor in meetings:
        partners.setdefault(team, set()).add(investor)
        partners.setdefault(investor, set()).add(team)
    made: dict[tuple[str, str], set[str]] = {}
    for (one, about), wish in basis.wishes.items():
        made.setdefault((one, wish), set()).add(about)
    found = {}
    for party in (*basis.teams, *basis.investors):
        has = partners.get(party.key, set())
        must, like = made.get((party.key, "must"), set()), made.get((party.key, "like"), set())
        found[party.key] = Satisfaction(
            party.key, len(has), len(must & has), len(must), len(like & has), len(like)
        )
    return found
