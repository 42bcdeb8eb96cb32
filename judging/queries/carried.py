"""Totals of earlier rounds that count in a round, and the published results they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from competition.models import Round
from core.db import db
from core.languages import Trilingual
from judging.exact import exact
from judging.models import Result, ResultState
from judging.rules import Rule
from judging.snapshots import carried_totals

_STANDING = (ResultState.PROVISIONAL, ResultState.FINAL)


@dataclass(frozen=True, slots=True)
class CarriedRound:
    """A round whose totals count in a later one. `version`, `sha256`, `snapshot`: the published result that
    stands; 0, "" and None while there is none, or while the edition has no such earlier round.
    """

    slug: str
    name: Trilingual
    version: int = 0
    sha256: str = ""
    snapshot: Mapping[str, Any] | None = None

    def totals(self, rule: Rule) -> dict[str, Fraction]:
        """Entry key → published total; raises RuleError where the lowest total wins in one of the two rounds
        only."""
        assert self.snapshot is not None
        return carried_totals(self.snapshot, rule, key="entry")

    def to_json(self) -> dict[str, Any]:
        """What the snapshot of the later round says about where the totals come from."""
        return {
            "round": self.slug,
            "name": self.name.to_json(),
            "version": self.version,
            "sha256": self.sha256,
        }


def earlier_rounds(of: Round) -> list[Round]:
    """The edition's rounds before this one, in order: those whose totals its rule may count."""
    return list(
        db.session.scalars(
            select(Round)
            .where(Round.edition_id == of.edition_id, Round.position < of.position)
            .order_by(Round.position, Round.id)
        )
    )


def carried_rounds(of: Round, slugs: Sequence[str]) -> list[CarriedRound]:
    """The earlier rounds of these slugs with the results that stand, in the order of `slugs`."""
    if not slugs:
        return []
    rows = db.session.execute(
        select(Round, Result)
        .outerjoin(Result, (Result.round_id == Round.id) & Result.state.in_(_STANDING))
        .where(
            Round.edition_id == of.edition_id,
            Round.slug.in_(slugs),
            Round.position < of.position,
        )
        .options(undefer(Result.snapshot))
    ).all()
    found = {
        round_.slug: CarriedRound(
            round_.slug, round_.name, result.number, result.sha256, json.loads(result.snapshot)
        )
        if result is not None
        else CarriedRound(round_.slug, round_.name)
        for round_, result in rows
    }
    return [found.get(slug) or CarriedRound(slug, Trilingual.same(slug)) for slug in slugs]


def corrected_since(of: Round, snapshot: Mapping[str, Any]) -> list[CarriedRound]:
    """The earlier rounds whose results were corrected after `snapshot` of this round was made, so that it
    counts totals that no longer stand. A correction that left these totals alone is none.
    """
    used = {one["round"]: one["sha256"] for one in snapshot.get("carried", ())}
    return [
        now
        for now in carried_rounds(of, list(used))
        if now.sha256 != used[now.slug] and _totals_used(snapshot, now.slug) != _totals_now(snapshot, now)
    ]


def _totals_used(snapshot: Mapping[str, Any], slug: str) -> dict[str, Fraction]:
    return {
        row["entry"]: exact(stage["total"])
        for row in snapshot["ranking"]
        for stage in row["stages"]
        if stage["round"] == slug
    }


def _totals_now(snapshot: Mapping[str, Any], now: CarriedRound) -> dict[str, Fraction]:
    ranked = {row["entry"] for row in snapshot["ranking"]}
    standing = now.snapshot["ranking"] if now.snapshot else ()
    return {row["entry"]: exact(row["total"]) for row in standing if row["entry"] in ranked}
