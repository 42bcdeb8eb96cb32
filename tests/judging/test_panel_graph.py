"""Components, bridges and algebraic connectivity, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judging import panel_graph

pytestmark = pytest.mark.no_database

JUDGES, ENTRIES = 5, 6
EDGES = st.sets(st.tuples(st.integers(0, JUDGES - 1), st.integers(0, ENTRIES - 1)), min_size=1)


def arrays(edges: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray, int, int]:
    found = np.array(edges, np.int32).reshape(-1, 2)
    return found[:, 0], found[:, 1], JUDGES, ENTRIES


def parts(edges: list[tuple[int, int]]) -> set[frozenset[tuple[str, int]]]:
    """Components by joining sets until nothing changes."""
    found: list[set[tuple[str, int]]] = []
    for judge, entry in edges:
        both = {("judge", judge), ("entry", entry)}
        touched = [part for part in found if part & both]
        found = [part for part in found if not part & both] + [both.union(*touched)]
    return {frozenset(part) for part in found}


@given(EDGES)
@settings(deadline=None, derandomize=True)
def test_components_are_what_pairs_hold_together(chosen: set[tuple[int, int]]) -> None:
    edges = sorted(chosen)
    found = panel_graph.components(*arrays(edges))
    named = {
        frozenset([("judge", judge) for judge in part.judges] + [("entry", entry) for entry in part.entries])
        for part in found
    }
    assert named == parts(edges)
    assert [len(part.entries) for part in found] == sorted(
        (len(part.entries) for part in found), reverse=True
    )


@given(EDGES)
@settings(deadline=None, derandomize=True)
def test_a_bridge_is_a_pair_without_which_there_are_more_parts(chosen: set[tuple[int, int]]) -> None:
    edges = sorted(chosen)

    def islands(some: list[tuple[int, int]]) -> int:
        """Of everything that all pairs touch, whether still touched or not."""
        nodes = {("judge", judge) for judge, _ in edges} | {("entry", entry) for _, entry in edges}
        joined = parts(some)
        return len(joined) + len(nodes - set().union(*joined))

    expected = [
        place for place in range(len(edges)) if islands(edges[:place] + edges[place + 1 :]) > islands(edges)
    ]
    assert panel_graph.bridges(*arrays(edges)) == expected


def test_everybody_meeting_everybody_is_knit_as_well_as_it_gets() -> None:
    edges = [(judge, entry) for judge in range(JUDGES) for entry in range(ENTRIES)]
    assert panel_graph.algebraic_connectivity(*arrays(edges)) == pytest.approx(JUDGES * ENTRIES)


def test_islands_have_no_algebraic_connectivity() -> None:
    edges = [(0, 0), (1, 0), (2, 1), (3, 1)]
    assert panel_graph.algebraic_connectivity(*arrays(edges)) == 0
    assert panel_graph.algebraic_connectivity(*arrays([(0, 0)])) == 0


def test_a_path_of_judges_has_the_connectivity_of_a_path() -> None:
    edges = [(judge, judge) for judge in range(JUDGES)] + [(judge + 1, judge) for judge in range(JUDGES - 1)]
    # Fiedler 1973: 2 (1 - cos(pi / n)) for a path of n nodes.
    expected = 2 * (1 - np.cos(np.pi / JUDGES))
    assert panel_graph.algebraic_connectivity(*arrays(edges)) == pytest.approx(expected)


def test_lanczos_agrees_with_all_eigenvalues(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(5)
    judge = np.concatenate([draw.permutation(60)[:3] for _ in range(200)]).astype(np.int32)
    entry = np.repeat(np.arange(200, dtype=np.int32), 3)
    exact = panel_graph.algebraic_connectivity(judge, entry, 60, 200)
    monkeypatch.setattr(panel_graph, "LARGEST_DENSE", 10)
    assert panel_graph.algebraic_connectivity(judge, entry, 60, 200) == pytest.approx(exact, rel=1e-6)
    assert exact > 1
