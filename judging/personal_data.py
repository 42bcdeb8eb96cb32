"""What this room keeps about a judge: how it is handed out, and how it is made anonymous."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from competition.models import Entry, Round, Team
from core import audit, registries
from core.db import db
from core.languages import Trilingual
from core.registries import PersonalData
from judging.models import (
    Criterion,
    DeclaredConflict,
    Judge,
    JudgeWish,
    MarkChange,
    PanelNote,
    Pledge,
    RecusalKind,
    SampleEntry,
    SampleSheet,
    ScoreSheet,
    SheetSave,
    StandingsView,
    StoredMark,
)


def export(person_id: int) -> list[dict[str, Any]]:
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
            "background": judge.background and str(judge.background),
            "levels": judge.levels,
            "interests": judge.interests,
            "takes_interpreter": judge.takes_interpreter,
            "least_load": judge.least_load,
            "most_load": judge.most_load,
            "pledges": list(_pledges(judge.id)),
            "wishes": list(_wishes(judge.id)),
            "conflicts": list(_conflicts(judge.id)),
            "samples": list(_samples(judge.id)),
            "sheets": list(_sheets(judge.id)),
        }
        for judge in judges
    ]


def _pledges(judge_id: int) -> Iterable[dict[str, Any]]:
    for row in db.session.scalars(select(Pledge).where(Pledge.judge_id == judge_id).order_by(Pledge.id)):
        yield {
            "text": row.text,
            "sha256": row.text_sha256,
            "language": row.language,
            "signed_as": row.signed_as,
            "signed_at": _told(row.signed_at),
        }


def _wishes(judge_id: int) -> Iterable[dict[str, Any]]:
    for wish, entry_key in db.session.execute(
        select(JudgeWish, Entry.key)
        .join(Entry, Entry.id == JudgeWish.entry_id)
        .where(JudgeWish.judge_id == judge_id)
        .order_by(JudgeWish.id)
    ):
        yield {"entry": entry_key, "wish": str(wish.wish), "at": _told(wish.wished_at)}


def _conflicts(judge_id: int) -> Iterable[dict[str, Any]]:
    for row, team in db.session.execute(
        select(DeclaredConflict, Team.name)
        .join(Team, Team.id == DeclaredConflict.team_id)
        .where(DeclaredConflict.judge_id == judge_id)
        .order_by(DeclaredConflict.id)
    ):
        yield {"team": team, "kind": str(row.kind), "reason": row.reason, "at": _told(row.declared_at)}


def _samples(judge_id: int) -> Iterable[dict[str, Any]]:
    for row, key in db.session.execute(
        select(SampleSheet, SampleEntry.key)
        .join(SampleEntry, SampleEntry.id == SampleSheet.sample_id)
        .where(SampleSheet.judge_id == judge_id)
        .order_by(SampleSheet.id)
    ):
        yield {"sample": key, "marks": row.marks, "at": _told(row.sent_at)}


def _sheets(judge_id: int) -> Iterable[dict[str, Any]]:
    marks = _marks(judge_id)
    history, saves = _history(judge_id), _saves(judge_id)
    for sheet, round_slug, entry_key in db.session.execute(
        select(ScoreSheet, Round.slug, Entry.key)
        .join(Round, Round.id == ScoreSheet.round_id)
        .join(Entry, Entry.id == ScoreSheet.entry_id)
        .where(ScoreSheet.judge_id == judge_id)
        .order_by(ScoreSheet.id)
    ):
        yield {
            "round": round_slug,
            "entry": entry_key,
            "state": str(sheet.state),
            "recusal": sheet.recusal and str(sheet.recusal),
            "reason": sheet.reason,
            "submitted_at": _told(sheet.submitted_at),
            "marks": marks.get(sheet.id, {}),
            "comment": sheet.comment,
            "private_note": sheet.private_note,
            "saves": saves.get(sheet.id, []),
            "history": history.get(sheet.id, []),
        }


def _marks(judge_id: int) -> dict[int, dict[str, str]]:
    """Sheet id -> criterion key -> the mark that stands."""
    marks: dict[int, dict[str, str]] = {}
    for sheet_id, steps, criterion in db.session.execute(
        select(StoredMark.sheet_id, StoredMark.steps, Criterion)
        .join(Criterion, Criterion.id == StoredMark.criterion_id)
        .join(ScoreSheet, ScoreSheet.id == StoredMark.sheet_id)
        .where(ScoreSheet.judge_id == judge_id)
    ):
        marks.setdefault(sheet_id, {})[criterion.key] = criterion.scale.text(steps)
    return marks


def _history(judge_id: int) -> dict[int, list[dict[str, Any]]]:
    """Sheet id -> every change of a mark."""
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
    return history


def _saves(judge_id: int) -> dict[int, list[dict[str, Any]]]:
    """Sheet id -> every save, with the texts it brought (None: it left them)."""
    saves: dict[int, list[dict[str, Any]]] = {}
    for row in db.session.scalars(
        select(SheetSave)
        .join(ScoreSheet, ScoreSheet.id == SheetSave.sheet_id)
        .where(ScoreSheet.judge_id == judge_id)
        .order_by(SheetSave.id)
    ):
        saves.setdefault(row.sheet_id, []).append(
            {
                "at": _told(row.at),
                "device": row.device,
                "comment": row.comment,
                "private_note": row.private_note,
            }
        )
    return saves


def erase(person_id: int) -> None:
    """The marks stay, for results stand on them; who gave them becomes nobody. Wishes, private notes,
    reasons, devices and the name under a pledge go."""
    judges = db.session.scalars(select(Judge).where(Judge.person_id == person_id)).all()
    audit.forget("judge", [judge.id for judge in judges])
    for judge in judges:
        judge.name, judge.name_latin, judge.email = f"– {judge.key}", "", ""
        judge.affiliation = Trilingual()
        judge.country, judge.languages, judge.expertise = "", [], []
        judge.background, judge.levels, judge.interests = None, {}, []
        judge.least_load = judge.most_load = None
        own = ScoreSheet.judge_id == judge.id
        sheets = select(ScoreSheet.id).where(own)
        db.session.execute(update(ScoreSheet).where(own).values(private_note=""))
        db.session.execute(
            update(ScoreSheet).where(own, ScoreSheet.recusal == RecusalKind.WITHDREW).values(reason="")
        )
        db.session.execute(
            update(SheetSave).where(SheetSave.sheet_id.in_(sheets)).values(private_note=None, device="")
        )
        db.session.execute(
            update(Pledge).where(Pledge.judge_id == judge.id).values(signed_as="", person_id=None)
        )
        db.session.execute(delete(JudgeWish).where(JudgeWish.judge_id == judge.id))
        db.session.execute(
            update(DeclaredConflict)
            .where(DeclaredConflict.judge_id == judge.id, DeclaredConflict.kind == RecusalKind.WITHDREW)
            .values(reason="")
        )
    db.session.flush()


def export_notes(person_id: int) -> list[dict[str, Any]]:
    """What the person wrote about entries for a panel's discussion, as head judge or organizer."""
    return [
        {
            "round": round_slug,
            "entry": entry_key,
            "kind": str(note.kind),
            "text": note.text,
            "at": _told(note.written_at),
        }
        for note, round_slug, entry_key in db.session.execute(
            select(PanelNote, Round.slug, Entry.key)
            .join(Round, Round.id == PanelNote.round_id)
            .join(Entry, Entry.id == PanelNote.entry_id)
            .where(PanelNote.written_by == person_id)
            .order_by(PanelNote.id)
        )
    ]


def erase_notes(person_id: int) -> None:
    """The panel's notes stay, written by nobody; when the person first looked at standings goes."""
    db.session.execute(update(PanelNote).where(PanelNote.written_by == person_id).values(written_by=None))
    db.session.execute(delete(StandingsView).where(StandingsView.person_id == person_id))
    db.session.flush()


def _told(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def register() -> None:
    """Fill the registry, once however often an application is made."""
    if all(kind.export is not export for kind in registries.personal_data):
        registries.personal_data += [
            PersonalData("judging", export, erase),
            PersonalData("panel_notes", export_notes, erase_notes),
        ]
