"""Tables read back as they were written, and files made to do harm are refused quickly and in words."""

from __future__ import annotations

import io
import resource
import time
import zipfile
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st

from core import spreadsheets
from core.errors import BadInput
from core.spreadsheets import Sheet, read_table, write_csv, write_xlsx

pytestmark = pytest.mark.no_database

HOSTILE = [
    "=1+1",
    '=HYPERLINK("http://evil")',
    "+82 10-1234-5678",
    "-5",
    "@SUM(A1)",
    "\tTAB",
    "＝1+1",
    "＋82",
    "'=already",
    "''=twice",
    "'plain",
    "00123",
    "1e5",
    "创新팀A",
    "two\nlines",
    'quo"ted',
    "a;b,c",
]


def texts(table: spreadsheets.Table) -> list[list[str]]:
    return [list(row.cells) for row in table.rows]


def test_36_a_csv_comes_back_as_it_was_written() -> None:
    data = write_csv(["name", "note"], [[text, "x"] for text in HOSTILE])
    assert data.startswith(b"\xef\xbb\xbf")
    assert texts(read_table(data, "a.csv")) == [[text, "x"] for text in HOSTILE]


def test_36_no_cell_of_a_csv_begins_like_a_formula() -> None:
    data = write_csv(["name"], [[text] for text in HOSTILE]).decode("utf-8-sig")
    for line in data.splitlines():
        assert line.lstrip('"')[:1] not in set("=+-@\t\r＝＋－＠")


def test_36_an_xlsx_comes_back_as_it_was_written_and_holds_no_formula() -> None:
    data = write_xlsx([Sheet("teams", ["name", "note"], [[text, "x"] for text in HOSTILE])])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet
    table = read_table(data, "a.xlsx")
    assert texts(table) == [[text, "x"] for text in HOSTILE]
    assert table.marks == {}


@given(
    st.lists(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12), max_size=8)
)
def test_any_text_survives_a_csv(cells: list[str]) -> None:
    data = write_csv(["key", "text"], [["k", cell] for cell in cells])
    assert texts(read_table(data, "a.csv")) == [["k", cell] for cell in cells]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("utf-8", "팀명,국가\n창업팀,KR\n"),
        ("utf-8-sig", "团队名称,国家\n创新팀,CN\n"),
        ("utf-16", "团队名称,国家\n创新팀,CN\n"),
        ("gb18030", "团队名称,国家\n蓉城创新队,中国\n"),
        ("cp949", "팀명,국가\n서울창업팀,한국\n"),
    ],
)
def test_a_csv_is_read_in_the_encodings_of_both_countries(code: str, text: str) -> None:
    table = read_table(text.encode(code), "a.csv", expected=["团队名称", "팀명"])
    assert ",".join(table.header) == text.split("\n", maxsplit=1)[0]
    assert ",".join(table.rows[0].cells) == text.split("\n")[1]
    without_hint = read_table(text.encode(code), "a.csv")
    assert without_hint.header == table.header


def test_semicolons_and_tabs_part_columns_too() -> None:
    for sign in ";\t":
        table = read_table(f"a{sign}b\n1{sign}2\n".encode(), "a.csv")
        assert table.header == ("a", "b")


def test_rows_know_their_line_and_empty_ones_are_left_out() -> None:
    table = read_table(b'a,b\n\n"two\nlines",2\n,\n3,4\n', "a.csv")
    assert [(row.number, row.cells[1]) for row in table.rows] == [(3, "2"), (6, "4")]


def refused(data: bytes, name: str = "a.xlsx") -> str:
    began = time.monotonic()
    with pytest.raises(BadInput) as caught:
        read_table(data, name)
    assert time.monotonic() - began < 10
    return str(caught.value.fields["file"])


