"""Pictures of how a panel judged: severity, totals, departures, criteria, and who can be compared with whom.

Shapes are laid out in judging/pictures/; here is said what each picture shows, and it is summed up for those
who can't see it.
"""

from __future__ import annotations

from statistics import fmean, stdev

from flask_babel import gettext as _
from flask_babel import ngettext

from judging.diagnosis_seen import Picture, Seen, plain_name
from judging.pictures import judge_graph
from judging.pictures.heat_map import Cell, heat_map
from judging.pictures.mark_strips import StripRow, mark_strips
from judging.pictures.severity_forest import SeverityRow, severity_forest
from judging.pictures.shapes import figure

PAGE = 30
"""Teams on one page of a heat map."""
_FEW_TEAMS = 40


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
    sign = -1 if seen.low_wins else 1
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
    names = [plain_name(seen.posed.criteria[key]) for key in found["keys"]]
    sign = -1 if seen.low_wins else 1

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
