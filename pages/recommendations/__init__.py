"""Recommendations page: the list with its reasons, and its controls."""
