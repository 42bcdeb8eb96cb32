"""What the page on how sure a round's order is says in words and tables, from what was computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from judging import diagnosis_texts as texts
from judging.diagnosis_seen import Seen, border_name
from judging.diagnosis_texts import percent
from judging.pictures.shapes import figure
from judging.queries.diagnosis import ADVANCE, Border

_EVEN = 0.55  # nearly as likely the other way round
_FEW_JUDGES = 5


@dataclass(frozen=True, slots=True)
class LineWords:
    """A line in words. `verdict` is `clear`, `probable`, `toss_up`, or "" where nothing can be told."""

    name: str
    place: int
    verdict: str
    verdict_word: str
    probability: str
    between: str
    border: tuple[str, ...]
    settle: str
    differ: tuple[str, ...]
    misplaced: str


def line_words(seen: Seen) -> list[LineWords]:
    """Each prize line and the advancing line, the first prize first."""
    official = {line["place"]: line for line in seen.found["official_lines"]}
    return [_line(seen, border, official.get(border.place)) for border in _real(seen)]


def _real(seen: Seen) -> list[Border]:
    """Lines that part anybody: those with teams on both sides."""
    teams = len(seen.found["subjects"])
    return [border for border in seen.posed.borders if 0 < border.place < teams]


def _line(seen: Seen, border: Border, official: Mapping[str, Any] | None) -> LineWords:
    line = seen.lines.get(border.place)
    # Where earlier rounds, bonus or deductions count, official totals and these scores are different things.
    compared = official if official and not _counts_more(seen) else None
    differ = [_differing(seen, row) for row in compared["differ"]] if compared else []
    misplaced = compared["misplaced"] if compared else None
    if border.kind == ADVANCE:
        name = ngettext("Next round: the first goes on", "Next round: the first %(num)d go on", border.place)
    else:
        name = border_name(border)
    if line is None:
        return LineWords(name, border.place, "", "–", "–", "", (), "", tuple(differ), "")
    return LineWords(
        name,
        border.place,
        line["verdict"],
        str(texts.VERDICTS[line["verdict"]]),
        percent(line["probability"]),
        _between(seen, line),
        tuple(seen.team(key) for key in line["border"]),
        _settle(seen, line),
        tuple(differ),
        _(
            "Of the %(places)d above this line by the official result, %(count)s probably belong below it.",
            places=sum(rank <= border.place for rank in seen.posed.official.values()),
            count=figure(misplaced),
        )
        if misplaced is not None and misplaced >= 0.1
        else "",
    )


def _counts_more(seen: Seen) -> bool:
    return "carried" in seen.posed.given or "adjustments" in seen.posed.given


def _between(seen: Seen, line: Mapping[str, Any]) -> str:
    """The pair at the line, by calibrated score, which need not be the official one."""
    pair = {"above": seen.team(line["above"]), "below": seen.team(line["below"])}
    if line["probability"] is not None and line["probability"] <= _EVEN:
        return _("By calibrated score %(above)s and %(below)s can’t be told apart.", **pair)
    return _("By calibrated score: %(above)s before %(below)s", **pair)


def _differing(seen: Seen, row: Mapping[str, Any]) -> str:
    values = {"team": seen.team(row["subject"]), "chance": percent(row["p"])}
    if row["official_above"]:
        return _("%(team)s: officially above this line, calibrated below it (chance: %(chance)s)", **values)
    return _("%(team)s: officially below this line, calibrated above it (chance: %(chance)s)", **values)


def _settle(seen: Seen, line: Mapping[str, Any]) -> str:
    """What one more judge would bring, computed; "" for a line that is clear."""
    if line["verdict"] == "clear" or not line["remedies"]:
        return ""
    best = line["remedies"][0]
    teams = [seen.team(key) for key in best["one_more_judge_for"]]
    if best["gain"] < 0.01:
        return _("One more judge would hardly change it: the teams are too close.")
    said = _(
        "One more judge for %(teams)s: %(now)s → %(then)s.",
        teams=listed(teams),
        now=percent(line["probability"]),
        then=percent(best["probability"]),
    )
    if line["verdict"] != "toss_up":
        return said
    needed = best["judges_needed"]
    if needed is None:
        return texts.in_a_row([said, _("Even twenty would not settle it; a prize for both would.")])
    if needed == 1:
        return texts.in_a_row([said, _("Then it is no toss-up any longer.")])
    return texts.in_a_row([said, _("%(count)d more judges until it is no toss-up.", count=needed)])


def listed(names: Sequence[str]) -> str:
    """Names as one says them: the last joined by "and"."""
    if len(names) < 2:
        return "".join(names)
    return _("%(one)s and %(other)s", one=_(", ").join(names[:-1]), other=names[-1])


def rank_rows(seen: Seen) -> list[dict[str, Any]]:
    """Every team's row of the table beneath the picture, by calibrated rank."""
    robust, ranks = seen.found["robust"], seen.found["left_out_ranks"] or {}
    places = [border.place for border in _real(seen)]
    return [
        {
            "team": seen.team(row["subject"]),
            "official": seen.posed.official.get(row["subject"], "–"),
            "total": seen.posed.totals.get(row["subject"], "–"),
            "rank": row["rank"],
            "range": f"{row['rank_low']}–{row['rank_high']}" if row["rank_low"] else "–",
            "score": figure(row["score"], 2),
            "interval": f"{figure(row['low'], 1)} … {figure(row['high'], 1)}"
            if row["low"] is not None
            else "–",
            "robust": robust.get(row["subject"], "–"),
            "left_out": "{}–{}".format(*ranks[row["subject"]][::2]) if row["subject"] in ranks else "–",
            "chances": [percent(row["p_top"].get(str(place))) for place in places],
        }
        for row in seen.subjects
    ]


def chance_heads(seen: Seen) -> list[str]:
    """The columns of chances of that table."""
    return [_("Chance: %(line)s", line=border_name(border)) for border in _real(seen)]


def notes(seen: Seen) -> list[str]:
    """What a reader of the calibrated view should know."""
    found = texts.notes(seen.found["calibrated"]["note_codes"])
    judges = len(seen.found["judges"])
    if seen.posed.open:
        found.append(
            ngettext(
                "One sheet is not in yet; everything here may still move.",
                "%(num)d sheets are not in yet; everything here may still move.",
                seen.posed.open,
            )
        )
    if _counts_more(seen):
        found.append(
            _(
                "Earlier rounds, bonus and deductions count in the official total. The calibrated scores are "
                "of this round’s marks alone, so the two are not compared here."
            )
        )
    codes = {row["code"] for row in seen.found["calibrated"]["note_codes"]}
    if 1 < judges < _FEW_JUDGES and "few_judges" not in codes:
        found.append(_("Only %(count)d judges: one of them can move everything.", count=judges))
    return found


def decides(seen: Seen) -> str:
    """What the calibrated view is for, by the published rule."""
    if any(step == "calibrated" for step in seen.posed.given["rule"]["ties"]):
        return _(
            "The published rule lets the calibrated score part teams with equal totals, and nothing else. "
            "The official result stays as it is."
        )
    return _(
        "This view decides nothing: the published rule alone makes the result. "
        "It shows where a look is worth it."
    )
