"""Who rated what, kept in a database."""
