"""What a panel says about an entry before the result: notes, and a second look asked of one judge."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from accounts.models import Person
from competition.models import Entry, Round, RoundEntry
from core import audit
from core.db import db, lock
from core.errors import BadInput, Conflict
from core.mail import Message, tell
from judging.models import NoteKind, PanelNote, ScoreSheet, SheetState, StandingsView
from judging.operations import sheets
from judging.operations.common import check_seen, id_of, need_reason
from judging.queries.results import pending_result, standing_result


def write_note(*, round: Round, entry: Entry, text: str, who: Person | None = None) -> PanelNote:
    """Add a note about an entry of the round, for the head judge and the organizers.

    Raises BadInput for an empty one, Conflict for an entry that is not in the round.
    """
    if not text.strip():
        raise BadInput(fields={"text": _l("Please write something.")})
    inside = db.session.execute(
        select(RoundEntry.id).where(RoundEntry.round_id == round.id, RoundEntry.entry_id == entry.id)
    ).first()
    if inside is None:
        raise Conflict(_l("This entry does not take part in the round."), code="not_in_round")
    note = PanelNote(
        edition_id=round.edition_id,
        round_id=round.id,
        entry_id=entry.id,
        kind=NoteKind.NOTE,
        text=text,
        written_by=id_of(who),
    )
    db.session.add(note)
    db.session.flush()
    audit.record("panel_note.written", note, new={"entry": entry.key}, actor_id=id_of(who))
    return note


def ask_second_look(
    *, sheet: ScoreSheet, reason: str, seen: int | None = None, who: Person | None = None
) -> PanelNote:
    """Give one judge's submitted sheet back to her with a reason; she may change it or submit it as it was.

    Raises BadInput without a reason; Conflict for a sheet that is not submitted, while scoring is not open
    (she could change nothing), and once the round's result is finalized.
    """
    need_reason(reason)
    lock(sheet)
    check_seen(sheet, seen)
    if sheet.state is not SheetState.SUBMITTED:
        raise Conflict(_l("Only a submitted sheet can be looked at again."), code="not_submitted")
    if sheets.scoring_window(sheet.round) != "open":
        raise Conflict(
            _l(
                "Scoring of this round is closed, so the judge could change nothing. Please ask the"
                " organizers to set a later end first."
            ),
            code="scoring_closed",
        )
    if pending_result(sheet.round) is not None or standing_result(sheet.round) is not None:
        raise Conflict(_l("The result of this round is finalized already."), code="finalized")
    sheets.give_back(sheet=sheet, reason=reason, who=who)
    note = PanelNote(
        edition_id=sheet.edition_id,
        round_id=sheet.round_id,
        entry_id=sheet.entry_id,
        kind=NoteKind.SECOND_LOOK,
        sheet_id=sheet.id,
        text=reason,
        written_by=id_of(who),
    )
    db.session.add(note)
    db.session.flush()
    audit.record(
        "second_look.asked",
        note,
        new={"judge": sheet.judge.key, "entry": sheet.entry.key},
        reason=reason,
        actor_id=id_of(who),
    )
    _tell(sheet, reason)
    return note


def _tell(sheet: ScoreSheet, reason: str) -> None:
    if sheet.judge.person is None:
        return
    title, edition, round = sheet.entry.title, sheet.round.edition, sheet.round
    path = f"j/{edition.slug}/{round.slug}/{sheet.entry.key}"
    tell(
        sheet.judge.person,
        "second_look",
        lambda lang: Message(
            _("A second look is asked of you: %(title)s", title=title.pick(lang).text),
            _(
                "The head judge asks you to look at this score sheet once more. Change it or leave it as it"
                " is, and submit it again. Reason: %(reason)s",
                reason=reason,
            ),
            f"/{lang}/{path}",
        ),
        edition_id=sheet.edition_id,
    )


def note_standings_seen(*, round_id: int, person_id: int) -> None:
    """Write down that from now on the person knows how the round stands; the first time stays.

    No record of the audit: the row is the record.
    """
    try:
        with db.session.begin_nested():
            db.session.add(StandingsView(round_id=round_id, person_id=person_id))
    except IntegrityError:  # another request of the same person was first
        return
