"""How a judge's marks for a sample entry lie beside the reference and her colleagues' marks, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

LEAST_COLLEAGUES = 2
"""Below this many, lowest and highest would tell one colleague's marks."""


@dataclass(frozen=True, slots=True)
class Beside:
    """One criterion (or the total, `key` ""): own mark, reference, colleagues' lowest, highest and mean.

    Plain decimals; None where there is none, or where too few colleagues have scored. The mean is rounded
    half up to two decimals.
    """

    key: str
    own: Decimal | None
    reference: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    mean: Decimal | None


def compare(
    keys: Sequence[str],
    own: Mapping[str, str],
    reference: Mapping[str, str],
    colleagues: Iterable[Mapping[str, str]],
) -> list[Beside]:
    """One line per criterion in `keys`; marks are criterion key -> plain decimal text. A sheet that does not
    know a criterion has no part in its line."""
    colleagues = list(colleagues)
    return [
        _beside(key, own.get(key), reference.get(key), [one[key] for one in colleagues if key in one])
        for key in keys
    ]


def compare_totals(own: str, reference: str | None, colleagues: Sequence[str]) -> Beside:
    """The same for totals."""
    return _beside("", own, reference, colleagues)


def _beside(key: str, own: str | None, reference: str | None, others: Sequence[str]) -> Beside:
    marks = [Decimal(text) for text in others] if len(others) >= LEAST_COLLEAGUES else []
    mean = sum(marks, Decimal()) / len(marks) if marks else None
    return Beside(
        key,
        None if own is None else Decimal(own),
        None if reference is None else Decimal(reference),
        min(marks, default=None),
        max(marks, default=None),
        None if mean is None else mean.quantize(Decimal("0.01"), ROUND_HALF_UP),
    )
