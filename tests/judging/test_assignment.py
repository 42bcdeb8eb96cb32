"""The assignment optimizer: known optima, even and mixed panels, repair, fixed sheets, named causes."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.isolated import IsolatedError
from judging import assignment, assignment_process
from judging.assignment import AssignmentError, PanelRule, Problem, SolverMissing, eligible_counts, solve
from judging.assignment_core import solve_core
from judging.assignment_files import read_instance
from judging.assignment_flow import solve_flow
from tests.data.scheduling.verify import assign as verify
from tests.judging.assignment_worlds import full, of_pairs

pytestmark = pytest.mark.no_database

DATA = Path(__file__).parent.parent / "data" / "scheduling"
BEST_KNOWN = {
    "60x15x3": 11255,
    "60x15x3_repair1": 10516,
    "90x18x3_islands": 16444,
    "200x30x4_budget": 49451,
    "planted_120": 40800,
    "500x60x5": 173600,
    "500x60x5_repair2": 171717,
}


def raw(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"assign_pub_{name}.json").read_bytes())
    return found


def load(name: str) -> Problem:
    return read_instance((DATA / f"assign_pub_{name}.json").read_bytes(), name).problem


@pytest.mark.parametrize("name", BEST_KNOWN)
def test_the_best_known_objective_is_reached_and_proven(name: str) -> None:
    found = solve(load(name))
    assert (found.status, found.stopped) == ("optimal", "done")
    assert found.objective == found.bound == BEST_KNOWN[name]
    broken, objective, detail = verify(raw(name), {"pairs": found.pairs})
    assert broken == []
    assert objective == BEST_KNOWN[name]
    assert detail["components"] == len(found.components) == 1
    assert detail["interpreted"] == found.interpreted
    assert detail["over_target"] == found.wishes.over_target


def test_joining_islands_has_its_price() -> None:
    problem = load("90x18x3_islands")
    assert solve(problem).price_of_connection == 36
    apart = solve(problem.with_(connected=False))
    assert apart.objective == 16444 + 36
    assert len(apart.components) == 3
    assert apart.algebraic_connectivity == 0


def test_a_repair_changes_no_more_pairs_than_were_lost() -> None:
    for name, lost in (("60x15x3_repair1", 7), ("500x60x5_repair2", 18)):
        instance = read_instance((DATA / f"assign_pub_{name}.json").read_bytes(), name)
        found = solve(instance.problem)
        assert instance.base is not None
        diff = found.diff(instance.base)
        assert (len(diff.added), len(diff.removed)) == (lost, lost)
        assert {judge for judge, _ in diff.removed} == set(raw(name)["dropped"])
        assert found.wishes.changes == lost


def test_fewest_changes_outweigh_any_gain() -> None:
    problem = load("60x15x3_repair1").with_(change_price=0)
    assert solve(problem).wishes.changes > 7
    assert solve(problem.with_(fewest_changes=True)).wishes.changes == 7
    budget = problem.with_(fewest_changes=True, interpreters=28)  # no flow can hold this: the program does
    kept = solve(budget)
    assert kept.status == "optimal"
    assert kept.interpreted <= 28
    fewest = solve(budget.with_(fewest_changes=False, change_price=10_000)).wishes.changes
    assert kept.wishes.changes == fewest


def test_started_sheets_stay() -> None:
    problem = full(12, 6, 3, gain=np.arange(72) % 7)
    fixed = np.zeros(72, bool)
    fixed[[0, 1, 6, 13, 70]] = True
    chosen = solve(problem.with_(fixed=fixed)).chosen
    assert set(np.flatnonzero(fixed)) <= set(chosen.tolist())


@pytest.mark.parametrize(("entries", "judges", "per_entry"), [(60, 12, 3), (62, 12, 3), (40, 9, 4)])
def test_without_wishes_loads_are_even_and_panels_rotate(entries: int, judges: int, per_entry: int) -> None:
    found = solve(full(entries, judges, per_entry, connected=True), seed=5)
    assert found.status == "optimal"
    assert max(found.loads.values()) - min(found.loads.values()) <= 1
    assert len(found.components) == 1
    assert not found.bridges
    meetings = Counter(pair for panel in found.panels.values() for pair in combinations(panel, 2))
    assert len(meetings) == judges * (judges - 1) // 2
    assert found.algebraic_connectivity > random_even_connectivity(entries, judges, per_entry)


def random_even_connectivity(entries: int, judges: int, per_entry: int) -> float:
    """Mean over thirty designs in which judges, shuffled anew each time all had a turn, fill the panels."""
    from judging.panel_graph import algebraic_connectivity

    draw = np.random.default_rng(1)
    found = []
    for _ in range(30):
        turns = -(-entries * per_entry // judges)
        order = np.concatenate([draw.permutation(judges) for _ in range(turns)])[: entries * per_entry]
        entry = np.repeat(np.arange(entries, dtype=np.int32), per_entry)
        found.append(algebraic_connectivity(order.astype(np.int32), entry, judges, entries))
    return float(np.mean(found))


def test_another_seed_is_another_draw_and_the_same_seed_the_same() -> None:
    problem = full(30, 8, 3)
    assert solve(problem, seed=1).pairs == solve(problem, seed=1).pairs
    assert solve(problem, seed=1).pairs != solve(problem, seed=2).pairs


def test_mixing_costs_no_points_unless_it_is_worth_some() -> None:
    problem = load("60x15x3")
    free, priced = solve(problem), solve(problem.with_(mixing=20))
    assert free.objective == 11255
    assert priced.repeated_meetings < free.repeated_meetings
    points = problem.linear(priced.chosen)
    assert priced.objective == points - 20 * priced.repeated_meetings
    assert priced.objective > 11255 - 20 * free.repeated_meetings
    assert priced.bound is not None
    assert priced.objective <= priced.bound <= 11255
    broken, _, _ = verify(raw("60x15x3"), {"pairs": priced.pairs})
    assert broken == []


def test_repeated_meetings_are_those_beyond_what_all_must() -> None:
    # Six entries of two judges, three judges: each two of them must meet twice.
    pairs = [(judge, entry) for entry in range(6) for judge in ((0, 1) if entry < 4 else (1, 2))]
    found = solve(of_pairs(pairs, 6, 3, 2))
    assert found.problem.meetings_allowed == 2
    assert found.repeated_meetings == 2


def test_eligible_judges_are_counted_by_entry_and_label() -> None:
    problem = of_pairs([(0, 0), (1, 0), (2, 0), (2, 1)], 2, 3, 1, panel=[
        PanelRule("country", ["CN", "KR", "KR"], {"CN": 1, "KR": 1})])  # fmt: skip
    counts = eligible_counts(problem)
    assert counts.total.tolist() == [3, 1]
    assert {label: row.tolist() for label, row in counts.by_label["country"].items()} == {
        "CN": [1, 0],
        "KR": [2, 1],
    }


def test_two_crossing_panel_rules_are_kept() -> None:
    problem = load("60x15x3")
    investors = ["investor" if number % 4 == 1 else "" for number in range(15)]
    both = problem.with_(panel=[*problem.panel, PanelRule("background", investors, {"investor": 1})])
    found = solve(both)
    assert found.status == "optimal"
    rich = {name for name, label in zip(problem.judges, investors, strict=True) if label}
    assert all(rich & set(panel) for panel in found.panels.values())
    assert found.objective is not None
    assert found.objective < 11255


# ---- Why there is none


def causes(problem: Problem) -> dict[str, tuple[str, ...]]:
    found = solve(problem)
    assert found.status == "infeasible"
    assert found.objective is None
    assert found.pairs == ()
    return {part.rule: part.objects for part in found.conflict}


def test_an_entry_with_too_few_judges_is_named() -> None:
    pairs = [(judge, entry) for entry in range(5) for judge in range(4) if entry != 3 or judge < 2]
    assert causes(of_pairs(pairs, 5, 4, 3)) == {"too_few_judges": ("T3",)}


def test_an_entry_without_a_judge_of_a_country_is_named() -> None:
    rule = PanelRule("country", ["CN", "CN", "KR"], {"CN": 1, "KR": 1})
    pairs = [(judge, entry) for entry in range(3) for judge in range(3) if (judge, entry) != (2, 1)]
    found = solve(of_pairs(pairs, 3, 3, 2, panel=[rule]))
    assert [(part.rule, part.objects) for part in found.conflict] == [("too_few_of_label", ("T1",))]
    assert "'KR'" in found.conflict[0].message


def test_a_hall_set_is_named_and_nobody_else() -> None:
    # T0 to T3 have only J0 and J1, who may have three entries each: eight places, six to give.
    pairs = [(judge, entry) for entry in range(4) for judge in (0, 1)]
    pairs += [(judge, entry) for entry in range(4, 10) for judge in range(2, 8)]
    problem = of_pairs(pairs, 10, 8, 2, most=[3, 3, *[9] * 6])
    found = causes(problem)
    assert found["most_load"] in (("J0",), ("J1",), ("J0", "J1"))
    assert set(found["entries_need"]) == {"T0", "T1", "T2", "T3"}
    assert solve(problem.with_(most=[4, 4, *[9] * 6])).status == "optimal"


def test_least_loads_that_cannot_be_met_are_named() -> None:
    problem = full(6, 5, 2, least=[3, 3, 3, 3, 0])
    assert solve(problem).status == "optimal"
    found = causes(problem.with_(least=[3, 3, 3, 3, 1]))
    assert set(found) == {"entries_take", "least_load"}
    assert set(found["least_load"]) == {"J0", "J1", "J2", "J3", "J4"}
    assert causes(full(3, 4, 2, least=[0, 4, 0, 0])) == {"too_few_entries": ("J1",)}


def test_a_budget_that_is_too_small_says_what_would_do() -> None:
    problem = load("200x30x4_budget")
    found = solve(problem.with_(interpreters=30))
    budget = next(part for part in found.conflict if part.rule == "interpreter_budget")
    least = int(budget.params["least"])
    assert solve(problem.with_(interpreters=least)).status == "optimal"
    assert solve(problem.with_(interpreters=least - 1)).status == "infeasible"


def test_islands_are_named() -> None:
    pairs = [(judge, entry) for entry in range(4) for judge in range(6) if (entry < 2) == (judge < 3)]
    problem = of_pairs(pairs, 4, 6, 2, connected=True)
    found = solve(problem)
    assert [part.rule for part in found.conflict] == ["island", "island"]
    assert {part.objects for part in found.conflict} == {
        ("J0", "J1", "J2", "T0", "T1"),
        ("J3", "J4", "J5", "T2", "T3"),
    }
    assert solve(of_pairs([*pairs, (2, 2)], 4, 6, 2, connected=True)).status == "optimal"


def test_too_few_pairs_to_connect_everybody_are_named() -> None:
    found = causes(full(3, 5, 2, least=1, connected=True))
    assert set(found) == {"too_few_pairs"}
    assert solve(full(4, 5, 2, least=1, connected=True)).status == "optimal"


def test_rules_that_keep_islands_apart_are_named() -> None:
    # Only J2 could join the islands, but must not have two entries.
    pairs = [(0, 0), (1, 0), (2, 0), (2, 1), (3, 1), (4, 1)]
    problem = of_pairs(pairs, 2, 5, 2, connected=True, most=[9, 9, 1, 9, 9])
    found = causes(problem)
    assert found["most_load"] == ("J2",)
    assert "connected" in found
    assert solve(problem.with_(most=9)).status == "optimal"


@pytest.mark.parametrize(
    ("cause", "rules"),
    [
        ("fixed_over_per_entry", {"fixed": [0, 1, 2]}),
        ("fixed_over_load", {"fixed": [0, 4], "most": [1, 9, 9, 9]}),
        ("fixed_against_panel", {"fixed": [0, 1], "panel": True}),
        ("fixed_over_budget", {"fixed": [0], "interpreted": np.arange(12) == 0, "interpreters": 0}),
    ],
)
def test_fixed_pairs_that_break_a_rule_are_named(cause: str, rules: dict[str, Any]) -> None:
    problem = full(3, 4, 2)
    fixed = np.zeros(12, bool)
    fixed[rules["fixed"]] = True
    given = rules | {"fixed": fixed}
    if "panel" in rules:
        given["panel"] = [PanelRule("country", ["CN", "CN", "KR", "KR"], {"KR": 1})]
    assert cause in causes(problem.with_(**given))
    assert solve(problem.with_(**given | {"fixed": None})).status == "optimal"


# ---- Bad problems, missing parts, other ways


@pytest.mark.parametrize(
    ("field", "code", "changes"),
    [
        ("entries", "duplicate_id", {"entries": ["T0", "T1", "T0"]}),
        ("judges", "no_judges", {"judges": []}),
        ("judge", "unknown_index", {"judge": [0] * 11 + [9]}),
        ("judge", "duplicate_pair", {"judge": [0] * 12}),
        ("gain", "length", {"gain": [1, 2]}),
        ("gain", "not_whole", {"gain": [float("nan")] * 12}),
        ("gain", "out_of_range", {"gain": [10**9] * 12}),
        ("per_entry", "out_of_range", {"per_entry": -1}),
        ("least", "least_above_most", {"least": 3, "most": 2}),
        ("most", "length", {"most": [1]}),
        ("over_target", "out_of_range", {"over_target": -1}),
        ("interpreters", "out_of_range", {"interpreters": -1}),
        ("panel", "length", {"panel": [PanelRule("country", ["CN"], {"CN": 1})]}),
        ("panel", "panel_negative", {"panel": [PanelRule("country", ["CN"] * 4, {"CN": -1})]}),
    ],
)
def test_a_problem_that_cannot_be_posed_names_the_field(
    field: str, code: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(AssignmentError) as caught:
        full(3, 4, 2).with_(**changes)
    assert (caught.value.field, caught.value.code) == (field, code)
    assert str(caught.value).startswith(f"{field}: ")


def test_without_any_solver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assignment, "find_spec", lambda name: None)
    with pytest.raises(SolverMissing, match="pip install ortools"):
        solve(full(3, 4, 2))


def test_without_the_program_what_a_flow_can_hold_is_solved_and_explained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for place in ("judging.assignment.find_spec", "judging.assignment_conflict.find_spec"):
        monkeypatch.setattr(place, lambda name: None if name == "highspy" else name)
    assert solve(load("60x15x3")).objective == 11255
    assert set(causes(full(6, 4, 2, most=[3, 3, 3, 2]))) == {"entries_need", "most_load"}
    with pytest.raises(SolverMissing, match="pip install highspy"):
        solve(load("90x18x3_islands"))


def test_nothing_to_assign_is_an_assignment() -> None:
    found = solve(full(3, 4, 0, connected=True))
    assert (found.status, found.objective, found.pairs) == ("optimal", 0, ())
    assert found.panels == {"T0": (), "T1": (), "T2": ()}
    none = solve(Problem(["a"], ["x"], np.zeros(0, int), np.zeros(0, int), np.zeros(0, int), per_entry=1))
    assert [part.rule for part in none.conflict] == ["too_few_judges"]


def test_time_that_has_run_out_leaves_a_bound_and_no_false_claim() -> None:
    found = solve(load("200x30x4_budget"), seconds=0)
    assert (found.status, found.stopped, found.objective) == ("unknown", "time", None)


@pytest.mark.parametrize("name", ["200x30x4_budget", "90x18x3_islands"])
def test_the_core_of_many_pairs_gives_a_legal_assignment_and_a_true_bound(name: str) -> None:
    problem = load(name)
    flow = solve_flow(problem, problem.points, 1)
    assert flow is not None
    chosen, bound, _ = solve_core(problem, flow, seed=1, deadline=float("inf"))
    assert chosen is not None
    pairs = [(problem.judges[problem.judge[at]], problem.entries[problem.entry[at]]) for at in chosen]
    broken, objective, _ = verify(raw(name), {"pairs": pairs})
    assert broken == []
    assert objective <= BEST_KNOWN[name] <= bound
    assert objective > 0.995 * BEST_KNOWN[name]


def test_the_site_sends_json_and_gets_json() -> None:
    problem = {
        "judges": ["a", "b", "c"],
        "entries": ["x", "y"],
        "judge": [0, 1, 2, 0, 1, 2],
        "entry": [0, 0, 0, 1, 1, 1],
        "gain": [3, 2, 1, 1, 2, 3],
        "per_entry": 2,
        "panel": [{"name": "country", "labels": ["CN", "KR", "KR"], "least": {"CN": 1}}],
        "connected": True,
    }
    summary, data = assignment_process.solve_json(json.dumps(problem).encode(), seed=1, seconds=10)
    result = json.loads(data)
    assert summary == {"status": "optimal", "objective": 9, "bound": 9}
    assert result["pairs"] == [["a", "x"], ["b", "x"], ["a", "y"], ["c", "y"]]
    assert result["loads"] == {"a": 2, "b": 1, "c": 1}
    assert result["components"] == [{"judges": ["a", "b", "c"], "entries": ["x", "y"]}]
    with pytest.raises(IsolatedError) as caught:
        assignment_process.solve_json(json.dumps(problem | {"gain": [1]}).encode())
    assert caught.value.code == "assignment_problem"
    assert caught.value.params["field"] == "gain"
    _, data = assignment_process.solve_json(json.dumps(problem | {"per_entry": 4}).encode())
    assert {part["rule"] for part in json.loads(data)["conflict"]} == {"too_few_judges"}
