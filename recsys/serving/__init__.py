"""Serving: fold-in, ranking, filters, similar items, rating elicitation and the model registry."""
