"""Pages and JSON of results: for everybody, for teams, for organizers and auditors, in three languages."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from competition.models import EditionState
from core.db import db
from judging import snapshots
from judging.models import ResultState, SheetState
from judging.operations import results
from judging.queries import draft as drafts
from judging.queries import results as queries
from tests import factories as make
from tests.conftest import Clock
from tests.judging.results_world import World, judged, mark, published

KEYS = (f"key-{number:032d}" for number in itertools.count())
LANGUAGES = ("zh", "ko", "en")


def signed_in(app: Flask, who: Any) -> FlaskClient:
    return make.sign_in(app.test_client(), who)


def post(client: FlaskClient, path: str, **data: Any) -> Any:
    """Send a form under a key of its own."""
    return client.post(path, data={"once_key": next(KEYS)} | data)


# -- what everybody sees ------------------------------------------------------------------------------------

WORDS = {
    "zh": ("公示期", "一等奖", "名次"),
    "ko": ("결과 공고 기간", "최우수상", "순위"),
    "en": ("notice period", "Grand", "Rank"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_published_page_in_every_language(client: FlaskClient, ctx: None, lang: str) -> None:
    world = judged(rule={"rounding": {"total": 2}})
    published(world)
    db.session.commit()
    page = client.get(world.public("/results/final", lang))
    assert page.status_code == 200
    notice, _, rank = WORDS[lang]
    assert notice in page.text
    assert rank in page.text
    for entry, total in zip(world.entries, ("9.00", "7.00", "5.00", "3.00"), strict=True):
        assert entry.team.name in page.text
        assert total in page.text
    assert "Set-Cookie" not in page.headers
    assert page.headers["ETag"]
    for judge in world.judges:
        assert judge.name not in page.text
    assert "Secret" not in page.text
    assert "Comment 0-0" not in page.text
    for other in LANGUAGES:
        assert f'hreflang="{ {"zh": "zh-Hans"}.get(other, other) }"' in page.text


def test_the_provisional_banner_shows_both_clocks(client: FlaskClient, ctx: None, turn_clock: Clock) -> None:
    world = judged()
    published(world)
    db.session.commit()
    page = client.get(world.public("/results/final", "ko")).text
    assert "2026년 6월 6일 09:00" in page
    assert "서울" in page
    assert "08:00" in page
    assert "청두" in page


def test_a_dropped_mark_is_struck_out(client: FlaskClient, ctx: None) -> None:
    rule = {"aggregate": {"over": "criterion", "method": "trimmed_mean", "drop_from": 3}}
    world = judged(rule=rule)
    published(world)
    db.session.commit()
    page = client.get(world.public("/results/final")).text
    assert "<s>9.5</s>" in page
    assert "<s>8.5</s>" in page
    assert "<s>9</s>" not in page


def test_marks_that_are_not_published_stand_nowhere(client: FlaskClient, ctx: None) -> None:
    world = judged(((19, 18, 16),) * 1 + ((3, 4, 5),), show_marks=False, rule={"rounding": {"total": 2}})
    published(world)
    db.session.commit()
    page = client.get(world.public("/results/final")).text
    assert "8.83" in page
    assert "9.5" not in page
    answer = client.get(f"/api/v1/editions/{world.edition.slug}/results")
    [shown] = answer.get_json()["rounds"]
    assert shown["complete"] is False
    assert '"9.5"' not in answer.text
    assert "J1" not in answer.text


def test_old_versions_stay_and_say_that_they_were_replaced(client: FlaskClient, ctx: None) -> None:
    world = judged()
    published(world)
    mark(world, 3, 0, 20)
    published(world, reason="A mark was typed wrongly.")
    db.session.commit()
    old = client.get(world.public("/results/final/v/1"))
    new = client.get(world.public("/results/final"))
    assert (old.status_code, new.status_code) == (200, 200)
    assert "This version has been replaced" in old.text
    assert "A mark was typed wrongly." in new.text
    assert world.public("/results/final/v/1") in new.text
    assert client.get(world.public("/results/final/v/3")).status_code == 404


def test_the_overview_lists_published_rounds_only(client: FlaskClient, ctx: None) -> None:
    world = judged()
    other = make.round_of(world.edition, slug="unpublished-round", position=99)
    published(world)
    db.session.commit()
    page = client.get(world.public("/results")).text
    assert world.public("/results/final") in page
    assert other.slug not in page


def test_json_holds_exact_text_and_the_hash_can_be_recomputed(client: FlaskClient, ctx: None) -> None:
    world = judged(rule={"rounding": {"total": 2}})
    result = published(world)
    db.session.commit()
    answer = client.get(f"/api/v1/editions/{world.edition.slug}/results")
    assert answer.status_code == 200
    assert answer.content_type.startswith("application/json")
    [shown] = answer.get_json()["rounds"]
    assert (shown["version"], shown["state"], shown["complete"]) == (1, "provisional", True)
    assert snapshots.sha256(snapshots.canonical(shown["snapshot"])) == shown["sha256"] == result.sha256
    assert shown["snapshot"]["ranking"][0]["total"] == "9.00"
    again = client.get(answer.request.path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


# -- security case 22: nothing before publication -----------------------------------------------------------


def _public_addresses(world: World) -> list[str]:
    pages = [
        world.public(path, lang)
        for lang in LANGUAGES
        for path in ("", "/timeline", "/teams", "/results", "/results/final", "/results/final/v/1")
    ]
    return [*pages, f"/api/v1/editions/{world.edition.slug}/results"]


def test_case_22_nothing_of_an_unpublished_result_leaks(app: Flask, ctx: None) -> None:
    world = judged()
    db.session.commit()
    client = app.test_client()

    def seen() -> dict[str, tuple[int, str | None, bytes]]:
        return {
            address: (answer.status_code, answer.headers.get("ETag"), answer.data)
            for address in _public_addresses(world)
            for answer in [client.get(address)]
        }

    before = seen()
    request_ids = {address for address, (status, _, _) in before.items() if status == 404}
    assert request_ids == {
        world.public(path, lang) for lang in LANGUAGES for path in ("/results/final", "/results/final/v/1")
    }
    result = results.finalize(round=world.round, who=world.organizer)
    db.session.commit()
    after_finalizing = seen()
    results.sign(result=result, who=world.auditor)
    db.session.commit()
    after_signing = seen()
    for address, (status, etag, body) in before.items():
        for later in (after_finalizing, after_signing):
            assert later[address][0] == status
            if status == 200:
                assert later[address][1:] == (etag, body), address
    results.publish(result=result, who=world.organizer)
    db.session.commit()
    published_now = seen()
    assert {status for status, _, _ in published_now.values()} == {200}, "the test would have seen a leak"


@pytest.mark.parametrize("who", ["nobody", "captain", "judge", "other_organizer"])
def test_case_22_an_unpublished_result_is_for_its_organizers_only(app: Flask, ctx: None, who: str) -> None:
    world = judged()
    results.finalize(round=world.round, who=world.organizer)
    elsewhere = make.edition()
    person = {
        "nobody": None,
        "captain": world.captain(0),
        "judge": world.judges[0].person,
        "other_organizer": make.organizer(elsewhere),
    }[who]
    db.session.commit()
    client = signed_in(app, person) if person else app.test_client()
    expected = 403 if person else 302
    for path in ("", "/v/1", "/v/1/discard", f"/draft/{world.entries[0].key}", "/ties"):
        answer = client.get(world.address(path))
        assert answer.status_code == expected, path
        assert world.entries[0].team.name not in answer.text
    own = client.get(world.public(f"/team/{world.entries[0].team.key}/result/final"))
    assert own.status_code == (404 if person else 302)


def test_a_draft_edition_shows_no_results_to_the_public(client: FlaskClient, ctx: None) -> None:
    world = judged()
    published(world)
    world.edition.state = EditionState.DRAFT
    db.session.commit()
    for address in _public_addresses(world):
        assert client.get(address).status_code == 404


# -- a team's own page --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_team_sees_every_step_and_its_comments(app: Flask, ctx: None, lang: str) -> None:
    world = judged(show_marks=False, rule={"rounding": {"total": 2}})
    published(world)
    db.session.commit()
    client = signed_in(app, world.captain(0))
    page = client.get(world.public(f"/team/{world.entries[0].team.key}/result/final", lang))
    assert page.status_code == 200
    assert page.headers["Cache-Control"].startswith("no-store")
    for text in ("9.5", "8.5", "9.00", "Comment 0-0", "Comment 0-2"):
        assert text in page.text
    assert "Secret" not in page.text
    assert "Comment 1-0" not in page.text
    for judge in world.judges:
        assert judge.name not in page.text


def test_case_18_a_team_can_not_read_another_teams_page(app: Flask, ctx: None) -> None:
    world = judged()
    published(world)
    db.session.commit()
    for person in (world.captain(1), world.judges[0].person):
        client = signed_in(app, person)
        path = world.public(f"/team/{world.entries[0].team.key}/result/final")
        assert client.get(path).status_code == 404


def test_a_team_that_was_not_ranked_has_no_page(app: Flask, ctx: None) -> None:
    world = judged()
    published(world)
    captain = make.person()
    stranger = make.team(world.edition, captain)
    db.session.commit()
    client = signed_in(app, captain)
    assert client.get(world.public(f"/team/{stranger.key}/result/final")).status_code == 404


# -- the organizers' pages ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_from_draft_to_final_by_the_buttons(app: Flask, ctx: None, turn_clock: Clock, lang: str) -> None:
    world = judged()
    db.session.commit()
    organizer, auditor = signed_in(app, world.organizer), signed_in(app, world.auditor)
    page = organizer.get(world.address(lang=lang))
    assert page.status_code == 200
    assert world.entries[0].team.name in page.text
    assert post(organizer, world.address("/finalize", lang)).status_code == 303
    same = post(organizer, world.address("/v/1/sign", lang))
    assert same.status_code == 403
    words = {"zh": "另一位", "ko": "다른", "en": "another organizer"}
    assert words[lang] in same.text
    read = auditor.get(world.address("/v/1", lang))
    result = queries.pending_result(world.round)
    assert result is not None
    assert result.sha256 in read.text
    assert post(auditor, world.address("/v/1/sign", lang), sha256=result.sha256).status_code == 303
    assert organizer.get(world.address(lang=lang)).status_code == 200
    assert post(auditor, world.address("/v/1/publish", lang), when="now", zone="UTC").status_code == 403
    out = post(organizer, world.address("/v/1/publish", lang), when="now", zone="UTC", version="1")
    assert out.status_code == 303
    turn_clock.advance(days=6)
    assert organizer.get(world.address(lang=lang)).status_code == 200
    assert post(organizer, world.address("/v/1/final", lang)).status_code == 303
    db.session.expire_all()
    assert queries.versions(world.round)[0].state is ResultState.FINAL
    overview = organizer.get(f"/{lang}/o/{world.edition.slug}/judging/results")
    assert overview.status_code == 200


def test_blockers_stand_on_the_page_and_finalizing_is_refused(app: Flask, ctx: None) -> None:
    world = judged()
    sheet = world.sheets[1, 2]
    sheet.state, sheet.submitted_at = SheetState.OPEN, None
    db.session.commit()
    client = signed_in(app, world.organizer)
    page = client.get(world.address())
    assert f"{world.judges[2].name} → {world.entries[1].team.name}" in page.text
    refused = post(client, world.address("/finalize"))
    assert refused.status_code == 409
    assert world.judges[2].name in refused.text
    assert queries.versions(world.round) == []


def test_a_time_of_publication_is_entered_with_its_zone(app: Flask, ctx: None, turn_clock: Clock) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    results.sign(result=result, who=world.auditor)
    db.session.commit()
    client = signed_in(app, world.organizer)
    path = world.address("/v/1/publish")
    sent = post(client, path, when="later", at="2026-06-02T18:00", zone="Asia/Seoul")
    assert sent.status_code == 303
    db.session.expire_all()
    pending = queries.pending_result(world.round)
    assert pending is not None
    assert str(pending.publish_at) == "2026-06-02 09:00:00+00:00"
    page = client.get(world.address()).text
    assert "18:00" in page
    assert "17:00" in page


@pytest.mark.parametrize(
    "data",
    [
        {"when": "later", "at": "", "zone": "UTC"},
        {"when": "later", "at": "2026-06-31T18:00", "zone": "UTC"},
        {"when": "later", "at": "2020-01-01T00:00", "zone": "UTC"},
        {"when": "later", "at": "0001-01-01T00:00", "zone": "Asia/Seoul"},
        {"when": "later", "at": "2026-06-02T18:00", "zone": "Mars/Olympus"},
        {"when": "sometime", "zone": "UTC"},
        {"when": "later", "at": "\0", "zone": "UTC"},
    ],
)
def test_an_impossible_time_of_publication_is_refused(
    app: Flask, ctx: None, turn_clock: Clock, data: dict[str, str]
) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    results.sign(result=result, who=world.auditor)
    db.session.commit()
    client = signed_in(app, world.organizer)
    assert post(client, world.address("/v/1/publish"), **data).status_code == 422
    db.session.expire_all()
    pending = queries.pending_result(world.round)
    assert pending is not None
    assert pending.publish_at is None


def test_case_26_steps_can_not_be_skipped_or_repeated(app: Flask, ctx: None) -> None:
    world = judged()
    result = results.finalize(round=world.round, who=world.organizer)
    db.session.commit()
    organizer, auditor = signed_in(app, world.organizer), signed_in(app, world.auditor)
    now = {"when": "now", "zone": "UTC"}
    assert post(organizer, world.address("/v/1/publish"), **now).status_code == 409
    assert post(organizer, world.address("/v/1/final")).status_code == 409
    assert post(organizer, world.address("/v/1/advance")).status_code == 409
    assert post(auditor, world.address("/v/1/sign"), sha256="0" * 64).status_code == 409
    assert post(auditor, world.address("/v/2/sign"), sha256=result.sha256).status_code == 404
    db.session.expire_all()
    assert [version.state for version in queries.versions(world.round)] == [ResultState.FINALIZED]


def test_ties_are_decided_by_an_organizer_or_the_head_judge(app: Flask, ctx: None) -> None:
    from accounts.models import Role

    world = judged(((19,) * 3, (15,) * 3, (15,) * 3), prizes=(1, 1))
    head = make.person()
    make.grant(head, Role.HEAD_JUDGE, world.edition)
    db.session.commit()
    client = signed_in(app, head)
    page = client.get(world.address("/ties"))
    assert page.status_code == 200
    assert world.entries[1].team.name in page.text
    assert world.entries[0].team.name not in page.text, "the head judge sees the tied ones only"
    keys = [world.entries[1].key, world.entries[2].key]
    data = {"entry": keys, f"position-{keys[0]}": "2", f"position-{keys[1]}": "1", "reason": "市场更清楚"}
    assert post(client, world.address("/ties"), **{**data, "reason": ""}).status_code == 422
    assert post(client, world.address("/ties"), **{**data, f"position-{keys[0]}": "x"}).status_code == 422
    assert post(client, world.address("/ties"), **data).status_code == 303
    assert not drafts.draft(world.round).blockers
    assert client.get(world.address()).status_code == 403
    judge = signed_in(app, world.judges[0].person)
    assert judge.get(world.address("/ties")).status_code == 403
    assert signed_in(app, world.auditor).get(world.address("/ties")).status_code == 403


def test_discarding_asks_for_a_reason(app: Flask, ctx: None) -> None:
    world = judged()
    results.finalize(round=world.round, who=world.organizer)
    db.session.commit()
    client = signed_in(app, world.auditor)
    assert client.get(world.address("/v/1/discard")).status_code == 200
    assert post(client, world.address("/v/1/discard"), reason="").status_code == 422
    assert post(client, world.address("/v/1/discard"), reason="규칙이 다릅니다").status_code == 303
    assert queries.pending_result(world.round) is None


def test_the_draft_explains_one_entry_with_the_judges_names(app: Flask, ctx: None) -> None:
    world = judged()
    db.session.commit()
    client = signed_in(app, world.organizer)
    page = client.get(world.address(f"/draft/{world.entries[0].key}"))
    assert page.status_code == 200
    assert world.judges[0].name in page.text
    assert client.get(world.address("/draft/unknown")).status_code == 404


def test_a_correction_without_a_reason_keeps_the_page(app: Flask, ctx: None) -> None:
    world = judged()
    published(world)
    mark(world, 3, 0, 20)
    db.session.commit()
    client = signed_in(app, world.organizer)
    assert post(client, world.address("/finalize")).status_code == 422
    assert post(client, world.address("/finalize"), reason="A mark was typed wrongly.").status_code == 303


def test_those_who_advance_enter_by_the_button(app: Flask, ctx: None) -> None:
    edition = make.edition()
    world = judged(edition=edition, slug="first", position=1, advance_places=2, awards_prizes=False)
    make.round_of(edition, slug="second", position=2)
    published(world)
    db.session.commit()
    client = signed_in(app, world.organizer)
    path = world.address("/v/1/advance")
    assert post(client, path).status_code == 303
    assert "2 entries entered the next round." in client.get(world.address()).text


def test_hostile_text_is_shown_verbatim(app: Flask, ctx: None) -> None:
    world = judged()
    published(world)
    mark(world, 3, 0, 20)
    hostile = "<script>alert(1)</script>{{7*7}}"
    published(world, reason=hostile)
    db.session.commit()
    page = app.test_client().get(world.public("/results/final")).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page


# -- cost ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 5])
def test_public_pages_need_few_statements(
    app: Flask, ctx: None, count_queries: Callable[[], Any], size: int
) -> None:
    world = judged([[19 - k, 18 - k] for k in range(size)], prizes=())
    published(world)
    db.session.commit()
    for address in (
        world.public("/results"),
        world.public("/results/final"),
        f"/api/v1/editions/{world.edition.slug}/results",
    ):
        with count_queries() as seen:
            assert app.test_client().get(address).status_code == 200
        assert len(seen) <= 8, (address, seen)


def test_the_organizers_page_needs_as_many_statements_for_many_entries_as_for_one(
    app: Flask, ctx: None, count_queries: Callable[[], Any]
) -> None:
    counts = []
    for size in (1, 6):
        world = judged([[19 - k, 18 - k] for k in range(size)], prizes=(1,))
        db.session.commit()
        client = signed_in(app, world.organizer)
        address = world.address()
        assert client.get(address).status_code == 200, "the first look is written down"
        with count_queries() as seen:
            assert client.get(address).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 13, "seven are the person, the address, the menu and who has seen the standings"


def test_a_teams_page_needs_few_statements(app: Flask, ctx: None, count_queries: Callable[[], Any]) -> None:
    world = judged()
    published(world)
    db.session.commit()
    client = signed_in(app, world.captain(0))
    address = world.public(f"/team/{world.entries[0].team.key}/result/final")
    with count_queries() as seen:
        assert client.get(address).status_code == 200
    assert len(seen) <= 10, seen


def test_the_snapshot_on_the_page_is_what_was_ranked(client: FlaskClient, ctx: None) -> None:
    world = judged(((19, 3, 8), (7, 11, 20), (2, 2, 2)), rule={"rounding": {"total": 3}}, prizes=())
    expected = drafts.draft(world.round).ranking
    assert expected is not None
    result = published(world)
    db.session.commit()
    page = client.get(world.public("/results/final")).text
    for line in expected.to_json():
        assert line["total"] in page
    assert [row["total"] for row in json.loads(result.snapshot)["ranking"]] == [
        line["total"] for line in expected.to_json()
    ]
