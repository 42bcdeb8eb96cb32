"""Lays out PDFs; runs only in the separate process of `core.isolated`, which alone imports WeasyPrint."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from core.isolated import IsolatedError

_PACKAGED = Path(__file__).resolve().parent.parent / "static" / "pdf"
_MEDIA_TYPES = {".css": "text/css", ".png": "image/png", ".svg": "image/svg+xml"}


def _packaged_assets() -> dict[str, bytes]:
    """Style sheets and pictures that ship with the project, by file name."""
    return {
        file.name: file.read_bytes() for file in sorted(_PACKAGED.glob("*")) if file.suffix in _MEDIA_TYPES
    }


def lay_out(_data: bytes, documents: list[dict[str, Any]]) -> tuple[list[int], bytes]:
    """Each document as PDF/A-3u; returns their lengths and their bytes one after another."""
    from weasyprint import HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class AssetFetcher(URLFetcher):  # type: ignore[misc, unused-ignore]
        """Answers `asset:name` out of a dict; everything else ends the rendering."""

        def __init__(self, assets: dict[str, bytes]) -> None:
            super().__init__(allowed_protocols=["asset"], allow_redirects=False)
            self._assets = assets

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            scheme, _, name = url.partition(":")
            if scheme != "asset" or name not in self._assets:
                raise FatalURLFetchingError(f"not a packaged asset: {url[:80]}")
            media_type = _MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream")
            return URLFetcherResponse(url, self._assets[name], {"Content-Type": media_type})

    packaged = _packaged_assets()
    fonts = FontConfiguration()
    done: list[bytes] = []
    for document in documents:
        os.environ["SOURCE_DATE_EPOCH"] = str(document["made_at"] or 0)
        pictures = {name: base64.b64decode(data) for name, data in document["pictures"].items()}
        try:
            laid_out = HTML(
                string=document["html"], url_fetcher=AssetFetcher(packaged | pictures), base_url="asset:"
            ).render(font_config=fonts, pdf_variant="pdf/a-3u")
            if document["pages"] is not None and len(laid_out.pages) != document["pages"]:
                raise IsolatedError("too_long", pages=len(laid_out.pages))
            identifier = document["identifier"].encode() or None
            done.append(laid_out.write_pdf(pdf_identifier=identifier, pdf_variant="pdf/a-3u"))
        except FatalURLFetchingError as error:
            raise IsolatedError("asset", detail=str(error)) from error
    return [len(pdf) for pdf in done], b"".join(done)


def join(data: bytes, lengths: list[int]) -> tuple[None, bytes]:
    """Several PDFs, of these lengths one after another in `data`, as one."""
    import io

    import pikepdf

    with pikepdf.new() as whole:
        for length in lengths:
            with pikepdf.open(io.BytesIO(data[:length])) as part:
                whole.pages.extend(part.pages)
            data = data[length:]
        out = io.BytesIO()
        whole.save(out)
    return None, out.getvalue()
