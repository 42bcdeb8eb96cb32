"""One measured figure and how a table of them is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """`ratio` is value / base where there is a base; `target` bounds the ratio (or the value, without a
    base) from above, with `at_least` from below."""

    row: str
    value: float
    unit: str
    base: float | None = None
    target: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        return None if self.base is None else self.value / self.base

    @property
    def met(self) -> bool | None:
        measured = self.value if self.ratio is None else self.ratio
        if self.target is None:
            return None
        return measured >= self.target if self.at_least else measured <= self.target

    def to_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "value": self.value,
            "unit": self.unit,
            "base": self.base,
            "ratio": self.ratio,
            "target": self.target,
            "at_least": self.at_least,
            "met": self.met,
        }


def table(rows: list[Row]) -> str:
    lines = [f"{'':42} {'value':>10} {'unit':8} {'ratio':>8} {'target':>8}  met"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        target = "" if row.target is None else f"{'≥' if row.at_least else '≤'} {row.target:g}"
        met = {None: "", True: "yes", False: "NO"}[row.met]
        lines.append(f"{row.row:42} {row.value:10.3f} {row.unit:8} {ratio:>8} {target:>8}  {met}")
    return "\n".join(lines)
