"""What people send to the room, and what is wrong with it."""
