"""What judges promise before their first sheet: organizers set the wording, judges sign it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select

from accounts.models import Person
from competition.models import Edition
from core import audit, clock
from core.db import db, lock
from core.errors import CONSTRAINTS, BadInput, Conflict
from core.languages import Trilingual
from judging.models import Judge, JudgingTerms, Pledge
from judging.operations.common import check_seen, id_of
from judging.pledges import is_own_name, sha256_of
from judging.queries.pledges import has_pledged, terms_of

LANGUAGES = ("zh", "ko", "en")
STALE = Conflict(_l("Somebody else changed this a moment ago. Reload the page and look again."), code="stale")
CONSTRAINTS["uq_judging_terms_edition_id"] = CONSTRAINTS["judging_terms.edition_id"] = STALE
PLEDGE_MISSING = Conflict(
    _l("Please sign the judges’ pledge first: it stands at the top of your list of entries."),
    code="pledge_missing",
)


def set_terms(
    *, edition: Edition, text: Trilingual, seen: int | None = None, who: Person | None = None
) -> JudgingTerms:
    """From now on judges sign this wording before further sheets; one in whose language it did not change
    has signed it already.

    seen: the version that the page showed, None when it showed none. Raises BadInput for a language without
    text, Conflict for a stale page.
    """
    if not all(text.to_json().values()):
        raise BadInput(fields={"text": _l("Please write this in all three languages.")})
    terms = terms_of(edition)
    if terms is None:
        if seen is not None:
            raise STALE
        terms = JudgingTerms(edition_id=edition.id, text=text)
        db.session.add(terms)
        db.session.flush()
        audit.record("judging_terms.set", terms, new=text.to_json(), actor_id=id_of(who))
        return terms
    lock(terms)
    if seen is None and who is not None:
        raise STALE
    check_seen(terms, seen)
    if terms.text == text:
        return terms
    old = terms.text.to_json()
    terms.text, terms.changed_at = text, clock.now()
    db.session.flush()
    audit.record("judging_terms.set", terms, old=old, new=text.to_json(), actor_id=id_of(who))
    return terms


def drop_terms(*, terms: JudgingTerms, seen: int | None = None, who: Person | None = None) -> None:
    """Judges need not sign anything any more. Raises Conflict once somebody has signed."""
    lock(terms)
    check_seen(terms, seen)
    signed = exists().where(Pledge.judge_id == Judge.id, Judge.edition_id == terms.edition_id)
    if db.session.scalar(select(signed)):
        raise Conflict(
            _l("A judge has signed already, so the pledge stays. Its wording can still be changed."),
            code="pledge_signed",
        )
    audit.record("judging_terms.dropped", terms, old=terms.text.to_json(), actor_id=id_of(who))
    db.session.delete(terms)
    db.session.flush()


def sign_pledge(
    *, judge: Judge, language: str, text_sha256: str, signed_as: str, agreed: bool, who: Person | None = None
) -> None:
    """The judge signs the wording that stands, in the language in which she read it (zh, ko, en).

    text_sha256: of the words that the page showed. Raises BadInput for another name than hers or without the
    check mark, Conflict when the wording has changed meanwhile, or nothing is to be signed.
    """
    terms = terms_of(judge.edition)
    if terms is None:
        raise Conflict(_l("There is nothing to sign any more."), code="no_terms")
    lock(judge)
    text = getattr(terms.text, language)
    if sha256_of(text) != text_sha256:
        raise Conflict(_l("The wording has changed meanwhile. Please read it again."), code="stale")
    wrong = {}
    names = [judge.name, judge.name_latin, *([who.name, who.name_latin] if who else [])]
    if not is_own_name(signed_as, [name for name in names if name]):
        wrong["signed_as"] = _l("Please type your name as the panel has it: %(name)s.", name=judge.name)
    if not agreed:
        wrong["agreed"] = _l("Please tick this to sign.")
    if wrong:
        raise BadInput(fields=wrong)
    known = select(exists().where(Pledge.judge_id == judge.id, Pledge.text_sha256 == text_sha256))
    if db.session.scalar(known):
        return
    pledge = Pledge(
        judge_id=judge.id,
        text=text,
        text_sha256=text_sha256,
        language=language,
        signed_as=signed_as,
        person_id=id_of(who),
    )
    db.session.add(pledge)
    db.session.flush()
    audit.record(
        "pledge.signed",
        pledge,
        new={"judge": judge.key, "sha256": text_sha256, "language": language},
        edition_id=judge.edition_id,
        actor_id=id_of(who),
    )


def require_pledge(judge: Judge) -> None:
    """Raise Conflict unless the judge has signed what the edition asks for. One statement."""
    if not has_pledged(judge):
        raise PLEDGE_MISSING
