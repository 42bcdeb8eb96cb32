"""A ranking beside another one of the same entries: who moves, whose prize changes.

Pure. For looking at what another rule would have given; nothing here makes a result.
"""

from __future__ import annotations

from dataclasses import dataclass

from judging.allotting import Allotment
from judging.ranking import Ranking


@dataclass(frozen=True, slots=True)
class Beside:
    """One entry by the published rule and by another one. Prizes are ids, None for none; `advances` is None
    where nobody was to go on. Totals as printed.
    """

    subject: str
    rank: int
    tied: bool
    total: str
    prize: int | None
    advances: bool | None
    other_rank: int
    other_tied: bool
    other_total: str
    other_prize: int | None
    other_advances: bool | None

    @property
    def moved(self) -> int:
        """Places up by the other rule; below 0: down."""
        return self.rank - self.other_rank

    @property
    def outcome_changes(self) -> bool:
        return (self.prize, self.advances) != (self.other_prize, self.other_advances)


def beside(official: tuple[Ranking, Allotment], other: tuple[Ranking, Allotment]) -> list[Beside]:
    """Every entry of the official ranking, in its order, beside its place in the other one, which ranks the
    same entries."""
    rows = {line["subject"]: line for line in other[0].to_json()}
    return [
        Beside(
            subject=line["subject"],
            rank=line["rank"],
            tied=line["tied"],
            total=line["total"],
            prize=official[1].prizes.get(line["subject"]),
            advances=_advances(official[1], line["subject"]),
            other_rank=rows[line["subject"]]["rank"],
            other_tied=rows[line["subject"]]["tied"],
            other_total=rows[line["subject"]]["total"],
            other_prize=other[1].prizes.get(line["subject"]),
            other_advances=_advances(other[1], line["subject"]),
        )
        for line in official[0].to_json()
    ]


def _advances(allotment: Allotment, subject: str) -> bool | None:
    return None if allotment.advancing is None else subject in allotment.advancing
