"""The invented projects of the demo edition, read from `data/demo_projects.toml` and dealt out to teams."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from competition.demo_brands import T3, t3
from competition.demo_names import settle_particles


@dataclass(frozen=True)
class Project:
    """A project; `home` is the country whose teams alone (or joint ones) plausibly have it, if any."""

    track: str
    sector: T3
    title: T3
    summary: T3
    home: str | None

    def suits(self, country: str) -> bool:
        return self.home is None or country in (self.home, "joint")


@cache
def _book() -> dict[str, Any]:
    path = Path(__file__).parent / "data" / "demo_projects.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def deal(countries: Iterable[str], chance: random.Random) -> Iterator[tuple[str, Project]]:
    """To each team (CN, KR or joint) the next project that suits it; no two get the same."""
    supply, waiting = _supply(chance), list[Project]()
    for country in countries:
        suitable = next((project for project in waiting if project.suits(country)), None)
        if suitable:
            waiting.remove(suitable)
            yield country, suitable
            continue
        while not (project := next(supply)).suits(country):
            waiting.append(project)
        yield country, project


def _supply(chance: random.Random) -> Iterator[Project]:
    """Every idea once, then each with its next target, and so on; then all over again as trials in cities."""
    ideas = [(idea, chance.sample(idea["targets"], len(idea["targets"]))) for idea in _book()["project"]]
    for place in [None, *_book()["place"]]:
        for turn in range(max(len(targets) for _, targets in ideas)):
            chance.shuffle(ideas)
            for idea, targets in ideas:
                if turn < len(targets):
                    yield _project(idea, targets[turn], place)


def _project(idea: dict[str, Any], target: list[str], place: dict[str, Any] | None) -> Project:
    words, home = target[:3], target[3] if len(target) > 3 else None
    title = _filled(idea["title"], words)
    if place:
        zh, ko, en = place["name"]
        title = t3(
            title["zh"] + f"（{zh}试点）", title["ko"] + f" ({ko} 시범사업)", title["en"] + f" ({en} pilot)"
        )
    return Project(idea["track"], t3(*idea["sector"]), title, _filled(idea["summary"], words), home)


def _filled(texts: list[str], target: list[str]) -> T3:
    """Put `target` into its place; an English text that begins with it still begins with a capital letter."""
    zh, ko, en = (text.replace("{x}", word) for text, word in zip(texts, target, strict=True))
    return t3(zh, settle_particles(ko), en[0].upper() + en[1:])


def with_progress(summary: T3, stage: str, chance: random.Random) -> T3:
    """`summary` and one sentence on how far a team in `stage` has come."""
    progress = chance.choice([progress for progress in _book()["progress"] if progress["stage"] == stage])
    number = chance.randint(*progress["range"])
    zh, ko, en = (text.format(n=number) for text in progress["text"])
    return t3(summary["zh"] + zh, f"{summary['ko']} {ko}", f"{summary['en']} {en}")
