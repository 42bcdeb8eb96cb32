"""Door signs: a page each, all three scripts, times right."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from core import pdf
from roadshows import printing
from roadshows.models import Roadshow
from roadshows.queries.published import agenda_of
from tests import factories as people
from tests.roadshows import factories as make
from tests.roadshows.agenda_contents import publish, session
from tests.roadshows.test_public_pages import TEN, seoul_and_yantai

HERE = "/ko/o/roadshows/spring/print"


@pytest.fixture
def roadshow(ctx: None) -> Roadshow:
    return seoul_and_yantai()


def test_a_sign_holds_what_takes_place_in_its_room_that_day(roadshow: Roadshow) -> None:
    publish(
        roadshow,
        session("one", TEN),
        session("two", "2026-06-10T03:00Z", room=2),
        session("off", "2026-06-10T04:00Z", canceled=True),
        session("all", "2026-06-10T00:00Z", room=None, whole_city=True),
        session("next", "2026-06-10T15:15Z"),  # 00:15 of the eleventh
    )
    signs = printing.door_signs(agenda_of(roadshow))
    assert [(sign.hall.name.en, [item.key for item in sign.items]) for sign in signs] == [
        ("Hall 1", ["all", "one"]),
        ("Hall 2", ["all", "two"]),
        ("Hall 1", ["next"]),
    ]
    assert [run.text for run in signs[2].dates] == ["6月11日 周四", "6월 11일 (목)", "Thu, Jun 11"]


@pytest.mark.parametrize(
    ("count", "size"), [(1, "large"), (4, "large"), (5, "middle"), (8, "middle"), (9, "small")]
)
def test_the_more_there_is_the_smaller_it_is_set(roadshow: Roadshow, count: int, size: str) -> None:
    publish(roadshow, *(session(f"k{number}", f"2026-06-10T{number:02d}:00Z") for number in range(count)))
    assert printing.door_signs(agenda_of(roadshow))[0].size == size


def test_the_signs_are_made_as_pdf(roadshow: Roadshow, client: FlaskClient) -> None:
    if pdf.missing_parts():
        pytest.skip("the libraries for PDFs are not installed")
    people.sign_in(client, make.organizer(roadshow))
    assert client.get(f"{HERE}/door-signs.pdf").status_code == 409
    publish(roadshow, session("one", TEN), session("two", TEN, room=2))
    page = client.get(HERE)
    assert page.status_code == 200
    answer = client.get(f"{HERE}/door-signs.pdf")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")
    assert "door-signs-spring.pdf" in answer.headers["Content-Disposition"]
