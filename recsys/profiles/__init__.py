"""Profiles of users: their ratings and marks in a database, with undo."""
