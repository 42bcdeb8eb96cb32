"""Looks into uploaded files; runs only in the separate process of `core.isolated`."""

from __future__ import annotations

import io
from typing import Any

from core.isolated import IsolatedError

_MOST_PAGES = 500
_MOST_PIXELS = {"PNG": 16_000_000, "JPEG": 40_000_000}
"""A large JPEG is decoded smaller at once, a PNG only as a whole."""
_MOST_OBJECTS = 300_000
_ACTIVE = frozenset(
    ("/JavaScript", "/JS", "/Launch", "/RichMedia", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE")
)
_ATTACHED = frozenset(("/EmbeddedFile", "/Filespec", "/FileAttachment"))


def check_pdf(data: bytes) -> tuple[dict[str, int], bytes]:
    """Refuse a PDF that is damaged, encrypted, active, stuffed or far too long; returns its number of
    pages."""
    import pikepdf

    if b"<html" in data[:1024].lower() or b"<script" in data[:1024].lower():
        raise IsolatedError("damaged")
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if len(pdf.objects) > _MOST_OBJECTS:
                raise IsolatedError("too_many_pages")
            pages = int(pdf.Root.Pages.get("/Count", 0)) if "/Pages" in pdf.Root else 0
            if pages < 1:
                raise IsolatedError("damaged")
            if pages > _MOST_PAGES or len(pdf.pages) > _MOST_PAGES:
                raise IsolatedError("too_many_pages")
            if pdf.attachments or "/EmbeddedFiles" in pdf.Root.get("/Names", {}):
                raise IsolatedError("attachments")
            _refuse_active(pdf)
    except pikepdf.PasswordError as error:
        raise IsolatedError("encrypted") from error
    except (pikepdf.PdfError, AttributeError, TypeError, ValueError, KeyError, RecursionError) as error:
        raise IsolatedError("damaged") from error
    return {"pages": pages}, b""


def _refuse_active(pdf: Any) -> None:
    """Look at every dictionary of the file, those inside other objects included."""
    import pikepdf

    waiting = list(pdf.objects)
    looked_at = 0
    while waiting:
        thing = waiting.pop()
        looked_at += 1
        if looked_at > 10 * _MOST_OBJECTS:
            raise IsolatedError("too_big")
        if isinstance(thing, pikepdf.Array):
            waiting += [part for part in thing if _is_nested(part)]
        elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            _refuse_active_dictionary(thing)
            waiting += [part for _key, part in thing.items() if _is_nested(part)]


def _is_nested(part: Any) -> bool:
    """True for a container written inside another; the indirect ones are all in the file's own list."""
    import pikepdf

    return isinstance(part, pikepdf.Array | pikepdf.Dictionary) and not part.is_indirect


def _refuse_active_dictionary(thing: Any) -> None:
    import pikepdf

    if any(key in thing for key in ("/JS", "/RichMedia", "/XFA")):
        raise IsolatedError("active")
    if "/EF" in thing:
        raise IsolatedError("attachments")
    opening = thing.get("/OpenAction")
    if isinstance(opening, pikepdf.Dictionary) and opening.get("/S") != "/GoTo":
        raise IsolatedError("active")
    for key in ("/S", "/Type", "/Subtype"):
        value = thing.get(key)
        if isinstance(value, pikepdf.Name) and str(value) in _ACTIVE:
            raise IsolatedError("active")
        if isinstance(value, pikepdf.Name) and str(value) in _ATTACHED:
            raise IsolatedError("attachments")


def redraw(data: bytes, most_side: int) -> tuple[dict[str, int], bytes]:
    """The picture as a fresh PNG of at most `most_side` pixels a side, turned upright, without metadata."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = max(_MOST_PIXELS.values())
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > _MOST_PIXELS[str(picture.format)]:
                raise IsolatedError("too_many_pixels")
            picture.draft(None, (most_side, most_side))
            # A palette can't be scaled smoothly, and its colors stand for nothing between two of them.
            drawn = picture.convert("RGBA") if picture.mode in ("P", "1") else picture
            drawn.thumbnail((most_side, most_side))
            upright = ImageOps.exif_transpose(drawn).convert("RGBA")
    except Image.DecompressionBombError as error:
        raise IsolatedError("too_many_pixels") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise IsolatedError("damaged") from error
    fresh = Image.new("RGBA", upright.size)
    fresh.paste(upright)
    out = io.BytesIO()
    fresh.save(out, "PNG", optimize=True)
    return {"width": fresh.width, "height": fresh.height}, out.getvalue()
