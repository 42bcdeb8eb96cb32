"""What an organizer asks of an assignment, and the plain problem that follows from it for the solver.

Pure. Judges and entries are named by keys; `problem` gives the fields of `judging.assignment.Problem` as
plain lists, so that it can be hashed, stored and sent to another process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

MODES = ("afresh", "few_changes", "fill")
LANGUAGES = ("any", "interpreter", "own")
MOST_WEIGHT = 100
COUNTRIES = ("CN", "KR", "ZZ")


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """What is asked. Weights are from 0 (no matter) to 100.

    mode: `afresh` moves every sheet that is not begun where that is better; `few_changes` keeps what stands
    and changes as few pairs as the rules need; `fill` keeps all that stands and may, and only adds to it.
    load_slack: how many entries a judge may have more or less than the mean (more only, where sheets stay).
    languages: `any` doesn't ask what judges read, `interpreter` allows at most `interpreters` pairs (None:
    any number) in which the judge doesn't read the entry's language but takes an interpreter, `own` none.
    allow_short: an entry that fewer may judge gets those.
    least_of_country, least_of_background: label → at least so many on every panel.
    """

    per_entry: int = 3
    mode: str = "afresh"
    seed: int = 1
    load_slack: int = 2
    languages: str = "interpreter"
    interpreters: int | None = None
    least_of_country: Mapping[str, int] = field(default_factory=dict)
    least_of_background: Mapping[str, int] = field(default_factory=dict)
    connected: bool = True
    allow_short: bool = False
    expertise: int = 20
    wishes: int = 20
    even_load: int = 4
    mixing: int = 2
    few_interpreters: int = 15

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PanelSettings:
        """Absent keys have their defaults, unknown ones are left out: older proposals stay readable."""
        return cls(**{part.name: data[part.name] for part in fields(cls) if part.name in data})


@dataclass(frozen=True, slots=True)
class JudgeFacts:
    """What an assignment needs to know of a judge. languages: () means all; levels: track → 1 to 3.

    A retired judge keeps what she has begun and gets nothing more.
    """

    key: str
    name: str
    country: str = ""
    background: str = ""
    languages: tuple[str, ...] = ()
    takes_interpreter: bool = True
    levels: Mapping[str, int] = field(default_factory=dict)
    least_load: int | None = None
    most_load: int | None = None
    retired: bool = False

    def reads(self, languages: Sequence[str]) -> bool:
        return not self.languages or not languages or any(one in self.languages for one in languages)


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What an assignment needs to know of an entry. languages: those in which it is written."""

    key: str
    name: str
    country: str = ""
    track: str = ""
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Basis:
    """A round as an assignment finds it; pairs are (judge key, entry key).

    barred: pairs that may not be → why (a code of `judging.queries.conflicts.CONFLICTS`, or `recused`).
    begun: sheets that hold something, never moved. standing: sheets that are not begun. wishes: 1 or -1.
    """

    judges: Sequence[JudgeFacts]
    entries: Sequence[EntryFacts]
    barred: Mapping[tuple[str, str], str]
    begun: AbstractSet[tuple[str, str]]
    standing: AbstractSet[tuple[str, str]]
    wishes: Mapping[tuple[str, str], int]

    @property
    def places(self) -> int:
        """Judges' sheets that stand now."""
        return len(self.begun) + len(self.standing)


def repairing(settings: PanelSettings) -> PanelSettings:
    """The same wishes with as few changes as possible."""
    return replace(settings, mode="few_changes")


def may_judge(judge: JudgeFacts, entry: EntryFacts, settings: PanelSettings) -> bool:
    """Whether the judge can follow the entry, herself or through an interpreter."""
    if judge.retired:
        return False
    if settings.languages == "any" or judge.reads(entry.languages):
        return True
    return settings.languages == "interpreter" and judge.takes_interpreter


