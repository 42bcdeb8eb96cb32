"""Every write of the room, as a named verb."""
