"""Who may do what with certificates."""

from __future__ import annotations

from competition.policy import organizer, team_member

__all__ = ["organizer", "team_member"]
