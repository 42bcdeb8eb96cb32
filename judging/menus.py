"""What this room adds to what others show: side navigation, first pages, personal data, what waits for
organizers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select, update

from accounts.models import Role
from competition.models import Edition, Entry, Round
from competition.policy import organizer_or_auditor
from competition.signals import edition_cloned
from core import audit, registries
from core.db import db
from core.languages import Trilingual, current_language
from core.registries import HomeCard, MenuEntry, OrganizerPanel, PersonalData
from judging.models import Criterion, Judge, MarkChange, ScoreSheet, SheetSave, StoredMark
from judging.operations.rubrics import copy_rubrics
from judging.queries import office
from judging.queries.judge import RoundToJudge, rounds_of


def _judges(who: Any) -> bool:
    return any(grant.role in (Role.JUDGE, Role.HEAD_JUDGE) for grant in who.grants)


def _rounds(who: Any) -> list[RoundToJudge]:
    if "rounds_to_judge" not in g:
        g.rounds_to_judge = rounds_of(who.id)
    return list(g.rounds_to_judge)


def entries(who: Any) -> Iterable[MenuEntry]:
    """A judge's rounds; and for who runs or audits the edition at hand, its judging."""
    if _judges(who):
        waiting = sum(one.whole - one.submitted for one in _rounds(who) if one.window == "open")
        yield MenuEntry(_("My rounds to judge"), f"/{current_language()}/j", badge=waiting)
    edition = g.get("loaded", {}).get("edition")
    if isinstance(edition, Edition) and organizer_or_auditor(who, edition=edition):
        # Written out, as `url_for` costs more than the rest of a line on every page.
        here = f"/{current_language()}/o/{edition.slug}/judging"
        group = edition.name.pick(current_language()).text
        yield MenuEntry(_("Judging"), here, group)
        yield MenuEntry(_("Judging panel"), f"{here}/judges", group)


def cards(who: Any) -> Iterable[HomeCard]:
    if not _judges(who):
        return
    lang = current_language()
    for one in _rounds(who):
        if one.window == "after" or (one.window == "open" and one.submitted == one.whole):
            continue
        yield HomeCard(
            _(
                "Judge: %(edition)s, %(round)s",
                edition=one.edition_name.pick(lang).text,
                round=one.name.pick(lang).text,
            ),
            _("%(done)s of %(whole)s submitted", done=one.submitted, whole=one.whole)
            if one.window == "open"
            else ngettext(
                "One entry; scoring has not begun", "%(num)d entries; scoring has not begun", one.whole
            ),
            url_for("judge.entries", edition_slug=one.edition_slug, desk=one.slug),
            "scoring" if one.submitted else "assigned",
            one.closes_at if one.window == "open" else one.opens_at,
        )


def panels(edition: Edition) -> Iterable[OrganizerPanel]:
    """For every round that is being judged: how many sheets are still missing."""
    for round, waiting in office.waiting_sheets(edition):
        yield OrganizerPanel(
            _("Judging: %(round)s", round=round.name.pick(current_language()).text),
            ngettext("One sheet is not submitted yet.", "%(num)d sheets are not submitted yet.", waiting),
            url_for("judging_office.progress", edition=edition.slug, round=round.slug),
            count=waiting,
            state="scoring",
            due=round.scoring_closes_at,
        )


def tabs(edition: Edition) -> Iterable[MenuEntry]:
    if edition.rounds:
        yield MenuEntry(_("How it is judged"), url_for("judging.explained", edition=edition.slug))


def _export(person_id: int) -> list[dict[str, Any]]:
    """Everything that the person is and wrote as a judge, with every value ever saved."""
    judges = db.session.scalars(select(Judge).where(Judge.person_id == person_id)).all()
    return [
        {
            "name": judge.name,
            "name_latin": judge.name_latin,
            "email": judge.email,
            "affiliation": judge.affiliation.to_json(),
            "country": judge.country,
            "languages": judge.languages,
            "expertise": judge.expertise,
            "sheets": _export_sheets(judge.id),
        }
        for judge in judges
    ]


def _export_sheets(judge_id: int) -> list[dict[str, Any]]:
    marks: dict[int, dict[str, str]] = {}
    for sheet_id, steps, criterion in db.session.execute(
        select(StoredMark.sheet_id, StoredMark.steps, Criterion)
        .join(Criterion, Criterion.id == StoredMark.criterion_id)
        .join(ScoreSheet, ScoreSheet.id == StoredMark.sheet_id)
        .where(ScoreSheet.judge_id == judge_id)
    ):
        marks.setdefault(sheet_id, {})[criterion.key] = criterion.scale.text(steps)
    history: dict[int, list[dict[str, Any]]] = {}
    for sheet_id, at, device, new_steps, criterion in db.session.execute(
        select(SheetSave.sheet_id, SheetSave.at, SheetSave.device, MarkChange.new_steps, Criterion)
        .join(MarkChange, MarkChange.save_id == SheetSave.id)
        .join(Criterion, Criterion.id == MarkChange.criterion_id)
        .join(ScoreSheet, ScoreSheet.id == SheetSave.sheet_id)
        .where(ScoreSheet.judge_id == judge_id)
        .order_by(SheetSave.id)
    ):
        value = None if new_steps is None else criterion.scale.text(new_steps)
        history.setdefault(sheet_id, []).append(
            {"at": at.isoformat(), "device": device, "criterion": criterion.key, "mark": value}
        )
    return [
        {
            "round": round_slug,
            "entry": entry_key,
            "state": str(sheet.state),
            "marks": marks.get(sheet.id, {}),
            "comment": sheet.comment,
            "private_note": sheet.private_note,
            "history": history.get(sheet.id, []),
        }
        for sheet, round_slug, entry_key in db.session.execute(
            select(ScoreSheet, Round.slug, Entry.key)
            .join(Round, Round.id == ScoreSheet.round_id)
            .join(Entry, Entry.id == ScoreSheet.entry_id)
            .where(ScoreSheet.judge_id == judge_id)
            .order_by(ScoreSheet.id)
        )
    ]


def _erase(person_id: int) -> None:
    """The marks stay, for results stand on them; who gave them becomes nobody. Private notes and devices
    go."""
    judges = db.session.scalars(select(Judge).where(Judge.person_id == person_id)).all()
    audit.forget("judge", [judge.id for judge in judges])
    for judge in judges:
        judge.name, judge.name_latin, judge.email = f"– {judge.key}", "", ""
        judge.affiliation = Trilingual()
        judge.country, judge.languages, judge.expertise = "", [], []
        sheets = select(ScoreSheet.id).where(ScoreSheet.judge_id == judge.id)
        db.session.execute(update(ScoreSheet).where(ScoreSheet.judge_id == judge.id).values(private_note=""))
        db.session.execute(
            update(SheetSave).where(SheetSave.sheet_id.in_(sheets)).values(private_note=None, device="")
        )
    db.session.flush()


def judged(edition: Edition) -> Iterable[tuple[Any, int, str]]:
    """For the organizer's funnel: entries with at least one submitted sheet."""
    yield (
        _("Judged"),
        office.judged_entries(edition),
        url_for("judging_office.overview", edition=edition.slug),
    )


def register() -> None:
    """Fill the registries, once however often an application is made."""
    if entries in registries.menu_sources:
        return
    edition_cloned.connect(copy_rubrics)
    registries.menu_sources.append(entries)
    registries.home_cards.append(cards)
    registries.organizer_panels.append(panels)
    registries.funnel_steps.append(judged)
    registries.edition_tabs.append(tabs)
    registries.personal_data.append(PersonalData("judging", _export, _erase))
