"""At which table each meeting takes place: people stay where they sat, as far as the hall allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sitting:
    """A meeting to be seated. slot: its place in time. table: where it has to stay, if anywhere (from 1)."""

    team: str
    investor: str
    slot: int
    table: int | None = None


def seat(sittings: Sequence[Sitting], tables: Mapping[int, int]) -> dict[tuple[str, str], int]:
    """The table of each (team, investor), from 1 to `tables` of its slot; no two at one table at a time.

    An investor gets a table of its own for the whole time, or one shared with investors who are there at
    other times; who gets none keeps the table of the meeting before, or the team's. Raises ValueError when
    a slot has more meetings than tables.
    """
    by_slot: dict[int, list[Sitting]] = {}
    for one in sittings:
        by_slot.setdefault(one.slot, []).append(one)
    for slot, here in by_slot.items():
        if len(here) > tables.get(slot, 0):
            raise ValueError(f"slot {slot} has {len(here)} meetings and {tables.get(slot, 0)} tables")
    homes = _homes(sittings, min((tables[slot] for slot in by_slot), default=0))
    seated: dict[tuple[str, str], int] = {}
    last: dict[str, int] = {}
    for slot in sorted(by_slot):
        taken = _seat_slot(by_slot[slot], tables[slot], homes, last)
        for one in by_slot[slot]:
            table = taken[one.team, one.investor]
            seated[one.team, one.investor] = last[one.team] = last[one.investor] = table
    return seated


def _homes(sittings: Sequence[Sitting], count: int) -> dict[str, int]:
    """investor → table, as many as can have one without meeting another there; the busiest first. Who has to
    stay at a table already has it as home."""
    slots: dict[str, set[int]] = {}
    stays: dict[str, dict[int, int]] = {}
    for one in sittings:
        slots.setdefault(one.investor, set()).add(one.slot)
        if one.table is not None:
            known = stays.setdefault(one.investor, {})
            known[one.table] = known.get(one.table, 0) + 1
    busy: dict[int, set[int]] = {}
    for one in sittings:
        if one.table is not None:
            busy.setdefault(one.table, set()).add(one.slot)
    homes: dict[str, int] = {}
    for investor in sorted(slots, key=lambda name: (name not in stays, -len(slots[name]), name)):
        own = stays.get(investor, {})
        wanted = sorted(own, key=lambda table: (-own[table], table))
        at_fixed = {one.slot for one in sittings if one.investor == investor and one.table is not None}
        for table in (*wanted, *range(1, count + 1)):
            if table <= count and not busy.get(table, set()) & (slots[investor] - at_fixed):
                homes[investor] = table
                busy.setdefault(table, set()).update(slots[investor])
                break
    return homes


def _seat_slot(
    here: Sequence[Sitting], count: int, homes: Mapping[str, int], last: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    taken: dict[tuple[str, str], int] = {}
    free = set(range(1, count + 1))
    for one in here:
        if one.table is not None:
            taken[one.team, one.investor] = one.table
            free.discard(one.table)
    for prefer in (homes, None):
        for one in here:
            pair = (one.team, one.investor)
            if pair in taken or not free:
                continue
            if prefer is not None:
                table = prefer.get(one.investor)
            else:
                known = (last.get(one.investor), last.get(one.team), min(free))
                table = next(place for place in known if place in free)
            if table in free:
                taken[pair] = table
                free.remove(table)
    return taken


def share_interpreters(
    meetings: Sequence[tuple[str, int, frozenset[str]]],
    able: Mapping[str, frozenset[str]],
    away: Mapping[str, frozenset[int]],
) -> dict[str, str]:
    """meeting → interpreter for as many as possible of one hall; a meeting without one found is left out.

    meetings: (name, slot, pairs of languages of which one has to be interpreted). able: interpreter → pairs.
    away: interpreter → slots in which she can't. In each slot the meetings with the fewest choices choose
    first and may push others on to another of theirs (augmenting paths), so that the count is the greatest.
    """
    by_slot: dict[int, list[tuple[str, frozenset[str]]]] = {}
    for name, slot, pairs in meetings:
        by_slot.setdefault(slot, []).append((name, pairs))
    work = dict.fromkeys(able, 0)
    found: dict[str, str] = {}
    for slot, here in sorted(by_slot.items()):
        choices = {
            name: [who for who in able if able[who] & pairs and slot not in away.get(who, frozenset())]
            for name, pairs in here
        }
        holder: dict[str, str] = {}
        for name in sorted(choices, key=lambda one: (len(choices[one]), one)):
            _place(name, choices, holder, work, set())
        for who, name in holder.items():
            found[name] = who
            work[who] += 1
    return found


def _place(
    name: str,
    choices: Mapping[str, Sequence[str]],
    holder: dict[str, str],
    work: Mapping[str, int],
    tried: set[str],
) -> bool:
    for who in sorted(choices[name], key=lambda one: (one in holder, work[one], one)):
        if who in tried:
            continue
        tried.add(who)
        if who not in holder or _place(holder[who], choices, holder, work, tried):
            holder[who] = name
            return True
    return False
