"""The public check of a certificate: valid, replaced or revoked; name and award, nothing more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import lazy_gettext as _l

from certificates import queries
from certificates.documents import CODE_PURPOSE, check_path
from certificates.models import Certificate
from certificates.numbers import is_well_formed
from core import errors
from core.access import PUBLIC, access
from core.keys import is_code
from core.limits import limiter
from core.template_tools import language_links
from core.views import in_browsers_language

bp = Blueprint("certificates", __name__)
CHECKS = "60 per minute"


@bp.get("/c/<string(maxlength=60):number>")
@access(PUBLIC)
def short(number: str) -> Response:
    """The address of the QR code; it says nothing about the certificate before the language is chosen."""
    given = request.args.get("s", "")[:20]
    if not is_well_formed(number) or not given.isalnum() or not given.isascii():
        raise errors.NotFound(_unknown())
    return in_browsers_language(f"/c/{number}?s={given}")


@bp.get("/<lang:lang>/c/<string(maxlength=60):number>")
@limiter.limit(CHECKS)
@access(PUBLIC, cache=("s",))
def check(number: str) -> Response:
    if not is_code(CODE_PURPOSE, number, request.args.get("s", "")[:20]):
        raise errors.NotFound(_unknown())
    certificate = queries.by_number(number)
    if certificate is None:
        raise errors.NotFound(_unknown())
    response = make_response(
        render_template(
            "certificates/check.html",
            certificate=certificate,
            payload=certificate.payload,
            newer=_newer(certificate),
            edition=certificate.edition,
            # Without the code in the address the page exists in no language.
            languages=[
                replace(link, url=f"/{link.code}{check_path(certificate)}") for link in language_links()
            ],
        )
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _newer(certificate: Certificate) -> dict[str, str] | None:
    newer = certificate.superseded_by
    return None if newer is None else {"number": newer.number, "path": check_path(newer)}


def _unknown() -> Any:
    return _l(
        "No certificate was given out under this address. Please scan the code again or compare the number."
    )
