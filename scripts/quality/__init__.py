"""How good searches are: labels as the truth, metrics, and the rankings that are compared."""
