"""What people send to the room's pages, and what is wrong with it."""
