"""People, how they sign in, what they may do, what they agreed to."""

from __future__ import annotations

import enum
from datetime import datetime

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import clock
from core.db import Base, UTCDateTime, Versioned, enum_column


class Role(enum.StrEnum):
    """What a grant lets a person do within its scope. A contestant is whoever belongs to a team: no grant
    is needed."""

    ORGANIZER = "organizer"
    HEAD_JUDGE = "head_judge"
    JUDGE = "judge"
    AUDITOR = "auditor"


class Person(UserMixin, Versioned, Base):
    """Somebody with an account. After erasure the row stays, empty, so that results keep standing."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(254), unique=True)
    email_confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(String(80), default="")
    name_latin: Mapped[str] = mapped_column(String(80), default="")
    birth_year: Mapped[int | None]
    country: Mapped[str] = mapped_column(String(2), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    language: Mapped[str] = mapped_column(String(2), default="en")
    time_zone: Mapped[str] = mapped_column(String(40), default="Asia/Shanghai")
    is_site_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    grants: Mapped[list[Grant]] = relationship(back_populates="person")

    __table_args__ = (CheckConstraint("language IN ('zh', 'ko', 'en')", name="language"),)

    sign_in_token = ""
    """Set while signed in: what the cookie holds."""

    def get_id(self) -> str:
        """Flask-Login keeps this in the session: the sign-in's token, not the person's id."""
        return self.sign_in_token

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None and self.erased_at is None

    def holds(self, role: str, scope_kind: str, scope_id: int) -> bool:
        """True when a grant gives exactly this role in exactly this scope."""
        return any(
            grant.role == role and grant.scope_kind == scope_kind and grant.scope_id == scope_id
            for grant in self.grants
        )


class Scoped:
    """A row of one scope. Mails and the record of deeds are kept under the edition or roadshow that it is."""

    scope_kind: Mapped[str]
    scope_id: Mapped[int]

    @property
    def edition_id(self) -> int | None:
        return self.scope_id if self.scope_kind == "edition" else None

    @property
    def roadshow_id(self) -> int | None:
        return self.scope_id if self.scope_kind == "roadshow" else None


class Grant(Scoped, Base):
    """A role in a scope, as (person, role, scope kind, scope id): ("edition", edition.id) is the usual
    one."""

    __tablename__ = "role_grant"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"))
    scope_kind: Mapped[str] = mapped_column(String(20))
    scope_id: Mapped[int]
    granted_by: Mapped[int | None]
    granted_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    person: Mapped[Person] = relationship(back_populates="grants")

    __table_args__ = (
        UniqueConstraint("person_id", "role", "scope_kind", "scope_id"),
        Index("ix_role_grant_scope", "scope_kind", "scope_id", "role"),
    )


class SignIn(Base):
    """One signed-in browser. The cookie holds a random token, this row its SHA-256; revoking the row ends
    it at once."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    device: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(45), default="")

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class SignInFailure(Base):
    """A wrong password for an address, known or not: counted per address to slow guessing down."""

    __tablename__ = "sign_in_failure"

    id: Mapped[int] = mapped_column(primary_key=True)
    email_key: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)

    __table_args__ = (Index("ix_sign_in_failure_recent", "email_key", "at"),)


class TokenPurpose(enum.StrEnum):
    CONFIRM_EMAIL = "confirm_email"
    CHANGE_EMAIL = "change_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a purpose


class OneTimeToken(Base):
    """A link or six-digit code sent by mail: used once, soon expired, stored as hashes."""

    __tablename__ = "one_time_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[TokenPurpose] = mapped_column(enum_column(TokenPurpose, "purpose"))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str] = mapped_column(String(64), default="")
    code_tries: Mapped[int] = mapped_column(default=0)
    new_email: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship()


class Invitation(Scoped, Base):
    """A link that makes whoever confirms it a holder of `role` in a scope: judges, organizers, team
    members."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    scope_kind: Mapped[str] = mapped_column(String(20))
    scope_id: Mapped[int]
    email: Mapped[str] = mapped_column(String(254), default="")
    name: Mapped[str] = mapped_column(String(80), default="")
    language: Mapped[str] = mapped_column(String(2), default="en")
    invited_by: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (Index("ix_invitation_scope", "scope_kind", "scope_id", "role"),)

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None and self.accepted_at is None and self.expires_at > clock.now()


class ConsentPurpose(enum.StrEnum):
    PROCESSING = "processing"
    PUBLICATION = "publication"
    TRANSFER_ABROAD = "transfer_abroad"
    NEWS = "news"


class Consent(Base):
    """One purpose a person agreed to: when, to which version of the text, in which language, and when
    taken back."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[ConsentPurpose] = mapped_column(enum_column(ConsentPurpose, "purpose"))
    text_version: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    given_at: Mapped[datetime] = mapped_column(UTCDateTime, default=clock.now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    guardian: Mapped[str] = mapped_column(String(80), default="")
    """Who agreed in the place of a person under 14."""

    __table_args__ = (
        Index(
            "uq_consent_standing",
            "person_id",
            "purpose",
            unique=True,
            sqlite_where=withdrawn_at.is_(None),
            postgresql_where=withdrawn_at.is_(None),
        ),
    )
