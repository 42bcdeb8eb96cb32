"""What makes a person look again: thresholds of the diagnostics of a panel, and the flags they raise.

A flag is a request to look, never a verdict; nothing is dropped or changed by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Code → what it says; `%(who)s` is whom it is about, the other params are the flag's figures.
FLAGS: dict[str, str] = {
    "strict": "%(who)s is %(severity)s points stricter than the panel",
    "lenient": "%(who)s is more lenient than the panel (severity %(severity)s points)",
    "erratic": "%(who)s departs from the panel more than others do (infit %(infit)s)",
    "muted": "%(who)s departs from the panel less than chance makes anybody (infit %(infit)s)",
    "weak_discrimination": "%(who)s follows differences of quality at %(discrimination)s of the usual rate",
    "extreme_discrimination": "%(who)s stretches differences of quality to %(discrimination)s of the usual",
    "restricted_range": "%(who)s uses little of the range (spread %(ratio)s of the panel's median)",
    "straight_lining": "%(who)s gave the mark %(mark)s in a share of %(share)s of all marks",
    "lenient_level": "%(who)s marks near the upper end (mean at %(level)s of the scale)",
    "strict_level": "%(who)s marks near the lower end (mean at %(level)s of the scale)",
    "halo": "%(who)s marks all criteria alike (correlation %(correlation)s, others %(others)s)",
    "even_sheets": "%(who)s's marks on one entry differ by %(ratio)s of what is usual on the panel",
    "disagreement": "%(who)s ranks against the others (rank correlation %(agreement)s)",
    "drift": "%(who)s's marks move by %(slope)s points from one entry to the next",
    "own_school": "%(who)s favors the own institution by %(effect)s points",
    "own_country": "%(who)s favors the own country by %(effect)s points",
    "late_edits": "%(who)s changed %(count)s marks after standings were visible",
    "alike_pair": "%(who)s depart alike from the panel (correlation %(correlation)s, %(common)s entries)",
    "identical_rows": "%(who)s gave identical sheets to %(identical)s of %(common)s entries",
    "discrepancy": "judges disagree about %(who)s (range %(range)s points, largest departure %(z)s)",
    "weak_criterion": "%(who)s hardly goes with the other criteria (correlation %(correlation)s)",
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a figure asks somebody to look. None of them is calibrated on contests; all are settings.

    Usual practice, with its source: `misfit_high`, `misfit_low` 1.5 and 0.5, productive mean squares
    (Linacre 2002, "What do infit and outfit, mean-square and standardized mean?", Rasch Measurement
    Transactions 16); `weak_criterion` 0.2, item–rest correlation (Ebel and Frisbie 1991); `pair_rate` 5 %
    false alarms (Benjamini and Hochberg 1995); `p` and `severity_p` 5 % and 1 % after Holm (1979);
    `discrepancy_z` 3, the usual outlier rule.

    Own judgment: `severity_spreads` 2 standard deviations of the panel's severities; `weak_discrimination`,
    `extreme_discrimination` half and one and a half of the panel's slope; `restricted_range`, `even_sheets`
    half of the usual spread; `straight_lining` 40 % of marks at one value, and twice the panel's own share,
    so that scales of few steps don't alarm by themselves; `lenient_level`, `strict_level` 90 and 40 of 100;
    `halo` a correlation 0.2 above the others'; `disagreement` below 0; `discrepancy_range` 25 of 100 points;
    `identical_rows` 3, and unlikely at `p` by the panel's own rate.

    `least_ratings`, `least_common`: how many ratings, or common subjects of a pair, a figure needs to be
    looked at all: 5 and 6, below which a correlation says nothing.
    """

    severity_spreads: float = 2.0
    severity_p: float = 0.01
    misfit_high: float = 1.5
    misfit_low: float = 0.5
    weak_discrimination: float = 0.5
    extreme_discrimination: float = 1.5
    restricted_range: float = 0.5
    straight_lining: float = 0.4
    lenient_level: float = 0.9
    strict_level: float = 0.4
    halo: float = 0.2
    even_sheets: float = 0.5
    disagreement: float = 0.0
    discrepancy_range: float = 0.25
    discrepancy_z: float = 3.0
    weak_criterion: float = 0.2
    identical_rows: int = 3
    pair_rate: float = 0.05
    p: float = 0.05
    least_ratings: int = 5
    least_common: int = 6


@dataclass(frozen=True, slots=True)
class Flag:
    """One request to look. `kind`: `judge`, `pair`, `subject`, `criterion` or `panel`; `about`: their names.

    `figures`: what was found; `threshold`: the field of `Thresholds` that it crossed ("" for counts of acts
    that are always shown).
    """

    code: str
    kind: str
    about: tuple[str, ...]
    figures: Mapping[str, float]
    threshold: str = ""

    def __str__(self) -> str:
        who = " and ".join(self.about) or "the panel"
        return FLAGS[self.code] % {
            "who": who,
            **{name: f"{value:.4g}" for name, value in self.figures.items()},
        }

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "kind": self.kind,
            "about": list(self.about),
            "figures": {name: float(f"{value:.9g}") for name, value in self.figures.items()},
            "threshold": self.threshold,
            "message": str(self),
        }
