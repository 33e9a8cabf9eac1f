"""Metrics, protocols and baselines: how good a model is, and against what."""
