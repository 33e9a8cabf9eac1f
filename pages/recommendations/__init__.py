"""The page Recommendations: a list with reasons, and what steers it."""
