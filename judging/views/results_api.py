"""Published results for programs: the snapshots themselves, with version and hash."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from competition.models import Edition, Round
from core.access import PUBLIC, access
from judging import snapshots
from judging.models import Result
from judging.queries import results as queries

bp = Blueprint("results_api", __name__, url_prefix="/api/v1")


@bp.get("/editions/<edition>/results")
@access(PUBLIC, cache=())
def results(edition: Edition) -> Response:
    """Every published round, in order. `sha256` is that of `snapshot` as JSON with sorted keys, without
    white space, in UTF-8, wherever `complete` is true; where marks are not published they are left out of
    it.
    """
    return jsonify(
        {
            "edition": edition.slug,
            "name": edition.name.to_json(),
            "demo": edition.is_demo,
            "imported_from": edition.imported_from,
            "rounds": [_round(round, result) for round, result in queries.standing_results(edition)],
        }
    )


def _round(of: Round, result: Result) -> dict[str, Any]:
    snapshot = queries.content(result)
    return {
        "round": of.slug,
        "name": of.name.to_json(),
        "version": result.number,
        "state": result.state.value,
        "sha256": result.sha256,
        "imported": result.imported,
        "published_at": _moment(result.published_at),
        "notice_until": _moment(result.notice_until),
        "final_at": _moment(result.final_at),
        "complete": of.show_marks,
        "snapshot": snapshot if of.show_marks else snapshots.without_marks(snapshot),
    }


def _moment(value: Any) -> str | None:
    return value.isoformat() if value else None
