"""What organizers do with the edition's mails: send one again. Operations never commit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core import audit, clock
from core.access import Who
from core.db import db, lock
from core.errors import Conflict
from core.models import Mail, MailState


def retry_mail(*, mail: Mail, who: Who) -> Mail:
    """Put a failed mail back into the queue, due now. Raises `Conflict` for one that left already."""
    mail = lock(mail)
    if mail.state is MailState.SENT:
        raise Conflict(_l("This mail was sent already."), code="sent")
    old = mail.state
    mail.state, mail.next_try_at, mail.attempts = MailState.QUEUED, clock.now(), 0
    db.session.flush()
    audit.record(
        "retry_mail",
        mail,
        old={"state": old.value},
        new={"state": MailState.QUEUED.value},
        actor_id=who.id,
    )
    return mail
