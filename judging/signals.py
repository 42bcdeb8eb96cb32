"""What happens to results that the rooms above want to know. Receivers run in the sender's transaction."""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

result_published = _signals.signal("result_published")
"""Sent by a result that the public can see from now on (provisional, or final at once when there is no
notice).
"""

result_superseded = _signals.signal("result_superseded")
"""Sent by a published result that a later version has replaced, with `by`: certificates from it are void."""

result_final = _signals.signal("result_final")
"""Sent by a result that has become final: certificates may come out of it."""
