"""How a total came about, line by line: one ranked entry of a snapshot, laid out as a table that a hand can
re-add.

Pure: reads what `judging.snapshots.build` wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.languages import Trilingual
from judging.snapshots import code_order


@dataclass(frozen=True, slots=True)
class Cell:
    """What one judge gave: the mark, what the method turned it into ("" for nothing), whether it was
    dropped.
    """

    mark: str
    value: str = ""
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion, or the judges' totals (`key` ""). `cells` stand in the order of `Explanation.judges`."""

    key: str
    name: Trilingual
    weight: str
    cells: tuple[Cell | None, ...]
    mean: str = ""
    points: str = ""
    weighted: str = ""


@dataclass(frozen=True, slots=True)
class TieStep:
    """A step of the tie chain that this entry went through: among how many, with which figure, how many
    were left.
    """

    kind: str
    argument: str
    figure: str
    among: int
    left: int


@dataclass(frozen=True, slots=True)
class StageLine:
    """What a round counts for in the total: `round` "" is the round itself, `full` "" where totals count as
    they are, `name` is empty for the round itself.
    """

    round: str
    weight: str
    full: str
    total: str
    weighted: str
    name: Trilingual = field(default_factory=Trilingual)


@dataclass(frozen=True, slots=True)
class AdjustmentLine:
    """A bonus or a deduction, with its sign."""

    points: str
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """All steps from marks to rank. `totals` is the line of judges' totals where the rule works on these.

    `own_total`: this round's total before `stages` and `adjustments`; "" where there are neither.
    `adjusts_own`: bonus and deductions were added to it, not to the final total.
    """

    subject: str
    rank: int
    tied: bool
    total: str
    judges: tuple[str, ...]
    lines: tuple[Line, ...]
    totals: Line | None
    tie_steps: tuple[TieStep, ...]
    decided_by: str | None
    own_total: str = ""
    stages: tuple[StageLine, ...] = ()
    adjustments: tuple[AdjustmentLine, ...] = ()
    adjusts_own: bool = False

    @property
    def has_values(self) -> bool:
        """Whether the method counts places or points instead of the marks themselves."""
        lines = [*self.lines, self.totals] if self.totals else self.lines
        return any(cell.value for line in lines for cell in line.cells if cell)


def explain(snapshot: Mapping[str, Any], row: Mapping[str, Any]) -> Explanation:
    """The explanation of `row`, one of `snapshot["ranking"]`."""
    over_totals = "judge_totals" in row
    marked = {judge for column in row["criteria"].values() for judge in column["marks"]}
    judges = tuple(sorted(marked, key=code_order))
    rounds = {one["round"]: Trilingual.from_json(one["name"]) for one in snapshot.get("carried", ())}
    lines = tuple(
        _line(
            criterion["key"],
            Trilingual.from_json(criterion["name"]),
            criterion["weight"],
            row["criteria"][criterion["key"]],
            judges,
        )
        for criterion in snapshot["rubric"]
        if criterion["key"] in row["criteria"]
    )
    totals = _line("", Trilingual(), "", _short(row["judge_totals"]), judges) if over_totals else None
    return Explanation(
        subject=row["subject"],
        rank=row["rank"],
        tied=row["tied"],
        total=row["total"],
        judges=judges,
        lines=lines,
        totals=totals,
        tie_steps=tuple(_tie_step(step) for step in row["tie_steps"]),
        decided_by=row["decided_by"],
        own_total=row.get("own_total", ""),
        stages=tuple(_stage(stage, rounds) for stage in row.get("stages", ())),
        adjusts_own=snapshot.get("rule", {}).get("adjustments", {}).get("to") == "own",
        adjustments=tuple(AdjustmentLine(one["points"], one["reason"]) for one in row.get("adjustments", ())),
    )


def _stage(stage: Mapping[str, Any], rounds: Mapping[str, Trilingual]) -> StageLine:
    slug = stage["round"] or ""
    return StageLine(
        slug,
        stage["weight"],
        stage["full"] or "",
        stage["total"],
        stage["weighted"],
        rounds.get(slug, Trilingual.same(slug)) if slug else Trilingual(),
    )


def _short(column: Mapping[str, Any]) -> dict[str, Any]:
    """Judges' totals as a hand would write them: an unrounded one is frozen with six places, most of them
    zeros."""
    marks = {
        judge: mark.rstrip("0").rstrip(".") if "." in mark else mark
        for judge, mark in column["marks"].items()
    }
    return {**column, "marks": marks}


def _line(
    key: str, name: Trilingual, weight: str, column: Mapping[str, Any], judges: tuple[str, ...]
) -> Line:
    values = column.get("values", {})
    cells = tuple(
        Cell(column["marks"][judge], values.get(judge, ""), judge in column["dropped"])
        if judge in column["marks"]
        else None
        for judge in judges
    )
    return Line(
        key,
        name,
        weight,
        cells,
        mean=column.get("mean") or "",
        points=column.get("points") or "",
        weighted=column.get("weighted") or "",
    )


def _tie_step(step: Mapping[str, Any]) -> TieStep:
    kind, _, argument = step["step"].partition(":")
    return TieStep(kind, argument, step["key"], step["tied"], step["still_tied"])
