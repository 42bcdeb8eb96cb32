"""Scales in whole numbers, presets, rubric and rule of a round, and how both lock at the first score."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from competition.models import Edition, Round
from competition.operations.editions import clone_edition
from core.db import db
from core.errors import BadInput, Conflict
from core.languages import Trilingual
from core.models import AuditRecord
from judging.models import Criterion, Rubric
from judging.operations import rubrics, sheets
from judging.queries.office import ranking_rule
from judging.rubrics import (
    Band,
    CriterionSpec,
    MarkRefused,
    Scale,
    SpecRefused,
    Totals,
    Weighing,
    presets,
    shown_bands,
    usual_bands,
)
from tests import factories as make


@pytest.fixture
def round(ctx: None) -> Round:
    return make.round_of(make.edition())


def spec(title: str = "Innovation", **values: Any) -> CriterionSpec:
    return CriterionSpec(**{"name": Trilingual(en=title), "most": "10"} | values)


# ---- Scales


@pytest.mark.parametrize(
    ("least", "most", "step", "mark", "steps"),
    [
        ("0", "10", "1", "7", 7),
        ("0", "10", "0.5", "8.5", 17),
        ("0", "10", "0.25", "9.75", 39),
        ("1", "5", "1", 1, 0),
        ("-5", "5", "0.5", "-4.5", 1),
        ("0", "10", "0.25", "9.500000", 38),
        ("0", "0.3", "0.1", "0.3", 3),
    ],
)
def test_a_mark_is_a_whole_number_of_steps(
    least: str, most: str, step: str, mark: str | int, steps: int
) -> None:
    scale = Scale.of(least, most, step)
    assert scale.steps(mark) == steps
    assert scale.points(steps) == Fraction(str(mark))


@given(st.integers(0, 3), st.integers(-500, 500), st.integers(1, 400), st.integers(1, 60), st.data())
def test_every_step_has_a_text_that_reads_back_as_itself(
    places: int, least: int, step: int, count: int, data: st.DataObject
) -> None:
    scale = Scale(places, least, least + step * count, step)
    steps = data.draw(st.integers(0, count))
    assert scale.steps(scale.text(steps)) == steps
    assert Decimal(scale.text(steps)) == Decimal(least + steps * step).scaleb(-places)


@pytest.mark.parametrize(
    ("mark", "code"),
    [
        ("10.5", "above"),
        ("-1", "below"),
        ("0.3", "off_step"),
        ("0.50001", "off_step"),
        *[
            (bad, "not_a_number")
            for bad in (
                "",
                " 1",
                "1 ",
                "+1",
                "1e1",
                "NaN",
                "٣",
                "１",
                "-0",
                "-0.0",
                "01",
                "1.",
                ".5",
                "1,5",
                "0x1",
            )
        ],
        (True, "not_a_number"),
        (None, "not_a_number"),
        (10**40, "not_a_number"),
        (-(10**40), "not_a_number"),
    ],
)
def test_what_is_no_mark_is_refused_with_its_reason(mark: Any, code: str) -> None:
    with pytest.raises(MarkRefused) as refused:
        Scale.of("0", "10", "0.5").steps(mark)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("least", "most", "step", "field", "code"),
    [
        ("0", "10", "0", "step", "step"),
        ("0", "10", "-1", "step", "step"),
        ("0", "10", "3", "step", "steps"),
        ("10", "10", "1", "most", "range"),
        ("10", "0", "1", "most", "range"),
        ("0", "999999", "1", "most", "range"),
        ("0", "10", "0.00001", "step", "places"),
        ("0", "100000", "0.0001", "step", "step"),
        ("zero", "10", "1", "least", "number"),
        ("0", "1e9", "1", "most", "number"),
        ("0", "10", "", "step", "number"),
    ],
)
def test_a_scale_that_cannot_be_marked_is_refused(
    least: str, most: str, step: str, field: str, code: str
) -> None:
    with pytest.raises(SpecRefused) as refused:
        Scale.of(least, most, step)
    assert (refused.value.field, refused.value.code) == (field, code)


def test_the_usual_bands_cover_the_scale_without_gap_or_overlap() -> None:
    for preset in presets().values():
        for criterion in preset.criteria:
            scale = criterion.scale
            shown = shown_bands(scale, criterion.bands)
            assert shown[0].most == scale.most_text
            assert shown[-1].least == scale.least_text
            for upper, lower in pairwise(shown):
                assert scale.steps(upper.least) == scale.steps(lower.most) + 1


def test_the_bands_of_a_hundred_are_the_published_ones() -> None:
    scale = Scale.of("0", "100", "1")
    assert [(band.least, band.name.zh) for band in usual_bands(scale)] == [
        ("85", "优秀"),
        ("70", "良好"),
        ("55", "一般"),
        ("0", "差"),
    ]


def test_a_judges_total_is_exact_and_rounds_half_up_where_the_rule_says() -> None:
    scale = Scale.of("0", "10", "0.01")
    marks = [(1, 946), (2, 932)]

    def total(weighing: Weighing) -> str:
        return Totals([(1, "1.6", scale), (2, "1.6", scale)], weighing).text(marks)

    assert total(Weighing()) == "30.048"
    assert total(Weighing(places=2)) == "30.05"
    assert total(Weighing.of({"weights": "normalized"})) == "9.39"
    over_criteria = {"aggregate": {"over": "criterion"}, "rounding": {"weighted": 1}}
    assert total(Weighing.of(over_criteria)) == "30.048"
    assert Totals([(1, "1", Scale.of("0", "1", "0.5"))], Weighing(places=0)).text([(1, 1)]) == "1"
    assert Totals([], Weighing()).text([]) == "0"


@given(st.data())
def test_a_total_in_whole_numbers_is_the_sum_of_weighted_points(data: st.DataObject) -> None:
    drawn = data.draw(
        st.lists(
            st.tuples(
                st.integers(0, 3),
                st.integers(-50, 50),
                st.integers(1, 40),
                st.integers(0, 99999),
                st.integers(0, 4),
                st.integers(0, 30),
            ),
            min_size=1,
            max_size=6,
        )
    )
    criteria, marks, expected, weights = [], [], Fraction(0), Fraction(0)
    for key, (places, least, step, weight, decimals, steps) in enumerate(drawn):
        scale = Scale(places, least, least + 30 * step, step)
        text = str(Decimal(weight).scaleb(-decimals))
        criteria.append((key, format(Decimal(text), "f"), scale))
        marks.append((key, steps))
        weights += Fraction(text)
        expected += Fraction(text) * scale.points(steps)
    assert Fraction(Totals(criteria, Weighing()).text(marks)) == expected
    if weights:
        shown = Fraction(Totals(criteria, Weighing(normalized=True, places=3)).text(marks))
        assert abs(shown - expected / weights) <= Fraction(1, 2000)


# ---- Presets


def test_presets_are_selectable_trilingual_and_say_how_well_they_are_established() -> None:
    assert len(presets()) == 23
    assert "cn_internetplus_2016_creative" not in presets()
    for preset in presets().values():
        assert preset.evidence in ("found", "partly found", "memory", "proposal")
        assert preset.source
        assert sum(Decimal(criterion.most) for criterion in preset.criteria) == preset.total
        assert len({criterion.key for criterion in preset.criteria}) == len(preset.criteria)
        for criterion in preset.criteria:
            assert criterion.name.zh
            assert criterion.name.ko
            assert criterion.name.en


# ---- Making and changing


def test_a_rubric_from_a_preset_keeps_its_source_and_evidence(round: Round) -> None:
    rubric = rubrics.make_rubric(round=round, preset="proposal_cky_final")
    assert (rubric.preset, rubric.evidence) == ("proposal_cky_final", "proposal")
    assert rubric.criteria[0].name.ko == "혁신성·기술"
    assert [row.scale.most_text for row in rubric.criteria] == ["25", "20", "20", "15", "15", "5"]
    assert [band["name"]["ko"] for band in rubric.criteria[0].anchors] == ["우수", "양호", "보통", "미흡"]


def test_another_preset_replaces_the_criteria_until_the_first_score(round: Round) -> None:
    rubrics.make_rubric(round=round, preset="proposal_cky_final")
    rubric = rubrics.make_rubric(round=round, preset="cn_generic_40302010")
    assert len(rubric.criteria) == 4
    assert len(db.session.scalars(select(Criterion)).all()) == 4
    made = db.session.scalars(select(AuditRecord).where(AuditRecord.action == "rubric.made")).all()
    assert len(made[-1].old) == 6


def test_criteria_are_added_changed_moved_and_removed(round: Round) -> None:
    rubric = rubrics.make_rubric(round=round, criteria=[spec("Innovation"), spec("Market")])
    third = rubrics.save_criterion(rubric=rubric, spec=spec("Market", weight="0.5"), seen=rubric.version)
    assert third.key == "market_2"
    rubrics.save_criterion(
        rubric=rubric, criterion=third, spec=spec("Team", most="20", step="0.5"), seen=rubric.version
    )
    assert (third.key, third.name.en, third.scale.most_text) == ("market_2", "Team", "20")
    rubrics.move_criterion(rubric=rubric, criterion=third, by=-1)
    assert [row.name.en for row in rubric.criteria] == ["Innovation", "Team", "Market"]
    rubrics.remove_criterion(rubric=rubric, criterion=rubric.criteria[0])
    db.session.expire_all()
    assert [(row.position, row.name.en) for row in rubric.criteria] == [(1, "Team"), (2, "Market")]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": Trilingual()}, "name"),
        ({"weight": "-1"}, "weight"),
        ({"weight": "1.00001"}, "weight"),
        ({"weight": "NaN"}, "weight"),
        ({"weight": "10001"}, "weight"),
        ({"most": "x"}, "most"),
        ({"step": "0"}, "step"),
        ({"bands": (Band("11", Trilingual(en="Too high")),)}, "bands"),
        ({"bands": (Band("", Trilingual(en="No bound")),)}, "bands"),
        ({"key": "x" * 81}, "key"),
        ({"key": "a\nb"}, "key"),
    ],
)
def test_a_criterion_that_cannot_be_is_refused_beside_its_field(
    round: Round, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        rubrics.make_rubric(round=round, criteria=[spec(**values)])
    assert list(refused.value.fields) == [field]


def test_a_stale_page_changes_nothing(round: Round) -> None:
    rubric = rubrics.make_rubric(round=round, criteria=[spec()])
    rubrics.save_criterion(rubric=rubric, spec=spec("Market"), seen=rubric.version)
    with pytest.raises(Conflict):
        rubrics.save_criterion(rubric=rubric, spec=spec("Team"), seen=1)


def test_too_many_criteria_are_refused(round: Round) -> None:
    with pytest.raises(BadInput):
        rubrics.make_rubric(round=round, criteria=[spec(f"C{number}") for number in range(31)])


# ---- The rule


def test_a_rule_is_completed_with_the_rubrics_criteria(round: Round) -> None:
    rubrics.make_rubric(round=round, criteria=[spec(weight="1.6", step="0.25", key="Skating Skills")])
    rule = rubrics.set_rule(
        round=round,
        rule={
            "aggregate": {"over": "criterion", "method": "trimmed_mean"},
            "ties": ["criterion:Skating Skills"],
        },
    )
    assert rule.criteria["Skating Skills"].weight == Fraction("1.6")
    assert ranking_rule(round) == rule
    assert "criteria" not in round.rule


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"aggregate": {"method": "guess"}}, "aggregate.method"),
        ({"aggregate": {"method": "trimmed_mean", "drop_from": 2}}, "aggregate.drop_from"),
        ({"ties": ["criterion:nosuch"]}, "ties[0]"),
        ({"ties": ["median", "median"]}, "ties[1]"),
        ({"ties": ["calibrated:1"]}, "ties[0]"),
        ({"minimum_judges": 0}, "minimum_judges"),
        ({"rounding": {"total": 99}}, "rounding.total"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(round: Round, rule: dict[str, Any], field: str) -> None:
    rubrics.make_rubric(round=round, criteria=[spec()])
    with pytest.raises(BadInput) as refused:
        rubrics.set_rule(round=round, rule=rule)
    assert list(refused.value.fields) == [field]


# ---- Locked at the first score


@pytest.fixture
def scored(round: Round) -> Rubric:
    rubric = rubrics.make_rubric(round=round, criteria=[spec("Innovation"), spec("Market")])
    entry = make.entry(round.edition)
    make.enter(round, entry)
    sheet = make.sheet(round, make.judge(round.edition), entry)
    sheets.save_marks(sheet=sheet, seen=None, op_id="first-score", marks={"innovation": "8"})
    return rubric


def test_nothing_changes_after_the_first_score(round: Round, scored: Rubric) -> None:
    first = scored.criteria[0]
    attempts = (
        lambda: rubrics.make_rubric(round=round, preset="kr_psst"),
        lambda: rubrics.save_criterion(rubric=scored, spec=spec("More")),
        lambda: rubrics.save_criterion(rubric=scored, criterion=first, spec=spec("Other")),
        lambda: rubrics.remove_criterion(rubric=scored, criterion=first),
        lambda: rubrics.move_criterion(rubric=scored, criterion=first, by=1),
        lambda: rubrics.set_rule(round=round, rule={"aggregate": {"method": "median"}}),
    )
    for attempt in attempts:
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "rubric_locked"


def test_even_a_direct_write_to_a_locked_criterion_is_refused(scored: Rubric) -> None:
    scored.criteria[0].weight = "3"
    with pytest.raises(Conflict):
        db.session.flush()


def test_a_clone_gets_the_criteria_unlocked(round: Round, scored: Rubric) -> None:
    clone = clone_edition(source=round.edition, slug="next-year", name=Trilingual(en="Next"), year=2027)
    target = next(one for one in clone.rounds if one.slug == round.slug)
    copy = db.session.scalars(select(Rubric).where(Rubric.round_id == target.id)).one()
    assert copy.locked_at is None
    assert [row.key for row in copy.criteria] == ["innovation", "market"]


# ---- Pages


@pytest.fixture
def office(app: Flask, round: Round) -> FlaskClient:
    return make.sign_in(app.test_client(), make.organizer(round.edition))


def place(edition: Edition, path: str, lang: str = "en") -> str:
    return f"/{lang}/o/{edition.slug}/judging/{path}"


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("评分项", "从模板开始", "我们的建议，非官方")),
        ("ko", ("심사 항목", "템플릿으로 시작", "자체 제안이며 공식 기준이 아님")),
        ("en", ("Criteria", "Start from a preset", "A proposal of ours, not official")),
    ],
)
def test_the_rubric_page_shows_criteria_rule_and_evidence(
    office: FlaskClient, round: Round, lang: str, words: tuple[str, ...]
) -> None:
    rubrics.make_rubric(round=round, preset="proposal_cky_final")
    text = office.get(place(round.edition, f"rounds/{round.slug}/rubric", lang)).get_data(as_text=True)
    for word in words:
        assert word in text
    for page in ("rubric/preset", "rubric/criteria/1", "rubric/criteria/new", "rule"):
        assert office.get(place(round.edition, f"rounds/{round.slug}/{page}", lang)).status_code == 200, page


def test_presets_are_shown_with_source_and_evidence(office: FlaskClient, round: Round) -> None:
    text = office.get(place(round.edition, f"rounds/{round.slug}/rubric/preset")).get_data(as_text=True)
    assert "Found in a public source" in text
    assert "From memory, not confirmed" in text
    assert "https://yeti12.com/5" in text
    assert text.count('type="radio"') == 23


def post(client: FlaskClient, url: str, key: str = "k", **form: Any) -> Any:
    return client.post(url, data={"once_key": key.ljust(20, "-")} | form)


def test_an_organizer_chooses_a_preset_and_changes_it(office: FlaskClient, round: Round) -> None:
    base = place(round.edition, f"rounds/{round.slug}")
    answer = post(office, f"{base}/rubric/preset", "a", preset="kr_psst", version=0)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{base}/rubric")
    rubric = rubrics.rubric_of(round)
    assert rubric is not None
    first = rubric.criteria[0]
    form = {
        "name-zh": "问题",
        "name-ko": "문제 인식",
        "name-en": "Problem",
        "least": "０",
        "most": "３０",
        "step": "0.5",
        "weight": "1",
        "bands-0-least": "25.5",
        "bands-0-name-zh": "优秀",
        "bands-0-text-en": "Convincing",
        "version": rubric.version,
    }
    assert post(office, f"{base}/rubric/criteria/1", "b", **form).status_code == 303
    db.session.expire_all()
    assert (first.name.ko, first.scale.step_text, first.scale.most_text) == ("문제 인식", "0.5", "30")
    assert [(band.least, band.text.en) for band in first.bands] == [("25.5", "Convincing")]
    stale = post(office, f"{base}/rubric/criteria/1", "c", **form)
    assert stale.status_code == 409
    assert "문제 인식" in stale.get_data(as_text=True)


def test_a_wrong_criterion_is_named_beside_its_field_and_kept(office: FlaskClient, round: Round) -> None:
    base = place(round.edition, f"rounds/{round.slug}")
    answer = post(
        office,
        f"{base}/rubric/criteria/new",
        **{"name-en": "Innovation", "least": "0", "most": "10", "step": "3", "weight": "1", "version": 0},
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "whole number of steps" in text
    assert 'value="Innovation"' in text
    answer = post(office, f"{base}/rubric/criteria/new", "d", least="x", most="sNaN", step="1e999", version=0)
    assert answer.status_code == 422
    assert rubrics.rubric_of(round) is None


def test_an_organizer_sets_the_rule_and_contestants_read_it_in_words(
    office: FlaskClient, app: Flask, round: Round
) -> None:
    rubrics.make_rubric(round=round, preset="proposal_cky_final")
    url = place(round.edition, f"rounds/{round.slug}/rule")
    form = {
        "over": "judge_totals",
        "method": "trimmed_mean",
        "drop_high": "1",
        "drop_low": "1",
        "drop_from": "5",
        "weights": "as_points",
        "round_criterion": "",
        "round_weighted": "",
        "round_total": "2",
        "minimum_judges": "3",
        "direction": "high",
        "ties-0": "criterion:china_korea_cooperation_value",
        "ties-1": "decision",
        "version": round.version,
    }
    public = f"/en/e/{round.edition.slug}/judging"
    before = app.test_client().get(public)
    assert post(office, url, **form).status_code == 303
    db.session.expire_all()
    assert round.rule["aggregate"]["method"] == "trimmed_mean"
    assert round.rule["ties"] == ["criterion:china_korea_cooperation_value", "decision"]
    after = app.test_client().get(public)
    assert after.headers["ETag"] != before.headers["ETag"]
    assert "China-Korea cooperation value" in after.get_data(as_text=True)
    wrong = post(office, url, "e", **form | {"drop_from": "2", "version": round.version})
    assert wrong.status_code == 422
    assert "needs more judges" in wrong.get_data(as_text=True)


def test_a_locked_rubric_is_refused_on_every_page(office: FlaskClient, round: Round, scored: Rubric) -> None:
    base = place(round.edition, f"rounds/{round.slug}")
    version = scored.version
    criterion = {"name-en": "X", "least": "0", "most": "10", "step": "1", "weight": "1", "version": version}
    for path, form in (
        ("rubric/preset", {"preset": "kr_psst", "version": version}),
        ("rubric/criteria/1", criterion),
        ("rubric/criteria/new", criterion),
        ("rubric/criteria/1/remove", {"version": version}),
        ("rubric/criteria/2/up", {"version": version}),
    ):
        assert post(office, f"{base}/{path}", path, **form).status_code == 409, path
    page = office.get(f"{base}/rubric").get_data(as_text=True)
    assert "Locked" in page
    assert "Add a criterion" not in page


@pytest.mark.parametrize(
    ("lang", "word"), [("zh", "评审办法"), ("ko", "심사 방식"), ("en", "How it is judged")]
)
def test_everybody_reads_how_it_is_judged(app: Flask, round: Round, lang: str, word: str) -> None:
    rubrics.make_rubric(round=round, preset="proposal_cky_final")
    answer = app.test_client().get(f"/{lang}/e/{round.edition.slug}/judging")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert word in text
    assert "Set-Cookie" not in answer.headers
    assert "public" in answer.headers["Cache-Control"]


def test_only_organizers_write_and_auditors_read(app: Flask, round: Round) -> None:
    rubrics.make_rubric(round=round, preset="proposal_cky_final")
    other = make.edition()
    base = place(round.edition, f"rounds/{round.slug}")
    auditor = make.sign_in(app.test_client(), make.auditor(round.edition))
    assert auditor.get(f"{base}/rubric").status_code == 200
    assert post(auditor, f"{base}/rubric/preset", preset="kr_psst", version=1).status_code == 403
    for who in (make.organizer(other), make.person(), make.judge(round.edition).person):
        client = make.sign_in(app.test_client(), who)
        assert client.get(f"{base}/rubric").status_code == 403
        assert post(client, f"{base}/rubric/preset", preset="kr_psst", version=1).status_code == 403
    stranger = make.sign_in(app.test_client(), make.organizer(other))
    assert stranger.get(place(other, f"rounds/{round.slug}/rubric")).status_code == 404
