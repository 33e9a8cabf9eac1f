"""Profile → fold-in → full ranking → filters → cards with additive shares. Needs no torch."""
