"""Ids, interactions, the catalogue, and the readers that turn people's files into them."""
