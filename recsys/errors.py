"""Every error that a person may see: one short hierarchy, one clear sentence each.

A message says what is wrong, where, what was kept, and what to do, so that the page, the
terminal and the log can all print it as it stands.
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
    """What a person or a file gave cannot be used; ``str(error)`` is the sentence to show."""


class DataError(RecsysError):
    """A ratings file, a catalogue or a rating is missing, torn, foreign or out of range."""


class CheckpointError(RecsysError):
    """A checkpoint is missing, torn, altered, or does not fit the catalogue."""


class ProfileError(RecsysError):
    """A profile is unknown, or its database cannot be read or written."""


class SettingsError(RecsysError):
    """A setting is unknown or out of its range."""


class TrainingError(RecsysError):
    """A training cannot start, or ended without a usable model."""
