"""What is printed for guests: badges with the ticket's QR code, and the list for the door."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template

from core import isolated, pdf
from core.text import lang_of
from roadshows import guest_labels
from roadshows.models import Guest, Roadshow
from roadshows.tickets import make_code

_BADGES_A_DOCUMENT = 80
"""Ten pages: one document of hundreds of badges would take longer than a document may."""
MOST_BADGES = 800
"""In one go: they take about a minute."""
_LANGUAGES = {"zh": "中文", "ko": "한국어", "en": "English"}


@dataclass(frozen=True)
class Badge:
    """What stands on one badge. size: how large the name can be, "l", "m" or "s"."""

    name: str
    lang: str
    name_latin: str
    organization: str
    organization_lang: str
    kind: str
    kind_label: Any
    language: str
    needs_interpreting: bool
    seat: str
    qr: str
    size: str


def badges_pdf(roadshow: Roadshow, guests: Sequence[Guest]) -> bytes:
    """A4 sheets with eight badges each, in the order of `guests`."""
    documents = [
        _document(roadshow, guests[start : start + _BADGES_A_DOCUMENT], "roadshows/badges_pdf.html")
        for start in range(0, len(guests), _BADGES_A_DOCUMENT)
    ]
    return _joined(pdf.render_all(documents))


def badge_pdf(roadshow: Roadshow, guest: Guest) -> bytes:
    """One badge on a page of its own size, for label printers."""
    return pdf.render_all([_document(roadshow, [guest], "roadshows/badge_pdf.html")])[0]


def door_list_pdf(roadshow: Roadshow, guests: Sequence[Guest]) -> bytes:
    """Names with a box to tick, thirty or so on a page."""
    rows = [_badge(guest, "") for guest in guests]
    return pdf.render("roadshows/door_list_pdf.html", roadshow=roadshow, rows=rows)


def _document(roadshow: Roadshow, guests: Sequence[Guest], template: str) -> pdf.Document:
    codes = {f"qr-{guest.id}.png": _qr_png(_code(roadshow, guest)) for guest in guests}
    made = [_badge(guest, f"qr-{guest.id}.png") for guest in guests]
    sheets = [made[start : start + 8] for start in range(0, len(made), 8)]
    return pdf.Document(render_template(template, roadshow=roadshow, sheets=sheets), codes)


def _code(roadshow: Roadshow, guest: Guest) -> str:
    return make_code(roadshow_id=roadshow.id, key=guest.participant.key, number=guest.ticket)


def _badge(guest: Guest, qr: str) -> Badge:
    who = guest.participant
    return Badge(
        name=who.name,
        lang=lang_of(who.name),
        name_latin=who.name_latin if who.name_latin != who.name else "",
        organization=who.organization,
        organization_lang=lang_of(who.organization),
        kind=guest.kind.value,
        kind_label=guest_labels.KINDS[guest.kind],
        language=_LANGUAGES[who.language],
        needs_interpreting=guest.needs_interpreting,
        seat=guest.seat,
        qr=qr,
        size=_size(who.name),
    )


def _size(name: str) -> str:
    """Han and Hangul take twice the width of Latin letters."""
    width = sum(2 if ord(character) > 0x2E7F else 1 for character in name)
    return "l" if width <= 10 else "m" if width <= 18 else "s"


def _qr_png(code: str) -> bytes:
    import segno

    drawn = io.BytesIO()
    segno.make(code, error="m", micro=False).save(drawn, kind="png", scale=8, border=2)
    return drawn.getvalue()


def _joined(parts: Sequence[bytes]) -> bytes:
    if len(parts) == 1:
        return parts[0]
    lengths = [len(part) for part in parts]
    _nothing, whole = isolated.call(
        "core.pdf_process:join", {"lengths": lengths}, b"".join(parts), seconds=60, lane="pages"
    )
    return whole
