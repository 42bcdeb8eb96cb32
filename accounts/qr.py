"""A link as a QR code to hold a phone up to, for WeChat and KakaoTalk."""

from __future__ import annotations

import io

from markupsafe import Markup


def qr_svg(text: str) -> Markup:
    """An SVG element of the QR code of `text` (error correction M), without inline style, black on white.

    Raises segno.DataOverflowError beyond 2,331 bytes.
    """
    import segno

    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, svgns=False, nl=False, svgclass="qr", lineclass=None, omitsize=True,
        border=4, dark="#000", light="#fff",
    )  # fmt: skip
    return Markup(drawn.getvalue().decode("utf-8"))  # noqa: S704 - drawn by segno from modules, not text
