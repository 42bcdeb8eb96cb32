"""What happens to roadshows that other parts want to know. Receivers run in the sender's transaction."""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

agenda_published = _signals.signal("agenda_published")
"""Sent by a roadshow whose agenda was published a moment ago, with `version` (AgendaVersion) and `previous`,
the one before, or None. `agenda_diff.difference` says what changed, `agenda_diff.concerned` whom it
concerns."""
