"""Who has promised what: the wording that stands, and the judges' signatures under it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from competition.models import Edition
from core.db import db
from judging.models import Judge, JudgingTerms, Pledge
from judging.pledges import is_signed, sha256_of

SIGNED_HASHES = (
    select(func.aggregate_strings(Pledge.text_sha256, ","))
    .where(Pledge.judge_id == Judge.id)
    .correlate(Judge)
    .scalar_subquery()
)
"""In a statement about judges: the hashes of all wordings that the judge has signed, one text; or NULL."""

_STANDING = (
    select(JudgingTerms.text, SIGNED_HASHES.label("signed"))
    .select_from(Judge)
    .outerjoin(JudgingTerms, JudgingTerms.edition_id == Judge.edition_id)
)


def terms_of(edition: Edition) -> JudgingTerms | None:
    """What the edition's judges have to sign; None where they don't."""
    return db.session.execute(
        select(JudgingTerms).where(JudgingTerms.edition_id == edition.id)
    ).scalar_one_or_none()


def has_pledged(judge: Judge) -> bool:
    """Whether the judge may see sheets: she signed the wording that stands, or none is asked for. One
    statement."""
    row = db.session.execute(_STANDING.where(Judge.id == judge.id)).one()
    return is_signed(row.text, (row.signed or "").split(","))


def standing_pledge(judge: Judge, terms: JudgingTerms) -> Pledge | None:
    """The judge's signature under the wording that stands."""
    standing = [sha256_of(text) for text in terms.text.to_json().values() if text]
    return db.session.scalars(
        select(Pledge)
        .where(Pledge.judge_id == judge.id, Pledge.text_sha256.in_(standing))
        .order_by(Pledge.id.desc())
    ).first()


@dataclass(frozen=True, slots=True)
class Signature:
    """A judge and her signature. `pledge`: under the wording that stands, or None; `earlier`: how many she
    gave under other wordings."""

    judge: Judge
    pledge: Pledge | None
    earlier: int


def signatures(edition: Edition, terms: JudgingTerms | None) -> list[Signature]:
    """All judges that have not retired, or have signed something, those without a signature first; two
    statements."""
    standing = {sha256_of(text) for text in terms.text.to_json().values() if text} if terms else set()
    pledges: dict[int, list[Pledge]] = {}
    for pledge in db.session.scalars(
        select(Pledge)
        .join(Judge, Judge.id == Pledge.judge_id)
        .where(Judge.edition_id == edition.id)
        .order_by(Pledge.id)
    ):
        pledges.setdefault(pledge.judge_id, []).append(pledge)
    found = []
    for judge in db.session.scalars(
        select(Judge).where(Judge.edition_id == edition.id).order_by(Judge.is_head.desc(), Judge.name)
    ):
        own = pledges.get(judge.id, [])
        if judge.retired_at is not None and not own:
            continue
        now = next((one for one in reversed(own) if one.text_sha256 in standing), None)
        found.append(Signature(judge, now, len([one for one in own if one is not now])))
    return sorted(found, key=lambda one: one.pledge is not None)
