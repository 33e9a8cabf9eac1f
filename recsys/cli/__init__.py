"""The library's verbs in a terminal: ``python -m recsys …``."""
