"""How judges get in: a link by mail, QR code or copying, which opens the account and makes it the judge's."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from accounts import invitations
from accounts.models import Invitation, Person, Role
from competition.models import Edition
from core import audit
from core.db import db, lock
from core.errors import Conflict
from core.languages import Trilingual
from judging.models import Judge
from judging.operations.common import check_seen, id_of
from judging.operations.panel import link_person

DAYS = 30


def invite_judge(
    *, judge: Judge, seen: int | None = None, mail: bool = True, who: Person | None = None
) -> str:
    """Make a new link for the judge, which is worthless from the next one on; returns its token, stored
    nowhere.

    With an e-mail address it is also mailed there. Raises Conflict when the judge has an account or is
    retired.
    """
    lock(judge)
    check_seen(judge, seen)
    if judge.retired_at is not None:
        raise Conflict(_l("This judge no longer judges in this edition."), code="judge_retired")
    if judge.person_id is not None:
        raise Conflict(_l("This judge has accepted already and can sign in."), code="accepted")
    _take_back(judge)
    invitation, token = invitations.invite(
        role=Role.HEAD_JUDGE if judge.is_head else Role.JUDGE,
        scope_kind="edition",
        scope_id=judge.edition_id,
        email=judge.email,
        name=judge.name,
        language=judge.languages[0] if judge.languages else "",
        invited_by=id_of(who),
        days=DAYS,
        mail=mail,
    )
    db.session.flush()
    judge.invitation_id = invitation.id
    db.session.flush()
    db.session.expire(judge, ["invitation"])
    audit.record("judge.invited", judge, actor_id=id_of(who))
    return token


def revoke_judge_invitation(*, judge: Judge, seen: int | None = None, who: Person | None = None) -> None:
    """Make the judge's link worthless."""
    lock(judge)
    check_seen(judge, seen)
    _take_back(judge)
    judge.invitation_id = None
    db.session.flush()
    audit.record("judge.invitation_revoked", judge, actor_id=id_of(who))


def _take_back(judge: Judge) -> None:
    if judge.invitation is not None and judge.invitation.accepted_at is None:
        invitations.revoke_invitation(judge.invitation)


def _accepted(invitation: Invitation, person: Person) -> None:
    judge = db.session.execute(select(Judge).where(Judge.invitation_id == invitation.id)).scalar_one_or_none()
    if judge is None:
        raise Conflict(_l("This judge no longer judges in this edition."), code="judge_retired")
    link_person(judge=judge, person=person)


def _described(invitation: Invitation) -> Trilingual:
    edition = db.session.get_one(Edition, invitation.scope_id)
    head = invitation.role == Role.HEAD_JUDGE
    zh, ko, en = (edition.name.pick(lang).text for lang in ("zh", "ko", "en"))
    return Trilingual(
        f"担任{zh}的{'评委组长' if head else '评委'}",
        f"{ko} {'심사위원장' if head else '심사위원'} 위촉",
        f"{'head judge' if head else 'judge'} of {en}",
    )


def register() -> None:
    """Tell the invitations what accepting means here."""
    for role in (Role.JUDGE, Role.HEAD_JUDGE):
        invitations.on_accepted["edition", role] = _accepted
        invitations.describe["edition", role] = _described
        invitations.landing["edition", role] = lambda invitation: f"/{invitation.language}/j"
