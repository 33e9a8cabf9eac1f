"""Events, the trainer, its state for resuming, and training on a file of ratings."""
