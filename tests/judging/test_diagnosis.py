"""How sure a round's order is and how its panel judged: computed when looked at, kept, shown to few."""

from __future__ import annotations

import fcntl
import importlib
import itertools
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core import clock, isolated
from core.db import db
from core.languages import Trilingual
from judging import diagnosis, diagnosis_process
from judging.models import Diagnosis, ScoreSheet, SheetState, StandingsView, StoredMark
from judging.operations import diagnosis as operations
from judging.operations import sheets
from judging.queries import diagnosis as queries
from judging.thresholds import thresholds_from
from tests import factories as make
from tests.judging.results_world import World, judged, mark

LANGUAGES = ("zh", "ko", "en")
PAGES = ("/sure", "/panel")


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Computes within the test's process and notes what was asked; starting a process takes seconds."""
    asked: list[bytes] = []

    def call(target: str, arguments: dict[str, Any], data: bytes = b"", **_limits: Any) -> tuple[Any, bytes]:
        module, _, function = target.partition(":")
        if module == "judging.diagnosis_process":
            asked.append(data)
        computed: tuple[Any, bytes] = getattr(importlib.import_module(module), function)(data, **arguments)
        return computed

    monkeypatch.setattr(isolated, "call", call)
    return asked


def contest(
    teams: int = 8, judges: int = 4, *, per_team: int | None = None, seed: int = 7, **values: Any
) -> World:
    """A round in which judges differ in severity; `per_team` judges see each team, by default all."""
    dice = random.Random(seed)
    strengths = [dice.gauss(0, 3) for _ in range(teams)]
    severity = [dice.gauss(0, 1.5) for _ in range(judges)]
    steps = [
        [min(20, max(0, round(10 + quality - strict + dice.gauss(0, 1)))) for strict in severity]
        for quality in strengths
    ]
    world = judged(steps, criteria=2, **values)
    if per_team is not None:
        for place, judge in itertools.product(range(teams), range(judges)):
            if (judge - place) % judges >= per_team:
                remove(world, place, judge)
    db.session.commit()
    return world


def remove(world: World, team: int, judge: int) -> None:
    sheet = world.sheets.pop((team, judge))
    for row in db.session.scalars(select(StoredMark).where(StoredMark.sheet_id == sheet.id)):
        db.session.delete(row)
    db.session.flush()
    db.session.delete(sheet)
    db.session.flush()


def look(app: Flask, world: World, path: str = "/sure", lang: str = "en") -> Any:
    return make.sign_in(app.test_client(), world.organizer).get(world.address(path, lang))


# ---- Kept as long as nothing changes


def test_a_second_look_computes_nothing(app: Flask, ctx: None, computed: list[bytes]) -> None:
    world = contest()
    assert look(app, world).status_code == 200
    assert look(app, world, "/panel").status_code == 200
    assert len(computed) == 1
    assert len(db.session.scalars(select(Diagnosis)).all()) == 1


def test_one_more_mark_is_computed_anew(app: Flask, ctx: None, computed: list[bytes]) -> None:
    world = contest()
    look(app, world)
    mark(world, 0, 0, 3)
    db.session.commit()
    look(app, world)
    assert len(computed) == 2
    [row] = db.session.scalars(select(Diagnosis)).all()
    db.session.refresh(row)
    posed = queries.pose(world.round)
    assert posed is not None
    assert row.basis_sha256 == posed.sha256


@pytest.mark.parametrize("what", ["rule", "prizes", "code"])
def test_another_rule_prize_or_code_is_computed_anew(
    app: Flask, ctx: None, computed: list[bytes], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    world = contest()
    look(app, world)
    if what == "rule":
        world.round.rule = {"aggregate": {"method": "median"}}
    elif what == "prizes":
        world.edition.prizes[0].places = 3
    else:
        monkeypatch.setattr(queries, "code_version", lambda: "another")
    look(app, world)
    assert len(computed) == 2


def test_what_is_asked_is_the_same_bytes_each_time(ctx: None) -> None:
    world = contest()
    texts = {queries.pose(world.round).text for _ in range(3)}  # type: ignore[union-attr]
    assert len(texts) == 1


def test_a_real_process_says_the_same(app: Flask, ctx: None) -> None:
    world = contest(per_team=3)
    posed = queries.pose(world.round)
    assert posed is not None
    here = diagnosis_process.diagnose(posed.text.encode())[1]
    there = isolated.call("judging.diagnosis_process:diagnose", {}, posed.text.encode(), lane="pages")[1]
    assert here == there


# ---- When it can't be computed


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("code", "params", "words"),
    [
        ("timeout", {}, "It took more than 60 seconds"),
        ("crashed", {"output": "Killed"}, "The computation broke off."),
        ("too_big", {}, "It needs more memory"),
        ("part_missing", {"package": "scipy"}, "the package scipy"),
        ("diagnosis", {"reason": "“x” is not a number"}, "is not a number"),
    ],
)
def test_a_failed_computation_is_said_in_words(
    app: Flask,
    ctx: None,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    code: str,
    params: dict[str, str],
    words: str,
) -> None:
    def fail(*_given: Any, **_limits: Any) -> Any:
        raise isolated.IsolatedError(code, **params)

    monkeypatch.setattr(isolated, "call", fail)
    page = look(app, contest(), path)
    assert page.status_code == 503
    assert words in page.text
    assert "The official result does not depend on them." in page.text
    assert db.session.scalars(select(Diagnosis)).all() == []


