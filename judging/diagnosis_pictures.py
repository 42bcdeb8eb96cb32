"""Pictures of how sure a round's order is: ranks with their doubt, gaps at lines, ranks by other views.

Shapes are laid out in judging/pictures/; here is said what each picture shows, and it is summed up for those
who can't see it. The pictures of the panel are in judging/panel_pictures.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from judging.diagnosis_seen import Picture, Seen, border_name
from judging.diagnosis_texts import VERDICTS, in_a_row, percent
from judging.pictures.left_out import LeftOutRow, left_out
from judging.pictures.line_gaps import LineRow, line_gaps
from judging.pictures.rank_intervals import RankRow, Zone, around_lines, rank_intervals
from judging.pictures.rank_slopes import SlopeRow, rank_slopes
from judging.pictures.shapes import figure
from judging.queries.diagnosis import ADVANCE

_NEIGHBORS = 5
_MOST_SLOPES = 32


def zones(seen: Seen) -> list[Zone]:
    """Each prize's places, and below the last prize those who go on."""
    found: list[Zone] = []
    last = 0
    for border in seen.posed.borders:
        parts = border.kind != ADVANCE or border.place < len(seen.posed.official)
        if parts and border.place > last:
            found.append(Zone(last, border.place, border_name(border)))
            last = border.place
    return found


def intervals(seen: Seen) -> Picture:
    unsure = {key for line in seen.lines.values() if line["verdict"] == "toss_up" for key in line["border"]}
    rows = [
        RankRow(
            seen.team(row["subject"]),
            row["rank"],
            row["rank_low"],
            row["rank_high"],
            seen.posed.official.get(row["subject"]),
            figure(row["score"]),
            row["subject"] in unsure,
            _(
                "%(team)s: officially %(official)s, calibrated %(rank)s, between %(low)s and %(high)s",
                team=seen.team(row["subject"]),
                official=seen.posed.official.get(row["subject"], "–"),
                rank=row["rank"],
                low=row["rank_low"] or "–",
                high=row["rank_high"] or "–",
            ),
        )
        for row in seen.subjects
    ]
    places = around_lines(len(rows), [border.place for border in seen.posed.borders])
    options: dict[str, Any] = {
        "places": places,
        "unit": _("rank"),
        "left_out": _("… %d more teams …"),
    }
    summary = (
        ngettext("Where one team may rank.", "Where each of %(num)d teams may rank.", len(places))
        + " "
        + (
            _(
                "Not settled: %(teams)s.",
                teams=_(", ").join(sorted(map(seen.team, unsure))),
            )
            if unsure
            else _("No line is a toss-up.")
        )
    )
    return Picture(
        "rank-intervals",
        _("Where each team may rank"),
        summary,
        rank_intervals(rows, zones(seen), **options),
        rank_intervals(rows, zones(seen), narrow=True, **options),
    )


def gaps(seen: Seen) -> Picture | None:
    order = [row["subject"] for row in seen.subjects]
    score = {row["subject"]: row["score"] for row in seen.subjects}
    direction = -1 if seen.found["calibrated"]["subjects"] and seen.low_wins else 1
    rows = []
    for border in seen.posed.borders:
        line = seen.lines.get(border.place)
        if line is None:
            continue
        above, below = score[line["above"]], score[line["below"]]
        middle = (above + below) / 2
        near = order[max(0, border.place - _NEIGHBORS) : border.place + _NEIGHBORS]
        words = f"{VERDICTS[line['verdict']]} {percent(line['probability'])}"
        teams = tuple((seen.team(key), direction * (score[key] - middle)) for key in near)
        rows.append(LineRow(border_name(border), line["verdict"], words, abs(above - below), teams))
    if not rows:
        return None
    unit = _("points above the line (to the right) and below it")
    summary = _("; ").join(
        _("%(line)s: gap %(gap)s points, %(words)s", line=row.name, gap=figure(row.gap, 2), words=row.words)
        for row in rows
    )
    return Picture(
        "line-gaps",
        _("How wide the gap at each line is"),
        summary,
        line_gaps(rows, unit=unit),
        line_gaps(rows, unit=unit, narrow=True),
    )


