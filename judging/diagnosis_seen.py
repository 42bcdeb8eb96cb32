"""A round with its diagnosis and the names of everything, as the pages and pictures of it are given it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from core.template_tools import pick
from judging.pictures.shapes import Drawing
from judging.queries.diagnosis import ADVANCE, Border, Posed


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its title, its summary in words, and a second layout for phones where it has one."""

    name: str
    title: str
    summary: str
    wide: Drawing
    narrow: Drawing | None = None


@dataclass(frozen=True)
class Seen:
    """A round and its diagnosis, with the name of everything."""

    posed: Posed
    found: Mapping[str, Any]

    def team(self, key: str) -> str:
        return self.posed.teams.get(key, key)

    def judge(self, key: str) -> str:
        return self.posed.judges.get(key, key)

    @property
    def subjects(self) -> list[dict[str, Any]]:
        """The rows of the calibrated view, best first."""
        rows: list[dict[str, Any]] = self.found["calibrated"]["subjects"]
        return rows

    @property
    def lines(self) -> dict[int, dict[str, Any]]:
        """Place → what the calibrated view says of the line after it."""
        return {line["place"]: line for line in self.found["calibrated"]["prize_lines"]}

    @property
    def lines_between(self) -> list[int]:
        """The places after which a line parts somebody."""
        teams = len(self.posed.official)
        return sorted({border.place for border in self.posed.borders if 0 < border.place < teams})

    @property
    def low_wins(self) -> bool:
        return bool(self.posed.given["rule"]["direction"] == "low")

    @property
    def by_official_rank(self) -> list[str]:
        official = self.posed.official
        return sorted(official, key=lambda key: (official[key], self.team(key)))

    def names(self) -> dict[str, str]:
        """Everything by its key."""
        criteria = {key: plain_name(name) for key, name in self.posed.criteria.items()}
        return {**self.posed.teams, **self.posed.judges, **criteria}


def plain_name(name: Any) -> str:
    """A three-language name in the reader's language, as plain text."""
    return pick(name).text


def border_name(border: Border) -> str:
    """What a line is called: the prize above it, or that one goes on."""
    if border.kind == ADVANCE:
        return _("Next round")
    return plain_name(border.name)
