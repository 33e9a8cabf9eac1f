"""Profile page: rate, search, manage profiles."""
