"""What this room does on the clock: forgetting secrets that are worth nothing any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, update

from accounts.messages import SECRET_KINDS
from accounts.models import OneTimeToken, SignIn, SignInFailure
from core import clock
from core.db import db
from core.jobs import every
from core.models import Mail, MailState

_KEPT_SIGN_INS = timedelta(days=90)
_SECRETS_LAST = timedelta(hours=1)


@every(600, "accounts.forget")
def forget() -> None:
    """Delete old tokens, failures and sign-ins; blank links and codes in mails that have expired."""
    moment = clock.now()
    db.session.execute(delete(OneTimeToken).where(OneTimeToken.created_at < moment - timedelta(days=1)))
    db.session.execute(delete(SignInFailure).where(SignInFailure.at < moment - timedelta(days=1)))
    db.session.execute(delete(SignIn).where(SignIn.expires_at < moment - _KEPT_SIGN_INS))
    # What could not be sent in time must not leave empty: the person asks for another one.
    db.session.execute(
        update(Mail)
        .where(
            Mail.kind.in_(SECRET_KINDS),
            Mail.created_at < moment - _SECRETS_LAST,
            Mail.state == MailState.QUEUED,
        )
        .values(state=MailState.FAILED, last_error="expired")
    )
    db.session.execute(
        update(Mail)
        .where(Mail.kind.in_(SECRET_KINDS), Mail.created_at < moment - _SECRETS_LAST, Mail.body != "")
        .values(body="")
    )
    db.session.commit()