def test_a_process_that_is_killed_leaves_a_clear_message(
    app: Flask, ctx: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = isolated.call
    monkeypatch.setattr(
        isolated, "call", lambda _target, *_given, **_limits: call("tests.core.hanging:die", {})
    )
    page = look(app, contest())
    assert page.status_code == 503
    assert "The computation broke off." in page.text


def test_who_comes_while_it_is_computed_is_told_so(
    app: Flask, ctx: None, computed: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "PATIENCE", 0.2)
    world = contest()
    folder = app.config["SETTINGS"].INSTANCE / "locks"
    folder.mkdir(exist_ok=True)
    with (folder / f"diagnosis-{world.round.id}").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        page = look(app, world)
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "30"
    assert "being computed" in page.text
    assert computed == []
    assert look(app, world).status_code == 200


def test_the_database_is_free_while_it_is_computed(
    app: Flask, ctx: None, computed: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = contest()
    seen: list[bool] = []

    def look_around(posed: Any) -> dict[str, Any]:
        seen.append(db.session().in_transaction())
        return compute(posed)

    compute = operations._compute
    monkeypatch.setattr(operations, "_compute", look_around)
    look(app, world)
    assert seen == [False]


def test_saving_a_sheet_computes_nothing(ctx: None, computed: list[bytes]) -> None:
    world = contest()
    sheet = world.sheets[0, 0]
    sheet.state, sheet.submitted_at = SheetState.OPEN, None
    db.session.flush()
    sheets.save_marks(sheet=sheet, seen=None, op_id="save-000001", marks={"c1": "8"})
    assert computed == []


# ---- What the pages say


@pytest.mark.parametrize("lang", LANGUAGES)
def test_both_pages_in_every_language(app: Flask, ctx: None, computed: list[bytes], lang: str) -> None:
    world = contest(12, 6, per_team=3, advance_places=6)
    words = {
        "zh": ("结果有多可靠", "评审组"),
        "ko": ("결과가 얼마나 확실한가", "심사위원단"),
        "en": ("How sure", "The panel"),
    }
    for path, word in zip(PAGES, words[lang], strict=True):
        page = look(app, world, path, lang)
        assert page.status_code == 200
        assert word in page.text
        assert "style=" not in page.text
        for entry in world.entries:
            assert entry.team.name in page.text


def test_each_line_is_clear_probable_or_a_toss_up(app: Flask, ctx: None, computed: list[bytes]) -> None:
    far = ((20, 19, 20, 19), (10, 11, 9, 10), (10, 9, 11, 10), (2, 1, 2, 3), (1, 2, 2, 1))
    world = judged(far, prizes=(1, 1))
    db.session.commit()
    page = look(app, world).text
    assert page.count('class="verdict verdict-clear"') == 1
    assert page.count('class="verdict verdict-toss_up"') == 1
    assert "Prize 1" in page
    assert "One more judge" in page or "one more judge" in page


def test_where_all_judges_saw_all_teams_severity_is_said_to_cancel(
    app: Flask, ctx: None, computed: list[bytes]
) -> None:
    assert "strict and lenient judges cancel out" in look(app, contest()).text
    assert "cancel out" not in look(app, contest(12, 6, per_team=3, edition=make.edition())).text


def test_islands_are_named(app: Flask, ctx: None, computed: list[bytes]) -> None:
    world = contest(8, 4)
    for team, judge in itertools.product(range(8), range(4)):
        if (team < 4) != (judge < 2):
            remove(world, team, judge)
    db.session.commit()
    page = look(app, world).text
    assert "2 islands" in page
    panel = look(app, world, "/panel").text
    assert "fall into 2 islands" in panel
    assert "group-1" in panel


@pytest.mark.parametrize("path", PAGES)
def test_one_judge(app: Flask, ctx: None, computed: list[bytes], path: str) -> None:
    page = look(app, contest(5, 1), path)
    assert page.status_code == 200
    assert "There is one judge only" in page.text
    assert "–" in page.text


@pytest.mark.parametrize("path", PAGES)
def test_all_marks_equal(app: Flask, ctx: None, computed: list[bytes], path: str) -> None:
    world = judged(((10, 10, 10),) * 4)
    db.session.commit()
    page = look(app, world, path)
    assert page.status_code == 200
    assert "All totals are equal" in page.text or "all totals are the same" in page.text


@pytest.mark.parametrize("path", PAGES)
def test_one_team(app: Flask, ctx: None, computed: list[bytes], path: str) -> None:
    world = judged(((12, 14, 10),))
    db.session.commit()
    assert look(app, world, path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_before_any_sheet_is_in_nothing_is_computed(
    app: Flask, ctx: None, computed: list[bytes], path: str
) -> None:
    world = contest()
    for sheet in world.sheets.values():
        sheet.state, sheet.submitted_at = SheetState.OPEN, None
    page = look(app, world, path)
    assert page.status_code == 200
    assert "Nothing to look at yet" in page.text
    assert computed == []


def test_an_index_that_cannot_be_had_has_a_reason(app: Flask, ctx: None, computed: list[bytes]) -> None:
    page = look(app, contest(9, 4, per_team=3), "/panel").text
    assert "it needs every judge to see every team" in page


def test_whose_absence_changes_a_prize_is_said(app: Flask, ctx: None, computed: list[bytes]) -> None:
    world = judged(((18, 18, 2), (16, 16, 18), (3, 3, 3)), prizes=(1,))
    db.session.commit()
    first, second = (world.entries[at].team.name for at in (1, 0))
    page = look(app, world, "/panel").text
    assert f"Without 심사위원 3: Prize 1: {second} instead of {first}." in page
    steady = judged(((20, 19, 20), (9, 10, 9), (1, 1, 2)), prizes=(1,), edition=None)
    db.session.commit()
    assert "No prize depends on a single judge." in look(app, steady, "/panel").text


def test_a_rule_that_uses_the_calibrated_score_is_said_to_do_so(
    app: Flask, ctx: None, computed: list[bytes]
) -> None:
    assert "This view decides nothing" in look(app, contest()).text
    page = look(app, contest(rule={"ties": ["calibrated"]}, edition=make.edition())).text
    assert "part teams with equal totals" in page


def test_marks_changed_after_standings_were_seen_are_shown(
    app: Flask, ctx: None, computed: list[bytes]
) -> None:
    world = contest()
    sheet = world.sheets[1, 0]
    sheet.state, sheet.submitted_at = SheetState.OPEN, None
    who = sheet.judge.person
    db.session.add(
        StandingsView(round_id=world.round.id, person_id=who.id, first_at=clock.now() - timedelta(minutes=1))
    )
    sheets.save_marks(sheet=sheet, seen=None, op_id="late-000001", marks={"c1": "9.5"}, who=who)
    sheets.submit_sheet(sheet=sheet)
    page = look(app, world, "/panel").text
    assert f"Sheets that {sheet.judge.name} changed after seeing how the round stands: 1." in page


def test_a_judge_who_recused_is_hatched(app: Flask, ctx: None, computed: list[bytes]) -> None:
    world = contest()
    remove(world, 2, 1)
    make.sheet(world.round, world.judges[1], world.entries[2], state=SheetState.RECUSED)
    page = look(app, world, "/panel").text
    assert 'class="barred"' in page
    assert f"{world.judges[1].name} recused" in page


def test_the_order_of_judging_is_that_of_the_first_saves(ctx: None) -> None:
    world = contest(3, 2)
    start = clock.now()
    for place, (team, judge) in enumerate(((2, 0), (0, 0), (1, 0))):
        sheet = world.sheets[team, judge]
        sheet.submitted_at = start + timedelta(minutes=place)
    for team in range(3):
        world.sheets[team, 1].submitted_at = start  # typed in at once: no order
    db.session.flush()
    posed = queries.pose(world.round)
    assert posed is not None
    keys = [world.entries[team].key for team in (2, 0, 1)]
    assert posed.given["order"] == [[world.judges[0].key, key, at] for at, key in enumerate(keys, 1)]


def test_own_schools_are_known_by_any_spelling(ctx: None) -> None:
    world = contest(3, 2)
    world.entries[0].team.affiliation = "Sichuan University"
    world.judges[0].affiliation = Trilingual("四川大学", "쓰촨대학교", "Sichuan  University")
    db.session.flush()
    posed = queries.pose(world.round)
    assert posed is not None
    schools = posed.given["schools"]
    assert schools["judges"][world.judges[0].key] == schools["subjects"][world.entries[0].key]


# ---- Pictures as files


PICTURES = (
    "rank-intervals",
    "line-gaps",
    "severity",
    "residuals",
    "criteria",
    "left-out",
    "slopes",
    "marks",
    "graph",
)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_a_file_that_carries_its_style(
    app: Flask, ctx: None, computed: list[bytes], name: str
) -> None:
    import xml.etree.ElementTree as ET

    world = contest(12, 6, per_team=3)
    answer = look(app, world, f"/pictures/{name}")
    assert answer.status_code == 200
    assert answer.content_type == "image/svg+xml"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "script" not in answer.text
    root = ET.fromstring(answer.text)
    assert root.tag.endswith("svg")
    styles = [one for one in root.iter() if one.tag.endswith("style")]
    assert "--chart-blue" in (styles[0].text or "")
    assert "http" not in (styles[0].text or "")


def test_no_other_picture(app: Flask, ctx: None, computed: list[bytes]) -> None:
    assert look(app, contest(), "/pictures/secrets").status_code == 404


def test_names_in_pictures_are_escaped(app: Flask, ctx: None, computed: list[bytes]) -> None:
    world = contest()
    world.entries[0].team.name = '<b>&"x'
    db.session.commit()
    for path in (*PAGES, "/pictures/rank-intervals"):
        assert '<b>&"x' not in look(app, world, path).text


# ---- Who may look, and how much it takes


@pytest.mark.parametrize("path", [*PAGES, "/pictures/severity"])
def test_only_organizers_and_auditors_look(
    app: Flask, ctx: None, client: FlaskClient, computed: list[bytes], path: str
) -> None:
    world = contest()
    for who, status in (
        (world.organizer, 200),
        (world.auditor, 200),
        (world.judges[0].person, 403),
        (world.captain(0), 403),
        (make.organizer(make.edition()), 403),
    ):
        assert make.sign_in(app.test_client(), who).get(world.address(path)).status_code == status
    assert client.get(world.address(path)).status_code == 302


@pytest.mark.parametrize("path", PAGES)
def test_a_page_takes_as_many_statements_for_three_teams_as_for_thirty(
    app: Flask, ctx: None, computed: list[bytes], count_queries: Callable[[], Any], path: str
) -> None:
    taken = []
    for teams, judges in ((3, 2), (30, 7)):
        world = contest(teams, judges, edition=make.edition())
        client = make.sign_in(app.test_client(), world.organizer)
        client.get(world.address(path))
        with count_queries() as seen:
            assert client.get(world.address(path)).status_code == 200
        taken.append(len(seen))
    assert taken[0] == taken[1] <= 19, "one asks whether this is the first look"


def test_many_teams_are_shown_page_by_page(app: Flask, ctx: None, computed: list[bytes]) -> None:
    world = contest(35, 3, edition=make.edition())
    posed = queries.pose(world.round)
    assert posed is not None
    last = max(posed.official, key=lambda key: posed.official[key])
    name = posed.teams[last]
    first_page, second_page = (look(app, world, f"/panel?page={page}").text for page in (1, 2))
    maps = [
        page[page.index('id="teams"') : page.index('id="connected"')] for page in (first_page, second_page)
    ]
    assert [f">{name}</text>" in part for part in maps] == [False, True]
    assert look(app, world, "/panel?page=99").status_code == 200
    assert look(app, world, "/panel?page=x").status_code == 200


def test_sheets_are_not_touched_by_looking(app: Flask, ctx: None, computed: list[bytes]) -> None:
    world = contest()
    before = {row.id: row.version for row in db.session.scalars(select(ScoreSheet))}
    look(app, world)
    db.session.expire_all()
    assert before == {row.id: row.version for row in db.session.scalars(select(ScoreSheet))}


def test_lots_without_a_judge_are_drawn_by_the_names_of_the_official_draw(
    app: Flask, ctx: None, computed: list[bytes]
) -> None:
    """Keys would draw other lots than names; the diagnosis must not see a prize change where none does."""
    for seed in range(6):
        world = judged(
            ((18, 18, 18), (18, 18, 18), (3, 3, 3)),
            prizes=(1,),
            rule={"ties": [f"lot:{seed}"]},
            edition=make.edition(),
        )
        db.session.commit()
        posed = queries.pose(world.round)
        assert posed is not None
        found = diagnosis.diagnose(posed.given)
        assert all(not row["changes"] for row in found["left_out"]), seed
        assert all(found["left_out_ranks"][key][0] == rank for key, rank in posed.official.items())


def test_thresholds_of_the_installation_count(app: Flask) -> None:
    assert thresholds_from({"clear": 0.9, "least_common": 4}).lines.clear == 0.9
    assert thresholds_from({"least_common": 4.0}).flags.least_common == 4
    with pytest.raises(ValueError, match="no threshold 'claer'"):
        thresholds_from({"claer": 0.9})
