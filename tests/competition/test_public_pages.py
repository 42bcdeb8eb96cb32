"""What everybody may see of editions, in three languages, and that nothing else shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from competition.models import Edition, EditionState, EntryState, MilestoneKind
from competition.operations import editions
from competition.queries import public as queries
from core import registries
from core.db import db
from core.languages import Trilingual
from core.registries import MenuEntry
from tests import factories as make
from tests.conftest import Clock

WORDS = {
    "zh": ("中韩合作，创新创业", "立即报名", "报名截止", "首尔", "谁可以参赛"),
    "ko": ("한중 협력, 혁신창업", "참가 신청하기", "접수 마감", "청두", "참가 자격"),
    "en": ("China–Korea cooperation", "Register now", "Registration deadline", "Chengdu", "Who may enter"),
}


def full_edition(**values: Any) -> Edition:
    edition = make.edition(eligibility=[{"kind": "age", "most": 35}], **values)
    editions.add_prize(
        edition=edition,
        name=Trilingual("一等奖", "최우수상", "First prize"),
        gift=Trilingual(en="CNY 30,000"),
    )
    make.round_of(edition, advance_places=24)
    db.session.commit()
    return edition


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
@pytest.mark.parametrize("page", ["", "/timeline", "/teams"])
def test_the_pages_of_an_edition_speak_three_languages(
    ctx: None, client: FlaskClient, lang: str, page: str
) -> None:
    edition = full_edition()
    answer = client.get(f"/{lang}/e/{edition.slug}{page}")
    assert answer.status_code == 200
    assert f'lang="{"zh-Hans" if lang == "zh" else lang}"' in answer.text
    if page == "":
        for word in WORDS[lang]:
            assert word in answer.text
    for other in ("zh-Hans", "ko", "en"):
        assert f'hreflang="{other}"' in answer.text


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_home_is_about_the_edition_that_is_open(ctx: None, client: FlaskClient, lang: str) -> None:
    make.edition(year=2027, state=EditionState.ARCHIVED, name=Trilingual.same("Archived one"))
    full_edition()
    page = client.get(f"/{lang}/")
    assert page.status_code == 200
    assert WORDS[lang][1] in page.text
    assert page.text.index(WORDS[lang][0]) < page.text.index("Archived one")


@pytest.mark.parametrize("lang", ["zh", "ko", "en"])
def test_an_empty_house_says_so(ctx: None, client: FlaskClient, lang: str) -> None:
    page = client.get(f"/{lang}/")
    assert page.status_code == 200
    says = {"zh": "还没有公开的", "ko": "공개된 회차가 아직", "en": "No edition is public yet"}[lang]
    assert says in page.text


def test_22_a_draft_is_seen_nowhere(ctx: None, client: FlaskClient) -> None:
    draft = make.edition(state=EditionState.DRAFT, name=Trilingual.same("Secret plans"))
    make.edition()
    db.session.commit()
    for path in ("", "/timeline", "/teams"):
        assert client.get(f"/en/e/{draft.slug}{path}").status_code == 404
    assert "Secret plans" not in client.get("/en/").text


def test_only_accepted_teams_that_agreed_are_shown(ctx: None, client: FlaskClient) -> None:
    edition = make.edition()
    shown = make.entry(edition, team=make.team(edition, name="可见队", shown_publicly=True))
    make.entry(edition, team=make.team(edition, name="隐藏队"))
    make.entry(edition, EntryState.SUBMITTED, team=make.team(edition, name="未审队", shown_publicly=True))
    make.entry(edition, EntryState.DISQUALIFIED, team=make.team(edition, name="取消队", shown_publicly=True))
    other = make.edition()
    make.entry(other, team=make.team(other, name="别届队", shown_publicly=True))
    phone = "+8613800000000"
    shown.team.phone = phone
    db.session.commit()
    text = client.get(f"/zh/e/{edition.slug}/teams").text
    assert "可见队" in text
    for hidden in ("隐藏队", "未审队", "取消队", "别届队", phone, shown.team.members[0].name, shown.key):
        assert hidden not in text


def test_public_pages_are_cached_bytes_without_cookies(ctx: None, client: FlaskClient) -> None:
    edition = full_edition()
    first = client.get(f"/zh/e/{edition.slug}")
    assert first.headers["ETag"]
    assert "public" in first.headers["Cache-Control"]
    assert "Set-Cookie" not in first.headers
    again = client.get(f"/zh/e/{edition.slug}", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    signed_in = make.sign_in(client, make.organizer(edition))
    assert signed_in.get(f"/zh/e/{edition.slug}").data == first.data


def test_a_change_shows_at_once(ctx: None, client: FlaskClient) -> None:
    edition = full_edition()
    client.get(f"/en/e/{edition.slug}")
    editions.change_basics(edition=edition, seen=None, theme=Trilingual.same("A new theme"))
    db.session.commit()
    assert "A new theme" in client.get(f"/en/e/{edition.slug}").text


def test_the_button_follows_the_clock(
    ctx: None, client: FlaskClient, turn_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = make.edition()
    results: list[Any] = []
    monkeypatch.setattr(registries, "edition_tabs", [lambda edition: results])
    opens, closes = (milestone.at for milestone in edition.milestones)
    db.session.commit()
    path = f"/en/e/{edition.slug}"

    def shows(at: datetime) -> str:
        turn_clock.set(at)
        return client.get(path).text

    assert "Register now" not in shows(opens - timedelta(seconds=1))
    assert "Register now" in shows(opens)
    assert "Register now" in shows(closes)
    late = shows(closes + timedelta(seconds=1))
    assert "Register now" not in late
    assert "See the results" not in late
    results.append(MenuEntry("Results", "/en/results-here", "results"))
    edition.place = Trilingual.same("Chengdu")  # as a publication would, this makes the cached pages old
    db.session.commit()
    assert "See the results" in shows(closes + timedelta(days=1))


def test_the_timeline_knows_what_is_past_now_and_next(ctx: None, turn_clock: Clock) -> None:
    edition = make.edition()
    editions.set_milestone(
        edition=edition, kind=MilestoneKind.CEREMONY, at=turn_clock.moment + timedelta(days=30)
    )
    db.session.refresh(edition)
    assert [date.state for date in queries.timeline(edition, turn_clock.moment)] == ["now", "next", "later"]
    later = turn_clock.moment + timedelta(days=20)
    assert [date.state for date in queries.timeline(edition, later)] == ["past", "past", "next"]


def test_home_prefers_open_then_coming_then_young(ctx: None) -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    past, coming, open_ = make.edition(year=2030), make.edition(year=2020), make.edition(year=2010)
    for edition, days in ((past, -60), (coming, 60), (open_, -5)):
        opens, closes = edition.milestones
        opens.at = at + timedelta(days=days)
        closes.at = opens.at + timedelta(days=20)
    assert queries.current_edition([past, coming, open_], at) is open_
    assert queries.current_edition([past, coming], at) is coming
    assert queries.current_edition([past], at) is past
    assert queries.current_edition([], at) is None


@pytest.mark.parametrize("count", [1, 3])
def test_public_pages_ask_little(ctx: None, client: FlaskClient, count_queries: Any, count: int) -> None:
    edition = make.edition()
    for number in range(count):
        make.entry(edition, team=make.team(edition, shown_publicly=True))
        make.round_of(edition)
        editions.add_prize(edition=edition, name=Trilingual.same(f"Prize {number}"))
        make.edition()
    db.session.commit()
    for path in (
        "/en/",
        f"/en/e/{edition.slug}",
        f"/en/e/{edition.slug}/teams",
        f"/zh/e/{edition.slug}/timeline",
    ):
        with count_queries() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= 8, seen
