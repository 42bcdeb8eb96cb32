"""Pictures of the judging: shapes lie where their figures say, inside the drawing, and never too many."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judging.pictures import judge_graph
from judging.pictures.heat_map import Cell, heat_map
from judging.pictures.left_out import LeftOutRow, left_out
from judging.pictures.line_gaps import LineRow, line_gaps
from judging.pictures.mark_strips import BINS, StripRow, mark_strips
from judging.pictures.rank_intervals import RankRow, Zone, around_lines, rank_intervals
from judging.pictures.rank_slopes import SlopeRow, rank_slopes
from judging.pictures.severity_forest import SeverityRow, severity_forest
from judging.pictures.shapes import (
    Box,
    Dot,
    Drawing,
    Line,
    Scale,
    Text,
    figure,
    round_steps,
    shortened,
    text_width,
)

pytestmark = pytest.mark.no_database
repeatable = settings(deadline=None, derandomize=True)


def of_look(drawing: Drawing, look: str) -> list[Line | Box | Dot | Text]:
    return [shape for shape in drawing.shapes if look in shape.look.split()]


def inside(drawing: Drawing) -> bool:
    """Whether all lines, boxes and dots lie within the drawing."""
    for shape in drawing.shapes:
        if isinstance(shape, Line):
            xs, ys = (shape.x1, shape.x2), (shape.y1, shape.y2)
        elif isinstance(shape, Box):
            xs, ys = (shape.x, shape.x + shape.width), (shape.y, shape.y + shape.height)
        else:
            xs, ys = (shape.x,), (shape.y,)
        if min(xs) < -0.5 or max(xs) > drawing.width + 0.5 or min(ys) < 0 or max(ys) > drawing.height + 0.5:
            return False
    return True


def rank_rows(count: int) -> list[RankRow]:
    return [
        RankRow(f"队{rank}", rank, max(1, rank - 3), min(count, rank + 4), count + 1 - rank, "80.0")
        for rank in range(1, count + 1)
    ]


ZONES = (Zone(0, 1, "一等奖"), Zone(1, 3, "二等奖"), Zone(3, 8, "三等奖"))
WORDS = {"unit": "rank", "left_out": "… %d more …"}


@pytest.mark.parametrize("narrow", [False, True])
def test_a_bar_reaches_from_the_lowest_to_the_highest_rank(narrow: bool) -> None:
    rows = rank_rows(20)
    drawing = rank_intervals(rows, ZONES, places=range(20), narrow=narrow, **WORDS)
    bars, dots = of_look(drawing, "interval"), of_look(drawing, "official")
    strokes = of_look(drawing, "estimate")
    assert len(bars) == len(dots) == len(strokes) == 20
    for bar, stroke in zip(bars, strokes, strict=True):
        assert isinstance(bar, Box)
        assert isinstance(stroke, Line)
        assert bar.x < stroke.x1 < bar.x + bar.width
    # The official order is the opposite one.
    assert all(one.x > other.x for one, other in pairwise(dots))  # type: ignore[union-attr]
    assert inside(drawing)


def test_prize_zones_meet_between_the_ranks() -> None:
    drawing = rank_intervals(rank_rows(20), ZONES, places=range(20), **WORDS)
    zones = of_look(drawing, "zone")
    assert len(zones) == 3
    for one, other in pairwise(zones):
        assert isinstance(one, Box)
        assert isinstance(other, Box)
        assert one.x + one.width == pytest.approx(other.x, abs=0.2)
    first = of_look(drawing, "estimate")[0]
    assert isinstance(zones[0], Box)
    assert isinstance(first, Line)
    assert zones[0].x < first.x1 < zones[0].x + zones[0].width


def test_names_of_zones_do_not_write_over_each_other() -> None:
    drawing = rank_intervals(rank_rows(20), ZONES, places=range(20), narrow=True, **WORDS)
    names = [shape for shape in of_look(drawing, "zone-name") if isinstance(shape, Text)]
    for one in names:
        for other in names:
            if one is not other and one.y == other.y:
                left, right = sorted((one, other), key=lambda text: text.x)
                assert right.x - text_width(right.text, 12) >= left.x


def test_a_team_without_an_interval_has_none() -> None:
    rows = [RankRow("A", 1, None, None, 1, "–"), RankRow("B", 2, None, None, None, "–")]
    drawing = rank_intervals(rows, (), places=(0, 1), **WORDS)
    assert of_look(drawing, "interval") == []
    assert len(of_look(drawing, "official")) == 1


@repeatable
@given(count=st.integers(1, 600), lines=st.lists(st.integers(0, 700), max_size=6))
def test_few_teams_are_shown_and_always_those_next_to_a_line(count: int, lines: list[int]) -> None:
    places = around_lines(count, lines)
    assert places == sorted(set(places))
    assert len(places) <= 48
    assert places[0] >= 0
    assert places[-1] < count
    for line in lines:
        if 0 < line < count:
            assert {line - 1, line} <= set(places)


def test_teams_left_out_are_counted() -> None:
    drawing = rank_intervals(rank_rows(100), (), places=(0, 1, 50, 51), **WORDS)
    gaps = [shape.text for shape in of_look(drawing, "gap") if isinstance(shape, Text)]
    assert gaps == ["… 48 more …", "… 48 more …"]


def test_strict_judges_stand_right_of_zero() -> None:
    rows = [SeverityRow("严", 4, 2, 6, True), SeverityRow("宽", -3, -5, -1, False)]
    for narrow in (False, True):
        drawing = severity_forest(rows, unit="points", lenient="lenient", strict="strict", narrow=narrow)
        zero = of_look(drawing, "zero")[0]
        strict, lenient = of_look(drawing, "point")
        assert isinstance(zero, Line)
        assert lenient.x < zero.x1 < strict.x  # type: ignore[union-attr]
        assert "flagged" in strict.look
        assert inside(drawing)


def test_a_gap_lies_in_the_middle_and_teams_beside_it() -> None:
    row = LineRow("一等奖", "toss_up", "Toss-up 55 %", 0.4, (("A", 0.2), ("B", -0.2), ("C", -1.5)))
    drawing = line_gaps([row], unit="points")
    box, zero = of_look(drawing, "gap-box")[0], of_look(drawing, "zero")[0]
    assert isinstance(box, Box)
    assert isinstance(zero, Line)
    assert box.x < zero.x1 < box.x + box.width
    assert [shape.title for shape in of_look(drawing, "above")] == ["A"]
    assert [shape.title for shape in of_look(drawing, "below")] == ["B", "C"]


def test_a_heat_map_has_a_cell_for_each_pair_and_hatches_who_recused() -> None:
    rows = [("队A", [Cell("+3", 1.0), Cell("−1", -0.3), None]), ("队B", [Cell(barred=True), None, Cell("0")])]
    drawing = heat_map(rows, ["评委甲", "评委乙", "评委丙"])
    assert len(of_look(drawing, "heat")) == 3
    assert len(of_look(drawing, "high-3")) == 1
    assert len(of_look(drawing, "low-1")) == 1
    assert len(of_look(drawing, "barred")) == 1
    assert of_look(drawing, "hatch")
    assert inside(drawing)


def test_the_largest_heat_map_stays_small() -> None:
    rows = [(f"队{at}", [Cell("+1", 0.2)] * 60) for at in range(30)]
    drawing = heat_map(rows, [f"评委{at}" for at in range(60)])
    assert len(drawing.shapes) < 4000


def test_what_one_judge_moves_is_drawn_from_best_to_worst() -> None:
    rows = [LeftOutRow("A", 1, 1, 1, False), LeftOutRow("B", 2, 2, 4, True, "4 without X")]
    drawing = left_out(rows, (Zone(0, 2, "奖"),), unit="rank")
    still, moved = of_look(drawing, "whisker")
    assert isinstance(still, Line)
    assert isinstance(moved, Line)
    assert still.x1 == still.x2
    assert moved.x1 < moved.x2
    assert len(of_look(drawing, "hollow")) == 1
    assert len(of_look(drawing, "official")) == 2


def test_slopes_cross_where_two_teams_change_places() -> None:
    rows = [
        SlopeRow("A", (1, 2), None, True),
        SlopeRow("B", (2, 1), None, True),
        SlopeRow("C", (3, None), None, False),
    ]
    drawing = rank_slopes(rows, ("official", "calibrated"), [1])
    one, other = (shape for shape in of_look(drawing, "slope") if isinstance(shape, Line))
    assert (one.y1 - other.y1) * (one.y2 - other.y2) < 0
    assert len(of_look(drawing, "prize-line")) == 1
    assert inside(drawing)


def test_every_total_of_a_judge_is_in_one_column() -> None:
    row = StripRow("甲", [0.0, 50.0, 50.1, 100.0], 50.0, "mean 50.0")
    drawing = mark_strips([row], unit="points", low=0, high=100)
    piles = of_look(drawing, "pile")
    assert len(piles) <= BINS
    assert sum(int(pile.title) for pile in piles) == 4  # type: ignore[union-attr]
    assert inside(drawing)


def test_islands_have_colors_of_their_own() -> None:
    pairs = [("a", "1"), ("b", "1"), ("b", "2"), ("c", "3"), ("d", "3"), ("e", "4")]
    assert judge_graph.groups(pairs) == {"a": 0, "b": 0, "c": 1, "d": 1, "e": 2}
    names = {key: key.upper() for key in "abcde"}
    found = judge_graph.picture(names, pairs)
    assert found.groups == 3
    drawing = judge_graph.drawing(found)
    assert {shape.look for shape in of_look(drawing, "node")} == {f"node group-{at}" for at in range(3)}
    sheets = judge_graph.sheet_graph(names, {key: f"队{key}" for key in "1234"}, pairs)
    assert len(of_look(sheets, "edge")) == len(pairs)
    assert inside(sheets)


@repeatable
@given(low=st.floats(-1e4, 1e4), width=st.floats(0.01, 1e4), most=st.integers(1, 12))
def test_figures_of_a_scale_are_round_and_lie_on_it(low: float, width: float, most: int) -> None:
    ticks = round_steps(low, low + width, most)
    assert len(ticks) <= most + 1
    assert all(low - 1e-6 <= tick <= low + width + 1e-6 for tick in ticks)
    steps = {round(other - one, 9) for one, other in pairwise(ticks)}
    assert len(steps) <= 1 or max(steps) - min(steps) < 1e-6


def test_a_scale_without_width_is_its_middle() -> None:
    assert Scale(5, 5, 0, 100)(5) == 50
    assert Scale(0, 10, 0, 100)(25) == 100


def test_names_are_cut_by_how_wide_they_are_drawn() -> None:
    assert shortened("四川大学", 60) == "四川大学"
    assert shortened("四川大学创新创业", 58) == "四川大…"
    assert text_width(shortened("Seabridge Xiuye Laboratory", 100)) <= 100


def test_figures_have_a_true_minus_and_no_negative_zero() -> None:
    assert [figure(-1.25, 1), figure(-0.01, 1), figure(2.0, 1, signed=True), figure(0.0, 0, signed=True)] == [
        "−1.2",
        "0.0",
        "+2.0",
        "0",
    ]
