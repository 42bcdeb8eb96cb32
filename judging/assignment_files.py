"""Files of the format assign/1: an instance in, completely checked, and what was found out.

Judges with countries, organizations, languages and expertise, teams with tracks; which pairs are allowed and
what they are worth follows from those, as the README beside the instances in tests/data/scheduling says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.json_fields import Field, FieldError, read_json
from judging.assignment import Assignment, AssignmentError, PanelRule, Problem, eligible_counts

FORMAT = "assign/1"
LARGEST_FILE = 256 * 1024 * 1024  # bytes; 50,000 teams are some 10 MB
MOST_JUDGES, MOST_TEAMS = 20_000, 200_000

_MOST_K = 100
_GREATEST_LOAD = 10**6
_GREATEST_WEIGHT = 10**5
_MOST_PLACES = 3
_GREATEST_LEVEL = 100
_CELLS = 4_000_000  # judges x teams looked at at once
_WEIGHTS = ("expertise", "native", "interp", "keyword", "over_target")


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge of the file."""

    id: str
    country: str
    org: str
    reads: frozenset[str]
    accepts_interp: bool
    expertise: dict[str, int]
    keywords: frozenset[int | str]
    min_load: int
    max_load: int


@dataclass(frozen=True, slots=True)
class Team:
    """A team of the file."""

    id: str
    org: str
    lang: str
    track: str
    interp_ok: bool
    keywords: frozenset[int | str]


@dataclass(frozen=True, slots=True)
class Instance:
    """A file as a problem. scale: whole points of the problem for one point of the file (weights may have
    decimals). base: pairs (judge, team) of a repair, None when it is none.
    """

    name: str
    problem: Problem
    scale: int
    base: frozenset[tuple[str, str]] | None


def read_instance(data: bytes, name: str) -> Instance:
    """Read an instance from the bytes of the file `name`. Raises FieldError naming the field."""
    try:
        return _instance(read_json(data, LARGEST_FILE))
    except FieldError as error:
        error.name = name
        raise


def _instance(top: Field) -> Instance:
    found = top.get("format")
    if found.value != FORMAT:
        raise found.refuse("wrong_format", wanted=FORMAT)
    name = top.find("name")
    tracks, languages = _names(top.find("tracks")), _names(top.find("languages"))
    judges = _judges(top.get("judges"), tracks, languages)
    teams = _teams(top.get("teams"), tracks, languages)
    judge_ids, team_ids = {judge.id for judge in judges}, {team.id for team in teams}
    barred = _pairs(top.find("coi"), judge_ids, team_ids)
    base_field, change = top.find("base_pairs"), top.find("change_weight")
    gone = top.find("dropped")
    dropped = set(gone.distinct(lambda item: item.known(judge_ids, "the judges"))) if gone else set()
    base = None
    if base_field is not None:
        base = frozenset(_pairs(base_field, judge_ids, team_ids))
        if change is None:
            raise base_field.refuse("needs", other="change_weight")
    weights, scale = _weights(top.get("weights"), change)
    staying = [judge for judge in judges if judge.id not in dropped]
    if not staying:
        raise top.get("dropped").refuse("refused", reason="no judge is left")
    budget, connected, panel = top.find("interp_total_max"), top.find("connected"), top.find("panel")
    columns = _candidates(staying, teams, barred, top.get("min_expertise").whole(0, _GREATEST_LEVEL), weights)
    target = top.find("load_target")
    least_of = _country_least(panel)
    try:
        problem = Problem(
            judges=[judge.id for judge in staying],
            entries=[team.id for team in teams],
            judge=columns.judge,
            entry=columns.entry,
            gain=columns.gain,
            interpreted=columns.interpreted,
            per_entry=top.get("k").whole(1, _MOST_K),
            least=np.array([judge.min_load for judge in staying]),
            most=np.array([judge.max_load for judge in staying]),
            load_target=target.whole(0, _GREATEST_LOAD) if target else None,
            over_target=weights["over_target"],
            kept=None if base is None else _kept(columns, staying, teams, base),
            panel=[PanelRule("country", [judge.country for judge in staying], least_of)] if least_of else [],
            interpreters=budget.whole(0, 10**9) if budget else None,
            connected=connected.flag() if connected else False,
            change_price=weights["change"],
        )
    except AssignmentError as error:
        raise FieldError(
            "weights" if error.field == "gain" else error.field, "refused", reason=error
        ) from None
    return Instance(name.text() if name else "", problem, scale, base)


def _names(field: Field | None) -> frozenset[str] | None:
    return None if field is None else frozenset(field.distinct(Field.name))


