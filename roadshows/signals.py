"""What happens to a roadshow that other parts want to know. Receivers run in the sender's transaction."""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

agenda_published = _signals.signal("agenda_published")
"""Sent by a roadshow whose agenda was published, with `version` and `previous` (None for the first)."""

roadshow_canceled = _signals.signal("roadshow_canceled")
"""Sent by a roadshow that was just canceled; its reason stands in `canceled_reason`."""
