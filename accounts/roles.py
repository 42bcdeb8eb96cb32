"""Who may do what: grants given and taken back. They count from the next request on, for they are read
with each."""

from __future__ import annotations

from sqlalchemy import select

from accounts.models import Grant, Person, Role
from core import audit
from core.db import db


def grant_role(
    *, person: Person, role: Role, scope_kind: str, scope_id: int, granted_by: int | None = None
) -> Grant:
    """Let `person` be `role` in a scope; a grant that stands already is returned as it is."""
    found = _standing(person.id, role, scope_kind, scope_id)
    if found is not None:
        return found
    grant = Grant(
        person_id=person.id,
        role=Role(role),
        scope_kind=scope_kind,
        scope_id=scope_id,
        granted_by=granted_by,
    )
    db.session.add(grant)
    db.session.flush()
    db.session.expire(person, ["grants"])
    audit.record("role.granted", grant, new=_told(grant))
    return grant


def revoke_role(*, person: Person, role: Role, scope_kind: str, scope_id: int, reason: str = "") -> bool:
    """Take a grant back; returns whether there was one."""
    grant = _standing(person.id, role, scope_kind, scope_id)
    if grant is None:
        return False
    audit.record("role.revoked", grant, old=_told(grant), reason=reason)
    db.session.delete(grant)
    db.session.flush()
    db.session.expire(person, ["grants"])
    return True


def _standing(person_id: int, role: Role, scope_kind: str, scope_id: int) -> Grant | None:
    return db.session.execute(
        select(Grant).where(
            Grant.person_id == person_id,
            Grant.role == Role(role),
            Grant.scope_kind == scope_kind,
            Grant.scope_id == scope_id,
        )
    ).scalar_one_or_none()


def _told(grant: Grant) -> dict[str, object]:
    return {
        "person": grant.person_id,
        "role": str(grant.role),
        "scope": [grant.scope_kind, grant.scope_id],
    }
