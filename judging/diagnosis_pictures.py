"""The pictures of a round's diagnosis: what was computed, brought together with names and words.

Shapes are laid out in judging/pictures/; this module says what each picture shows, and sums it up for those
who can't see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from judging.diagnosis_texts import VERDICTS, percent
from judging.pictures import judge_graph
from judging.pictures.heat_map import Cell, heat_map
from judging.pictures.left_out import LeftOutRow, left_out
from judging.pictures.line_gaps import LineRow, line_gaps
from judging.pictures.mark_strips import StripRow, mark_strips
from judging.pictures.rank_intervals import RankRow, Zone, around_lines, rank_intervals
from judging.pictures.rank_slopes import SlopeRow, rank_slopes
from judging.pictures.severity_forest import SeverityRow, severity_forest
from judging.pictures.shapes import Drawing, figure
from judging.queries.diagnosis import ADVANCE, Border, Posed

PAGE = 30
"""Teams on one page of a heat map."""
_FEW_TEAMS = 40
_NEIGHBORS = 5
_MOST_SLOPES = 32


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its title, its summary in words, and a second layout for phones where it has one."""

    name: str
    title: str
    summary: str
    wide: Drawing
    narrow: Drawing | None = None


@dataclass(frozen=True)
class Seen:
    """A round and its diagnosis, with the name of everything."""

    posed: Posed
    found: Mapping[str, Any]

    def team(self, key: str) -> str:
        return self.posed.teams.get(key, key)

    def judge(self, key: str) -> str:
        return self.posed.judges.get(key, key)

    @property
    def subjects(self) -> list[dict[str, Any]]:
        """The rows of the calibrated view, best first."""
        rows: list[dict[str, Any]] = self.found["calibrated"]["subjects"]
        return rows

    @property
    def lines(self) -> dict[int, dict[str, Any]]:
        """Place → what the calibrated view says of the line after it."""
        return {line["place"]: line for line in self.found["calibrated"]["prize_lines"]}

    @property
    def lines_between(self) -> list[int]:
        """The places after which a line parts somebody."""
        teams = len(self.posed.official)
        return sorted({border.place for border in self.posed.borders if 0 < border.place < teams})

    @property
    def by_official_rank(self) -> list[str]:
        official = self.posed.official
        return sorted(official, key=lambda key: (official[key], self.team(key)))

    def names(self) -> dict[str, str]:
        """Everything by its key."""
        criteria = {key: border_free(name) for key, name in self.posed.criteria.items()}
        return {**self.posed.teams, **self.posed.judges, **criteria}


def border_free(name: Any) -> str:
    """A three-language name in the reader's language, as plain text."""
    from core.template_tools import pick

    return pick(name).text


