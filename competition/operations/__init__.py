"""Every write of the room, as named verbs."""