def without_one(seen: Seen) -> Picture | None:
    ranks = seen.found["left_out_ranks"]
    if not ranks or len(seen.found["judges"]) < 2:
        return None
    changing = {change["subject"] for row in seen.found["left_out"] for change in row["changes"]}
    rows = []
    for key in left_out_keys(seen):
        best, best_by, worst, worst_by = ranks[key]
        official = seen.posed.official[key]
        far, whose = (worst, worst_by) if worst - official >= official - best else (best, best_by)
        aside = _("%(rank)s without %(judge)s", rank=far, judge=seen.judge(whose)) if far != official else ""
        title = _(
            "%(team)s: %(official)s; from %(best)s to %(worst)s",
            team=seen.team(key),
            official=official,
            best=best,
            worst=worst,
        )
        rows.append(
            LeftOutRow(
                seen.team(key),
                official,
                min(best, official),
                max(worst, official),
                key in changing,
                aside,
                title,
            )
        )
    if not rows:
        return None
    unit = _("official rank, and without one judge")
    return Picture(
        "left-out",
        _("The official ranks without one judge"),
        in_a_row(left_out_sentences(seen)),
        left_out(rows, zones(seen), unit=unit),
        left_out(rows, zones(seen), unit=unit, narrow=True),
    )


def left_out_keys(seen: Seen) -> list[str]:
    """The teams in that picture: those around the lines who have a rank without each judge."""
    order, ranks = seen.by_official_rank, seen.found["left_out_ranks"] or {}
    places = around_lines(len(order), [border.place for border in seen.posed.borders], 12, 40)
    return [order[place] for place in places if order[place] in ranks]


def left_out_sentences(seen: Seen, most: int = 12) -> list[str]:
    """Whose absence would change which prize, in words."""
    found = seen.found["left_out"]
    if found is None:
        return [_("What the result would be without one judge can’t be computed for this rule.")]
    if len(seen.found["judges"]) < 2:
        return [_("There is one judge only: everything depends on this judge.")]
    prizes = [border_name(border) for border in seen.posed.borders if border.kind != ADVANCE]
    if not prizes:
        return []
    sentences = []
    for row in found:
        if not row["changes"]:
            continue
        parts = [
            _("%(prize)s: %(gains)s instead of %(loses)s", prize=name, gains=gains, loses=loses)
            for number, name in enumerate(prizes, 1)
            if (gains := _listed(seen, row, "after", number))
            != (loses := _listed(seen, row, "before", number))
        ]
        sentences.append(
            _("Without %(judge)s: %(changes)s.", judge=seen.judge(row["judge"]), changes=_("; ").join(parts))
        )
    if not sentences:
        return [_("No prize depends on a single judge.")]
    more = len(sentences) - most
    if more > 0:
        sentences = [*sentences[:most], ngettext("And %(num)d more judge.", "And %(num)d more judges.", more)]
    return sentences


def _listed(seen: Seen, row: Mapping[str, Any], when: str, prize: int) -> str:
    names = [seen.team(change["subject"]) for change in row["changes"] if change[when] == prize]
    return _(", ").join(names) or _("nobody")


def slope_ranks(seen: Seen) -> dict[str, tuple[int, int | None, int | None]]:
    """Each team's official, calibrated and resistant rank, by official rank."""
    calibrated = {row["subject"]: row["rank"] for row in seen.subjects}
    robust = seen.found["robust"]
    return {
        key: (seen.posed.official[key], calibrated.get(key), robust.get(key)) for key in seen.by_official_rank
    }


def crossing(seen: Seen) -> list[str]:
    """The teams that change sides of a line between these views, by official rank."""
    lines = seen.lines_between
    return [
        key
        for key, ranks in slope_ranks(seen).items()
        if any(len({rank <= line for rank in ranks if rank is not None}) > 1 for line in lines)
    ]


def slope_keys(seen: Seen) -> list[str]:
    """The teams in that picture: those around the lines, and who changes sides, however far from a line."""
    order = seen.by_official_rank
    near = [
        order[place] for place in around_lines(len(order), seen.lines_between, _MOST_SLOPES, _MOST_SLOPES)
    ]
    return sorted({*near, *crossing(seen)[:_MOST_SLOPES]}, key=order.index)


def slopes(seen: Seen) -> Picture | None:
    ranks, own, changes = seen.found["left_out_ranks"] or {}, slope_ranks(seen), crossing(seen)
    rows = [
        SlopeRow(
            seen.team(key), own[key], (ranks[key][0], ranks[key][2]) if key in ranks else None, key in changes
        )
        for key in slope_keys(seen)
    ]
    if not rows:
        return None
    summary = ""
    if changes:
        summary = _("On different sides of a line: %(teams)s.", teams=_(", ").join(map(seen.team, changes)))
    elif seen.lines_between:
        summary = _("All views give the same teams the same prizes.")
    views = (_("Official"), _("Calibrated"), _("Resistant"))
    return Picture(
        "slopes",
        _("The ranks by other ways of counting"),
        summary,
        rank_slopes(rows, views, seen.lines_between, last_view=_("Without one judge") if ranks else ""),
    )
