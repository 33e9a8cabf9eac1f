"""Scripts that build what ships: the catalogue, demo data, model, fonts and screenshots."""
