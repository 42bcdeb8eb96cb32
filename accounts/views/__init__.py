"""Pages of this room: signing in and up, invitations, one's own pages, administration of people."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("accounts", __name__, url_prefix="/<lang:lang>")

from accounts.views import admin, entrance, invitation, me, recovery  # noqa: E402, F401
