"""Why a judge does not judge a team, and what follows: 제척 (excluded), 기피 (challenged), 회피 (withdrew).

A conflict is between judge and team and holds in every round of the edition. The sheets that it touches stay
readable and recorded; their marks count no more.
"""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts.models import Person
from competition.models import Entry, Round, Team
from core import audit
from core.db import db, lock
from core.errors import Conflict
from core.languages import Trilingual
from core.mail import Message, tell
from judging.models import DeclaredConflict, Judge, RecusalKind, ScoreSheet, SheetState
from judging.operations.common import check_seen, id_of, need_reason
from judging.operations.panel import organizers
from judging.operations.sheets import settle_second_looks


def recuse(*, sheet: ScoreSheet, reason: str, seen: int | None = None, who: Person | None = None) -> None:
    """The judge steps back from a team (回避 / 회피): what she marked no longer counts; the organizers are
    told.

    Raises BadInput without a reason, Conflict for a submitted sheet.
    """
    need_reason(reason)
    lock(sheet)
    check_seen(sheet, seen)
    if sheet.state is SheetState.RECUSED:
        return
    if sheet.state is SheetState.SUBMITTED:
        raise Conflict(
            _l("This sheet is submitted. Please ask the organizers to reopen it first."),
            code="sheet_submitted",
        )
    _close(sheet, RecusalKind.WITHDREW, reason, who)
    judge, team = sheet.judge, sheet.entry.team
    _record(judge, team, RecusalKind.WITHDREW, reason, who)
    _close_open_sheets(judge, team, RecusalKind.WITHDREW, reason, who)
    _tell_organizers(judge, team, reason)


def recuse_for(
    *, sheet: ScoreSheet, kind: RecusalKind, reason: str, seen: int | None = None, who: Person | None = None
) -> None:
    """An organizer takes a judge off a team, also after her sheet is submitted; she is told.

    kind: EXCLUDED (제척) or CHALLENGED (기피). Marks stop counting and stay recorded. Raises BadInput without
    a reason.
    """
    need_reason(reason)
    if kind is RecusalKind.WITHDREW:
        raise ValueError("withdrawing is the judge's own")
    lock(sheet)
    check_seen(sheet, seen)
    if sheet.state is SheetState.RECUSED:
        return
    _close(sheet, kind, reason, who)
    judge, entry = sheet.judge, sheet.entry
    _record(judge, entry.team, kind, reason, who)
    _close_open_sheets(judge, entry.team, kind, reason, who)
    if judge.person is None:
        return
    title, path = entry.title, f"j/{sheet.round.edition.slug}/{sheet.round.slug}"
    tell(
        judge.person,
        "recused_by_organizer",
        lambda lang: Message(
            _("You no longer judge an entry: %(title)s", title=_name(title, lang)),
            _(
                "The organizers have taken you off this entry; your scores for it do not count. Reason:"
                " %(reason)s",
                reason=reason,
            ),
            f"/{lang}/{path}",
        ),
        edition_id=sheet.edition_id,
    )


def declare_conflict(*, judge: Judge, team: Team, reason: str, who: Person | None = None) -> None:
    """A judge declares that she must not judge a team: her sheets for it that are not submitted are recused,
    and the organizers are told. Declared once already, it stays as it was.

    Raises BadInput without a reason, Conflict for a team of another edition.
    """
    need_reason(reason)
    if team.edition_id != judge.edition_id:
        raise Conflict(_l("This team takes part in another edition."), code="other_edition")
    if not _record(judge, team, RecusalKind.WITHDREW, reason, who):
        return
    _close_open_sheets(judge, team, RecusalKind.WITHDREW, reason, who)
    _tell_organizers(judge, team, reason)


def _record(judge: Judge, team: Team, kind: RecusalKind, reason: str, who: Person | None) -> bool:
    """Write the conflict down; False when one between the two is recorded already, which stays."""
    lock(judge)
    known = db.session.execute(
        select(DeclaredConflict.id).where(
            DeclaredConflict.judge_id == judge.id, DeclaredConflict.team_id == team.id
        )
    ).first()
    if known is not None:
        return False
    found = DeclaredConflict(
        edition_id=judge.edition_id,
        judge_id=judge.id,
        team_id=team.id,
        kind=kind,
        reason=reason,
        declared_by=id_of(who),
    )
    db.session.add(found)
    db.session.flush()
    audit.record(
        "conflict.declared",
        found,
        new={"judge": judge.key, "team": team.key, "kind": str(kind)},
        reason=reason,
        actor_id=id_of(who),
    )
    return True


def _close_open_sheets(judge: Judge, team: Team, kind: RecusalKind, reason: str, who: Person | None) -> None:
    """Recuse the judge's sheets for the team, of whatever round, that are not submitted."""
    for sheet in db.session.scalars(
        select(ScoreSheet)
        .join(Entry, Entry.id == ScoreSheet.entry_id)
        .where(
            ScoreSheet.judge_id == judge.id,
            Entry.team_id == team.id,
            ScoreSheet.state == SheetState.OPEN,
        )
        .order_by(ScoreSheet.id)
    ):
        _close(sheet, kind, reason, who)


def _close(sheet: ScoreSheet, kind: RecusalKind, reason: str, who: Person | None) -> None:
    old = str(sheet.state)
    sheet.state, sheet.submitted_at = SheetState.RECUSED, None
    sheet.recusal, sheet.reason = kind, reason
    db.session.flush()
    settle_second_looks(sheet)
    audit.record("sheet.recused", sheet, old=old, new={"kind": str(kind)}, reason=reason, actor_id=id_of(who))


def _tell_organizers(judge: Judge, team: Team, reason: str) -> None:
    """With the way to the repair: where a colleague is put in her place."""
    edition, title = judge.edition, team.entry.title
    round_slug = db.session.scalar(
        select(Round.slug)
        .join(ScoreSheet, ScoreSheet.round_id == Round.id)
        .where(ScoreSheet.judge_id == judge.id, ScoreSheet.entry_id == team.entry.id)
        .order_by(Round.position.desc())
        .limit(1)
    )
    place = f"/rounds/{round_slug}/assignment" if round_slug else ""
    for organizer in organizers(edition.id):
        tell(
            organizer,
            "judge_recused",
            lambda lang: Message(
                _("%(judge)s steps back from an entry", judge=judge.name),
                _(
                    "%(judge)s will not score “%(title)s”. Reason: %(reason)s",
                    judge=judge.name,
                    title=_name(title, lang) or team.name,
                    reason=reason,
                )
                + ("\n" + _("On the page below a colleague can take the place.") if place else ""),
                f"/{lang}/o/{edition.slug}/judging{place}",
            ),
            edition_id=edition.id,
        )


def _name(text: Trilingual, lang: str) -> str:
    return text.pick(lang).text
