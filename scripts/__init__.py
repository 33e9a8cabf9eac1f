"""Scripts that make what ships: the catalogue, the demo community, the model, fonts, pictures."""
