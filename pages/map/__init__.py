"""The page Map: what the model learned, and how far the picture may be believed."""
