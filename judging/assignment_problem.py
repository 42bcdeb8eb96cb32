"""What is to be assigned: entries, judges, possible pairs, rules and wishes, as arrays that are checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.quoting import quoted
from judging.assignment_words import AssignmentError
from judging.panel_graph import label_components

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

GREATEST_GAIN = 10**8  # either way, of a pair; prices, too
MOST_PER_ENTRY = 1000
GREATEST_LOAD = 10**7


@dataclass(frozen=True, slots=True)
class PanelRule:
    """Every panel has at least `least[label]` judges of that label; `labels`: the one label of each judge.

    Labels that `least` doesn't name are free. Judges without a label have "".
    """

    name: str
    labels: Sequence[str]
    least: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Problem:
    """Who may judge what, and what is wanted; a candidate pair is one place of `judge`, `entry` and `gain`.

    judges, entries: ids (text, unique). judge, entry: indices into them, int32, shape (pairs,); no pair
    twice. gain: whole points for choosing the pair. interpreted: the judge needs an interpreter there.
    fixed: must be chosen. kept: was chosen before (for repair).
    per_entry: judges for each entry, exactly: one number or shape (entries,). least, most: loads of each
    judge, shape (judges,); default 0 and no limit.
    load_target, over_target: each entry of a judge beyond the target costs `over_target` points; the target
    is one number or shape (judges,).
    panel: rules that each hold for every panel; the first is the cheapest to keep. interpreters: greatest
    number of interpreted pairs. connected: judges and entries that are paired make one component.
    change_price: points for each chosen pair that isn't `kept`; fewest_changes: as few of those as possible,
    whatever it costs. mixing: points for each time two judges meet more often than all must on average.

    Raises AssignmentError, naming the field.
    """

    judges: Sequence[str]
    entries: Sequence[str]
    judge: Ints
    entry: Ints
    gain: Longs
    per_entry: Any
    least: Any = 0
    most: Any = None
    load_target: Any = None
    over_target: int = 0
    interpreted: Bools | None = None
    fixed: Bools | None = None
    kept: Bools | None = None
    panel: Sequence[PanelRule] = field(default=())
    interpreters: int | None = None
    connected: bool = False
    change_price: int = 0
    fewest_changes: bool = False
    mixing: int = 0

    def __post_init__(self) -> None:
        judges, entries = tuple(self.judges), tuple(self.entries)
        self._set(judges=judges, entries=entries)
        _check_ids("judges", judges, "no_judges")
        _check_ids("entries", entries, "no_entries")
        pairs = len(np.atleast_1d(np.asarray(self.judge)))
        self._set(
            judge=_whole("judge", self.judge, pairs).astype(np.int32),
            entry=_whole("entry", self.entry, pairs).astype(np.int32),
            gain=_within("gain", _whole("gain", self.gain, pairs), -GREATEST_GAIN, GREATEST_GAIN),
        )
        for name in ("interpreted", "fixed", "kept"):
            if (given := getattr(self, name)) is not None:
                self._set(**{name: _flags(name, given, pairs)})
        most = self.most
        if most is None:
            most = max(len(entries), int(np.max(self.least, initial=0)))
        self._set(
            per_entry=_within(
                "per_entry", _spread("per_entry", self.per_entry, len(entries)), 0, MOST_PER_ENTRY
            ),
            least=_within("least", _spread("least", self.least, len(judges)), 0, GREATEST_LOAD),
            most=_within("most", _spread("most", most, len(judges)), 0, GREATEST_LOAD),
            panel=tuple(self.panel),
        )
        if self.load_target is not None:
            target = _spread("load_target", self.load_target, len(judges))
            self._set(load_target=_within("load_target", target, 0, GREATEST_LOAD))
        for name in ("over_target", "change_price", "mixing"):
            _within(name, _whole(name, [getattr(self, name)], 1), 0, GREATEST_GAIN)
        if self.interpreters is not None:
            _within("interpreters", _whole("interpreters", [self.interpreters], 1), 0, GREATEST_LOAD)
        self._check_pairs()
        for rule in self.panel:
            _check_panel(rule, len(judges))
        if (wrong := np.flatnonzero(self.least > self.most)).size:
            at = int(wrong[0])
            shown = {
                "judge": quoted(judges[at]),
                "least": int(self.least[at]),
                "most": int(self.most[at]),
            }
            raise AssignmentError("least", "least_above_most", **shown)

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _check_pairs(self) -> None:
        for name, indices, count in (
            ("judge", self.judge, len(self.judges)),
            ("entry", self.entry, len(self.entries)),
        ):
            if len(indices) and (indices.min() < 0 or indices.max() >= count):
                found = int(indices.min() if indices.min() < 0 else indices.max())
                raise AssignmentError(name, "unknown_index", found=found, count=count)
        keys = self.entry.astype(np.int64) * len(self.judges) + self.judge
        if len(keys) > 1 and not (keys[1:] > keys[:-1]).all():
            keys.sort()
            if (twice := np.flatnonzero(keys[1:] == keys[:-1])).size:
                entry, judge = divmod(int(keys[twice[0]]), len(self.judges))
                shown = {"judge": quoted(self.judges[judge]), "entry": quoted(self.entries[entry])}
                raise AssignmentError("judge", "duplicate_pair", **shown)

    @cached_property
    def places(self) -> int:
        """Judges' places in all panels: the number of pairs of any assignment."""
        return int(self.per_entry.sum())

    @cached_property
    def points(self) -> Longs:
        """Gain of each pair less the price of a change; what the linear part of the objective adds up."""
        if self.kept is None or not self.change_price:
            return self.gain
        return self.gain - np.where(self.kept, 0, self.change_price)

    @cached_property
    def fixed_mask(self) -> Bools:
        """`fixed`, or no pair at all."""
        return np.zeros(len(self.judge), bool) if self.fixed is None else self.fixed

    @cached_property
    def interpreted_mask(self) -> Bools:
        """`interpreted`, or no pair at all."""
        return np.zeros(len(self.judge), bool) if self.interpreted is None else self.interpreted

    @cached_property
    def meetings_allowed(self) -> int:
        """How often two judges meet if all meet equally often, rounded up; more is a repeated meeting."""
        meetings = int((self.per_entry * (self.per_entry - 1) // 2).sum())
        pairs = len(self.judges) * (len(self.judges) - 1) // 2
        return -(-meetings // pairs) if pairs else 0

    def over(self, loads: Longs) -> int:
        """Entries beyond the judges' targets, in all."""
        return 0 if self.load_target is None else int(np.maximum(0, loads - self.load_target).sum())

    def linear(self, chosen: NDArray[np.intp]) -> int:
        """Objective of the pairs at `chosen` without mixing: points less the price of loads over target."""
        loads = np.bincount(self.judge[chosen], minlength=len(self.judges))
        return int(self.points[chosen].sum()) - self.over_target * self.over(loads)

    def with_(self, **changes: Any) -> Problem:
        """The same problem with some fields changed."""
        return Problem(**({part.name: getattr(self, part.name) for part in fields(self)} | changes))


@dataclass(frozen=True)
class LabelCodes:
    """A panel rule in numbers. codes: the label of each judge, shape (judges,), -1 for labels that are free;
    labels, least: of code 0, 1, …
    """

    codes: Ints
    labels: tuple[str, ...]
    least: Longs


def label_codes(rule: PanelRule) -> LabelCodes:
    """The labels that `rule` asks for, in the order in which it names them."""
    labels = tuple(label for label, least in rule.least.items() if least > 0)
    number = {label: code for code, label in enumerate(labels)}
    codes = np.array([number.get(label, -1) for label in rule.labels], np.int32)
    return LabelCodes(codes, labels, np.array([rule.least[label] for label in labels], np.int64))


@dataclass(frozen=True, slots=True)
class EligibleCounts:
    """Judges who may judge each entry, shape (entries,): all of them, and by rule and label."""

    total: Longs
    by_label: Mapping[str, Mapping[str, Longs]]


def eligible_counts(problem: Problem) -> EligibleCounts:
    """Count before solving: too few eligible judges is what fails in practice."""
    size = len(problem.entries)
    by_label: dict[str, dict[str, Longs]] = {}
    for rule in problem.panel:
        coded = label_codes(rule)
        of_pair = coded.codes[problem.judge]
        by_label[rule.name] = {
            label: np.bincount(problem.entry[of_pair == code], minlength=size)
            for code, label in enumerate(coded.labels)
        }
    return EligibleCounts(np.bincount(problem.entry, minlength=size), by_label)


def keeps_rules(problem: Problem, chosen: NDArray[np.intp]) -> bool:
    """Whether these pairs keep the rules that a flow doesn't know: further panel rules and the budget."""
    if problem.interpreters is not None and problem.interpreted_mask[chosen].sum() > problem.interpreters:
        return False
    needed = problem.per_entry > 0
    for rule in problem.panel[1:]:
        coded = label_codes(rule)
        code_of, entry_of = coded.codes[problem.judge[chosen]], problem.entry[chosen]
        for code, least in enumerate(coded.least):
            seats = np.bincount(entry_of[code_of == code], minlength=len(problem.entries))
            if (seats[needed] < least).any():
                return False
    return True


def is_connected(problem: Problem, chosen: NDArray[np.intp]) -> bool:
    """Whether these pairs make one component, or none."""
    judge, entry = problem.judge[chosen], problem.entry[chosen]
    return label_components(judge, entry, len(problem.judges), len(problem.entries))[0] <= 1


def _check_ids(field_name: str, ids: Sequence[str], none: str) -> None:
    if not ids:
        raise AssignmentError(field_name, none)
    if len(set(ids)) < len(ids):
        seen: set[str] = set()
        twice = next(name for name in ids if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise AssignmentError(field_name, "duplicate_id", value=quoted(twice))


def _whole(field_name: str, values: ArrayLike, length: int) -> Longs:
    found = np.asarray(values)
    if found.ndim != 1 or len(found) != length:
        raise AssignmentError(field_name, "length", found=found.size, wanted=length)
    if not len(found):
        return found.astype(np.int64)
    if found.dtype.kind not in "iu":
        raise AssignmentError(field_name, "not_whole")
    return found.astype(np.int64, copy=False)


def _spread(field_name: str, values: ArrayLike, length: int) -> Longs:
    """One number for all, or an array of them."""
    found = np.asarray(values)
    return _whole(field_name, np.broadcast_to(found, (length,)) if found.ndim == 0 else found, length)


def _within(field_name: str, values: Longs, least: int, most: int) -> Longs:
    if len(values) and (values.min() < least or values.max() > most):
        found = int(values.min() if values.min() < least else values.max())
        raise AssignmentError(field_name, "out_of_range", least=least, most=most, found=found)
    return values


def _flags(field_name: str, values: ArrayLike, length: int) -> Bools:
    found = np.asarray(values)
    if found.shape != (length,):
        raise AssignmentError(field_name, "length", found=found.size, wanted=length)
    return found.astype(bool, copy=False)


def _check_panel(rule: PanelRule, judges: int) -> None:
    if len(rule.labels) != judges:
        raise AssignmentError("panel", "length", found=len(rule.labels), wanted=judges)
    for label, least in rule.least.items():
        if isinstance(least, bool) or not isinstance(least, int) or not 0 <= least <= MOST_PER_ENTRY:
            shown = {"rule": quoted(rule.name), "label": quoted(label), "least": quoted(least)}
            raise AssignmentError("panel", "panel_negative", most=MOST_PER_ENTRY, **shown)
