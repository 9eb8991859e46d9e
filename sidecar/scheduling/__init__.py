"""How many do what at the same time, and who goes first."""
