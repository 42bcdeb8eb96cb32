"""Other ways to make an agenda, beside which the planner is measured."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from roadshows.agenda import Placement, Problem
from roadshows.agenda_board import Board
from roadshows.agenda_conflicts import obstacles_at
from roadshows.agenda_grid import Grid
from roadshows.agenda_model import Model, Options

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001


def greedy(problem: Problem, restarts: int = 10) -> list[Placement]:
    """Sessions with the fewest cells first, each into its cheapest free cell; the best of some orders."""
    allowed = {
        event.id: len(cells) for event, cells in zip(problem.events, Grid(problem).allowed, strict=True)
    }
    best: list[Placement] = []
    for seed in range(restarts):
        draw = Random(seed)
        board = Board(problem)
        used: set[tuple[str, str, str]] = set()
        for event in sorted(problem.events, key=lambda event: allowed[event.id] + draw.random() * 20):
            cells = []
            for slot in problem.slots:
                for room in problem.rooms:
                    price = problem.weights.overflow * max(0, event.demand - room.capacity)
                    price += problem.weights.block_track * ((slot.block, room.id, event.track) not in used)
                    cells.append((price, room.capacity, draw.random(), slot, room))
            for *_, slot, room in sorted(cells, key=lambda cell: cell[:3]):
                if obstacles_at(board, event, slot, room):
                    continue
                people = board.free_interpreters(event, slot, room.venue) if event.interp else []
                if event.interp and not people:
                    continue
                person = people[0].id if people else None
                board.put(Placement(event.id, slot.id, room.id, person))
                used.add((slot.block, room.id, event.track))
                break
        rows = list(board.at.values())
        if not best or (-len(rows), problem.objective(rows)) < (-len(best), problem.objective(best)):
            best = rows
    return best


def one_piece(problem: Problem, seconds: float) -> tuple[float | None, float]:
    """All sessions in all cells in one CP-SAT model, two workers: price (None without a plan) and bound."""
    from ortools.sat.python import cp_model

    grid = Grid(problem)
    model = Model(grid, dict(enumerate(grid.allowed)), {}, Options())
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    solver.parameters.max_time_in_seconds = seconds
    status = solver.solve(model.cp)
    has_plan = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return (solver.objective_value if has_plan else None), solver.best_objective_bound


def conference_scheduler(problem: Problem) -> int:
    """The sessions that `conference-scheduler` places. It knows absences, speakers who can't be in two
    places and seats, but no interpreters, travel or tracks."""
    from conference_scheduler import resources, scheduler

    slots = [
        resources.Slot(
            venue=room.id,
            starts_at=_EPOCH + timedelta(minutes=slot.start),
            duration=slot.minutes,
            capacity=room.capacity,
            session=slot.block,
        )
        for slot in problem.slots
        for room in problem.rooms
        if slot.city == room.city
    ]
    of_slot: dict[str, list[object]] = {}
    for made, (slot, _) in zip(
        slots,
        ((slot, room) for slot in problem.slots for room in problem.rooms if slot.city == room.city),
        strict=True,
    ):
        of_slot.setdefault(slot.id, []).append(made)
    events = [
        resources.Event(name=event.id, duration=0, demand=event.demand, tags=[]) for event in problem.events
    ]
    for made, event in zip(events, problem.events, strict=True):
        made.add_unavailability(*(cell for slot in event.unavailable for cell in of_slot[slot]))
    for made, event in zip(events, problem.events, strict=True):
        others = [
            other
            for other, session in zip(events, problem.events, strict=True)
            if other is not made and set(session.speakers) & set(event.speakers)
        ]
        made.add_unavailability(*others)
    return len(list(scheduler.solution(events=events, slots=slots)))
