"""Criteria as they are marked: scales in whole numbers, rating bands, and the presets taken from real
contests.

A mark lies on its criterion's scale: `least`, `most` and `step` are whole numbers of 10^-places points,
and a mark is
stored as the number of steps above the least. Everything here is integer arithmetic.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.languages import Trilingual

PRESETS_FILE = Path(__file__).resolve().parent.parent / "competition" / "data" / "criteria_templates.json"

MOST_CRITERIA = 30
MOST_PLACES = 4
MOST_POINTS = 100_000
MOST_STEPS = 1_000_000

NO_TEXT = Trilingual()

_MARK = re.compile(r"(-?)(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,6}))?")


class MarkRefused(ValueError):
    """A mark that can't stand. `code`: not_a_number, below, above, off_step."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class SpecRefused(ValueError):
    """A criterion that can't be marked. `field` says where; `code`: number, places, range, step, weight,
    steps."""

    def __init__(self, field: str, code: str) -> None:
        self.field = field
        self.code = code
        super().__init__(f"{field}: {code}")


@dataclass(frozen=True, slots=True)
class Scale:
    """The permitted marks of a criterion, all in units of 10^-places points."""

    places: int
    least: int
    most: int
    step: int

    @classmethod
    def of(cls, least: str, most: str, step: str) -> Scale:
        """From plain decimal texts. Raises SpecRefused."""
        parts = {
            name: _decimal(name, text) for name, text in (("least", least), ("most", most), ("step", step))
        }
        places = max(decimals for _, decimals in parts.values())
        if places > MOST_PLACES:
            raise SpecRefused("step", "places")
        units = {name: number * 10 ** (places - decimals) for name, (number, decimals) in parts.items()}
        scale = cls(places, units["least"], units["most"], units["step"])
        if scale.step < 1:
            raise SpecRefused("step", "step")
        if scale.most <= scale.least or max(abs(scale.least), scale.most) > MOST_POINTS * 10**places:
            raise SpecRefused("most", "range")
        if (scale.most - scale.least) % scale.step:
            raise SpecRefused("step", "steps")
        if (scale.most - scale.least) // scale.step > MOST_STEPS:
            raise SpecRefused("step", "step")
        return scale

    def steps(self, value: str | int) -> int:
        """The number of steps that a mark stands for. Raises MarkRefused.

        Takes an int or plain ASCII decimal text ("8.5"); no sign but a minus before a number other than 0, no
        exponent, no spaces, no other digits than 0 to 9.
        """
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise MarkRefused("not_a_number")
        found = _MARK.fullmatch(str(value) if isinstance(value, str) or abs(value) < 10**9 else "")
        if not found:
            raise MarkRefused("not_a_number")
        decimals = found[3] or ""
        number = int(found[2] + decimals)
        if found[1]:
            if not number:
                raise MarkRefused("not_a_number")
            number = -number
        surplus = len(decimals) - self.places
        if surplus > 0:
            number, rest = divmod(number, 10**surplus)
            if rest:
                raise MarkRefused("off_step")
        else:
            number *= 10**-surplus
        if number < self.least:
            raise MarkRefused("below")
        if number > self.most:
            raise MarkRefused("above")
        steps, rest = divmod(number - self.least, self.step)
        if rest:
            raise MarkRefused("off_step")
        return steps

    def points(self, steps: int) -> Fraction:
        """The mark that a number of steps stands for, exactly."""
        return Fraction(self.least + steps * self.step, 10**self.places)

    def text(self, steps: int) -> str:
        """The same as plain decimal text without surplus zeros."""
        return _without_surplus(self.least + steps * self.step, self.places)

    @property
    def least_text(self) -> str:
        return _without_surplus(self.least, self.places)

    @property
    def most_text(self) -> str:
        return _without_surplus(self.most, self.places)

    @property
    def step_text(self) -> str:
        return _without_surplus(self.step, self.places)


def _decimal(name: str, text: str) -> tuple[int, int]:
    """A plain decimal text as (digits as one number, how many of them are decimals)."""
    found = _MARK.fullmatch(text)
    if not found:
        raise SpecRefused(name, "number")
    decimals = (found[3] or "").rstrip("0")
    number = int(found[2] + decimals)
    return (-number if found[1] else number), len(decimals)