def border_name(border: Border) -> str:
    """What a line is called: the prize above it, or that one goes on."""
    if border.kind == ADVANCE:
        return _("Next round")
    return border_free(border.name)


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
    direction = -1 if seen.found["calibrated"]["subjects"] and _low_wins(seen) else 1
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
    summary = "; ".join(
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


def _low_wins(seen: Seen) -> bool:
    return bool(seen.posed.given["rule"]["direction"] == "low")


def severity(seen: Seen) -> Picture | None:
    flagged = {
        key
        for flag in seen.found["report"]["flags"]
        for key in flag["about"]
        if flag["code"] in ("strict", "lenient")
    }
    known = [row for row in seen.found["report"]["judges"] if row["severity_low"] is not None]
    if not known:
        return None
    rows = [
        SeverityRow(
            seen.judge(row["judge"]),
            row["severity"],
            row["severity_low"],
            row["severity_high"],
            row["judge"] in flagged,
            _("%(points)s · %(n)s teams", points=figure(row["severity"], signed=True), n=row["n"]),
            f"{figure(row['severity_low'], signed=True)} … {figure(row['severity_high'], signed=True)}",
        )
        for row in sorted(known, key=lambda row: (-row["severity"], seen.judge(row["judge"])))
    ]
    options = {
        "unit": _("points beside the panel, with 95 % interval"),
        "lenient": _("lenient"),
        "strict": _("strict"),
    }
    summary = _(
        "Strictest: %(strict)s (%(most)s points). Most lenient: %(lenient)s (%(least)s points).",
        strict=rows[0].name,
        most=figure(rows[0].severity, signed=True),
        lenient=rows[-1].name,
        least=figure(rows[-1].severity, signed=True),
    )
    return Picture(
        "severity",
        _("Strict and lenient judges"),
        summary,
        severity_forest(rows, **options),
        severity_forest(rows, narrow=True, **options),
    )


def page_of(seen: Seen, page: int) -> list[str]:
    """The teams on a page of the heat maps, by official rank."""
    return seen.by_official_rank[(page - 1) * PAGE : page * PAGE]


def pages(seen: Seen) -> int:
    return max(1, -(-len(seen.posed.official) // PAGE))


def residuals(seen: Seen, page: int = 1) -> Picture | None:
    found = seen.found
    spread = found["calibrated"]["variance"]["residual"]
    if not spread:
        return None
    table = {
        (found["judges"][judge], found["subjects"][subject]): (value, residual)
        for judge, subject, value, residual in found["ratings"]
        if residual is not None
    }
    judges = sorted(found["judges"], key=seen.judge)
    teams = page_of(seen, page)
    sign = -1 if _low_wins(seen) else 1
    reach = 3 * spread**0.5

    def cell(judge: str, team: str) -> Cell | None:
        pair = (judge, team)
        if pair in seen.posed.recused:
            return Cell(barred=True, title=_("%(judge)s recused", judge=seen.judge(judge)))
        if pair not in table:
            return None
        value, residual = table[pair]
        departure = figure(sign * residual, 2, signed=True)
        title = f"{seen.judge(judge)} → {seen.team(team)}: {figure(value, 2)} ({departure})"
        return Cell(figure(sign * residual, 0, signed=True), sign * residual / reach, title=title)

    recusing = {judge for judge, team in seen.posed.recused if team in seen.posed.official}
    judges += sorted(recusing - set(judges), key=seen.judge)
    rows = [(seen.team(team), [cell(judge, team) for judge in judges]) for team in teams]
    largest = max(
        (
            (abs(residual), judge, team)
            for (judge, team), (_value, residual) in table.items()
            if team in teams
        ),
        default=None,
    )
    summary = (
        _(
            "Largest departure: %(judge)s on %(team)s, %(points)s points.",
            judge=seen.judge(largest[1]),
            team=seen.team(largest[2]),
            points=figure(largest[0], 1),
        )
        if largest
        else _("No departures.")
    )
    return Picture(
        "residuals",
        _("Departures by judge and team"),
        summary,
        heat_map(rows, [seen.judge(j) for j in judges]),
    )


def criteria(seen: Seen, page: int = 1) -> Picture:
    found = seen.found["criteria"]
    names = [border_free(seen.posed.criteria[key]) for key in found["keys"]]
    sign = -1 if _low_wins(seen) else 1

    def cell(value: float | None, mean: float, spread: float) -> Cell | None:
        if value is None:
            return None
        return Cell(figure(value), sign * (value - mean) / (2.5 * spread) if spread else 0.0)

    rows = [
        (
            seen.team(team),
            [
                cell(*one)
                for one in zip(
                    found["means"].get(team, [None] * len(names)), found["mean"], found["spread"], strict=True
                )
            ],
        )
        for team in page_of(seen, page)
    ]
    summary = _("Mean mark of each team on %(criteria)s.", criteria=_(", ").join(names))
    return Picture("criteria", _("Teams by criterion"), summary, heat_map(rows, names, cell=52))


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
        " ".join(left_out_sentences(seen)),
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
            _("Without %(judge)s: %(changes)s.", judge=seen.judge(row["judge"]), changes="; ".join(parts))
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


def strips(seen: Seen) -> Picture:
    given: dict[str, list[float]] = {}
    for judge, _subject, value, _residual in seen.found["ratings"]:
        given.setdefault(seen.found["judges"][judge], []).append(value)
    values = [value for own in given.values() for value in own]
    scale = seen.found["scale"] or [min(values, default=0), max(values, default=1)]
    low = max(scale[0], min(values, default=scale[0]) - 0.05 * (scale[1] - scale[0]))
    rows = [
        StripRow(
            seen.judge(judge),
            own,
            fmean(own),
            _(
                "mean %(mean)s, sd %(sd)s",
                mean=figure(fmean(own)),
                sd=figure(stdev(own)) if len(own) > 1 else "–",
            ),
        )
        for judge, own in sorted(given.items(), key=lambda item: (-fmean(item[1]), seen.judge(item[0])))
    ]
    options = {"unit": _("weighted total, points"), "low": low, "high": scale[1]}
    means = [row.mean for row in rows]
    summary = (
        _(
            "Means of judges from %(low)s to %(high)s points.",
            low=figure(min(means)),
            high=figure(max(means)),
        )
        if means
        else ""
    )
    return Picture(
        "marks",
        _("How each judge’s totals are spread"),
        summary,
        mark_strips(rows, **options),
        mark_strips(rows, narrow=True, **options),
    )


def graph(seen: Seen) -> Picture:
    found = seen.found
    pairs = [
        (found["judges"][judge], found["subjects"][subject]) for judge, subject, *_rest in found["ratings"]
    ]
    judges = {key: seen.judge(key) for key in sorted(found["judges"], key=seen.judge)}
    islands = found["calibrated"]["components"]
    summary = (
        _("All judges and teams are connected: their scores can be compared.")
        if islands == 1
        else ngettext(
            "Judges and teams fall into %(num)d island.",
            "Judges and teams fall into %(num)d islands.",
            islands,
        )
    )
    if len(found["subjects"]) <= _FEW_TEAMS:
        teams = {key: seen.team(key) for key in found["subjects"]}
        return Picture("graph", _("Who saw whom"), summary, judge_graph.sheet_graph(judges, teams, pairs))
    drawn = judge_graph.drawing(judge_graph.picture(judges, pairs))
    return Picture("graph", _("Who judges together with whom"), summary, drawn)


PICTURES: Mapping[str, Callable[..., Picture | None]] = {
    "rank-intervals": intervals,
    "line-gaps": gaps,
    "severity": severity,
    "residuals": residuals,
    "criteria": criteria,
    "left-out": without_one,
    "slopes": slopes,
    "marks": strips,
    "graph": graph,
}
"""Every picture by its name in addresses."""
PAGED = ("residuals", "criteria")
