"""Results as snapshots: who gets which prize, and the canonical JSON that is hashed, signed and published.

Pure: a ranking and names in, plain dictionaries and text out. All figures are text with fixed decimals, so
that the same snapshot has the same bytes and the same SHA-256 everywhere.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from judging.allotting import Allotment, OpenTie, PrizeLine, SharedPrize, allot
from judging.exact import exact, plain
from judging.problems import RuleError
from judging.ranking import Mark, Ranking
from judging.rules import Rule

__all__ = [
    "Allotment",
    "OpenTie",
    "PrizeLine",
    "SharedPrize",
    "Subject",
    "allot",
    "allot_by_rule",
    "build",
    "canonical",
    "carried_totals",
    "code_order",
    "same_outcome",
    "sha256",
    "table_text",
    "without_marks",
]

FORMAT = "jiachi-result/1"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a snapshot says of a ranked entry. `title` is in three languages; the ids are for certificates."""

    entry: str
    team_id: int
    team: str
    name: str
    name_latin: str
    country: str
    title: Mapping[str, str]
    members: tuple[int, ...] = ()


def allot_by_rule(ranking: Ranking, prizes: Sequence[PrizeLine], advance_places: int | None) -> Allotment:
    """Give prizes and places in the next round as the ranking's own rule says."""
    rule = ranking.rule
    return allot(
        [(line.subject, line.rank) for line in ranking.subjects],
        prizes,
        advance_places,
        prize_ties=rule.prize_ties,
        advance=rule.advance,
        totals={line.subject: line.total for line in ranking.subjects},
        low_totals_win=rule.low_totals_win,
    )


def carried_totals(published: Mapping[str, Any], rule: Rule, *, key: str = "subject") -> dict[str, Fraction]:
    """The totals of an earlier round as `rank` takes them for the stages of `rule`: as they were published.

    published: a snapshot, or what `flask rank` prints; key: by which of a row's texts a subject is found
    again (in snapshots `entry` is there, too). Raises RuleError where the lowest total wins in one of the
    rounds only.
    """
    if Rule.from_json(published["rule"]).low_totals_win != rule.low_totals_win:
        raise RuleError("stages", "other_direction")
    return {row[key]: exact(row["total"]) for row in published["ranking"]}


def table_text(marks: Iterable[Mark]) -> str:
    """The marks as a score table that `flask rank` reads, rows and figures in one possible way only."""
    rows = sorted((mark.judge, mark.subject, mark.criterion, plain(exact(mark.score))) for mark in marks)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("judge", "subject", "criterion", "score"))
    writer.writerows(rows)
    return out.getvalue()


def build(
    *,
    edition: Mapping[str, Any],
    round_: Mapping[str, Any],
    number: int,
    previous_sha256: str | None,
    reason: str,
    imported_from: str,
    rubric: Sequence[Mapping[str, Any]],
    marks: Sequence[Mark],
    ranking: Ranking,
    subjects: Mapping[str, Subject],
    prizes: Sequence[PrizeLine],
    allotment: Allotment,
    next_round: str | None,
    decisions: Sequence[Mapping[str, Any]],
    carried: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The snapshot of one version of a round's result.

    marks: with the judges' anonymous codes. rubric: key, name, weight, least, most, step of each criterion
    in order. decisions: subject, position, reason, decided_at of each decision on a tie that counted.
    carried: round, name, version, sha256 of each published result whose totals count in this one.
    """
    lines = []
    for row in ranking.to_json():
        about = subjects[row["subject"]]
        lines.append(
            row
            | {
                "entry": about.entry,
                "team": {
                    "id": about.team_id,
                    "key": about.team,
                    "name": about.name,
                    "name_latin": about.name_latin,
                    "country": about.country,
                    "members": list(about.members),
                },
                "title": dict(about.title),
                "prize": allotment.prizes.get(row["subject"]),
                "advances": None if allotment.advancing is None else row["subject"] in allotment.advancing,
            }
        )
    snapshot: dict[str, Any] = {
        "format": FORMAT,
        "edition": dict(edition),
        "round": dict(round_),
        "version": number,
        "previous_sha256": previous_sha256,
        "reason": reason,
        "imported_from": imported_from,
        "rule": ranking.rule.to_json(),
        "rubric": [dict(criterion) for criterion in rubric],
        "judges": sorted({mark.judge for mark in marks}, key=code_order),
        "input_sha256": hashlib.sha256(table_text(marks).encode()).hexdigest(),
        "ranking": lines,
        "tie_breaks": [step.to_json() for step in ranking.tie_breaks],
        "decisions": [dict(decision) for decision in decisions],
        "notes": list(ranking.notes),
        "prizes": [{"id": prize.id, "name": dict(prize.name), "places": prize.places} for prize in prizes],
        "next_round": next_round,
    }
    if (pairs := ranking.pairs_json()) is not None:
        snapshot["pairs"] = pairs
    if carried:
        snapshot["carried"] = [dict(one) for one in carried]
    if allotment.shared:
        snapshot["shared_prizes"] = [shared.to_json() for shared in allotment.shared]
    return snapshot


def canonical(snapshot: Mapping[str, Any]) -> str:
    """The one text of a snapshot: JSON with sorted keys, no white space, characters as themselves.

    Raises TypeError for a float: no figure of a result is one.
    """
    _refuse_floats(snapshot)
    return json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """The hash that is signed and published: of the canonical text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def same_outcome(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two versions say the same but for their own number, why they were made and from which version
    of an earlier round they have the same totals."""
    own = ("version", "previous_sha256", "reason", "carried")
    return {key: value for key, value in one.items() if key not in own} == {
        key: value for key, value in other.items() if key not in own
    }


def without_marks(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The snapshot for a round whose marks are not published: ranks and totals only. Its hash is not the
    signed one.
    """
    shown = {
        key: value
        for key, value in snapshot.items()
        if key not in ("judges", "ranking", "tie_breaks", "pairs", "input_sha256")
    }
    hidden = ("criteria", "judge_totals", "tie_steps")
    shown["ranking"] = [
        {key: value for key, value in row.items() if key not in hidden} for row in snapshot["ranking"]
    ]
    return shown


def code_order(code: str) -> tuple[str, int, str]:
    """J2 before J10."""
    letters = code.rstrip("0123456789")
    digits = code[len(letters) :]
    return letters, int(digits) if digits else -1, code


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float | Fraction):
        raise TypeError(f"{value!r} in a snapshot: figures are text")
    if isinstance(value, Mapping):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)