def problem(basis: Basis, settings: PanelSettings) -> dict[str, Any]:
    """The fields of `judging.assignment.Problem`, as plain lists and numbers.

    Begun sheets are in it even where a rule forbids the pair: they are never moved, and the result's blockers
    name them. Then the least and greatest loads give way, too.
    """
    judges, entries = list(basis.judges), list(basis.entries)
    rows: list[tuple[int, int, int, bool, bool, bool]] = []
    for at, entry in enumerate(entries):
        for who, judge in enumerate(judges):
            pair = (judge.key, entry.key)
            begun = pair in basis.begun
            stays = settings.mode == "fill" and pair in basis.standing
            if not begun and (pair in basis.barred or not may_judge(judge, entry, settings)):
                continue
            foreign = settings.languages != "any" and not judge.reads(entry.languages)
            points = _gain(judge, entry, basis.wishes.get(pair, 0), foreign, settings)
            rows.append((who, at, points, foreign, begun or stays, begun or pair in basis.standing))
    least, most, target = _loads(basis, settings, {who for who, *_rest in rows if not judges[who].retired})
    few = settings.mode == "few_changes"
    begun_of = Counter(entries[row[1]].key for row in rows if row[4])
    able = Counter(row[1] for row in rows)
    wanted_of = [
        max(
            min(settings.per_entry, able[at]) if settings.allow_short else settings.per_entry,
            begun_of[entry.key],
        )
        for at, entry in enumerate(entries)
    ]
    panel = []
    for name, labels, wanted in (
        ("country", [judge.country for judge in judges], settings.least_of_country),
        ("background", [judge.background for judge in judges], settings.least_of_background),
    ):
        if any(wanted.values()):
            panel.append({"name": name, "labels": labels, "least": {k: v for k, v in wanted.items() if v}})
    return {
        "judges": [judge.key for judge in judges],
        "entries": [entry.key for entry in entries],
        "judge": [row[0] for row in rows],
        "entry": [row[1] for row in rows],
        "gain": [row[2] for row in rows],
        "interpreted": [row[3] for row in rows],
        "fixed": [row[4] for row in rows],
        "kept": [row[5] for row in rows] if few else None,
        "per_entry": wanted_of,
        "least": least,
        "most": most,
        "load_target": target,
        "over_target": settings.even_load,
        "panel": panel,
        "interpreters": settings.interpreters if settings.languages == "interpreter" else None,
        "connected": settings.connected and settings.per_entry > 1,  # one judge each compares with nobody
        "fewest_changes": few,
        "mixing": settings.mixing,
    }


def _gain(judge: JudgeFacts, entry: EntryFacts, wish: int, foreign: bool, settings: PanelSettings) -> int:
    points = settings.expertise * judge.levels.get(entry.track, 0) + settings.wishes * wish
    return points - settings.few_interpreters * foreign


def _loads(
    basis: Basis, settings: PanelSettings, eligible: AbstractSet[int]
) -> tuple[list[int], list[int], int]:
    """Least and greatest load of each judge, and the load beyond which an entry costs something."""
    able = max(1, len(eligible))
    whole = settings.per_entry * len(basis.entries)
    few = settings.mode != "afresh"
    begun = Counter(judge for judge, _entry in basis.begun)
    now = begun + Counter(judge for judge, _entry in basis.standing)
    target = -(-whole // able)
    least, most = [], []
    for who, judge in enumerate(basis.judges):
        floor = 0 if few or who not in eligible else max(0, whole // able - settings.load_slack)
        ceiling = 0 if judge.retired else target + settings.load_slack
        if few:
            ceiling = max(ceiling, now[judge.key])
        if (
            judge.most_load is not None and not judge.retired
        ):  # her own word counts, also where it is more than the mean
            ceiling = judge.most_load
        if judge.least_load is not None and not judge.retired:
            floor = judge.least_load
            ceiling = max(ceiling, floor)
        ceiling = max(ceiling, begun[judge.key])
        least.append(min(floor, ceiling))
        most.append(ceiling)
    return least, most, target


def shown_labels(settings: PanelSettings) -> list[str]:
    """The labels by which eligible judges are counted: those that contests ask for, and all asked for now."""
    usual = ["country:CN", "country:KR", "background:investor"]
    asked = [f"country:{label}" for label, least in settings.least_of_country.items() if least]
    asked += [f"background:{label}" for label, least in settings.least_of_background.items() if least]
    return list(dict.fromkeys([*usual, *asked]))


def eligible_counts(basis: Basis, settings: PanelSettings) -> dict[str, dict[str, int]]:
    """Entry key → label → how many may judge it: "" all, and each of `shown_labels`."""
    found: dict[str, dict[str, int]] = {}
    for entry in basis.entries:
        able = [
            judge
            for judge in basis.judges
            if (judge.key, entry.key) in basis.begun
            or ((judge.key, entry.key) not in basis.barred and may_judge(judge, entry, settings))
        ]
        counts = {"": len(able)}
        for name in shown_labels(settings):
            part, _colon, label = name.partition(":")
            counts[name] = sum(getattr(judge, part) == label for judge in able)
        found[entry.key] = counts
    return found


def least_of(settings: PanelSettings, label: str) -> int:
    """How many of a shown label every panel needs; "" is the panel itself."""
    part, _colon, name = label.partition(":")
    if not part:
        return settings.per_entry
    return (settings.least_of_country if part == "country" else settings.least_of_background).get(name, 0)