def _judges(field: Field, tracks: frozenset[str] | None, languages: frozenset[str] | None) -> list[Judge]:
    found = []
    for item in _some(field, MOST_JUDGES):
        least, most = item.get("min_load"), item.get("max_load")
        loads = least.whole(0, _GREATEST_LOAD), most.whole(0, _GREATEST_LOAD)
        if loads[0] > loads[1]:
            raise least.refuse("min_above_max", least=loads[0], most=loads[1])
        expertise = {
            _one_of(key, tracks, "the tracks"): level.whole(0, _GREATEST_LEVEL)
            for key, level in item.get("expertise").fields()
        }
        reads = frozenset(
            _one_of(language, languages, "the languages") for language in item.get("reads").items()
        )
        found.append(
            Judge(
                id=item.get("id").name(),
                country=item.get("country").text(),
                org=item.get("org").text(),
                reads=reads,
                accepts_interp=item.get("accepts_interp").flag(),
                expertise=expertise,
                keywords=_keywords(item),
                min_load=loads[0],
                max_load=loads[1],
            )
        )
    _check_distinct(field, [judge.id for judge in found])
    return found


def _teams(field: Field, tracks: frozenset[str] | None, languages: frozenset[str] | None) -> list[Team]:
    found = [
        Team(
            id=item.get("id").name(),
            org=item.get("org").text(),
            lang=_one_of(item.get("lang"), languages, "the languages"),
            track=_one_of(item.get("track"), tracks, "the tracks"),
            interp_ok=item.get("interp_ok").flag(),
            keywords=_keywords(item),
        )
        for item in _some(field, MOST_TEAMS)
    ]
    _check_distinct(field, [team.id for team in found])
    return found


def _some(field: Field, most: int) -> list[Field]:
    items = field.items(most)
    if not items:
        raise field.refuse("empty")
    return items


def _check_distinct(field: Field, ids: Sequence[str]) -> None:
    first: dict[str, int] = {}
    for place, value in enumerate(ids):
        if value in first:
            found = Field(value, f"{field.path}[{place}].id")
            raise found.refuse("duplicate_id", first=f"{field.path}[{first[value]}]")
        first[value] = place


def _one_of(field: Field, known: frozenset[str] | None, where: str) -> str:
    return field.name() if known is None else field.known(known, where)


def _keywords(item: Field) -> frozenset[int | str]:
    field = item.find("keywords")
    if field is None:
        return frozenset()
    for keyword in field.items():
        if isinstance(keyword.value, bool) or not isinstance(keyword.value, int | str):
            raise keyword.refuse("not_text")
    return frozenset(field.value)


def _pairs(field: Field | None, judges: set[str], teams: set[str]) -> set[tuple[str, str]]:
    if field is None:
        return set()

    def pair(item: Field) -> tuple[str, str]:
        if not isinstance(item.value, list) or len(item.value) != 2:
            raise item.refuse("not_a_pair")
        judge, team = item.items()
        return judge.known(judges, "the judges"), team.known(teams, "the teams")

    if field.path == "coi":  # a conflict declared twice is one
        return {pair(item) for item in field.items()}
    return set(field.distinct(pair))


def _weights(field: Field, change: Field | None) -> tuple[dict[str, int], int]:
    """Weights as whole numbers, and how many of those are one point of the file."""
    given = {
        key: field.get(key).number(
            0 if key == "over_target" else -_GREATEST_WEIGHT, _GREATEST_WEIGHT, _MOST_PLACES
        )
        for key in _WEIGHTS
    }
    given["change"] = change.number(0, _GREATEST_WEIGHT, _MOST_PLACES) if change else Decimal(0)
    places = max(max(0, -int(weight.normalize().as_tuple().exponent)) for weight in given.values())
    scale = 10**places
    return {key: int(weight * scale) for key, weight in given.items()}, scale


def _country_least(panel: Field | None) -> dict[str, int]:
    rule = None if panel is None else panel.find("min_by_country")
    if rule is None:
        return {}
    return {key.name(): least.whole(0, _MOST_K) for key, least in rule.fields()}


@dataclass(frozen=True, slots=True)
class _Columns:
    judge: NDArray[np.int32]
    entry: NDArray[np.int32]
    gain: NDArray[np.int64]
    interpreted: NDArray[np.bool_]