def weight_problem(text: str) -> str | None:
    """Why `text` can't be a weight: number or weight (negative, above 10,000, more than four decimals)."""
    try:
        number, decimals = _decimal("weight", text)
    except SpecRefused as refused:
        return refused.code
    return "weight" if number < 0 or decimals > MOST_PLACES or number > 10_000 * 10**decimals else None


@dataclass(frozen=True, slots=True)
class Band:
    """A rating band: the marks from `least` (inclusive, plain decimal text) up to the next band are
    called `name`."""

    least: str
    name: Trilingual
    text: Trilingual = NO_TEXT

    def to_json(self) -> dict[str, Any]:
        return {"from": self.least, "name": self.name.to_json(), "text": self.text.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Band:
        return cls(
            str(data.get("from", "")),
            Trilingual.from_json(data.get("name")),
            Trilingual.from_json(data.get("text")),
        )


@dataclass(frozen=True, slots=True)
class CriterionSpec:
    """A criterion as it is to be made. Numbers are plain decimal texts; an empty `key` is made from the
    name."""

    name: Trilingual
    most: str
    least: str = "0"
    step: str = "1"
    weight: str = "1"
    hint: Trilingual = NO_TEXT
    bands: tuple[Band, ...] = ()
    key: str = ""

    @property
    def scale(self) -> Scale:
        """Raises SpecRefused when the numbers don't make a scale."""
        return Scale.of(self.least, self.most, self.step)


@dataclass(frozen=True, slots=True)
class BandShown:
    """A band with both its ends, as judges see it."""

    least: str
    most: str
    name: Trilingual
    text: Trilingual


def shown_bands(scale: Scale, bands: Iterable[Band]) -> list[BandShown]:
    """The bands from the highest down, each up to one step below the next; those outside the scale are
    left out."""
    starts: dict[int, Band] = {}
    for band in bands:
        try:
            starts.setdefault(scale.steps(band.least), band)
        except MarkRefused:
            continue
    shown: list[BandShown] = []
    upper = (scale.most - scale.least) // scale.step
    for start in sorted(starts, reverse=True):
        band = starts[start]
        shown.append(BandShown(scale.text(start), scale.text(upper), band.name, band.text))
        upper = start - 1
    return shown


# The published names and bounds (percent of the range) are Chinese; the Korean and English names are ours.
BAND_NAMES = {
    "优秀": Trilingual("优秀", "우수", "Excellent"),
    "良好": Trilingual("良好", "양호", "Good"),
    "一般": Trilingual("一般", "보통", "Fair"),
    "差": Trilingual("差", "미흡", "Poor"),
}


def usual_bands(scale: Scale) -> tuple[Band, ...]:
    """优秀, 良好, 一般, 差 on this scale: each published lower bound, on the next step at or above it."""
    bands: dict[int, Band] = {}
    for name, percent in _published_bands():
        steps = -(-(scale.most - scale.least) * percent // (100 * scale.step))
        bands.setdefault(steps, Band(scale.text(steps), BAND_NAMES[name]))
    return tuple(bands[steps] for steps in sorted(bands, reverse=True))


def percent_bands() -> list[tuple[Trilingual, int]]:
    """优秀, 良好, 一般, 差 with their lower bounds in percent of a scale, as published."""
    return [(BAND_NAMES[name], least) for name, least in _published_bands()]


@lru_cache(maxsize=1)
def _published_bands() -> tuple[tuple[str, int], ...]:
    return tuple((name, int(least)) for name, least, _most in _templates()["rating_bands"]["bands"])


@dataclass(frozen=True, slots=True)
class Preset:
    """The criteria of a real contest (or a proposal of ours), and how well they are established."""

    id: str
    contest: Trilingual
    year: str
    stage: str
    total: int
    evidence: str
    source: str
    note: str
    criteria: tuple[CriterionSpec, ...] = field(default=())


@lru_cache(maxsize=1)
def presets() -> Mapping[str, Preset]:
    """The selectable presets by id, in the file's order."""
    return {
        template["id"]: Preset(
            template["id"],
            Trilingual.from_json(template["contest"]),
            "" if template["year"] == "n/a" else template["year"],
            template["stage"],
            template["total"],
            template["evidence"],
            template["source"],
            template["note"],
            tuple(_criteria(template["criteria"])),
        )
        for template in _templates()["templates"]
        if template["selectable"]
    }


def _criteria(rows: Sequence[Mapping[str, Any]]) -> Iterable[CriterionSpec]:
    taken: set[str] = set()
    for row in rows:
        name = Trilingual(row["zh"].strip(), row["ko"].strip(), row["en"].strip())
        key = fresh_key(name, taken)
        taken.add(key)
        spec = CriterionSpec(name=name, most=str(row["points"]), key=key)
        yield CriterionSpec(name=name, most=spec.most, key=key, bands=usual_bands(spec.scale))


@lru_cache(maxsize=1)
def _templates() -> Any:
    return json.loads(PRESETS_FILE.read_text(encoding="utf-8"))


def fresh_key(name: Trilingual, taken: Iterable[str]) -> str:
    """A key for a new criterion: its English name in lower case, or `criterion`, with a number where it
    is taken."""
    stem = re.sub(r"[^a-z0-9]+", "_", name.en.lower()).strip("_")[:40].strip("_") or "criterion"
    taken = set(taken)
    key, number = stem, 1
    while key in taken:
        number += 1
        key = f"{stem}_{number}"
    return key


@dataclass(frozen=True, slots=True)
class Weighing:
    """How a judge's own total is added up: `normalized` divides by the sum of the weights; `places`
    rounds half up.

    `places` None: exact, with as many decimals as it takes.
    """

    normalized: bool = False
    places: int | None = None

    @classmethod
    def of(cls, rule: Mapping[str, Any]) -> Weighing:
        """Out of a ranking rule's JSON: the rounding of a judge's total counts where judges' totals are
        averaged."""
        normalized = rule.get("weights") == "normalized"
        over_totals = (rule.get("aggregate") or {}).get("over", "judge_totals") == "judge_totals"
        places = (rule.get("rounding") or {}).get("weighted") if over_totals else None
        return cls(normalized, 2 if normalized and places is None else places)


class Totals:
    """Adds up a judge's marks: one integer per criterion and step, fixed once for all sheets of a round."""

    def __init__(self, criteria: Iterable[tuple[int, str, Scale]], weighing: Weighing) -> None:
        """`criteria`: id, weight (plain decimal text) and scale of every criterion of the rubric."""
        rows = [(key, _decimal("weight", weight), scale) for key, weight, scale in criteria]
        finest = max((decimals for _, (_, decimals), _ in rows), default=0)
        places = max((scale.places for _, _, scale in rows), default=0)
        self._parts: dict[int, tuple[int, int]] = {}
        weights = 0
        for key, (weight, decimals), scale in rows:
            whole = weight * 10 ** (finest - decimals)
            weights += whole
            factor = whole * 10 ** (places - scale.places)
            self._parts[key] = (factor * scale.least, factor * scale.step)
        self._decimals = places + finest
        self._divisor = 10**places * ((weights or 1) if weighing.normalized else 10**finest)
        self._places = weighing.places

    def text(self, marks: Iterable[tuple[int, int]]) -> str:
        """The total of (criterion id, steps) pairs, as plain decimal text."""
        total = 0
        for key, steps in marks:
            base, each = self._parts[key]
            total += base + each * steps
        if self._places is None:  # never normalized: the total ends within the decimals of weights and marks
            return _without_surplus(total, self._decimals)
        size = (2 * abs(total) * 10**self._places + self._divisor) // (2 * self._divisor)
        return _without_surplus(-size if total < 0 else size, self._places)


def _without_surplus(number: int, places: int) -> str:
    """A whole number of 10^-places as plain decimal text without zeros at the end of its decimals."""
    if not places:
        return str(number)
    sign = "-" if number < 0 else ""
    digits = str(abs(number)).rjust(places + 1, "0")
    decimals = digits[-places:].rstrip("0")
    return f"{sign}{digits[:-places]}.{decimals}" if decimals else sign + digits[:-places]
