"""Metrics of recommendation lists, one implementation each."""
