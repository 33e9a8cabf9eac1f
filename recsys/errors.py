"""Errors that a user may see; each message is one clear sentence.

A message says what is wrong, where, what is unchanged, and what to do. Pages, the terminal and the
log print it without additions.
"""

from __future__ import annotations

__all__ = [
    "CheckpointError",
    "DataError",
    "ProfileError",
    "RecsysError",
    "SettingsError",
    "TrainingError",
]


class RecsysError(Exception):
    """An input cannot be used; ``str(error)`` is the sentence to show."""


class DataError(RecsysError):
    """A ratings file, a catalogue or a rating is missing, damaged, of another format or invalid."""


class CheckpointError(RecsysError):
    """A checkpoint is missing, damaged or altered, or does not fit the catalogue."""


class ProfileError(RecsysError):
    """A profile is unknown or invalid, or its database cannot be read or written."""


class SettingsError(RecsysError):
    """A setting is unknown or out of range."""


class TrainingError(RecsysError):
    """A training run cannot start, or ended without a usable model."""