def book(sheet: str, **parts: Any) -> bytes:
    """The smallest workbook around one sheet's XML."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {space} xmlns:r="{relations}"><sheets>'
            '<sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{sheet}</sheetData></worksheet>"
        )
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


ROW = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>n</t></is></c></row>'
)


def test_the_smallest_workbook_is_read() -> None:
    table = read_table(
        book(ROW + '<row r="3"><c r="A3"><v>35</v></c><c r="B3"><v>1.5</v></c></row>'), "a.xlsx"
    )
    assert table.header == ("name", "n")
    assert [(row.number, row.cells) for row in table.rows] == [(3, ("35", "1.5"))]


def test_36_formulas_and_numbers_that_lost_digits_are_marked() -> None:
    sheet = ROW + '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2"><v>913501000000000000</v></c></row>'
    assert read_table(book(sheet), "a.xlsx").marks == {(2, 0): "formula", (2, 1): "long_number"}


def test_36_a_million_empty_rows_are_left_out_in_time() -> None:
    empty = "".join(f'<row r="{number}"/>' for number in range(2, 1_000_001))
    began = time.monotonic()
    assert read_table(book(ROW + empty), "a.xlsx").rows == []
    assert time.monotonic() - began < 10


def test_36_a_million_formatted_cells_are_refused_in_time() -> None:
    empty = "".join(f'<row r="{number}"><c r="A{number}" s="0"/></row>' for number in range(2, 1_000_003))
    assert "unpacks to far more" in refused(book(ROW + empty))


def test_36_one_value_in_the_last_cell_of_a_sheet_is_refused() -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert "more than 5000 rows" in refused(book(ROW + far))
    wide = '<row r="2"><c r="XFD2"><v>1</v></c></row>'
    assert "more than 60 columns" in refused(book(ROW + wide))


def test_36_a_workbook_with_links_to_others_is_refused() -> None:
    assert "other workbooks" in refused(book(ROW, xl__externalLinks__externalLink1="<x/>"))


def test_39_a_bomb_is_refused_before_it_goes_off() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    began = time.monotonic()
    text = refused(book(ROW, xl__sharedStrings=b"\0" * 63 * 1024 * 1024))
    assert "unpacks to far more" in text
    assert time.monotonic() - began < 4
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert used <= max(before, 200 * 1024)


def test_39_a_bomb_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(book("<row/>" * 4_000_000))
    honest = (4_000_000 * 6).to_bytes(4, "little")[1:]
    place = data.rfind(b"xl/worksheets/sheet1.xml") - 46
    assert data[place : place + 4] == b"PK\x01\x02"
    data[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    assert honest not in data[place : place + 46]
    assert "can't be read" in refused(bytes(data))


def test_39_entities_are_not_expanded() -> None:
    evil = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet/>'
    assert "can't be read" in refused(book(ROW, xl__workbook="<x/>").replace(b"<x/>", b"<x/>")[:-40])
    broken = book(ROW)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(broken)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            new.writestr(part, evil if part.endswith("sheet1.xml") else old.read(part))
    assert "can't be read" in refused(out.getvalue())


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "a.csv", "empty"),
        (b"  \n", "a.csv", "empty"),
        (b"a,b\n1\x002,3\n", "a.csv", "NUL"),
        (b"\xff\xff\xff,\x80", "a.csv", "UTF-8"),
        (b"a,b\n" + b"1,2\n" * 5001, "a.csv", "5000 rows"),
        (b"a,b\n1,2,3\n", "a.csv", "more cells"),
        (b"a\n" + b"x" * 20_001, "a.csv", "20000 characters"),
        (b"a\n" + b"x" * 200_000, "a.csv", "table row"),
        (b",".join(b"c%d" % n for n in range(61)) + b"\n", "a.csv", "60 columns"),
        (b"x" * (5 * 1024 * 1024 + 1), "a.csv", "5 MB"),
        (b"PK\x03\x04 not a zip", "a.xlsx", "can't be read"),
        (b"plain text", "a.xlsx", "can't be read"),
        (b"\xd0\xcf\x11\xe0 old excel", "a.xls", "old or protected"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data: bytes, name: str, says: str) -> None:
    assert says in refused(data, name)


def test_refusals_are_said_in_the_persons_language(app: Flask) -> None:
    with app.test_request_context("/zh/"), force_locale("zh_Hans"):
        assert "空" in refused(b"", "a.csv")
    with app.test_request_context("/ko/"), force_locale("ko"):
        assert "비어" in refused(b"", "a.csv")
