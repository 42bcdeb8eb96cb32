"""Small assignment problems, drawn or made by hand, and a search through all that there is."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import strategies as st

from judging.assignment import PanelRule, Problem


def full(entries: int, judges: int, per_entry: int, **rules: Any) -> Problem:
    """Everybody may judge everything and nothing is wished for."""
    judge, entry = np.meshgrid(np.arange(judges), np.arange(entries))
    given = {"gain": np.zeros(judges * entries, np.int64)} | rules
    return Problem(
        judges=[f"J{number}" for number in range(judges)],
        entries=[f"T{number}" for number in range(entries)],
        judge=judge.ravel(),
        entry=entry.ravel(),
        per_entry=per_entry,
        **given,
    )


def of_pairs(
    pairs: list[tuple[int, int]], entries: int, judges: int, per_entry: int, **rules: Any
) -> Problem:
    """Only these (judge, entry) pairs are allowed."""
    found = np.array(pairs)
    return Problem(
        judges=[f"J{number}" for number in range(judges)],
        entries=[f"T{number}" for number in range(entries)],
        judge=found[:, 0],
        entry=found[:, 1],
        gain=np.zeros(len(found), np.int64),
        per_entry=per_entry,
        **rules,
    )


@st.composite
def problems(draw: st.DrawFn, *, tight: bool = False) -> Problem:
    """All kinds of rules on up to five judges and four entries.

    tight: loads are always limited, and nothing is fixed or need be connected, so that rules collide in sets.
    """
    judges, entries = draw(st.integers(2, 5)), draw(st.integers(1, 4))
    cells = [(judge, entry) for judge in range(judges) for entry in range(entries)]
    barred = draw(st.sets(st.sampled_from(cells), max_size=len(cells) // 3))
    pairs = [cell for cell in cells if cell not in barred]
    count = len(pairs)

    def numbers(least: int, most: int, length: int) -> list[int]:
        return draw(st.lists(st.integers(least, most), min_size=length, max_size=length))

    def flags(length: int) -> list[bool]:
        return draw(st.lists(st.booleans(), min_size=length, max_size=length))

    rules: dict[str, Any] = {}
    panel = []
    if draw(st.booleans()):
        labels = draw(st.lists(st.sampled_from(["CN", "KR"]), min_size=judges, max_size=judges))
        panel.append(PanelRule("country", labels, {"CN": 1, "KR": draw(st.integers(0, 1))}))
    if draw(st.booleans()):
        labels = ["investor" if flag else "" for flag in flags(judges)]
        panel.append(PanelRule("background", labels, {"investor": 1}))
    if tight or draw(st.booleans()):
        rules["least"] = numbers(0, 2, judges)
    if tight or draw(st.booleans()):
        least, more = rules.get("least", [0] * judges), numbers(0, 1 if tight else 3, judges)
        rules["most"] = [sum(both) for both in zip(least, more, strict=True)]
    if draw(st.booleans()):
        rules |= {"interpreted": flags(count), "interpreters": draw(st.integers(0, 4))}
    if not tight and draw(st.integers(0, 3)) == 0:
        rules["fixed"] = [number == 0 for number in numbers(0, 5, count)]
    if draw(st.integers(0, 3)) == 0:
        rules |= {"kept": flags(count), "fewest_changes": draw(st.booleans()), "change_price": 1}
    if draw(st.booleans()):
        rules |= {"load_target": draw(st.integers(0, 2)), "over_target": draw(st.integers(0, 2))}
    return Problem(
        judges=[f"J{number}" for number in range(judges)],
        entries=[f"T{number}" for number in range(entries)],
        judge=[judge for judge, _ in pairs],
        entry=[entry for _, entry in pairs],
        gain=numbers(-2, 3, count),
        per_entry=draw(st.integers(1, 2)) if draw(st.booleans()) else numbers(0, 2, entries),
        panel=panel,
        connected=not tight and draw(st.booleans()),
        **rules,
    )


def exhaustive(problem: Problem) -> tuple[int, int] | None:
    """(kept pairs, points) of the best assignment, looked for among all of them; None when there is none.

    Kept pairs count only with `fewest_changes`.
    """
    best = None
    for panels in itertools.product(*(_panels(problem, entry) for entry in range(len(problem.entries)))):
        chosen = [pair for panel in panels for pair in panel]
        if not _keeps_loads(problem, chosen) or (problem.connected and not _connected(problem, chosen)):
            continue
        interpreted = sum(bool(problem.interpreted_mask[pair]) for pair in chosen)
        if problem.interpreters is not None and interpreted > problem.interpreters:
            continue
        lexicographic = problem.fewest_changes and problem.kept is not None
        kept = sum(bool(problem.kept[pair]) for pair in chosen) if lexicographic else 0
        value = (kept, _points(problem, chosen))
        best = value if best is None else max(best, value)
    return best


def _panels(problem: Problem, entry: int) -> list[tuple[int, ...]]:
    own = [pair for pair in range(len(problem.judge)) if problem.entry[pair] == entry]
    fixed = {pair for pair in own if problem.fixed_mask[pair]}
    size = int(problem.per_entry[entry])
    return [
        panel
        for panel in itertools.combinations(own, size)
        if fixed <= set(panel)
        and (
            size == 0
            or all(
                sum(rule.labels[problem.judge[pair]] == label for pair in panel) >= least
                for rule in problem.panel
                for label, least in rule.least.items()
            )
        )
    ]


def _loads(problem: Problem, chosen: list[int]) -> list[int]:
    judges = [int(problem.judge[pair]) for pair in chosen]
    return [judges.count(judge) for judge in range(len(problem.judges))]


def _keeps_loads(problem: Problem, chosen: list[int]) -> bool:
    loads = _loads(problem, chosen)
    return all(
        least <= load <= most for least, load, most in zip(problem.least, loads, problem.most, strict=True)
    )


def _points(problem: Problem, chosen: list[int]) -> int:
    points = sum(int(problem.gain[pair]) for pair in chosen)
    if problem.kept is not None:
        points -= problem.change_price * sum(not problem.kept[pair] for pair in chosen)
    if problem.load_target is not None:
        loads = zip(_loads(problem, chosen), problem.load_target, strict=True)
        points -= problem.over_target * sum(max(0, load - int(target)) for load, target in loads)
    return points


def _connected(problem: Problem, chosen: list[int]) -> bool:
    groups: list[set[str]] = []
    for pair in chosen:
        ends = {f"judge {problem.judge[pair]}", f"entry {problem.entry[pair]}"}
        touched = [group for group in groups if group & ends]
        groups = [group for group in groups if not group & ends] + [ends.union(*touched)]
    return len(groups) <= 1
