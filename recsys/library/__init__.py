"""The public functions that ``import recsys`` offers, and their output on a terminal."""
