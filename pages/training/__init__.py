"""Page Training: start a run, watch it, compare runs, and choose the model in use."""
