"""What happens here that the rooms above want to know. Receivers run in the sender's transaction."""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

edition_cloned = _signals.signal("edition_cloned")
"""Sent by the source edition, with `clone`: rounds carry the same slugs in both."""

entry_disqualified = _signals.signal("entry_disqualified")
"""Sent by an entry that has just lost its place, with `reason`: results that name it need a new version."""
