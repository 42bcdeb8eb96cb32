"""Every read that a page of the room needs."""
