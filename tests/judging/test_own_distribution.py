"""A judge's own totals on her list: mean, range, bands and a small picture; of nobody else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from accounts.models import Person
from competition.models import Edition, Entry, Round
from core.db import db
from judging.models import Judge, ScoreSheet
from judging.operations import sheets
from judging.own_distribution import HEIGHT, WIDTH, spread_of
from tests import factories as make

BANDS = (("A", 85), ("B", 70), ("C", 55), ("D", 0))


def decimals(*numbers: float) -> list[Decimal]:
    return [Decimal(str(number)) for number in numbers]


def spread(sent: list[Decimal], open_: list[Decimal] | None = None, **options: Any) -> Any:
    return spread_of(
        sent, open_ or [], **{"least": Decimal(0), "full": Decimal(100), "bands": BANDS} | options
    )


def test_the_lower_bound_of_a_band_belongs_to_it() -> None:
    found = spread(decimals(100, 85, 84.9, 70), decimals(55, 54.5, 0))
    assert [(band.name, band.count) for band in found.bands] == [("A", 2), ("B", 2), ("C", 1), ("D", 2)]
    assert (found.count, found.sent, found.lowest, found.highest) == (7, 4, 0, 100)


def test_bands_follow_the_scale_of_the_totals() -> None:
    found = spread(decimals(17, 16.9), full=Decimal(20))
    assert [str(band.least) for band in found.bands] == ["17", "14", "11", "0"]
    assert [band.count for band in found.bands] == [1, 1, 0, 0]


def test_the_mean_is_rounded_half_up() -> None:
    assert spread(decimals(0.01, 0.02, 0.015)).mean == Decimal("0.02")
    assert spread(decimals(70, 70.01)).mean == Decimal("70.01")


@pytest.mark.parametrize("sent", [[], decimals(5)])
def test_one_total_is_no_distribution(sent: list[Decimal]) -> None:
    assert spread(sent) is None


@given(
    st.lists(st.integers(0, 1000), max_size=60),
    st.lists(st.integers(0, 1000), max_size=60),
)
def test_the_picture_stays_in_its_frame_and_counts_everything(sent: list[int], open_: list[int]) -> None:
    found = spread([Decimal(one) / 10 for one in sent], [Decimal(one) / 10 for one in open_])
    if len(sent) + len(open_) < 2:
        assert found is None
        return
    assert sum(band.count for band in found.bands) == len(sent) + len(open_)
    assert found.lowest <= found.mean + Decimal("0.005")
    assert found.mean <= found.highest + Decimal("0.005")
    assert 0 <= found.mean_x <= WIDTH
    for bar in found.bars:
        assert 0 <= bar.x < WIDTH
        assert 0 < bar.sent + bar.open <= HEIGHT + 2


# ---- On the list


@pytest.fixture
def edition(ctx: None) -> Edition:
    return make.edition()


@pytest.fixture
def round(edition: Edition) -> Round:
    found = make.round_of(edition)
    make.rubric(found)
    return found


@pytest.fixture
def judge(edition: Edition) -> Judge:
    return make.judge(edition)


@pytest.fixture
def browser(app: Flask, judge: Judge) -> FlaskClient:
    return make.sign_in(app.test_client(), db.session.get_one(Person, judge.person_id))


def bars(page: str, kind: str) -> int:
    """How many bars of a kind the picture has."""
    return page.partition(f'class="{kind}" d="')[2].partition('"')[0].count("M")


def score(round: Round, judge: Judge, entry: Entry, submit: bool = True, **marks: str) -> None:
    sheet = db.session.scalars(
        select(ScoreSheet).where(ScoreSheet.entry_id == entry.id, ScoreSheet.judge_id == judge.id)
    ).one_or_none() or make.sheet(round, judge, entry)
    sheets.save_marks(sheet=sheet, seen=None, op_id=f"own-{sheet.id:06}", marks=marks)
    if submit:
        sheets.submit_sheet(sheet=sheet)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("目前我的评分：平均 15.67，最低 12，最高 18", "优秀")),
        ("ko", ("지금까지 내 점수: 평균 15.67, 최저 12, 최고 18", "우수")),
        ("en", ("My scores so far: mean 15.67, from 12 to 18", "Excellent")),
    ],
)
def test_the_list_shows_the_own_totals_and_nobody_elses(
    browser: FlaskClient, edition: Edition, round: Round, judge: Judge, lang: str, words: tuple[str, str]
) -> None:
    entries = [make.entry(edition) for _ in range(5)]
    make.enter(round, *entries)
    other = make.judge(edition)
    score(round, judge, entries[0], c1="9", c2="9")
    score(round, judge, entries[1], c1="6", c2="6")
    score(round, judge, entries[2], submit=False, c1="8.5", c2="8.5")
    score(round, judge, entries[3], submit=False, c1="1")
    for entry in entries:
        score(round, other, entry, c1="0.5", c2="0")
    text = browser.get(f"/{lang}/j/{edition.slug}/{round.slug}").get_data(as_text=True)
    for word in words:
        assert word in text
    assert bars(text, "own-sent") == 2
    assert bars(text, "own-open") == 1, "a sheet without all its marks has no total yet"


def test_with_less_than_two_totals_there_is_no_picture(
    browser: FlaskClient, edition: Edition, round: Round, judge: Judge
) -> None:
    entry = make.entry(edition)
    make.enter(round, entry)
    score(round, judge, entry, c1="9", c2="9")
    assert 'class="own"' not in browser.get(f"/en/j/{edition.slug}/{round.slug}").get_data(as_text=True)


def test_where_lower_is_better_there_are_no_bands(
    browser: FlaskClient, edition: Edition, round: Round, judge: Judge
) -> None:
    round.rule = {"direction": "low"}
    entries = [make.entry(edition) for _ in range(2)]
    make.enter(round, *entries)
    for entry in entries:
        score(round, judge, entry, c1="9", c2="9")
    text = browser.get(f"/en/j/{edition.slug}/{round.slug}").get_data(as_text=True)
    assert 'class="own"' in text
    assert "Excellent" not in text
