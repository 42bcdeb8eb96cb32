"""Who meets whom: promotion events in Seoul, Yantai, …: agenda, meetings, guests, check-in."""
