"""Score sheets for programs and for the score screen: read and save one's own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify
from flask_babel import lazy_gettext as _l

from core.access import SIGNED_IN, access, person
from core.errors import BadInput
from core.strict_json import NotExact, body_object
from judging.operations import sheets
from judging.operations.sheets import AtHand
from judging.operations.terms import PLEDGE_MISSING

bp = Blueprint("sheet_api", __name__, url_prefix="/api/v1/sheets")

_BODY_LIMIT = 64 * 1024
_KEYS = {"op_id", "version", "marks", "comment", "private_note"}


@bp.get("/<edition_slug>/<round_slug>/<own_sheet>")
@access(SIGNED_IN)
def read(own_sheet: AtHand, **_url: str) -> Response:
    """The signed-in judge's own sheet; the loader gives nobody another's. Closed until the pledge is
    signed."""
    if not own_sheet.pledged:
        raise PLEDGE_MISSING
    return jsonify(sheets.stored_json(own_sheet, sheets.criteria_of(own_sheet)))


@bp.route("/<edition_slug>/<round_slug>/<own_sheet>", methods=["PUT", "POST"])
@access(SIGNED_IN, body_limit=_BODY_LIMIT)
def save(own_sheet: AtHand, **_url: str) -> Response:
    """Save marks and texts; see `judging.operations.sheets.save_marks`."""
    sent = _checked(body_object())
    saved = sheets.save_marks(
        sheet=own_sheet,
        seen=sent["version"],
        op_id=sent["op_id"],
        marks=sent.get("marks", {}),
        comment=sent.get("comment"),
        private_note=sent.get("private_note"),
        who=person(),  # type: ignore[arg-type]
    )
    return jsonify(saved.to_json())


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    """The body with everything of the right kind; raises BadInput naming what is not."""
    wrong: dict[str, Any] = {name: _l("This is not known here.") for name in body if name not in _KEYS}
    if not isinstance(body.get("op_id"), str):
        wrong["op_id"] = _l("This has to be text.")
    version = body.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or not 0 < version < 10**9:
        wrong["version"] = _l("This has to be a whole number.")
    for name in ("comment", "private_note"):
        if name in body and not isinstance(body[name], str):
            wrong[name] = _l("This has to be text.")
    marks = body.get("marks", {})
    if not isinstance(marks, dict):
        wrong["marks"] = _l("This has to be an object of criterion keys and scores.")
        marks = {}
    for key, mark in marks.items():
        if isinstance(mark, NotExact):
            wrong[f"marks.{key[:80]}"] = _l(
                'Scores are sent as whole numbers or as text, such as "8.5"; never as binary fractions.'
            )
        elif isinstance(mark, bool) or not isinstance(mark, str | int | None):
            wrong[f"marks.{key[:80]}"] = _l("Please type a number, for example 8 or 8.5.")
    if wrong:
        raise BadInput(_l("This can't be saved."), fields=wrong)
    return body
