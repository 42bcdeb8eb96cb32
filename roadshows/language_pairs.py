"""Pairs of languages between which somebody interprets, and which pair a session is likely to need. Pure.

A pair is written sorted and joined ("ko-zh"), so that each has one spelling.
"""

from __future__ import annotations

LANGUAGES = ("zh", "ko", "en")
PAIRS = ("ko-zh", "en-zh", "en-ko")
_OF_COUNTRY = {"CN": "zh", "KR": "ko"}
_GUESTS = {"zh": "ko", "ko": "zh"}


def pair_of(one: str, other: str) -> str:
    """The pair of two different languages. Raises ValueError for languages that are none of ours or equal."""
    pair = "-".join(sorted((one, other)))
    if pair not in PAIRS:
        raise ValueError(f"no pair of two of {', '.join(LANGUAGES)}: {one!r}, {other!r}")
    return pair


def speaks(pair: str, language: str) -> bool:
    """Whether `language` is one of the pair's two."""
    return language in pair.split("-")


def suggested(language: str, country: str) -> str:
    """The pair for a session held in `language` in a city of `country` (ISO 3166).

    Into the language of the place; where that is spoken anyway, into the language of the guests from the
    other country. A place with another language gets English.
    """
    local = _OF_COUNTRY.get(country, "en")
    other = local if local != language else _GUESTS.get(language, "ko")
    return pair_of(language, other)