def _candidates(
    judges: Sequence[Judge],
    teams: Sequence[Team],
    barred: set[tuple[str, str]],
    min_expertise: int,
    weights: dict[str, int],
) -> _Columns:
    """Pairs that are allowed, and their gains, some teams at a time."""
    number = {judge.id: place for place, judge in enumerate(judges)}
    barred_of: dict[str, list[int]] = {}
    for judge_id, team_id in barred:
        if judge_id in number:
            barred_of.setdefault(team_id, []).append(number[judge_id])
    tracks = {track: place for place, track in enumerate(sorted({team.track for team in teams}))}
    langs = {lang: place for place, lang in enumerate(sorted({team.lang for team in teams}))}
    orgs = {org: place for place, org in enumerate({judge.org: None for judge in judges})}
    words = {word: place for place, word in enumerate({w: None for judge in judges for w in judge.keywords})}
    level = np.array([[judge.expertise.get(track, 0) for track in tracks] for judge in judges])
    reads = np.array([[lang in judge.reads for lang in langs] for judge in judges])
    org_of = np.array([orgs[judge.org] for judge in judges])
    helped = np.array([judge.accepts_interp for judge in judges])
    knows = _word_table([judge.keywords for judge in judges], words)
    parts = []
    step = max(1, _CELLS // len(judges))
    for first in range(0, len(teams), step):
        some = teams[first : first + step]
        track = [tracks[team.track] for team in some]
        native = reads[:, [langs[team.lang] for team in some]]
        levels = level[:, track]
        allowed = (levels >= min_expertise) & (org_of[:, None] != [orgs.get(team.org, -1) for team in some])
        allowed &= native | (helped[:, None] & np.array([team.interp_ok for team in some]))
        for place, team in enumerate(some):
            allowed[barred_of.get(team.id, []), place] = False
        shared = (knows @ _word_table([team.keywords for team in some], words).T).astype(np.int64)
        gain = weights["expertise"] * levels + weights["keyword"] * shared
        gain += np.where(native, weights["native"], weights["interp"])
        entry, judge = np.nonzero(allowed.T)
        parts.append((judge, entry + first, gain[judge, entry], ~native[judge, entry]))
    judge_of, entry_of, gains, interpreted = (np.concatenate(part) for part in zip(*parts, strict=True))
    return _Columns(judge_of.astype(np.int32), entry_of.astype(np.int32), gains, interpreted)


def _word_table(keywords: Sequence[frozenset[int | str]], words: dict[int | str, int]) -> NDArray[np.float32]:
    table = np.zeros((len(keywords), len(words)), np.float32)
    for row, own in enumerate(keywords):
        table[row, [words[word] for word in own if word in words]] = 1
    return table


def _kept(
    columns: _Columns, judges: Sequence[Judge], teams: Sequence[Team], base: frozenset[tuple[str, str]]
) -> NDArray[np.bool_]:
    judge_of = {judge.id: place for place, judge in enumerate(judges)}
    team_of = {team.id: place for place, team in enumerate(teams)}
    keys = [team_of[team] * len(judges) + judge_of[judge] for judge, team in base if judge in judge_of]
    return np.isin(columns.entry.astype(np.int64) * len(judges) + columns.judge, np.array(keys, np.int64))


def result_json(instance: Instance, found: Assignment, *, seed: int, seconds: float) -> dict[str, Any]:
    """What the command writes: the solution, its proof and its quality, or the rules that collide."""
    has_one = found.objective is not None
    result: dict[str, Any] = {
        "format": FORMAT,
        "name": instance.name,
        "status": found.status,
        "stopped": found.stopped,
        "objective": _points(found.objective, instance.scale),
        "bound": _points(found.bound, instance.scale),
        "gap": found.gap,
        "seconds": round(seconds, 3),
        "seed": seed,
        "pairs": [list(pair) for pair in found.pairs],
        "conflict": [
            {"rule": part.rule, "objects": list(part.objects), "message": part.message, "params": part.params}
            for part in found.conflict
        ],
        "eligible": _eligible(instance.problem),
    }
    if has_one:
        wishes = asdict(found.wishes)
        for name in ("points", "ideal"):
            wishes[name] = _points(wishes[name], instance.scale)
        result |= {
            "loads": found.loads,
            "components": len(found.components),
            "bridges": [list(pair) for pair in found.bridges],
            "algebraic_connectivity": round(found.algebraic_connectivity, 6),
            "price_of_connection": _points(found.price_of_connection, instance.scale),
            "wishes": wishes,
        }
        if instance.base is not None:
            diff = found.diff(instance.base)
            result["added"] = [list(pair) for pair in diff.added]
            result["removed"] = [list(pair) for pair in diff.removed]
    return result


def _points(value: int | None, scale: int) -> int | float | None:
    """In points of the file; a decimal number only where weights are."""
    if value is None or scale == 1:
        return value
    return value // scale if value % scale == 0 else value / scale


def _eligible(problem: Problem) -> dict[str, dict[str, int]]:
    """Entry -> judges who may judge it, in all and by country."""
    counts = eligible_counts(problem)
    columns = {"all": counts.total} | {
        label: of_label for rule in counts.by_label.values() for label, of_label in rule.items()
    }
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return {
        entry: dict(zip(columns, row, strict=True)) for entry, row in zip(problem.entries, rows, strict=True)
    }
