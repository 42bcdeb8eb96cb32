"""The command that plans the agenda of a file. It needs no database."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.command_answers import BAD_INPUT, MISSING, NO, check_out, fail, readable_file, write_json

if TYPE_CHECKING:
    from roadshows.agenda import Agenda
    from roadshows.agenda_files import Instance


@click.command("agenda")
@click.argument("instance", metavar="INSTANCE.json", type=readable_file)
@click.option(
    "--seconds", type=click.FloatRange(0.1, 86_400), default=60.0, show_default=True, help="Time limit."
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Breaks ties.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Default: standard output.")
def agenda(instance: Path, seconds: float, seed: int, out: Path | None) -> None:
    """Plan an agenda: sessions into slots and rooms, with interpreters, and how far from the best possible
    it is.

    INSTANCE.json is of the format roadshow/1. The result is JSON with placements, objective (smaller is
    better), bound, gap and status; the same input and seed give the same result (but for "seconds"), unless
    the time limit stopped the search. Exit code 1: there is no plan ("conflict" says which rules collide) or
    none was found in time, the result is written all the same; 2: bad input, with file and field; 3: no
    solver is installed.

    Example: flask agenda roadshow.json --seconds 30 --out agenda.json
    """
    from core.json_fields import FieldError
    from roadshows.agenda import SolverMissing, solve
    from roadshows.agenda_files import LARGEST_FILE, read_instance, result_json

    if math.isnan(seconds):
        fail("--seconds: must be a number", BAD_INPUT)
    try:
        check_out(out, instance)
        with instance.open("rb") as file:
            read = read_instance(file.read(LARGEST_FILE + 1), instance.name)
        found = solve(read.problem, seed=seed, seconds=seconds)
    except FieldError as error:
        fail(str(error), BAD_INPUT)
    except OSError as error:
        fail(f"{instance}: {error.strerror}", BAD_INPUT)
    except SolverMissing as error:
        fail(str(error), MISSING)
    result = result_json(read, found, seed=seed, seconds=found.seconds)
    write_json(out, result, not_over=instance)
    click.echo(_summary(read, found), err=True)
    if found.objective is None:
        raise SystemExit(NO)


def _summary(instance: Instance, found: Agenda) -> str:
    if found.status == "infeasible":
        return "\n".join(["There is no plan:", *(f"- {part.message}" for part in found.conflict)])
    if found.objective is None:
        missing = len(found.unplaced)
        return f"No plan of all sessions was found; {missing} have no place yet. Give it more --seconds."
    proof = (
        "proven best"
        if found.status == "optimal"
        else f"at most {100 * (found.gap or 0):.1f} % of it could be saved"
    )
    lines = [f"{len(found.placements)} sessions, price {found.objective / instance.scale:g}, {proof}."]
    if found.moved is not None:
        least = (
            "the fewest possible"
            if found.moved == found.moves_bound
            else f"at least {found.moves_bound} must"
        )
        lines.append(f"{found.moved} sessions move ({least}).")
    return "\n".join(lines)
