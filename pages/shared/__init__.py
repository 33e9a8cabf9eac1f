"""What pages have in common: cached resources, the session, cards, errors."""
