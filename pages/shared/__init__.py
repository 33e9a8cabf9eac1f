"""Shared parts of the pages: cached resources, session, cards, charts, error boundary."""
