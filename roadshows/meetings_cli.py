"""The command that plans the one-to-one meetings of a file. It needs no database."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.command_answers import BAD_INPUT, MISSING, NO, check_out, fail, readable_file, write_json

if TYPE_CHECKING:
    from roadshows.meetings import Timetable
    from roadshows.meetings_files import Instance


@click.command("meetings")
@click.argument("instance", metavar="INSTANCE.json", type=readable_file)
@click.option(
    "--seconds", type=click.FloatRange(0.1, 86_400), default=60.0, show_default=True, help="Time limit."
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Breaks ties.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Default: standard output.")
def meetings(instance: Path, seconds: float, seed: int, out: Path | None) -> None:
    """Plan one-to-one meetings: who meets whom and when, best in value, with the proof that none is better.

    INSTANCE.json is of the format meetings/1. The result is JSON with meetings, objective, bound, gap and
    status; the same input and seed give the same result (but for "seconds"), unless the time limit stopped
    the search. Exit code 1: there is no timetable ("conflict" says which rules collide) or none was found in
    time, the result is written all the same; 2: bad input, with file and field; 3: no solver is installed.

    Example: flask meetings seoul.json --seed 7 --out timetable.json
    """
    from core.json_fields import FieldError
    from roadshows.meetings import SolverMissing, solve
    from roadshows.meetings_files import LARGEST_FILE, read_instance, result_json

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


def _summary(instance: Instance, found: Timetable) -> str:
    if found.status == "infeasible":
        return "\n".join(["There is no timetable:", *(f"- {part.message}" for part in found.conflict)])
    if found.objective is None:
        return "No timetable was found; give it more --seconds, or ease the rules."
    proof = (
        "proven best"
        if found.status == "optimal"
        else f"at most {100 * (found.gap or 0):.2f} % below the best"
    )
    value = found.objective / instance.scale
    return f"{len(found.meetings)} meetings of {len(instance.problem.team)} wanted, worth {value:g}, {proof}."
