"""The graph of who judges what: its components, the pairs that alone hold it together, how well it is knit.

Scores of two judges can be compared only through entries that connect them, so a design is as good as this
graph (A. M. Dean, D. Voss, *Design and Analysis of Experiments*, on connected block designs).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int32]

LARGEST_DENSE = 800  # judges up to which all eigenvalues are computed; beyond, Lanczos finds the one wanted


@dataclass(frozen=True, slots=True)
class Component:
    """Judges and entries (indices, ascending) that chosen pairs hold together."""

    judges: tuple[int, ...]
    entries: tuple[int, ...]


def label_components(judge: Ints, entry: Ints, judges: int, entries: int) -> tuple[int, Ints, Ints]:
    """Number of components with a pair, and of each judge and each entry its component (-1: without a pair).

    judge, entry: the two ends of every pair, shape (pairs,); judges, entries: how many there are.
    """
    size = judges + entries
    graph = coo_matrix(
        (np.ones(len(judge), np.int8), (judge, entry.astype(np.int64) + judges)), shape=(size, size)
    )
    _, raw = connected_components(graph.tocsr(), directed=False)
    touched = np.zeros(size, bool)
    touched[judge] = True
    touched[entry.astype(np.int64) + judges] = True
    names, packed = np.unique(raw[touched], return_inverse=True)
    labels = np.full(size, -1, np.int32)
    labels[touched] = packed
    return len(names), labels[:judges], labels[judges:]


def components(judge: Ints, entry: Ints, judges: int, entries: int) -> tuple[Component, ...]:
    """The components that have a pair, the one with most entries first. Arguments as `label_components`."""
    count, of_judge, of_entry = label_components(judge, entry, judges, entries)
    found = [
        Component(
            tuple(np.flatnonzero(of_judge == name).tolist()), tuple(np.flatnonzero(of_entry == name).tolist())
        )
        for name in range(count)
    ]
    return tuple(sorted(found, key=lambda part: (-len(part.entries), part.entries)))


def bridges(judge: Ints, entry: Ints, judges: int, entries: int) -> list[int]:
    """Places of the pairs without which the graph falls apart (R. E. Tarjan, Information Processing Letters
    2(6), 1974), ascending.

    Linear time, no recursion. Arguments as `label_components`.
    """
    ends = entry.astype(np.int64) + judges
    size, pairs = judges + entries, len(judge)
    both = csr_matrix(
        (
            np.concatenate([np.arange(1, pairs + 1)] * 2),
            (np.concatenate([judge, ends]), np.concatenate([ends, judge])),
        ),
        shape=(size, size),
    )
    start, to, via = both.indptr.tolist(), both.indices.tolist(), both.data.tolist()
    seen, low, found = [0] * size, [0] * size, []
    clock = 0
    for root in range(size):
        if seen[root] or start[root] == start[root + 1]:
            continue
        clock += 1
        seen[root] = low[root] = clock
        stack = [(root, 0, start[root])]  # node, the edge it was reached by, the next of its edges
        while stack:
            node, came, at = stack.pop()
            if at < start[node + 1]:
                stack.append((node, came, at + 1))
                edge, other = via[at], to[at]
                if edge == came:
                    continue
                if seen[other]:
                    low[node] = min(low[node], seen[other])
                else:
                    clock += 1
                    seen[other] = low[other] = clock
                    stack.append((other, edge, start[other]))
            elif stack:
                parent = stack[-1][0]
                low[parent] = min(low[parent], low[node])
                if low[node] > seen[parent]:
                    found.append(came - 1)
    return sorted(found)


def meetings(judge: Ints, entry: Ints, judges: int, entries: int) -> csr_matrix:
    """How many entries two judges have in common: shape (judges, judges), symmetric, diagonal 0."""
    incidence = csr_matrix((np.ones(len(judge), np.int64), (judge, entry)), shape=(judges, entries))
    together = (incidence @ incidence.T).tolil()
    together.setdiag(0)
    found = together.tocsr()
    found.eliminate_zeros()
    return found


def algebraic_connectivity(judge: Ints, entry: Ints, judges: int, entries: int) -> float:
    """Second smallest eigenvalue of the Laplacian of the judge graph (M. Fiedler, Czechoslovak Math. J. 23,
    1973), in entries.

    Nodes are the judges that have an entry, the weight of an edge is the number of entries that both judge.
    0 when the graph has islands; n * w for n judges of whom any two have w entries in common, which is as
    well knit as it gets. Fewer than two judges: 0.
    """
    used = np.unique(judge)
    if len(used) < 2:
        return 0.0
    together = meetings(judge, entry, judges, entries)[used][:, used].astype(float)
    if connected_components(together, directed=False, return_labels=False) > 1:
        return 0.0
    degrees = np.asarray(together.sum(axis=1)).ravel()
    if len(used) <= LARGEST_DENSE:
        return float(max(0.0, np.linalg.eigvalsh(np.diag(degrees) - together.toarray())[1]))
    return _second_smallest(together, degrees)


def _second_smallest(together: csr_matrix, degrees: NDArray[np.float64]) -> float:
    """By Lanczos on shift - Laplacian, on vectors that sum to zero; from a fixed start, so repeatable."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    size, shift = len(degrees), 2.0 * float(degrees.max())

    def apply(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        vector = vector.ravel()
        vector = vector - vector.mean()
        found = (shift - degrees) * vector + together @ vector
        centered: NDArray[np.float64] = found - found.mean()
        return centered

    start = np.random.default_rng(1).standard_normal(size)
    operator = LinearOperator((size, size), matvec=apply, dtype=float)
    largest = eigsh(operator, k=1, which="LA", v0=start - start.mean(), tol=1e-8, return_eigenvectors=False)
    return float(max(0.0, shift - largest[0]))
