"""Published protocols become editions: official figures come out again, exactly; bad files leave nothing
behind.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result as Outcome
from flask import Flask
from sqlalchemy import func, select

from competition.models import Contest, Edition, EditionState, Entry, Team
from core.db import db
from judging.exact import fixed
from judging.models import Criterion, Judge, Result, ResultState, ScoreSheet, StoredMark, TieDecision
from judging.queries.results import draft, final_winners

DATA = Path(__file__).parent.parent / "data" / "judging"
ISU, PARIS = "isu_worlds2017_ladies_fs_components", "judgment_of_paris_1976_red"

Run = Callable[..., Outcome]


@pytest.fixture
def run(app: Flask) -> Run:
    def command(*arguments: object) -> Outcome:
        return app.test_cli_runner().invoke(args=["import-scores", *map(str, arguments)])

    return command


def import_data(run: Run, name: str, slug: str, *more: str) -> Outcome:
    return run(DATA / f"{name}.csv", "--new-edition", slug, "--rule", DATA / f"{name}.rule.json", *more)


def write(folder: Path, table: str, rule: object = None) -> tuple[Path, Path]:
    scores, rule_file = folder / "scores.csv", folder / "rule.json"
    scores.write_text(table, encoding="utf-8")
    rule_file.write_text(json.dumps(rule if rule is not None else {}), encoding="utf-8")
    return scores, rule_file


TABLE = "judge,subject,criterion,score\nA,红队,idea,8.5\nB,红队,idea,9\nA,파랑팀,idea,7\nB,파랑팀,idea,6.5\n"


def nothing_stored() -> bool:
    return all(
        db.session.execute(select(func.count()).select_from(table)).scalar_one() == 0
        for table in (Contest, Edition, Team, Entry, Judge, Criterion, ScoreSheet, StoredMark, Result)
    )


def test_all_120_panel_scores_and_24_totals_of_the_2017_worlds_are_official(app: Flask, run: Run) -> None:
    done = import_data(run, ISU, "worlds-2017", "--publish")
    assert (done.exit_code, done.stderr.strip().splitlines()[-1][:30]) == (
        0,
        "Made the edition worlds-2017 a",
    )
    expected = json.loads((DATA / f"{ISU}.json").read_text(encoding="utf-8"))["expected"]
    client = app.test_client()
    answer = client.get("/api/v1/editions/worlds-2017/results").get_json()
    assert answer["imported_from"].startswith("isu_worlds2017_ladies_fs_components.csv")
    [shown] = answer["rounds"]
    assert (shown["state"], shown["imported"], shown["sha256"]) == ("final", True, done.stdout.strip())
    ranking = {row["subject"]: row for row in shown["snapshot"]["ranking"]}
    panel = {
        f"{subject}|{criterion}": column["mean"]
        for subject, row in ranking.items()
        for criterion, column in row["criteria"].items()
    }
    assert len(panel) == 120
    assert panel == {key: f"{figure['published']:.2f}" for key, figure in expected["panel_scores"].items()}
    totals = {subject: row["total"] for subject, row in ranking.items()}
    assert len(totals) == 24
    assert totals == {
        subject: f"{figure['published']:.2f}" for subject, figure in expected["total_component_score"].items()
    }
    for lang in ("zh", "ko", "en"):
        page = client.get(f"/{lang}/e/worlds-2017/results/final")
        assert page.status_code == 200
        for subject, row in ranking.items():
            section = page.text.split(f'id="steps-{row["entry"]}"')[1].split("</table>")[0]
            assert subject in page.text
            assert f"<strong>{row['total']}</strong>" in section
            for column in row["criteria"].values():
                assert f'<td class="sum">{column["mean"]}</td>' in section
                assert section.count("<s>") == 2 * len(row["criteria"])


def test_the_judgment_of_paris_by_the_plain_mean_of_all_eleven(app: Flask, run: Run) -> None:
    assert import_data(run, PARIS, "paris-1976", "--publish").exit_code == 0
    expected = json.loads((DATA / f"{PARIS}.json").read_text(encoding="utf-8"))["expected"]["mean_11_judges"]
    with app.app_context():
        edition = db.session.scalars(select(Edition)).one()
        assert (edition.year, edition.state) == (1976, EditionState.PUBLIC)
        [first, second, third] = final_winners(edition)
        assert [winner.team_name for winner in (first, second, third)] == [
            "Stag's Leap 1973",
            "Mouton-Rothschild 1970",
            "Montrose 1970",
        ]
        assert (first.prize.zh, first.prize.ko, first.prize.en) == ("一等奖", "1등상", "First prize")
        snapshot = json.loads(db.session.scalars(select(Result.snapshot)).one())
        assert len(snapshot["judges"]) == 11
        assert {row["subject"]: row["total"] for row in snapshot["ranking"]} == {
            wine: f"{figure['computed']:.2f}" for wine, figure in expected.items()
        }
    page = app.test_client().get("/en/e/paris-1976/results/final").text
    assert "Imported from a published protocol" in page
    assert "14.14" in page
    assert "Brejoux" in page


def test_marks_are_stored_exactly_and_nobody_gets_an_account(app: Flask, run: Run) -> None:
    from accounts.models import Person

    assert import_data(run, ISU, "worlds-2017").exit_code == 0
    with app.app_context():
        assert db.session.execute(select(func.count()).select_from(StoredMark)).scalar_one() == 1080
        assert db.session.execute(select(func.count()).select_from(ScoreSheet)).scalar_one() == 216
        assert db.session.scalars(select(Person)).all() == []
        assert {judge.person_id for judge in db.session.scalars(select(Judge))} == {None}
        [weight] = set(db.session.scalars(select(Criterion.weight)))
        assert weight == "1.6"
        mark = db.session.execute(
            select(Criterion, StoredMark.steps)
            .join(StoredMark, StoredMark.criterion_id == Criterion.id)
            .join(ScoreSheet, ScoreSheet.id == StoredMark.sheet_id)
            .join(Judge, Judge.id == ScoreSheet.judge_id)
            .join(Entry, Entry.id == ScoreSheet.entry_id)
            .join(Team, Team.id == Entry.team_id)
            .where(Judge.name == "J1", Team.name == "Evgenia MEDVEDEVA", Criterion.key == "Composition")
        ).one()
        assert (mark[0].scale.text(mark[1]), mark[1]) == ("9.75", 38)


def test_without_publish_the_edition_is_a_draft_with_a_complete_ranking(app: Flask, run: Run) -> None:
    assert import_data(run, PARIS, "paris-1976").exit_code == 0
    with app.app_context():
        edition = db.session.scalars(select(Edition)).one()
        assert edition.state is EditionState.DRAFT
        assert db.session.scalars(select(Result)).all() == []
        ranking = draft(edition.rounds[0]).ranking
        assert ranking is not None
        assert fixed(ranking.subjects[0].total, 2) == "14.14"
    assert app.test_client().get("/en/e/paris-1976").status_code == 404
    assert app.test_client().get("/api/v1/editions/paris-1976/results").status_code == 404


def test_names_of_edition_and_source_can_be_given(app: Flask, run: Run, tmp_path: Path) -> None:
    scores, rule = write(tmp_path, TABLE)
    done = run(
        scores,
        "--new-edition",
        "small",
        "--rule",
        rule,
        "--publish",
        "--name",
        "小赛",
        "--source",
        "Bulletin 7",
    )
    assert done.exit_code == 0
    page = app.test_client().get("/zh/e/small/results/final").text
    assert "Bulletin 7" in page
    assert "小赛" in page
    assert "红队" in page
    assert "파랑팀" in page


def test_a_range_that_the_rule_leaves_open_is_read_off_the_marks(
    app: Flask, run: Run, tmp_path: Path
) -> None:
    scores, _ = write(tmp_path, TABLE)
    assert run(scores, "--new-edition", "small", "--publish").exit_code == 0
    with app.app_context():
        criterion = db.session.scalars(select(Criterion)).one()
        scale = criterion.scale
        assert (scale.least_text, scale.most_text, scale.step_text) == ("0", "9", "0.1")


def test_a_missing_mark_is_absent_and_never_zero(app: Flask, run: Run, tmp_path: Path) -> None:
    scores, _ = write(tmp_path, TABLE.replace("B,파랑팀,idea,6.5\n", ""))
    assert run(scores, "--new-edition", "small", "--publish").exit_code == 0
    with app.app_context():
        snapshot = json.loads(db.session.scalars(select(Result.snapshot)).one())
    assert [(row["total"], row["judges"]) for row in snapshot["ranking"]] == [
        ("8.750000", 2),
        ("7.000000", 1),
    ]


def test_who_shares_a_place_shares_its_prize(app: Flask, run: Run, tmp_path: Path) -> None:
    tied = "judge,subject,criterion,score\nA,red,idea,8\nA,blue,idea,8\nA,green,idea,7\n"
    scores, rule = write(tmp_path, tied)
    done = run(scores, "--new-edition", "shared", "--rule", rule, "--publish")
    assert done.exit_code == 0
    with app.app_context():
        edition = db.session.scalars(select(Edition).where(Edition.slug == "shared")).one()
        assert sorted((winner.prize.en, winner.team_name) for winner in final_winners(edition)) == [
            ("First prize", "blue"),
            ("First prize", "red"),
            ("Third prize", "green"),
        ]


def test_four_joint_winners_of_1969_are_published(app: Flask, run: Run, tmp_path: Path) -> None:
    rule = tmp_path / "sum.json"
    rule.write_text('{"aggregate": {"method": "sum"}}', encoding="utf-8")
    scores = DATA / "eurovision_1969_final.csv"
    done = run(scores, "--new-edition", "eurovision-1969", "--rule", rule, "--publish")
    assert done.exit_code == 0, done.stderr
    with app.app_context():
        winners = final_winners(db.session.scalars(select(Edition)).one())
        assert sum(winner.prize.en == "First prize" for winner in winners) == 4


def test_a_recorded_decision_comes_along(app: Flask, run: Run, tmp_path: Path) -> None:
    tied = "judge,subject,criterion,score\nA,red,idea,8\nA,blue,idea,8\n"
    scores, rule = write(tmp_path, tied, {"ties": ["decision"], "decisions": {"red": 1}})
    done = run(scores, "--new-edition", "small", "--rule", rule, "--publish")
    assert done.exit_code == 0
    with app.app_context():
        assert [winner.team_name for winner in final_winners(db.session.scalars(select(Edition)).one())] == [
            "red",
            "blue",
        ]
        assert sorted(db.session.scalars(select(TieDecision.position))) == [1, 2]


def test_a_lot_falls_in_the_edition_as_it_falls_in_the_file(app: Flask, run: Run, tmp_path: Path) -> None:
    subjects = [f"team {number}" for number in range(12)]
    table = "judge,subject,criterion,score\n" + "".join(f"A,{subject},idea,8\n" for subject in subjects)
    scores, rule = write(tmp_path, table, {"ties": ["lot:2016"]})
    ranked = app.test_cli_runner().invoke(args=["rank", str(scores), "--rule", str(rule), "--format", "json"])
    assert run(scores, "--new-edition", "small", "--rule", rule, "--publish").exit_code == 0
    answer = app.test_client().get("/api/v1/editions/small/results").get_json()
    order = [row["subject"] for row in answer["rounds"][0]["snapshot"]["ranking"]]
    assert order == [row["subject"] for row in json.loads(ranked.stdout)["ranking"]]
    assert order != sorted(order)


def test_too_few_judges_are_answered_with_no(app: Flask, run: Run, tmp_path: Path) -> None:
    scores, rule = write(tmp_path, TABLE, {"minimum_judges": 3})
    done = run(scores, "--new-edition", "small", "--rule", rule)
    assert done.exit_code == 1
    assert "2 of 3" in done.stderr
    with app.app_context():
        assert nothing_stored()


def test_a_slug_that_is_taken_changes_nothing(app: Flask, run: Run, tmp_path: Path) -> None:
    scores, _ = write(tmp_path, TABLE)
    assert run(scores, "--new-edition", "small", "--publish").exit_code == 0
    again = run(scores, "--new-edition", "small", "--publish")
    assert again.exit_code == 2
    assert "slug" in again.stderr
    with app.app_context():
        assert db.session.execute(select(func.count()).select_from(Result)).scalar_one() == 1
        assert [result.state for result in db.session.scalars(select(Result))] == [ResultState.FINAL]


@pytest.mark.parametrize("slug", ["", "A", "two words", "../x", "x" * 61, "红", "new"])
def test_an_unusable_slug_is_bad_input(app: Flask, run: Run, tmp_path: Path, slug: str) -> None:
    scores, _ = write(tmp_path, TABLE)
    assert run(scores, "--new-edition", slug).exit_code == 2
    with app.app_context():
        assert nothing_stored()


@pytest.mark.parametrize(
    ("table", "rule", "named"),
    [
        ("judge,subject,score\nA,x,1\n", {}, "scores.csv: row 1"),
        ("", {}, "scores.csv"),
        (TABLE.replace("8.5", "NaN"), {}, "scores.csv: row 2, score"),
        (TABLE.replace("8.5", "sNaN"), {}, "scores.csv: row 2, score"),
        (TABLE.replace("8.5", "1e999"), {}, "scores.csv: row 2, score"),
        (TABLE.replace("8.5", "８.5"), {}, "scores.csv: row 2, score"),
        (TABLE.replace("8.5", "8.12345"), {}, "scores.csv: row 2, score"),
        (TABLE.replace("8.5", "999999999"), {}, "scores.csv: criterion 'idea'"),
        (TABLE + "A,红队,idea,8.5\n", {}, "scores.csv: row 6, judge"),
        (TABLE.replace("红队", "x" * 81), {}, "scores.csv: row 2, subject"),
        (TABLE.replace("红队", "红\u202e队"), {}, "scores.csv: row 2, subject"),
        (TABLE.replace("红队", "Ｔｅａｍ").replace("파랑팀", "Team"), {}, "looks the same as"),
        (TABLE.replace("A,", f"{'J' * 81},"), {}, "scores.csv: row 2, judge"),
        (TABLE.replace("idea", "c" * 81), {}, "scores.csv: row 2, criterion"),
        (TABLE.replace("红队", "a\0b"), {}, "scores.csv: row 2"),
        (TABLE, {"criteria": {"idea": {"max": "8"}}}, "scores.csv: row 2, score"),
        (TABLE, {"criteria": {"idea": {"step": "0.4"}}}, "scores.csv: row 2, score"),
        (TABLE, {"aggregate": {"method": "guess"}}, "rule.json: aggregate.method"),
        (TABLE, {"ties": ["calibrated:1"]}, "rule.json: ties[0]"),
        (TABLE, {"unknown": 1}, "rule.json: unknown"),
        (TABLE, [], "rule.json"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(
    app: Flask, run: Run, tmp_path: Path, table: str, rule: object, named: str
) -> None:
    scores, rule_file = write(tmp_path, table, rule)
    done = run(scores, "--new-edition", "small", "--rule", rule_file, "--publish")
    assert done.exit_code == 2, done.output
    assert named in done.stderr
    assert "Traceback" not in done.output
    with app.app_context():
        assert nothing_stored()


def test_files_that_are_no_text_or_not_there_are_bad_input(app: Flask, run: Run, tmp_path: Path) -> None:
    binary = tmp_path / "scores.csv"
    binary.write_bytes(b"judge,subject,criterion,score\n\xff\xfe,x,y,1\n")
    assert run(binary, "--new-edition", "small").exit_code == 2
    assert run(tmp_path / "absent.csv", "--new-edition", "small").exit_code == 2
    scores, _ = write(tmp_path, TABLE)
    nested = tmp_path / "rule.json"
    nested.write_text("[" * 100_000, encoding="utf-8")
    assert run(scores, "--new-edition", "small", "--rule", nested).exit_code == 2
    assert run(scores).exit_code == 2
    assert run(scores, "--new-edition", "small", "--source", "x" * 301).exit_code == 2
    with app.app_context():
        assert nothing_stored()


def test_a_database_that_is_not_set_up_is_a_missing_part(tmp_path: Path) -> None:
    from app import create_app
    from config import Settings

    scores, _ = write(tmp_path, TABLE)
    settings = Settings(INSTANCE=tmp_path / "instance", SECRET_KEY="x" * 64, BASE_URL="http://localhost")
    fresh = create_app(settings)
    done = fresh.test_cli_runner().invoke(args=["import-scores", str(scores), "--new-edition", "small"])
    with fresh.app_context():
        db.engine.dispose()
    assert done.exit_code == 3
    assert "flask db upgrade" in done.stderr
