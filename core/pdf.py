"""The one place that makes PDFs: Jinja templates through WeasyPrint, in a process of its own.

The fetcher knows only the assets it was handed (`asset:name`): no file, no address, no `data:` URL can be
reached from
a template or from what people typed. Fonts are the system's Noto CJK, chosen by `lang`.
"""

from __future__ import annotations

import base64
import ctypes
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l

from core import isolated
from core.errors import MissingPart, Problem

_SECONDS_EACH = 20
_MOST_AT_ONCE = 25


@dataclass(frozen=True)
class Document:
    """One PDF to be: HTML, pictures by asset name, the number of pages it must have (None: any).

    `identifier` and `made_at` (seconds since 1970, UTC) stand in the file instead of random and current
    values, so
    that the same document gives the same bytes.
    """

    html: str
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    pages: int | None = None
    identifier: str = ""
    made_at: int = 0


class PdfRefused(Problem):
    """The document can't be laid out as asked (too long for its page, too slow)."""

    status = 422
    code = "pdf_refused"


def render(
    template: str,
    *,
    pictures: Mapping[str, bytes] | None = None,
    identifier: str = "",
    made_at: int = 0,
    **context: Any,
) -> bytes:
    """Lay out one template (`identifier`, `made_at`: see `Document`); raises `MissingPart` where the system
    libraries or fonts are not installed."""
    html = render_template(template, **context)
    return render_all([Document(html, pictures or {}, identifier=identifier, made_at=made_at)])[0]


def render_all(documents: Sequence[Document]) -> list[bytes]:
    """Lay out many documents, sharing the start-up cost; the order is kept."""
    if missing := missing_parts():
        raise MissingPart(
            _l(
                "PDFs can't be made on this server yet. Its operator has to install: %(parts)s",
                parts=", ".join(missing),
            )
        )
    done: list[bytes] = []
    for start in range(0, len(documents), _MOST_AT_ONCE):
        part = documents[start : start + _MOST_AT_ONCE]
        arguments = {
            "documents": [
                {
                    "html": document.html,
                    "pictures": {
                        name: base64.b64encode(data).decode() for name, data in document.pictures.items()
                    },
                    "pages": document.pages,
                    "identifier": document.identifier,
                    "made_at": document.made_at,
                }
                for document in part
            ]
        }
        try:
            lengths, data = isolated.call(
                "core.pdf_process:lay_out", arguments, seconds=_SECONDS_EACH + 5 * len(part), lane="pages"
            )
        except isolated.IsolatedError as error:
            if error.code == "too_long":
                raise PdfRefused(_l("The text doesn't fit on the page. Please shorten it.")) from error
            raise PdfRefused(_l("This PDF could not be made. Please tell the organizers.")) from error
        for length in lengths:
            done.append(data[:length])
            data = data[length:]
    return done


_found_complete = False


def missing_parts() -> list[str]:
    """Debian packages that PDFs need and this system lacks; empty when all is there (then remembered)."""
    global _found_complete  # noqa: PLW0603
    if _found_complete:
        return []
    missing = [
        package
        for package, library in (
            ("libpango-1.0-0", "libpango-1.0.so.0"),
            ("libpangoft2-1.0-0", "libpangoft2-1.0.so.0"),
            ("libharfbuzz-subset0", "libharfbuzz-subset.so.0"),
        )
        if not _loads(library)
    ]
    if not all(_has_noto_cjk(tag) for tag in ("zh-cn", "ko")):
        missing.append("fonts-noto-cjk")
    _found_complete = not missing
    return missing


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_noto_cjk(tag: str) -> bool:
    try:
        listed = subprocess.run(
            ["fc-list", f":lang={tag}", "family"],  # noqa: S607 - the system's own tool, wherever it lies
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    return any("Noto" in line and "CJK" in line for line in listed.splitlines())
