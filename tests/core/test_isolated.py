"""Heavy and risky work is done elsewhere, and ends."""

from __future__ import annotations

import io

import pikepdf
import pytest
from flask import Flask
from PIL import Image
from werkzeug.datastructures import FileStorage

from core import files, isolated, pdf
from core.errors import BadInput

pytestmark = pytest.mark.no_database


def blank_pdf(**features: bool) -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page()
        if features.get("script"):
            document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        if features.get("launch"):
            document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe")
        if features.get("attachment"):
            document.attachments["notes.txt"] = b"secret"
        name, root = pikepdf.Name, document.Root
        if features.get("opens_address"):
            root.OpenAction = pikepdf.Dictionary(S=name.URI, URI="https://evil.example")
        if features.get("opens_page"):
            root.OpenAction = pikepdf.Dictionary(S=name.GoTo, D=pikepdf.Array([0, name.Fit]))
        if features.get("other_file"):
            link = pikepdf.Dictionary(Subtype=name.Link, A=pikepdf.Dictionary(S=name.GoToR, F="\\\\evil\\x"))
            document.pages[0].Annots = pikepdf.Array([document.make_indirect(link)])
        if features.get("untyped_attachment"):
            file = document.make_stream(b"MZ")
            pin = pikepdf.Dictionary(FS=pikepdf.Dictionary(F="evil.exe", EF=pikepdf.Dictionary(F=file)))
            document.pages[0].Annots = pikepdf.Array([document.make_indirect(pin)])
        if features.get("xfa"):
            root.AcroForm = pikepdf.Dictionary(XFA=document.make_stream(b"<script/>"))
        out = io.BytesIO()
        encryption = pikepdf.Encryption(user="a", owner="b") if features.get("password") else False
        document.save(out, encryption=encryption)
        return out.getvalue()


def receive(app: Flask, data: bytes, name: str, kind: files.Kind) -> object:
    with app.app_context():
        return files.receive(
            FileStorage(io.BytesIO(data), filename=name), kind, uploaded_by=None, field="file"
        )


@pytest.mark.parametrize(
    ("features", "says"),
    [
        ({"script": True}, "scripts or actions"),
        ({"launch": True}, "scripts or actions"),
        ({"attachment": True}, "embedded"),
        ({"password": True}, "password"),
        ({"opens_address": True}, "scripts or actions"),
        ({"other_file": True}, "scripts or actions"),
        ({"xfa": True}, "scripts or actions"),
        ({"untyped_attachment": True}, "embedded"),
    ],
)
def test_a_pdf_that_does_things_is_refused(app: Flask, features: dict[str, bool], says: str) -> None:
    with pytest.raises(BadInput) as caught:
        receive(app, blank_pdf(**features), "plan.pdf", files.PDF)
    with app.test_request_context("/en/"):
        assert says in str(caught.value.fields["file"])


def test_a_pdf_that_opens_on_a_page_of_its_own_is_taken(app: Flask) -> None:
    assert receive(app, blank_pdf(opens_page=True), "plan.pdf", files.PDF)


@pytest.mark.parametrize(
    "data",
    [b"<html><script>alert(1)</script>", b"%PDF-1.7 and then nothing", b"", b"PK\x03\x04", blank_pdf()[:200]],
)
def test_what_is_no_pdf_is_refused(app: Flask, data: bytes) -> None:
    with pytest.raises(BadInput):
        receive(app, data, "plan.pdf", files.PDF)


def test_a_file_over_the_limit_is_refused(app: Flask) -> None:
    small = files.Kind("pdf", ("application/pdf",), 1000)
    with pytest.raises(BadInput):
        receive(app, blank_pdf() + b"\0" * 1000, "plan.pdf", small)


def test_a_plain_pdf_keeps_its_name_without_tricks(app: Flask) -> None:
    row = receive(app, blank_pdf(), "C:\\fakepath\\..\\사업계획서\u202efdp.exe", files.PDF)
    assert row.name == "사업계획서fdp.pdf"  # type: ignore[attr-defined]


def test_a_picture_is_drawn_anew_without_its_metadata(app: Flask) -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (3000, 10), "red").save(out, "JPEG", exif=exif)
    row = receive(app, out.getvalue() + b"<script>", "logo.jpg", files.PICTURE)
    with app.app_context():
        stored = files.read(row)  # type: ignore[arg-type]
    assert b"taken at home" not in stored
    assert b"<script>" not in stored
    assert Image.open(io.BytesIO(stored)).size[0] == 1600


def test_a_picture_bomb_is_refused(app: Flask) -> None:
    out = io.BytesIO()
    Image.new("1", (20000, 20000)).save(out, "PNG")
    with pytest.raises(BadInput):
        receive(app, out.getvalue(), "logo.png", files.PICTURE)


def test_work_that_hangs_is_killed() -> None:
    with pytest.raises(isolated.IsolatedError) as caught:
        isolated.call("tests.core.hanging:forever", {}, seconds=1)
    assert caught.value.code in ("timeout", "crashed")


@pytest.mark.parametrize(
    "trap",
    [
        '<img src="http://127.0.0.1:9/x" alt="">',
        '<img src="file:///etc/hostname" alt="">',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<a rel="attachment" href="file:///etc/hostname">x</a>',
        "<style>@import url(http://127.0.0.1:9/x.css);</style>",
        "<style>p { background: url(http://127.0.0.1:9/x.png) }</style>",
        "<style>@font-face { font-family: x; src: url(file:///etc/hostname) } p { font-family: x }</style>",
        '<object data="http://127.0.0.1:9/x"></object>',
        '<img src="ASSET:../config.py" alt="">',
        '<img src="data:image/svg+xml,%3Csvg/%3E" alt="">',
    ],
)
def test_a_pdf_template_reaches_nothing_but_packaged_files(trap: str) -> None:
    page = f"<!doctype html><html lang=en><head><title>t</title></head><body><p>x</p>{trap}</body></html>"
    document = {"html": page, "pictures": {}, "pages": None, "identifier": "x", "made_at": 0}
    with pytest.raises(isolated.IsolatedError) as caught:
        isolated.call("core.pdf_process:lay_out", {"documents": [document]})
    assert caught.value.code == "asset"


def test_the_same_document_gives_the_same_bytes(app: Flask) -> None:
    page = "<!doctype html><html lang=ko><head><title>상장</title></head><body><p>상장 获奖</p></body></html>"
    document = pdf.Document(page, pages=1, identifier="n-1", made_at=1_600_000_000)
    with app.test_request_context("/ko/"):
        one, two = pdf.render_all([document, document])
    assert one == two
    assert one.startswith(b"%PDF-")


def test_text_that_needs_a_second_page_is_refused(app: Flask) -> None:
    page = (
        f"<!doctype html><html lang=en><head><title>t</title></head><body>{'<p>line</p>' * 200}</body></html>"
    )
    with app.test_request_context("/en/"), pytest.raises(pdf.PdfRefused, match="pdf_refused"):
        pdf.render_all([pdf.Document(page, pages=1)])
