"""Uploaded and issued files: recognized by their bytes, kept under their hash, served inert.

Bytes lie in INSTANCE/files/ab/cdef…; a file that no row names any more is removed by a sweep.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Response, current_app, send_file
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from core import clock, isolated
from core.db import db
from core.errors import BadInput
from core.jobs import every
from core.models import StoredFile
from core.security import FILE_POLICY
from core.text import deceiving_characters, shorten, tidy_line


@dataclass(frozen=True)
class Kind:
    """A kind of file that may be uploaded: how it is recognized and how large it may be (bytes)."""

    name: str
    media_types: tuple[str, ...]
    most: int


PDF = Kind("pdf", ("application/pdf",), 50 * 1024 * 1024)
PICTURE = Kind("picture", ("image/png", "image/jpeg"), 5 * 1024 * 1024)

_INSPECTION: dict[str, Any] = {"seconds": 10, "memory": 320 * 1024 * 1024}

_ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}


def receive(upload: FileStorage | None, kind: Kind, *, uploaded_by: int | None, field: str) -> StoredFile:
    """Check an upload and store it; adds the row to the session. Raises `BadInput` naming `field`.

    Pictures are drawn anew (no metadata, no hidden payload). PDFs with scripts, launch actions, embedded
    files or
    passwords are refused.
    """
    if upload is None or not upload.filename:
        raise BadInput(fields={field: _l("Please choose a file.")})
    data = upload.stream.read(kind.most + 1)
    if len(data) > kind.most:
        raise BadInput(
            fields={field: _l("The file is larger than %(limit)d MB.", limit=kind.most // 1024 // 1024)}
        )
    media_type = sniff(data)
    if media_type not in kind.media_types:
        refusal = (
            _l("This file is not a PDF.") if kind is PDF else _l("This file is not a PNG or JPEG picture.")
        )
        raise BadInput(fields={field: refusal})
    try:
        if kind is PICTURE:
            _size, data = isolated.call("core.inspect_files:redraw", {"most_side": 1600}, data, **_INSPECTION)
            media_type = "image/png"
        else:
            isolated.call("core.inspect_files:check_pdf", {}, data, **_INSPECTION)
    except isolated.IsolatedError as error:
        raise BadInput(fields={field: _REFUSALS.get(error.code, _REFUSALS["damaged"])}) from error
    return keep(data, media_type, safe_name(upload.filename, media_type), uploaded_by=uploaded_by)


_REFUSALS = {
    "damaged": _l("This file can't be read: it seems to be damaged. Please save it again and retry."),
    "timeout": _l("This file takes too long to read. Please save it in a simpler form and retry."),
    "too_big": _l("This file unpacks to far more than it should. Please save it again and retry."),
    "crashed": _l("This file can't be read: it seems to be damaged. Please save it again and retry."),
    "encrypted": _l("This PDF is protected by a password. Please save it without one and retry."),
    "active": _l("This PDF holds scripts or actions. Please print it to a plain PDF and retry."),
    "attachments": _l("This PDF has files embedded in it. Please print it to a plain PDF and retry."),
    "too_many_pages": _l("This PDF has more than 500 pages."),
    "too_many_pixels": _l("This picture has too many pixels: 16 million at most, 40 million as a JPEG."),
}


def sniff(data: bytes) -> str:
    """The media type by the first bytes; "" for anything but PDF, PNG and JPEG."""
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return ""


def safe_name(name: str, media_type: str) -> str:
    """The file's own name without folders, control or invisible characters, with the ending of its real
    kind."""
    name = tidy_line(name.replace("\\", "/").rpartition("/")[2])
    bad = set(deceiving_characters(name))
    name = "".join(character for character in name if f"U+{ord(character):04X}" not in bad)
    ending = _ENDINGS.get(media_type, "")
    stem = (
        name[: -len(ending)] if ending and name.lower().endswith(ending) else name.rpartition(".")[0] or name
    )
    return (shorten(stem.strip(". ") or "file", 120).strip("…") or "file") + ending


def keep(data: bytes, media_type: str, name: str, *, uploaded_by: int | None = None) -> StoredFile:
    """Store bytes under their hash and add the row; the same bytes lie on disk once."""
    digest = hashlib.sha256(data).hexdigest()
    path = _path(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    else:
        os.utime(path)  # young again, so that no sweep takes it before its new row is committed
    row = StoredFile(sha256=digest, size=len(data), media_type=media_type, name=name, uploaded_by=uploaded_by)
    db.session.add(row)
    db.session.flush()
    return row


def path_of(file: StoredFile) -> Path:
    return _path(file.sha256)


def read(file: StoredFile) -> bytes:
    return path_of(file).read_bytes()


def respond(file: StoredFile, *, inline: bool = False) -> Response:
    """The file as an answer: attachment unless `inline`, never sniffed, never cached, in a sandbox."""
    response = send_file(path_of(file), mimetype=file.media_type, conditional=True, etag=False, max_age=None)
    kind = "inline" if inline else "attachment"
    response.headers["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(file.name, safe='')}"
    response.headers["Cache-Control"] = "no-store"
    if inline:
        response.headers["Content-Security-Policy"] = FILE_POLICY
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
    else:
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _path(digest: str) -> Path:
    return Path(current_app.config["SETTINGS"].INSTANCE) / "files" / digest[:2] / digest[2:]


@every(6 * 3600, "sweep_files")
def sweep() -> Any:
    """Remove bytes that no row names; young ones are spared, their transaction may still be open."""
    root = Path(current_app.config["SETTINGS"].INSTANCE) / "files"
    known = set(db.session.scalars(select(StoredFile.sha256)))
    db.session.rollback()
    limit = (clock.now() - timedelta(hours=24)).timestamp()
    removed = 0
    for file in root.glob("??/*"):
        if file.parent.name + file.name not in known and file.stat().st_mtime < limit:
            file.unlink()
            removed += 1
    return removed
