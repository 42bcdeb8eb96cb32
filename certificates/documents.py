"""What a certificate looks like on paper, and how it is announced."""

from __future__ import annotations

import io
from datetime import UTC, datetime, time
from functools import cache

from flask import current_app, render_template
from flask_babel import gettext as _

from certificates.models import Certificate
from certificates.wording import Award, dates, sentences
from core.keys import code
from core.mail import Message
from core.pdf import Document
from core.text import lang_of

CODE_PURPOSE = "certificate"


def check_path(certificate: Certificate) -> str:
    """The short address in the QR code."""
    return f"/c/{certificate.number}?s={code(CODE_PURPOSE, certificate.number)}"


def award(certificate: Certificate) -> Document:
    """One page, A4 landscape, in three languages; the same row always gives the same bytes."""
    payload = certificate.payload
    address = current_app.config["SETTINGS"].base_url + check_path(certificate)
    text = sentences(
        Award(
            edition=payload["edition"],
            prize=payload["prize"],
            project=payload["project"],
            team=payload["team"],
            person=payload["name"] if certificate.member_id is not None else "",
            person_latin=payload["name_latin"],
        )
    )
    html = render_template(
        "certificates/award.html",
        certificate=certificate,
        payload=payload,
        is_member=certificate.member_id is not None,
        lang_of=lang_of,
        sentences=text,
        dates=dates(certificate.issued_on),
        address=address,
        # Long names and texts get smaller type, so that they never reach the footer.
        name_size="long" if len(payload["name"]) > 16 else "",
        text_size="dense" if len(text["en"]) > 190 or len(text["zh"]) > 90 or len(text["ko"]) > 120 else "",
    )
    return Document(
        html,
        pictures={"qr.png": qr_png(address)},
        pages=1,
        identifier=certificate.number,
        made_at=int(datetime.combine(certificate.issued_on, time(), UTC).timestamp()),
    )


@cache
def qr_png(text: str) -> bytes:
    """The QR code as a picture, one pixel a module times eight."""
    import segno

    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="png", scale=8, border=2)
    return out.getvalue()


def announcement(certificate: Certificate, team_key: str, lang: str) -> Message:
    """The message to the winner, in the language at hand."""
    payload = certificate.payload
    return Message(
        subject=_("Your certificate is ready: %(prize)s", prize=payload["prize"][lang]),
        body=_(
            "Congratulations! The certificate %(number)s for %(name)s can be downloaded on the team's page.",
            number=certificate.number,
            name=payload["name"],
        ),
        path=f"/{lang}/e/{certificate.edition.slug}/team/{team_key}",
    )
