"""Whether everyone on the left finds a partner of their own on the right, or the smallest group that
can't.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Left = TypeVar("Left", bound=Hashable)
Right = TypeVar("Right", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Crowd(Generic[Left, Right]):
    """A group and all that it could have, which is one fewer. Without any one of the group the others could
    be served (Hall's theorem; the group is what an alternating search reaches from one who can't be matched).
    """

    group: list[Left]
    choices: set[Right]


def match(choices: Mapping[Left, Sequence[Right]]) -> dict[Left, Right] | Crowd[Left, Right]:
    """A partner for each of `choices`, no two the same; or who is too many."""
    partner: dict[Right, Left] = {}
    for start in choices:
        came: dict[Right, Left] = {}
        queue = deque([start])
        end = None
        while queue and end is None:
            one = queue.popleft()
            for right in choices[one]:
                if right in came:
                    continue
                came[right] = one
                if right not in partner:
                    end = right
                    break
                queue.append(partner[right])
        if end is None:
            return Crowd([start, *(partner[right] for right in came)], set(came))
        _turn(partner, came, start, end)
    return {one: right for right, one in partner.items()}


def crowd(choices: Mapping[Left, Sequence[Right]]) -> Crowd[Left, Right] | None:
    """Who is too many, None when all can be served."""
    found = match(choices)
    return found if isinstance(found, Crowd) else None


def _turn(partner: dict[Right, Left], came: Mapping[Right, Left], start: Left, end: Right) -> None:
    """Give everybody on the path from `start` to `end` the next partner."""
    held = {one: right for right, one in partner.items()}
    right: Right = end
    while True:
        one = came[right]
        before = held.get(one)
        partner[right] = one
        if one == start or before is None:
            return
        right = before
