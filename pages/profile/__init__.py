"""The page Profile: rate, search, manage profiles."""
