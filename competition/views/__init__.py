"""The room's addresses."""
