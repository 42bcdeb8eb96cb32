"""The command that assigns judges to the teams of a file. It needs no database."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.command_answers import BAD_INPUT, MISSING, NO, check_out, fail, readable_file, write_json

if TYPE_CHECKING:
    from judging.assignment import Assignment
    from judging.assignment_files import Instance


@click.command("assign")
@click.argument("instance", metavar="INSTANCE.json", type=readable_file)
@click.option(
    "--seconds", type=click.FloatRange(0.1, 86_400), default=60.0, show_default=True, help="Time limit."
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Breaks ties.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Default: standard output.")
def assign(instance: Path, seconds: float, seed: int, out: Path | None) -> None:
    """Assign judges to teams: the best assignment that keeps all rules, with the proof that none is better.

    INSTANCE.json is of the format assign/1. The result is JSON with pairs, objective, bound, gap and status;
    the same input and seed give the same result (but for "seconds"), unless the time limit stopped the
    search. Exit code 1: there is no assignment ("conflict" says which rules collide) or none was found in
    time, the result is written all the same; 2: bad input, with file and field; 3: no solver is installed.

    Example: flask assign contest.json --seed 7 --out assigned.json
    """
    from core.json_fields import FieldError
    from judging.assignment import SolverMissing, solve
    from judging.assignment_files import LARGEST_FILE, read_instance, result_json

    if math.isnan(seconds):
        fail("--seconds: must be a number", BAD_INPUT)
    try:
        check_out(out, instance)
        with instance.open("rb") as file:
            read = read_instance(file.read(LARGEST_FILE + 1), instance.name)
        began = time.monotonic()
        found = solve(read.problem, seed=seed, seconds=seconds)
    except FieldError as error:
        fail(str(error), BAD_INPUT)
    except OSError as error:
        fail(f"{instance}: {error.strerror}", BAD_INPUT)
    except SolverMissing as error:
        fail(str(error), MISSING)
    result = result_json(read, found, seed=seed, seconds=time.monotonic() - began)
    write_json(out, result, not_over=instance)
    click.echo(_summary(read, found), err=True)
    if found.objective is None:
        raise SystemExit(NO)


def _summary(instance: Instance, found: Assignment) -> str:
    if found.status == "infeasible":
        return "\n".join(["There is no assignment:", *(f"- {part.message}" for part in found.conflict)])
    if found.objective is None:
        return "No assignment was found in time; give it more --seconds."
    loads = found.loads.values()
    proof = (
        "proven best"
        if found.status == "optimal"
        else f"at most {100 * (found.gap or 0):.2f} % below the best"
    )
    lines = [
        f"{len(found.pairs)} pairs, {found.objective / instance.scale:g} points, {proof}.",
        f"Loads {min(loads)} to {max(loads)}; {found.interpreted} interpreted pairs.",
        f"The graph has {len(found.components)} component(s) and {len(found.bridges)} bridge(s).",
        f"Algebraic connectivity of the graph of judges: {found.algebraic_connectivity:.2f}.",
    ]
    if found.price_of_connection:
        lines.append(f"Connectedness costs {found.price_of_connection / instance.scale:g} points.")
    if instance.base is not None:
        diff = found.diff(instance.base)
        lines.append(f"{len(diff.added)} pairs are new, {len(diff.removed)} are gone.")
    return "\n".join(lines)
