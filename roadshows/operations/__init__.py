"""Every write of the room, as named verbs: keyword-only, one audit record each, never committing."""
